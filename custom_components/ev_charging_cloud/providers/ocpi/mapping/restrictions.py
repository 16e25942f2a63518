"""When an element of a tariff applies (fact sheet ocpi 10)."""

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from ...values import money, seconds, word
from ..pricing import Restrictions
from .unknown import NOTHING, UnknownPartError, fields, looked_up

DAYS = {
    name: position
    for position, name in enumerate(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    )
}
RESERVATIONS = {"reservation": True, "reservationexpires": True}


def restrictions(source: Any) -> Restrictions | None:
    """Map restrictions, ``None`` where there is none."""
    if source is None:
        return None
    found: dict[str, Any] = {}
    for name, value in fields(source, "restrictions").items():
        if value in NOTHING:
            continue
        if name not in READERS:
            raise UnknownPartError(f"restriction {word(name)[:40]}")
        field, read = READERS[name]
        found[field] = read(value)
    # An end at midnight is the end of the day, which alone restricts nothing.
    if found.get("end_time") == time.min and "start_time" not in found:
        del found["end_time"]
    return Restrictions(**found) if found else None


def _time(value: Any) -> time:
    """Return a time of day; 24:00 is midnight."""
    return _parsed(time.fromisoformat, value, "time").replace(tzinfo=None)


def _date(value: Any) -> date:
    """Return a day."""
    return _parsed(date.fromisoformat, value, "date")


def _parsed[T](parse: Callable[[str], T], value: Any, what: str) -> T:
    """Return what a text says."""
    try:
        return parse(value.strip())
    except ValueError, AttributeError:
        raise UnknownPartError(what) from None


def _amount(value: Any) -> Decimal:
    """Return kWh, A or kW."""
    found = money(value) if isinstance(value, int | float | str) else None
    if found is None or found < 0:
        raise UnknownPartError("amount")
    return found


def _duration(value: Any) -> timedelta:
    """Return a duration that was sent in seconds."""
    found = seconds(value)
    if found is None:
        raise UnknownPartError("duration")
    return found


def _days(value: Any) -> frozenset[int]:
    """Return days of the week."""
    names = value if isinstance(value, list) else [value]
    return frozenset(looked_up(DAYS, one, "day") for one in names)


def _reservation(value: Any) -> bool:
    """Tell whether an element is about a reservation."""
    return looked_up(RESERVATIONS, value, "reservation")


AMOUNTS = (
    "min_kwh",
    "max_kwh",
    "min_current",
    "max_current",
    "min_power",
    "max_power",
)
READERS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "start_time": ("start_time", _time),
    "end_time": ("end_time", _time),
    "start_date": ("start_date", _date),
    "end_date": ("end_date", _date),
    **{name: (name, _amount) for name in AMOUNTS},
    "min_duration": ("min_duration", _duration),
    "max_duration": ("max_duration", _duration),
    "day_of_week": ("days", _days),
    "reservation": ("reservation", _reservation),
}
