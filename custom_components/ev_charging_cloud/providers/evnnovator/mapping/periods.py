"""From the gateway's charging periods to the model (fact sheet evnnovator 6, 3 to 9)."""

from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

import msgspec

from ...model import ChargingPeriod, PeriodKind
from ...values import money, text, word
from .. import wire
from .moments import known

BEFORE_START = timedelta(hours=1)


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """When a session began, and when it ended or, while it runs, was reported."""

    start: datetime | None
    end: datetime | None
    running: bool

    @property
    def duration(self) -> timedelta | None:
        """Return how long a session took that is over."""
        if self.running or self.start is None or self.end is None:
            return None
        return self.end - self.start


class Stamp(msgspec.Struct, frozen=True, kw_only=True):
    """A period as sent: one moment, and amounts of kWh and hours by their kind."""

    at: datetime
    amounts: dict[str, Decimal]


def periods(
    raw: msgspec.Raw, span: Span, zone: tzinfo, now: datetime
) -> tuple[ChargingPeriod, ...]:
    """Map charging periods, oldest first.

    One with an amount at the very end shows that amounts belong to the time before
    their moment; a period then lasts from the one before to its moment.
    """
    stamps = sorted(_stamps(raw, span, zone, now), key=lambda one: one.at)
    trailing = _contains_amount_at(stamps, span.end)
    found = []
    start: datetime
    end: datetime | None
    for position, one in enumerate(stamps):
        before = stamps[position - 1].at if position else span.start
        if trailing and one.amounts and before is not None and before <= one.at:
            start, end = before, one.at
        elif one is stamps[-1]:
            start, end = one.at, None if span.running else span.end
        else:
            start, end = one.at, stamps[position + 1].at
        energy = one.amounts.get("energy")
        found.append(
            ChargingPeriod(
                started_at=start,
                ended_at=end if end is None or end >= start else None,
                kind=_kind(one.amounts),
                energy_kwh=None if energy is None else float(energy),
            )
        )
    return tuple(found)


def _stamps(raw: msgspec.Raw, span: Span, zone: tzinfo, now: datetime) -> list[Stamp]:
    """Return the periods that can belong to the session; some are weeks off (4)."""
    found = []
    for one in wire.items(wire.PERIOD, raw):
        at = known(one.start_date_time, now, zone)
        if at is None or (span.start and at < span.start - BEFORE_START):
            continue
        found.append(Stamp(at=at, amounts=_amounts(one.dimensions)))
    return found


def _amounts(raw: msgspec.Raw) -> dict[str, Decimal]:
    """Return the amounts of a period, which are text, or missing (5, 6)."""
    found: dict[str, Decimal] = {}
    for one in wire.items(wire.DIMENSION, raw):
        kind, volume = word(text(one.type)), money(one.volume)
        if kind and volume is not None and volume >= 0:
            found[kind] = found.get(kind, Decimal()) + volume
    return found


def _contains_amount_at(stamps: list[Stamp], end: datetime | None) -> bool:
    """Tell whether something is counted at the end or later."""
    return any(
        end is not None and one.at >= end and any(one.amounts.values())
        for one in stamps
    )


def _kind(amounts: dict[str, Decimal]) -> PeriodKind | None:
    """Return what a period was: energy makes it charging."""
    if amounts.get("energy"):
        return PeriodKind.CHARGING
    return PeriodKind.IDLE if amounts.get("parkingtime") else None
