"""What the CPO's back end has recorded of a session.

It keeps whole seconds and meter readings of a tenth of a watt hour, so that what it
shows adds up to what it bills.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final

from ..session import PeriodKind, Session
from ..units import to_kwh
from .values import rounded, whole_second

QUARTER: Final = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Keep a part of a session in which the car either charges or parks."""

    start: datetime
    end: datetime
    first_kwh: Decimal
    last_kwh: Decimal
    parks: bool
    power_w: int

    @property
    def kwh(self) -> Decimal:
        """Return the energy of this part."""
        return self.last_kwh - self.first_kwh


def began(session: Session) -> datetime:
    """Return when a session began, in whole seconds."""
    return whole_second(session.started_at)


def ended(session: Session) -> datetime | None:
    """Return when a session ended, in whole seconds."""
    if session.stopped_at is None:
        return None
    return max(whole_second(session.stopped_at), began(session))


def reading(session: Session, moment: datetime) -> Decimal:
    """Return the energy up to a moment in kWh; at the end it is all of it."""
    if (end := ended(session)) is not None and moment >= end:
        return rounded(to_kwh(session.energy_uj))
    return rounded(to_kwh(session.reading_at(moment).energy_uj))


def reached(session: Session, kwh: Decimal, until: datetime) -> datetime | None:
    """Return the first whole second at which so much energy had flowed."""
    start = began(session)
    if reading(session, until) < kwh:
        return None
    low, high = 0, int((until - start).total_seconds())
    while low < high:
        middle = (low + high) // 2
        if reading(session, start + timedelta(seconds=middle)) >= kwh:
            high = middle
        else:
            low = middle + 1
    return start + timedelta(seconds=low)


def stretches(
    session: Session, until: datetime, edges: Iterable[datetime] = ()
) -> list[Stretch]:
    """Return a session up to a moment, cut where the car stops or resumes and there."""
    start = began(session)
    turns = [whole_second(period.started_at) for period in session.periods]
    cuts = {start, until, *turns, *edges}
    moments = sorted(moment for moment in cuts if start <= moment <= until)
    return [
        Stretch(
            start=first,
            end=last,
            first_kwh=reading(session, first),
            last_kwh=reading(session, last),
            parks=_parks(session, first),
            power_w=session.reading_at(first).power_w,
        )
        for first, last in pairwise(moments)
    ]


def quarters(session: Session, until: datetime) -> list[datetime]:
    """Return a cut every fifteen minutes of a session."""
    start = began(session)
    return [start + QUARTER * n for n in range(1, (until - start) // QUARTER + 1)]


def samples(session: Session) -> list[datetime]:
    """Return when the meter spoke."""
    return [whole_second(sample.moment) for sample in session.samples]


def _parks(session: Session, moment: datetime) -> bool:
    kind = PeriodKind.CHARGING
    for period in session.periods:
        if whole_second(period.started_at) > moment:
            break
        kind = period.kind
    return kind is PeriodKind.IDLE
