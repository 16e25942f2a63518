"""From charging periods to the model (fact sheet ocpi 8.4)."""

from datetime import UTC, datetime, timedelta
from operator import attrgetter

import msgspec

from ...model import ChargingPeriod, PeriodKind, Session
from .. import wire
from ..wire import DimensionType
from .amounts import MOST_KW, MOST_KWH, WATT_HOURS, energy, in_watt_hours
from .moments import EARLIEST, HOUR, known
from .names import sent

ENERGY = DimensionType.ENERGY
POWER = DimensionType.POWER
TIME = DimensionType.TIME
PARKING = DimensionType.PARKING_TIME
CHARGE = DimensionType.STATE_OF_CHARGE
CHARGING, IDLE = PeriodKind.CHARGING, PeriodKind.IDLE
MOST_HOURS = 10_000


class Course(msgspec.Struct):
    """What the periods of a session tell.

    ``odd`` holds those that tell more than energy, time and power, and ``named`` the
    tariffs, both from the last one back.
    """

    periods: list[ChargingPeriod]
    counted: float
    odd: list[wire.Period]
    named: list[str]

    @property
    def idle(self) -> timedelta | None:
        """Return how long the car took nothing, where the periods tell it."""
        hours = sum(self._volumes(PARKING))
        return timedelta(hours=hours) if 0 < hours < MOST_HOURS else None

    @property
    def battery(self) -> list[float]:
        """Return the states of charge in percent, from the last one back."""
        return [one for one in self._volumes(CHARGE) if 0 <= one <= 100]

    @property
    def tariffs(self) -> tuple[str, ...]:
        """Return the names of the tariffs once each, the last one last."""
        names = [name for one in self.named if (name := sent(one)) is not None]
        return tuple(names) if len(names) < 2 else tuple(dict.fromkeys(names))[::-1]

    def _volumes(self, kind: DimensionType) -> list[float]:
        """Return what is counted of a kind that only odd periods have."""
        return [
            one.volume
            for source in self.odd
            for one in source.dimensions
            if one.type is kind
        ]


NOTHING = Course([], 0.0, [], [])


def course(
    sources: list[wire.Period] | None,
    end: datetime | None,
    kwh: float | None,
    latest: datetime,
) -> Course:
    """Map charging periods, oldest first; a period ends where the next one begins."""
    if not sources:
        return NOTHING
    found = _course(sources, end, latest)
    if found is None:
        # They were not in order, or a moment was not in UTC or cannot be.
        found = _course(timely(sources, latest), end, latest) or NOTHING
    in_wh = in_watt_hours(found.counted, kwh)
    if in_wh or found.odd or found.counted > MOST_KWH:
        scale = WATT_HOURS if in_wh else 1
        found.periods = [_believed(one, scale) for one in found.periods]
    return found


def completed(session: Session, found: Course) -> Session:
    """Return a session with what its odd periods tell."""
    battery = found.battery
    if not battery:
        return msgspec.structs.replace(session, idle=session.idle or found.idle)
    running = session.running
    return msgspec.structs.replace(
        session,
        idle=session.idle or found.idle,
        vehicle_battery_percent=battery[0] if running else None,
        battery_start_percent=battery[-1],
        battery_end_percent=None if running else battery[0],
    )


def timely(sources: list[wire.Period], latest: datetime) -> list[wire.Period]:
    """Return periods in order, their moments known and in UTC."""
    found = [
        msgspec.structs.replace(one, start_date_time=at)
        for one in sources
        if (at := known(one.start_date_time, latest)) is not None
    ]
    return sorted(found, key=attrgetter("start_date_time"))


def _course(
    sources: list[wire.Period], end: datetime | None, latest: datetime
) -> Course | None:
    """Map periods from the last one back, ``None`` where they are not in order.

    Most of the time that a page takes is spent in here, so what nearly every period is
    goes the short way: energy, and beside it time and power, which add nothing.
    """
    periods: list[ChargingPeriod] = []
    odd: list[wire.Period] = []
    named: list[str] = []
    tariff: str | None = None
    counted = 0.0
    until, border = end, latest
    for source in reversed(sources):
        at = source.start_date_time
        if at.tzinfo is not UTC or at > border:
            return None
        used = 0.0
        usual = True
        for dimension in source.dimensions:
            kind = dimension.type
            if kind is ENERGY:
                used += dimension.volume
            elif kind is not TIME and kind is not POWER:
                usual = False
        counted += used
        if usual and used > 0.0:
            made = ChargingPeriod(
                started_at=at, ended_at=until, kind=CHARGING, energy_kwh=used
            )
        else:
            made = _odd_period(source, at, until, used)
            odd.append(source)
        periods.append(made)
        if source.tariff_id != tariff and (name := source.tariff_id) is not None:
            named.append(name)
            tariff = name
        until = border = at
    if border < EARLIEST:
        return None
    periods.reverse()
    if end is not None and periods and end < periods[-1].started_at:
        periods[-1] = msgspec.structs.replace(periods[-1], ended_at=None)
    return Course(periods, counted, odd, named)


def _odd_period(
    source: wire.Period, at: datetime, until: datetime | None, used: float
) -> ChargingPeriod:
    """Map a period that tells more, or less; charging time makes it charging too."""
    told = {one.type for one in source.dimensions if one.volume}
    parked = IDLE if PARKING in told else None
    metered = any(one.type is ENERGY for one in source.dimensions)
    return ChargingPeriod(
        started_at=at,
        ended_at=until,
        kind=CHARGING if used or TIME in told else parked,
        energy_kwh=used if metered else None,
    )


def _believed(source: ChargingPeriod, scale: int) -> ChargingPeriod:
    """Return a period with its energy in kWh; one that cannot be is not known."""
    used = source.energy_kwh
    kwh = None if used is None else energy(used / scale)
    return msgspec.structs.replace(source, energy_kwh=kwh)


def power_kw(
    sources: list[wire.Period] | None, found: Course, latest: datetime
) -> float | None:
    """Return the power of a running session that its periods tell.

    That of the latest period which names one, else the mean of the latest one that is
    over; a car that is said to ask for none takes none.
    """
    if not sources or not found.periods:
        return None
    if found.periods[-1].kind is IDLE:
        return 0.0
    told: tuple[datetime, float] | None = None
    for source in sources:
        for one in source.dimensions:
            if one.type is not POWER:
                continue
            at = known(source.start_date_time, latest)
            if at is not None and (told is None or at >= told[0]):
                told = at, one.volume
    if told is None:
        return _derived(found.periods)
    return told[1] if 0 <= told[1] <= MOST_KW else None


def _derived(periods: list[ChargingPeriod]) -> float | None:
    """Return the power of the latest period that is over."""
    over = [one for one in periods if one.ended_at is not None]
    if not over:
        return None
    last = over[-1]
    used = energy(last.energy_kwh)
    if used is None or last.ended_at is None or last.ended_at <= last.started_at:
        return None
    power = used / ((last.ended_at - last.started_at) / HOUR)
    return power if power <= MOST_KW else None
