"""What a session or CDR used, for the tariff engine (fact sheet ocpi 8.4 and 10)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import msgspec

from ...values import money
from .. import wire
from ..pricing import Segment
from ..wire import DimensionType
from .amounts import MOST_KW, WATT_HOURS, energy, in_watt_hours
from .moments import AHEAD, HOUR, known, span
from .names import sent

# Periods may differ from the total by so much of it, and by so many kWh, as numbers
# are rounded.
ROUNDING = 0.02
ROUNDING_KWH = 0.05
# Times may differ from those of the period by as much of it, and by so much.
SLACK = timedelta(minutes=1)
TIMES = (DimensionType.TIME, DimensionType.PARKING_TIME)
MOST_HOURS = 1e5


class Part(msgspec.Struct, kw_only=True):
    """A period as sent, its amounts by their type."""

    at: datetime
    amounts: dict[DimensionType, float]
    tariff_id: str | None

    def has(self, kind: DimensionType) -> bool:
        """Tell whether a period has an amount above 0."""
        return self.amounts.get(kind, 0.0) > 0


def segments(source: wire.Usage, now: datetime) -> tuple[Segment, ...]:
    """Return segments without gaps, none where time or energy is not sure."""
    latest = now + AHEAD
    begun, ended = span(
        source.start_date_time or source.start_datetime,
        source.end_date_time or source.end_datetime or source.stop_date_time,
        latest,
    )
    end = ended or min(known(source.last_updated, latest) or now, now)
    total = source.kwh if source.total_energy is None else source.total_energy
    parts = sorted(_parts(source, latest), key=lambda one: one.at)
    if not parts and begun is not None:
        parts = [Part(at=begun, amounts={}, tariff_id=None)]
    if begun is not None and parts:
        parts[0].at = min(parts[0].at, begun)
    reserved = any(one.has(DimensionType.RESERVATION_TIME) for one in parts)
    if not parts or parts[-1].at > end or reserved or not _complete(parts, total):
        return ()
    borders = [*(one.at for one in parts), end]
    return tuple(
        found
        for part, (start, until) in zip(parts, pairwise(borders), strict=True)
        for found in _split(part, start, until)
    )


def _parts(source: wire.Usage, latest: datetime) -> Iterator[Part]:
    """Return the periods whose time is known."""
    for period in source.charging_periods or ():
        if (at := known(period.start_date_time, latest)) is None:
            continue
        amounts: dict[DimensionType, float] = {}
        for one in period.dimensions:
            amounts[one.type] = amounts.get(one.type, 0.0) + one.volume
        yield Part(at=at, amounts=amounts, tariff_id=sent(period.tariff_id))


def _complete(parts: list[Part], total: float | None) -> bool:
    """Tell whether the periods hold the whole energy, in kWh.

    What is missing belongs to the last period where that does not say its energy yet.
    """
    kind = DimensionType.ENERGY
    counted = sum(one.amounts.get(kind, 0.0) for one in parts)
    if in_watt_hours(counted, total):
        counted /= WATT_HOURS
        for one in parts:
            if kind in one.amounts:
                one.amounts[kind] /= WATT_HOURS
    if total is None:
        return counted > 0
    missing = total - counted
    if abs(missing) <= max(ROUNDING * total, ROUNDING_KWH):
        return energy(total) is not None
    if missing > 0 and kind not in parts[-1].amounts:
        parts[-1].amounts[kind] = missing
        return energy(total) is not None
    return False


def _split(part: Part, start: datetime, end: datetime) -> Iterator[Segment]:
    """Return a period, cut where the car stopped charging in the midst of it.

    All its energy is that of what does not park, as far as there is such a time.
    """
    used = money(part.amounts.get(DimensionType.ENERGY, 0.0)) or Decimal()
    whole = True
    for begun, until, charging in _kinds(part, start, end):
        yield Segment(
            start=begun,
            end=until,
            energy_kwh=used if whole else Decimal(),
            charging=charging,
            power_kw=_power(part, used, begun, until)
            if whole
            else _idle_power(charging),
            current_a=_current(part),
            tariff_id=part.tariff_id,
        )
        whole = False


def _kinds(
    part: Part, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime, bool | None]]:
    """Yield spans of a period and whether the car charges in them.

    It charges first and parks last; in time that neither dimension accounts for it may
    do either, as energy does not tell how long it flowed.
    """
    charged, parked = (_hours(part, one, end - start) for one in TIMES)
    if charged is None and parked is None:
        yield start, end, None
        return
    parks = end - (parked or timedelta())
    if charged is None and (not parked or part.has(DimensionType.ENERGY)):
        charged = parks - start
    stops = min(start + (charged or timedelta()), parks)
    slack = max(SLACK, ROUNDING * (end - start))
    if parks - stops <= slack:
        stops = parks = parks if parks - start > slack else start
    spans = ((start, stops, True), (stops, parks, None), (parks, end, False))
    found = [one for one in spans if one[0] < one[1]]
    yield from found or [(start, end, not parked)]


def _hours(part: Part, kind: DimensionType, most: timedelta) -> timedelta | None:
    """Return a time of a period, ``None`` where it is not told or cannot be."""
    value = part.amounts.get(kind)
    if value is None or not 0 <= value < MOST_HOURS:
        return None
    return min(timedelta(hours=value), most)


def _idle_power(charging: bool | None) -> Decimal | None:
    """Return the power of a span without energy."""
    return Decimal() if charging is False else None


def _power(part: Part, used: Decimal, start: datetime, end: datetime) -> Decimal | None:
    """Return the mean power, as sent or as energy over time."""
    told = part.amounts.get(DimensionType.POWER)
    if told is None and end > start:
        told = float(used) / ((end - start) / HOUR)
    return money(told) if told is not None and 0 <= told <= MOST_KW else None


def _current(part: Part) -> Decimal | None:
    """Return the mean current."""
    told = part.amounts.get(DimensionType.CURRENT)
    return money(told) if told is not None and told >= 0 else None
