"""Starts and stops: sent once, refused in words, compared with what the world did."""

from datetime import timedelta
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    CommandRefusedError,
    ForbiddenError,
    ProviderConnectionError,
    ProviderError,
    ProviderTimeoutError,
    RateLimitError,
    ResponseError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.model import Session, SessionState
from emulator import Profile, SimulatedClock, scenarios

from .support import HASTY, PATIENT, START, Account, signed_in

POINT, EVSE = "CP0012345", "148964"
MINUTE = timedelta(minutes=1)
# A fault of a command, and the error that it ends in; none where the answer came.
SPOILED: list[tuple[str, dict[str, Any], type[ProviderError] | None]] = [
    ("status", {"status": 403}, ForbiddenError),
    ("status", {"status": 429}, RateLimitError),
    ("status", {"status": 500}, ServerError),
    ("status", {"status": 503}, ServerError),
    ("hang", {}, ProviderTimeoutError),
    ("reset", {}, ProviderConnectionError),
    ("lose_answer", {}, ProviderConnectionError),
    ("reset_mid_body", {}, ProviderConnectionError),
    ("redirect", {}, ResponseError),
    ("huge", {}, ResponseError),
    ("truncated", {}, None),
    ("nested", {}, None),
    ("html", {}, None),
]
EACH_SPOILED = pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        pytest.param(*one, id=f"{one[0]}-{one[1]['status']}" if one[1] else one[0])
        for one in SPOILED
    ],
)


@pytest.fixture
async def charging(account: Account) -> tuple[Account, Session]:
    """Return an account whose car charges since ten minutes."""
    session = await account.provider.start(POINT, EVSE)
    assert session is not None
    account.emulator.clock.advance(10 * MINUTE)
    account.emulator.requests.clear()
    return account, session


@EACH_SPOILED
async def test_a_start_is_never_sent_twice(
    kind: str, options: dict[str, Any], error: type[ProviderError] | None
) -> None:
    """Whatever happens to the answer, there is one request."""
    async with signed_in(limits=HASTY if kind == "hang" else PATIENT) as account:
        account.emulator.faults.add(kind, path="/session/start$", **options)
        if error is None:
            assert await account.provider.start(POINT, EVSE) is None
        else:
            with pytest.raises(ProviderError) as caught:
                await account.provider.start(POINT, EVSE)
            assert type(caught.value) is error
        assert account.asked("session_start") == 1


@EACH_SPOILED
async def test_a_stop_is_never_sent_twice(
    kind: str, options: dict[str, Any], error: type[ProviderError] | None
) -> None:
    """Whatever happens to the answer, there is one request."""
    async with signed_in(limits=HASTY if kind == "hang" else PATIENT) as account:
        account.world.start(EVSE, "3001")
        session = (await account.provider.charge_points())[0].evses[0].session
        assert session is not None
        account.emulator.faults.add(kind, path="/end$", **options)
        if error is None:
            await account.provider.stop(session)
        else:
            with pytest.raises(ProviderError) as caught:
                await account.provider.stop(session)
            assert type(caught.value) is error
        assert account.asked("session_end") == 1
        assert account.asked("session_stop") == 0


async def test_a_start_that_loses_its_answer_has_started(account: Account) -> None:
    """The world has one session, and a second start finds it."""
    account.emulator.faults.add("lose_answer", path="/session/start$")
    with pytest.raises(ProviderConnectionError):
        await account.provider.start(POINT, EVSE)
    assert list(account.world.sessions) == ["648418"]
    found = await account.provider.start(POINT, EVSE)
    assert found is not None
    assert found.id == "648418"
    assert account.asked("session_start") == 1


async def test_a_start_while_the_own_session_runs_is_a_success(
    charging: tuple[Account, Session],
) -> None:
    """Nothing is sent, and the running session is returned."""
    account, session = charging
    again = await account.provider.start(POINT, EVSE)
    assert again is not None
    assert again.id == session.id
    assert account.asked("session_start") == 0


async def test_a_start_without_a_car_is_refused_before_it_is_sent(
    account: Account,
) -> None:
    """Nobody starts a charger that has no cable in it."""
    account.world.unplug(EVSE)
    with pytest.raises(CommandRefusedError) as caught:
        await account.provider.start(POINT, EVSE)
    assert caught.value.reason == "no_car"
    assert account.asked("session_start") == 0


