"""The charging switch: what it shows, and what counts as done."""

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from emulator import scenarios
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from .support import EVSE, Home, operator, place

pytestmark = pytest.mark.usefixtures("impatient")

LISTING = r"/personal/charge-points$"
END = r"/session/\d+/end$"
START = r"/session/start$"
DRIVER = "3001"
TEXTS = json.loads(
    (
        Path(__file__).parents[2]
        / "custom_components/ev_charging_cloud/translations/en.json"
    ).read_text(encoding="utf-8")
)


def shown(events: list[Event[Any]], entity_id: str) -> list[str]:
    """Return the states that an entity showed, one after the other."""
    return [
        event.data["new_state"].state
        for event in events
        if event.data["entity_id"] == entity_id
    ]


def issues(home: Home) -> list[ir.IssueEntry]:
    """Return what stands under repairs."""
    registry = ir.async_get(home.hass)
    return [one for one in registry.issues.values() if one.active]


async def failure(home: Home, on: bool, evse: str = EVSE) -> str:
    """Turn a switch, which must fail, and return the key of the text."""
    with pytest.raises(HomeAssistantError) as caught:
        await home.switch(on, evse)
    key = caught.value.translation_key
    assert key in TEXTS["exceptions"]
    return str(key)


async def charging(home: Home) -> None:
    """Set up an account at which a car charges."""
    home.world.start(EVSE, DRIVER)
    await home.advance(30)
    await home.set_up()
    assert home.value("charging") == "on"


async def test_the_requested_state_is_shown_at_once(home: Home) -> None:
    """Before anything is sent, and only once."""
    await home.set_up()
    entity_id = home.entity_id("charging")
    sent: list[int] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == entity_id:
            sent.append(home.asked("session_start"))

    home.hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    await home.switch(True)
    assert sent == [0]
    assert home.value("charging") == "on"


async def test_a_start_returns_when_the_charger_has_started(home: Home) -> None:
    """Not when the operator has only said yes."""
    await home.set_up()
    action = await home.begin_switch(True)
    assert not action.done()
    await home.finish(action)
    assert home.session().state == "active"
    assert home.coordinator.requested == {}


async def test_a_stop_returns_when_the_charger_has_stopped(home: Home) -> None:
    """And the event is there by then."""
    await charging(home)
    action = await home.begin_switch(False)
    assert home.value("charging") == "off"
    assert not action.done()
    await home.finish(action)
    assert home.world.evse(EVSE).session is None
    assert home.value("charging") == "off"
    assert home.state("session").attributes["event_type"] == "finished"


async def test_the_state_is_never_called_assumed(home: Home) -> None:
    """What is requested is shown for a limited time and then confirmed."""
    await home.set_up()
    events = async_capture_events(home.hass, EVENT_STATE_CHANGED)
    await home.switch(True)
    await home.switch(False)
    entity_id = home.entity_id("charging")
    assert shown(events, entity_id) == ["on", "off"]
    for event in events:
        assert not event.data["new_state"].attributes.get("assumed_state")


@operator(lag=12)
async def test_a_stale_reading_after_a_command_does_not_flip_the_switch(
    home: Home,
) -> None:
    """The operator shows for a while what was before."""
    await home.set_up()
    events = async_capture_events(home.hass, EVENT_STATE_CHANGED)
    for on in (True, False):
        action = await home.begin_switch(on)
        view = home.coordinator.view("CP0012345", EVSE)
        assert view is not None
        assert (view.running is None) is on
        assert home.value("charging") == ("on" if on else "off")
        await home.finish(action)
        await home.advance(60)
    assert shown(events, home.entity_id("charging")) == ["on", "off"]


async def test_a_start_while_the_own_session_runs_is_a_success(home: Home) -> None:
    """Nothing is sent."""
    await charging(home)
    await home.switch(True)
    assert home.asked("session_start") == 0
    assert len(home.world.sessions) == 1


async def test_a_start_of_a_session_that_was_not_read_yet_is_a_success(
    home: Home,
) -> None:
    """The driver was faster at the charger; no second session is asked for."""
    await home.set_up()
    home.world.start(EVSE, DRIVER, by="rfid")
    await home.switch(True)
    assert home.asked("session_start") == 0
    assert home.value("charging") == "on"


async def test_a_stop_of_an_ended_session_is_a_success(home: Home) -> None:
    """The driver was faster at the charger; the switch is off all the same."""
    await charging(home)
    home.world.unplug(EVSE)
    await home.switch(False)
    assert home.value("charging") == "off"


async def test_a_stop_without_a_session_sends_nothing(home: Home) -> None:
    """There is nothing to stop."""
    await home.set_up()
    await home.switch(False)
    assert home.asked("session_end") == 0


@pytest.mark.parametrize("kind", ["lose_answer", "hang_after", "reset", "hang"])
async def test_a_start_whose_answer_is_lost_is_sent_once(home: Home, kind: str) -> None:
    """Whether it was carried out shows only at the charger."""
    await home.set_up()
    home.emulator.faults.add(kind, path=START)
    if kind in ("lose_answer", "hang_after"):
        await home.switch(True)
        assert home.value("charging") == "on"
    else:
        assert await failure(home, True) == "start_not_confirmed"
        assert home.value("charging") == "off"
    assert home.asked("session_start") == 1


