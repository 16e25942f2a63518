"""A depot in Home Assistant: what a charge shows, what starts it, what is refused."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from emulator import DepotfinityProfile, Emulator, World, scenarios
from emulator.depot_scenario import TAG
from emulator.depotfinity.profile import PACKAGES
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .depot_home import (
    CONNECTOR,
    DepotHome,
    arrive,
    charge_anew,
    depot_home,
    issue,
    issues,
    kwh,
    shown,
)
from .support import place

# In kWh at 150 kW: power, battery and the other counter are read in between.
LAG = 150 * 5.5 / 60
ALL_CONNECTORS = "CH-1:1,2; CH-2:1,2"
NAMES = {
    "sessionReports": "session_reports",
    "transactions": "transactions",
    "chargerStatus": "charger_status",
    "timeSeries": "time_series",
}
one_charge = place(scenarios.depot, chargers=2, connectors_each=2, charging=1)
four_charges = place(scenarios.depot, chargers=2, connectors_each=2, charging=4)


@pytest.fixture
def switches() -> dict[str, Any]:
    """Return how the depot behaves; tests override it by parameters."""
    return {}


@pytest.fixture
def entered() -> dict[str, str]:
    """Return what the user entered beside the client."""
    return {}


@pytest.fixture
async def emulator(world: World, switches: dict[str, Any]) -> AsyncIterator[Emulator]:
    """Serve the depot."""
    profile = DepotfinityProfile(**switches)
    async with Emulator(world, depotfinity=profile) as found:
        yield found


@pytest.fixture
async def home(
    hass: HomeAssistant,
    emulator: Emulator,
    freezer: FrozenDateTimeFactory,
    entered: dict[str, str],
) -> AsyncIterator[DepotHome]:
    """Return a Home Assistant with a depot that is not set up yet."""
    async with depot_home(hass, emulator, freezer, **entered) as found:
        yield found


@one_charge
async def test_a_charge_from_its_middle_to_its_report(
    home: DepotHome, everything_enabled: None
) -> None:
    """What is shown is what the two meters of the world say."""
    await home.set_up()
    session = home.session()
    await home.polls(12)
    assert home.value("status") == "charging"
    assert home.value("is_charging") == "on"
    given, _ = kwh(session)
    assert given > 30
    assert home.number("session_energy") == pytest.approx(given, abs=LAG)
    assert home.number("session_energy") <= given + 0.01
    assert home.number("power") == pytest.approx(150, abs=1)
    car = home.world.cars["bus-1"]
    assert home.number("vehicle_battery") == pytest.approx(
        float(car.soc_percent), abs=10
    )
    for unknown in ("session_efficiency", "battery_size_least", "battery_size_most"):
        assert home.value(unknown) == "unknown"
    home.world.report_error("1-1", "Converter", "WARN: converter : example(no:1)")

    await home.advance(timedelta(minutes=50))
    await home.polls(12)
    assert session.stopped_at is not None
    given, drawn = kwh(session)
    assert home.value("is_charging") == "off"
    assert home.number("power") == 0
    assert home.number("session_energy") == pytest.approx(given, abs=0.002)
    assert home.number("session_drawn") == pytest.approx(drawn, abs=0.002)
    efficiency = 100 * given / drawn
    assert home.number("session_efficiency") == pytest.approx(efficiency, abs=0.01)
    assert 94 <= efficiency <= 96
    least, most = home.number("battery_size_least"), home.number("battery_size_most")
    assert least < car.battery_wh / 1000 < most
    assert home.value("device_errors") == "1"
    print(  # noqa: T201
        f"\ndelivered {given:.3f} kWh, drawn {drawn:.3f}, {efficiency:.2f} %, "
        f"battery {least:.0f} to {most:.0f} of {car.battery_wh / 1000:.0f} kWh"
    )


@one_charge
async def test_delivered_and_drawn_are_sources_of_statistics(home: DepotHome) -> None:
    """Both count anew in each session; efficiency and range are for diagnosis."""
    await home.set_up()
    await home.polls(2)
    for key in ("session_energy", "session_drawn"):
        found = home.state(key).attributes
        assert found["state_class"] == "total"
        assert found["device_class"] == "energy"
        assert found["unit_of_measurement"] == "kWh"
    by_key = {
        one.unique_id.rpartition(f"{CONNECTOR}_")[2]: one for one in home.entities()
    }
    for key in ("session_efficiency", "battery_size_least", "battery_size_most"):
        assert by_key[key].entity_category == "diagnostic"
        assert by_key[key].disabled_by == "integration"


@one_charge
async def test_a_charge_that_runs_goes_on_after_a_restart(home: DepotHome) -> None:
    """One session, counted from its first start on."""
    await home.set_up()
    await home.polls(10)
    before, energy = home.state("session_energy"), home.number("session_energy")
    await home.reload()
    await home.polls(4)
    after = home.state("session_energy")
    assert after.attributes["last_reset"] == before.attributes["last_reset"]
    assert float(after.state) >= energy


# What starts a charge


@pytest.fixture
def plugged(home: DepotHome) -> DepotHome:
    """Return a depot with a bus that waits at the second connector."""
    arrive(home, "1-2", "bus-2")
    return home


WAITING = "CH-1/2"


async def press(home: DepotHome) -> None:
    """Press the button of the connector at which a bus waits."""
    await home.call("button", "press", home.entity_id("start", WAITING))


@one_charge
async def test_an_accepted_start_ends_when_the_connector_charges(
    plugged: DepotHome,
) -> None:
    """The button can be pressed where nothing runs."""
    home = plugged
    await home.set_up()
    await home.next_poll()
    assert home.value("start", CONNECTOR) == "unavailable"
    await press(home)
    assert home.asked("command") == 1
    assert home.session(WAITING).is_open
    assert home.value("is_charging", WAITING) == "on"
    assert home.value("start", WAITING) == "unavailable"


REFUSALS = {
    "rejected": ({"rejects_commands": True}, {}, "refused_rejected", 1),
    "unknown-tag": (
        {"unknown_tag": "rejected"},
        {"id_tag": "ANOTHER-TAG"},
        "refused_rejected",
        1,
    ),
    "tag-accepted-in-vain": ({}, {"id_tag": "ANOTHER-TAG"}, "start_not_confirmed", 1),
    "accepted-in-vain": ({"starts_nothing": True}, {}, "start_not_confirmed", 1),
    "not-ordered": (
        {"packages": PACKAGES - {"chargerControl"}},
        {},
        "forbidden",
        2,
    ),
}


@one_charge
@pytest.mark.parametrize(
    ("switches", "entered", "sentence", "sent"), REFUSALS.values(), ids=REFUSALS
)
async def test_a_start_that_fails_says_why(
    plugged: DepotHome, sentence: str, sent: int
) -> None:
    """An accepted command is no success, and none is sent twice by itself."""
    home = plugged
    await home.set_up()
    await home.next_poll()
    with pytest.raises(HomeAssistantError) as raised:
        await press(home)
    assert raised.value.translation_key == sentence
    assert home.asked("command") == sent
    assert home.world.evse("1-2").session is None
    assert home.value("is_charging", WAITING) == "off"
    assert home.value("start", WAITING) != "unavailable"
    await home.next_poll()
    refused = {"refused_remote_commands"} if sentence == "forbidden" else set()
    assert issues(home) == refused
    assert home.value("is_charging") == "on"


@one_charge
async def test_a_charger_out_of_contact_is_not_found(plugged: DepotHome) -> None:
    """Its command is answered with a 404."""
    home = plugged
    await home.set_up()
    await home.next_poll()
    home.emulator.faults.add(
        "status", path="remoteCommands", status=404, body={"message": "gone"}
    )
    with pytest.raises(HomeAssistantError) as raised:
        await press(home)
    assert raised.value.translation_key == "refused_not_found"
    assert home.asked("command") == 1


@one_charge
@pytest.mark.parametrize("entered", [{"id_tag": ""}, {"id_tag": TAG}])
async def test_nothing_but_a_start_and_only_with_a_tag(
    home: DepotHome, entered: dict[str, str]
) -> None:
    """What stops a charge is not documented: there is neither switch nor button."""
    await home.set_up()
    await home.polls(2)
    assert home.keys("button") == ({"start"} if entered["id_tag"] else set())
    assert home.keys("switch") == set()
    assert {one.domain for one in home.entities()} <= {
        "sensor",
        "binary_sensor",
        "button",
        "event",
    }


# What the account has no right to


@four_charges
@pytest.mark.parametrize("entered", [{"chargers": ALL_CONNECTORS}], ids=["entered"])
@pytest.mark.parametrize("package", NAMES)
async def test_a_package_that_is_refused_is_a_repair_and_not_the_entry(
    home: DepotHome, package: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Everything else goes on, and the issue is gone when it is allowed again."""
    await home.set_up()
    await home.polls(5)
    assert issues(home) == set()
    home.emulator.switch("depotfinity", packages=PACKAGES - {package})
    await home.polls(12)
    if package == "sessionReports":
        # It is asked for where a charge has ended.
        home.world.unplug("1-2")
        await home.polls(12)
    feature = NAMES[package]
    found = issue(home, feature)
    assert found is not None
    assert found.translation_key == f"refused_{feature}"
    assert found.translation_placeholders == {"account": "Depot"}
    assert issues(home) == {f"refused_{feature}"}
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.coordinator.last_update_success
    assert home.flows() == []
    assert "unavailable" not in {
        state for key, state in shown(home).items() if not key.startswith("button.")
    }
    told = [one for one in caplog.messages if "no right to the feature" in one]
    assert len(told) == 1
    if package != "timeSeries":
        given, _ = kwh(home.session())
        assert home.number("session_energy") == pytest.approx(given, abs=LAG)
    assert home.value("status") == "charging"

    home.emulator.switch("depotfinity", packages=PACKAGES)
    await home.advance(timedelta(days=1))
    await charge_anew(home)
    assert issue(home, feature) is None
    assert issues(home) == set()


