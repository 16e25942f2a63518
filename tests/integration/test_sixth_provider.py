"""A new back end gets its dialog and its entities without a line outside its folder."""

from decimal import Decimal

import pytest

from custom_components.ev_charging_cloud import records
from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.providers.catalogue import BACKENDS
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .sixth import SixthBackend


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add the one line to the catalogue."""
    monkeypatch.setitem(BACKENDS, "sixth", SixthBackend())


async def test_a_sixth_back_end_is_added_and_shown(hass: HomeAssistant) -> None:
    """From the dialog to a session, and to its end by the switch."""
    flows = hass.config_entries.flow
    flow = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    flow = await flows.async_configure(flow["flow_id"], {"provider": "sixth"})
    assert flow["step_id"] == "credentials"
    flow = await flows.async_configure(flow["flow_id"], {"access_token": "code"})
    assert flow["step_id"] == "charge_points"
    flow = await flows.async_configure(flow["flow_id"], {"charge_points": ["S"]})
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()

    def value(entity_id: str) -> str:
        found = hass.states.get(entity_id)
        assert found is not None
        return found.state

    assert value("sensor.sixth_charger_status") == "charging"
    assert value("sensor.sixth_charger_session_energy") == "1.5"
    assert value("sensor.sixth_charger_session_cost_without_vat") == "0.60"
    assert value("switch.sixth_charger_charging") == "on"

    await hass.services.async_call(
        "switch",
        "turn_off",
        {"entity_id": "switch.sixth_charger_charging"},
        blocking=True,
    )
    assert value("switch.sixth_charger_charging") == "off"
    assert value("sensor.sixth_charger_session_cost_without_vat") == "2.96"
    event = hass.states.get("event.sixth_charger_session")
    assert event is not None
    assert event.attributes["event_type"] == "finished"
    async with records.borrowed(hass) as ledger:
        account = await ledger.account("sixth_6")
        (kept,) = await account.sessions()
    assert kept.energy_kwh == 7.4
    assert kept.cost is not None
    assert kept.cost.gross == Decimal("3.58")
    await hass.config_entries.async_unload(flow["result"].entry_id)
