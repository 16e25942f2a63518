"""What happened to sessions between two readings."""

from enum import StrEnum

import msgspec

from .providers.model import Session, SessionState
from .tracking import Track


class Kind(StrEnum):
    """The kinds of happenings that an event entity reports."""

    STARTED = "started"
    FINISHED = "finished"
    FAILED = "failed"


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a session."""

    kind: Kind
    session: Session


def happenings(old: Track | None, new: Track | None) -> tuple[Happening, ...]:
    """Return what happened at an EVSE that was read before."""
    if new is None:
        return ()
    found = []
    if old is not None and old.session.running:
        before = new.predecessor or new.session
        if before.key == old.session.key and not before.running:
            found.append(_end(before))
    if old is None or new.session.key != old.session.key:
        found.append(Happening(kind=Kind.STARTED, session=new.session))
        if not new.session.running:
            found.append(_end(new.session))
    return tuple(found)


def _end(session: Session) -> Happening:
    """Return how a session ended."""
    failed = session.state is SessionState.FAILED
    return Happening(kind=Kind.FAILED if failed else Kind.FINISHED, session=session)
