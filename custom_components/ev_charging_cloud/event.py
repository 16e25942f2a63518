"""The event entity that tells what happens to sessions."""

from typing import Any, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .coordinator import EvChargingConfigEntry
from .entity import EvseEntity, async_add_evse_entities
from .happenings import Happening, Kind
from .providers.model import CostBasis, Session

PARALLEL_UPDATES = 0

EVENTS = (
    EventEntityDescription(
        key="session", translation_key="session", event_types=list(Kind)
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvChargingConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the event entities of an account."""
    runtime = entry.runtime_data
    await async_add_evse_entities(
        hass,
        entry,
        async_add_entities,
        EVENTS,
        platform=Platform.EVENT,
        exists=lambda *_: True,
        create=lambda view, description: SessionEvent(hass, runtime, view, description),
    )


class SessionEvent(EvseEntity, EventEntity):
    """Tells when a session starts, ends and fails, and what it cost."""

    @override
    async def async_added_to_hass(self) -> None:
        """Listen for what happens, and hear what happened since the restart."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.notices.async_tell(
                self.view.evse.id, self._handle_happening
            )
        )

    @callback
    def _handle_happening(self, one: Happening) -> None:
        """Report a happening."""
        basis = self.coordinator.provider.cost_basis
        self._trigger_event(one.kind, attributes(one.session, basis))
        self.async_write_ha_state()

    @override
    def shown(self) -> object:
        """Return nothing: only happenings change the state."""
        return None


def attributes(session: Session, basis: CostBasis) -> dict[str, Any]:
    """Return what an event says about a session; no identity is among it.

    The cost is the one that the sensor counts.
    """
    cost = session.cost
    amount = None if cost is None else cost.by(basis)
    found = {
        "started_at": session.started_at and session.started_at.isoformat(),
        "ended_at": session.ended_at and session.ended_at.isoformat(),
        "duration": None
        if session.duration is None
        else session.duration.total_seconds(),
        "energy_kwh": session.energy_kwh,
        "cost": None if amount is None else float(amount),
        "currency": cost.currency if cost else None,
        "cost_state": cost.state if cost else None,
        "stop_reason": session.stop_reason,
    }
    return {key: value for key, value in found.items() if value is not None}
