"""An account from set-up to removal."""

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.ev_charging_cloud import records
from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.tracking import Track
from emulator import scenarios
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import Event, EventStateReportedData, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir

from .support import ACCOUNT, EVSE, Home, place

DRIVER = "3001"
LISTING = r"/personal/charge-points$"


def stored(files: dict[str, Any]) -> list[str]:
    """Return the kinds of files that the integration keeps."""
    return sorted(key.split(".")[1] for key in files if key.startswith(DOMAIN))


async def unload(home: Home) -> None:
    """Unload the account."""
    assert await home.hass.config_entries.async_unload(home.entry.entry_id)
    await home.settle()


async def test_an_account_is_loaded_and_unloaded(home: Home) -> None:
    """Its entities are unavailable then."""
    await home.set_up()
    await unload(home)
    assert home.entry.state is ConfigEntryState.NOT_LOADED
    assert home.value("status") == "unavailable"


async def test_an_unloaded_account_asks_nothing_more(home: Home) -> None:
    """No timer and no listener is left."""
    await home.set_up()
    coordinator = home.coordinator
    await unload(home)
    home.emulator.requests.clear()
    await home.advance(3600)
    assert home.emulator.requests == []
    assert not coordinator._listeners
    assert not coordinator.notices._tellers


async def test_unloading_takes_its_repairs_along(home: Home) -> None:
    """A message about a charger that nobody watches helps nobody."""
    await home.set_up()
    home.world.start(EVSE, DRIVER)
    await home.advance(30)
    await home.poll()
    fault = r"/session/\d+/end$"
    home.emulator.faults.add("status", status=202, body="", path=fault)
    with pytest.raises(Exception, match="stopped"):
        await home.switch(False)
    registry = ir.async_get(home.hass)
    assert len(registry.issues) == 1
    await unload(home)
    assert len(registry.issues) == 0


async def test_a_command_that_waits_ends_with_the_account(home: Home) -> None:
    """Neither a task nor a timer outlives it."""
    await home.set_up()
    action = await home.begin_switch(True)
    assert not action.done()
    await unload(home)
    await asyncio.wait([action], timeout=1)
    assert action.done()
    assert action.exception() is None
    home.actions.clear()


async def test_what_was_followed_is_kept_over_an_unload(home: Home) -> None:
    """The ledger has the last reading, not that of a minute ago."""
    await home.set_up()
    home.world.start(EVSE, DRIVER)
    await home.poll()
    await home.advance(300)
    await home.poll()
    energy = float(home.value("session_energy"))
    await unload(home)
    async with records.borrowed(home.hass) as ledger:
        track = (await (await ledger.account(ACCOUNT)).tracks())[EVSE]
    assert track is not None
    assert track.session.energy_kwh == pytest.approx(energy)


@pytest.mark.parametrize("content", [b"", b"nonsense" * 1000], ids=["empty", "broken"])
async def test_a_ledger_that_makes_no_sense_stops_nothing(
    home: Home, tmp_path: Path, content: bytes
) -> None:
    """A broken file is put aside, and the user is told."""
    path = tmp_path / records.FILE
    path.write_bytes(content)
    await home.set_up()
    assert home.value("status") == "preparing"
    told = ir.async_get(home.hass).async_get_issue(DOMAIN, records.BROKEN)
    assert (told is not None) == bool(content)


async def kept_sessions(home: Home) -> list[Track | None]:
    """Return what the ledger follows at the charger of the account."""
    async with records.borrowed(home.hass) as ledger:
        tracks = await (await ledger.account(ACCOUNT)).tracks()
    return [track for evse, track in tracks.items() if evse == EVSE]


