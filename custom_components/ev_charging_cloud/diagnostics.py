"""What a user can send with a report: everything but who it is about."""

from typing import Any

import msgspec

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.core import HomeAssistant

from .const import CONF_BACKEND, CONF_BRAND, CONF_METHOD
from .coordinator import EvChargingConfigEntry
from .providers.model import plain

TO_REDACT = {
    "coordinates",
    "evse_id",
    "evse_identifier",
    "id",
    "identifier",
    "key",
    "name",
    "part",
    "place",
    "reference",
}


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: EvChargingConfigEntry
) -> dict[str, Any]:
    """Return the state of an account without identities and secrets.

    Settings and tokens are left out as a whole, so that no new one slips through.
    """
    coordinator = entry.runtime_data.coordinator
    data = coordinator.data
    transport = coordinator.provider.transport
    interval = coordinator.update_interval
    shown = {view.charge_point.id for view in coordinator.shown()}
    return {
        "entry": {
            key: entry.data.get(key) for key in (CONF_BACKEND, CONF_BRAND, CONF_METHOD)
        },
        "hidden_charge_points": sum(
            point.id not in shown for point in coordinator.pickable()
        ),
        "polling": {
            "last_update_success": coordinator.last_update_success,
            "last_error": coordinator.last_exception
            and type(coordinator.last_exception).__name__,
            "interval_seconds": interval and interval.total_seconds(),
            "requests_last_hour": transport.last_hour,
            "requests_total": transport.total,
            "last_contact": data.contact and data.contact.isoformat(),
        },
        "capabilities": sorted(coordinator.provider.capabilities),
        "troubles": coordinator.notices.troubles,
        "charge_points": [
            {
                "missed_polls": data.misses.get(point.id, 0),
                "charge_point": _plain(point),
                "sessions": [_plain(data.tracks.get(one.id)) for one in point.evses],
            }
            for point in data.charge_points.values()
        ],
    }


def _plain(value: object) -> Any:
    """Return a model object as redacted plain data.

    Redaction looks into dicts and lists, but not into tuples.
    """
    listed = msgspec.json.decode(msgspec.json.encode(plain(value)))
    return async_redact_data(listed, TO_REDACT)
