"""What two readings of a session tell: whether it lives, and its power."""

from datetime import datetime, timedelta

import msgspec

from ..model import EvseStatus, Session, SessionState

# A session is stale when nothing was heard of it for longer.
SILENCE = timedelta(minutes=30)
# Power is told for so long after the report that it comes from.
FRESH = timedelta(minutes=10)
# Two reports nearer to each other tell too little, as energy is rounded.
SHORTEST = timedelta(seconds=20)
# Energy that stands still for so long in the reports means that none flows.
STANDSTILL = timedelta(minutes=2)
# What no car takes.
MOST_KW = 1000.0


class Point(msgspec.Struct, frozen=True):
    """A meter reading."""

    at: datetime
    kwh: float


class Pulse:
    """Follows one session from reading to reading."""

    def __init__(self, session_id: str, now: datetime) -> None:
        """Begin with a session that was not seen before."""
        self.session_id = session_id
        self._base: Point | None = None
        self._last: Point | None = None
        self._power: float | None = None
        self._moved_at: datetime | None = None
        self._changed = False
        self._seen_at = self._looked_at = now

    def felt(
        self, session: Session, heard_at: datetime | None, now: datetime
    ) -> Session:
        """Return a running session with its power and whether it is stale.

        Energy that changed between two readings is a sign of life too, whatever the
        operator's clock says. A stale session is not an ended one.
        """
        self._take(session)
        if self._changed:
            # It moved at some time after the last look, so not before that.
            self._moved_at = self._looked_at
        self._looked_at = now
        heard = [one for one in (heard_at, self._moved_at) if one is not None]
        stale = now - max(heard, default=self._seen_at) > SILENCE
        power = None if stale or now - self._told_at(now) > FRESH else self._power
        return msgspec.structs.replace(
            session,
            stale=stale,
            power_kw=power,
            evse_status=status(session, power, stale=stale),
        )

    def _told_at(self, now: datetime) -> datetime:
        """Return when energy was last reported, by whichever clock is later."""
        told = [self._last.at] if self._last is not None else []
        told += [self._moved_at] if self._moved_at is not None else []
        return max(told, default=now)

    def _take(self, session: Session) -> None:
        """Take a reading, and derive the power from what came before."""
        before = self._last
        self._changed = False
        if session.reported_at is None or session.energy_kwh is None:
            self._base = self._last = self._power = None
            return
        found = self._last = Point(session.reported_at, session.energy_kwh)
        base = self._base
        if before is None or base is None:
            self._base = found
            return
        self._changed = found.kwh != before.kwh
        if found.kwh < before.kwh or found.at - before.at > SILENCE:
            # A correction, or a session that goes on after a silence.
            self._base, self._power = found, None
        elif found.kwh > base.kwh and found.at - base.at >= SHORTEST:
            self._power = _power(base, found)
            self._base = found
        elif found.kwh == base.kwh and found.at - base.at >= STANDSTILL:
            self._power = 0.0
            self._base = found


def status(
    session: Session, power: float | None, *, stale: bool = False
) -> EvseStatus | None:
    """Return what an EVSE does at which a session runs.

    The gateway's own word is a snapshot of unknown age and is not asked (13).
    """
    if stale or session.state is not SessionState.ACTIVE:
        return None
    if power is None:
        return EvseStatus.OCCUPIED
    return EvseStatus.CHARGING if power > 0 else EvseStatus.SUSPENDED


def _power(before: Point, after: Point) -> float | None:
    """Return the mean power between two readings, unless no car takes it."""
    hours = (after.at - before.at) / timedelta(hours=1)
    power = (after.kwh - before.kwh) / hours
    return power if power <= MOST_KW else None
