"""What all entities have in common."""

import asyncio
from collections.abc import Callable, Iterable
from typing import override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.device_registry import (
    ChildDeviceInfo,
    DeviceEntryType,
    DeviceInfo,
)
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import ChargingCoordinator, EvChargingConfigEntry, Runtime
from .view import EvseView

# How many EVSEs get their entities before the event loop may do other things.
SLICE = 2


def account_id(entry: EvChargingConfigEntry) -> str:
    """Return what begins every unique id of an account."""
    return entry.unique_id or entry.entry_id


def charge_point_identifier(
    entry: EvChargingConfigEntry, charge_point_id: str
) -> tuple[str, str]:
    """Return the identifier of a charge point's device."""
    return DOMAIN, f"{account_id(entry)}_cp_{charge_point_id}"


def evse_identifier(entry: EvChargingConfigEntry, evse_id: str) -> tuple[str, str]:
    """Return the identifier of an EVSE's device."""
    return DOMAIN, f"{account_id(entry)}_evse_{evse_id}"


def account_device(entry: EvChargingConfigEntry, backend: str) -> DeviceInfo:
    """Return the device of the account itself."""
    return DeviceInfo(
        identifiers={(DOMAIN, f"{account_id(entry)}_account")},
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=backend,
        name=entry.title,
    )


def charge_point_device(view: EvseView, runtime: Runtime) -> DeviceInfo:
    """Return the device of a charge point."""
    entry = runtime.coordinator.config_entry
    identifiers = {charge_point_identifier(entry, view.charge_point.id)}
    if view.elsewhere:
        return DeviceInfo(
            identifiers=identifiers,
            entry_type=DeviceEntryType.SERVICE,
            translation_key="elsewhere",
            via_device_id=runtime.account_device,
        )
    if not view.charger:
        return DeviceInfo(
            identifiers=identifiers,
            entry_type=DeviceEntryType.SERVICE,
            name=view.charge_point.name,
            manufacturer=entry.title,
        )
    return DeviceInfo(
        identifiers=identifiers,
        name=view.charge_point.name,
        manufacturer=entry.title,
        sw_version=view.charge_point.firmware,
        via_device_id=runtime.account_device,
    )


def evse_device(
    hass: HomeAssistant, view: EvseView, runtime: Runtime
) -> DeviceInfo | ChildDeviceInfo:
    """Return the device of an EVSE: a part of its charge point if that has more."""
    info = charge_point_device(view, runtime)
    if len(view.charge_point.evses) < 2:
        return info
    entry = runtime.coordinator.config_entry
    parent = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, **info
    )
    return ChildDeviceInfo(
        identifiers={evse_identifier(entry, view.evse.id)},
        parent_device_id=parent.id,
        translation_key="evse",
        translation_placeholders={"name": view.evse.identifier or view.evse.id},
    )


class EvseEntity(CoordinatorEntity[ChargingCoordinator]):
    """An entity of one EVSE, written only when what it shows has changed."""

    _attr_has_entity_name = True

    def __init__(
        self,
        hass: HomeAssistant,
        runtime: Runtime,
        view: EvseView,
        description: EntityDescription,
    ) -> None:
        """Take the EVSE as it is now."""
        super().__init__(runtime.coordinator, context=view.charge_point.id)
        self.entity_description = description
        self.view = view
        entry = runtime.coordinator.config_entry
        self._attr_unique_id = unique_id(entry, view, description)
        self._attr_device_info = (
            charge_point_device(view, runtime)
            if of_charge_point(description)
            else evse_device(hass, view, runtime)
        )
        self._written: object = None
        self._gone = False

    @property
    @override
    def available(self) -> bool:
        """Tell whether the account answers and this EVSE was readable."""
        if self._gone:
            return False
        reachable = self.coordinator.reachable(self.view.charge_point.id)
        return reachable and super().available

    def shown(self) -> object:
        """Return everything that the state shows, to tell a change."""
        raise NotImplementedError

    @callback
    def async_entity_id_changed(  # type: ignore[explicit-override,unused-ignore]
        self, old_entity_id: str
    ) -> None:
        """Stay as it is under another entity id."""

    @override
    async def async_added_to_hass(self) -> None:
        """Note what the first state shows."""
        await super().async_added_to_hass()
        self._written = self.available, self.shown()

    @override
    @callback
    def _handle_coordinator_update(self) -> None:
        """Write the state where it shows something else than before."""
        view = self.coordinator.view(self.view.charge_point.id, self.view.evse.id)
        self._gone = view is None
        if view is not None:
            self.view = view
        shown = self.available, self.shown()
        if shown != self._written:
            self._written = shown
            self.async_write_ha_state()


def of_charge_point(description: EntityDescription) -> bool:
    """Tell whether an entity belongs to the charge point and not to one EVSE of it."""
    return bool(getattr(description, "of_charge_point", False))


def unique_id(
    entry: EvChargingConfigEntry, view: EvseView, description: EntityDescription
) -> str:
    """Return the unique id of an entity."""
    if of_charge_point(description):
        return f"{account_id(entry)}_cp_{view.charge_point.id}_{description.key}"
    return f"{account_id(entry)}_evse_{view.evse.id}_{description.key}"


async def async_add_evse_entities[D: EntityDescription](
    hass: HomeAssistant,
    entry: EvChargingConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Iterable[D],
    *,
    platform: str,
    exists: Callable[[ChargingCoordinator, EvseView, D], bool],
    create: Callable[[EvseView, D], Entity],
) -> None:
    """Add the entities of all EVSEs, in slices, and of those that appear later.

    What existed before stays, even if its value is not there at the moment.
    """
    coordinator = entry.runtime_data.coordinator
    registry = er.async_get(hass)
    known: set[str] = set()

    def new(view: EvseView) -> list[Entity]:
        found = []
        for description in descriptions:
            identity = unique_id(entry, view, description)
            if identity in known:
                continue
            if exists(coordinator, view, description) or (
                registry.async_get_entity_id(platform, DOMAIN, identity)
            ):
                known.add(identity)
                found.append(create(view, description))
        return found

    def add(views: list[EvseView]) -> None:
        for part in dict.fromkeys(view.charge_point.part for view in views):
            entities = [
                entity
                for view in views
                if view.charge_point.part == part
                for entity in new(view)
            ]
            if entities:
                async_add_entities(entities, config_subentry_id=part)

    @callback
    def look() -> None:
        add(coordinator.shown(coordinator.changed))

    views = coordinator.shown()
    for position in range(0, len(views), SLICE):
        await asyncio.sleep(0)
        add(views[position : position + SLICE])
    entry.async_on_unload(coordinator.async_add_listener(look))
