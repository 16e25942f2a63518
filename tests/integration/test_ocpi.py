"""OCPI and its dialect in Home Assistant: what is shown, started, stopped and billed."""

from collections.abc import AsyncIterator
from decimal import Decimal

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ev_charging_cloud.providers.model import CostState
from emulator import EmablerProfile
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr

from .party_home import (
    APP,
    APP_PART,
    AT_HOME,
    CARD,
    CARD_PART,
    FAST,
    FREE,
    MINUTE,
    OWNER,
    RUNNING,
    PartyHome,
    Setup,
    at,
    cpo,
    disabled,
    issues,
    kept,
    kwh,
    party_home,
    refused,
)

pytestmark = pytest.mark.usefixtures("flowing")

EVERY_WAY = pytest.mark.parametrize(
    "home",
    [
        Setup(version="v2-1-1"),
        Setup(version="v2-2-1"),
        Setup(version="v2-3-0"),
        Setup(emabler=EmablerProfile()),
        Setup(emabler=EmablerProfile(rendering="snake_names")),
    ],
    indirect=True,
    ids=["2.1.1", "2.2.1", "2.3.0", "emabler", "emabler-names"],
)


@pytest.fixture
async def home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[PartyHome]:
    """Return a Home Assistant with two tokens and one location."""
    setup = getattr(request, "param", Setup())
    async with party_home(hass, freezer, monkeypatch, setup) as found:
        yield found


def keys(home: PartyHome, evse: str) -> set[str]:
    """Return the keys of all entities of an EVSE or token, with their domain."""
    start = f"{home.account}_evse_{home.full(evse)}_"
    return {
        f"{one.domain} {one.unique_id.removeprefix(start)}"
        for one in home.entities()
        if one.unique_id.startswith(start)
    }


async def test_a_location_and_its_evses(home: PartyHome) -> None:
    """The location is a device, and so is each of its EVSEs."""
    await home.set_up()
    off = {one.unique_id.rpartition("_")[2] for one in disabled(home)}
    assert {"unlock", "duration", "start", "idle", "problem"} <= off
    assert (
        keys(home, AT_HOME)
        == keys(home, FREE)
        == {
            "binary_sensor charging",
            "binary_sensor plugged_in",
            "binary_sensor problem",
            "button unlock",
            "event session",
            "select charging_profile",
            "sensor power",
            "sensor roaming_cost",
            "sensor roaming_price",
            "sensor session_duration",
            "sensor session_energy",
            "sensor session_idle",
            "sensor session_start",
            "sensor status",
            "sensor status_time",
            "switch charging",
        }
    )
    names = {
        one.name
        for one in dr.async_entries_for_config_entry(
            dr.async_get(home.hass), home.entry.entry_id
        )
    }
    assert names == {
        "Roaming",
        "Station 1",
        "Phone",
        "Blue card",
        "Charging elsewhere",
    }
    assert home.value("status") == "charging"
    assert home.value("status", FREE) == "available"
    assert home.number("power") == pytest.approx(11, rel=0.02)
    price = home.state("roaming_price")
    assert price.state == "0.3"
    assert price.attributes["unit_of_measurement"] == "EUR/kWh"


async def test_a_token_has_a_device(home: PartyHome) -> None:
    """It shows the token's latest session, wherever that is."""
    await home.set_up()
    assert (
        keys(home, APP)
        == keys(home, CARD)
        == {
            "binary_sensor charging",
            "button register",
            "event session",
            "sensor power",
            "sensor roaming_cost",
            "sensor session_duration",
            "sensor session_energy",
            "sensor session_idle",
            "sensor session_start",
            "sensor status",
            "switch charging",
        }
    )
    assert home.value("charging", APP) == "on"
    assert home.value("charging", CARD) == "off"
    for token, evse in ((APP, AT_HOME), (CARD, FREE)):
        for key in ("session_energy", "roaming_cost"):
            assert home.value(key, token) == home.value(key, evse)
    subentries = {one.config_subentry_id for one in home.entities()}
    assert subentries == {None, "app", "card"}