@pytest.mark.parametrize("state", ["faulted", "unavailable"])
async def test_a_start_of_a_charger_out_of_order_is_refused(
    account: Account, state: str
) -> None:
    """The charger's own word is enough."""
    account.world.set_evse(EVSE, state=state)
    with pytest.raises(CommandRefusedError) as caught:
        await account.provider.start(POINT, EVSE)
    assert caught.value.reason == "unavailable"
    assert account.asked("session_start") == 0


async def test_a_406_is_a_refusal(account: Account) -> None:
    """A full car cannot be started (fact sheet ampeco 6.4)."""
    account.world.set_car("car-1", soc_percent=100)
    with pytest.raises(CommandRefusedError) as caught:
        await account.provider.start(POINT, EVSE)
    assert caught.value.reason == "not_startable"
    assert account.asked("charge_points") == 2


async def test_a_406_because_it_already_runs_is_a_success(account: Account) -> None:
    """Somebody else was faster; the session is there."""
    account.emulator.faults.add(
        "mutate",
        path="/charge-points$",
        count=1,
        operations=[{"op": "set", "path": "/data/0/evses/0/session", "value": None}],
    )
    account.world.start(EVSE, "3001")
    session = await account.provider.start(POINT, EVSE)
    assert account.asked("session_start") == 1
    assert session is not None
    assert session.id == "648418"


@pytest.mark.parametrize("status", [404, 422])
async def test_a_start_of_an_unknown_evse_is_refused(
    account: Account, status: int
) -> None:
    """The operator does not know the id."""
    account.emulator.faults.add("status", path="/session/start$", status=status)
    with pytest.raises(CommandRefusedError) as caught:
        await account.provider.start(POINT, EVSE)
    assert caught.value.reason == "not_found"


@pytest.mark.parametrize(
    ("point", "evse"), [(POINT, "1"), ("CP1", EVSE)], ids=["evse", "charge-point"]
)
async def test_a_start_of_what_is_not_there_sends_nothing(
    account: Account, point: str, evse: str
) -> None:
    """Only what the last read shows can be started."""
    with pytest.raises(CommandRefusedError) as caught:
        await account.provider.start(point, evse)
    assert caught.value.reason == "not_found"
    assert account.asked("session_start") == 0


@pytest.mark.parametrize(
    ("brand", "form", "sent"),
    [("drivee", "id", EVSE), ("exploren", "identifier", "2317")],
)
async def test_each_operator_gets_the_id_it_wants(
    brand: str, form: Any, sent: str
) -> None:
    """The emulator refuses the other one."""
    stop_routes = frozenset({"end", "stop"})
    profile = Profile(start_id=form, stop_routes=stop_routes)
    async with signed_in(profile=profile, brand=brand) as account:
        session = await account.provider.start(POINT, EVSE)
        assert session is not None
        start = next(r for r in account.emulator.requests if r.kind == "session_start")
        assert start.body == {"evseId": sent}
        assert list(account.world.sessions) == [session.id]


@pytest.mark.parametrize("form", ["json", "empty202", "empty204"])
async def test_a_stop_ends_the_session(form: Any) -> None:
    """The body of the answer does not matter; the world does."""
    async with signed_in(profile=Profile(end_answer=form)) as account:
        session = await account.provider.start(POINT, EVSE)
        assert session is not None
        account.emulator.clock.advance(10 * MINUTE)
        await account.provider.stop(session)
        account.emulator.clock.advance(MINUTE)
        account.world.sync()
        assert not account.world.session(session.id).is_open
        assert account.world.session(session.id).stop_reason == "remote"


async def test_an_operator_without_end_is_stopped_by_stop() -> None:
    """The 404 of a call that is not there must not be read as "ended"."""
    profile = Profile(stop_routes=frozenset({"stop"}))
    async with signed_in(profile=profile) as account:
        session = await account.provider.start(POINT, EVSE)
        assert session is not None
        account.emulator.clock.advance(10 * MINUTE)
        await account.provider.stop(session)
        account.emulator.clock.advance(MINUTE)
        account.world.sync()
        assert not account.world.session(session.id).is_open
        assert (account.asked("session_end"), account.asked("session_stop")) == (1, 1)


async def test_an_operator_without_any_stop_is_not_believed() -> None:
    """Two times 404 while it still runs is a refusal, not a success."""
    profile = Profile(stop_routes=frozenset())
    async with signed_in(profile=profile) as account:
        session = await account.provider.start(POINT, EVSE)
        assert session is not None
        with pytest.raises(CommandRefusedError) as caught:
            await account.provider.stop(session)
        assert caught.value.reason == "not_stoppable"
        account.world.sync()
        assert account.world.session(session.id).is_open


