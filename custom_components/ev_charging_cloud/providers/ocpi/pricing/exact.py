"""Numbers without rounding errors.

Thresholds cut energy and time into parts that decimals cannot hold, and a step that is
passed by the last digit of such a part would be billed for nothing.
"""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

type Number = Fraction | int

# Numbers are counted in trillionths, durations in microseconds.
ONE: int = 10**12
SECOND: int = 10**6
HOUR = 3600 * SECOND

_LARGEST = 10**12
# What lies behind comes from adding floats, or from somebody who wants us to calculate.
_DECIMALS = 12
_MICROSECOND = timedelta(microseconds=1)


class UnpriceableError(Exception):
    """What a session costs cannot be said for sure."""


def exact(value: Decimal, least: int = -_LARGEST) -> int:
    """Return a number in trillionths."""
    if not value.is_finite() or not least <= value < _LARGEST:
        raise UnpriceableError
    return int(round(value, _DECIMALS).scaleb(_DECIMALS))


def maybe(value: Decimal | None) -> int | None:
    """Return a number in trillionths, where there is one."""
    return None if value is None else exact(value)


def decimal(value: Number) -> Decimal:
    """Return trillionths as a number, with all digits that a decimal holds."""
    return Decimal(value.numerator) / Decimal(value.denominator * ONE)


def micros(value: timedelta) -> int:
    """Return a duration in microseconds."""
    return value // _MICROSECOND
