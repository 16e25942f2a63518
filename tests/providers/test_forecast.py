"""Price forecasts: only where it is certain which hour a price is for."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
import json
from typing import Any, override
from zoneinfo import ZoneInfo

import pytest

from custom_components.ev_charging_cloud.providers.ampeco import (
    mapping,
    provider as module,
)
from custom_components.ev_charging_cloud.providers.errors import (
    ResponseError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.model import PricePeriod
from emulator import Profile, SimulatedClock, World, scenarios

from .support import Account, example, signed_in

ZONE = ZoneInfo("Europe/Copenhagen")
HOUR = timedelta(hours=1)
EVSE = "148964"
MOMENTS = {
    "winter": datetime(2025, 1, 15, 9, 30, tzinfo=UTC),
    "summer": datetime(2025, 7, 15, 9, 30, tzinfo=UTC),
    "afternoon-with-tomorrow": datetime(2025, 1, 15, 14, 10, tzinfo=UTC),
    "before-the-spring-change": datetime(2025, 3, 30, 0, 20, tzinfo=UTC),
    "after-the-spring-change": datetime(2025, 3, 30, 1, 20, tzinfo=UTC),
    "eve-of-the-spring-change": datetime(2025, 3, 29, 15, 20, tzinfo=UTC),
    "before-the-autumn-change": datetime(2025, 10, 26, 0, 20, tzinfo=UTC),
    "after-the-autumn-change": datetime(2025, 10, 26, 1, 20, tzinfo=UTC),
    "eve-of-the-autumn-change": datetime(2025, 10, 25, 15, 20, tzinfo=UTC),
}


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let the provider's clock stand at a moment."""

    class Frozen(datetime):
        """A clock that stands."""

        @override
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            """Return the moment."""
            return moment.astimezone(tz)

    monkeypatch.setattr(module, "datetime", Frozen)


def truth(world: World, moment: datetime) -> Decimal:
    """Return the world's price at a moment as the operator rounds it."""
    exact = world.evse(EVSE).tariff.price_at(moment).all_in
    return exact.quantize(Decimal("0.00001"), ROUND_HALF_UP)


def read(
    rows: list[tuple[str, Any]], now: datetime, price: str, granularity: int = 60
) -> tuple[PricePeriod, ...]:
    """Map rows of local time and price, at a moment with a price now."""
    periods = [
        {"atDay": time[:10], "atTime": time[11:], "pricePerKwh": value}
        for time, value in rows
    ]
    body = json.dumps({"granularity": granularity, "periods": periods}).encode()
    return mapping.forecast(
        body,
        zone=ZONE,
        currency="DKK",
        price_now=Decimal(price),
        now=now,
    )


def day(date: str, first: int = 0, count: int = 24) -> list[tuple[str, Any]]:
    """Return hourly rows of one day; the price is the hour."""
    return [(f"{date}T{hour:02}:00:00", hour) for hour in range(first, first + count)]


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
@pytest.mark.parametrize("shift", [0, 1], ids=["right", "hour-ahead-in-winter"])
async def test_every_price_is_for_the_hour_that_it_is_given_for(
    monkeypatch: pytest.MonkeyPatch, moment: datetime, shift: int
) -> None:
    """Compared with the world's tariff, hour by hour, also around clock changes."""
    at(monkeypatch, moment)
    world = scenarios.single(SimulatedClock(moment))
    profile = Profile(naive_times_shift_hours=shift)
    async with signed_in(world, profile) as account:
        periods = await account.provider.forecast(EVSE)
    assert periods
    for period in periods:
        assert period.price_per_kwh == truth(world, period.start)
        assert period.end - period.start == HOUR
        assert period.currency == "DKK"
    assert any(one.start <= moment < one.end for one in periods)
    starts = [one.start for one in periods]
    assert starts == sorted(set(starts))


