"""Start and stop: never a false success, always a reason."""

from datetime import timedelta
import json
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    CommandRefusedError,
    ForbiddenError,
    ProviderError,
    ProviderTimeoutError,
    ResponseError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.evnnovator.drivers import TRAP
from custom_components.ev_charging_cloud.providers.model import Session, SessionState

from .support import (
    CDR,
    LATEST,
    MINUTE,
    NOW,
    PLACE,
    SESSION_ID,
    START,
    STOP,
    TOKEN_UID,
    UID,
    Account,
    account,
    cdr_answer,
    example,
    known,
    part,
    report,
    session_answer,
    written,
)

EVSE = ("driver_p1", "driver_p1")
ACCEPTED = example("command_accepted")
REJECTED = example("command_rejected")
NEW = "f" * 32
OVER = session_answer(status="COMPLETED", session_id=None)


def ready(*answers: Any, **values: str) -> Any:
    """Return an account with a registered driver at the usual place."""
    bodies = {START: ACCEPTED, STOP: ACCEPTED, **dict(answers)}
    return account(bodies, part(**{**PLACE, **values}), cursors=known())


async def refused(found: Account) -> str:
    """Start, and return why that was refused."""
    with pytest.raises(CommandRefusedError) as caught:
        await found.provider.start(*EVSE)
    return caught.value.reason


def sent(found: Account, path: str) -> list[Any]:
    """Return the bodies that were sent to a path."""
    return [json.loads(one.body) for one in found.gateway.seen if path in one.path]


def begun(session: Session) -> bool:
    """Tell whether Home Assistant would take a session for a start that worked."""
    return session.state is SessionState.ACTIVE and not session.stale


async def test_a_start_sends_the_fact_sheets_body() -> None:
    """Key for key, with a limit."""
    wanted = example("start_session")
    async with ready(limit_kwh="1") as found:
        assert await found.provider.start(*EVSE) is None
        (body,) = sent(found, START)
        assert found.gateway.paths() == [f"GET {LATEST}", f"POST {START}"]
    assert body.keys() == wanted.keys()
    assert body == {
        **PLACE,
        "token_uid": UID,
        "autostop_session": {"type": "ENERGY", "value": 1},
    }
    assert isinstance(body["autostop_session"]["value"], int)


@pytest.mark.parametrize(
    ("limit", "value"),
    [("", None), ("0", None), ("7.5", 7.5), ("7,5", 7.5), (" 20 ", 20)],
)
async def test_a_limit_is_sent_only_if_it_is_set(limit: str, value: Any) -> None:
    """Nothing else stops a charge."""
    async with ready(limit_kwh=limit) as found:
        await found.provider.start(*EVSE)
        (body,) = sent(found, START)
    assert body.get("autostop_session") == (
        None if value is None else {"type": "ENERGY", "value": value}
    )


@pytest.mark.parametrize("limit", ["full", "-1", "NaN", "1e400"])
async def test_a_limit_that_says_nothing_starts_nothing(limit: str) -> None:
    """A charge without the limit is not what the user wants."""
    async with ready(limit_kwh=limit) as found:
        assert await refused(found) == "not_startable"
        assert found.gateway.paths() == []


@pytest.mark.parametrize("missing", PLACE)
async def test_a_start_needs_a_place(missing: str) -> None:
    """Location and EVSE come from the driver's settings."""
    async with ready(**{missing: " "}) as found:
        assert await refused(found) == "no_place"
        assert found.gateway.paths() == []


async def test_a_driver_that_nobody_registered_starts_nothing() -> None:
    """The call for the token would register him, so it is not made."""
    async with account({START: ACCEPTED}, part(**PLACE)) as found:
        assert await refused(found) == "unknown_driver"
        assert found.gateway.paths() == []


async def test_a_registered_driver_gets_the_token_of_a_new_place_on_the_way() -> None:
    """And it is kept."""
    cursors = {key: value for key, value in known().items() if "registered" in key}
    bodies = {START: ACCEPTED, TOKEN_UID: example("token_uid")}
    async with account(bodies, part(**PLACE), cursors=cursors) as found:
        await found.provider.start(*EVSE)
        assert sent(found, START)[0]["token_uid"] == UID
        assert found.gateway.paths()[0] == f"GET {TOKEN_UID}"
        assert (await found.poll()).cursors == {**known(), "bills": "[]"}


async def test_a_driver_that_the_gateway_forgot_is_refused() -> None:
    """With a reason."""
    cursors = {key: value for key, value in known().items() if "registered" in key}
    async with account({START: ACCEPTED}, part(**PLACE), cursors=cursors) as found:
        assert await refused(found) == "unknown_driver"


async def test_a_start_of_a_driver_that_is_gone_is_refused() -> None:
    """The entity may live a little longer than the driver."""
    async with ready() as found:
        with pytest.raises(CommandRefusedError, match="not_found"):
            await found.provider.start("driver_p9", "driver_p9")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (REJECTED, "rejected"),
        ({"result": "rejected"}, "rejected"),
        ({"result": "NOT_SUPPORTED"}, "rejected"),
        (404, "not_found"),
    ],
)
async def test_a_start_that_is_refused(answer: Any, reason: str) -> None:
    """A reason that can be translated."""
    async with ready((START, answer)) as found:
        assert await refused(found) == reason
        assert len(sent(found, START)) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (401, AuthenticationError),
        (403, ForbiddenError),
        (422, ResponseError),
        (500, ServerError),
        ({"result": "TIMEOUT"}, ProviderTimeoutError),
        ({"result": "LEVITATED"}, ResponseError),
        ({"result": None}, ResponseError),
        ({}, ResponseError),
        (b"", ResponseError),
        ([], ResponseError),
    ],
    ids=str,
)
async def test_a_start_that_went_wrong(answer: Any, error: type[ProviderError]) -> None:
    """Never taken for a success, and never sent again."""
    async with ready((START, answer)) as found:
        with pytest.raises(error):
            await found.provider.start(*EVSE)
        assert len(sent(found, START)) == 1


