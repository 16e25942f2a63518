"""How the depot's back end reads and writes numbers and moments."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..units import MICROJOULES_PER_WH

type Json = dict[str, Any]


class BadQueryError(ValueError):
    """Tell in one sentence what is wrong with a query."""


def zulu_time(moment: datetime) -> str:
    """Return a moment like 2026-01-05T16:20:30.000Z."""
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{naive.isoformat(timespec='milliseconds')}Z"


def optional_time(moment: datetime | None) -> str | None:
    """Return a moment, or nothing."""
    return None if moment is None else zulu_time(moment)


def whole_wh(microjoules: int) -> int:
    """Return full Wh, as a counter shows them."""
    return microjoules // MICROJOULES_PER_WH


def whole(value: Decimal) -> int:
    """Return the nearest whole number."""
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def number(query: Mapping[str, str], name: str, default: int) -> int:
    """Return a positive number of a query."""
    text = query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise BadQueryError(f"{name} must be a positive number.")
    return int(text)


def choice(
    query: Mapping[str, str], name: str, choices: tuple[str, ...], default: str
) -> str:
    """Return one of some words of a query."""
    if (text := query.get(name, default)) not in choices:
        raise BadQueryError(f"{name} must be one of {', '.join(choices)}.")
    return text


def required(query: Mapping[str, str], name: str) -> str:
    """Return what a query must have."""
    if not (text := query.get(name)):
        raise BadQueryError(f"{name} is required.")
    return text


def moment(query: Mapping[str, str], name: str) -> datetime | None:
    """Return a moment of a query; without a zone it is refused."""
    if not (text := query.get(name)):
        return None
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadQueryError(f"{name} is not a date-time.") from error
    if parsed.tzinfo is None:
        raise BadQueryError(f"{name} has no time zone.")
    return parsed.astimezone(UTC)
