"""How numbers, moments and ids are written."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, Final

from .profile import OcpiProfile

type Json = dict[str, Any]

FOUR_PLACES: Final = Decimal("0.0001")
SECOND: Final = timedelta(seconds=1)
MICROSECOND: Final = timedelta(microseconds=1)
IDS: Final = frozenset(
    {
        "auth_id",
        "authorization_reference",
        "connector_id",
        "contract_id",
        "country_code",
        "credit_reference_id",
        "evse_id",
        "evse_uid",
        "id",
        "location_id",
        "party_id",
        "session_id",
        "tariff_id",
        "tariff_ids",
        "uid",
    }
)


def whole_second(moment: datetime) -> datetime:
    """Return a moment without its fraction, in UTC."""
    return moment.astimezone(UTC).replace(microsecond=0)


def seconds(duration: timedelta) -> Fraction:
    """Return a duration in seconds."""
    return Fraction(duration // MICROSECOND, 1_000_000)


def rounded(value: Decimal | Fraction) -> Decimal:
    """Return a number with the four decimals of OCPI."""
    if isinstance(value, Fraction):
        value = Decimal(value.numerator) / Decimal(value.denominator)
    return value.quantize(FOUR_PLACES, ROUND_HALF_UP)


def number(value: Decimal | Fraction) -> float:
    """Return a number as it stands in JSON."""
    return float(rounded(value))


def hours(duration: timedelta) -> float:
    """Return a duration in hours."""
    return number(seconds(duration) / 3600)


def written_time(moment: datetime, profile: OcpiProfile) -> str:
    """Return a moment in the spelling of a profile."""
    naive = moment.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()
    match profile.datetimes:
        case "offset":
            return f"{naive}+00:00"
        case "naive":
            return naive
        case "space":
            return f"{naive.replace('T', ' ')}+00:00"
        case "fraction":
            return f"{naive}.000Z"
        case _:
            return f"{naive}Z"


def bent(value: Any, profile: OcpiProfile, key: str = "") -> Any:
    """Return JSON with ids and numbers in the spelling of a profile."""
    if not (profile.lower_case_ids or profile.numbers_as_strings):
        return value
    if isinstance(value, dict):
        return {name: bent(item, profile, name) for name, item in value.items()}
    if isinstance(value, list):
        return [bent(item, profile, key) for item in value]
    if profile.lower_case_ids and key in IDS and isinstance(value, str):
        return value.lower()
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if profile.numbers_as_strings and is_number else value


def filled(value: Json, profile: OcpiProfile, *optional: str) -> Json:
    """Return an object whose absent optional fields are null where that is so.

    A name that ends in [] is that of a list.
    """
    present = {key: item for key, item in value.items() if item is not None}
    if not profile.null_fields:
        return present
    absent: Json = {
        name.removesuffix("[]"): [] if name.endswith("[]") else None
        for name in optional
    }
    return absent | present
