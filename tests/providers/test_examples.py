"""The JSON examples of the fact sheet, read by the provider over a socket."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.ampeco.provider import AmpecoProvider
from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    ClientRejectedError,
)
from custom_components.ev_charging_cloud.providers.model import (
    Connector,
    CostState,
    EvseStatus,
    Ownership,
    PeriodKind,
    Session,
    SessionState,
)
from custom_components.ev_charging_cloud.providers.oauth import Tokens

from .support import (
    FIXTURES,
    Host,
    Proven,
    answers,
    connection,
    example,
    host,
    open_provider,
    prove,
    settings,
)

EMPTY: Any = {"data": []}
READ = {
    "charge_points",
    "charge_points_empty",
    "price_periods",
    "profile",
    "session_active",
    "session_finished",
    "session_history",
    "session_running",
    "token",
    "token_invalid_client",
    "token_refresh",
    "unauthenticated",
}
NOT_USED = {
    "locations",
    "pins",
    "session_ongoing",
    "settings_global",
    "subscription_plans",
}


def running() -> Any:
    """Return the running session of fact sheet ampeco 6.3."""
    return example("session_running")["session"]


def with_session() -> Any:
    """Return the charge point list with the running session in place of its stub."""
    listing = example("charge_points")
    listing["data"][0]["evses"][0]["session"] = running()
    return listing


def account_at(served: Host, http: aiohttp.ClientSession) -> AmpecoProvider:
    """Open an account at a tiny server."""
    return open_provider(connection(http), settings(served.url), Tokens(access="t"))


def a_session(number: str = "900001") -> Session:
    """Return a session to ask for."""
    return Session(key=f"drivee/{number}", id=number, state=SessionState.ACTIVE)


def test_every_example_is_read_or_known_not_to_be_used() -> None:
    """A new example must be looked at."""
    names = {path.stem for path in (FIXTURES / "ampeco").glob("*.json")}
    assert names == READ | NOT_USED


async def test_charge_points(http: aiohttp.ClientSession) -> None:
    """Fact sheet ampeco 6.1, field by field."""
    async with host(answers({"/charge-points": with_session()})) as served:
        (point,) = await account_at(served, http).charge_points()
    assert (point.id, point.name) == ("CP0012345", "Garage")
    assert point.ownership is Ownership.OWN
    assert point.firmware == "6.3.0"
    assert point.restarting is False
    assert point.last_month_energy_kwh == 37.221
    assert point.last_month_cost == Decimal("0.000")
    (evse,) = point.evses
    assert (evse.id, evse.identifier) == ("700123", "4711")
    assert evse.status is EvseStatus.CHARGING
    assert evse.plugged_in is True
    assert (evse.max_power_kw, evse.current_type) == (11.0, "ac")
    assert evse.connectors == (Connector(type="Type 2", format="cable"),)


async def test_a_tariff(http: aiohttp.ClientSession) -> None:
    """The tariff of the same example."""
    async with host(answers({"/charge-points": with_session()})) as served:
        (point,) = await account_at(served, http).charge_points()
    tariff = point.evses[0].tariff
    assert tariff is not None
    assert (tariff.id, tariff.name, tariff.kind) == ("321", "Spot + fee", "energy tou")
    assert (tariff.price_per_kwh, tariff.minimum) == (Decimal("1.5"), Decimal("2.5"))
    assert tariff.currency == "DKK"
    assert (tariff.connection_fee, tariff.idle_fee_per_minute) == (None, None)


async def test_the_stub_of_a_session_is_a_session(http: aiohttp.ClientSession) -> None:
    """An id alone is enough; nothing else is known."""
    async with host(answers({"/charge-points": example("charge_points")})) as served:
        (point,) = await account_at(served, http).charge_points()
    session = point.evses[0].session
    assert session is not None
    assert session.id == "900001"
    assert (session.energy_kwh, session.cost, session.started_at) == (None, None, None)


async def test_no_charge_points(http: aiohttp.ClientSession) -> None:
    """An empty account."""
    bodies = {"/charge-points": example("charge_points_empty")}
    async with host(answers(bodies)) as served:
        snapshot = await account_at(served, http).snapshot()
    assert snapshot.charge_points == {}
    assert snapshot.elsewhere == ()


def assert_is_running_example(session: Session) -> None:
    """Check the figures of fact sheet ampeco 6.3."""
    assert session.id == "900001"
    assert session.state is SessionState.ACTIVE
    assert session.started_at == datetime(2025, 5, 4, 18, 0, 5, tzinfo=UTC)
    assert session.ended_at is None
    assert session.duration == timedelta(seconds=9000)
    assert session.idle == timedelta()
    assert session.energy_kwh == 8.2
    assert session.power_kw == 3.46
    assert session.evse_identifier == "4711"
    assert session.evse_status is EvseStatus.CHARGING
    assert session.cost is not None
    assert (session.cost.gross, session.cost.currency) == (Decimal("12.3"), "DKK")
    assert session.cost.state is CostState.RUNNING
    assert session.can_stop is True


async def test_a_running_session(http: aiohttp.ClientSession) -> None:
    """Fact sheet ampeco 6.3, as the session itself."""
    bodies = {"/session/900001": example("session_running")}
    async with host(answers(bodies)) as served:
        session = await account_at(served, http).session(a_session())
    assert_is_running_example(session)


async def test_a_running_session_inside_its_charge_point(
    http: aiohttp.ClientSession,
) -> None:
    """The same where the list of charge points carries it."""
    async with host(answers({"/charge-points": with_session()})) as served:
        (point,) = await account_at(served, http).charge_points()
    session = point.evses[0].session
    assert session is not None
    assert_is_running_example(session)
    assert session.evse_id == "700123"


async def test_an_active_session_at_a_public_station(
    http: aiohttp.ClientSession,
) -> None:
    """Fact sheet ampeco 6.7; the empty battery text is no empty battery."""
    active = example("session_active")
    active["session"] = {**running(), "isPersonal": False, "locationId": 2100}
    bodies = {"/charge-points": EMPTY, "/session/active": active}
    async with host(answers(bodies)) as served:
        snapshot = await account_at(served, http).snapshot()
    assert snapshot.elsewhere is not None
    (session,) = snapshot.elsewhere
    assert_is_running_example(session)
    assert session.vehicle_battery_percent is None


async def test_a_finished_session(http: aiohttp.ClientSession) -> None:
    """Fact sheet ampeco 6.8, with the fields of 6.3 that it omits."""
    finished = example("session_finished")
    finished["session"] = {
        **running(),
        **finished["session"],
        "totalAmount": finished["session"]["amount"],
    }
    async with host(answers({"/session/900001": finished})) as served:
        session = await account_at(served, http).session(a_session())
    assert session.state is SessionState.COMPLETED
    assert session.stop_reason == "remote"
    assert session.ended_at == datetime(2025, 5, 5, 5, 12, tzinfo=UTC)
    assert session.duration == timedelta(seconds=40_315)
    assert session.idle == timedelta(seconds=29_000)
    assert (session.energy_kwh, session.power_kw) == (10.5, 0.0)
    assert session.cost is not None
    assert (session.cost.gross, session.cost.state) == (
        Decimal("15.75"),
        CostState.FINAL,
    )
    (period,) = session.periods
    assert period.started_at == datetime(2025, 5, 4, 20, tzinfo=UTC)
    assert period.ended_at == datetime(2025, 5, 4, 21, tzinfo=UTC)
    assert (period.kind, period.amount) == (PeriodKind.CHARGING, Decimal("5.2"))


async def test_a_finished_session_as_short_as_the_example(
    http: aiohttp.ClientSession,
) -> None:
    """Without total and currency there is no cost, and no failure."""
    bodies = {"/session/900001": example("session_finished")}
    async with host(answers(bodies)) as served:
        session = await account_at(served, http).session(a_session())
    assert session.energy_kwh == 10.5
    assert session.cost is None


async def test_history(http: aiohttp.ClientSession) -> None:
    """Fact sheet ampeco 11."""
    history = example("session_history")
    history["session_history"][0]["session"] = {
        **running(),
        "status": "finished",
        "stoppedAt": "2025-05-05T05:12:00+00:00",
    }
    since, until = datetime(2025, 5, 1, tzinfo=UTC), datetime(2025, 6, 1, tzinfo=UTC)
    async with host(answers({"/session_history": history})) as served:
        provider = account_at(served, http)
        pages = [page async for page in provider.sessions(since, until)]
    ((session,),) = pages
    assert (session.id, session.place) == ("900001", "Garage")
    assert session.energy_kwh == 8.2


async def test_the_profile_names_the_account(http: aiohttp.ClientSession) -> None:
    """Fact sheet ampeco 6.9."""
    async with host(answers({"/profile": example("profile")})) as served:
        found = await account_at(served, http).account()
    assert found.id == "drivee_3001"


async def test_an_unauthenticated_call(http: aiohttp.ClientSession) -> None:
    """Fact sheet ampeco 3."""
    bodies = {"/charge-points": example("unauthenticated")}
    async with host(answers(bodies, {"/charge-points": 401})) as served:
        with pytest.raises(AuthenticationError):
            await account_at(served, http).snapshot()
    assert len(served.seen) == 1


async def sign_in(http: aiohttp.ClientSession, token: Any, status: int = 200) -> Proven:
    """Sign in by password at a server whose token endpoint gives an answer."""
    bodies = {
        "/oauth/token": token,
        "/profile": example("profile"),
        "/charge-points": EMPTY,
    }
    async with host(answers(bodies, {"/oauth/token": status})) as served:
        values = {
            "host": served.url,
            "username": "driver@example.test",
            "password": "password",
            "client_id": "1",
            "client_secret": "secret",
        }
        return await prove(http, "password", values)


async def test_a_token_answer(http: aiohttp.ClientSession) -> None:
    """Fact sheet ampeco 3, without a refresh token."""
    tokens = (await sign_in(http, example("token"))).tokens
    assert (tokens.access, tokens.refresh) == ("<jwt>", None)
    assert tokens.lifetime == 31_536_000


async def test_a_token_answer_with_a_refresh_token(http: aiohttp.ClientSession) -> None:
    """Fact sheet ampeco 3, as at Elaway."""
    tokens = (await sign_in(http, example("token_refresh"))).tokens
    assert (tokens.access, tokens.refresh) == ("<jwt>", "<opaque>")
    assert tokens.lifetime == 2_592_000


async def test_a_token_answer_for_a_wrong_client(http: aiohttp.ClientSession) -> None:
    """Fact sheet ampeco 3: the app's client, not the driver, is refused."""
    with pytest.raises(ClientRejectedError):
        await sign_in(http, example("token_invalid_client"), 401)


async def test_a_forecast(http: aiohttp.ClientSession) -> None:
    """Fact sheet ampeco 10; prices of a day that is over cannot be checked."""
    bodies = {
        "/charge-points": with_session(),
        "/price-periods": example("price_periods"),
    }
    async with host(answers(bodies)) as served:
        assert await account_at(served, http).forecast("700123") == ()
    assert served.seen[-1].path == "/api/v1/app/tariffs/tou/700123/price-periods"
