"""The choice of how the running session is charged."""

from datetime import datetime
from typing import override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import ChargingCoordinator, EvChargingConfigEntry
from .entity import EvseEntity, async_add_evse_entities
from .providers.model import Ownership
from .providers.provider import Capability, Preference, Profile
from .view import EvseView

# A command waits for the charger; another EVSE must not wait for that.
PARALLEL_UPDATES = 0

SELECTS = (
    SelectEntityDescription(
        key="charging_profile",
        translation_key="charging_profile",
        options=[profile.value for profile in Profile],
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvChargingConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the choices of an account."""
    runtime = entry.runtime_data
    await async_add_evse_entities(
        hass,
        entry,
        async_add_entities,
        SELECTS,
        platform=Platform.SELECT,
        exists=_exists,
        create=lambda view, description: ProfileSelect(
            hass, runtime, view, description
        ),
    )


def _exists(
    coordinator: ChargingCoordinator, view: EvseView, _: SelectEntityDescription
) -> bool:
    """Tell whether an EVSE takes charging preferences."""
    able = Capability.PREFERENCES in coordinator.provider.capabilities
    return able and view.evse.prefers


class ProfileSelect(EvseEntity, SelectEntity):
    """How the driver wants to be charged, and what the charger has accepted."""

    @property
    @override
    def available(self) -> bool:
        """Tell whether a session runs whose charging may be changed."""
        if (running := self.view.running) is None:
            return False
        own = running.ownership is Ownership.OWN
        return super().available and (own or self.coordinator.controls_all)

    @property
    @override
    def current_option(self) -> str | None:
        """Return the profile that was accepted last for this session."""
        running = self.view.running
        return None if running is None else running.preference

    @override
    def shown(self) -> object:
        """Return the chosen profile."""
        return self.current_option

    @override
    async def async_select_option(self, option: str) -> None:
        """Ask for another profile."""
        await self._prefer(Preference(profile=Profile(option)))

    async def async_set_charging_preferences(
        self,
        *,
        profile: str,
        departure_time: datetime | None = None,
        energy_need: float | None = None,
        discharge_allowed: bool | None = None,
    ) -> None:
        """Ask for a profile, and say what the charger may want to know for it.

        The energy is in kWh, the moment has a time zone.
        """
        await self._prefer(
            Preference(
                profile=Profile(profile),
                departure=departure_time,
                energy_kwh=energy_need,
                discharge=discharge_allowed,
            )
        )

    async def _prefer(self, preference: Preference) -> None:
        """Say how the session is to be charged."""
        commands = self.coordinator.config_entry.runtime_data.commands
        await commands.prefer(self.view.charge_point.id, self.view.evse.id, preference)
