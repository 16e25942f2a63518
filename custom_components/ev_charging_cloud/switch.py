"""The switch that starts and stops charging."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ChargingCoordinator, EvChargingConfigEntry
from .entity import EvseEntity, async_add_evse_entities
from .providers.model import Ownership
from .providers.provider import Capability
from .view import EvseView

# A command waits for the charger; another EVSE must not wait for that.
PARALLEL_UPDATES = 0

SWITCHES = (SwitchEntityDescription(key="charging", translation_key="charging"),)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvChargingConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the charging switches of an account."""
    runtime = entry.runtime_data
    await async_add_evse_entities(
        hass,
        entry,
        async_add_entities,
        SWITCHES,
        platform=Platform.SWITCH,
        exists=_exists,
        create=lambda view, description: ChargingSwitch(
            hass, runtime, view, description
        ),
    )


def _exists(
    coordinator: ChargingCoordinator, view: EvseView, _: SwitchEntityDescription
) -> bool:
    """Tell whether charging can be switched at an EVSE."""
    able = {Capability.START, Capability.STOP} <= coordinator.provider.capabilities
    return able and not view.elsewhere


class ChargingSwitch(EvseEntity, SwitchEntity):
    """Starts and stops charging, and shows what the charger does."""

    @property
    @override
    def available(self) -> bool:
        """Tell whether no session runs, or one that may be stopped."""
        running = self.view.running
        own = running is None or running.ownership is Ownership.OWN
        return super().available and (own or self.coordinator.controls_all)

    @property
    @override
    def is_on(self) -> bool:
        """Tell whether a session runs; a requested state is shown for a while."""
        requested = self.coordinator.requested.get(self.view.evse.id)
        return self.view.running is not None if requested is None else requested

    @override
    def shown(self) -> object:
        """Return the state."""
        return self.is_on

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Start charging."""
        commands = self.coordinator.config_entry.runtime_data.commands
        await commands.start(self.view.charge_point.id, self.view.evse.id)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop charging."""
        commands = self.coordinator.config_entry.runtime_data.commands
        await commands.stop(self.view.charge_point.id, self.view.evse.id)
