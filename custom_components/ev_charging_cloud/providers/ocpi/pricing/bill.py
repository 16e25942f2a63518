"""What a session costs, and what charging costs at a moment."""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

import msgspec

from .exact import UnpriceableError, exact, micros
from .money import Money, total, unit
from .pieces import Course, Piece, ordered
from .restrictions import Moment
from .selection import Prices
from .shapes import Amount, Component, Kind, Rate, Segment, Tariff
from .stepping import Usage

_FREE = Money(0, 0)


def bill(
    tariff: Tariff, segments: Iterable[Segment], zone: tzinfo | None
) -> Amount | None:
    """Return what a session costs, ``None`` where that cannot be said for sure.

    The segments follow each other without a gap, and name no other tariff.
    """
    try:
        found = ordered(tariff, segments)
        _check(tariff, found[0].start)
        prices = Prices(tariff)
        usage = _use(prices, Course(found, prices.rules, zone))
        usage.step()
        amount = total(tariff, usage.amounts.items()).amount()
    except UnpriceableError, OverflowError:
        return None
    return None if amount.net is None and amount.gross is None else amount


def is_free(tariff: Tariff) -> bool:
    """Tell whether nothing in a tariff can cost anything."""
    prices = [one.price for element in tariff.elements for one in element.components]
    least = tariff.minimum
    limits = () if least is None else (least.net, least.gross)
    return tariff.priced and bool(prices) and not any((*prices, *limits))


def rate(
    tariff: Tariff,
    zone: tzinfo | None,
    moment: datetime,
    *,
    energy_kwh: Decimal = Decimal(0),
    duration: timedelta = timedelta(0),
    power_kw: Decimal | None = None,
    current_a: Decimal | None = None,
) -> Rate | None:
    """Return the prices that hold at a moment, for one who used so much until then.

    The price per session is that of the moment when it began.
    """
    try:
        began = moment - duration
        _check(tariff, began)
        prices = Prices(tariff)
        now = _instant(moment, power_kw, current_a)
        here = Course([now], prices.rules, zone).first()
        used = exact(energy_kwh, least=0)
        here = here._replace(energy=used, elapsed=micros(duration))
        then = _instant(began) if duration else now
        start = Course([then], prices.rules, zone).first()
    except UnpriceableError, OverflowError:
        return None
    return Rate(
        energy=_price(tariff, prices, here, Kind.ENERGY),
        time=_price(tariff, prices, here, Kind.TIME),
        parking=_price(tariff, prices, here, Kind.PARKING_TIME),
        flat=_price(tariff, prices, start, Kind.FLAT),
    )


def _instant(
    moment: datetime, power_kw: Decimal | None = None, current_a: Decimal | None = None
) -> Segment:
    """Return a segment that takes no time."""
    return Segment(
        start=moment,
        end=moment,
        energy_kwh=Decimal(0),
        power_kw=power_kw,
        current_a=current_a,
    )


def _check(tariff: Tariff, start: datetime) -> None:
    """Refuse a tariff that nobody here understands, or that holds at other times.

    What holds when a session begins holds until it ends: that is what its driver saw.
    """
    early = tariff.starts_at is not None and start < tariff.starts_at
    late = tariff.ends_at is not None and start >= tariff.ends_at
    if early or late or not tariff.priced:
        raise UnpriceableError


def _use(prices: Prices, course: Course) -> Usage:
    """Return how much a session uses of each component."""
    usage = Usage()
    if flat := prices.at(course.first(), Kind.FLAT):
        usage.add(flat, 1)
    for piece in course.pieces():
        if piece.energy and (price := prices.at(piece.moment, Kind.ENERGY)):
            usage.add(price, piece.energy)
        if piece.duration and (price := _by_time(prices, piece, usage)):
            usage.add(price, piece.duration)
    return usage


def _by_time(prices: Prices, piece: Piece, usage: Usage) -> Component | None:
    """Return the price of the time of a piece.

    Where nobody knows whether it is charging or parking, both must cost the same.
    """
    if piece.charging is not None:
        kind = Kind.TIME if piece.charging else Kind.PARKING_TIME
        return prices.at(piece.moment, kind)
    charging = prices.at(piece.moment, Kind.TIME)
    parking = prices.at(piece.moment, Kind.PARKING_TIME)
    if charging is None or parking is None:
        if any(one is not None and one.price for one in (charging, parking)):
            raise UnpriceableError
        usage.vague = usage.vague or charging is not parking
        return None
    if msgspec.structs.replace(parking, kind=Kind.TIME) != charging:
        raise UnpriceableError
    return charging


def _price(tariff: Tariff, prices: Prices, moment: Moment, kind: Kind) -> Amount | None:
    """Return the price of a unit at a moment, if the tariff has one and it is known."""
    if not prices.has(kind):
        return None
    try:
        component = prices.at(moment, kind)
        if component is None:
            return _FREE.amount()
        return unit(component, tax_included=tariff.tax_included).amount()
    except UnpriceableError:
        return None
