"""How long joining holds up Home Assistant, and what is looked at again."""

from collections.abc import Callable, Iterator
from datetime import timedelta
import gc
from time import thread_time
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.ev_charging_cloud.providers.ocpi.bills import Bills, desk, queue
from custom_components.ev_charging_cloud.providers.ocpi.bills.charges import Charge
from custom_components.ev_charging_cloud.providers.ocpi.book import Book
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Bill, Reading

from .bills_support import DAY, MINUTE, NOW, START, Books, bill, key, reading, told
from .test_book import RAW

COUNT = 4000
LONGEST = 0.01
HOUR = timedelta(hours=1)
NOWHEN: dict[str, Any] = {"started_at": None, "ended_at": None}


def at(number: int, gap: timedelta = 6 * MINUTE) -> dict[str, Any]:
    """Return when the charge of that number was, and how much it took."""
    start = START + number * gap
    return {
        "started_at": start,
        "ended_at": start + gap / 2,
        "energy_kwh": 1 + number / 7,
    }


def session_of(number: int, **values: Any) -> Reading:
    """Return a session of its own time."""
    return reading(
        f"s{number}",
        **{"updated_at": NOW + number * 6 * MINUTE, **at(number), **values},
    )


def bill_of(number: int, **values: Any) -> Bill:
    """Return its CDR."""
    return bill(
        f"c{number}",
        **{"updated_at": NOW + number * 6 * MINUTE, **at(number), **values},
    )


def filled(
    *,
    named: bool = False,
    count: int = COUNT,
    bills: dict[str, Any] | None = None,
    **values: Any,
) -> Books:
    """Return sessions and as many CDRs before they are joined."""
    books = Books()
    books.now = NOW + COUNT * 6 * MINUTE
    books.bills.sessions([session_of(number, **values) for number in range(count)])
    books.bills.add(
        [
            bill_of(
                number,
                session=f"s{number}" if named else None,
                **(values if bills is None else bills),
            )
            for number in range(count)
        ],
        books.now,
    )
    return books


def longest(steps: Iterator[object]) -> float:
    """Return the processor time of the longest step, without the garbage collector."""
    worst = 0.0
    gc.collect()
    gc.disable()
    try:
        while True:
            begun = thread_time()
            one = next(steps, steps)
            worst = max(worst, thread_time() - begun)
            if one is steps:
                return worst
    finally:
        gc.enable()


def once(step: Callable[[], object]) -> Iterator[object]:
    """Yield the result of a call, which is one step."""
    yield step()


def all_steps(books: Books) -> Iterator[tuple[str, Iterator[object]]]:
    """Yield what a poll does, and another one, and one on the next day."""
    bills, now = books.bills, books.now
    yield "joining", bills.news(now)
    yield "polling", bills.news(now)
    yield "late", bills.news(now + DAY)
    yield "keeping", once(lambda: bills.kept)
    yield "wanting", once(lambda: bills.want(now))
    yield "counting", once(lambda: (bills.unjoined, bills.oldest_held))
    text = bills.kept
    yield "reading", once(lambda: Bills(text))
    yield "loading", Bills(text).load()


