"""Which CDR belongs to which session."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.model import (
    ChargingPeriod,
    CostState,
    Ownership,
    SessionState,
)

from .bills_support import (
    DAY,
    END,
    MINUTE,
    NOW,
    START,
    TOKENS,
    Books,
    bill,
    key,
    money,
    reading,
)

OTHER = frozenset({"tag-2"})
OLD = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)

JOINED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "by the session's id, whatever else": (
        {},
        {
            "session": "s1",
            "tokens": OTHER,
            "evse_id": "elsewhere",
            "started_at": START + DAY,
            "ended_at": END + DAY,
            "energy_kwh": 99.0,
        },
    ),
    "by the session's id without a start": (
        {},
        {"session": "s1", "started_at": None, "ended_at": None},
    ),
    "by the reference": (
        {"reference": "ref-1"},
        {"reference": "ref-1", "tokens": OTHER, "evse_id": None, "energy_kwh": 99.0},
    ),
    "by the reference without a start": (
        {"reference": "ref-1"},
        {"reference": "ref-1", "started_at": None, "ended_at": None},
    ),
    "by the reference beside another name for the session": (
        {"reference": "ref-1"},
        {"reference": "ref-1", "session": "another"},
    ),
    "by token, EVSE, start and energy": ({}, {}),
    "by one of several tokens": ({"tokens": TOKENS | OTHER}, {"tokens": OTHER}),
    "where only the session has a reference": ({"reference": "ref-1"}, {}),
    "5 minutes later": ({}, {"started_at": START + 5 * MINUTE}),
    "5 minutes earlier": ({}, {"started_at": START - 5 * MINUTE}),
    "1 % more": ({}, {"energy_kwh": 10.1}),
    "1 % less": ({}, {"energy_kwh": 9.9}),
    "nothing at all": ({"energy_kwh": 0.0}, {"energy_kwh": 0.0}),
    "while the session is not yet told to end": ({"state": SessionState.ACTIVE}, {}),
}


@pytest.mark.parametrize("case", JOINED)
@pytest.mark.parametrize("first", ["session", "cdr", "restart"])
def test_joined(case: str, first: str) -> None:
    """The charge stands once, with the figures of the CDR and the session's key."""
    session, cdr = JOINED[case]
    books = Books()
    if first == "cdr":
        assert books.poll(bills=[bill(**cdr)]) == ()
        books.poll([reading(**session)], after=MINUTE)
    else:
        books.poll([reading(**session)])
        if first == "restart":
            books.restart()
        (news,) = books.poll(bills=[bill(**cdr)], after=MINUTE)
        assert news.key == key("s1")
        assert news.id == "S1"
        assert news.ownership is Ownership.OWN
    charge = books.only()
    assert charge.key == key("s1")
    assert charge.id == "S1"
    assert charge.place == "Example street"
    assert charge.cost == money("3", "3.63")
    assert charge.state is SessionState.COMPLETED
    assert charge.energy_kwh == cdr.get("energy_kwh", 10.0)
    assert charge.started_at == (cdr.get("started_at") or START)
    assert books.bills.unjoined == 0
    assert books.bills.oldest_held is None
    assert books.poll(bills=[bill(**cdr)], after=MINUTE) == ()
    assert books.poll(after=2 * DAY) == ()


# What keeps a CDR from a session, and whether it is for another charge for sure.
APART: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "more than 5 minutes later": (
        {},
        {"started_at": START + 5 * MINUTE + SECOND},
        True,
    ),
    "more than 5 minutes before": (
        {},
        {"started_at": START - 5 * MINUTE - SECOND},
        True,
    ),
    "more than 1 % more": ({}, {"energy_kwh": 10.11}, False),
    "more than 1 % less": ({}, {"energy_kwh": 9.89}, False),
    "another token": ({}, {"tokens": OTHER}, False),
    "another token and energy": ({}, {"tokens": OTHER, "energy_kwh": 20.0}, True),
    "another EVSE": ({}, {"evse_id": "elsewhere"}, False),
    "another EVSE and token": ({}, {"evse_id": "elsewhere", "tokens": OTHER}, True),
    "an unknown EVSE": ({"evse_id": None}, {}, False),
    "an unknown token": ({"tokens": frozenset()}, {}, False),
    "an unknown energy": ({"energy_kwh": None}, {}, False),
    "a session of unknown start": ({"started_at": None}, {}, False),
    "a CDR of unknown start": ({}, {"started_at": None}, False),
    "a CDR of 1970": ({}, {"started_at": OLD, "ended_at": OLD}, False),
    "another reference": ({"reference": "a"}, {"reference": "b"}, False),
    "a short attempt before": (
        {"ended_at": START + MINUTE, "energy_kwh": 0.0},
        {"started_at": START + MINUTE},
        True,
    ),
    "nothing taken by nobody before": (
        {"tokens": frozenset(), "ended_at": START + MINUTE, "energy_kwh": 0.0},
        {"started_at": START + MINUTE, "energy_kwh": 0.0},
        False,
    ),
    "a short attempt after": (
        {"started_at": START + 3 * MINUTE, "energy_kwh": 10.0},
        {"ended_at": START + 3 * MINUTE, "energy_kwh": 0.0},
        True,
    ),
    "a short attempt meanwhile": (
        {"ended_at": START + 2 * MINUTE, "energy_kwh": 0.0},
        {"started_at": START + MINUTE},
        False,
    ),
    "an invalid session": ({"state": SessionState.FAILED}, {"energy_kwh": 20.0}, True),
}


