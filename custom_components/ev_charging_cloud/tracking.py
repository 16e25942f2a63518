"""Follow the session at an EVSE from one reading to the next."""

from datetime import datetime, timedelta

import msgspec

from .providers.model import Cost, CostState, Session, SessionState

# A bill; what a back end shows besides it is older.
SETTLED = frozenset({CostState.FINAL, CostState.CORRECTED})

# How often the end of a vanished session is asked for before it is taken as read.
LAST_ATTEMPT = 10


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """The session that runs at an EVSE, or the last one that did.

    ``first_start`` is the start that was seen first for this session. It never moves,
    because statistics begin a new count when it does. ``predecessor`` is the session
    before and its first start, in the one update in which this one replaced it. An end
    is ``assumed`` where the back end did not name it.
    """

    session: Session
    first_start: datetime
    predecessor: Session | None = None
    predecessor_start: datetime | None = None
    attempts: int = 0
    assumed: bool = False


def vanished(track: Track | None, seen: Session | None) -> bool:
    """Tell whether a running session is no longer shown, so that it must be read."""
    if track is None or not track.session.running:
        return False
    return seen is None or seen.key != track.session.key


def follow(track: Track | None, seen: Session | None, now: datetime) -> Track | None:
    """Return the track after a reading of an EVSE that shows ``seen``."""
    if seen is None:
        return None if track is None else _alone(track)
    if track is None or seen.key != track.session.key:
        return Track(
            session=seen,
            first_start=seen.started_at or now,
            predecessor=None if track is None else track.session,
            predecessor_start=None if track is None else track.first_start,
        )
    if seen.running and not track.session.running and not track.assumed:
        # A late reading of a session that is known to be over.
        return _alone(track)
    session = merged(track.session, seen)
    return msgspec.structs.replace(
        _alone(track), session=session, attempts=0, assumed=False
    )


def settle(track: Track, final: Session | None) -> Track:
    """Return the track of a vanished session after an attempt to read its end.

    Where it cannot be read, its last figures stand, marked as stale until the
    attempts are used up.
    """
    if final is not None:
        session = merged(track.session, final)
        return msgspec.structs.replace(_alone(track), session=session, attempts=0)
    attempts = track.attempts + 1
    assumed = attempts >= LAST_ATTEMPT
    session = (
        ended(track.session)
        if assumed
        else msgspec.structs.replace(track.session, stale=True, power_kw=None)
    )
    return msgspec.structs.replace(
        _alone(track), session=session, attempts=attempts, assumed=assumed
    )


def ended(session: Session) -> Session:
    """Return a session as ended with the figures known so far."""
    if not session.running:
        return session
    return msgspec.structs.replace(
        session,
        state=SessionState.COMPLETED,
        power_kw=0.0,
        stale=False,
        cost=_closed(session.cost),
    )


def merged(old: Session, new: Session) -> Session:
    """Return the newer reading of a session, without dips to nothing.

    Inside one session neither energy nor cost falls back to zero or to unknown, unless
    a bill was taken back.
    """
    changes: dict[str, object] = {}
    if old.energy_kwh and not new.energy_kwh:
        changes["energy_kwh"] = old.energy_kwh
    if old.drawn_kwh and not new.drawn_kwh:
        changes["drawn_kwh"] = old.drawn_kwh
    if new.cost is None or (_amount(old.cost) and _is_nothing(new.cost)):
        changes["cost"] = old.cost if new.running else _closed(old.cost)
    if _settled(old.cost, new.cost):
        changes["cost"] = old.cost
    if new.started_at is None:
        changes["started_at"] = old.started_at
    if new.duration == timedelta() and old.duration:
        changes["duration"] = old.duration
    return msgspec.structs.replace(new, **changes) if changes else new


def _amount(cost: Cost | None) -> bool:
    """Tell whether an amount above zero is known."""
    return cost is not None and bool(cost.amount)


def _is_nothing(cost: Cost) -> bool:
    """Tell whether no amount is known, or nothing is due although nobody took it back."""
    taken_back = cost.state is CostState.CORRECTED and cost.amount is not None
    return not _amount(cost) and not taken_back


def _closed(cost: Cost | None) -> Cost | None:
    """Return the cost of a session that has ended, as far as it is known."""
    if cost is None or cost.state is not CostState.RUNNING:
        return cost
    return msgspec.structs.replace(cost, state=CostState.PROVISIONAL)


def _settled(old: Cost | None, new: Cost | None) -> bool:
    """Tell whether a bill is known that a lesser reading must not replace."""
    if old is None or new is None or old.state not in SETTLED:
        return False
    return new.state not in SETTLED


def _alone(track: Track) -> Track:
    """Return a track without its predecessor."""
    if track.predecessor is None:
        return track
    return msgspec.structs.replace(track, predecessor=None, predecessor_start=None)
