"""When clocks on a wall show something else than just before."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def edges(
    start: datetime, end: datetime, times: Iterable[time], zone: tzinfo
) -> set[datetime]:
    """Return the UTC moments between which no clock passes one of the times of day.

    A clock that is set back passes some twice, one that is set forward leaps over some.
    """
    first, last = (moment.astimezone(zone).date() for moment in (start, end))
    found = set(_changes(start, end, zone))
    wanted = tuple(times)
    for number in range((last - first).days + 1):
        day = first + number * _DAY
        for at in wanted:
            for fold in (0, 1):
                local = datetime.combine(day, at.replace(fold=fold), zone)
                found.add(local.astimezone(UTC))
    return found


def _changes(start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Yield the moments when the zone sets its clocks."""
    moment = start.replace(microsecond=0)
    while moment < end:
        if _offset(moment, zone) != _offset(moment + _DAY, zone):
            yield _change(moment, moment + _DAY, zone)
        moment += _DAY


def _change(before: datetime, after: datetime, zone: tzinfo) -> datetime:
    """Return the first second with another offset."""
    old = _offset(before, zone)
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(moment: datetime, zone: tzinfo) -> timedelta | None:
    """Return how far a zone is from UTC."""
    return moment.astimezone(zone).utcoffset()