@EVERY_WAY
async def test_a_charge_from_the_switch_to_the_bill(home: PartyHome) -> None:
    """Energy is the meter's, the roaming cost the world's bill, each without tax."""
    await home.set_up()
    assert home.value("charging", FREE) == "off"
    await home.switch(True, FREE)
    session = home.session(FREE)
    assert home.value("charging", FREE) == "on"
    assert home.asked("start") == 1
    for _ in range(20):
        await home.next_poll()
    assert home.value("status", FREE) == "charging"
    assert home.number("power", FREE) == pytest.approx(11, rel=0.02)
    assert home.number("session_energy", FREE) == pytest.approx(
        kwh(session), abs=11 * 2 / 60
    )
    begun = home.state("session_energy", FREE).attributes["last_reset"]
    await home.switch(False, FREE)
    assert session.stopped_at is not None
    assert home.asked("stop") == 1
    assert home.value("charging", FREE) == "off"
    event = home.state("session", FREE)
    assert event.attributes["event_type"] == "finished"
    await home.until_billed()
    net, _ = home.party.bill(session.id)
    cost = home.state("roaming_cost", FREE)
    assert float(cost.state) == pytest.approx(float(net), abs=1e-4)
    assert cost.attributes["unit_of_measurement"] == "EUR"
    assert home.number("session_energy", FREE) == pytest.approx(kwh(session), abs=1e-3)
    energy = home.state("session_energy", FREE)
    assert energy.attributes["last_reset"] == cost.attributes["last_reset"] == begun
    # The bill is no second end.
    assert home.state("session", FREE).state == event.state
    row = (await kept(home))[session.id]
    assert row.cost is not None
    assert row.cost.state is CostState.FINAL
    assert row.cost.net == pytest.approx(net, abs=Decimal("0.0001"))
    assert row.energy_kwh == pytest.approx(kwh(session), abs=1e-3)
    assert issues(home) == {}


@at(emabler=EmablerProfile(), version="v2-1-1")
async def test_where_there_are_no_commands_charges_are_followed(
    home: PartyHome,
) -> None:
    """The dialect's first version has only lists: nothing to switch is offered."""
    await home.set_up()
    assert not home.has("charging")
    assert home.value("is_charging") == "on"
    session = home.session()
    await home.advance(10 * MINUTE)
    home.world.stop(session.id)
    await home.until_billed()
    assert home.number("session_energy") == pytest.approx(kwh(session), abs=1e-3)
    net, _ = home.party.bill(session.id)
    assert home.number("roaming_cost") == pytest.approx(float(net), abs=1e-4)


@at(parts={"app": APP_PART})
async def test_a_card_of_others_cannot_be_stopped(home: PartyHome) -> None:
    """Only one token is the user's; the operator shows the party's other ones too."""
    home.world.start("EVSE-2", "party-04AABBCC", by="rfid")
    await home.advance(5 * MINUTE)
    await home.set_up()
    assert home.value("charging") == "on"
    assert home.value("charging", FREE) == "unavailable"
    assert home.value("is_charging", FREE) == "on"
    commands = home.entry.runtime_data.commands
    with pytest.raises(Exception, match="not yours"):
        await commands.stop(f"{OWNER}loc-1", home.full(FREE))
    assert home.asked("stop") == 0
    assert home.session(FREE).is_open


@pytest.mark.parametrize(
    "home",
    [
        Setup(parts={"app": APP_PART}, options={"control_all": True}),
        Setup(parts={"app": APP_PART}),
    ],
    indirect=True,
    ids=["allowed", "not-allowed"],
)
async def test_control_of_all_sessions_is_a_choice(home: PartyHome) -> None:
    """Off unless an administrator turns it on."""
    session = home.world.start("EVSE-2", "party-04AABBCC", by="rfid")
    await home.advance(5 * MINUTE)
    await home.set_up()
    allowed = bool(home.entry.options.get("control_all"))
    assert home.value("charging", FREE) == ("on" if allowed else "unavailable")
    await home.switch(False, FREE)
    assert session.is_open is not allowed


@at(parts={})
async def test_without_a_token_nothing_is_started(home: PartyHome) -> None:
    """Whose sessions there are is not known; they are shown all the same."""
    await home.set_up()
    assert not home.has("charging")
    assert not home.has("charging", FREE)
    assert home.value("is_charging") == "on"
    assert {one.ownership.value for one in (await kept(home)).values()} == {"unknown"}