@pytest.mark.parametrize("kind", ["lose_answer", "hang_after"])
async def test_a_stop_whose_answer_is_lost_is_confirmed_by_the_charger(
    home: Home, kind: str
) -> None:
    """It was carried out, so it is a success."""
    await charging(home)
    home.emulator.faults.add(kind, path=END)
    await home.switch(False)
    assert home.value("charging") == "off"
    assert home.asked("session_end") == 1


async def test_a_start_that_stays_pending_is_not_confirmed(home: Home) -> None:
    """The operator has a session, but the charger never begins."""
    await home.set_up()
    action = await home.begin_switch(True)
    home.emulator.faults.add(
        "mutate",
        path=LISTING,
        operations=[
            {"op": "set", "path": "/data/0/evses/0/status", "value": "preparing"},
            {"op": "set", "path": "/data/0/evses/0/session/status", "value": "pending"},
            {
                "op": "set",
                "path": "/data/0/evses/0/session/chargingState",
                "value": "eVConnected",
            },
        ],
    )
    with pytest.raises(HomeAssistantError) as caught:
        await home.finish(action)
    assert caught.value.translation_key == "start_not_confirmed"
    assert home.coordinator.requested == {}


async def test_a_stop_that_is_not_carried_out_opens_a_repair(home: Home) -> None:
    """The switch says again what is true; the repair goes when the session ends."""
    await charging(home)
    home.emulator.faults.add("status", status=202, body="", path=END)
    assert await failure(home, False) == "stop_not_confirmed"
    assert home.value("charging") == "on"
    (issue,) = issues(home)
    assert issue.translation_key == "still_charging"
    assert issue.translation_placeholders == {"charge_point": "Garage"}
    await home.poll()
    assert len(issues(home)) == 1
    home.world.unplug(EVSE)
    await home.poll()
    assert issues(home) == []
    assert home.value("charging") == "off"


@operator(stop_routes=frozenset({"stop"}))
async def test_an_operator_without_end_is_asked_to_stop(home: Home) -> None:
    """A 404 says nothing about the session, so it is read, and stopped otherwise."""
    await charging(home)
    await home.switch(False)
    assert home.world.evse(EVSE).session is None
    assert (home.asked("session_end"), home.asked("session_stop")) == (1, 1)


@operator(stop_routes=frozenset())
async def test_a_stop_that_is_not_found_is_no_end(home: Home) -> None:
    """The car charges on, so the switch stays on and the user is told."""
    await charging(home)
    assert await failure(home, False) == "refused_not_stoppable"
    assert home.value("charging") == "on"
    assert home.session().state == "active"


@pytest.mark.parametrize("answer", ["empty202", "empty204"])
async def test_a_stop_may_be_answered_with_nothing(home: Home, answer: str) -> None:
    """Success is what the charger shows."""
    home.emulator.ampeco.profile = type(home.emulator.ampeco.profile)(
        end_answer=answer  # type: ignore[arg-type]
    )
    await charging(home)
    await home.switch(False)
    assert home.value("charging") == "off"


async def test_of_several_commands_the_last_one_wins(home: Home) -> None:
    """On, off and on again within a second ends in a session that runs."""
    await home.set_up()
    actions = [await home.begin_switch(on) for on in (True, False, True)]
    await home.finish(*actions)
    await home.advance(60)
    assert home.value("charging") == "on"
    assert home.session().state == "active"


async def test_off_after_on_ends_in_no_session(home: Home) -> None:
    """The first command ends without an error."""
    await home.set_up()
    actions = [await home.begin_switch(on) for on in (True, False)]
    await home.finish(*actions)
    await home.advance(60)
    assert home.value("charging") == "off"
    assert home.world.evse(EVSE).session is None


@pytest.mark.parametrize("cause", ["charger", "car"])
async def test_a_paused_charge_counts_as_on(home: Home, cause: str) -> None:
    """Otherwise nobody could stop it; the other sensor says that nothing flows."""
    await charging(home)
    if cause == "charger":
        home.world.set_evse(EVSE, held=True)
    else:
        home.world.set_car("car-1", wants_energy=False)
    await home.poll()
    assert home.value("charging") == "on"
    assert home.value("is_charging") == "off"
    assert home.value("status") == f"suspended_ev{'se' if cause == 'charger' else ''}"
    await home.switch(False)
    assert home.value("charging") == "off"


async def test_a_session_that_only_prepares_counts_as_on(home: Home) -> None:
    """It was asked for and can be stopped."""
    await home.set_up()
    home.world.start(EVSE, DRIVER)
    await home.poll()
    assert home.value("status") == "preparing"
    assert home.value("charging") == "on"


@place(scenarios.fleet, charge_points=1, evses_each=2)
async def test_two_sockets_are_switched_independently(home: Home) -> None:
    """Neither command waits for the other."""
    await home.set_up()
    one, two = "700001", "700002"
    actions = [await home.begin_switch(True, evse) for evse in (one, two)]
    assert [home.session(evse).state for evse in (one, two)] == ["starting"] * 2
    await home.finish(*actions)
    await home.switch(False, one)
    assert home.value("charging", one) == "off"
    assert home.value("charging", two) == "on"
    assert home.session(two).state == "active"
