"""What the sensors show, and that counts neither dip nor jump."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from emulator import Profile, scenarios
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import State
from homeassistant.util import dt as dt_util

from .support import EVSE, Home, operator, place

DRIVER = "3001"
LISTING = r"/personal/charge-points$"
COUNTS = pytest.mark.parametrize("key", ["session_energy", "session_cost"])


def spoil(home: Home, path: str, value: Any, count: int | None = None) -> None:
    """Let something stand somewhere at the only EVSE."""
    home.emulator.faults.add(
        "mutate",
        path=LISTING,
        count=count,
        operations=[
            {"op": "set", "path": f"/data/0/evses/0/{path}", "value": value},
        ],
    )


def reset(home: Home, key: str) -> str:
    """Return the moment from which a sensor counts."""
    found: str = home.state(key).attributes["last_reset"]
    return found


async def charge(home: Home) -> None:
    """Let a car charge for a while, and read it."""
    await home.set_up()
    home.world.start(EVSE, DRIVER)
    await home.poll()
    for _ in range(4):
        await home.advance(120)
        await home.poll()


@pytest.mark.parametrize(
    "profile",
    [
        pytest.param(Profile(moved_start=2), id="two-seconds"),
        pytest.param(Profile(moved_start=600), id="ten-minutes"),
    ],
    indirect=True,
)
@COUNTS
async def test_the_beginning_of_a_count_never_moves(home: Home, key: str) -> None:
    """The charger corrects its start; the count goes on."""
    await home.set_up()
    home.world.start(EVSE, DRIVER)
    await home.poll()
    first = reset(home, key)
    assert first == home.emulator.clock.now().isoformat()
    for _ in range(6):
        await home.advance(120)
        await home.poll()
        assert reset(home, key) == first
    home.world.unplug(EVSE)
    await home.poll()
    assert reset(home, key) == first


@COUNTS
async def test_a_restart_changes_no_count(home: Home, key: str) -> None:
    """Neither the value nor its beginning."""
    await charge(home)
    before = home.state(key)
    await home.reload()
    after = home.state(key)
    assert after.state == before.state
    assert after.attributes["last_reset"] == before.attributes["last_reset"]


@COUNTS
@pytest.mark.parametrize("value", [0, None, "0"], ids=["zero", "null", "text"])
async def test_a_count_does_not_dip_inside_a_session(
    home: Home, key: str, value: object
) -> None:
    """What is 0 or missing for one poll is not believed."""
    await charge(home)
    before = home.value(key)
    assert float(before) > 0
    field = "energy" if key == "session_energy" else "totalAmount"
    spoil(home, f"session/{field}", value, count=1)
    await home.poll()
    assert home.value(key) == before


@COUNTS
async def test_the_next_session_counts_from_its_own_start(home: Home, key: str) -> None:
    """It is written as zero first, so that statistics see where it begins."""
    await charge(home)
    first = reset(home, key)
    home.world.stop(home.session().id)
    await home.advance(30)
    await home.poll()
    events = async_capture_events(home.hass, EVENT_STATE_CHANGED)
    home.world.start(EVSE, DRIVER)
    home.emulator.clock.advance(timedelta(minutes=2))
    await home.poll()
    states: list[State] = [
        event.data["new_state"]
        for event in events
        if event.data["entity_id"] == home.entity_id(key)
    ]
    assert [float(one.state) > 0 for one in states] == [False, True]
    assert {one.attributes["last_reset"] for one in states} == {reset(home, key)}
    assert reset(home, key) > first


@COUNTS
async def test_an_end_and_a_start_in_one_reading_are_both_written(
    home: Home, key: str
) -> None:
    """First the end of the one with its beginning, then the other from zero."""
    await charge(home)
    first = reset(home, key)
    home.world.stop(home.session().id)
    home.emulator.clock.advance(timedelta(seconds=30))
    home.world.start(EVSE, DRIVER)
    home.emulator.clock.advance(timedelta(minutes=2))
    events = async_capture_events(home.hass, EVENT_STATE_CHANGED)
    await home.poll()
    states: list[State] = [
        event.data["new_state"]
        for event in events
        if event.data["entity_id"] == home.entity_id(key)
    ]
    second = reset(home, key)
    beginnings = [one.attributes["last_reset"] for one in states]
    assert beginnings[-2:] == [second, second]
    assert set(beginnings[:-2]) <= {first}
    assert float(states[-2].state) == 0
    assert float(states[-1].state) > 0


async def test_energy_and_cost_fit_the_energy_dashboard(home: Home) -> None:
    """Classes and units are what statistics and the dashboard want."""
    await charge(home)
    energy, cost = home.state("session_energy"), home.state("session_cost")
    assert energy.attributes["state_class"] == "total"
    assert energy.attributes["device_class"] == "energy"
    assert energy.attributes["unit_of_measurement"] == "kWh"
    assert cost.attributes["state_class"] == "total"
    assert cost.attributes["device_class"] == "monetary"
    assert cost.attributes["unit_of_measurement"] == "DKK"


async def test_the_minimum_price_holds_from_the_first_energy_on(home: Home) -> None:
    """Cost is the operator's figure, whatever the energy would cost."""
    await home.set_up()
    home.world.start(EVSE, DRIVER)
    await home.poll()
    assert float(home.value("session_cost")) == 0
    await home.advance(60)
    await home.poll()
    assert float(home.value("session_cost")) == 2.5


