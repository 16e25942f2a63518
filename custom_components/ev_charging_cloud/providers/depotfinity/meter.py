"""What the counters of a running charge say (fact sheet siemens_depot 7).

Nobody says which direction is which. In OCPP, import is what flows to the vehicle and
export what flows back; a charger that also counts its way out to the vehicle lets both
rise. So a counter is believed by what it does: both rising means import from the grid
and export to the vehicle, import alone means import to the vehicle, export alone means
to the vehicle only where there is no import at all.
"""

from datetime import datetime, timedelta

from .mapping import Sample

IMPORT, EXPORT = "ActiveEnergyImport", "ActiveEnergyExport"
POWER = {IMPORT: "ActivePowerImport", EXPORT: "ActivePowerExport"}
BATTERY = "SoC"

# A counter is read from a little before the charge, to know where it began.
BEFORE = timedelta(minutes=15)
FRESH = timedelta(minutes=10)
# How much more than the grid a vehicle may seem to get.
TOLERANCE = 1.02


class Meter:
    """The counters of one charge, one of them read at a time."""

    def __init__(self, started_at: datetime) -> None:
        """Take the moment from which energy counts."""
        self.started_at = started_at
        self._first: dict[str, Sample] = {}
        self._last: dict[str, Sample] = {}
        self._empty: set[str] = set()
        self._asked: set[str] = set()
        self._way: str | None = None
        self._turn = 0

    def next(self) -> tuple[str, datetime]:
        """Return what to ask for now, and from when on."""
        round_ = self._round()
        measurand = round_[self._turn % len(round_)]
        self._turn += 1
        last = self._last.get(measurand)
        return measurand, last.moment if last else self.started_at - BEFORE

    def take(self, measurand: str, samples: list[Sample]) -> None:
        """Take an answer, oldest value first."""
        self._asked.add(measurand)
        if not samples:
            if measurand not in self._last:
                self._empty.add(measurand)
        else:
            self._keep(measurand, samples)
        self._way = self._way or self._decide()

    def _keep(self, measurand: str, samples: list[Sample]) -> None:
        """Keep the first and the last value of a measurand."""
        self._empty.discard(measurand)
        if measurand not in self._first:
            before = [one for one in samples if one.moment <= self.started_at]
            self._first[measurand] = before[-1] if before else samples[0]
        last = self._last.get(measurand)
        if last is None or samples[-1].moment >= last.moment:
            self._last[measurand] = samples[-1]

    @property
    def reported_at(self) -> datetime | None:
        """Return when the charger was last heard."""
        return max((one.moment for one in self._last.values()), default=None)

    @property
    def energy_kwh(self) -> float | None:
        """Return what the vehicle got so far."""
        if self._way is not None:
            return self._gain(self._way)
        gains = {self._gain(one) for one in (IMPORT, EXPORT) if one in self._last}
        return 0.0 if gains == {0} and {IMPORT, EXPORT} <= self._asked else None

    @property
    def drawn_kwh(self) -> float | None:
        """Return what the grid gave so far, where it is counted apart."""
        if self._way != EXPORT or not (drawn := self._gain(IMPORT)):
            return None
        return drawn

    def power_kw(self, now: datetime) -> float | None:
        """Return the power to the vehicle, unless it is too old."""
        value = self._fresh(POWER.get(self._way or ""), now)
        return value / 1000 if value is not None and value >= 0 else None

    def battery_percent(self, now: datetime) -> float | None:
        """Return the vehicle's state of charge, unless it is too old."""
        value = self._fresh(BATTERY, now)
        return value if value is not None and 0 <= value <= 100 else None

    def _fresh(self, measurand: str | None, now: datetime) -> float | None:
        """Return the last value of a measurand, unless it is too old."""
        last = self._last.get(measurand or "")
        return last.value if last is not None and now - last.moment <= FRESH else None

    def _gain(self, measurand: str) -> float | None:
        """Return by how many kWh a counter rose; one that fell says nothing."""
        first, last = self._first.get(measurand), self._last.get(measurand)
        if first is None or last is None or not 0 <= first.value <= last.value:
            return None
        return (last.value - first.value) / 1000

    def _decide(self) -> str | None:
        """Return the counter of what flows to the vehicle, where that is clear.

        The two are read at different moments, so their speeds are compared.
        """
        if not {IMPORT, EXPORT} <= self._asked:
            return None
        drawn, given = self._gain(IMPORT), self._gain(EXPORT)
        if given and drawn:
            slower = self._speed(EXPORT) <= self._speed(IMPORT) * TOLERANCE
            return EXPORT if slower else None
        if given:
            return EXPORT if IMPORT in self._empty else None
        if drawn and (EXPORT in self._empty or (given == 0 and self._is_later(EXPORT))):
            return IMPORT
        return None

    def _speed(self, measurand: str) -> float:
        """Return by how much a counter rose in an hour."""
        lasted = self._last[measurand].moment - self._first[measurand].moment
        hours = lasted / timedelta(hours=1)
        return (self._gain(measurand) or 0.0) / hours if hours > 0 else 0.0

    def _is_later(self, measurand: str) -> bool:
        """Tell whether a counter was read last."""
        return self._last[measurand].moment >= max(
            one.moment for name, one in self._last.items() if name in POWER
        )

    def _round(self) -> list[str]:
        """Return what is asked for in turn."""
        if (way := self._way) is None:
            return [IMPORT, EXPORT]
        other = [IMPORT if way == EXPORT else EXPORT]
        turns = [way, POWER[way], way, POWER[way]]
        return turns + [one for one in (BATTERY, *other) if one not in self._empty]
