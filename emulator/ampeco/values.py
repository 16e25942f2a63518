"""How the back end writes numbers and moments."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

type Json = dict[str, Any]

SECOND: Final = timedelta(seconds=1)


def number(value: Decimal | None, places: int = 5) -> int | float | None:
    """Return a JSON number, whole where it can be."""
    if value is None:
        return None
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return int(rounded) if rounded == rounded.to_integral_value() else float(rounded)


def php_float(value: Decimal) -> str:
    """Return a number as the back end writes it inside text, such as -7.0E-5."""
    if value == 0:
        return "0"
    if abs(value) >= Decimal("0.0001"):
        return f"{value.normalize():f}"
    sign, digits, exponent = value.normalize().as_tuple()
    assert isinstance(exponent, int)
    first, rest = str(digits[0]), "".join(map(str, digits[1:])) or "0"
    power = exponent + len(digits) - 1
    return f"{'-' if sign else ''}{first}.{rest}E{power}"


def fixed(value: Decimal) -> str:
    """Return a number as text with three decimals."""
    return f"{value:.3f}"


def whole(duration: timedelta) -> int:
    """Return full seconds."""
    return duration // SECOND


def offset_time(moment: datetime) -> str:
    """Return a moment like 2025-05-04T18:00:05+00:00."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def zulu_time(moment: datetime) -> str:
    """Return a moment like 2025-05-04T18:00:05Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def micro_time(moment: datetime) -> str:
    """Return a moment like 2025-05-04T18:00:05.000000Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
