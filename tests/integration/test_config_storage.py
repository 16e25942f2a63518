"""Dialogs where the disk is full, or an account is of another kind."""

from collections.abc import Iterator

import pytest

from custom_components.ev_charging_cloud.config_flow import EvChargingCloudConfigFlow
from custom_components.ev_charging_cloud.providers.errors import StorageError
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.storage import TokenFile
from homeassistant.config_entries import ConfigEntryState

from .dialog import CREDENTIALS, Dialog
from .support import Home


@pytest.fixture
def full_disk(home: Home) -> Iterator[pytest.MonkeyPatch]:
    """Let no token be saved; undone, the disk has room again."""

    async def save(self: TokenFile, tokens: Tokens) -> None:
        raise StorageError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TokenFile, "save", save)
        yield patch


async def test_a_new_account_needs_room_on_the_disk(
    home: Home, full_disk: pytest.MonkeyPatch
) -> None:
    """The same dialog succeeds once there is some."""
    await home.hass.config_entries.async_remove(home.entry.entry_id)
    dialog = Dialog(home.hass)
    await dialog.begin("ampeco", "password")
    await dialog.enter(host=home.emulator.url, **CREDENTIALS)
    await dialog.enter()
    assert dialog.step == "credentials"
    assert dialog.errors == {"base": "not_saved"}
    full_disk.undo()
    await dialog.enter(host=home.emulator.url, **CREDENTIALS)
    entry = await dialog.finish()
    assert entry.state is ConfigEntryState.LOADED
    await home.hass.config_entries.async_unload(entry.entry_id)


async def test_a_changed_account_goes_on_where_the_disk_is_full(
    home: Home, full_disk: pytest.MonkeyPatch
) -> None:
    """With its old tokens, and the dialog says why."""
    await home.set_up()
    dialog = Dialog(home.hass)
    dialog.shown = await home.entry.start_reconfigure_flow(home.hass)
    await dialog.enter(method="password")
    await dialog.enter(host=home.emulator.url, **CREDENTIALS)
    assert dialog.errors == {"base": "not_saved"}
    await home.settle()
    assert home.entry.state is ConfigEntryState.LOADED
    full_disk.undo()
    await dialog.enter(host=home.emulator.url, **CREDENTIALS)
    assert dialog.reason == "reconfigure_successful"
    await home.settle()


async def test_a_way_to_sign_in_that_is_no_longer_offered_is_not_chosen(
    home: Home,
) -> None:
    """As where another operator turns out to be a known one."""
    await home.set_up()
    home.hass.config_entries.async_update_entry(
        home.entry, data={**home.entry.data, "brand": "elaway"}
    )
    dialog = Dialog(home.hass)
    dialog.shown = await home.entry.start_reconfigure_flow(home.hass)
    (field,) = dialog.schema
    assert field.default() == "refresh_token"


async def test_only_some_accounts_have_parts(home: Home) -> None:
    """Drivers are added where the back end has no chargers of its own."""
    kinds = EvChargingCloudConfigFlow.async_get_supported_subentry_types
    assert kinds(home.entry) == {}
    home.hass.config_entries.async_update_entry(
        home.entry, data={**home.entry.data, "backend": "evnnovator"}
    )
    assert set(kinds(home.entry)) == {"driver"}
