"""Several CDRs for one session: parts of it, or the same time billed again."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.model import (
    ChargingPeriod,
    Cost,
    CostState,
)
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Bill

from .bills_support import END, MINUTE, NOW, START, Books, bill, key, money, reading

HOUR = timedelta(hours=1)
LAST = END + HOUR


def part(cdr_id: str, hours: float = 0, last: float = 1, **values: Any) -> Bill:
    """Return the CDR of some time from the start of the session on."""
    start = START + hours * HOUR
    facts: dict[str, Any] = {
        "started_at": start,
        "ended_at": start + last * HOUR,
        "updated_at": NOW + (hours + 1) * HOUR,
        "session": "s1",
        **values,
    }
    return bill(cdr_id, **facts)


def first(**values: Any) -> Bill:
    """Return the CDR of the first hour."""
    return part("c1", 0, **{"energy_kwh": 10.0, "cost": money("5", "6.05"), **values})


def second(**values: Any) -> Bill:
    """Return the CDR of the second hour."""
    return part("c2", 1, **{"energy_kwh": 14.0, "cost": money("7", "8.47"), **values})


def corrected(net: str, gross: str | None = None) -> Cost:
    """Return a corrected amount."""
    return money(net, gross, state=CostState.CORRECTED)


def again(one: Bill, cdr_id: str, **values: Any) -> Bill:
    """Return a later CDR of the same time."""
    session = one.session
    facts: dict[str, Any] = {
        "session": "s1",
        "started_at": session.started_at,
        "ended_at": session.ended_at,
        "energy_kwh": session.energy_kwh,
        "cost": session.cost,
        "updated_at": NOW + 9 * HOUR,
        **values,
    }
    return bill(cdr_id, **facts)


def back(one: Bill, net: str, gross: str | None = None) -> Bill:
    """Return a credit for a CDR."""
    return again(
        one,
        f"{one.id[-2:]}-c",
        credit=True,
        credited=one.id[-2:],
        cost=money(net, gross),
        updated_at=NOW + 8 * HOUR,
    )


UNKNOWN = Cost(currency="EUR", state=CostState.FINAL)
# The CDRs, and what energy, cost, start and end they come to.
CASES: dict[str, tuple[list[Bill], float | None, Cost, tuple[datetime, datetime]]] = {
    "two parts": ([first(), second()], 24.0, money("12", "14.52"), (START, LAST)),
    "three parts": (
        [first(), second(), part("c3", 2.5, 0.5, energy_kwh=0.1, cost=money("1", "2"))],
        24.1,
        money("13", "16.52"),
        (START, LAST + HOUR),
    ),
    "energy that binary fractions cannot hold": (
        [first(energy_kwh=0.1), second(energy_kwh=0.2)],
        0.3,
        money("12", "14.52"),
        (START, LAST),
    ),
    "one without gross": (
        [first(cost=money("5")), second()],
        24.0,
        money("12"),
        (START, LAST),
    ),
    "in two currencies": (
        [first(cost=money("5", currency="SEK")), second()],
        24.0,
        UNKNOWN,
        (START, LAST),
    ),
    "one without energy": (
        [first(energy_kwh=None), second()],
        24.5,
        money("12", "14.52"),
        (START, LAST),
    ),
    "times that overlap": (
        [first(ended_at=END + MINUTE), second()],
        14.0,
        money("7", "8.47"),
        (END, LAST),
    ),
    "the whole again": (
        [
            first(),
            second(),
            part(
                "c3", 0, 2, energy_kwh=24.5, cost=money("11"), updated_at=NOW + 9 * HOUR
            ),
        ],
        24.5,
        money("11"),
        (START, LAST),
    ),
    "a part again": (
        [first(), second(), again(first(), "c3", energy_kwh=9.0, cost=money("4", "5"))],
        23.0,
        money("11", "13.47"),
        (START, LAST),
    ),
    "a part twice": (
        [first(), second(), again(first(), "c3")],
        24.0,
        money("12", "14.52"),
        (START, LAST),
    ),
    "times that nobody knows": (
        [first(started_at=None, ended_at=None), second()],
        14.0,
        money("7", "8.47"),
        (END, LAST),
    ),
    "no time at all": (
        [
            first(ended_at=START, energy_kwh=0.0, cost=money("1")),
            part(
                "c3", 0, 0, energy_kwh=0.0, cost=money("2"), updated_at=NOW + 2 * HOUR
            ),
        ],
        0.0,
        money("2"),
        (START, START),
    ),
    "a part taken back": (
        [first(), second(), back(first(), "-5", "-6.05")],
        14.0,
        corrected("7", "8.47"),
        (END, LAST),
    ),
    "a part taken back and billed at another time": (
        [
            first(),
            second(),
            back(first(), "-5", "-6.05"),
            part("c3", 2, energy_kwh=10.0, cost=money("5", "6.05")),
        ],
        24.0,
        corrected("12", "14.52"),
        (END, LAST + HOUR),
    ),
    "some money given back": (
        [first(), second(), back(first(), "-1", "-1.21")],
        24.0,
        corrected("11", "13.31"),
        (START, LAST),
    ),
    "all taken back": (
        [
            first(),
            second(),
            back(first(), "-5", "-6.05"),
            back(second(), "-7", "-8.47"),
        ],
        24.0,
        corrected("0", "0.00"),
        (START, LAST),
    ),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("pace", ["at once", "one by one", "restarts"])
def test_what_cdrs_of_one_session_come_to(case: str, pace: str) -> None:
    """Parts are added up, of what bills the same time the latest counts."""
    cdrs, energy, cost, times = CASES[case]
    for order in permutations(cdrs):
        books = Books()
        books.now = NOW + 10 * HOUR
        whole: dict[str, Any] = {"ended_at": LAST, "energy_kwh": 24.5, "cost": None}
        books.poll([reading(**whole)])
        pages = [order] if pace == "at once" else [(one,) for one in order]
        for page in pages:
            books.poll(bills=page)
            if pace == "restarts":
                books.restart()
        books.poll([reading(**whole)])
        found = books.only()
        assert found.key == key("s1")
        assert found.energy_kwh == energy
        assert found.cost == cost
        assert (found.started_at, found.ended_at) == times
        assert books.poll(bills=order) == ()


def test_parts_without_a_listed_session() -> None:
    """They become one charge."""
    books = Books()
    books.poll(bills=[first(), second()])
    books.poll(after=timedelta(days=1))
    found = books.only()
    assert (found.energy_kwh, found.cost) == (24.0, money("12", "14.52"))
    assert found.duration == 2 * HOUR


def test_the_periods_of_parts() -> None:
    """Those of all parts in the order of time, or none."""
    periods = [
        (ChargingPeriod(started_at=at, ended_at=at + HOUR, energy_kwh=kwh),)
        for at, kwh in ((START, 10.0), (END, 14.0))
    ]
    earlier = first(periods=periods[0], updated_at=NOW + 9 * HOUR)
    later = second(periods=periods[1])
    books = Books()
    (news,) = books.poll([reading()], [later, earlier])
    assert news.periods == periods[0] + periods[1]
    books = Books()
    books.poll([reading()], [later])
    (news,) = books.poll(bills=[earlier])
    assert news.periods == ()


@pytest.mark.parametrize(
    ("idle", "whole"),
    [((10, 20), 30), ((10, None), None), ((None, None), None)],
)
def test_how_long_nothing_was_taken_in_parts(
    idle: tuple[int | None, int | None], whole: int | None
) -> None:
    """It is known where all parts tell it."""
    spans = [None if one is None else one * MINUTE for one in idle]
    books = Books()
    books.poll([reading()], [first(idle=spans[0])])
    books.restart()
    (news,) = books.poll(bills=[second(idle=spans[1])])
    assert news.idle == (None if whole is None else whole * MINUTE)
    assert books.bills.settled(reading().session).idle == news.idle


def test_another_car_right_after_is_no_part() -> None:
    """Only a name or a reference tells that a session has several bills."""
    short: dict[str, Any] = {"last": 1 / 30, "session": None, "energy_kwh": 10.0}
    books = Books()
    books.poll([reading(ended_at=START + 2 * MINUTE)], [part("c1", **short)])
    assert books.poll(bills=[part("c2", 1 / 30, **short)]) == ()
    assert books.only().energy_kwh == 10.0
    assert books.only().cost == money("3", "3.63")
