"""The dialog that adds drivers to an account, and changes and removes them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.providers.evnnovator.provider import (
    EvnnovatorProvider,
)
from custom_components.ev_charging_cloud.providers.provider import Capability
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryState,
    ConfigSubentry,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .evnnovator_home import (
    ACCOUNT,
    FIRST,
    LAB,
    OFFICE_TOO,
    SECOND,
    Part,
    Setup,
    at,
    gateway_home,
    refused,
    values,
)
from .support import Home

pytestmark = pytest.mark.usefixtures("flowing")

SEARCH = r"/locations/search"


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


@dataclass
class PartDialog:
    """One run of the dialog, with what it shows now."""

    home: Home
    shown: SubentryFlowResult = field(init=False)

    async def add(self, **entered: str) -> None:
        """Begin to add a driver."""
        await self._begin({"source": SOURCE_USER})
        assert self.step == "user"
        await self.enter(**entered)

    async def change(self, part: str, **entered: str) -> None:
        """Begin to change a driver."""
        await self._begin({"source": SOURCE_RECONFIGURE, "subentry_id": part})
        assert self.step == "reconfigure"
        if entered:
            await self.enter(**entered)

    async def _begin(self, context: Any) -> None:
        flows = self.home.hass.config_entries.subentries
        self.shown = await flows.async_init(
            (self.home.entry.entry_id, "driver"), context=context
        )

    async def enter(self, **entered: Any) -> None:
        """Fill in the form that is shown and send it."""
        flows = self.home.hass.config_entries.subentries
        self.shown = await flows.async_configure(self.shown["flow_id"], entered)
        await self.home.settle()

    @property
    def step(self) -> str:
        """Return which form is shown."""
        assert self.shown["type"] is FlowResultType.FORM
        found: str = self.shown["step_id"]
        return found

    @property
    def errors(self) -> dict[str, str]:
        """Return what the form says is wrong."""
        return self.shown["errors"] or {}

    @property
    def reason(self) -> str:
        """Return why the dialog ended."""
        assert self.shown["type"] is FlowResultType.ABORT
        found: str = self.shown["reason"]
        return found

    @property
    def schema(self) -> dict[Any, Any]:
        """Return the fields of the form."""
        schema = self.shown["data_schema"]
        assert schema is not None
        found: dict[Any, Any] = schema.schema
        return found

    def offered(self) -> list[str]:
        """Return the places that can be chosen."""
        options = next(iter(self.schema.values())).config["options"]
        return [one["value"] for one in options]

    def suggested(self) -> dict[str, Any]:
        """Return what the form suggests for each field."""
        return {
            str(key): (key.description or {}).get("suggested_value")
            for key in self.schema
        }

    def is_added(self) -> ConfigSubentry:
        """Return the driver that the dialog has added."""
        assert self.shown["type"] is FlowResultType.CREATE_ENTRY
        found: ConfigSubentry = list(self.home.entry.subentries.values())[-1]
        return found


def devices(home: Home) -> dict[str | None, str | None]:
    """Return the names of the drivers' devices by their parts."""
    registry = dr.async_get(home.hass)
    found = dr.async_entries_for_config_entry(registry, home.entry.entry_id)
    return {one.config_subentry_id: one.name for one in found}


def entities_of(home: Home, part: str) -> set[str]:
    """Return the entities of a driver."""
    return {one.entity_id for one in home.entities() if one.config_subentry_id == part}


@at(parts={})
async def test_a_driver_is_added_with_a_place(home: Home) -> None:
    """The account is loaded again, and shows the driver with its entities."""
    await home.set_up()
    assert devices(home) == {None: "Gateway"}
    dialog = PartDialog(home)
    await dialog.add(driver_id=" driver-1 ", label="Asha", limit_kwh="5")
    assert dialog.step == "search"
    await dialog.enter(search="lab")
    assert dialog.step == "place"
    assert len(dialog.offered()) == 2
    await dialog.enter(place=dialog.offered()[0])
    part = dialog.is_added()
    assert part.title == "Asha"
    assert part.unique_id == "driver-1"
    assert part.subentry_type == "driver"
    asked = Part(driver="driver-1", label="Asha", evse=LAB, limit="5")
    assert dict(part.data) == values(home.emulator, asked)
    await home.settle()
    assert home.entry.state is ConfigEntryState.LOADED
    assert devices(home) == {None: "Gateway", part.subentry_id: "Asha"}
    assert len(entities_of(home, part.subentry_id)) >= 6
    assert home.value("charging", f"driver_{part.subentry_id}") == "off"


@at(parts={})
async def test_a_place_can_be_left_out(home: Home) -> None:
    """Then the sessions are shown all the same."""
    await home.set_up()
    dialog = PartDialog(home)
    await dialog.add(driver_id="driver-1")
    await dialog.enter(search="  ")
    part = dialog.is_added()
    assert dict(part.data) == {"driver_id": "driver-1"}
    assert part.title == "driver-1"
    await home.settle()
    # Nobody wants an id for a name: it would end in states and screenshots.
    assert devices(home)[part.subentry_id] == "Driver"
    evse = f"driver_{part.subentry_id}"
    assert float(home.value("session_energy", evse)) > 0
    assert await refused(home, on=True, evse=evse) == "refused_no_place"


