"""Two drivers at one account, a foreign one among them: who that is stays unknown."""

from collections.abc import AsyncIterator
import json
import logging
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from sqlalchemy import select

from custom_components.ev_charging_cloud import records
from custom_components.ev_charging_cloud.diagnostics import (
    async_get_config_entry_diagnostics,
)
from custom_components.ev_charging_cloud.providers.model import Ownership
from emulator.evnnovator.account_routes import token_uid
from emulator.evnnovator.locations import location_id
from emulator.evnnovator.values import gateway_id
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.db_schema import Base
from homeassistant.components.recorder.util import session_scope
from homeassistant.const import MATCH_ALL
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component

from .evnnovator_home import (
    FIRST,
    LAB,
    OFFICE_TOO,
    SECOND,
    TOKEN,
    TWO,
    Part,
    Setup,
    at,
    gateway,
    gateway_home,
    kept,
    office,
    press,
)
from .support import Home

pytestmark = pytest.mark.usefixtures("flowing")

FOREIGN = "someone-else-4711"
LATEST = r"/sessions/driver-2/latest$"
# These see every request as it is: the emulator's own, and its HTTP server's.
THEIRS = ("aiohttp.access", "aiohttp.server", "emulator")


@pytest.fixture
async def home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Home]:
    """Return a Home Assistant with two drivers."""
    setup = getattr(request, "param", Setup())
    async with gateway_home(hass, freezer, monkeypatch, setup) as found:
        yield found


@pytest.fixture
def heard(hass: HomeAssistant) -> list[str]:
    """Return all events of Home Assistant's bus as text."""
    found: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        found.append(f"{event.event_type} {event.data}")

    hass.bus.async_listen(MATCH_ALL, note)
    return found


def show_foreign(home: Home, auth_id: str = FOREIGN) -> None:
    """Let the gateway answer the second driver with somebody else's charge."""
    session = home.session(OFFICE_TOO)
    assert session.driver_id == "driver-9"
    session.driver_id = "driver-2"
    home.emulator.faults.add(
        "mutate",
        path=LATEST,
        operations=[{"op": "set", "path": "/data/auth_id", "value": auth_id}],
    )


def identities(home: Home) -> list[str]:
    """Return everything by which the other one is known."""
    world = home.world
    other = world.drivers["driver-9"]
    sites = {point.site.id: point.site for point in world.charge_points.values()}
    return [
        FOREIGN,
        "driver-9",
        gateway_id("auth", "driver-9"),
        gateway_id("auth", FOREIGN),
        *(token_uid(other, site) for site in sites.values()),
    ]


async def rows(home: Home) -> list[str]:
    """Return every row of the recorder's database as text."""
    recorder = get_instance(home.hass)

    def read() -> list[str]:
        with session_scope(hass=home.hass, read_only=True) as session:
            return [
                str(tuple(row))
                for table in Base.metadata.sorted_tables
                for row in session.execute(select(table))
            ]

    found: list[str] = await recorder.async_add_executor_job(read)
    return found


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was logged, but for what the emulator's side logs."""
    return [
        f"{one.name} {one.getMessage()} {one.exc_text or ''}"
        for one in caplog.records
        if not one.name.startswith(THEIRS)
    ]


def files(path: Path) -> bytes:
    """Return all that is in the ledger's files."""
    return b"".join(one.read_bytes() for one in sorted(path.glob(f"{records.FILE}*")))


def assert_something_is_told(places: dict[str, str], recorded: int, heard: int) -> None:
    """Check that each place does hold something about the session."""
    sizes = ", ".join(f"{name} {len(text)}" for name, text in places.items())
    print(f"\nread for the other one's identity: {sizes}")  # noqa: T201
    assert "Ravi" in places["states"]
    assert "session_energy" in places["recorder"] + places["registries"]
    assert recorded > 50
    assert heard > 20
    assert "ev_charging_cloud" in places["log"]
    assert len(places["files"]) > 1000


