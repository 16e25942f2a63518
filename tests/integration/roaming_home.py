"""A Home Assistant with an account whose sessions are at places of others."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.coordinator import ChargingCoordinator
from homeassistant.config_entries import ConfigEntryState, ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er

from .roaming import KEY, Place

ACCOUNT = "roaming_7"


@dataclass(kw_only=True)
class RoamingHome:
    """Home Assistant with an account of it."""

    hass: HomeAssistant
    place: Place
    entry: MockConfigEntry

    @property
    def coordinator(self) -> ChargingCoordinator:
        """Return the coordinator of the account."""
        found: ChargingCoordinator = self.entry.runtime_data.coordinator
        return found

    async def settle(self) -> None:
        """Wait until all is done, also what is only put off to the next step."""
        for _ in range(20):
            await asyncio.sleep(0)
            await self.hass.async_block_till_done()

    async def set_up(self) -> None:
        """Set the account up."""
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.settle()
        assert self.entry.state is ConfigEntryState.LOADED

    async def poll(self) -> None:
        """Read the account now."""
        await self.coordinator.async_refresh()
        await self.settle()

    async def pick(self, *numbers: int) -> None:
        """Let only these locations appear, as the dialog of the options does."""
        self.hass.config_entries.async_update_entry(
            self.entry,
            options={**self.entry.options, "included": [f"L{one}" for one in numbers]},
        )
        if self.entry.state is ConfigEntryState.LOADED:
            await self.hass.config_entries.async_reload(self.entry.entry_id)
            await self.settle()

    def entities(self) -> list[er.RegistryEntry]:
        """Return what the account has in the entity registry."""
        registry = er.async_get(self.hass)
        return er.async_entries_for_config_entry(registry, self.entry.entry_id)

    def entity_id(self, key: str, evse: str) -> str:
        """Return the entity of an EVSE by the key of its description."""
        ending = f"_evse_{evse}_{key}"
        (found,) = (
            one.entity_id for one in self.entities() if one.unique_id.endswith(ending)
        )
        return found

    def has(self, key: str, evse: str) -> bool:
        """Tell whether an EVSE has an entity."""
        ending = f"_evse_{evse}_{key}"
        return any(one.unique_id.endswith(ending) for one in self.entities())

    def state(self, key: str, evse: str) -> State:
        """Return the state of an EVSE's entity."""
        found = self.hass.states.get(self.entity_id(key, evse))
        assert found is not None
        return found

    def value(self, key: str, evse: str) -> str:
        """Return the state of an EVSE's entity as text."""
        return self.state(key, evse).state

    async def act(self, domain: str, service: str, entity_id: str, **data: Any) -> None:
        """Call an action."""
        await self.hass.services.async_call(
            domain, service, {"entity_id": entity_id, **data}, blocking=True
        )
        await self.settle()


def make_entry(*parts: Mapping[str, str], **options: Any) -> MockConfigEntry:
    """Return an account's entry, with tokens."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Roaming",
        unique_id=ACCOUNT,
        data={
            "backend": KEY,
            "brand": KEY,
            "method": "versions",
            "settings": {"brand": KEY, "versions_url": "https://cpo.example/versions"},
        },
        options=options,
        subentries_data=[
            ConfigSubentryDataWithId(
                data=dict(values),
                subentry_id=f"part{number}",
                subentry_type="token",
                title=values["uid"],
                unique_id=values["uid"],
            )
            for number, values in enumerate(parts)
        ],
    )


@asynccontextmanager
async def roaming_home(
    hass: HomeAssistant, place: Place, entry: MockConfigEntry
) -> AsyncIterator[RoamingHome]:
    """Return a Home Assistant with an account that is not set up yet."""
    entry.add_to_hass(hass)
    yield RoamingHome(hass=hass, place=place, entry=entry)
    if entry.state is ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)