@at(parts={})
async def test_a_search_goes_on_until_it_finds_something(home: Home) -> None:
    """Nothing found and errors are told, and the form stays."""
    await home.set_up()
    dialog = PartDialog(home)
    await dialog.add(driver_id="driver-1", label="Asha")
    await dialog.enter(search="nowhere")
    assert (dialog.step, dialog.errors) == ("search", {"base": "nothing_found"})
    failures = {403: "forbidden", 500: "server_error", 429: "rate_limited"}
    for status, key in failures.items():
        fault = home.emulator.faults.add("status", status=status, path=SEARCH)
        await dialog.enter(search="office")
        assert (dialog.step, dialog.errors) == ("search", {"base": key})
        home.emulator.faults.clear(fault)
    await dialog.enter(search="office")
    assert dialog.step == "place"
    names = dialog.offered()
    # EVSEs of one location may share their printed id; each must be offered.
    assert len(names) == 2
    await dialog.enter(place=names[1])
    wanted = values(
        home.emulator, Part(driver="driver-1", label="Asha", evse=OFFICE_TOO)
    )
    assert dict(dialog.is_added().data) == wanted


async def test_a_driver_is_added_once(home: Home) -> None:
    """Neither a second time, nor by changing another one."""
    await home.set_up()
    dialog = PartDialog(home)
    await dialog.add(driver_id="driver-1", label="Again")
    assert dialog.reason == "already_configured"
    await dialog.change("two", driver_id="driver-1 ", label="Ravi")
    assert dialog.reason == "already_configured"
    assert home.entry.subentries["two"].data["driver_id"] == "driver-2"
    assert len(home.entry.subentries) == 2


async def test_a_changed_driver_keeps_its_place(home: Home) -> None:
    """Unless another one is chosen; the account is loaded again."""
    await home.set_up()
    coordinator = home.coordinator
    before = dict(home.entry.subentries["one"].data)
    dialog = PartDialog(home)
    await dialog.change("one")
    assert dialog.suggested() == {
        "driver_id": "driver-1",
        "label": "Asha",
        "limit_kwh": None,
    }
    await dialog.enter(driver_id="driver-1", label="Asha K.", limit_kwh="7")
    assert dialog.step == "search"
    await dialog.enter()
    assert dialog.reason == "reconfigure_successful"
    await home.settle()
    part = home.entry.subentries["one"]
    assert dict(part.data) == {**before, "label": "Asha K.", "limit_kwh": "7"}
    assert part.title == "Asha K."
    assert home.coordinator is not coordinator
    assert devices(home)["one"] == "Asha K."
    await dialog.change("one", driver_id="driver-1", label="Asha")
    await dialog.enter(search="office")
    await dialog.enter(place=dialog.offered()[0])
    assert dialog.reason == "reconfigure_successful"
    changed = dict(home.entry.subentries["one"].data)
    assert changed["location_id"] != before["location_id"]
    assert changed["evse_uid"] != before["evse_uid"]
    # What the user has emptied is gone.
    assert "limit_kwh" not in changed


async def test_a_removed_driver_takes_its_entities_along(home: Home) -> None:
    """And those of the other driver stay as they are."""
    await home.set_up()
    assert devices(home) == {None: "Gateway", "one": "Asha", "two": "Ravi"}
    kept = entities_of(home, "two")
    assert entities_of(home, "one")
    energy = home.state("session_energy", SECOND)
    home.hass.config_entries.async_remove_subentry(home.entry, "one")
    await home.settle()
    assert home.entry.state is ConfigEntryState.LOADED
    assert devices(home) == {None: "Gateway", "two": "Ravi"}
    assert entities_of(home, "one") == set()
    assert entities_of(home, "two") == kept
    assert home.value("session_energy", SECOND) == energy.state
    before = home.asked("evnnovator_latest")
    await home.poll()
    assert home.asked("evnnovator_latest") == before + 1
    with pytest.raises(AssertionError, match="no entity"):
        home.entity_id("charging", FIRST)


async def test_another_driver_does_not_reload_for_a_title(home: Home) -> None:
    """Only what the provider reads is a reason to read everything anew."""
    await home.set_up()
    coordinator = home.coordinator
    home.hass.config_entries.async_update_subentry(
        home.entry, home.entry.subentries["one"], title="Other"
    )
    await home.settle()
    assert home.coordinator is coordinator


async def test_a_place_is_found_while_the_account_is_not_loaded(home: Home) -> None:
    """As right after another driver was added."""
    dialog = PartDialog(home)
    await dialog.add(driver_id="driver-9", label="Mira")
    assert dialog.step == "search"
    await dialog.enter(search="lab")
    await dialog.enter(place=dialog.offered()[0])
    assert set(dialog.is_added().data) > {"driver_id", "label"}


async def test_a_back_end_without_a_search_asks_for_no_place(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The capability decides."""
    able = EvnnovatorProvider.capabilities - {Capability.SEARCH}
    monkeypatch.setattr(EvnnovatorProvider, "capabilities", able)
    await home.set_up()
    dialog = PartDialog(home)
    await dialog.add(driver_id="driver-9", label="Mira")
    assert dialog.is_added().title == "Mira"


async def test_a_blank_driver_is_asked_for_again(home: Home) -> None:
    """A driver without an id is nobody."""
    await home.set_up()
    dialog = PartDialog(home)
    await dialog.add(driver_id="  ", label="Nobody")
    assert dialog.step == "user"
    assert dialog.errors == {"driver_id": "invalid_driver_id"}
    assert dialog.suggested()["label"] == "Nobody"
    await dialog.enter(driver_id="driver-9")
    assert dialog.step == "search"


async def test_unique_ids_begin_with_the_account(home: Home) -> None:
    """So that two accounts with the same driver do not meet."""
    await home.set_up()
    registry = er.async_get(home.hass)
    found = er.async_entries_for_config_entry(registry, home.entry.entry_id)
    assert found
    assert all(one.unique_id.startswith(ACCOUNT) for one in found)
    assert all(one.platform == DOMAIN for one in found)