@one_charge
@pytest.mark.parametrize("entered", [{"chargers": ALL_CONNECTORS}], ids=["entered"])
@pytest.mark.parametrize("switches", [{"packages": PACKAGES - {"timeSeries"}}])
async def test_the_repair_goes_with_the_account(home: DepotHome) -> None:
    """And comes back with it."""
    await home.set_up()
    await home.polls(2)
    assert issues(home) == {"refused_time_series"}
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    await home.settle()
    assert issues(home) == set()
    await home.set_up()
    await home.polls(2)
    assert issues(home) == {"refused_time_series"}


@one_charge
@pytest.mark.parametrize("switches", [{"packages": frozenset()}], ids=["none"])
async def test_an_account_without_any_package_is_not_set_up(home: DepotHome) -> None:
    """It says that access is refused, and is tried again."""
    await home.set_up(ConfigEntryState.SETUP_RETRY)
    assert home.entry.error_reason_translation_key == "forbidden"
    assert home.flows() == []


@one_charge
async def test_all_packages_are_withdrawn_and_come_back(home: DepotHome) -> None:
    """Kept for a while, then unavailable, and there again."""
    await home.set_up()
    await home.polls(4)
    home.emulator.switch("depotfinity", packages=frozenset())
    await home.polls(2)
    assert home.value("status") == "charging"
    await home.polls(4)
    assert home.value("status") == "unavailable"
    assert home.entry.state is ConfigEntryState.LOADED
    home.emulator.switch("depotfinity", packages=PACKAGES)
    await home.advance(timedelta(days=1))
    await charge_anew(home)
    assert home.value("status") == "charging"
    assert issues(home) == set()