@pytest.mark.parametrize(
    ("home", "key"),
    [
        (Setup(ocpi=cpo(command_result="REJECTED")), "refused_rejected"),
        (Setup(ocpi=cpo(command_result="NOT_SUPPORTED")), "refused_not_possible"),
        (Setup(ocpi=cpo(command_result="TIMEOUT")), "start_not_confirmed"),
        (Setup(ocpi=cpo(starts_nothing=True)), "start_not_confirmed"),
    ],
    indirect=["home"],
    ids=["rejected", "not-supported", "timeout", "starts-nothing"],
)
async def test_a_start_that_comes_to_nothing(home: PartyHome, key: str) -> None:
    """It says so, is sent once, and the switch shows the truth again."""
    await home.set_up()
    assert await refused(home, on=True, evse=FREE) == key
    assert home.asked("start") == 1
    assert home.value("charging", FREE) == "off"
    assert home.world.evse("EVSE-2").session is None


async def test_an_evse_that_wants_its_connector_named(home: PartyHome) -> None:
    """It is named there, and only there."""
    home.emulator.switch("ocpi", connector_required=frozenset({"EVSE-2"}))
    await home.set_up()
    await home.switch(True, FREE)
    assert home.value("charging", FREE) == "on"
    (body,) = home.sent("start")
    assert body["connector_id"] == "1"
    await home.switch(False, AT_HOME)
    await home.advance(MINUTE)
    await home.switch(True, AT_HOME)
    assert "connector_id" not in home.sent("start")[-1]


PLACE = {"location_id": "nl*xyz*loc-3", "evse_uid": "nl*xyz*loc-3/evse-4"}


@at(parts={"app": APP_PART, "card": {**CARD_PART, **PLACE}})
async def test_a_token_starts_at_its_place(home: PartyHome) -> None:
    """The place need not be picked; without one the sentence says to choose it."""
    await home.set_up()
    assert not home.has("charging", FAST)
    await home.switch(True, CARD)
    session = home.session(FAST)
    assert home.value("charging", CARD) == "on"
    (body,) = home.sent("start")
    assert body["token"]["uid"] == "04AABBCC"
    await home.advance(2 * MINUTE)
    await home.poll()
    # The token's own device shows it; elsewhere would be a second time.
    assert home.value("session_energy", "elsewhere") == "unknown"
    await home.switch(False, CARD)
    assert session.stopped_at is not None
    await home.switch(False, APP)
    await home.advance(MINUTE)
    await home.poll()
    assert await refused(home, on=True, evse=APP) == "refused_no_place"


@at(parts={}, options={"control_all": True})
async def test_a_session_at_a_location_that_is_not_picked(home: PartyHome) -> None:
    """It is shown as charging elsewhere, can be stopped there and gets its bill."""
    session = home.world.start("EVSE-4", "party-04AABBCC", by="rfid")
    await home.advance(5 * MINUTE)
    await home.set_up()
    assert not home.has("status", FAST)
    assert home.value("status", "elsewhere") == "charging"
    assert home.number("power", "elsewhere") == pytest.approx(50, rel=0.05)
    await home.press("stop", "elsewhere")
    assert session.stopped_at is not None
    await home.until_billed()
    assert home.number("session_energy", "elsewhere") == pytest.approx(
        kwh(session), abs=1e-3
    )
    net, _ = home.party.bill(session.id)
    assert home.number("roaming_cost", "elsewhere") == pytest.approx(
        float(net), abs=1e-4
    )
    assert home.state("session", "elsewhere").attributes["event_type"] == "finished"


async def test_a_restart_keeps_the_session(
    home: PartyHome, caplog: pytest.LogCaptureFixture
) -> None:
    """With its first start, without a second event, and once in the ledger."""
    await home.set_up()
    before = home.state("session_energy").attributes["last_reset"]
    await home.advance(5 * MINUTE)
    await home.reload()
    assert home.state("session_energy").attributes["last_reset"] == before
    assert home.state("session").attributes["event_type"] is None
    session = home.session()
    home.world.stop(session.id)
    await home.advance(MINUTE)
    await home.reload()
    event = home.state("session")
    assert event.attributes["event_type"] == "finished"
    await home.reload()
    await home.until_billed()
    assert home.state("session").state == event.state
    assert home.state("session_energy").attributes["last_reset"] == before
    row = (await kept(home))[RUNNING]
    assert row.cost is not None
    assert row.cost.state is CostState.FINAL
    assert not [one for one in caplog.records if one.levelname == "ERROR"]
