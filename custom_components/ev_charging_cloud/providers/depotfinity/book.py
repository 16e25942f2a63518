"""What was read of past and running charges, and what of it is news."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from ..model import Session, SessionState
from .connectors import Place, place_of
from .joining import join, same_charge

# A report waits this long for its transaction before it counts as a charge.
PATIENCE = timedelta(days=1)
# Nothing older is kept in memory.
HORIZON = timedelta(days=40)

type Span = tuple[datetime, datetime]


class Stub(msgspec.Struct, frozen=True, array_like=True):
    """A report that counts as a charge of its own, kept over restarts."""

    key: str
    id: str
    evse_id: str
    started_at: datetime
    ended_at: datetime

    def session(self) -> Session:
        """Return it as a session."""
        return Session(
            key=self.key,
            id=self.id,
            evse_id=self.evse_id,
            state=SessionState.COMPLETED,
            started_at=self.started_at,
            ended_at=self.ended_at,
            duration=self.ended_at - self.started_at,
        )


STUBS = msgspec.json.Decoder(list[Stub])


class Book:
    """Transactions and reports by connector, and the sessions already given out."""

    def __init__(self, stubs: str = "") -> None:
        """Start with nothing but the lonely reports of an earlier run."""
        self._transactions: dict[str, dict[str, Session]] = {}
        self._reports: dict[str, dict[str, Session]] = {}
        self.ended: list[Session] = []
        self.places: dict[Place, None] = {}
        self._told: dict[str, Session] = {}
        self._touched: set[str] = set()
        self._waiting: set[str] = set()
        self._covered: Span | None = None
        self._lonely: dict[str, Stub] = {}
        if stubs:
            try:
                self._lonely = {one.key: one for one in STUBS.decode(stubs)}
            except msgspec.MsgspecError, UnicodeError:
                self._lonely = {}

    @property
    def stubs(self) -> str:
        """Return the lonely reports as text."""
        return msgspec.json.encode(list(self._lonely.values())).decode()

    def add_transactions(self, sessions: Iterable[Session]) -> None:
        """Take transactions, and note those that were not known to have ended."""
        for one in sessions:
            evse_id = one.evse_id or ""
            self.places[place_of(one)] = None
            place = self._transactions.setdefault(evse_id, {})
            before = place.get(one.key)
            if before == one or (before and one.running and not before.running):
                continue
            place[one.key] = one
            self._touched.add(evse_id)
            if not one.running and (before is None or before.running):
                self.ended.append(one)

    def add_reports(self, evse_id: str, sessions: Iterable[Session]) -> None:
        """Take the reports of one connector."""
        self._reports.setdefault(evse_id, {}).update({one.key: one for one in sessions})
        self._touched.add(evse_id)

    def running(self, evse_id: str) -> Session | None:
        """Return the charge that began last at a connector, while it runs.

        One that another charge followed is over, whether or not its end was told.
        """
        known = self._transactions.get(evse_id, {})
        latest = max(known.values(), key=start_of, default=None)
        return latest if latest is not None and latest.running else None

    def charge(self, evse_id: str, key: str) -> Session | None:
        """Return one charge of a connector as all sources tell it."""
        sessions, alone = self._joined(evse_id)
        return next((one for one in (*sessions, *alone) if one.key == key), None)

    def news(self, now: datetime, covered: Span | None) -> tuple[Session, ...]:
        """Return ended charges that are new or have changed, each once.

        ``covered`` is the span of time whose transactions are all known. Only inside it
        can a report be without one.
        """
        if covered != self._covered:
            self._touched |= self._waiting
            self._covered = covered
        news = []
        for evse_id in sorted(self._touched):
            sessions, alone = self._joined(evse_id)
            lonely = [one for one in alone if self._is_lonely(one)]
            self._waiting.discard(evse_id)
            if len(lonely) < len(alone):
                self._waiting.add(evse_id)
            news += [one for one in (*sessions, *lonely) if self._is_news(one)]
        self._touched.clear()
        self._told.update({one.key: one for one in news})
        self._forget(now)
        return tuple(sorted(news, key=start_of))

    def _joined(self, evse_id: str) -> tuple[list[Session], list[Session]]:
        """Join the sources of one connector.

        A transaction that turns up after its report was given out keeps that one's key.
        """
        found = join(
            self._transactions.get(evse_id, {}).values(),
            self._reports.get(evse_id, {}).values(),
        )
        sessions = list(found.sessions)
        for stub in [one for one in self._lonely.values() if one.evse_id == evse_id]:
            for position, one in enumerate(sessions):
                if not one.running and same_charge(one, stub.session()):
                    sessions[position] = msgspec.structs.replace(
                        one, key=stub.key, reference=one.id
                    )
                    break
        return sessions, list(found.alone)

    def _is_lonely(self, one: Session) -> bool:
        """Tell whether a report would have found its transaction by now."""
        if self._covered is None or one.started_at is None or one.ended_at is None:
            return False
        since, until = self._covered
        if not (since <= one.started_at and one.ended_at + PATIENCE <= until):
            return False
        names = (one.key, one.id, one.evse_id or "")
        self._lonely[one.key] = Stub(*names, one.started_at, one.ended_at)
        return True

    def _is_news(self, one: Session) -> bool:
        """Tell whether an ended charge differs from what was given out."""
        return not one.running and self._told.get(one.key) != one

    def _forget(self, now: datetime) -> None:
        """Let go of what is too old to change."""
        for shelf in (self._transactions, self._reports):
            for place in shelf.values():
                for key, one in list(place.items()):
                    if one.ended_at is not None and now - one.ended_at > HORIZON:
                        del place[key]
        for key, told in list(self._told.items()):
            if told.ended_at is not None and now - told.ended_at > HORIZON:
                del self._told[key]
        for key, stub in list(self._lonely.items()):
            if now - stub.ended_at > HORIZON:
                del self._lonely[key]


def start_of(session: Session) -> float:
    """Return what to sort a session by."""
    return session.started_at.timestamp() if session.started_at else 0.0
