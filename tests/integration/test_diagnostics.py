"""What a user can send with a report."""

import json
from typing import Any

import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.ev_charging_cloud.storage import TokenFile
from emulator import scenarios
from homeassistant.setup import async_setup_component

from .support import ACCOUNT, CLIENT_SECRET, EVSE, Home, place

pytestmark = pytest.mark.usefixtures("flowing")

LISTING = r"/personal/charge-points$"


async def read(home: Home, client: ClientSessionGenerator) -> dict[str, Any]:
    """Download the diagnostics of the account."""
    assert await async_setup_component(home.hass, "diagnostics", {})
    found = await get_diagnostics_for_config_entry(home.hass, client, home.entry)
    assert isinstance(found, dict)
    return found


async def test_diagnostics_tell_how_the_account_does(
    home: Home, hass_client: ClientSessionGenerator
) -> None:
    """What is polled, how, and what came of it."""
    home.world.start(EVSE, "3001")
    await home.advance(60)
    await home.set_up()
    found = await read(home, hass_client)
    assert found["entry"] == {
        "backend": "ampeco",
        "brand": "ampeco",
        "method": "password",
    }
    assert found["polling"]["last_update_success"] is True
    assert found["polling"]["last_error"] is None
    assert found["polling"]["requests_total"] == 2
    assert found["hidden_charge_points"] == 0
    assert "start" in found["capabilities"]
    garage = found["charge_points"][0]
    assert garage["missed_polls"] == 0
    assert garage["charge_point"]["evses"][0]["status"] == "charging"
    assert garage["sessions"][0]["session"]["state"] == "active"


async def test_diagnostics_name_the_last_error(
    home: Home, hass_client: ClientSessionGenerator
) -> None:
    """By its class; its text is in the log."""
    await home.set_up()
    home.emulator.faults.add("html", path=LISTING)
    for _ in range(3):
        await home.poll()
    found = await read(home, hass_client)
    assert found["polling"]["last_update_success"] is False
    assert found["polling"]["last_error"] == "UpdateFailed"


@place(scenarios.public)
async def test_diagnostics_name_nobody(
    home: Home, hass_client: ClientSessionGenerator
) -> None:
    """Neither secrets nor ids nor names, wherever they stand."""
    home.world.start(EVSE, "3001")
    await home.advance(60)
    await home.set_up()
    tokens = await TokenFile(home.hass, ACCOUNT).load()
    assert tokens is not None
    # Home Assistant adds what it knows about any entry and integration itself.
    text = json.dumps(await read(home, hass_client))
    known = [
        tokens.access,
        str(tokens.refresh),
        CLIENT_SECRET,
        "driver@example.test",
        "charge-me-up",
        "CP0012345",
        "Garage",
        "PUB2100",
        *home.world.evses,
        *(evse.identifier for evse in home.world.evses.values()),
        *home.world.sessions,
        home.emulator.url,
        '"3001"',
    ]
    assert [one for one in known if one in text] == []


@place(scenarios.fleet, charge_points=3, evses_each=1)
async def test_diagnostics_count_what_is_hidden(
    home: Home, hass_client: ClientSessionGenerator
) -> None:
    """A charger that the user misses may only be hidden."""
    home.hass.config_entries.async_update_entry(
        home.entry, options={"excluded": ["CP0000002"]}
    )
    await home.set_up()
    assert (await read(home, hass_client))["hidden_charge_points"] == 1
