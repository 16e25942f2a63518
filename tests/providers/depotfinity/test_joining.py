"""Reports and transactions of the same charge are one session."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from msgspec.structs import replace
import pytest

from custom_components.ev_charging_cloud.providers.depotfinity.book import Book
from custom_components.ev_charging_cloud.providers.depotfinity.joining import (
    Joined,
    join,
)
from custom_components.ev_charging_cloud.providers.model import Session, SessionState

DAY = datetime(2026, 1, 5, tzinfo=UTC)
EVERYTHING = (DAY - timedelta(days=30), DAY + timedelta(days=30))


def charge(
    key: str, start: float, end: float | None, energy: float | None = 10.0
) -> Session:
    """Return a session between two minutes of the day."""
    started_at = DAY + timedelta(minutes=start)
    ended_at = None if end is None else DAY + timedelta(minutes=end)
    return Session(
        key=key,
        id=key,
        state=SessionState.ACTIVE if end is None else SessionState.COMPLETED,
        evse_id="CH-1/1",
        place="CH-1",
        evse_identifier="1",
        started_at=started_at,
        ended_at=ended_at,
        duration=None if ended_at is None else ended_at - started_at,
        energy_kwh=energy,
    )


def report(key: str, start: float, end: float, energy: float | None = 10.0) -> Session:
    """Return a report with what only reports know."""
    return replace(charge(key, start, end, energy), drawn_kwh=11.0, errors=("fan",))


def outline(found: Joined) -> tuple[list[tuple[str, str | None]], list[str]]:
    """Return which report each transaction got, and which are alone."""
    sessions = sorted((one.key, one.reference) for one in found.sessions)
    return sessions, sorted(one.key for one in found.alone)


@pytest.mark.parametrize(
    ("start", "end", "joined"),
    [
        (0, 30, True),
        (-2, 33, True),
        (6, 36, True),
        (6.1, 36.1, False),
        (-6, 24, True),
        (-7, 23, False),
        (10, 20, True),
        (-60, 90, True),
        (30, 60, False),
        (31, 61, False),
    ],
)
def test_four_fifths_of_the_shorter_one(start: float, end: float, joined: bool) -> None:
    """A report around, inside or shifted against a transaction of half an hour."""
    found = join([charge("t", 0, 30)], [report("r", start, end)])
    assert outline(found) == (
        [("t", "r" if joined else None)],
        [] if joined else ["r"],
    )


def test_each_report_finds_its_own_transaction() -> None:
    """Charges that follow closely, with clocks that differ by a minute, in any order."""
    transactions = [charge(f"t{n}", 15 * n, 15 * n + 12) for n in range(4)]
    reports = [report(f"r{n}", 15 * n - 1, 15 * n + 11) for n in range(4)]
    for order in permutations(reports):
        found = join(transactions, order)
        assert outline(found) == ([(f"t{n}", f"r{n}") for n in range(4)], [])


def test_two_reports_inside_one_transaction_are_one_charge() -> None:
    """A connection that broke makes two reports; their energy is in the transaction."""
    found = join(
        [charge("t", 0, 60, 30.0)],
        [report("r1", 0, 35, 18.0), report("r2", 36, 60, 12)],
    )
    assert outline(found) == ([("t", "r1")], [])
    (session,) = found.sessions
    assert session.energy_kwh == 30.0
    assert session.drawn_kwh is None
    assert session.errors == ("fan",)


def test_two_transactions_inside_one_report_are_two_charges() -> None:
    """The report is not counted beside them."""
    found = join(
        [charge("t1", 0, 20, 5.0), charge("t2", 25, 60, 9.0)],
        [report("r", 0, 60, 14.0)],
    )
    assert outline(found) == ([("t1", None), ("t2", "r")], [])
    assert sum(one.energy_kwh or 0 for one in found.sessions) == 14.0


def test_a_running_transaction_is_joined_with_nothing() -> None:
    """A report is written when a charge has ended."""
    found = join([charge("t", 0, None)], [report("r", 0, 30)])
    assert outline(found) == ([("t", None)], ["r"])


def test_unknown_times_join_nothing() -> None:
    """Neither on the one side nor on the other."""
    unknown = replace(charge("t", 0, 30), started_at=None, duration=None)
    assert outline(join([unknown], [report("r", 0, 30)])) == ([("t", None)], ["r"])
    lost = replace(report("r", 0, 30), ended_at=None, duration=None)
    assert outline(join([charge("t", 0, 30)], [lost])) == ([("t", None)], ["r"])


def test_the_finer_counter_wins_where_both_agree() -> None:
    """And a missing one is filled in."""
    (fine,) = join([charge("t", 0, 30, 37.0)], [report("r", 0, 30, 37.264)]).sessions
    assert (fine.energy_kwh, fine.drawn_kwh) == (37.264, 11.0)
    (filled,) = join([charge("t", 0, 30, None)], [report("r", 0, 30, 5.0)]).sessions
    assert filled.energy_kwh == 5.0
    (kept,) = join([charge("t", 0, 30, 37.0)], [report("r", 0, 30, None)]).sessions
    assert (kept.energy_kwh, kept.drawn_kwh) == (37.0, 11.0)


def test_news_come_once() -> None:
    """A change is news, a repetition is not, a running charge never."""
    book = Book()
    book.add_transactions([charge("t", 0, 30), charge("u", 40, None)])
    assert [one.key for one in book.news(DAY, None)] == ["t"]
    book.add_transactions([charge("t", 0, 30), charge("u", 40, None)])
    assert book.news(DAY, None) == ()
    book.add_reports("CH-1/1", [report("r", 0, 30)])
    assert [one.reference for one in book.news(DAY, None)] == ["r"]
    book.add_transactions([charge("u", 40, 50), charge("u", 40, None)])
    assert [one.key for one in book.news(DAY, None)] == ["u"]


def test_a_report_waits_for_its_transaction() -> None:
    """It counts alone only once a day of transactions after it is known."""
    book = Book()
    book.add_reports("CH-1/1", [report("r", 0, 30)])
    later = DAY + timedelta(hours=24)
    for covered in (None, (DAY, later), (DAY + timedelta(minutes=1), EVERYTHING[1])):
        assert book.news(DAY, covered) == ()
    (alone,) = book.news(DAY, (DAY, DAY + timedelta(hours=25)))
    assert alone.key == "r"


@pytest.mark.parametrize("restarted", [False, True])
def test_a_transaction_after_its_report_keeps_the_reports_name(restarted: bool) -> None:
    """So the ledger has one row for it, also over a restart."""
    book = Book()
    book.add_reports("CH-1/1", [report("r", 0, 30)])
    (alone,) = book.news(DAY, EVERYTHING)
    if restarted:
        book = Book(book.stubs)
    book.add_transactions([charge("t", 0, 30, 10.1)])
    (late,) = book.news(DAY, EVERYTHING)
    assert late.key == alone.key == "r"
    assert late.reference == "t"


@pytest.mark.parametrize("text", ["{", "[1]", '[["a"]]', "null", "\ud800"])
def test_names_that_were_kept_badly_are_forgotten(text: str) -> None:
    """A broken file must not stop the account."""
    assert Book(text).stubs == "[]"


def test_the_book_forgets_what_is_old() -> None:
    """After 40 days nothing is left."""
    book = Book()
    book.add_transactions([charge("t", 0, 30)])
    book.add_reports("CH-1/1", [report("r", 100, 130)])
    assert len(book.news(DAY, EVERYTHING)) == 2
    book.news(DAY + timedelta(days=41), EVERYTHING)
    assert book.charge("CH-1/1", "t") is None
    assert book.stubs == "[]"


def test_a_transaction_that_never_ended_is_over_when_another_follows() -> None:
    """Only the latest charge of a connector can be running."""
    book = Book()
    book.add_transactions([charge("t", 0, None)])
    running = book.running("CH-1/1")
    assert running is not None
    book.add_transactions([charge("u", 60, 90)])
    assert book.running("CH-1/1") is None
