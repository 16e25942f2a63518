"""What two readings of a session tell: whether it lives, and its power (8.4)."""

from datetime import datetime, timedelta

import msgspec

from ..model import EvseStatus, Session, SessionState
from .mapping import Reading

# A power is told no longer than two polls of a running session, with their jitter.
FRESH = timedelta(seconds=140)
# A session is stale when nothing was heard of it for longer; many operators report
# only the beginning and the end.
SILENCE = timedelta(hours=12)
# A session that has not begun by then never will.
PENDING = timedelta(hours=1)
# Two reports nearer to each other tell too little, as energy is rounded.
SHORTEST = timedelta(seconds=20)
# Energy that stands still for so long in the reports means that none flows.
STANDSTILL = timedelta(minutes=2)
# What no car takes.
MOST_KW = 1500.0


class Point(msgspec.Struct, frozen=True):
    """A meter reading, by the operator's clock."""

    at: datetime
    kwh: float


class Pulse:
    """Follows one session from reading to reading."""

    def __init__(self) -> None:
        """Begin with a session that was not seen before."""
        self._base: Point | None = None
        self._power: float | None = None
        self._told_at: datetime | None = None
        self._heard_at: datetime | None = None

    def take(self, reading: Reading, now: datetime) -> None:
        """Take a reading that differs from the one before."""
        first = self._heard_at is None
        heard = reading.updated_at or now
        # The first reading may be old; of a later one we know when it came.
        self._heard_at = heard if first else now
        self._told_at = min(heard, now) if first else now
        derived = self._derived(reading)
        self._power = reading.power_kw if reading.power_kw is not None else derived

    def is_stale(self, session: Session, now: datetime) -> bool:
        """Tell whether nothing was heard of a running session for too long."""
        limit = SILENCE if session.state is SessionState.ACTIVE else PENDING
        return self._heard_at is not None and now - self._heard_at > limit

    def felt(self, session: Session, now: datetime) -> Session:
        """Return a running session with its power and whether it is stale."""
        stale = self.is_stale(session, now)
        fresh = self._told_at is not None and now - self._told_at <= FRESH
        power = self._power if fresh and not stale else None
        return msgspec.structs.replace(
            session,
            stale=stale,
            power_kw=power,
            evse_status=status(session, power, stale=stale),
        )

    def _derived(self, reading: Reading) -> float | None:
        """Return the power between two reports, ``None`` where they do not tell it."""
        energy = reading.session.energy_kwh
        if energy is None or reading.updated_at is None:
            self._base = None
            return None
        found = Point(reading.updated_at, energy)
        base, self._base = self._base, found
        if base is None or found.kwh < base.kwh:
            return None
        lasted = found.at - base.at
        if found.kwh > base.kwh and lasted >= SHORTEST:
            power = (found.kwh - base.kwh) / (lasted / timedelta(hours=1))
            return power if power <= MOST_KW else None
        if found.kwh == base.kwh and lasted >= STANDSTILL:
            return 0.0
        self._base = base
        return self._power


def status(
    session: Session, power: float | None, *, stale: bool = False
) -> EvseStatus | None:
    """Return what an EVSE does at which a session runs.

    The standard's CHARGING says only that it is in use (design 2).
    """
    if stale or session.state is SessionState.RESERVED:
        return None
    if session.state is SessionState.PENDING:
        return EvseStatus.PREPARING
    if power is None:
        return EvseStatus.OCCUPIED
    return EvseStatus.CHARGING if power > 0 else EvseStatus.SUSPENDED
