"""Charging periods, the power that they tell, and what the tariff engine gets."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.model import PeriodKind
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Mapper
from custom_components.ev_charging_cloud.providers.ocpi.pricing import Segment

from .mapping_support import NOW, REALM, at, example, period, raw, reading

CHARGING, IDLE = PeriodKind.CHARGING, PeriodKind.IDLE
OVER: dict[str, Any] = {"status": "COMPLETED", "end_date_time": "2026-01-05T10:20:00Z"}


@pytest.mark.parametrize(
    ("volumes", "kind", "energy"),
    [
        ({"ENERGY": 1.5}, CHARGING, 1.5),
        ({"energy": 1.5}, CHARGING, 1.5),
        ({"ENERGY": 1.5, "PARKING_TIME": 0.1}, CHARGING, 1.5),
        ({"TIME": 0.25}, CHARGING, None),
        ({"ENERGY": 0, "TIME": 0.25}, CHARGING, 0.0),
        ({"ENERGY": 0, "PARKING_TIME": 0.25}, IDLE, 0.0),
        ({"PARKING_TIME": 0.25}, IDLE, None),
        ({"ENERGY": 0}, None, 0.0),
        ({"FLAT": 1, "CUSTOM": 3}, None, None),
        ({"ENERGY": -1.5}, CHARGING, None),
        ({"ENERGY": 1e300}, CHARGING, None),
        ({}, None, None),
    ],
)
def test_kinds_of_periods(
    volumes: dict[str, float], kind: PeriodKind | None, energy: float | None
) -> None:
    """Energy or charging time makes it charging, only parking time idle (8.4)."""
    (found,) = reading(charging_periods=[period("10:00:00", **volumes)]).session.periods
    assert (found.kind, found.energy_kwh) == (kind, energy)


def test_a_dimension_given_twice_is_summed() -> None:
    """Nothing says that it may not be."""
    twice = period("10:00:00", ENERGY=1.0)
    twice["dimensions"] *= 2
    (found,) = reading(charging_periods=[twice]).session.periods
    assert found.energy_kwh == 2.0


@pytest.mark.parametrize("start", ["T10:10:00", "T10:10:00Z", "T11:10:00+01:00"])
def test_periods_in_any_order_and_zone(start: str) -> None:
    """They are put in order, in UTC (17, 11 and 12)."""
    first, second = period("10:00:00", ENERGY=1), period("10:10:00", ENERGY=2)
    second["start_date_time"] = f"2026-01-05{start}"
    expected = reading(charging_periods=[first, period("10:10:00", ENERGY=2)])
    for order in ([first, second], [second, first]):
        found = reading(charging_periods=order).session.periods
        assert found == expected.session.periods
        assert found[0].ended_at == at("10:10:00")


@pytest.mark.parametrize("unknown", ["0001-01-01T00:00:00", "1970-01-01T00:00:00Z"])
def test_periods_without_a_moment_are_left_out(unknown: str) -> None:
    """The others stay."""
    odd = period("10:05:00", ENERGY=5)
    odd["start_date_time"] = unknown
    future = {**odd, "start_date_time": "2027-01-01T00:00:00Z"}
    found = reading(charging_periods=[odd, period("10:00:00", ENERGY=1), future])
    assert [one.energy_kwh for one in found.session.periods] == [1.0]
    assert reading(charging_periods=[odd]).session.periods == ()


def test_the_last_period_ends_with_the_session() -> None:
    """Unless it begins after that."""
    first, second = period("10:00:00", ENERGY=1), period("10:10:00", ENERGY=2)
    found = reading(charging_periods=[first, second], **OVER).session.periods
    assert found[-1].ended_at == at("10:20:00")
    late = period("10:20:10", ENERGY=0)
    found = reading(charging_periods=[first, late], **OVER).session.periods
    assert found[-1].ended_at is None


@pytest.mark.parametrize(
    ("kwh", "volumes", "energies"),
    [
        (3.25, [1750, 1500], [1.75, 1.5]),
        (41.12, [120, 41000], [0.12, 41.0]),
        (3.25, [1.75, 1.5], [1.75, 1.5]),
        (3.25, [100, 62.5], [100.0, 62.5]),
        (0, [1750, 1500], [1750.0, 1500.0]),
        (None, [1750, 1500], [1750.0, 1500.0]),
    ],
)
def test_volumes_in_watt_hours(
    kwh: float | None, volumes: list[float], energies: list[float]
) -> None:
    """The standard's own examples have them, beside a total in kWh (17, 17)."""
    sent = [
        period(f"10:{10 * number}:00" if number else "10:00:00", ENERGY=volume)
        for number, volume in enumerate(volumes)
    ]
    found = reading(kwh=kwh, charging_periods=sent).session.periods
    assert [one.energy_kwh for one in found] == energies


