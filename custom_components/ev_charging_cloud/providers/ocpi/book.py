"""The sessions of an account as they were read last."""

from collections.abc import Container, Iterable, Iterator
from datetime import UTC, datetime

import msgspec

from ..model import Cost, Session
from .mapping import Reading
from .pulse import Pulse

LONG_AGO = datetime.min.replace(tzinfo=UTC)
# Lists overlap: so many ended sessions are recognised when they come again.
MOST_ENDED = 2000


class Known(msgspec.Struct, kw_only=True):
    """A session with what earlier readings tell.

    ``raw`` is kept for the tariff engine. ``shown`` and ``priced`` are worked out once
    for what they depend on.
    """

    reading: Reading
    pulse: Pulse
    raw: msgspec.Raw | None = None
    preference: str | None = None
    shown: tuple[object, Session] | None = None
    priced: tuple[object, Cost | None] | None = None

    def session(self, now: datetime) -> Session:
        """Return the session as it is now."""
        session = self.reading.session
        if not session.running:
            return session
        felt = self.pulse.felt(session, now)
        return msgspec.structs.replace(felt, preference=self.preference)


type Rank = tuple[bool, datetime]
type Ranked = tuple[Rank, Known]


class Book:
    """Remembers running sessions, and the latest one of each EVSE and token."""

    def __init__(self) -> None:
        """Begin empty."""
        self._known: dict[str, Known] = {}
        self._at: dict[str, Known] = {}
        self._of: dict[str, Known] = {}
        self._ended: dict[str, Reading] = {}

    def add(self, reading: Reading, raw: msgspec.Raw, now: datetime) -> bool:
        """Take a reading, and tell whether it says something new.

        Lists overlap, and pages may come in any order: an older state of a session
        does not replace a newer one.
        """
        key = reading.session.key
        known = self._known.get(key)
        before = self._ended.get(key) if known is None else known.reading
        if before is not None and (before == reading or _is_older(reading, before)):
            return False
        if known is None:
            known = self._known[key] = Known(reading=reading, pulse=Pulse())
        known.reading = reading
        self._ended.pop(key, None)
        if not reading.session.running:
            self._ended[key] = reading
            while len(self._ended) > MOST_ENDED:
                del self._ended[next(iter(self._ended))]
        known.pulse.take(reading, now)
        unpriced = reading.session.running or reading.session.cost is None
        known.raw = raw.copy() if unpriced else None
        return True

    def get(self, key: str) -> Known | None:
        """Return a session by its key."""
        return self._known.get(key)

    def at(self, evse_id: str) -> Known | None:
        """Return the session to show at an EVSE."""
        return self._at.get(evse_id)

    def of(
        self, uid: str, names: Iterable[str], others: Container[str]
    ) -> Known | None:
        """Return the session to show for a token; cards may share a contract.

        Under a shared name it counts only if it is of none of the ``others``.
        """
        if (known := self._of.get(uid)) is not None:
            return known
        for name in names:
            known = self._of.get(name)
            if known is not None and known.reading.token not in others:
                return known
        return None

    def running(self) -> Iterator[Known]:
        """Yield the sessions that have not ended."""
        return (one for one in self._known.values() if one.reading.session.running)

    def oldest_open(self, now: datetime) -> datetime | None:
        """Return when the session that was silent for longest was last updated."""
        found = (
            one.reading.updated_at
            for one in self.running()
            if not one.pulse.is_stale(one.reading.session, now)
        )
        return min((one for one in found if one is not None), default=None)

    def arrange(self, now: datetime) -> Iterator[None]:
        """Choose what to show, and forget what is neither shown nor running.

        One that lives comes first, then the one that began last. Goes on step by step;
        what was chosen before is shown until the end.
        """
        at: dict[str, Ranked] = {}
        of: dict[str, Ranked] = {}
        seen = list(self._known.values())
        for known in seen:
            ranked = _rank(known, now), known
            evse_id = known.reading.session.evse_id
            _choose(at, () if evse_id is None else (evse_id,), ranked)
            _choose(of, known.reading.tokens, ranked)
            yield
        self._at = {name: known for name, (_, known) in at.items()}
        self._of = {name: known for name, (_, known) in of.items()}
        kept = {id(one) for one in (*self._at.values(), *self._of.values())}
        for known in seen:
            if id(known) not in kept and not known.reading.session.running:
                self._known.pop(known.reading.session.key, None)


def _choose(best: dict[str, Ranked], names: Iterable[str], ranked: Ranked) -> None:
    """Note under some names what comes before all others; of equals the last one."""
    for name in names:
        if name not in best or best[name][0] <= ranked[0]:
            best[name] = ranked


def _rank(known: Known, now: datetime) -> Rank:
    """Return what to compare sessions by, the greatest is to be shown."""
    session = known.reading.session
    alive = session.running and not known.pulse.is_stale(session, now)
    return alive, _started(known)


def _started(known: Known) -> datetime:
    """Return when a session began, as far as anything is known."""
    reading = known.reading
    return reading.session.started_at or reading.updated_at or LONG_AGO


def _is_older(new: Reading, old: Reading) -> bool:
    """Tell whether a reading is an earlier state of the session."""
    if new.updated_at is None or old.updated_at is None:
        return False
    if new.updated_at == old.updated_at:
        return new.session.running and not old.session.running
    return new.updated_at < old.updated_at
