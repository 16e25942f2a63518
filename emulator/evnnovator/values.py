"""How the gateway writes ids, numbers and moments."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from hashlib import blake2b
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

type Json = dict[str, Any]

INDIA: Final = ZoneInfo("Asia/Kolkata")
HOUR: Final = timedelta(hours=1)
NEVER: Final = "0001-01-01T00:00:00.000+00:00"


def gateway_id(kind: str, *keys: str) -> str:
    """Return the 32 hexadecimal digits by which the gateway names something."""
    return _digest(16, kind, *keys)


def short_hex_id(kind: str, key: str) -> str:
    """Return the 24 hexadecimal digits that some operators use."""
    return _digest(12, kind, key)


def uuid_id(kind: str, key: str) -> str:
    """Return the upper-case UUID that other operators use."""
    return str(uuid5(NAMESPACE_URL, f"{kind}:{key}")).upper()


def _digest(size: int, *parts: str) -> str:
    return blake2b(":".join(parts).encode(), digest_size=size).hexdigest()


def offset_time(moment: datetime) -> str:
    """Return a moment like 2026-01-05T10:20:01.000+00:00."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def zulu_time(moment: datetime) -> str:
    """Return a moment like 2026-01-05T10:20:01.000Z."""
    return f"{naive_time(moment)}Z"


def naive_time(moment: datetime) -> str:
    """Return a moment in UTC that does not say so."""
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    return naive.isoformat(timespec="milliseconds")


def local_time(moment: datetime) -> str:
    """Return a moment in India that does not say so."""
    naive = moment.astimezone(INDIA).replace(tzinfo=None)
    return naive.isoformat(timespec="milliseconds")


def rounded(value: Decimal, places: int) -> Decimal:
    """Return a number with so many decimals."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def cut(value: Decimal, places: int = 3) -> Decimal:
    """Return a number with the further decimals dropped."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_DOWN)


def hours(duration: timedelta) -> Decimal:
    """Return a duration in hours."""
    microsecond = timedelta(microseconds=1)
    return Decimal(duration // microsecond) / Decimal(HOUR // microsecond)
