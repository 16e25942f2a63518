"""What several CDRs of one charge come to, in whatever order they are read."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.model import Cost, CostState
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Bill

from .bills_support import DAY, MINUTE, NOW, Books, bill, key, money, reading

UNKNOWN = Cost(currency="EUR", state=CostState.CORRECTED)


def corrected(net: str | None, gross: str | None = None, **values: Any) -> Cost:
    """Return a corrected amount."""
    return money(net, gross, state=CostState.CORRECTED, **values)


def later(cdr_id: str, minutes: int, **values: Any) -> Bill:
    """Return a CDR that was written after the first one."""
    return bill(cdr_id, updated_at=NOW + minutes * MINUTE, **values)


ORIGINAL = bill("c1")
CREDIT = later("c1-c", 1, credit=True, credited="c1")
REPLACEMENT = later("c2", 2, cost=money("2", "2.42"), energy_kwh=9.95)
SECOND_CREDIT = later(
    "c2-c", 3, credit=True, credited="c2", cost=money("-2", "-2.42"), energy_kwh=9.95
)
CDRS: dict[str, tuple[list[Bill], Cost, float]] = {
    "one": ([ORIGINAL], money("3", "3.63"), 10.0),
    "taken back": ([ORIGINAL, CREDIT], corrected("0", "0.00"), 10.0),
    "replaced": ([ORIGINAL, CREDIT, REPLACEMENT], corrected("2", "2.42"), 9.95),
    "replaced and taken back": (
        [ORIGINAL, CREDIT, REPLACEMENT, SECOND_CREDIT],
        corrected("0", "0.00"),
        9.95,
    ),
    "a part given back": (
        [
            ORIGINAL,
            later("x", 1, credit=True, credited="c1", cost=money("-1", "-1.21")),
        ],
        corrected("2", "2.42"),
        10.0,
    ),
    "two parts given back": (
        [
            ORIGINAL,
            later("x", 1, credit=True, credited="c1", cost=money("-1", "-1.21")),
            later("y", 2, credit=True, credited="c1", cost=money("-0.5", "-0.60")),
        ],
        corrected("1.5", "1.82"),
        10.0,
    ),
    "a wrong second bill taken back": (
        [
            ORIGINAL,
            REPLACEMENT,
            later("x", 3, credit=True, credited="c2", cost=money("-2", "-2.42")),
        ],
        corrected("3", "3.63"),
        10.0,
    ),
    "a credit with amounts above 0": (
        [ORIGINAL, later("x", 1, credit=True, credited="c1", cost=money("3", "3.63"))],
        corrected("0", "0.00"),
        10.0,
    ),
    "a credit that counts energy backwards": (
        [ORIGINAL, later("x", 1, credit=True, energy_kwh=-10.0)],
        corrected("0", "0.00"),
        10.0,
    ),
    "a credit that names nothing": (
        [ORIGINAL, later("x", 1, credit=True), REPLACEMENT],
        corrected("2", "2.42"),
        9.95,
    ),
    "the same bill twice": ([ORIGINAL, later("x", 1)], money("3", "3.63"), 10.0),
    "the same bill twice, one taken back": (
        [ORIGINAL, later("x", 1), later("y", 2, credit=True, credited="x")],
        corrected("3", "3.63"),
        10.0,
    ),
    "the same credit twice": (
        [ORIGINAL, CREDIT, later("y", 5, credit=True, credited="c1")],
        corrected("0", "0.00"),
        10.0,
    ),
    "a replacement before its credit": (
        [ORIGINAL, REPLACEMENT],
        money("2", "2.42"),
        9.95,
    ),
    "a credit without gross": (
        [
            ORIGINAL,
            later("x", 1, credit=True, credited="c1", cost=money("-3")),
            REPLACEMENT,
        ],
        corrected("2"),
        9.95,
    ),
    "a credit without a cost": (
        [ORIGINAL, later("x", 1, credit=True, credited="c1", cost=None)],
        UNKNOWN,
        10.0,
    ),
    "a credit in another currency": (
        [
            ORIGINAL,
            later("x", 1, credit=True, credited="c1", cost=money("-3", currency="SEK")),
            REPLACEMENT,
        ],
        UNKNOWN,
        9.95,
    ),
    "a credit for a CDR that never comes": (
        [REPLACEMENT, later("x", 1, credit=True, credited="gone")],
        UNKNOWN,
        9.95,
    ),
    "both without gross": (
        [
            bill("c1", cost=money("3")),
            later("x", 1, credit=True, credited="c1", cost=money("-3")),
        ],
        corrected("0"),
        10.0,
    ),
}


def named(cdr: Bill, name: str | None) -> Bill:
    """Return a CDR as a version of the standard sends it that names sessions."""
    if name is None:
        return cdr
    energy = cdr.session.energy_kwh
    return bill(
        cdr.id.rpartition("/")[2],
        session=name,
        credit=cdr.credit,
        credited=cdr.credited and cdr.credited.rpartition("/")[2],
        updated_at=cdr.updated_at,
        cost=cdr.session.cost,
        energy_kwh=energy,
    )


def orders(cdrs: Sequence[Bill]) -> list[tuple[Bill, ...]]:
    """Return all orders that CDRs can be read in."""
    return list(permutations(cdrs))


@pytest.mark.parametrize("case", CDRS)
@pytest.mark.parametrize("name", [None, "s1"], ids=["unnamed", "named"])
@pytest.mark.parametrize("listed", ["first", "last", "never"])
@pytest.mark.parametrize("pace", ["at once", "one by one", "restarts", "days"])
def test_sums(case: str, name: str | None, listed: str, pace: str) -> None:
    """The charge stands once and ends with the same figures in every order."""
    cdrs, cost, energy = CDRS[case]
    for order in orders(cdrs):
        books = Books()
        if listed == "first":
            books.poll([reading()])
        pages = [order] if pace == "at once" else [(one,) for one in order]
        for page in pages:
            if pace == "restarts":
                books.restart()
            after = 26 * 60 * MINUTE if pace == "days" else MINUTE
            books.poll(bills=[named(one, name) for one in page], after=after)
        if listed == "last":
            books.poll([reading()], after=MINUTE)
        for _ in range(2):
            books.poll(after=DAY)
        charge = books.only()
        assert charge.cost == cost, [one.id for one in order]
        assert charge.energy_kwh == energy
        assert books.bills.unjoined == 0
        assert books.poll(bills=[named(one, name) for one in order]) == ()


def test_cents_stay_cents() -> None:
    """Sums are exact."""
    books = Books()
    parts = [("c1", "0.10", False), ("c2", "0.30", True), ("c3", "0.20", False)]
    cdrs = [
        bill(
            cdr_id,
            session="s1",
            credit=credit,
            credited="c1" if credit else None,
            cost=money(net),
        )
        for cdr_id, net, credit in parts
    ]
    (news,) = books.poll(bills=cdrs, sessions=[reading()])
    assert news.cost is not None
    assert news.cost.net == Decimal("0.00")


def test_a_credit_waits_a_day_for_what_it_takes_back() -> None:
    """Until then the bill stands; after that it is unknown."""
    books = Books()
    books.poll([reading()], [bill("c2", session="s1")])
    credit = bill("x", session="s1", credit=True, credited="c1")
    assert books.poll(bills=[credit], after=MINUTE) == ()
    assert books.only().cost == money("3", "3.63")
    assert books.poll(after=DAY - MINUTE) == ()
    (news,) = books.poll(after=MINUTE)
    assert news.cost == UNKNOWN
    assert books.only().cost == UNKNOWN
    assert books.only().energy_kwh == 10


def test_a_credit_does_not_touch_what_nobody_billed() -> None:
    """Only what it names may be an unknown bill's charge."""
    books = Books()
    books.poll([reading()], [bill("x", credit=True, credited="gone")])
    assert books.poll(after=DAY) == ()
    assert books.bills.unjoined == 1