async def test_the_session_before_is_not_taken_for_the_new_one() -> None:
    """It is shown as stale for a while, whatever it reports."""
    fresh = session_answer(session_id=None)
    async with ready((LATEST, fresh)) as found:
        assert begun(await found.latest())
        assert await found.provider.start(*EVSE) is None
        trapped = await found.latest(wait=10 * timedelta(seconds=1))
        assert not begun(trapped)
        assert trapped.running
        assert trapped.evse_status is None
        now = found.gateway.now
        found.gateway.answers[LATEST] = report(
            now, 0.0, id=NEW, start_datetime=written(now)
        )
        assert begun(await found.latest(wait=timedelta(seconds=20)))


async def test_an_ended_session_before_is_not_taken_for_the_new_one() -> None:
    """Nor does it run again."""
    async with ready((LATEST, OVER)) as found:
        assert await found.provider.start(*EVSE) is None
        assert not begun(await found.latest())


async def test_a_start_that_was_accepted_without_a_session_shows_none() -> None:
    """There is nothing to confirm it with."""
    async with ready((LATEST, 404)) as found:
        assert await found.provider.start(*EVSE) is None
        for wait in found.provider.policy.after_command:
            assert (await found.evse(wait=wait)).session is None


async def test_a_session_of_the_same_id_that_began_anew_is_the_new_one() -> None:
    """By its start, within the error of a clock."""
    async with ready((LATEST, session_answer(session_id=None))) as found:
        await found.provider.start(*EVSE)
        early = written(NOW - timedelta(seconds=59))
        found.gateway.answers[LATEST] = session_answer(start_datetime=early)
        assert begun(await found.latest())


async def test_after_a_while_the_session_before_is_shown_as_it_is() -> None:
    """The start came to nothing; the old one may well run."""
    async with ready((LATEST, session_answer(session_id=None))) as found:
        await found.provider.start(*EVSE)
        late = TRAP + timedelta(seconds=1)
        assert found.provider.policy.command_limit < TRAP
        assert not begun(await found.latest(wait=TRAP))
        assert begun(await found.latest(wait=late - TRAP))


async def test_a_refused_start_leaves_the_session_before_as_it_is() -> None:
    """Nothing new is to come."""
    answers = (LATEST, session_answer(session_id=None)), (START, REJECTED)
    async with ready(*answers) as found:
        await refused(found)
        assert begun(await found.latest())


async def flowing(found: Account, **changes: Any) -> None:
    """Let the latest session draw 6 kW as of now."""
    for kwh in (1.0, 1.1):
        found.gateway.now += MINUTE
        now = found.gateway.now
        found.gateway.answers[LATEST] = report(now, kwh, **changes)
        await found.poll()


async def test_a_start_while_energy_flows_there_sends_nothing() -> None:
    """It is what the user wants already."""
    async with ready() as found:
        await flowing(found)
        session = await found.provider.start(*EVSE)
        assert session is not None
        assert (session.id, session.power_kw) == (SESSION_ID, pytest.approx(6))
        assert sent(found, START) == []


async def test_a_start_while_energy_flows_elsewhere_is_refused() -> None:
    """One driver charges once; what runs is not what was asked for."""
    async with ready(evse_uid="other") as found:
        await flowing(found)
        assert await refused(found) == "not_startable"
        assert sent(found, START) == []


async def test_a_start_while_a_session_only_seems_to_run_is_sent() -> None:
    """Some operators never tell the end."""
    async with ready() as found:
        await flowing(found, session_id=None)
        found.gateway.now += 3 * MINUTE
        assert await found.provider.start(*EVSE) is None
        assert len(sent(found, START)) == 1
        assert not begun(await found.latest())


async def test_a_stop_sends_the_fact_sheets_body() -> None:
    """The gateway's id, not the operator's."""
    wanted = example("stop_session")
    async with ready((LATEST, session_answer())) as found:
        await found.provider.stop(await found.latest())
        (body,) = sent(found, STOP)
    assert body.keys() == wanted.keys()
    assert body == {"session_id": SESSION_ID}


@pytest.mark.parametrize(
    "answer", [REJECTED, {"result": "UNKNOWN_SESSION"}, 404], ids=str
)
async def test_a_stop_that_is_refused(answer: Any) -> None:
    """With a reason that can be translated."""
    async with ready((LATEST, session_answer()), (STOP, answer)) as found:
        with pytest.raises(CommandRefusedError, match="not_stoppable"):
            await found.provider.stop(await found.latest())


async def test_after_a_stop_the_cdr_is_looked_for_at_each_poll() -> None:
    """Where the operator never tells the end, nothing else confirms the stop."""
    async with ready((LATEST, session_answer())) as found:
        await found.provider.stop(await found.latest())
        assert (await found.latest(wait=timedelta(seconds=10))).running
        found.gateway.answers[CDR] = cdr_answer()
        session = await found.latest(wait=timedelta(seconds=20))
        assert session.state is SessionState.COMPLETED
        assert found.gateway.paths().count(f"GET {CDR}") == 2


async def test_a_stop_without_a_cdr_costs_requests_only_for_a_while() -> None:
    """Then the session is as it was."""
    async with ready((LATEST, session_answer())) as found:
        await found.provider.stop(await found.latest())
        for _ in range(20):
            await found.poll(MINUTE)
        assert found.gateway.paths().count(f"GET {CDR}") == 5
