"""Sessions at the places of others."""

from typing import Any

import pytest

from emulator import scenarios
from homeassistant.helpers import device_registry as dr

from .support import EVSE, Home, operator, place, settings

PUBLIC = "800500"
ELSEWHERE = "elsewhere"
ACTIVE = r"/session/active$"
at_the_mall = place(scenarios.public)


@at_the_mall
async def test_a_public_session_is_shown(home: Home) -> None:
    """Status, power, energy and cost, though the charger is not the driver's."""
    await home.advance(600)
    await home.set_up()
    session = home.session(PUBLIC)
    assert home.value("status", ELSEWHERE) == "charging"
    assert float(home.value("power", ELSEWHERE)) == 11.0
    assert float(home.value("session_energy", ELSEWHERE)) == pytest.approx(
        float(session.energy_wh) / 1000, abs=1e-3
    )
    assert float(home.value("session_cost", ELSEWHERE)) == float(
        home.world.bill(session.id)
    )


@at_the_mall
async def test_a_public_session_can_be_stopped(home: Home) -> None:
    """By a button, which is there as long as the session is."""
    await home.advance(60)
    await home.set_up()
    button = home.entity_id("stop", ELSEWHERE)
    assert home.value("stop", ELSEWHERE) == "unknown"
    await home.call("button", "press", button)
    assert home.world.evse(PUBLIC).session is None
    assert home.value("stop", ELSEWHERE) == "unavailable"
    assert home.value("power", ELSEWHERE) == "0.0"


@at_the_mall
async def test_a_session_that_must_not_be_stopped_has_no_button(home: Home) -> None:
    """The operator says whether it can be stopped from afar."""
    home.emulator.faults.add(
        "mutate",
        path=ACTIVE,
        operations=[
            {"op": "set", "path": "/session/isRemoteStopEnabled", "value": False}
        ],
    )
    await home.set_up()
    assert home.value("stop", ELSEWHERE) == "unavailable"


@at_the_mall
async def test_the_end_of_a_public_session_is_reported(home: Home) -> None:
    """With its cost."""
    await home.advance(60)
    await home.set_up()
    session = home.session(PUBLIC)
    home.world.unplug(PUBLIC)
    await home.advance(30)
    await home.poll()
    event = home.state("session", ELSEWHERE)
    assert event.attributes["event_type"] == "finished"
    assert event.attributes["cost"] == float(home.world.bill(session.id))


async def test_the_start_of_a_public_session_is_reported(home: Home) -> None:
    """When it is found."""
    world = scenarios.public(home.emulator.clock)
    home.world.add_charge_point(world.charge_points["PUB2100"])
    home.world.add_car(world.cars["car-9"])
    evse = home.world.evse(PUBLIC)
    evse.car, evse.session = None, None
    await home.set_up()
    home.world.plug(PUBLIC, "car-9")
    home.world.start(PUBLIC, "3001")
    await home.advance(400)
    await home.poll()
    event = home.state("session", ELSEWHERE)
    assert event.attributes["event_type"] == "started"


@at_the_mall
@operator(car_battery_percent=True)
async def test_the_car_s_battery_is_shown_where_the_station_says(home: Home) -> None:
    """The sensor appears with it."""
    await home.advance(60)
    await home.set_up()
    assert float(home.value("vehicle_battery", ELSEWHERE)) == 30


async def test_an_own_session_is_not_shown_twice(home: Home) -> None:
    """The route shows any session of the driver, also the one at home."""
    home.world.start(EVSE, "3001")
    await home.advance(60)
    await home.set_up()
    assert home.asked("session_active") == 1
    assert home.value("charging") == "on"
    assert home.value("session_energy", ELSEWHERE) == "unknown"
    assert home.value("stop", ELSEWHERE) == "unavailable"


async def test_without_a_public_session_it_is_asked_for_every_five_minutes(
    home: Home,
) -> None:
    """However often the account is read."""
    home.world.start(EVSE, "3001")
    await home.set_up()
    home.emulator.requests.clear()
    for _ in range(60):
        await home.advance(30)
    assert home.asked("charge_points") >= 30
    assert home.asked("session_active") == 6


@at_the_mall
async def test_while_one_runs_it_is_asked_for_at_every_poll(home: Home) -> None:
    """Power and energy are as fresh as at home."""
    await home.set_up()
    home.emulator.requests.clear()
    for _ in range(20):
        await home.next_poll()
    assert home.asked("session_active") == home.asked("charge_points") == 20


@operator(active_route=False)
@pytest.mark.parametrize(
    "body",
    [
        {"message": "The route api/v1/app/session/active could not be found."},
        {"message": "Route not found"},
        "no json",
    ],
    ids=["named", "short", "html"],
)
async def test_a_missing_route_is_asked_for_once(home: Home, body: Any) -> None:
    """A 404 that is not about a session says that there is no such route."""
    home.emulator.faults.add("status", status=404, body=body, path=ACTIVE)
    await home.set_up()
    for _ in range(5):
        await home.advance(400)
    assert home.asked("session_active") == 1


async def test_an_operator_without_the_route_is_never_asked(home: Home) -> None:
    """And has no such device."""
    home.hass.config_entries.async_update_entry(
        home.entry,
        data={
            **home.entry.data,
            "brand": "megatel",
            "settings": settings(home.emulator.url, brand="megatel"),
        },
    )
    await home.set_up()
    for _ in range(3):
        await home.advance(400)
    assert home.asked("session_active") == 0
    names = [
        one.name
        for one in dr.async_entries_for_config_entry(
            dr.async_get(home.hass), home.entry.entry_id
        )
    ]
    assert sorted(str(name) for name in names) == ["Garage", "Test operator"]


@at_the_mall
async def test_a_fault_of_the_route_costs_only_that_place(home: Home) -> None:
    """The driver's own chargers go on, and the session stays as it was."""
    await home.advance(60)
    await home.set_up()
    home.emulator.faults.add("html", path=ACTIVE)
    home.world.unplug(EVSE)
    for _ in range(4):
        await home.poll()
    assert home.value("status") == "available"
    assert home.value("status", ELSEWHERE) == "charging"
