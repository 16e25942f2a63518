"""EV Charging Cloud: the sessions of a charging account."""

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ConfigEntryError
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    issue_registry as ir,
)
from homeassistant.helpers.device_registry import AnyDeviceEntry

from .commands import Commands
from .connection import connect
from .const import CONF_BACKEND, CONF_SETTINGS, DOMAIN, PLATFORMS
from .coordinator import (
    ChargingCoordinator,
    EvChargingConfigEntry,
    Runtime,
    still_charging_issue,
)
from .entity import account_device, account_id, charge_point_identifier, evse_identifier
from .providers.catalogue import BACKENDS
from .storage import TokenFile, TrackFile

CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup_entry(hass: HomeAssistant, entry: EvChargingConfigEntry) -> bool:
    """Set up an account."""
    if (backend := BACKENDS.get(entry.data[CONF_BACKEND])) is None:
        raise ConfigEntryError(
            translation_domain=DOMAIN, translation_key="unknown_backend"
        )
    tokens = TokenFile(hass, account_id(entry))
    provider = backend.open(connect(hass), entry.data[CONF_SETTINGS], tokens)
    coordinator = ChargingCoordinator(hass, entry, provider)
    await coordinator.async_config_entry_first_refresh()
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
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: EvChargingConfigEntry) -> bool:
    """Unload an account."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if unloaded:
        coordinator = entry.runtime_data.coordinator
        await coordinator.async_save()
        await coordinator.provider.close()
        for evse_id in coordinator.data.tracks:
            ir.async_delete_issue(hass, DOMAIN, still_charging_issue(entry, evse_id))
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: EvChargingConfigEntry) -> None:
    """Delete what was kept for an account."""
    await TokenFile(hass, account_id(entry)).remove()
    await TrackFile(hass, account_id(entry)).remove()


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: EvChargingConfigEntry, device: AnyDeviceEntry
) -> bool:
    """Let the user delete what the back end no longer lists, or what is hidden."""
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