POWERS: dict[str, tuple[list[dict[str, Any]], float | None]] = {
    "latest": (
        [period("10:00:00", POWER=11), period("10:10:00", POWER=9.5)],
        9.5,
    ),
    "latest-that-names-one": (
        [period("10:00:00", POWER=11), period("10:10:00", ENERGY=1)],
        11.0,
    ),
    "in-other-order": (
        [period("10:10:00", POWER=9.5), period("10:00:00", POWER=11)],
        9.5,
    ),
    "derived": (
        [period("10:00:00", ENERGY=1.75), period("10:10:00", ENERGY=0.2)],
        10.5,
    ),
    "only-one-period": ([period("10:00:00", ENERGY=1.75)], None),
    "idle-now": (
        [period("10:00:00", POWER=11), period("10:10:00", PARKING_TIME=0.1)],
        0.0,
    ),
    "nothing": ([], None),
    "negative": ([period("10:00:00", POWER=-3)], None),
    "in-watts": ([period("10:00:00", POWER=11000)], None),
    "too-much": (
        [period("10:00:00", ENERGY=300), period("10:10:00", ENERGY=0.2)],
        None,
    ),
    "no-time": (
        [period("10:00:00", ENERGY=1), period("10:00:00", ENERGY=0.2)],
        None,
    ),
    "zero": ([period("10:00:00", POWER=0)], 0.0),
}


@pytest.mark.parametrize("name", POWERS)
def test_power(name: str) -> None:
    """The last POWER, else the mean of the last period that is over (8.4)."""
    sent, power = POWERS[name]
    kwh = sum(
        one["volume"]
        for each in sent
        for one in each["dimensions"]
        if one["type"] == "ENERGY"
    )
    found = reading(charging_periods=sent, kwh=kwh)
    assert found.power_kw == (None if power is None else pytest.approx(power))
    assert found.session.power_kw is None


def test_a_session_that_is_over_has_no_power() -> None:
    """Whatever its last period says."""
    found = reading(**OVER)
    assert found.power_kw is None
    assert found.session.power_kw == 0.0


def test_idle_time_and_state_of_charge() -> None:
    """They come from periods of any kind."""
    sent = [
        period("10:00:00", ENERGY=1, STATE_OF_CHARGE=40),
        period("10:10:00", ENERGY=1, STATE_OF_CHARGE=44.5),
        period("10:15:00", PARKING_TIME=0.05, STATE_OF_CHARGE=300),
    ]
    running = reading(charging_periods=sent).session
    assert running.idle == timedelta(minutes=3)
    assert running.vehicle_battery_percent == 44.5
    assert running.battery_start_percent == 40
    assert running.battery_end_percent is None
    over = reading(charging_periods=sent, **OVER).session
    assert over.battery_end_percent == 44.5
    huge = reading(charging_periods=[period("10:00:00", PARKING_TIME=1e300)])
    assert huge.session.idle is None
    assert reading().session.idle is None


def test_tariffs_of_the_periods() -> None:
    """Each once, the last one last."""
    sent = [period(f"10:0{number}:00", ENERGY=1) for number in range(5)]
    for one, name in zip(sent, ("T1", "T2", "T1", None, "#NA"), strict=True):
        one["tariff_id"] = name
    assert reading(charging_periods=sent).tariff_ids == ("T2", "T1")
    assert reading(charging_periods=sent[:2]).tariff_ids == ("T1", "T2")
    assert reading(charging_periods=sent[3:]).tariff_ids == ()


