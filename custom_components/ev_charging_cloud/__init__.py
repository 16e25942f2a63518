"""EV Charging Cloud: the sessions of a charging account."""

from contextlib import suppress
from functools import partial

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryError, ConfigEntryNotReady
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    issue_registry as ir,
)
from homeassistant.helpers.device_registry import AnyDeviceEntry
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.typing import ConfigType

from .callbacks import async_listen
from .commands import Commands
from .connection import connect
from .const import CONF_BACKEND, CONF_SETTINGS, DOMAIN, PLATFORMS
from .coordinator import ChargingCoordinator, EvChargingConfigEntry, Runtime
from .entity import account_device, account_id, charge_point_identifier, evse_identifier
from .ledger import AccountLedger, LedgerError, LedgerTooNewError
from .notices import still_charging_issue
from .providers.catalogue import BACKENDS
from .providers.provider import Kept, PartData
from .records import async_acquire, async_release, borrowed
from .services import async_setup_services
from .storage import TokenFile

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, which are there without an account too."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: EvChargingConfigEntry) -> bool:
    """Set up an account."""
    if (backend := BACKENDS.get(entry.data[CONF_BACKEND])) is None:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key="unknown_backend"
        )
    ledger, cursors = await _open_ledger(hass, entry)
    calls = async_listen(hass, entry) if backend.callbacks else None
    provider = backend.open(
        connect(hass, None if calls is None else calls.address),
        entry.data[CONF_SETTINGS],
        TokenFile(hass, account_id(entry)),
        Kept(parts=parts(entry), cursors=cursors),
    )
    coordinator = ChargingCoordinator(hass, entry, provider, ledger)
    await coordinator.async_config_entry_first_refresh()
    if calls is not None:
        calls.wake = coordinator.async_read_again
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, **account_device(entry, backend.name)
    )
    entry.runtime_data = Runtime(
        coordinator=coordinator,
        commands=Commands(coordinator),
        account_device=device.id,
    )
    commands = entry.runtime_data.commands
    entry.async_on_unload(commands.close)
    entry.async_on_unload(
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, commands.close)
    )
    entry.async_on_unload(coordinator.notices.async_forget)
    _remove_hidden(hass, entry)
    _reload_with_parts(hass, entry)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def _open_ledger(
    hass: HomeAssistant, entry: EvChargingConfigEntry
) -> tuple[AccountLedger, dict[str, str]]:
    """Open what is kept of an account until it is unloaded, with its cursors."""
    try:
        ledger = await async_acquire(hass)
        entry.async_on_unload(partial(async_release, hass))
        account = await ledger.account(account_id(entry))
        return account, await account.cursors()
    except LedgerTooNewError as err:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key="ledger_too_new"
        ) from err
    except LedgerError as err:
        raise ConfigEntryNotReady(
            translation_domain=DOMAIN, translation_key="not_saved"
        ) from err


def _remove_hidden(hass: HomeAssistant, entry: EvChargingConfigEntry) -> None:
    """Remove the devices of charge points that the user does not want to see."""
    coordinator = entry.runtime_data.coordinator
    shown = {view.charge_point.id for view in coordinator.shown()}
    registry = dr.async_get(hass)
    for point in coordinator.pickable():
        identifier = charge_point_identifier(entry, point.id)
        device = registry.async_get_device_by_identifier(identifier, entry.entry_id)
        if point.id not in shown and device is not None:
            registry.async_remove_device(device.id)


def _reload_with_parts(hass: HomeAssistant, entry: EvChargingConfigEntry) -> None:
    """Reload an account when the user adds, changes or removes a part of it."""
    before = parts(entry)

    @callback
    def look(_: ConfigEntryChange, changed: ConfigEntry) -> None:
        if changed is entry and parts(entry) != before:
            hass.config_entries.async_schedule_reload(entry.entry_id)

    entry.async_on_unload(
        async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, look)
    )


def parts(entry: EvChargingConfigEntry) -> tuple[PartData, ...]:
    """Return what the user added to an account."""
    return tuple(
        PartData(id=subentry.subentry_id, values=subentry.data)
        for subentry in entry.subentries.values()
    )


async def async_unload_entry(hass: HomeAssistant, entry: EvChargingConfigEntry) -> bool:
    """Unload an account."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        coordinator = entry.runtime_data.coordinator
        await coordinator.provider.close()
        for evse_id in coordinator.data.tracks:
            ir.async_delete_issue(hass, DOMAIN, still_charging_issue(entry, evse_id))
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: EvChargingConfigEntry) -> None:
    """Delete what was kept for an account."""
    await TokenFile(hass, account_id(entry)).remove()
    with suppress(LedgerError):
        async with borrowed(hass) as ledger:
            await (await ledger.account(account_id(entry))).forget()


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: EvChargingConfigEntry, device: AnyDeviceEntry
) -> bool:
    """Let the user delete what the back end no longer lists, or what is hidden."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    data = entry.runtime_data.coordinator.data
    shown = entry.runtime_data.coordinator.shown()
    listed = {
        identifier
        for view in shown
        if not data.misses.get(view.charge_point.id)
        for identifier in (
            charge_point_identifier(entry, view.charge_point.id),
            evse_identifier(entry, view.evse.id),
        )
    }
    listed.add((DOMAIN, f"{account_id(entry)}_account"))
    return not listed & device.identifiers