@pytest.mark.parametrize(
    "auth_id",
    [FOREIGN, gateway_id("auth", "driver-9"), "driver-9"],
    ids=["name", "hash", "known-driver"],
)
async def test_nothing_tells_who_the_other_one_is(
    recorder_mock: Recorder,
    home: Home,
    heard: list[str],
    auth_id: str,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """Not states, attributes, diagnostics, logs, recorder, events, ledger."""
    caplog.set_level(logging.DEBUG)
    show_foreign(home, auth_id)
    await home.set_up()
    assert home.value("charging", FIRST) == "off"
    assert await async_setup_component(home.hass, "diagnostics", {})
    report = await get_diagnostics_for_config_entry(home.hass, hass_client, home.entry)
    await home.advance(300)
    await home.poll()
    shown = home.coordinator.view(SECOND, SECOND)
    assert shown is not None
    assert shown.running is not None
    assert float(home.value("session_energy", SECOND)) > 1
    # Attempts to stop it, by the user and by the command itself.
    if auth_id == gateway_id("auth", "driver-9"):
        assert shown.running.ownership is Ownership.OWN
    else:
        assert shown.running.ownership is Ownership.FOREIGN
        assert home.value("charging", SECOND) == "unavailable"
        commands = home.entry.runtime_data.commands
        with pytest.raises(Exception, match="not yours"):
            await commands.stop(SECOND, SECOND)
    home.world.stop(home.session(OFFICE_TOO).id)
    await home.advance(1500)
    for _ in range(12):
        await home.next_poll()
    assert home.state("session", SECOND).attributes["event_type"] == "finished"

    later = await async_get_config_entry_diagnostics(home.hass, home.entry)
    await async_wait_recording_done(home.hass)
    recorded = await rows(home)
    devices = dr.async_entries_for_config_entry(
        dr.async_get(home.hass), home.entry.entry_id
    )
    places = {
        "states": str([one.as_dict() for one in home.hass.states.async_all()]),
        "diagnostics": json.dumps([report, later]),
        "log": "\n".join(logged(caplog)),
        "recorder": "\n".join(recorded),
        "events": "\n".join(heard),
        "registries": str(home.entities()) + str(devices),
        "ledger": str(await kept(home.hass)),
        "files": files(tmp_path).decode(errors="replace"),
    }
    assert_something_is_told(places, len(recorded), len(heard))
    known = [*identities(home), auth_id]
    for name, text in places.items():
        assert not [one for one in known if one.casefold() in text.casefold()], name


async def test_a_stop_is_not_offered(home: Home) -> None:
    """And an action that is called all the same changes nothing."""
    show_foreign(home)
    await home.set_up()
    assert home.value("charging", SECOND) == "unavailable"
    assert home.value("charging", FIRST) == "off"
    await home.switch(False, SECOND)
    assert home.asked("evnnovator_stop") == 0
    with pytest.raises(Exception, match="not yours") as caught:
        await home.entry.runtime_data.commands.stop(SECOND, SECOND)
    assert caught.value.translation_key == "not_own"  # type: ignore[attr-defined]
    assert home.asked("evnnovator_stop") == 0
    assert home.session(OFFICE_TOO).is_open


@at(profile=office(reaches_completed=True))
@pytest.mark.parametrize("chosen", [True, False])
async def test_a_stop_is_offered_after_the_choice(home: Home, chosen: bool) -> None:
    """In the options: control all sessions."""
    show_foreign(home)
    await home.set_up()
    flows = home.hass.config_entries.options
    flow = await flows.async_init(home.entry.entry_id)
    assert flow["step_id"] == "init"
    await flows.async_configure(flow["flow_id"], {"control_all": chosen})
    await home.settle()
    session = home.session(OFFICE_TOO)
    if not chosen:
        assert home.value("charging", SECOND) == "unavailable"
        await home.switch(False, SECOND)
        assert session.is_open
        return
    assert home.value("charging", SECOND) == "on"
    await home.switch(False, SECOND)
    assert home.asked("evnnovator_stop") == 1
    assert session.stopped_at is not None
    assert home.value("charging", SECOND) == "off"


async def test_a_report_names_nobody(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even the account's own drivers, in what users send with an issue."""
    caplog.set_level(logging.DEBUG)
    home.world.start(LAB, "driver-1")
    await home.advance(60)
    await home.set_up()
    await press(home, "register", FIRST)
    await home.switch(False, FIRST)
    await home.advance(60)
    await home.switch(True, FIRST)
    report = str(await async_get_config_entry_diagnostics(home.hass, home.entry))
    world = home.world
    sites = {point.site.id: point.site for point in world.charge_points.values()}
    names = [
        TOKEN,
        "driver-1",
        "driver-2",
        *(token_uid(world.drivers["driver-1"], site) for site in sites.values()),
    ]
    places = [location_id(site) for site in sites.values()]
    assert [one for one in [*names, *places, "Asha", "Ravi"] if one in report] == []
    assert [one for one in world.sessions if one in report] == []
    # What the back ends' part of the integration logs; the database logs its rows.
    text = "\n".join(
        one for one in logged(caplog) if one.startswith("custom_components")
    )
    assert text
    assert [one for one in names if one in text] == []


@at(
    profile=gateway(foreign_drivers="403"),
    parts={**TWO, "three": Part(driver="driver-9", label="Mira", evse=LAB)},
)
async def test_a_driver_of_somebody_else_costs_the_others_nothing(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Whom the gateway does not show is not there; the log does not name anybody."""
    caplog.set_level(logging.DEBUG)
    await home.set_up()
    for _ in range(4):
        await home.next_poll()
    assert home.value("charging", FIRST) == "off"
    assert home.value("charging", SECOND) == "off"
    assert not [one for one in home.entities() if "driver_three" in one.unique_id]
    text = "\n".join(logged(caplog))
    assert "driver-9" not in text
    assert "driver-1" not in text
    assert text.count("A charge point of Gateway cannot be read") == 1
    assert len(await kept(home.hass)) == 2
