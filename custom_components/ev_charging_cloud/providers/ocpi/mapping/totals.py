"""The totals of a CDR, whose units servers mix up (fact sheet ocpi 11 and 17, 17)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
import math

from .. import wire
from .amounts import MOST_KW, WATT_HOURS, energy
from .moments import HOUR
from .periods import course

MINUTES = 60
TIMES = (wire.DimensionType.TIME, wire.DimensionType.PARKING_TIME)
# What differs by less than this is the same unit: Wh are a thousand kWh, and there are
# sixty minutes in an hour.
NEAR_ENERGY = 5.0
NEAR_TIME = 4.0
# Without anything to compare with, nobody charges for longer.
LIKELY_HOURS = 240.0


class Totals:
    """Energy and time of a CDR, each in the unit that fits the rest of it.

    What fits in no unit is not known.
    """

    def __init__(
        self,
        source: wire.Cdr,
        begun: datetime | None,
        ended: datetime | None,
        latest: datetime,
    ) -> None:
        """Compare what was sent with the periods, and with when it began and ended."""
        found = course(source.charging_periods, ended, None, latest)
        self.duration: timedelta | None = None
        if begun is not None and ended is not None:
            self.duration = ended - begun
        lasted = None if self.duration is None else self.duration / HOUR
        told = sum(
            one.volume
            for period in source.charging_periods or ()
            for one in period.dimensions
            if one.type in TIMES
        )
        hours = _hours(source.total_time, lasted or told)
        if self.duration is None and hours is not None:
            self.duration = timedelta(hours=hours)
        self.energy_kwh = energy(
            _energy(source.total_energy, found.counted, lasted or hours)
        )
        self.idle = self._idle(source.total_parking_time, source.total_time, hours)

    def _idle(
        self, parked: float | None, total: float | None, hours: float | None
    ) -> timedelta | None:
        """Return how long the car took nothing, in the unit of the total time."""
        if parked is None or self.duration is None or not 0 < parked <= 1e6:
            return None
        scale = hours / total if total and hours else 1.0
        idle = timedelta(hours=parked * scale)
        return idle if idle <= self.duration else None


def _hours(sent: float | None, lasted: float | None) -> float | None:
    """Return a time in hours that may have been sent in minutes."""
    if sent is None or sent < 0:
        return None
    return _fitting(
        (sent, sent / MINUTES),
        lambda hours: (
            _is_near(hours, lasted, NEAR_TIME) if lasted else hours <= LIKELY_HOURS
        ),
    )


def _energy(sent: float | None, counted: float, hours: float | None) -> float | None:
    """Return an energy in kWh that may have been sent in Wh, as may its parts."""
    if sent is None or sent < 0:
        return None

    def fits(kwh: float) -> bool:
        if hours is not None and kwh > MOST_KW * hours + 0.01:
            return False
        parts = (counted, counted / WATT_HOURS)
        return not (counted > 0 < kwh) or any(
            _is_near(kwh, one, NEAR_ENERGY) for one in parts
        )

    return _fitting((sent, sent / WATT_HOURS), fits)


def _fitting(choices: Iterable[float], fits: Callable[[float], bool]) -> float | None:
    """Return the first of some values that fits."""
    return next((one for one in choices if math.isfinite(one) and fits(one)), None)


def _is_near(value: float, other: float, factor: float) -> bool:
    """Tell whether two values differ by less than a factor; short ones always do."""
    return value <= 0.02 or other / factor < value < other * factor