def usage(name: str = "session_221", **changes: Any) -> tuple[Segment, ...]:
    """Return what the tariff engine gets of an example."""
    return Mapper(REALM).usage(raw(example(name, **changes)), NOW)


def test_the_use_of_the_example() -> None:
    """Without a gap, until it was last reported."""
    first, second = usage()
    assert (first.start, first.end) == (at("10:00:00"), at("10:10:00"))
    assert (second.start, second.end) == (at("10:10:00"), at("10:20:00"))
    assert [one.energy_kwh for one in (first, second)] == [
        Decimal("1.75"),
        Decimal("1.5"),
    ]
    assert first.power_kw == Decimal("10.5")
    assert first.tariff_id == "T1"
    assert first.charging is None
    assert second.charging is None


def test_the_use_of_a_cdr_with_parking() -> None:
    """The time in which the car asks for nothing is parking."""
    now = at("14:00:00")
    found = Mapper(REALM).usage(raw(example("cdr_221")), now)
    assert [(one.start, one.end, one.charging) for one in found] == [
        (at("10:00:00"), at("11:30:00"), True),
        (at("11:30:00"), at("12:00:00"), False),
    ]
    charged, rest = Mapper(REALM).usage(raw(example("cdr_211")), now)
    assert (charged.start, charged.end) == (at("10:00:00"), at("11:30:00"))
    assert charged.energy_kwh == 20
    assert charged.power_kw == pytest.approx(Decimal("13.333"), abs=Decimal("0.001"))
    assert (rest.end, rest.energy_kwh) == (at("12:00:00"), Decimal(0))
    assert (rest.charging, rest.power_kw) == (None, None)


def test_a_period_that_is_partly_parking_is_cut() -> None:
    """It parks at its end."""
    mixed = period("10:00:00", ENERGY=3.25, TIME=0.2333, PARKING_TIME=0.1)
    first, second = usage(charging_periods=[mixed])
    assert (first.start, first.end) == (at("10:00:00"), at("10:14:00"))
    assert (second.start, second.end) == (at("10:14:00"), at("10:20:00"))
    assert (first.charging, second.charging) == (True, False)
    assert (first.energy_kwh, second.energy_kwh) == (Decimal("3.25"), Decimal(0))


# Of 20 minutes: how long the car charged, did nobody knows what, and parked.
KINDS: dict[str, tuple[dict[str, float], tuple[float, float, float]]] = {
    "energy alone": ({"ENERGY": 3.25}, (0, 20, 0)),
    "charging": ({"ENERGY": 3.25, "TIME": 0.3333}, (20, 0, 0)),
    "charging, nearly all of it": ({"ENERGY": 3.25, "TIME": 0.32}, (20, 0, 0)),
    "charging for more than there is": ({"ENERGY": 3.25, "TIME": 2}, (20, 0, 0)),
    "charging for a while": ({"ENERGY": 3.25, "TIME": 0.2}, (12, 8, 0)),
    "no time of charging": ({"ENERGY": 3.25, "TIME": 0}, (0, 20, 0)),
    "no parking": ({"ENERGY": 3.25, "PARKING_TIME": 0}, (20, 0, 0)),
    "neither time": ({"ENERGY": 3.25, "TIME": 0, "PARKING_TIME": 0}, (0, 20, 0)),
    "parking after the energy": ({"ENERGY": 3.25, "PARKING_TIME": 0.1}, (14, 0, 6)),
    "parking": ({"ENERGY": 3.25, "PARKING_TIME": 0.3333}, (0, 0, 20)),
    "a part of each": (
        {"ENERGY": 3.25, "TIME": 0.1, "PARKING_TIME": 0.1},
        (6, 8, 6),
    ),
    "a time that cannot be": ({"ENERGY": 3.25, "TIME": 1e300}, (0, 20, 0)),
}