async def test_a_stop_of_an_ended_session_is_a_success(
    charging: tuple[Account, Session],
) -> None:
    """The other call is not tried, because a read shows the end."""
    account, session = charging
    account.world.unplug(EVSE)
    await account.provider.stop(session)
    assert (account.asked("session_end"), account.asked("session_stop")) == (1, 0)


async def test_a_stop_where_the_session_cannot_be_read_looks_at_the_list(
    charging: tuple[Account, Session],
) -> None:
    """A 404 of the session itself says nothing; the list of charge points does."""
    account, session = charging
    account.emulator.faults.add("status", path="/session/648418$", status=404)
    account.emulator.faults.add("status", path="/(end|stop)$", status=404)
    with pytest.raises(CommandRefusedError):
        await account.provider.stop(session)
    account.world.unplug(EVSE)
    await account.provider.stop(session)


async def test_a_stop_that_cannot_be_checked_is_an_error(
    charging: tuple[Account, Session],
) -> None:
    """Without a read that shows the end no success is claimed."""
    account, session = charging
    account.emulator.faults.add("status", path="/end$", status=404)
    account.emulator.faults.add("status", method="GET", status=500)
    with pytest.raises(ServerError):
        await account.provider.stop(session)


async def test_a_stop_can_be_refused(charging: tuple[Account, Session]) -> None:
    """A 406 of a stop means that the charger will not."""
    account, session = charging
    account.emulator.faults.add("status", path="/end$", status=406)
    with pytest.raises(CommandRefusedError) as caught:
        await account.provider.stop(session)
    assert caught.value.reason == "not_stoppable"
    assert account.asked("session_stop") == 0


async def test_a_start_after_a_401_is_sent_with_the_new_token(account: Account) -> None:
    """A 401 proves that nothing was started, so the one repetition is safe."""
    account.emulator.faults.add("status", path="/session/start$", status=401, count=1)
    session = await account.provider.start(POINT, EVSE)
    assert session is not None
    assert account.asked("session_start") == 2
    assert account.asked("token") == 1
    assert list(account.world.sessions) == [session.id]


async def test_a_start_that_stays_401_gives_up(account: Account) -> None:
    """A new token that is not accepted either needs the user."""
    account.emulator.faults.add("status", path="/session/start$", status=401)
    with pytest.raises(AuthenticationError):
        await account.provider.start(POINT, EVSE)
    assert account.asked("session_start") == 2
    assert account.asked("token") == 1
    assert account.world.sessions == {}


async def test_a_session_that_ended_is_read_with_its_bill() -> None:
    """Energy and cost are those of the meter and the bill."""
    world = scenarios.single(SimulatedClock(START))
    async with signed_in(world) as account:
        session = await account.provider.start(POINT, EVSE)
        assert session is not None
        account.emulator.clock.advance(90 * MINUTE)
        world.unplug(EVSE)
        account.emulator.clock.advance(MINUTE)
        found = await account.provider.session(session)
        meter = world.meter(EVSE).sessions[session.id]
        assert found.state is SessionState.COMPLETED
        assert found.energy_kwh == pytest.approx(float(meter) / 1000, abs=0.001)
        assert found.cost is not None
        assert found.cost.gross == world.bill(session.id)
        assert found.stop_reason == "evdisconnected"
        assert sum(p.amount or 0 for p in found.periods) == pytest.approx(
            world.session(session.id).accrued(world.time), abs=0.0001
        )


@pytest.mark.parametrize("value", [None, {"id": "1"}, {}], ids=repr)
async def test_another_session_in_the_answer_is_an_error(
    charging: tuple[Account, Session], value: Any
) -> None:
    """A read of one session never returns another."""
    account, session = charging
    account.emulator.faults.add(
        "replace", path="/session/648418$", body={"session": value}
    )
    with pytest.raises(ResponseError):
        await account.provider.session(session)


async def test_a_restart_restarts(account: Account) -> None:
    """The world sees it."""
    await account.provider.restart(POINT)
    assert account.world.charge_point(POINT).is_rebooting(START)
    point = (await account.provider.charge_points())[0]
    assert point.restarting is True


async def test_a_restart_of_nothing_is_refused(account: Account) -> None:
    """A 404 means that there is no such charge point."""
    with pytest.raises(CommandRefusedError) as caught:
        await account.provider.restart("nowhere")
    assert caught.value.reason == "not_found"
