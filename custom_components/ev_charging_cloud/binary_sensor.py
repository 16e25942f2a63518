"""Binary sensors of EVSEs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EvChargingConfigEntry
from .entity import EvseEntity, async_add_evse_entities
from .providers.model import EvseStatus
from .view import EvseView

PARALLEL_UPDATES = 0

PROBLEMS = frozenset({EvseStatus.FAULTED, EvseStatus.UNAVAILABLE})


@dataclass(frozen=True, kw_only=True)
class EvseBinarySensorDescription(BinarySensorEntityDescription):
    """What a binary sensor of an EVSE shows."""

    is_on_fn: Callable[[EvseView], bool | None]
    exists_fn: Callable[[EvseView], bool] = lambda view: view.charger


def _is_charging(view: EvseView) -> bool | None:
    """Tell whether energy flows into a car."""
    return None if view.status is None else view.status is EvseStatus.CHARGING


def _has_problem(view: EvseView) -> bool | None:
    """Tell whether an EVSE cannot be used."""
    return None if view.status is None else view.status in PROBLEMS


SENSORS: tuple[EvseBinarySensorDescription, ...] = (
    EvseBinarySensorDescription(
        key="plugged_in",
        translation_key="plugged_in",
        device_class=BinarySensorDeviceClass.PLUG,
        is_on_fn=lambda view: view.evse.plugged_in,
    ),
    EvseBinarySensorDescription(
        key="charging",
        exists_fn=lambda view: not view.elsewhere,
        device_class=BinarySensorDeviceClass.BATTERY_CHARGING,
        is_on_fn=_is_charging,
    ),
    EvseBinarySensorDescription(
        key="problem",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        is_on_fn=_has_problem,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvChargingConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the binary sensors of an account."""
    runtime = entry.runtime_data
    await async_add_evse_entities(
        hass,
        entry,
        async_add_entities,
        SENSORS,
        platform=Platform.BINARY_SENSOR,
        exists=lambda _, view, description: description.exists_fn(view),
        create=lambda view, description: EvseBinarySensor(
            hass, runtime, view, description
        ),
    )


class EvseBinarySensor(EvseEntity, BinarySensorEntity):
    """A binary sensor of an EVSE."""

    entity_description: EvseBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the state as it is now."""
        return self.entity_description.is_on_fn(self.view)

    @override
    def shown(self) -> object:
        """Return the state."""
        return self.is_on
