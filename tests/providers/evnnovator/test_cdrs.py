"""When a CDR is asked for, and what it changes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    ResponseError,
)
from custom_components.ev_charging_cloud.providers.evnnovator.bills import (
    GAP,
    LONGEST,
    MOST,
    Bills,
)
from custom_components.ev_charging_cloud.providers.model import (
    CostState,
    Session,
    SessionState,
)

from .support import (
    CDR,
    LATEST,
    MINUTE,
    NOW,
    SESSION_ID,
    Account,
    account,
    cdr_answer,
    opened,
    session_answer,
)

HOUR = timedelta(hours=1)
NEXT_ID = "f" * 32


def over(**changes: Any) -> Any:
    """Return the session as ended by its own word."""
    return session_answer(status="COMPLETED", **changes)


def asked(found: Account) -> int:
    """Return how often the CDR was asked for since the last time."""
    return found.gateway.paths().count(f"GET {CDR}")


async def test_a_live_session_has_no_cdr_to_ask_for() -> None:
    """One request per driver and poll."""
    async with account({LATEST: session_answer()}) as found:
        for _ in range(20):
            await found.poll(MINUTE)
        assert found.gateway.paths() == [f"GET {LATEST}"] * 20


async def test_a_session_that_looks_over_is_asked_for_at_once() -> None:
    """And from then on the cost is final, without another request."""
    async with account({LATEST: over(), CDR: cdr_answer()}) as found:
        session = await found.latest()
        assert asked(found) == 1
        assert await found.latest(wait=HOUR) == session
        assert asked(found) == 0
    assert session.cost is not None
    assert session.cost.state is CostState.FINAL


async def test_a_cdr_that_is_not_there_is_asked_for_every_half_hour() -> None:
    """For a day, and then no more."""
    async with account({LATEST: over()}) as found:
        session = await found.latest()
        for _ in range(49 * 6):
            await found.poll(5 * MINUTE)
        assert asked(found) == LONGEST // GAP + 1
    assert session.cost is not None
    assert session.cost.state is CostState.PROVISIONAL


async def test_a_stale_session_is_asked_for_until_it_resumes() -> None:
    """A new silence begins with a new request."""
    async with account({LATEST: session_answer()}) as found:
        await found.poll(HOUR)
        assert asked(found) == 1
        now = found.gateway.now.isoformat()
        found.gateway.answers[LATEST] = session_answer(end_datetime=now)
        await found.poll(MINUTE)
        assert asked(found) == 0
        await found.poll(31 * MINUTE)
        assert asked(found) == 1


async def test_a_session_before_the_latest_still_gets_its_cdr() -> None:
    """It comes beside those at the drivers, once."""
    async with account({LATEST: over()}) as found:
        await found.poll()
        found.gateway.answers[LATEST] = session_answer(id=NEXT_ID, session_id="9")
        assert (await found.poll(MINUTE)).past == ()
        found.gateway.answers[CDR] = cdr_answer()
        (past,) = (await found.poll(31 * MINUTE)).past
        assert (past.id, past.evse_id) == (SESSION_ID, "driver_p1")
        assert past.cost is not None
        assert past.cost.gross == Decimal("53.1")
        assert (await found.poll(HOUR)).past == ()


async def test_a_session_waits_for_its_cdr_over_a_restart() -> None:
    """What is needed for that is kept with the sessions."""
    async with account({LATEST: over()}) as found:
        cursors = (await found.poll()).cursors
        found.gateway.answers[LATEST] = session_answer(id=NEXT_ID, session_id="9")
        found.gateway.answers[CDR] = cdr_answer()
        found.gateway.answers[f"sessions/{SESSION_ID}"] = over()
        http = found.provider.transport.connection.http
        again = opened(http, found.gateway, cursors=cursors)
        (past,) = (await again.poll(31 * MINUTE)).past
        assert past.id == SESSION_ID
        assert past.energy_kwh == 2.5
        kept = (await again.poll(MINUTE)).cursors
        assert SESSION_ID not in kept["bills"]


async def test_a_session_that_cannot_be_read_again_waits_on() -> None:
    """Its CDR would be of no use; after a day nobody asks any more."""
    async with account({LATEST: over()}) as found:
        cursors = (await found.poll()).cursors
        found.gateway.answers[LATEST] = 404
        http = found.provider.transport.connection.http
        again = opened(http, found.gateway, cursors=cursors)
        snapshot = await again.poll(31 * MINUTE)
        assert snapshot.past == ()
        assert SESSION_ID in snapshot.cursors["bills"]
        found.gateway.answers[f"sessions/{SESSION_ID}"] = 401
        with pytest.raises(AuthenticationError):
            await again.poll(31 * MINUTE)
        found.gateway.paths()
        assert (await again.poll(LONGEST)).cursors["bills"] == "[]"
        assert found.gateway.paths() == [f"GET {LATEST}"]


@pytest.mark.parametrize("kept", ["", "{", "[{}]", "null", '[{"driver":1}]'])
def test_what_was_kept_may_be_broken(kept: str) -> None:
    """Then nothing waits."""
    assert Bills(kept, {"driver_p1"}).kept == "[]"


def test_what_waited_for_a_driver_that_is_gone_waits_no_more() -> None:
    """The sessions of others are not asked for."""
    bills = Bills(None, {"driver_p1"})
    session = Session(key="r/1", id="1", state=SessionState.COMPLETED, reference="9")
    assert bills.want(session, "driver_p1", NOW)
    assert Bills(bills.kept, {"driver_p1"}).kept == bills.kept != "[]"
    assert Bills(bills.kept, {"driver_p2"}).kept == "[]"
    assert Bills(bills.kept.replace("Z", ""), {"driver_p1"}).kept == "[]"


def test_not_more_wait_than_can_be_asked_for() -> None:
    """The oldest give up."""
    bills = Bills(None, ())
    for number in range(MOST + 5):
        one = Session(
            key=f"r/{number}",
            id=str(number),
            state=SessionState.COMPLETED,
            reference=str(number),
        )
        bills.want(one, "driver_p1", NOW)
    assert len(list(bills.others(set(), NOW))) == MOST
    assert bills.session("0") is None


@pytest.mark.parametrize(
    "answer",
    [403, 500, 429, b"<html>", b"", {"status_code": 3000}, {"data": 5}, 302],
    ids=str,
)
async def test_a_cdr_that_cannot_be_read_costs_only_the_cdr(answer: Any) -> None:
    """The session stays as it is, and the next try comes half an hour later."""
    async with account({LATEST: over(), CDR: answer}) as found:
        snapshot = await found.poll()
        session = snapshot.charge_points["driver_p1"].evses[0].session
        assert session is not None
        assert session.cost is not None
        assert session.cost.state is CostState.PROVISIONAL
        assert snapshot.refused == ({"cdrs"} if answer == 403 else set())
        assert asked(found) >= 1
        await found.poll(MINUTE)
        assert asked(found) == 0
        found.gateway.answers[CDR] = cdr_answer()
        snapshot = await found.poll(30 * MINUTE)
        assert snapshot.refused == set()
        session = snapshot.charge_points["driver_p1"].evses[0].session
        assert session is not None
        assert session.cost is not None
        assert session.cost.state is CostState.FINAL


async def test_credentials_that_end_at_a_cdr_are_told() -> None:
    """They would at the next read."""
    async with account({LATEST: over(), CDR: 401}) as found:
        with pytest.raises(AuthenticationError):
            await found.poll()


@pytest.mark.parametrize(
    ("changes", "gross", "state"),
    [
        ({"total_cost_incl_vat": None}, None, CostState.FINAL),
        ({"total_cost_incl_vat": 44.0}, None, CostState.FINAL),
        ({"total_cost": None}, Decimal("53.1"), CostState.FINAL),
        ({"currency": None}, Decimal("53.1"), CostState.FINAL),
        ({"total_cost": 0, "total_cost_incl_vat": 0}, None, CostState.PROVISIONAL),
        (
            {"total_cost": None, "total_cost_incl_vat": None},
            None,
            CostState.PROVISIONAL,
        ),
        ({"total_cost": -1, "total_cost_incl_vat": -2}, None, CostState.PROVISIONAL),
    ],
)
async def test_a_cdrs_cost(
    changes: Any, gross: Decimal | None, state: CostState
) -> None:
    """What is missing or cannot be is not derived."""
    bodies = {LATEST: session_answer(), CDR: cdr_answer(**changes)}
    async with account(bodies, now=NOW + HOUR) as found:
        session = await found.latest()
    assert session.cost is not None
    assert session.cost.gross == gross
    assert session.cost.state is state
    assert (session.cost.vat is None) == (None in (session.cost.net, gross))


async def test_a_charge_that_a_tariff_gives_away_costs_nothing() -> None:
    """Only then is a zero believed."""
    free = [{"elements": [{"price_components": [{"price": "0.00"}]}]}]
    answer = cdr_answer(total_cost=0, total_cost_incl_vat=0, tariffs=free)
    async with account({LATEST: over(), CDR: answer}) as found:
        cost = (await found.latest()).cost
    assert cost is not None
    assert cost.gross == cost.vat == Decimal(0)
    assert cost.state is CostState.FINAL


async def test_a_cdr_that_ends_before_it_begins_keeps_the_sessions_times() -> None:
    """Times that cannot be are not taken."""
    answer = cdr_answer(stop_date_time="2026-01-05T09:00:00Z")
    async with account({LATEST: over(), CDR: answer}) as found:
        session = await found.latest()
    assert session.ended_at is not None
    assert session.started_at is not None
    assert session.ended_at > session.started_at
    assert session.duration == session.ended_at - session.started_at


async def test_a_failed_session_stays_failed() -> None:
    """Its CDR only says what it cost."""
    bodies = {LATEST: session_answer(status="INVALID"), CDR: cdr_answer()}
    async with account(bodies) as found:
        assert (await found.latest()).state is SessionState.FAILED


async def test_the_cdr_of_another_session_is_not_taken() -> None:
    """It says whose it is."""
    async with account({LATEST: over(), CDR: cdr_answer(cdr_id="9")}) as found:
        session = await found.latest()
    assert session.cost is not None
    assert session.cost.state is CostState.PROVISIONAL


async def test_one_session_is_read_with_its_cdr() -> None:
    """As is asked for when a session is no longer the latest."""
    bodies = {f"sessions/{SESSION_ID}": session_answer(), CDR: cdr_answer()}
    mine = Session(
        key=f"realm/{SESSION_ID}",
        id=SESSION_ID,
        state=SessionState.ACTIVE,
        evse_id="driver_p1",
    )
    async with account(bodies) as found:
        session = await found.provider.session(mine)
        assert (session.state, session.energy_kwh) == (SessionState.COMPLETED, 2.5)
        del found.gateway.answers[CDR]
        assert (await found.provider.session(mine)).energy_kwh == 2.5


async def test_a_session_that_runs_on_runs_when_it_is_read_by_id() -> None:
    """Fresh or stale."""
    bodies = {f"sessions/{SESSION_ID}": session_answer()}
    mine = Session(key=f"realm/{SESSION_ID}", id=SESSION_ID, state=SessionState.ACTIVE)
    async with account(bodies) as found:
        session = await found.provider.session(mine)
        assert (session.running, session.stale) == (True, False)
        found.gateway.now += HOUR
        session = await found.provider.session(mine)
        assert (session.running, session.stale) == (True, True)


@pytest.mark.parametrize(
    "answer", [session_answer(id="other"), {"status_code": 1000, "data": None}, 404]
)
async def test_another_session_than_was_asked_for_is_an_error(answer: Any) -> None:
    """So is none."""
    mine = Session(key="realm/1", id="1", state=SessionState.ACTIVE)
    async with account({"sessions/1": answer}) as found:
        with pytest.raises(ResponseError):
            await found.provider.session(mine)