def test_the_same_bill_again_is_no_news() -> None:
    """Under whatever id."""
    books = Books()
    books.poll([reading()], [ORIGINAL])
    assert books.poll(bills=[later("x", 1)]) == ()


def test_a_credit_of_a_charge_from_long_ago() -> None:
    """The ledger's charge is corrected to unknown and keeps its energy."""
    books = Books()
    books.poll([reading()], [bill(session="s1")])
    books.poll(after=timedelta(days=61))
    books.restart()
    credit = bill("x", session="s1", credit=True, credited="c1", energy_kwh=9.0)
    books.poll(bills=[credit])
    assert books.only().cost == money("3", "3.63")
    (news,) = books.poll(after=DAY)
    assert (news.key, news.cost) == (key("s1"), UNKNOWN)
    assert books.only().cost == UNKNOWN
    assert books.only().energy_kwh == 10


def test_a_credit_of_nothing_anyone_knows() -> None:
    """It is no charge; it is reported."""
    books = Books()
    books.poll(bills=[bill("x", credit=True, credited="c1")])
    assert books.bills.unjoined == 0
    assert books.poll(after=DAY) == ()
    assert books.bills.unjoined == 1
    assert books.charges() == {}
    books.restart()
    books.poll(bills=[bill("c1")])
    books.poll(after=DAY)
    assert books.only().cost == corrected("0", "0.00")
    assert books.bills.unjoined == 0


