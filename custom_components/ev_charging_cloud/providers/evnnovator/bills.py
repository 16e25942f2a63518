"""Which sessions wait for their CDR, and when to ask for it."""

from collections.abc import Container, Iterator
from datetime import datetime, timedelta

import msgspec

from ..model import Session, SessionState
from .mapping import Bill

GAP = timedelta(minutes=30)
LONGEST = timedelta(days=1)
# How soon after a stop the CDR is asked for at every poll.
AFTER_STOP = timedelta(minutes=5)
MOST = 50


class Waiting(msgspec.Struct, kw_only=True):
    """A session without its CDR: since when, and when to ask for it again."""

    driver: str
    id: str
    reference: str | None
    since: datetime
    due: datetime


LIST = msgspec.json.Decoder(list[Waiting])


class Bills:
    """Remembers CDRs, and the sessions that wait for theirs over a restart."""

    def __init__(self, kept: str | None, drivers: Container[str]) -> None:
        """Take what was kept of the drivers that there still are."""
        self._waiting: dict[str, Waiting] = {}
        self._bills: dict[str, Bill] = {}
        self._sessions: dict[str, Session] = {}
        self._urgent: dict[str, datetime] = {}
        try:
            found = LIST.decode(kept or "[]")
        except msgspec.MsgspecError:
            found = []
        for one in found:
            aware = one.since.tzinfo is not None and one.due.tzinfo is not None
            if aware and one.driver in drivers:
                self._waiting[one.id] = one

    @property
    def kept(self) -> str:
        """Return what is to be kept."""
        return msgspec.json.encode(list(self._waiting.values())).decode()

    def known(self, session_id: str) -> Bill | None:
        """Return the CDR of a session that was read before."""
        return self._bills.get(session_id)

    def hurry(self, session_id: str, now: datetime) -> None:
        """Ask for a session's CDR at every poll for a while: it was told to stop."""
        self._urgent[session_id] = now + AFTER_STOP

    def want(self, session: Session, driver: str, now: datetime) -> bool:
        """Tell whether to ask for a CDR now; a live session has none."""
        urgent = now <= self._urgent.get(session.id, now - GAP)
        if session.running and not session.stale and not urgent:
            self._drop(session.id)
            return False
        unbilled = session.reference is None or session.state is SessionState.RESERVED
        if unbilled or session.id in self._bills:
            return False
        one = self._waiting.get(session.id)
        if one is None:
            one = self._waiting[session.id] = Waiting(
                driver=driver,
                id=session.id,
                reference=session.reference,
                since=now,
                due=now,
            )
            self._shorten()
        self._sessions[session.id] = session
        return urgent or self._is_due(one, now)

    def others(self, shown: set[str], now: datetime) -> Iterator[Waiting]:
        """Return who else waits and is due; who waited too long gives up."""
        for one in list(self._waiting.values()):
            if one.id in shown:
                continue
            if now - one.since > LONGEST:
                self._drop(one.id)
            elif self._is_due(one, now):
                yield one

    def session(self, session_id: str) -> Session | None:
        """Return a waiting session as it was last seen since the start."""
        return self._sessions.get(session_id)

    def asked(self, session_id: str, bill: Bill | None, now: datetime) -> None:
        """Take the answer to a request for a CDR."""
        if bill is not None:
            self._drop(session_id)
            self._bills[session_id] = bill
            while len(self._bills) > MOST:
                del self._bills[next(iter(self._bills))]
        elif (one := self._waiting.get(session_id)) is not None:
            one.due = now + GAP

    def _is_due(self, one: Waiting, now: datetime) -> bool:
        """Tell whether it is time to ask."""
        return one.due <= now <= one.since + LONGEST

    def _drop(self, session_id: str) -> None:
        """Forget a session that no longer waits."""
        self._waiting.pop(session_id, None)
        self._sessions.pop(session_id, None)
        self._urgent.pop(session_id, None)

    def _shorten(self) -> None:
        """Keep the list short; the oldest give up first."""
        while len(self._waiting) > MOST:
            self._drop(next(iter(self._waiting)))
