"""Exact integers for what the model measures, and back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
import math
from typing import overload

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_MICROSECOND = timedelta(microseconds=1)
_MILLION = 1_000_000
# Kept well inside 64 bits, so that a sum of rows fits too.
_LARGEST = 10**12


def mwh(kwh: float | None) -> int | None:
    """Return energy in mWh; what no meter can mean is not known."""
    if kwh is None or not math.isfinite(kwh) or abs(kwh) >= _LARGEST:
        return None
    return round(kwh * _MILLION)


def kwh(value: int | None) -> float | None:
    """Return energy in kWh."""
    return None if value is None else value / _MILLION


def micro(amount: Decimal | None) -> int | None:
    """Return an amount in millionths; what no bill can mean is not known."""
    if amount is None or not amount.is_finite() or abs(amount) >= _LARGEST:
        return None
    return int(amount.scaleb(6).to_integral_value())


def money(value: int | None) -> Decimal | None:
    """Return an amount, in hundredths where it has no smaller parts."""
    if value is None:
        return None
    hundredths, rest = divmod(value, 10_000)
    return Decimal(value).scaleb(-6) if rest else Decimal(hundredths).scaleb(-2)


@overload
def instant(value: datetime) -> int: ...
@overload
def instant(value: None) -> None: ...
def instant(value: datetime | None) -> int | None:
    """Return an aware moment in microseconds since 1970 UTC."""
    return None if value is None else (value - EPOCH) // _MICROSECOND


@overload
def moment(value: int) -> datetime: ...
@overload
def moment(value: None) -> None: ...
def moment(value: int | None) -> datetime | None:
    """Return an aware UTC moment."""
    return None if value is None else EPOCH + value * _MICROSECOND


def length(value: timedelta | None) -> int | None:
    """Return a duration in microseconds."""
    return None if value is None else value // _MICROSECOND


def span(value: int | None) -> timedelta | None:
    """Return a duration."""
    return None if value is None else value * _MICROSECOND