def test_a_cdr_that_is_written_again_under_its_id() -> None:
    """The newer state counts, the older one never again."""
    books = Books()
    old, new = bill(session="s1"), later("c1", 5, session="s1", cost=money("2"))
    books.poll([reading()], [old])
    (news,) = books.poll(bills=[new])
    assert news.cost == money("2")
    assert books.poll(bills=[old, new]) == ()
    books.restart()
    assert books.poll(bills=[new, old]) == ()
    assert books.only().cost == money("2")


def test_a_cdr_that_is_written_again_while_it_waits() -> None:
    """It waits no longer for that."""
    books = Books()
    books.poll(bills=[later("c1", 5, cost=money("2"))])
    books.poll(bills=[bill("c1")], after=DAY / 2)
    books.poll(bills=[later("c1", 9, cost=money("1"))], after=DAY / 4)
    (news,) = books.poll(after=DAY / 4)
    assert news.cost == money("1")


def test_an_older_state_of_a_cdr_that_waits() -> None:
    """It is not what is waited with."""
    books = Books()
    books.poll(bills=[later("c1", 5, cost=money("2"))])
    books.poll(bills=[bill("c1")])
    (news,) = books.poll(after=DAY)
    assert news.cost == money("2")


@pytest.mark.parametrize(
    ("values", "charges"),
    [
        ({"started_at": NOW, "ended_at": NOW + MINUTE}, 2),
        ({"evse_id": "elsewhere"}, 2),
        ({"tokens": frozenset({"tag-2"}), "evse_id": "elsewhere"}, 2),
        ({}, 1),
        ({"evse_id": None}, 1),
        ({"tokens": frozenset()}, 1),
    ],
)
def test_alike_but_without_a_session(values: dict[str, Any], charges: int) -> None:
    """Equal bills of one charge count once, those of two charges twice."""
    books = Books()
    books.poll(bills=[bill("c1"), bill("c2", session="s2", **values)])
    books.poll(after=DAY)
    assert len(books.charges()) == charges
    again = Books()
    again.poll(bills=[bill("c1"), bill("c2", **values)])
    for _ in range(2):
        again.poll(after=DAY)
    assert len(again.charges()) + again.bills.unjoined == charges


@pytest.mark.parametrize(("net", "unjoined"), [("3", 0), ("2", 1)])
def test_the_same_bill_without_a_place(net: str, unjoined: int) -> None:
    """It counts once; a bill of another amount may as well be for another charge."""
    books = Books()
    books.poll(
        bills=[
            bill("c1", evse_id=None, cost=money("3")),
            bill("c2", evse_id=None, cost=money(net)),
        ]
    )
    for _ in range(2):
        books.poll(after=DAY)
    assert books.only().cost == money("3")
    assert books.bills.unjoined == unjoined


def test_the_same_bill_for_two_sessions() -> None:
    """Whoever names two sessions means two charges."""
    books = Books()
    names = ("s1", "s2")
    books.poll(bills=[bill(name, session=name, evse_id=None) for name in names])
    books.poll(after=DAY)
    assert set(books.charges()) == {key("s1"), key("s2")}


def test_a_credit_waits_with_what_it_takes_back() -> None:
    """Whatever else it names, and it is in doubt as long as that is."""
    books = Books()
    books.poll(bills=[bill("x", session="s9", credit=True, credited="c1")])
    books.poll([reading(tokens=frozenset())], [bill("c1")], after=DAY / 2)
    books.poll(after=DAY / 2)
    assert books.bills.unjoined == 0
    assert books.bills.oldest_held == NOW
    books.poll(after=DAY / 2)
    assert books.bills.unjoined == 2
    assert not books.bills.oldest_held
    books.poll([reading(updated_at=NOW + DAY)])
    assert books.only().cost == corrected("0", "0.00")
    assert books.bills.unjoined == 0


def test_two_short_attempts_are_two_charges() -> None:
    """An EVSE charges one car at a time: other times, another charge."""
    first: dict[str, Any] = {
        "energy_kwh": 0.0,
        "ended_at": NOW - 69 * MINUTE,
        "cost": money("1"),
    }
    second = {**first, "started_at": NOW - 68 * MINUTE, "ended_at": NOW - 67 * MINUTE}
    books = Books()
    books.poll(bills=[bill("c1", **first), bill("c2", **second)])
    books.poll(after=DAY)
    assert len(books.charges()) == 2
