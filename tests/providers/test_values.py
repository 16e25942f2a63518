"""Reading single values leniently, and refusing the impossible ones."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
import math
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.model import (
    Cost,
    CostState,
    Session,
    SessionState,
    plain,
)
from custom_components.ev_charging_cloud.providers.values import (
    kilo,
    moment,
    money,
    number,
    seconds,
    text,
    word,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5.0),
        ("5", 5.0),
        (" 5.5 ", 5.5),
        ("5e-2", 0.05),
        (-5, -5.0),
        (0, 0.0),
        (10**12 - 1, 10.0**12 - 1),
        (10**12, None),
        (-(10**12), None),
        (10**400, None),
        ("nan", None),
        ("inf", None),
        ("-inf", None),
        (math.nan, None),
        (math.inf, None),
        (-math.inf, None),
        (True, None),
        ("", None),
        ("5,5", None),
        (None, None),
        ([5], None),
    ],
    ids=lambda value: f"{value!r:.20}",
)
def test_number(value: Any, expected: float | None) -> None:
    """Finite and of a size that can be meant, or nothing."""
    assert number(value) == expected


@pytest.mark.parametrize(("value", "expected"), [(0, 0.0), (-0.1, None), (1, 1.0)])
def test_number_with_a_least_value(value: float, expected: float | None) -> None:
    """What is below is not known."""
    assert number(value, least=0) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, Decimal("0.1")),
        ("0.10", Decimal("0.10")),
        (12, Decimal(12)),
        (-1, Decimal(-1)),
        ("-7.0E-5", Decimal("-0.00007")),
        (10**12, None),
        pytest.param(10**5000, None, id="digits"),
        (True, None),
        ("NaN", None),
        ("1e999999999", None),
        ("kr 5", None),
        (None, None),
    ],
)
def test_money(value: Any, expected: Decimal | None) -> None:
    """Exact; a credit is negative; what cannot be meant is not known."""
    assert money(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(8200, 8.2), ("8200", 8.2), (0, 0.0), (-1, None)]
)
def test_kilo(value: Any, expected: float | None) -> None:
    """A thousandth, and nothing for less than nothing."""
    assert kilo(value) == expected


def test_the_longest_duration() -> None:
    """Ten years can be meant, a hundred cannot."""
    year = 365 * 86_400
    assert seconds(9 * year) == timedelta(days=9 * 365)
    assert seconds(100 * year) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("a", "a"), (" a ", "a"), ("", None), ("  ", None), (7, "7"), (1.5, "1.5")],
)
def test_text(value: Any, expected: str | None) -> None:
    """Empty is not known."""
    assert text(value) == expected


@pytest.mark.parametrize("value", [None, True, [], {}], ids=repr)
def test_what_is_no_text(value: Any) -> None:
    """Objects and truth values are no text."""
    assert text(value) is None
    assert word(value) == ""


def test_a_moment_without_an_offset_needs_a_zone() -> None:
    """Midnight in Copenhagen is an hour before that of UTC."""
    zone = ZoneInfo("Europe/Copenhagen")
    assert moment("2025-01-01T00:00:00") is None
    assert moment("2025-01-01T00:00:00", zone) == datetime(2024, 12, 31, 23, tzinfo=UTC)
    assert moment(datetime(2025, 1, 1, tzinfo=zone)) == datetime(
        2024, 12, 31, 23, tzinfo=UTC
    )


class Moment(datetime):
    """A subclass, as test clocks have it."""


@pytest.mark.parametrize("kind", [datetime, Moment])
def test_a_model_becomes_what_json_can_hold(kind: type[datetime]) -> None:
    """Moments, durations and amounts survive the way there and back."""
    session = Session(
        key="drivee/1",
        id="1",
        state=SessionState.ACTIVE,
        started_at=kind(2025, 3, 30, 14, 33, 49, tzinfo=UTC),
        duration=timedelta(seconds=9),
        cost=Cost(currency="DKK", state=CostState.RUNNING, gross=Decimal("12.30")),
    )
    written = json.loads(json.dumps(plain(session)))
    assert msgspec.convert(written, Session, strict=False) == session


def test_what_json_cannot_hold_is_refused() -> None:
    """Nothing is written that cannot be read again."""
    with pytest.raises((NotImplementedError, TypeError)):
        plain(object())
