"""What a session costs under a tariff, walked through piece by piece.

The rules are those of fact sheet ocpi 10. Fractions keep every sum exact until it is
written down.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from ..session import Session
from . import records
from .records import Stretch
from .tariffs import Component, OcpiTariff, Restrictions
from .values import rounded, seconds

DAYS: Final = (
    "MONDAY",
    "TUESDAY",
    "WEDNESDAY",
    "THURSDAY",
    "FRIDAY",
    "SATURDAY",
    "SUNDAY",
)
VOLTAGE: Final = 230
HOUR: Final = 3600
HALF_HOUR: Final = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Bill:
    """State what a session costs, in total and per dimension; None has no VAT."""

    net: Decimal
    gross: Decimal | None
    parts: dict[str, tuple[Decimal, Decimal | None]]


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """A part of a session in which one set of prices holds."""

    moment: datetime
    lasted: Fraction
    since_start: Fraction
    first_kwh: Fraction
    last_kwh: Fraction
    parks: bool
    power_w: int


def bill(session: Session, until: datetime, tariff: OcpiTariff, zone: str) -> Bill:
    """Return the cost of a session up to a moment."""
    local = ZoneInfo(zone)
    edges = {
        *records.samples(session),
        *clock_edges(session, until, tariff, local),
    }
    walked = records.stretches(session, until, edges)
    thresholds = list(_thresholds(tariff))
    start = records.began(session)
    volumes: dict[tuple[str, Component], Fraction] = defaultdict(Fraction)
    last: dict[str, Component] = {}
    for piece in _pieces(walked, thresholds, start):
        _price(piece, tariff, local, volumes, last)
    if not walked:
        _flat_fee(start, tariff, local, volumes)
    _step(volumes, last)
    return _limited(_summed(volumes), tariff)


def clock_edges(
    session: Session, until: datetime, tariff: OcpiTariff, zone: ZoneInfo
) -> Iterator[datetime]:
    """Yield when a restriction on local time or duration may begin or end to hold."""
    start = records.began(session)
    day, last = start.astimezone(zone).date(), until.astimezone(zone).date()
    times = {time(0), *_times(tariff)} if _knows_the_clock(tariff) else set()
    while day <= last:
        for moment in times:
            yield from _moments(day, moment, zone)
        if times:
            yield from _clock_changes(day, zone)
        day += timedelta(days=1)
    for element in tariff.elements:
        if (held := element.restrictions) is not None:
            for lasted in (held.min_duration, held.max_duration):
                if lasted is not None:
                    yield start + timedelta(seconds=lasted)


def energy_edges(
    session: Session, until: datetime, tariff: OcpiTariff
) -> Iterator[datetime]:
    """Yield when a restriction on energy begins or ends to hold."""
    for threshold in _thresholds(tariff):
        kwh = rounded(threshold)
        if (moment := records.reached(session, kwh, until)) is not None:
            yield moment


def _moments(day: date, moment: time, zone: ZoneInfo) -> Iterator[datetime]:
    # A local time may exist twice on the day on which summer time ends.
    for fold in (0, 1):
        local = datetime.combine(day, moment, zone).replace(fold=fold)
        yield local.astimezone(UTC)


def _clock_changes(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield when the clocks are put forward or back on a day."""
    first = datetime.combine(day, time(0), zone)
    if first.utcoffset() == (first + timedelta(days=1)).utcoffset():
        return
    moment = first.astimezone(UTC)
    while moment.astimezone(zone).date() == day:
        after = moment + HALF_HOUR
        if moment.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield after
        moment = after


def _times(tariff: OcpiTariff) -> Iterator[time]:
    for element in tariff.elements:
        if (held := element.restrictions) is not None:
            for text in (held.start_time, held.end_time):
                if text is not None:
                    yield time.fromisoformat(text)


def _knows_the_clock(tariff: OcpiTariff) -> bool:
    held = [element.restrictions for element in tariff.elements]
    return any(
        one.start_time or one.end_time or one.start_date or one.end_date
        if one is not None
        else False
        for one in held
    ) or any(one is not None and one.day_of_week for one in held)


def _thresholds(tariff: OcpiTariff) -> Iterator[Fraction]:
    for element in tariff.elements:
        if (held := element.restrictions) is not None:
            for kwh in (held.min_kwh, held.max_kwh):
                if kwh is not None:
                    yield Fraction(kwh)


def _pieces(
    walked: Iterable[Stretch], thresholds: list[Fraction], start: datetime
) -> Iterator[_Piece]:
    """Cut stretches where the energy passes a threshold."""
    for stretch in walked:
        first, last = Fraction(stretch.first_kwh), Fraction(stretch.last_kwh)
        lasted = seconds(stretch.end - stretch.start)
        inside = sorted({kwh for kwh in thresholds if first < kwh < last})
        edges = [first, *inside, last]
        done = Fraction(0)
        for one, other in pairwise(edges):
            share = (other - one) / (last - first) if last > first else Fraction(1)
            yield _Piece(
                moment=stretch.start + timedelta(seconds=float(done)),
                lasted=lasted * share,
                since_start=seconds(stretch.start - start) + done,
                first_kwh=one,
                last_kwh=other,
                parks=stretch.parks,
                power_w=stretch.power_w,
            )
            done += lasted * share


