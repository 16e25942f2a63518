"""From a price forecast to prices by the hour (fact sheet ampeco 10)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal

from ...decoding import envelope
from ...model import PricePeriod
from ...values import money
from .. import wire


def forecast(
    body: bytes,
    *,
    zone: tzinfo,
    currency: str,
    price_now: Decimal,
    now: datetime,
) -> tuple[PricePeriod, ...]:
    """Map a price forecast, or nothing where its hours cannot be trusted.

    The times have no zone, and one operator's were seen an hour ahead in winter
    (10). The row that covers now must bear the tariff's price now: as it stands, or
    moved by an hour either way. Where none fits, or where several fit that say
    different things, nobody knows which hour a price is for.
    """
    source = envelope(wire.PRICES, body)
    if not 0 < source.granularity <= 1440:
        return ()
    length = timedelta(minutes=source.granularity)
    rows = tuple(_price_rows(source, zone))
    found: list[dict[datetime, Decimal]] = []
    for shift in (timedelta(), timedelta(hours=-1), timedelta(hours=1)):
        prices = _shifted(rows, shift, now.astimezone(zone).utcoffset(), zone)
        if any(
            start <= now < start + length and price == price_now
            for start, price in prices.items()
        ):
            found.append(prices)
    if not found or any(_differ(found[0], other) for other in found[1:]):
        return ()
    return tuple(
        PricePeriod(
            start=start, end=start + length, price_per_kwh=price, currency=currency
        )
        for start, price in found[0].items()
    )


def _shifted(
    rows: tuple[tuple[datetime, Decimal], ...],
    shift: timedelta,
    offset: timedelta | None,
    zone: tzinfo,
) -> dict[datetime, Decimal]:
    """Return prices by UTC start, moved, up to the change of the clocks.

    Beyond it, or before it, another shift may hold.
    """
    return {
        start: price
        for local, price in rows
        if local.utcoffset() == offset
        and (start := local.astimezone(UTC) + shift).astimezone(zone).utcoffset()
        == offset
    }


def _differ(one: dict[datetime, Decimal], other: dict[datetime, Decimal]) -> bool:
    """Tell whether two readings of a forecast contradict each other."""
    return any(one[start] != other[start] for start in one.keys() & other.keys())


def _price_rows(
    source: wire.PricePeriods, zone: tzinfo
) -> Iterator[tuple[datetime, Decimal]]:
    """Return the readable rows with starts in the operator's zone.

    A local hour that comes twice in autumn means the second one the second time.
    """
    seen: set[str] = set()
    for row in source.periods:
        local = f"{row.at_day}T{row.at_time}"
        price = money(row.price_per_kwh)
        try:
            naive = datetime.fromisoformat(local)
        except ValueError:
            continue
        # Years at the ends of the calendar cannot be moved.
        if price is not None and naive.tzinfo is None and 2000 <= naive.year < 3000:
            yield naive.replace(tzinfo=zone, fold=int(local in seen)), price
        seen.add(local)