@pytest.mark.parametrize("case", APART)
def test_not_joined(case: str) -> None:
    """What is surely another charge becomes one after a day, the rest is reported."""
    session, cdr, sure = APART[case]
    books = Books()
    books.poll([reading(**session)])
    assert books.poll(bills=[bill(**cdr)]) == ()
    assert books.poll(after=DAY - SECOND) == ()
    assert books.bills.unjoined == 0
    assert books.bills.oldest_held == NOW
    news = books.poll(after=SECOND)
    assert [one.key for one in news] == (["cpo.example/cdr/nl/xyz/c1"] if sure else [])
    assert books.bills.unjoined == (not sure)
    assert not books.bills.oldest_held
    assert len(books.charges()) == 1 + sure
    books.restart()
    assert books.bills.unjoined == (not sure)
    assert books.poll(after=DAY) == ()
    assert len(books.charges()) == 1 + sure


def test_two_sessions_could_be_meant() -> None:
    """An ambiguous CDR joins neither, is told at once, and may be solved later."""
    books = Books()
    twins = [
        reading("s1", energy_kwh=0.0),
        reading("s2", energy_kwh=0.0, started_at=START + 2 * MINUTE),
    ]
    books.poll(twins)
    assert books.poll(bills=[bill("c1", energy_kwh=0.0, ended_at=START)]) == ()
    assert books.bills.unjoined == 1
    assert books.poll(after=3 * DAY) == ()
    books.restart()
    assert books.bills.unjoined == 1
    late = START + 2 * MINUTE
    second = bill("c2", session="s2", energy_kwh=0.0, started_at=late, cost=money("1"))
    news = books.poll(bills=[second])
    assert {one.key for one in news} == {key("s1"), key("s2")}
    assert books.bills.unjoined == 0
    assert books.charges()[key("s1")].cost == money("3", "3.63")
    assert books.charges()[key("s2")].cost == money("1")


def test_a_reference_of_two_sessions_does_not_tell() -> None:
    """Where a reference was used twice, the other marks tell."""
    later = START + 3 * 60 * MINUTE
    books = Books()
    books.poll(
        [
            reading("s1", reference="ref"),
            reading("s2", reference="ref", started_at=later, ended_at=later + MINUTE),
            reading("s3", tokens=OTHER, evse_id="elsewhere"),
        ]
    )
    unclear = bill("c0", reference="ref", tokens=OTHER, evse_id="elsewhere")
    assert books.poll(bills=[unclear]) == ()
    assert books.bills.unjoined == 1
    (news,) = books.poll(bills=[bill("c1", reference="ref")])
    assert news.key == key("s1")


def test_an_unnamed_session_is_not_taken_for_a_named_one() -> None:
    """The CDR of a second attempt waits for it, though the first looks the same."""
    books = Books()
    first: dict[str, Any] = {"energy_kwh": 0.0}
    second: dict[str, Any] = {"energy_kwh": 0.0, "started_at": START + 3 * MINUTE}
    books.poll([reading("s1", **first)], [bill("c2", session="s2", **second)])
    books.poll(bills=[bill("c1", session="s1", cost=money("1"), **first)])
    books.poll([reading("s2", **second)], after=2 * DAY)
    costs = {name: one.cost for name, one in books.charges().items()}
    assert costs == {key("s1"): money("1"), key("s2"): money("3", "3.63")}