async def test_a_removed_account_leaves_no_file(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """Neither tokens nor sessions."""
    await home.set_up()
    await unload(home)
    assert stored(hass_storage) == ["tokens"]
    assert await kept_sessions(home) == [None]
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    await home.settle()
    assert stored(hass_storage) == []
    assert await kept_sessions(home) == []
    assert home.entities() == []


async def test_an_account_of_a_newer_version_says_so(home: Home) -> None:
    """A back end that this version does not know."""
    home.hass.config_entries.async_update_entry(
        home.entry, data={**home.entry.data, "backend": "of tomorrow"}
    )
    await home.set_up(ConfigEntryState.SETUP_ERROR)
    assert home.entry.error_reason_translation_key == "unknown_backend"


async def test_an_account_without_tokens_asks_the_user(
    home: Home, hass_storage: dict[str, Any]
) -> None:
    """As after a backup without the file."""
    for key in [one for one in hass_storage if ".tokens." in one]:
        del hass_storage[key]
    await home.set_up(ConfigEntryState.SETUP_ERROR)
    assert [one["context"]["source"] for one in home.flows()] == ["reauth"]


async def test_an_account_can_be_reloaded_again_and_again(home: Home) -> None:
    """Each time it is the same."""
    await home.set_up()
    before = {one.entity_id: one.state for one in home.hass.states.async_all()}
    for _ in range(3):
        await home.reload()
        assert home.entry.state is ConfigEntryState.LOADED
    after = {one.entity_id: one.state for one in home.hass.states.async_all()}
    assert after == before


@place(scenarios.fleet, charge_points=10, evses_each=3)
async def test_only_what_changed_is_written(home: Home) -> None:
    """Of ten charge points one has news, and the others stay silent."""
    await home.set_up()
    await home.advance(30)
    events = async_capture_events(home.hass, EVENT_STATE_CHANGED)
    reported: list[Event[EventStateReportedData]] = []

    @callback
    def everything(_: EventStateReportedData) -> bool:
        return True

    home.hass.bus.async_listen(
        EVENT_STATE_REPORTED, reported.append, event_filter=everything
    )
    await home.poll()
    assert events == []
    home.world.unplug("700005")
    await home.poll()
    written = Counter(one.data["entity_id"].partition(".")[2] for one in events)
    assert written
    assert all("socket_4005_" in key for key in written)
    assert max(written.values()) == 1
    assert reported == []


@place(scenarios.fleet, charge_points=10, evses_each=3)
async def test_only_those_that_may_show_something_else_are_called(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The listeners of nine charge points are not even asked."""
    await home.set_up()
    await home.advance(30)
    called: list[object] = []
    coordinator = home.coordinator
    for key, (listener, context) in list(coordinator._listeners.items()):

        def note(listener: Any = listener, context: object = context) -> None:
            called.append(context)
            listener()

        coordinator._listeners[key] = (note, context)
    home.world.unplug("700005")
    await home.poll()
    assert {one for one in called if one is not None} == {"CP0000002"}


async def test_a_listener_that_fails_does_not_harm_the_others(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Its error is logged, and all entities are written."""
    await home.set_up()

    def fail() -> None:
        raise RuntimeError("a bug")

    remove = home.coordinator.async_add_listener(fail)
    listeners = home.coordinator._listeners
    first = next(reversed(listeners))
    home.coordinator._listeners = {first: listeners.pop(first), **listeners}
    home.world.unplug(EVSE)
    await home.poll()
    assert "Unexpected error updating Test operator" in caplog.text
    assert home.value("status") == "available"
    remove()


@place(scenarios.fleet, charge_points=10, evses_each=3)
async def test_many_listeners_do_not_hold_the_loop(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are called in slices, and all of them in the end."""
    monkeypatch.setattr("custom_components.ev_charging_cloud.publishing.SLICE", -1)
    await home.set_up()
    for evse in home.world.evses.values():
        home.world.unplug(evse.id)
    await home.coordinator.async_refresh()
    first = [home.value("status", str(700001 + index)) for index in range(30)]
    assert "preparing" in first
    await home.settle()
    for _ in range(1000):
        await asyncio.sleep(0)
    last = {home.value("status", str(700001 + index)) for index in range(30)}
    assert last == {"available"}


async def test_a_renamed_entity_goes_on(home: Home) -> None:
    """Without a reload, and without a line in the log that says otherwise."""
    await home.set_up()
    registry = er.async_get(home.hass)
    for entity in home.entities():
        if entity.disabled_by is None:
            domain = entity.domain
            name = entity.unique_id.rpartition("_evse_")[2].replace(" ", "_").lower()
            registry.async_update_entity(
                entity.entity_id, new_entity_id=f"{domain}.renamed_{name}"
            )
    await home.settle()
    home.world.unplug(EVSE)
    await home.poll()
    assert home.entity_id("status").startswith("sensor.renamed_")
    assert home.value("status") == "available"
    assert home.value("charging") == "off"


async def test_polling_is_slow_while_nothing_charges(home: Home) -> None:
    """And quick while a session runs."""
    await home.set_up()
    idle = home.coordinator.update_interval
    assert idle is not None
    assert idle >= timedelta(minutes=4.5)
    home.world.start(EVSE, DRIVER)
    await home.poll()
    active = home.coordinator.update_interval
    assert active is not None
    assert timedelta(seconds=27) <= active <= timedelta(seconds=63)