async def test_nothing_for_energy_is_not_believed(home: Home) -> None:
    """A cost that the operator does not know yet is unknown, not free."""
    await home.set_up()
    spoil(home, "session/totalAmount", 0)
    home.world.start(EVSE, DRIVER)
    home.emulator.clock.advance(timedelta(minutes=2))
    await home.poll()
    assert home.value("session_cost") == "unknown"
    assert float(home.value("session_energy")) > 0


@operator(car_battery_percent=True)
async def test_the_battery_of_the_car_is_shown_where_it_is_reported(home: Home) -> None:
    """And rises while it charges."""
    await home.set_up()
    assert home.value("vehicle_battery") == "35.0"
    assert home.state("vehicle_battery").attributes["device_class"] == "battery"


async def test_without_a_report_there_is_no_battery(home: Home) -> None:
    """Most chargers do not know it."""
    await home.set_up()
    keys = {
        entity.unique_id.rpartition("_evse_148964_")[2] for entity in home.entities()
    }
    assert "vehicle_battery" not in keys
    assert "status" in keys


async def test_a_battery_appears_with_its_first_report(home: Home) -> None:
    """Without a reload, and it stays where the report stops."""
    await home.set_up()
    spoil(home, "carBatteryPercent", "57")
    await home.poll()
    assert home.value("vehicle_battery") == "57.0"
    home.emulator.faults.clear()
    await home.poll()
    assert home.value("vehicle_battery") == "unknown"
    await home.reload()
    assert home.value("vehicle_battery") == "unknown"


async def test_the_price_is_the_one_that_holds_now(home: Home) -> None:
    """All included, in the tariff's currency for a kWh."""
    await home.set_up()
    tariff = home.world.evse(EVSE).tariff
    price = home.state("price")
    assert float(price.state) == pytest.approx(
        float(tariff.price_at(home.world.time).all_in), abs=1e-5
    )
    assert price.attributes["unit_of_measurement"] == "DKK/kWh"
    assert price.attributes["state_class"] == "measurement"
    await home.advance(3600)
    assert float(home.value("price")) == pytest.approx(
        float(tariff.price_at(home.world.time).all_in), abs=1e-5
    )


async def test_a_tariff_without_a_price_shows_unknown(home: Home) -> None:
    """A price is never made up."""
    await home.set_up()
    spoil(home, "tariff/pricing/pricePerKwh", None)
    await home.poll()
    assert home.value("price") == "unknown"
    spoil(home, "tariff", None)
    await home.poll()
    assert home.value("price") == "unknown"


