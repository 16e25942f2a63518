"""Buttons: restart a charge point, release a cable, stop a session elsewhere."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.button import (
    ButtonDeviceClass,
    ButtonEntity,
    ButtonEntityDescription,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .commands import Commands
from .coordinator import ChargingCoordinator, EvChargingConfigEntry
from .entity import EvseEntity, async_add_evse_entities
from .providers.model import PlaceKind
from .providers.provider import Capability
from .view import EvseView

# A command waits for the charger; another EVSE must not wait for that.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class EvseButtonDescription(ButtonEntityDescription):
    """What a button does, where there is one, and when it can be pressed."""

    press_fn: Callable[[Commands, EvseView], Awaitable[None]]
    exists_fn: Callable[[EvseView], bool]
    ready_fn: Callable[[EvseView], bool] = lambda view: True
    capability: Capability
    without: Capability | None = None
    of_charge_point: bool = False


BUTTONS: tuple[EvseButtonDescription, ...] = (
    EvseButtonDescription(
        key="restart",
        device_class=ButtonDeviceClass.RESTART,
        entity_category=EntityCategory.CONFIG,
        entity_registry_enabled_default=False,
        capability=Capability.RESTART,
        of_charge_point=True,
        exists_fn=lambda view: view.charger,
        press_fn=lambda commands, view: commands.restart(view.charge_point.id),
    ),
    EvseButtonDescription(
        key="unlock",
        translation_key="unlock",
        entity_category=EntityCategory.CONFIG,
        # Meant for those who help drivers: it lets a cable go in the open street.
        entity_registry_enabled_default=False,
        capability=Capability.UNLOCK,
        exists_fn=lambda view: view.evse.unlocks,
        press_fn=lambda commands, view: commands.unlock(
            view.charge_point.id, view.evse.id
        ),
    ),
    EvseButtonDescription(
        key="start",
        translation_key="start",
        capability=Capability.START,
        without=Capability.STOP,
        exists_fn=lambda view: view.charger,
        ready_fn=lambda view: view.running is None or view.running.stale,
        press_fn=lambda commands, view: commands.start(
            view.charge_point.id, view.evse.id
        ),
    ),
    EvseButtonDescription(
        key="register",
        translation_key="register",
        entity_category=EntityCategory.CONFIG,
        capability=Capability.REGISTER,
        exists_fn=lambda view: view.charge_point.kind is PlaceKind.DRIVER,
        press_fn=lambda commands, view: commands.register(view.charge_point.id),
    ),
    EvseButtonDescription(
        key="stop",
        translation_key="stop",
        capability=Capability.STOP,
        exists_fn=lambda view: view.elsewhere,
        ready_fn=lambda view: (
            view.running is not None and view.running.can_stop is not False
        ),
        press_fn=lambda commands, view: commands.stop(
            view.charge_point.id, view.evse.id
        ),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvChargingConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the buttons of an account."""
    runtime = entry.runtime_data
    await async_add_evse_entities(
        hass,
        entry,
        async_add_entities,
        BUTTONS,
        platform=Platform.BUTTON,
        exists=_exists,
        create=lambda view, description: EvseButton(hass, runtime, view, description),
    )


def _exists(
    coordinator: ChargingCoordinator, view: EvseView, description: EvseButtonDescription
) -> bool:
    """Tell whether an EVSE has a button."""
    able = coordinator.provider.capabilities
    if description.capability not in able or description.without in able:
        return False
    return description.exists_fn(view)


class EvseButton(EvseEntity, ButtonEntity):
    """A button of an EVSE."""

    entity_description: EvseButtonDescription

    @property
    @override
    def available(self) -> bool:
        """Tell whether pressing makes sense now."""
        return super().available and self.entity_description.ready_fn(self.view)

    @override
    def shown(self) -> object:
        """Return nothing: a button has no state but its availability."""
        return None

    @override
    async def async_press(self) -> None:
        """Send the command."""
        commands = self.coordinator.config_entry.runtime_data.commands
        await self.entity_description.press_fn(commands, self.view)
