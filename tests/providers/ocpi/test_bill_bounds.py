"""How much is remembered of bills, for how long, and what it takes."""

from datetime import timedelta
import json
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.model import SessionState
from custom_components.ev_charging_cloud.providers.ocpi.bills import Bills
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Bill, Reading

from .bills_support import DAY, END, MINUTE, NOW, START, Books, bill, key, reading, told

HOUR = timedelta(hours=1)


def at(number: int) -> dict[str, Any]:
    """Return when the charge of that number was, an hour each."""
    start = START + number * HOUR
    return {"started_at": start, "ended_at": start + HOUR / 2}


def session_of(number: int) -> Reading:
    """Return a session of its own time."""
    return reading(f"s{number}", updated_at=NOW + number * HOUR, **at(number))


def bill_of(number: int, **values: Any) -> Bill:
    """Return its CDR."""
    return bill(
        f"c{number}", updated_at=NOW + number * HOUR, **{**at(number), **values}
    )


def kept(bills: Bills) -> dict[str, Any]:
    """Return what is kept as an object."""
    found: dict[str, Any] = json.loads(bills.kept)
    return found


def test_open_sessions_that_are_kept() -> None:
    """The 300 that were heard of last; older CDRs are then never sure."""
    books = Books()
    books.now = NOW + 400 * HOUR
    books.poll(session_of(number) for number in range(400))
    assert len(kept(books.bills)["charges"]) == 300
    before = bill_of(5)
    assert len(books.poll(bills=[bill_of(6)])) == 1
    books.bills = Bills(books.bills.kept)
    assert len(kept(books.bills)["charges"]) == 301
    (news,) = books.poll(bills=[bill_of(399)])
    assert news.key == key("s399")
    assert books.poll(bills=[before]) == ()
    assert books.poll(after=DAY) == ()
    assert books.bills.unjoined == 1
    assert len(books.charges()) == 400


def test_cdrs_that_are_kept() -> None:
    """A thousand of them in less than half a megabyte; a later one is still known."""
    books = Books()
    books.now = NOW + 1200 * HOUR
    numbers = range(1200)
    books.poll(
        (session_of(number) for number in numbers),
        [bill_of(number, session=f"s{number}") for number in numbers],
    )
    assert len(kept(books.bills)["charges"]) == 1000
    assert len(books.bills.kept) < 500_000
    books.bills = Bills(books.bills.kept)
    assert books.poll(bills=[bill_of(1199)]) == ()
    assert books.poll(bills=[bill_of(3)], after=MINUTE) == ()
    assert books.poll(after=DAY) == ()
    assert books.bills.unjoined == 1
    assert len(books.charges()) == 1200


def test_waiting_cdrs_that_are_kept() -> None:
    """The 200 that came last; the others are read again."""
    books = Books()
    books.now = NOW + 300 * HOUR
    books.poll(bills=[bill_of(number) for number in range(250)])
    assert books.bills.oldest_held == NOW
    assert len(kept(books.bills)["waiting"]) == 200
    assert len(books.bills.kept) < 200_000
    books.bills = Bills(books.bills.kept)
    books.poll(bills=[bill_of(number) for number in range(250)])
    books.poll(after=DAY)
    assert len(books.charges()) == 250


@pytest.mark.parametrize(
    ("billed", "days"), [(False, 30), (True, 60)], ids=["open", "billed"]
)
@pytest.mark.parametrize("restart", [True, False])
def test_how_long_a_charge_is_remembered(
    billed: bool, days: int, restart: bool
) -> None:
    """Later its CDR may no longer join it, and is no charge of its own either."""
    books = Books()
    books.poll([reading()], [bill("first")] if billed else [])
    books.poll(after=timedelta(days=days))
    assert len(kept(books.bills)["charges"]) == 1
    books.poll(after=HOUR)
    assert kept(books.bills)["charges"] == []
    if restart:
        books.restart()
    assert books.poll(bills=[bill()]) == ()
    assert books.poll(after=DAY) == ()
    assert books.bills.unjoined == 1
    books.poll(bills=[bill_of(2)])
    assert len(books.poll(after=DAY)) == 1
    books.poll(after=timedelta(days=30))
    assert books.bills.unjoined == 0


def test_a_session_without_any_moment_is_forgotten_too() -> None:
    """It is as old as the first look at it."""
    books = Books()
    nothing: dict[str, Any] = {"started_at": None, "ended_at": None, "updated_at": None}
    books.poll([reading(**nothing)])
    books.poll(after=timedelta(days=29))
    assert len(kept(books.bills)["charges"]) == 1
    books.poll(after=timedelta(days=2))
    assert kept(books.bills)["charges"] == []


def test_memory_is_bounded() -> None:
    """A long list of sessions leaves the newest."""
    books = Books()
    books.now = NOW + 25 * DAY
    gap = 6 * MINUTE
    many = (
        reading(
            f"s{number}",
            started_at=START + number * gap,
            updated_at=NOW + number * gap,
        )
        for number in range(6000)
    )
    books.bills.sessions(many)
    told(books.bills, books.now)
    assert books.poll(bills=[bill("old", started_at=START)]) == ()
    assert books.poll(after=DAY) == ()
    assert books.bills.unjoined == 1
    (news,) = books.poll(bills=[bill("new", started_at=START + 5999 * gap)])
    assert news.key == key("s5999")


def test_periods_do_not_fill_the_memory_or_what_is_kept() -> None:
    """They are handed out with the news and not kept."""
    books = Books()
    books.poll([reading(state=SessionState.ACTIVE, ended_at=END)])
    text = books.bills.kept
    assert "periods" not in text
    books.poll(bills=[bill("c9", evse_id="elsewhere", tokens=frozenset())])
    assert "periods" not in books.bills.kept