@pytest.mark.parametrize("case", KINDS)
def test_what_a_car_did_in_a_period(case: str) -> None:
    """What no dimension tells is not known; energy does not tell how long it flowed."""
    amounts, minutes = KINDS[case]
    found = usage(charging_periods=[period("10:00:00", **amounts)])
    took = dict.fromkeys((True, None, False), 0.0)
    for one in found:
        took[one.charging] += (one.end - one.start) / timedelta(minutes=1)
    assert tuple(took.values()) == pytest.approx(minutes, abs=0.1)
    assert sum(one.energy_kwh for one in found) == Decimal("3.25")
    assert found[0].energy_kwh == Decimal("3.25")


def test_parking_without_energy() -> None:
    """What the parking does not account for is not known."""
    sent = [
        period("10:00:00", ENERGY=3.25, TIME=0.1667),
        period("10:10:00", PARKING_TIME=0.0833),
    ]
    found = usage(charging_periods=sent)
    assert [one.charging for one in found] == [True, None, False]
    assert (found[2].start, found[2].power_kw) == (at("10:15:00.12"), Decimal(0))


def test_a_session_without_periods_is_one() -> None:
    """Of its whole energy, with its mean power."""
    (only,) = usage(charging_periods=[])
    assert only.charging is None
    assert (only.start, only.end) == (at("10:00:00"), at("10:20:00"))
    assert only.energy_kwh == Decimal("3.25")
    assert only.power_kw == Decimal("9.75")


def test_the_time_before_the_first_period_counts() -> None:
    """Without it the session would be shorter than it was."""
    found = usage(charging_periods=[period("10:05:00", ENERGY=3.25)])
    assert found[0].start == at("10:00:00")


def test_energy_that_the_last_period_does_not_say_yet() -> None:
    """It is what is missing of the total."""
    sent = [period("10:00:00", ENERGY=1.75), period("10:10:00", POWER=9)]
    assert [one.energy_kwh for one in usage(charging_periods=sent)] == [
        Decimal("1.75"),
        Decimal("1.5"),
    ]


def test_volumes_in_watt_hours_are_priced_as_such() -> None:
    """A thousandth of what was sent."""
    sent = [period("10:00:00", ENERGY=1750), period("10:10:00", ENERGY=1500)]
    assert sum(one.energy_kwh for one in usage(charging_periods=sent)) == Decimal(
        "3.25"
    )


UNSURE: dict[str, dict[str, Any]] = {
    "energy-missing": {"charging_periods": [period("10:00:00", ENERGY=1)]},
    "energy-too-much": {"charging_periods": [period("10:00:00", ENERGY=5)]},
    "reserved": {
        "charging_periods": [period("10:00:00", ENERGY=3.25, RESERVATION_TIME=1)]
    },
    "no-start": {"charging_periods": [], "start_date_time": None},
    "no-energy": {"charging_periods": [], "kwh": None},
    "reported-before": {"last_updated": "2026-01-05T10:05:00Z"},
    "huge": {"charging_periods": [], "kwh": 1e300},
    "negative": {"charging_periods": [], "kwh": -5},
}


@pytest.mark.parametrize("name", UNSURE)
def test_what_cannot_be_priced_for_sure(name: str) -> None:
    """Rather no price than one that is too low."""
    assert usage(**UNSURE[name]) == ()


@pytest.mark.parametrize("document", [None, [], "x", {}, {"charging_periods": 7}])
def test_the_use_of_what_is_no_session(document: Any) -> None:
    """There is none."""
    assert Mapper(REALM).usage(raw(document), NOW) == ()


def test_the_use_of_a_dialects_objects() -> None:
    """They are told apart by their status, which only sessions have."""
    kinds = []

    def translate(kind: str, document: Any) -> Any:
        kinds.append(kind)
        return document

    mapper = Mapper(REALM, translate)
    assert mapper.usage(raw(example("session_221")), NOW) == usage()
    assert len(mapper.usage(raw(example("cdr_221")), at("14:00:00"))) == 2
    assert kinds == ["session", "cdr"]
