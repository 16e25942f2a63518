"""Cutting a session wherever another price may begin to hold."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from fractions import Fraction
from itertools import chain, pairwise
from typing import NamedTuple

from .clock import edges
from .exact import Number, UnpriceableError, exact, maybe, micros
from .restrictions import Moment, Rule, limits
from .shapes import Segment, Tariff

# Beyond it is a session that nobody ended, and whose days need not be counted.
_LONGEST = timedelta(days=92)


class Piece(NamedTuple):
    """A part of a session in which no restriction changes its mind."""

    moment: Moment
    energy: Number
    duration: Number
    charging: bool | None


class Course:
    """A session and the moments and amounts at which it is cut."""

    def __init__(
        self, segments: Sequence[Segment], rules: Sequence[Rule], zone: tzinfo | None
    ) -> None:
        """Take segments that follow each other."""
        self.segments = segments
        self.start = segments[0].start
        self.zone = zone if any(rule.local for rule in rules) else None
        self._energies = limits(rule.energy for rule in rules)
        durations = limits(rule.duration for rule in rules)
        self._moments = sorted({*durations, *self._clock_edges(rules)})

    def _clock_edges(self, rules: Iterable[Rule]) -> Iterator[int]:
        """Yield when a clock of the location passes a time that matters."""
        times = set(chain.from_iterable(rule.clock_edges for rule in rules))
        if self.zone is not None:
            for edge in edges(self.start, self.segments[-1].end, times, self.zone):
                yield micros(edge - self.start)

    def first(self) -> Moment:
        """Return the moment when the session began."""
        return self._moment(self.segments[0], 0, 0)

    def pieces(self) -> Iterator[Piece]:
        """Yield all pieces, oldest first."""
        begin = 0
        before = 0
        for segment in self.segments:
            length = micros(segment.end - segment.start)
            energy = exact(segment.energy_kwh, least=0)
            for here, there in pairwise(self._cuts(begin, length, before, energy)):
                share = there - here
                moment = self._moment(
                    segment, before + here * energy, begin + here * length
                )
                yield Piece(moment, share * energy, share * length, segment.charging)
            begin += length
            before += energy

    def _cuts(self, begin: int, length: int, before: int, energy: int) -> list[Number]:
        """Return where a segment is cut, as shares of it."""
        found: set[Number] = {0, 1}
        for edge in _between(self._moments, begin, begin + length):
            found.add(Fraction(edge - begin, length))
        for edge in _between(self._energies, before, before + energy):
            found.add(Fraction(edge - before, energy))
        return sorted(found)

    def _moment(self, segment: Segment, energy: Number, elapsed: Number) -> Moment:
        """Return what holds in a segment from a moment on."""
        return Moment(
            energy,
            elapsed,
            self._wall(elapsed),
            maybe(segment.power_kw),
            maybe(segment.current_a),
        )

    def _wall(self, elapsed: Number) -> datetime | None:
        """Return what the location's clocks show."""
        if self.zone is None:
            return None
        # Clocks change at whole microseconds, so what is cut off is never one of them.
        moment = self.start + timedelta(microseconds=int(elapsed))
        return moment.astimezone(self.zone)


def ordered(tariff: Tariff, segments: Iterable[Segment]) -> list[Segment]:
    """Return segments in their order, if a tariff can price all of them.

    A gap may be a part that got lost, and a session without it would cost too little.
    """
    found = sorted(segments, key=lambda one: (one.start, one.end))
    if not found or found[-1].end - found[0].start > _LONGEST:
        raise UnpriceableError
    if any(one.end < one.start for one in found):
        raise UnpriceableError
    if any(one.end != other.start for one, other in pairwise(found)):
        raise UnpriceableError
    named = {one.tariff_id.casefold() for one in found if one.tariff_id is not None}
    if not named <= {tariff.id}:
        raise UnpriceableError
    return found


def _between(values: Sequence[Number], low: Number, high: Number) -> Sequence[Number]:
    """Return sorted values that are above one and below the other."""
    return values[bisect_right(values, low) : bisect_left(values, high)]
