"""Starting a charge, and not stopping one."""

from datetime import timedelta
import json
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    CommandRefusedError,
    ForbiddenError,
    ProviderError,
    ResponseError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.model import Session, SessionState
from custom_components.ev_charging_cloud.providers.provider import Capability
from emulator import SimulatedClock, World
from emulator.depot_scenario import TAG
from emulator.depotfinity.profile import PACKAGES

from ..support import FIXTURES, answers, host
from .support import MINUTE, NOON, Depot, depot, open_provider, settings

COMMAND = "/remoteCommands/startChargingSession"


def waiting(world: World, evse: str = "1-1") -> None:
    """Put a bus at a connector."""
    world.set_car("bus-1", soc_percent=30)
    world.plug(evse, "bus-1")


async def refusal(found: Depot, charger: str = "CH-1", evse: str = "CH-1/1") -> str:
    """Return why a start is refused."""
    with pytest.raises(CommandRefusedError) as caught:
        await found.provider.start(charger, evse)
    return caught.value.reason


async def test_a_start_is_sent_once_and_seen_soon() -> None:
    """Consent is no proof; the next polls bring the charge."""
    async with depot() as found:
        await found.poll()
        waiting(found.world)
        assert await found.provider.start("CH-1", "CH-1/1") is None
        assert found.asked("command") == 1
        for gap in (0, 5, 10, 20):
            await found.poll(timedelta(seconds=gap))
            session = found.evse().session
            if session is not None:
                break
        assert session is not None
        assert session.running


async def test_what_a_start_sends(http: aiohttp.ClientSession) -> None:
    """The connector as a number, and the tag."""
    accepted = json.loads((FIXTURES / "depotfinity/command_accepted.json").read_bytes())
    async with host(answers({COMMAND: accepted})) as served:
        kept = settings(served.url, chargers="CH 1/x:2", id_tag="TAG-7")
        provider = open_provider(http, SimulatedClock(NOON), kept)
        assert Capability.START in provider.capabilities
        await provider.start("CH 1/x", "CH 1/x/2")
        (sent,) = served.seen
    assert sent.method == "POST"
    path = "/v1/chargerControl/chargers/CH%201%2Fx/remoteCommands/startChargingSession"
    assert sent.path == path
    assert json.loads(sent.body) == {"connectorId": 2, "idTag": "TAG-7"}


async def test_a_start_needs_a_tag(http: aiohttp.ClientSession) -> None:
    """Without one the account offers none, and sends nothing."""
    async with host(answers({})) as served:
        kept = settings(served.url, chargers="CH-1")
        provider = open_provider(http, SimulatedClock(NOON), kept)
        assert Capability.START not in provider.capabilities
        with pytest.raises(CommandRefusedError) as caught:
            await provider.start("CH-1", "CH-1/1")
        assert caught.value.reason == "no_token"
        assert not served.seen


async def test_a_rejected_start() -> None:
    """The charger says no."""
    async with depot() as found:
        await found.poll()
        assert await refusal(found) == "rejected"
        found.change(rejects_commands=True)
        waiting(found.world)
        assert await refusal(found) == "rejected"


async def test_a_start_at_an_unknown_place() -> None:
    """The account knows it not, or the back end does not."""
    async with depot(kept={"chargers": "CH-9:1; CH-1:A"}) as found:
        await found.poll()
        assert await refusal(found, evse="CH-1/77") == "not_found"
        assert await refusal(found, evse="CH-1/A") == "not_found"
        assert found.asked("command") == 0
        assert await refusal(found, "CH-9", "CH-9/1") == "not_found"


async def test_a_start_without_the_package() -> None:
    """The feature is named from then on, and comes back when it works."""
    async with depot(packages=PACKAGES - {"chargerControl"}) as found:
        await found.poll()
        waiting(found.world)
        with pytest.raises(ForbiddenError):
            await found.provider.start("CH-1", "CH-1/1")
        await found.poll(MINUTE)
        assert found.snapshot.refused == {"remote_commands"}
        found.change(packages=PACKAGES)
        await found.provider.start("CH-1", "CH-1/1")
        await found.poll(MINUTE)
        assert found.snapshot.refused == frozenset()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"message": "bad"}, ResponseError),
        (500, {}, ServerError),
        (400, {"response": {"status": "Rejected"}}, CommandRefusedError),
        (200, {"response": {"status": "rejected"}}, CommandRefusedError),
        (200, {"response": {"status": "Unknown"}}, CommandRefusedError),
        (404, {}, CommandRefusedError),
        (200, {"response": {"status": "ACCEPTED"}}, None),
        (200, {}, None),
        (200, {"response": None}, None),
        (200, b"<html>", None),
    ],
)
async def test_answers_to_a_start(
    http: aiohttp.ClientSession, status: int, body: Any, error: type[Exception] | None
) -> None:
    """Whatever it is, the command is sent once."""
    async with host(answers({COMMAND: body}, {COMMAND: status})) as served:
        kept = settings(served.url, chargers="CH-1", id_tag=TAG)
        provider = open_provider(http, SimulatedClock(NOON), kept)
        if error is None:
            assert await provider.start("CH-1", "CH-1/1") is None
        else:
            with pytest.raises(ProviderError) as caught:
                await provider.start("CH-1", "CH-1/1")
            assert type(caught.value) is error
        assert len(served.seen) == 1


async def test_a_start_with_an_expired_token_is_sent_again() -> None:
    """It was not carried out the first time."""
    async with depot() as found:
        await found.poll()
        waiting(found.world)
        found.emulator.depotfinity.tokens.expire()
        await found.provider.start("CH-1", "CH-1/1")
        assert found.asked("command") == 2
        assert sum(one.stopped_at is None for one in found.world.sessions.values()) == 1


async def test_a_stop_is_never_sent() -> None:
    """What it needs is not documented."""
    session = Session(key="x", id="1", state=SessionState.ACTIVE, evse_id="CH-1/1")
    async with depot() as found:
        assert Capability.STOP not in found.provider.capabilities
        with pytest.raises(CommandRefusedError) as caught:
            await found.provider.stop(session)
        assert caught.value.reason == "not_stoppable"
        assert not found.emulator.requests