async def test_power_is_zero_without_a_session(home: Home) -> None:
    """A free charger gives nothing."""
    await home.set_up()
    assert home.value("power") == "0.0"


async def test_power_is_the_charger_s_while_it_charges(home: Home) -> None:
    """In kW."""
    await charge(home)
    assert float(home.value("power")) == home.world.evse(EVSE).power_w / 1000
    home.world.unplug(EVSE)
    await home.poll()
    assert home.value("power") == "0.0"


@pytest.mark.parametrize("word", ["dreaming", "charging"])
async def test_power_is_unknown_where_nobody_says(home: Home, word: str) -> None:
    """Without a session a charger that charges, or does who knows what, is not at 0."""
    await home.set_up()
    spoil(home, "status", word)
    await home.poll()
    assert home.value("power") == "unknown"


async def test_values_of_a_session_are_unknown_before_the_first_one(home: Home) -> None:
    """Unknown, not 0: nothing has been seen."""
    await home.set_up()
    assert home.value("session_energy") == "unknown"
    assert home.value("session_cost") == "unknown"
    assert home.state("session_cost").attributes["unit_of_measurement"] == "DKK"


@operator(car_battery_percent=True)
@place(scenarios.fleet, charge_points=1, evses_each=2, charging=2)
async def test_at_most_ten_entities_of_a_socket_are_enabled(home: Home) -> None:
    """Whoever wants more turns them on."""
    await home.advance(60)
    await home.set_up()
    for evse in ("700001", "700002"):
        enabled = [
            entity.unique_id
            for entity in home.entities()
            if f"_evse_{evse}_" in entity.unique_id and entity.disabled_by is None
        ]
        assert 8 <= len(enabled) <= 10


@pytest.mark.usefixtures("everything_enabled")
async def test_what_is_off_by_default_is_right_too(home: Home) -> None:
    """Start, duration and idle time of the session, and the month."""
    await charge(home)
    session = home.session()
    assert dt_util.parse_datetime(home.value("session_start")) == session.started_at
    assert 7 <= float(home.value("session_duration")) <= 8
    assert float(home.value("session_idle")) == 0
    assert float(home.value("month_energy")) == 0
    assert home.value("problem") == "off"
    home.world.set_evse(EVSE, state="faulted")
    await home.poll()
    assert home.value("problem") == "on"


@pytest.mark.usefixtures("everything_enabled")
async def test_the_account_tells_about_its_contact(home: Home) -> None:
    """Also while it fails, which is when it is of interest."""
    await home.set_up()
    contact, requests = (
        next(
            one.entity_id
            for one in home.entities()
            if one.unique_id.endswith(f"_account_{key}")
        )
        for key in ("contact", "requests")
    )

    def value(entity_id: str) -> str:
        state = home.hass.states.get(entity_id)
        assert state is not None
        return state.state

    seen = dt_util.parse_datetime(value(contact))
    assert isinstance(seen, datetime)
    assert int(value(requests)) == 2
    home.emulator.faults.add("html", path=LISTING)
    for _ in range(3):
        await home.advance(20)
        await home.poll()
    assert home.value("status") == "unavailable"
    assert dt_util.parse_datetime(value(contact)) == seen
    assert int(value(requests)) > 2


async def test_the_words_of_the_charger_are_translated(home: Home) -> None:
    """Status, plug and charging say the same thing."""
    await home.set_up()
    seen = []
    for step in (
        lambda: None,
        lambda: home.world.start(EVSE, DRIVER),
        lambda: home.world.unplug(EVSE),
    ):
        step()
        home.emulator.clock.advance(timedelta(seconds=20))
        await home.poll()
        seen.append(
            tuple(home.value(key) for key in ("status", "plugged_in", "is_charging"))
        )
    assert seen == [
        ("preparing", "on", "off"),
        ("charging", "on", "on"),
        ("available", "off", "off"),
    ]
