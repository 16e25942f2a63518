"""Whether an element applies at a moment, and when that may change."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from .exact import Number, maybe, micros
from .shapes import Restrictions

_MIDNIGHT = time()


class Moment(NamedTuple):
    """What restrictions look at; ``None`` is not known."""

    energy: Number
    elapsed: Number
    wall: datetime | None
    power: Number | None
    current: Number | None


@dataclass(frozen=True, slots=True)
class Span[T: (Number, date)]:
    """A range from its first value up to, and without, its end."""

    least: T | None
    below: T | None

    @property
    def edges(self) -> list[T]:
        """Return where it begins and ends."""
        return [one for one in (self.least, self.below) if one is not None]

    def holds(self, value: T | None) -> bool | None:
        """Tell whether a value is inside, ``None`` where it matters and is not known."""
        if self.least is None and self.below is None:
            return True
        if value is None:
            return None
        return (self.least is None or value >= self.least) and (
            self.below is None or value < self.below
        )


class Rule:
    """Restrictions, made ready for many moments."""

    def __init__(self, given: Restrictions) -> None:
        """Take restrictions as they were sent."""
        durations = (given.min_duration, given.max_duration)
        least, below = (None if one is None else micros(one) for one in durations)
        self.duration = Span[Number](least, below)
        self.energy = Span[Number](maybe(given.min_kwh), maybe(given.max_kwh))
        self.power = Span[Number](maybe(given.min_power), maybe(given.max_power))
        self.current = Span[Number](maybe(given.min_current), maybe(given.max_current))
        self.dates = Span[date](given.start_date, given.end_date)
        self.times = (given.start_time, given.end_time)
        self.days = given.days
        times = {at for at in self.times if at is not None}
        self.local = bool(times or given.days or self.dates.edges)
        # Midnight ends a day, and what has a start only.
        self.clock_edges = times | {_MIDNIGHT} if self.local else times

    def holds(self, moment: Moment) -> bool | None:
        """Tell whether the element applies, ``None`` where that is not known."""
        if not self.energy.holds(moment.energy):
            return False
        if not self.duration.holds(moment.elapsed):
            return False
        verdicts = (
            self._at(moment.wall),
            self.power.holds(moment.power),
            self.current.holds(moment.current),
        )
        if False in verdicts:
            return False
        return None if None in verdicts else True

    def _at(self, wall: datetime | None) -> bool | None:
        """Tell whether the element applies on this day and at this time of day."""
        if not self.local:
            return True
        if wall is None:
            return None
        if self.days and wall.weekday() not in self.days:
            return False
        return bool(self.dates.holds(wall.date())) and self._at_time(wall.time())

    def _at_time(self, now: time) -> bool:
        """Tell whether a time of day is inside; an end before the start is tomorrow's.

        A start that is also the end leaves nothing out.
        """
        start, end = self.times
        after_start = start is None or now >= start
        before_end = end is None or now < end
        if start is not None and end is not None and end <= start:
            return after_start or before_end
        return after_start and before_end


def limits(spans: Iterable[Span[Number]]) -> list[Number]:
    """Return where ranges begin and end, in order."""
    return sorted({edge for span in spans for edge in span.edges})
