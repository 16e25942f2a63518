"""Reading what back ends send, leniently."""

from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from functools import lru_cache
import math

from .model import EvseStatus

type Number = int | float | str | None


_FOLDED = str.maketrans("", "", "_- ")
_LARGEST = 10**12
_LONGEST = 10 * 366 * 86_400


def word(value: object) -> str:
    """Fold a status word: no case, blanks, hyphens or underscores."""
    if not isinstance(value, str):
        return ""
    return value.translate(_FOLDED).casefold()


def text(value: object) -> str | None:
    """Return a text or number as text, ``None`` for anything empty."""
    if type(value) is str:
        return value.strip() or None
    if type(value) is int or type(value) is float:
        return str(value)
    return None


def number(value: object, *, least: float = -math.inf) -> float | None:
    """Return a number not below ``least``, also where it came as text.

    What is too large to be meant is not known.
    """
    kind = type(value)
    if kind is int or kind is float or kind is str:
        try:
            result = float(value)  # type: ignore[arg-type]
        except ValueError, OverflowError:
            return None
        return result if result >= least and abs(result) < _LARGEST else None
    return None


@lru_cache(maxsize=1024, typed=True)
def money(value: Number) -> Decimal | None:
    """Return an exact finite amount, also where it came as text."""
    if value is None or isinstance(value, bool):
        return None
    try:
        result = Decimal(str(value).strip())
    except InvalidOperation, ValueError:
        return None
    # Compared as it is: arithmetic with a huge exponent raises.
    return result if result.is_finite() and -_LARGEST < result < _LARGEST else None


def kilo(value: Number) -> float | None:
    """Return watts or watt-hours as kW or kWh; a negative one is not known."""
    if type(value) is int and 0 <= value < _LARGEST:
        return value / 1000
    base = number(value, least=0)
    return None if base is None else base / 1000


def seconds(value: Number) -> timedelta | None:
    """Return a duration given in seconds; a negative one is not known."""
    base = number(value, least=0)
    return None if base is None or base > _LONGEST else timedelta(seconds=base)


def moment(value: str | datetime | None, zone: tzinfo | None = None) -> datetime | None:
    """Return an aware UTC moment from ISO 8601 text.

    Without an offset the text means ``zone``, and nothing where no zone is given.
    """
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
    if value.tzinfo is None:
        if zone is None:
            return None
        value = value.replace(tzinfo=zone)
    try:
        return value.astimezone(UTC)
    except OverflowError, ValueError:
        return None


OCPP_STATUS = {
    "available": EvseStatus.AVAILABLE,
    "preparing": EvseStatus.PREPARING,
    "charging": EvseStatus.CHARGING,
    "suspendedev": EvseStatus.SUSPENDED_EV,
    "suspendedevse": EvseStatus.SUSPENDED_EVSE,
    "finishing": EvseStatus.FINISHING,
    "occupied": EvseStatus.OCCUPIED,
    "reserved": EvseStatus.RESERVED,
    "unavailable": EvseStatus.UNAVAILABLE,
    "faulted": EvseStatus.FAULTED,
}
