"""Moments as OCPI sends them (fact sheet ocpi 7)."""

from datetime import UTC, datetime, timedelta

# What is later than now by more than this cannot be meant, nor what is so old: the
# years 1 and 1970 stand for "unknown".
AHEAD = timedelta(hours=1)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
HOUR = timedelta(hours=1)


def known(value: datetime | None, latest: datetime = LATEST) -> datetime | None:
    """Return a moment in UTC unless it cannot be meant; one without a zone is UTC."""
    if value is None:
        return None
    if value.tzinfo is not UTC and (value := _in_utc(value)) is None:
        return None
    return value if EARLIEST <= value <= latest else None


def _in_utc(value: datetime) -> datetime | None:
    """Return a moment in UTC, ``None`` where it is beyond the calendar."""
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return None


def span(
    start: datetime | None, end: datetime | None, latest: datetime
) -> tuple[datetime | None, datetime | None]:
    """Return a start and an end that is not before it."""
    begun = known(start, latest)
    if end is None:
        return begun, None
    ended = known(end, latest)
    if begun is not None and ended is not None and ended < begun:
        ended = None
    return begun, ended