CASES: dict[str, Callable[[], Books]] = {
    "named": lambda: filled(named=True),
    "nameless": filled,
    "without a start": lambda: filled(**NOWHEN),
    "sessions without a start": lambda: filled(
        started_at=None, ended_at=None, bills={"evse_id": "elsewhere"}
    ),
    "all at once": lambda: filled(count=500, started_at=START, ended_at=START + HOUR),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_no_step_holds_up_home_assistant(
    case: str, record_property: Callable[[str, object], None]
) -> None:
    """With thousands of sessions and CDRs each step takes milliseconds."""
    best: dict[str, float] = {}
    for _ in range(3):
        for name, steps in all_steps(CASES[case]()):
            best[name] = min(best.get(name, 1.0), longest(steps))
    for name, found in best.items():
        record_property(name, f"{found * 1000:.1f} ms")
    assert max(best.values()) < LONGEST


@pytest.mark.slow
def test_no_step_of_choosing_what_to_show_is_long() -> None:
    """Neither at the first look at an account."""
    found = []
    for _ in range(3):
        book = Book()
        for number in range(COUNT):
            places = {
                "evse_id": f"loc/{number}",
                "tokens": frozenset({f"tag-{number}"}),
            }
            assert book.add(session_of(number, **places), RAW, NOW)
        found.append(longest(book.arrange(NOW)))
    assert min(found) < LONGEST


def looks(books: Books, *args: Any, **values: Any) -> list[str]:
    """Return for which CDRs a poll looks for a charge."""
    found = []

    billed = desk.billed

    def noted(one: queue.Waiting, *args: Any, **values: Any) -> Charge | None:
        found.append(one.paper.id.rpartition("/")[2])
        return billed(one, *args, **values)

    with patch.object(desk, "billed", noted):
        books.poll(*args, **values)
    return found


def test_a_cdr_that_waits_is_looked_at_when_something_near_it_changes() -> None:
    """Or once a day, and otherwise never."""
    books = Books()
    assert looks(books, bills=[bill_of(10), bill_of(20), bill_of(30)]) == [
        "c10",
        "c20",
        "c30",
    ]
    assert looks(books, after=MINUTE) == []
    assert looks(books, [session_of(90)], after=MINUTE) == []
    assert looks(books, [session_of(20, evse_id="elsewhere")]) == []
    assert looks(books, [session_of(20, updated_at=NOW + 3 * DAY)]) == ["c20"]
    assert looks(books, after=DAY - 3 * MINUTE) == []
    assert looks(books, after=MINUTE) == ["c10", "c30"]
    assert len(books.charges()) == 4


def test_a_cdr_of_unknown_start_is_looked_at_by_its_names_only() -> None:
    """Other marks do not tell that it is the same charge."""
    books = Books()
    books.poll(bills=[bill_of(1, reference="ref", **NOWHEN)])
    assert looks(books, [session_of(2, **NOWHEN), session_of(3)]) == []
    assert looks(books, after=DAY) == ["c1"]
    assert books.bills.unjoined == 1
    assert looks(books, after=DAY - MINUTE) == []
    assert looks(books, after=MINUTE) == ["c1"]
    assert looks(books, [session_of(1, reference="ref")]) == ["c1"]
    assert books.bills.unjoined == 0


@pytest.mark.parametrize("most", ["MOST_DOUBTS", "MOST_WAITING"])
def test_cdrs_that_there_is_no_room_for(most: str) -> None:
    """The oldest are let go of and reported, each once."""
    books = Books()
    doubts = [bill_of(number, **NOWHEN) for number in range(8)]
    with patch.object(queue, most, 5):
        books.poll(bills=doubts)
        assert books.bills.unjoined == (3 if most == "MOST_WAITING" else 0)
        books.poll(after=DAY)
        assert books.bills.unjoined == 8
        for _ in range(2):
            books.poll(bills=doubts[:3])
            books.poll(after=DAY)
            assert books.bills.unjoined == 8
        kept = {f"nl/xyz/c{number}" for number in range(3, 8)}
        assert all(f'"{one}"' in books.bills.kept for one in kept)
        assert '"nl/xyz/c2"' not in books.bills.kept


def test_news_that_nobody_takes_to_the_end() -> None:
    """What was not handed out comes with the next ones."""
    books = filled(count=5)
    steps = books.bills.news(books.now)
    found = []
    for one in steps:
        if one is not None:
            found.append(one.key)
            break
    steps.close()  # type: ignore[attr-defined]
    found += [one.key for one in told(books.bills, books.now)]
    assert sorted(found) == [key(f"s{number}") for number in range(5)]
    again = filled(count=5)
    steps = again.bills.news(again.now)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert len(told(again.bills, again.now)) == 5
