"""What numbered dimensions mean, by their amounts."""

from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.emabler.dialect import Dialect

LATER = [
    "MAX_CURRENT",
    "MIN_CURRENT",
    "MAX_POWER",
    "MIN_POWER",
    "PARKING_TIME",
    "POWER",
    "RESERVATION_TIME",
    "STATE_OF_CHARGE",
    "TIME",
]
FLAT_LAST = [*LATER, "FLAT"]
FLAT_FIRST = ["FLAT", *LATER]


def periods(*dimensions: tuple[Any, Any]) -> list[dict[str, Any]]:
    """Return a charging period for each dimension."""
    return [
        {"dimensions": [{"type": kind, "volume": volume}]}
        for kind, volume in dimensions
    ]


def kinds(dialect: Dialect, name: str = "session", **facts: Any) -> list[Any]:
    """Return the types of all dimensions of an object, by the dialect."""
    return [
        dimension["type"]
        for period in dialect(name, facts)["charging_periods"]
        for dimension in period["dimensions"]
    ]


def all_later(dialect: Dialect) -> list[Any]:
    """Return what the dialect makes of 4 to 13."""
    return kinds(dialect, chargingPeriods=periods(*((one, 1) for one in range(4, 14))))


def test_later_numbers_stay_numbers() -> None:
    """9 may be kW or hours: no figure rather than a wrong one; no order helps here."""
    numbers = [str(one) for one in range(4, 14)]
    for dialect in (Dialect(), Dialect("2.2.1"), Dialect("2.2")):
        assert all_later(dialect) == numbers
        assert not dialect.ambiguous


@pytest.mark.parametrize(
    ("dimensions", "names"),
    [
        ([(1, 9.0), (12, 1.25), (8, 0.5)], FLAT_LAST),
        ([(1, 9.0), (12, 1.25), (12, 0.5)], FLAT_LAST),
        ([(1, 9.0), (13, 1.25), (9, 0.5)], FLAT_FIRST),
        ([(1, 9.0), ("13", "1.75")], FLAT_FIRST),
    ],
)
def test_the_times_of_a_cdr_show_the_order(dimensions: Any, names: list[str]) -> None:
    """Charging and parking add up to its total time."""
    dialect = Dialect()
    kinds(dialect, "cdr", chargingPeriods=periods(*dimensions), totalTime=1.75)
    assert all_later(dialect) == names


@pytest.mark.parametrize(
    ("dimensions", "hours"),
    [
        ([(12, 1.0), (8, 0.5)], 1.75),
        ([(12, 1.75), (13, 1.75)], 1.75),
        ([(8, 1.75)], 1.75),
        ([(12, 0)], 0),
        ([(12, 1.75)], None),
        ([(12, -1)], -1),
    ],
)
def test_times_that_show_nothing(dimensions: Any, hours: Any) -> None:
    """They do not add up, or in both orders."""
    dialect = Dialect()
    kinds(dialect, "cdr", chargingPeriods=periods(*dimensions), totalTime=hours)
    assert all_later(dialect) == [str(one) for one in range(4, 14)]


def test_one_cdr_counts_once() -> None:
    """However often it is read; CDRs that disagree leave it open."""
    dialect = Dialect()
    for _ in range(50):
        kinds(dialect, "cdr", chargingPeriods=periods((12, 2.0)), totalTime=2)
    assert all_later(dialect) == FLAT_LAST
    kinds(dialect, "cdr", chargingPeriods=periods((13, 3.0)), totalTime=3)
    assert all_later(dialect)[0] == "4"


def test_energy_that_comes_under_another_number() -> None:
    """What grows like kwh must be ENERGY, so these numbers mean something else."""
    strange = periods((0, 2.2), (0, 2.0), (1, 0.5))
    assert kinds(Dialect(), chargingPeriods=strange, kwh=4.2) == ["0", "0", "1"]
    assert kinds(Dialect(), "cdr", chargingPeriods=strange, totalEnergy=4.2) == [
        *("0", "0", "1")
    ]


@pytest.mark.parametrize(
    ("dimensions", "kwh"),
    [
        ([(1, 4.2), (0, 4.2)], 4.2),
        ([("ENERGY", 4.0), (0, 4.2)], 4.2),
        ([(1, 1.0), (0, 16)], 4.2),
        ([(3, 4.2), (0, 16)], 4.2),
        ([(1, 0), (0, 0)], 0),
        ([(1, None), (0, "much")], None),
    ],
)
def test_energy_that_is_believed(dimensions: Any, kwh: Any) -> None:
    """Nothing else adds up to the session's energy."""
    found = kinds(Dialect(), chargingPeriods=periods(*dimensions), kwh=kwh)
    assert found[0] in {"ENERGY", "ENERGY_IMPORT"}
    assert found[1] == "CURRENT"


def test_named_dimensions_need_no_amounts() -> None:
    """In any spelling, also beside numbers."""
    mixed = periods(("Power", 10.5), ("PARKING_TIME", 1), ("parkingTime", 1), (9, 2))
    found = kinds(Dialect(), chargingPeriods=mixed, kwh=3)
    assert found == ["POWER", "PARKING_TIME", "PARKING_TIME", "9"]