# Tokens


@one_charge
@pytest.mark.parametrize(
    "switches",
    [{"expired_status": 401}, {"expired_status": 403}],
    ids=["401", "403"],
)
async def test_a_token_that_ends_is_replaced_unseen(
    home: DepotHome, caplog: pytest.LogCaptureFixture
) -> None:
    """Whether it ends early or in time, and whatever the status says."""
    await home.set_up()
    await home.polls(3)
    for _ in range(3):
        home.emulator.depotfinity.tokens.expire()
        tokens = home.asked("token")
        await home.polls(2)
        assert home.asked("token") == tokens + 1
        assert home.value("status") == "charging"
    await home.advance(timedelta(minutes=61))
    await home.polls(3)
    assert home.coordinator.last_update_success
    assert home.flows() == []
    assert issues(home) == set()
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


@one_charge
@pytest.mark.parametrize("switches", [{"token_calls": 17}], ids=["17-calls"])
async def test_a_token_that_ends_in_the_middle_of_a_poll(home: DepotHome) -> None:
    """What was asked with it is asked again."""
    await home.set_up()
    await home.polls(24)
    given, _ = kwh(home.session())
    assert home.number("session_energy") == pytest.approx(given, abs=LAG)
    assert home.asked("token") >= 3
    assert {one.status for one in home.emulator.requests} == {200, 401}
    assert home.flows() == []


@one_charge
async def test_a_client_that_is_withdrawn_asks_the_user(home: DepotHome) -> None:
    """A refused client needs another secret."""
    await home.set_up()
    home.emulator.switch("depotfinity", client_secret="another")
    home.emulator.depotfinity.tokens.expire()
    await home.polls(2)
    assert [one["context"]["source"] for one in home.flows()] == ["reauth"]
