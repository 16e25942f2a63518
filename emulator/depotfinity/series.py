"""What the meters read at a moment; units are W, Wh, A, V and degrees (guess)."""

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Final

from ..charger import Evse
from ..session import Sample, Session
from ..units import to_wh
from ..world import World
from .values import whole

LINES: Final = ("L1", "L2", "L3")
PHASES: Final = {
    "CurrentImport": LINES,
    "CurrentExport": LINES,
    "CurrentOffered": LINES,
    "Voltage": (*LINES, "L1-N", "L2-N", "L3-N"),
}
PHASE_VOLTAGE: Final = 230
TEMPERATURE: Final = 25

type Reading = Callable[[datetime], Decimal | None]


class Meters:
    """Read some EVSEs together, before or after the losses."""

    def __init__(self, view: World, evses: list[Evse], *, drawn: bool) -> None:
        """Look at a view."""
        self._view = view
        self._evses = evses
        self._drawn = drawn
        self._sessions = {evse.id: _sessions_at(view, evse) for evse in evses}
        offered = sum(evse.max_power_w for evse in evses)
        self._readings: dict[str, Reading] = {
            "ActivePowerImport": self._power,
            "ActivePowerExport": _constant(0),
            "PowerOffered": _constant(offered),
            "ActiveEnergyImport": self._energy,
            "ActiveEnergyExport": _constant(0),
            "CurrentImport": self._current,
            "CurrentExport": _constant(0),
            "CurrentOffered": _constant(offered // (len(LINES) * PHASE_VOLTAGE)),
            "Voltage": _constant(PHASE_VOLTAGE),
            "AlarmCode": _constant(0),
            "Temperature": _constant(TEMPERATURE),
        }
        if len(evses) == 1:
            # Guess: connectors know what the vehicle says.
            self._readings["SoC"] = self._soc

    def names(self) -> tuple[str, ...]:
        """Return the names of what can be read."""
        return tuple(self._readings)

    def value(self, name: str, at: datetime) -> str | None:
        """Return a value as text, or nothing if there is none at that moment."""
        value = self._readings[name](at)
        return None if value is None else str(whole(value))

    def _power(self, at: datetime) -> Decimal:
        total = 0
        for evse in self._evses:
            if (session := self._session(evse, at)) is not None:
                sample = session.reading_at(at)
                total += sample.drawn_w if self._drawn else sample.power_w
        return Decimal(total)

    def _current(self, at: datetime) -> Decimal:
        return self._power(at) / (len(LINES) * PHASE_VOLTAGE)

    def _energy(self, at: datetime) -> Decimal:
        total = 0
        for evse in self._evses:
            if (session := self._session(evse, at)) is not None:
                total += self._counter(session, session.reading_at(at))
        return to_wh(total)

    def _counter(self, session: Session, sample: Sample) -> int:
        if self._drawn:
            return session.drawn_start_uj + sample.drawn_uj
        return session.meter_start_uj + sample.energy_uj

    def _soc(self, at: datetime) -> Decimal | None:
        session = self._session(self._evses[0], at)
        if session is None or session.soc_start is None or session.car_id is None:
            return None
        if session.stopped_at is not None and at > session.stopped_at:
            return None
        gained = session.reading_at(at).energy_uj
        return self._view.cars[session.car_id].soc_after(session.soc_start, gained)

    def _session(self, evse: Evse, at: datetime) -> Session | None:
        """Return the charge that runs at a moment, or the last one before."""
        sessions = self._sessions[evse.id]
        index = bisect_right(sessions, at, key=lambda session: session.started_at)
        return sessions[index - 1] if index else None


def _sessions_at(view: World, evse: Evse) -> list[Session]:
    sessions = (s for s in view.sessions.values() if s.evse_id == evse.id)
    return sorted(sessions, key=lambda session: session.started_at)


def _constant(value: int) -> Reading:
    return lambda at: Decimal(value)