def test_a_second_attempt_is_not_taken_for_the_cdr_of_the_first() -> None:
    """Without energy only the name tells two attempts apart."""
    books = Books()
    books.poll(bills=[bill(session="s1", energy_kwh=0.0)])
    books.poll(after=DAY)
    books.poll([reading("s2", energy_kwh=0.0, started_at=START + 3 * MINUTE)])
    assert set(books.charges()) == {key("s1"), key("s2")}


def test_a_cdr_that_calls_its_session_otherwise() -> None:
    """After a day all other marks outweigh a name that nobody knows."""
    books = Books()
    books.poll([reading("s1")])
    assert books.poll(bills=[bill(session="internal-7")]) == ()
    assert books.poll(after=DAY - SECOND) == ()
    (news,) = books.poll(after=SECOND)
    assert news.key == key("s1")
    assert books.only().cost == money("3", "3.63")


def test_what_the_session_and_the_cdr_know() -> None:
    """Times, energy and cost are the CDR's, the rest whoever's knows it."""
    period = ChargingPeriod(started_at=START, energy_kwh=9.95)
    books = Books()
    running = reading(
        "s1",
        state=SessionState.ACTIVE,
        periods=(ChargingPeriod(started_at=START),),
        ownership=Ownership.UNKNOWN,
        place=None,
        power_kw=7.0,
        stale=True,
        can_stop=True,
    )
    cdr = bill(
        session="s1",
        started_at=START + MINUTE,
        ended_at=END + MINUTE,
        energy_kwh=9.95,
        ownership=Ownership.OWN,
        evse_identifier="NL*XYZ*E1",
        place="Other words",
        idle=MINUTE,
        periods=(period,),
    )
    (news,) = books.poll([running], [cdr])
    shown = books.bills.settled(running.session)
    for one in (news, shown):
        assert one.state is SessionState.COMPLETED
        assert (one.started_at, one.ended_at) == (START + MINUTE, END + MINUTE)
        assert one.duration == 60 * MINUTE
        assert one.energy_kwh == 9.95
        assert one.ownership is Ownership.OWN
        assert one.evse_identifier == "NL*XYZ*E1"
        assert one.place == "Other words"
        assert one.idle == MINUTE
        assert (one.power_kw, one.stale, one.can_stop) == (0.0, False, False)
    assert news.periods == (period,)
    credit = bill("c1-c", session="s1", credit=True, credited="c1", energy_kwh=9.95)
    (news,) = books.poll(bills=[credit])
    assert news.periods == ()


def test_an_invalid_session_stays_failed() -> None:
    """Even where somebody bills it."""
    books = Books()
    books.poll([reading(state=SessionState.FAILED)])
    (news,) = books.poll(bills=[bill(session="s1")])
    assert news.state is SessionState.FAILED
    assert news.cost == money("3", "3.63")


def test_a_cdr_whose_end_makes_no_sense() -> None:
    """The session's times stand."""
    books = Books()
    books.poll([reading("s1")])
    wrong: dict[str, Any] = {"started_at": None, "ended_at": START - MINUTE}
    (news,) = books.poll(bills=[bill(session="s1", **wrong)])
    assert (news.started_at, news.ended_at) == (START, END)
    assert news.duration == END - START


def test_a_session_whose_start_moves() -> None:
    """It is known by its latest start, and forgotten with all it was known by."""
    books = Books()
    pending: dict[str, Any] = {
        "state": SessionState.PENDING,
        "ended_at": None,
        "energy_kwh": 0.0,
    }
    books.poll([reading(started_at=START - DAY, reference="old", **pending)])
    books.poll([reading(reference="new", updated_at=NOW + MINUTE)])
    (news,) = books.poll(bills=[bill()])
    assert news.key == key("s1")
    books.poll(after=61 * DAY)
    before = bill("c2", started_at=START - DAY, reference="old")
    assert books.poll(bills=[before]) == ()


def test_a_cdr_that_says_little() -> None:
    """What it does not know stays as the session had it."""
    books = Books()
    books.poll([reading("s1", energy_kwh=7.0)])
    nothing: dict[str, Any] = {
        "started_at": None,
        "ended_at": None,
        "energy_kwh": None,
        "cost": None,
    }
    (news,) = books.poll(bills=[bill(session="s1", **nothing)])
    assert (news.started_at, news.ended_at, news.energy_kwh) == (START, END, 7.0)
    assert news.cost == money("2.9", state=CostState.PROVISIONAL)
