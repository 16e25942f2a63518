"""Tokens that expire, and what Home Assistant makes of it."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.oauth import Tokens
from homeassistant.config_entries import ConfigEntryState

from .support import Home, operator, save_tokens

pytestmark = pytest.mark.usefixtures("flowing")

LISTING = r"/personal/charge-points$"


def alone(tokens: Tokens) -> Tokens:
    """Return an access token that nothing renews."""
    return Tokens(access=tokens.access)


def reasons(home: Home) -> list[str]:
    """Return why dialogs wait for the user."""
    return [one["context"]["source"] for one in home.flows()]


async def test_an_expired_token_is_renewed_unnoticed(home: Home) -> None:
    """One token request, no question to the user, and the data goes on."""
    await home.set_up()
    home.emulator.ampeco.tokens.expire_access()
    home.world.unplug("148964")
    await home.poll()
    assert home.value("status") == "available"
    assert home.asked("token") == 1
    assert reasons(home) == []


@operator(access_lifetime=3600)
async def test_a_token_is_renewed_before_it_expires(home: Home) -> None:
    """No request is ever refused for its age."""
    await home.set_up()
    for _ in range(20):
        await home.next_poll()
    assert home.asked("token") == 1
    assert {one.status for one in home.emulator.requests} <= {200, 404}


async def test_a_token_that_cannot_be_renewed_asks_the_user(home: Home) -> None:
    """A dead refresh token is tried once, never in a loop."""
    await home.set_up()
    home.emulator.ampeco.tokens.revoke_all()
    await home.poll()
    assert home.value("status") == "unavailable"
    assert reasons(home) == ["reauth"]
    await home.advance(3600)
    await home.poll()
    assert home.asked("token") == 1
    assert reasons(home) == ["reauth"]


async def test_without_a_refresh_token_the_user_is_asked_at_once(home: Home) -> None:
    """The token endpoint is not called at all."""
    await save_tokens(home.hass, home.emulator, alone)
    await home.set_up()
    home.emulator.ampeco.tokens.expire_access()
    await home.poll()
    assert home.value("status") == "unavailable"
    assert home.asked("token") == 0
    assert reasons(home) == ["reauth"]


@pytest.mark.parametrize("refresh", [True, False], ids=["dead", "none"])
async def test_a_dead_token_at_the_start_asks_the_user(
    home: Home, refresh: bool
) -> None:
    """Set-up ends, and the page of integrations asks for a sign-in."""
    if not refresh:
        await save_tokens(home.hass, home.emulator, alone)
    home.emulator.ampeco.tokens.revoke_all()
    await home.set_up(ConfigEntryState.SETUP_ERROR)
    assert reasons(home) == ["reauth"]
    assert home.asked("token") == int(refresh)


async def test_a_fault_of_the_token_endpoint_is_no_question_to_the_user(
    home: Home,
) -> None:
    """An outage while renewing is an outage: it passes by itself."""
    await home.set_up()
    home.emulator.ampeco.tokens.expire_access()
    fault = home.emulator.faults.add("status", status=503, path=r"/oauth/token$")
    await home.poll()
    assert home.value("status") == "preparing"
    assert reasons(home) == []
    home.emulator.faults.clear(fault)
    await home.advance(120)
    await home.poll()
    assert home.coordinator.last_update_success
    assert reasons(home) == []


async def test_the_end_of_a_session_read_with_a_dead_token_asks_the_user(
    home: Home,
) -> None:
    """Also where only the second read of a poll is refused."""
    await save_tokens(home.hass, home.emulator, alone)
    home.world.start("148964", "3001")
    home.world.clock.advance(timedelta(seconds=60))
    await home.set_up()
    home.world.unplug("148964")
    home.emulator.faults.add("status", status=401, path=r"/session/\d+$")
    await home.poll()
    assert reasons(home) == ["reauth"]


async def test_a_renewed_token_is_saved_before_its_first_use(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """A process that ends during the first request with it loses nothing."""
    await home.set_up()
    home.emulator.ampeco.tokens.expire_access()
    home.emulator.faults.add("status", status=401, path=LISTING, count=1)
    slow = home.emulator.faults.add("hang", path=LISTING)
    poll = asyncio.create_task(home.coordinator.async_refresh())
    for _ in range(100_000):
        if slow.hits:
            break
        await asyncio.sleep(0)
    stored = next(
        one["data"] for key, one in hass_storage.items() if "cloud.tokens." in key
    )
    kept = msgspec.convert(stored, Tokens)
    assert home.emulator.ampeco.tokens.driver_of(kept.access) == "3001"
    home.emulator.faults.clear(slow)
    await poll


async def test_an_unreadable_token_file_asks_the_user(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """What a file once held does not stop Home Assistant."""
    for key, one in hass_storage.items():
        if "cloud.tokens." in key:
            one["data"] = {"access": 7}
    await home.set_up(ConfigEntryState.SETUP_ERROR)
    assert reasons(home) == ["reauth"]
