"""Tell entities what changed, and nothing else."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
import logging
import time
from typing import TYPE_CHECKING, override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .notices import Notices
from .providers.model import ChargePoint
from .tracking import Track

if TYPE_CHECKING:
    from .coordinator import EvChargingConfigEntry

_LOGGER = logging.getLogger(f"{__package__}.coordinator")

# Data is shown through this many failed polls, then everything is unavailable.
KEPT_POLLS = 2

# The longest that listeners are called in one go.
SLICE = 0.004


@dataclass(kw_only=True, slots=True)
class AccountData:
    """An account as its readings so far show it."""

    charge_points: dict[str, ChargePoint] = field(default_factory=dict)
    tracks: dict[str, Track | None] = field(default_factory=dict)
    misses: dict[str, int] = field(default_factory=dict)
    contact: datetime | None = None


class PublishingCoordinator(DataUpdateCoordinator[AccountData]):
    """Calls the listeners of the charge points that changed."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: EvChargingConfigEntry,
        update_interval: timedelta,
    ) -> None:
        """Begin with nothing published."""
        super().__init__(
            hass,
            _LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=update_interval,
        )
        self.data = AccountData()
        self.requested: dict[str, bool] = {}
        self.changed: set[str] = set()
        self.notices = Notices(hass, entry)
        self._published: dict[str, object] = {}
        self._published_success: bool | None = None

    def reachable(self, charge_point_id: str) -> bool:
        """Tell whether a charge point was readable lately."""
        return self.data.misses.get(charge_point_id, 0) <= KEPT_POLLS

    @callback
    def async_request_state(self, evse_id: str, on: bool | None) -> None:
        """Show a requested state of a charging switch, or stop showing it."""
        if on is None:
            self.requested.pop(evse_id, None)
        else:
            self.requested[evse_id] = on
        self.async_update_listeners()

    @override
    @callback
    def async_update_listeners(self) -> None:
        """Call the listeners of what changed, in slices that do not hold the loop."""
        changed = self.changed = self._changed()
        waiting = [
            listener
            for listener, context in self._listeners.values()
            if context is None or context in changed
        ]
        # Happenings come last: an entity that is still unavailable triggers nothing.
        self._call([*waiting, self.notices.deliver])

    @callback
    def _call(self, waiting: list[CALLBACK_TYPE]) -> None:
        """Call listeners until the slice is used up, and the rest afterwards."""
        begun = time.perf_counter()
        for position, listener in enumerate(waiting, 1):
            try:
                listener()
            except Exception:
                _LOGGER.exception("Unexpected error updating %s", self.name)
            if time.perf_counter() - begun > SLICE and position < len(waiting):
                self.hass.loop.call_soon(self._call, waiting[position:])
                return

    def _changed(self) -> set[str]:
        """Return the charge points that differ from what was published last."""
        data = self.data
        now: dict[str, object] = {
            point.id: (
                point,
                [data.tracks.get(evse.id) for evse in point.evses],
                [self.requested.get(evse.id) for evse in point.evses],
                self.reachable(point.id),
            )
            for point in data.charge_points.values()
        }
        everything = self._published_success is not self.last_update_success
        before, self._published = self._published, now
        self._published_success = self.last_update_success
        return {key for key in now if everything or before.get(key) != now[key]}