def _price(
    piece: _Piece,
    tariff: OcpiTariff,
    zone: ZoneInfo,
    volumes: dict[tuple[str, Component], Fraction],
    last: dict[str, Component],
) -> None:
    time_kind = "PARKING_TIME" if piece.parks else "TIME"
    taken = {
        "ENERGY": piece.last_kwh - piece.first_kwh,
        time_kind: piece.lasted / HOUR,
    }
    for kind, volume in taken.items():
        found = _component(tariff, kind, piece, zone)
        if found is not None and volume:
            volumes[kind, found] += volume
            last["ENERGY" if kind == "ENERGY" else "TIME"] = found
    if not any(kind == "FLAT" for kind, _ in volumes):
        if (fee := _component(tariff, "FLAT", piece, zone)) is not None:
            volumes["FLAT", fee] = Fraction(1)


def _flat_fee(
    start: datetime,
    tariff: OcpiTariff,
    zone: ZoneInfo,
    volumes: dict[tuple[str, Component], Fraction],
) -> None:
    """Take the fee of a session that has only just begun."""
    none = Fraction(0)
    piece = _Piece(
        moment=start,
        lasted=none,
        since_start=none,
        first_kwh=none,
        last_kwh=none,
        parks=False,
        power_w=0,
    )
    _price(piece, tariff, zone, volumes, {})


def _step(
    volumes: dict[tuple[str, Component], Fraction], last: dict[str, Component]
) -> None:
    """Round the billed energy and time up once, at the last price that was used."""
    units = {"ENERGY": 1000, "TIME": HOUR}
    for family, component in last.items():
        step = Fraction(max(1, component.step_size), units[family])
        kinds = {"ENERGY"} if family == "ENERGY" else {"TIME", "PARKING_TIME"}
        used = sum((v for (k, _), v in volumes.items() if k in kinds), Fraction(0))
        volumes[component.type, component] += -(-used // step) * step - used


def _component(
    tariff: OcpiTariff, kind: str, piece: _Piece, zone: ZoneInfo
) -> Component | None:
    for element in tariff.elements:
        for component in element.components:
            if component.type == kind and _holds(element.restrictions, piece, zone):
                return component
    return None


def _holds(held: Restrictions | None, piece: _Piece, zone: ZoneInfo) -> bool:
    if held is None:
        return True
    if held.reservation is not None:
        return False
    local = piece.moment.astimezone(zone)
    power = Fraction(piece.power_w, 1000)
    return (
        _on_the_day(held, local)
        and _in_the_hours(held, local)
        and _between(held.min_kwh, piece.first_kwh, held.max_kwh)
        and _between(held.min_duration, piece.since_start, held.max_duration)
        and _between(held.min_power, power, held.max_power)
        and _between(held.min_current, power * 1000 / VOLTAGE, held.max_current)
    )


def _on_the_day(held: Restrictions, local: datetime) -> bool:
    day = local.date().isoformat()
    if held.start_date is not None and day < held.start_date:
        return False
    if held.end_date is not None and day >= held.end_date:
        return False
    return not held.day_of_week or DAYS[local.weekday()] in held.day_of_week


def _in_the_hours(held: Restrictions, local: datetime) -> bool:
    clock = f"{local:%H:%M}"
    start, end = held.start_time or "00:00", held.end_time or "24:00"
    if start < end:
        return start <= clock < end
    return clock >= start or clock < end


def _between(
    least: Decimal | int | None, value: Fraction, most: Decimal | int | None
) -> bool:
    if least is not None and value < Fraction(least):
        return False
    return most is None or value < Fraction(most)


def _summed(volumes: dict[tuple[str, Component], Fraction]) -> Bill:
    nets: dict[str, Fraction] = defaultdict(Fraction)
    taxes: dict[str, Fraction | None] = {}
    for (kind, component), volume in volumes.items():
        net = volume * Fraction(component.price)
        nets[kind] += net
        before = taxes.get(kind, Fraction(0))
        if component.vat is None or before is None:
            taxes[kind] = None
        else:
            taxes[kind] = before + net * Fraction(component.vat) / 100
    parts = {
        kind: (
            rounded(net),
            None if (tax := taxes[kind]) is None else rounded(net + tax),
        )
        for kind, net in nets.items()
    }
    known = [tax for tax in taxes.values() if tax is not None]
    total = sum(nets.values(), Fraction(0))
    complete = len(known) == len(taxes)
    gross = rounded(total + sum(known, Fraction(0))) if complete else None
    return Bill(net=rounded(total), gross=gross, parts=parts)


def _limited(found: Bill, tariff: OcpiTariff) -> Bill:
    net, gross = found.net, found.gross
    if (least := tariff.min_price) is not None:
        net = max(net, least.excl_vat) if least.excl_vat is not None else net
        if gross is not None and least.incl_vat is not None:
            gross = max(gross, least.incl_vat)
    if (most := tariff.max_price) is not None:
        net = min(net, most.excl_vat) if most.excl_vat is not None else net
        if gross is not None and most.incl_vat is not None:
            gross = min(gross, most.incl_vat)
    return replace(found, net=net, gross=gross)
