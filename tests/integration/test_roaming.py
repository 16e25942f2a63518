"""Sessions at places of others: what they cost, and where they are shown."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from custom_components.ev_charging_cloud import records
from custom_components.ev_charging_cloud.const import ELSEWHERE
from custom_components.ev_charging_cloud.providers.catalogue import BACKENDS
from custom_components.ev_charging_cloud.providers.model import (
    Cost,
    CostState,
    Ownership,
)
from custom_components.ev_charging_cloud.providers.provider import Capability
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event

from .roaming import KEY, RoamingBackend, ended, session
from .roaming_home import ACCOUNT, RoamingHome, make_entry, roaming_home

FIRST = "L1/E1"


@pytest.fixture
async def home(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RoamingHome]:
    """Return a Home Assistant with an account that is not set up yet."""
    backend = RoamingBackend()
    monkeypatch.setitem(BACKENDS, KEY, backend)
    async with roaming_home(hass, backend.place, make_entry()) as found:
        yield found


def kinds(home: RoamingHome) -> list[str]:
    """Return what the place elsewhere has reported last, or nothing."""
    found = home.state("session", ELSEWHERE).attributes.get("event_type")
    return [] if found is None else [found]


def reported(home: RoamingHome) -> list[str]:
    """Return what the place elsewhere reports from now on, in its order."""
    found: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            found.append(state.attributes["event_type"])

    entity_id = home.entity_id("session", ELSEWHERE)
    async_track_state_change_event(home.hass, entity_id, note)
    return found


def energy(home: RoamingHome) -> str:
    """Return the energy of the session elsewhere."""
    return home.value("session_energy", ELSEWHERE)


async def test_cost_is_called_roaming_cost(home: RoamingHome) -> None:
    """Net, in the currency of the session, counted anew in each one."""
    home.place.sessions[1] = session(1, FIRST)
    await home.set_up()
    cost = home.state("roaming_cost", FIRST)
    assert cost.state == "0.60"
    assert cost.attributes["friendly_name"] == "Location 1 Roaming cost"
    assert cost.attributes["unit_of_measurement"] == "EUR"
    assert cost.attributes["device_class"] == "monetary"
    assert cost.attributes["state_class"] == "total"
    assert cost.attributes["last_reset"] == "2025-03-30T12:01:00+00:00"
    price = home.state("roaming_price", FIRST)
    assert price.state == "0.30"
    assert price.attributes["friendly_name"] == "Location 1 Roaming price"
    assert price.attributes["unit_of_measurement"] == "EUR/kWh"
    for key in ("session_cost", "session_net_cost", "price"):
        assert not home.has(key, FIRST)
    bill = Cost(currency="EUR", state=CostState.FINAL, net=Decimal("1.20"))
    home.place.sessions[1] = ended(session(1, FIRST), cost=bill)
    await home.poll()
    assert home.value("roaming_cost", FIRST) == "1.20"
    assert home.state("session", FIRST).attributes["cost_state"] == "final"


async def test_without_roaming_cost_is_called_as_before(home: RoamingHome) -> None:
    """The two names exclude each other."""
    home.place.capabilities -= {Capability.ROAMING}
    home.place.sessions[1] = session(1, FIRST)
    await home.set_up()
    assert home.value("session_net_cost", FIRST) == "0.60"
    assert home.value("price", FIRST) == "0.30"
    assert not home.has("roaming_cost", FIRST)
    assert not home.has("roaming_price", FIRST)


async def test_a_session_at_a_location_not_picked_is_elsewhere(
    home: RoamingHome,
) -> None:
    """The one that started last, until it ends; then the next one."""
    home.place.sizes = 4
    home.place.sessions = {
        2: session(2, "L2/E1"),
        3: session(3, "L3/E1"),
        4: session(4, "L4/E1", ownership=Ownership.FOREIGN),
    }
    await home.pick(1)
    await home.set_up()
    assert energy(home) == "4.0"
    assert home.value("status", ELSEWHERE) == "charging"
    assert home.value("roaming_cost", ELSEWHERE) == "0.60"
    told = reported(home)
    home.place.sessions[3] = ended(home.place.sessions[3], energy_kwh=5.0)
    await home.poll()
    assert energy(home) == "3.0"
    assert told == ["finished", "started"]
    assert home.place.asked.count("3") == 0
    home.place.sessions[2] = ended(home.place.sessions[2], energy_kwh=6.0)
    await home.poll()
    assert energy(home) == "6.0"
    assert home.value("power", ELSEWHERE) == "0.0"
    assert told == ["finished", "started", "finished"]
    async with records.borrowed(home.hass) as ledger:
        kept = await (await ledger.account(ACCOUNT)).sessions()
    assert {one.id: one.energy_kwh for one in kept} == {"2": 6.0, "3": 5.0, "4": 5.0}


async def test_what_is_shown_elsewhere_stays_until_it_ends(home: RoamingHome) -> None:
    """Else its count would begin twice, and an end would be told that was none."""
    home.place.sizes = 3
    home.place.sessions = {2: session(2, "L2/E1")}
    await home.pick(1)
    await home.set_up()
    home.place.sessions[3] = session(3, "L3/E1")
    await home.poll()
    assert energy(home) == "3.0"
    assert kinds(home) == []


async def test_a_silent_session_makes_room_without_an_end(home: RoamingHome) -> None:
    """It is still there, and nobody knows whether it is over."""
    home.place.sizes = 3
    home.place.sessions = {2: session(2, "L2/E1")}
    await home.pick(1)
    await home.set_up()
    told = reported(home)
    home.place.sessions = {2: session(2, "L2/E1", stale=True)}
    await home.poll()
    assert energy(home) == "3.0"
    home.place.sessions[3] = session(3, "L3/E1")
    await home.poll()
    assert energy(home) == "4.0"
    home.place.sessions[3] = ended(home.place.sessions[3])
    await home.poll()
    assert energy(home) == "4.0"
    assert told == ["started", "finished"]


async def test_a_bill_reaches_the_place_elsewhere(home: RoamingHome) -> None:
    """Also long after the session."""
    home.place.sizes = 2
    home.place.sessions = {2: session(2, "L2/E1")}
    await home.pick(1)
    await home.set_up()
    home.place.sessions[2] = over = ended(home.place.sessions[2])
    await home.poll()
    assert home.value("roaming_cost", ELSEWHERE) == "0.60"
    bill = Cost(currency="EUR", state=CostState.FINAL, net=Decimal("1.20"))
    home.place.sessions[2] = ended(over, cost=bill)
    await home.poll()
    assert home.value("roaming_cost", ELSEWHERE) == "1.20"


async def test_a_session_leaves_when_its_location_is_picked(home: RoamingHome) -> None:
    """It is shown once, and did not end by that."""
    home.place.sizes = 2
    home.place.sessions = {2: session(2, "L2/E1")}
    await home.pick(1)
    await home.set_up()
    assert energy(home) == "3.0"
    await home.pick(1, 2)
    assert energy(home) == "unknown"
    assert home.value("power", ELSEWHERE) == "0.0"
    assert home.value("session_energy", "L2/E1") == "3.0"
    assert kinds(home) == []
    home.place.sessions[2] = ended(home.place.sessions[2])
    await home.poll()
    assert energy(home) == "unknown"
    assert kinds(home) == []
    assert home.state("session", "L2/E1").attributes["event_type"] == "finished"


async def test_a_session_that_its_token_shows_is_not_elsewhere(
    home: RoamingHome,
) -> None:
    """A driver has a place of its own."""
    home.place.sizes = 2
    home.place.sessions = {2: session(2, "L2/E1")}
    await home.pick(1)
    await home.set_up()
    assert energy(home) == "3.0"
    home.place.drivers = (session(2, "L2/E1"),)
    await home.poll()
    assert energy(home) == "unknown"
    assert home.value("session_energy", "driver0") == "3.0"
    assert kinds(home) == []


async def test_places_unknown_and_locations_not_picked_share_the_place(
    home: RoamingHome,
) -> None:
    """And what nobody asked for this time stays."""
    home.place.sizes = 2
    home.place.elsewhere = (session(9),)
    home.place.sessions = {2: session(2, "L2/E1")}
    await home.pick(1)
    await home.set_up()
    assert energy(home) == "10.0"
    home.place.elsewhere = None
    await home.poll()
    assert energy(home) == "10.0"
    home.place.elsewhere, home.place.past = (), (ended(session(9), energy_kwh=11.0),)
    await home.poll()
    assert energy(home) == "3.0"
    assert home.place.asked.count("9") == 0
    home.place.past = ()
    del home.place.sessions[2]
    await home.poll()
    assert "2" in home.place.asked
    assert kinds(home) == ["finished"]


async def test_what_was_taken_out_of_a_small_account_stays_out(
    home: RoamingHome,
) -> None:
    """A location that somebody hides is not brought back elsewhere."""
    home.hass.config_entries.async_update_entry(
        home.entry, options={"excluded": ["L2"]}
    )
    home.place.sizes = 2
    home.place.sessions = {2: session(2, "L2/E1")}
    await home.set_up()
    assert energy(home) == "unknown"


async def test_other_accounts_show_elsewhere_what_they_did(home: RoamingHome) -> None:
    """The first that the back end names, and nothing of what is hidden."""
    home.place.capabilities -= {Capability.ROAMING}
    home.place.sizes = 2
    home.place.sessions = {2: session(2, "L2/E1")}
    home.place.elsewhere = (session(8), session(9))
    await home.pick(1)
    await home.set_up()
    assert energy(home) == "9.0"


async def test_a_session_elsewhere_can_be_stopped(home: RoamingHome) -> None:
    """Like any other that is the user's own."""
    home.place.sizes = 2
    home.place.sessions = {2: session(2, "L2/E1")}
    await home.pick(1)
    await home.set_up()
    await home.act("button", "press", home.entity_id("stop", ELSEWHERE))
    assert home.place.commands == [("stop", "2")]
    assert home.value("power", ELSEWHERE) == "0.0"