@pytest.mark.parametrize("name", ["winter", "summer"])
async def test_an_ordinary_day_is_complete(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """All 24 hours of the local day."""
    at(monkeypatch, MOMENTS[name])
    world = scenarios.single(SimulatedClock(MOMENTS[name]))
    async with signed_in(world) as account:
        periods = await account.provider.forecast(EVSE)
    midnight = MOMENTS[name].astimezone(ZONE).replace(hour=0, minute=0)
    assert [one.start for one in periods] == [
        midnight.astimezone(UTC) + HOUR * number for number in range(24)
    ]


def test_the_example_of_the_fact_sheet() -> None:
    """Naive local hours become UTC."""
    source = example("price_periods")
    found = mapping.forecast(
        json.dumps(source).encode(),
        zone=ZONE,
        currency="DKK",
        price_now=Decimal("1.62"),
        now=datetime(2025, 11, 19, 23, 30, tzinfo=UTC),
    )
    assert [(one.start, one.price_per_kwh) for one in found] == [
        (datetime(2025, 11, 19, 23, tzinfo=UTC), Decimal("1.62")),
        (datetime(2025, 11, 20, 0, tzinfo=UTC), Decimal("1.58")),
    ]


@pytest.mark.parametrize(
    ("price", "first"),
    [("10", 0), ("11", -1), ("9", 1)],
    ids=["as-it-stands", "hour-ahead", "hour-behind"],
)
def test_the_price_now_tells_the_shift(price: str, first: int) -> None:
    """10:30 local: the row with the price now is the one that covers now."""
    now = datetime(2025, 1, 15, 9, 30, tzinfo=UTC)
    found = read(day("2025-01-15"), now, price)
    midnight = datetime(2025, 1, 14, 23, tzinfo=UTC)
    assert found[0].start == midnight + first * HOUR
    assert len(found) == 24


@pytest.mark.parametrize("price", ["12", "8", "99"])
def test_a_price_that_fits_no_hour_gives_nothing(price: str) -> None:
    """Then nobody knows which hour a price is for."""
    now = datetime(2025, 1, 15, 9, 30, tzinfo=UTC)
    assert read(day("2025-01-15"), now, price) == ()


def test_a_price_that_fits_two_hours_gives_nothing() -> None:
    """Equal neighbours do not tell whether the hours are shifted."""
    now = datetime(2025, 1, 15, 9, 30, tzinfo=UTC)
    rows = [(time, 10 if hour == 11 else hour) for time, hour in day("2025-01-15")]
    assert read(rows, now, "10") == ()


def test_one_price_for_all_hours_is_no_doubt() -> None:
    """Whatever the shift, every hour costs the same."""
    now = datetime(2025, 1, 15, 9, 30, tzinfo=UTC)
    rows = [(time, 10) for time, _ in day("2025-01-15")]
    assert len(read(rows, now, "10")) == 24


def test_an_hour_that_comes_twice_counts_once_for_each_side() -> None:
    """The second 02:00 of the autumn change is an hour after the first."""
    rows = [
        ("2025-10-26T01:00:00", 1),
        ("2025-10-26T02:00:00", 2),
        ("2025-10-26T02:00:00", 20),
        ("2025-10-26T03:00:00", 3),
    ]
    before = read(rows, datetime(2025, 10, 26, 0, 20, tzinfo=UTC), "2")
    assert [(one.start.hour, int(one.price_per_kwh)) for one in before] == [
        (23, 1),
        (0, 2),
    ]
    after = read(rows, datetime(2025, 10, 26, 1, 20, tzinfo=UTC), "20")
    assert [(one.start.hour, int(one.price_per_kwh)) for one in after] == [
        (1, 20),
        (2, 3),
    ]


def test_an_hour_that_does_not_exist_is_left_out() -> None:
    """02:00 of the spring change is no hour, and 03:00 follows 01:00."""
    rows = day("2025-03-30", 0, 5)
    found = read(rows, datetime(2025, 3, 30, 1, 20, tzinfo=UTC), "3")
    assert [(one.start.hour, int(one.price_per_kwh)) for one in found] == [
        (1, 3),
        (2, 4),
    ]


@pytest.mark.parametrize("granularity", [0, -60, 1441])
def test_a_length_that_cannot_be_gives_nothing(granularity: int) -> None:
    """Rows of no length cover nothing."""
    now = datetime(2025, 1, 15, 9, 30, tzinfo=UTC)
    assert read(day("2025-01-15"), now, "10", granularity) == ()


@pytest.mark.parametrize(
    "row",
    [
        ("2025-01-15T99:00:00", 1),
        ("2025-01-15T10:00:00Z", 1),
        ("2025-01-15Tsoon", 1),
        ("0001-01-01T00:00:00", 1),
        ("9999-12-31T23:00:00", 1),
        ("2025-01-15T05:30:00", "NaN"),
        ("2025-01-15T05:30:00", None),
        ("2025-01-15T05:30:00", "1e9999999"),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_read_is_left_out(row: tuple[str, Any]) -> None:
    """The other rows stay."""
    now = datetime(2025, 1, 15, 9, 30, tzinfo=UTC)
    assert len(read([*day("2025-01-15"), row], now, "10")) == 24


@pytest.mark.parametrize("status", [404, 422])
async def test_a_tariff_without_a_forecast(account: Account, status: int) -> None:
    """Only time-of-use tariffs have one; that is no failure."""
    account.emulator.faults.add("status", path="/price-periods$", status=status)
    assert await account.provider.forecast(EVSE) == ()


@pytest.mark.parametrize("body", [None, {}, {"granularity": 60, "periods": None}, []])
async def test_a_forecast_that_cannot_be_read_is_an_error(
    account: Account, body: Any
) -> None:
    """It is not the same as none."""
    account.emulator.faults.add("replace", path="/price-periods$", body=body)
    with pytest.raises(ResponseError):
        await account.provider.forecast(EVSE)


async def test_a_failing_forecast_is_an_error(account: Account) -> None:
    """A server that fails says nothing about prices."""
    account.emulator.faults.add("status", path="/price-periods$", status=500)
    with pytest.raises(ServerError):
        await account.provider.forecast(EVSE)


async def test_an_unknown_evse_has_no_forecast(account: Account) -> None:
    """Nothing is asked for."""
    assert await account.provider.forecast("1") == ()
    assert account.asked("price_periods") == 0


async def test_an_operator_without_a_zone_has_no_forecast() -> None:
    """Naive times mean nothing without it."""
    async with signed_in(brand="exploren") as account:
        assert await account.provider.forecast(EVSE) == ()
        assert account.emulator.requests == []
