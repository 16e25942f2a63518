"""What the user is told besides states: happenings and repair issues."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .happenings import Happening, Kind

if TYPE_CHECKING:
    from .coordinator import EvChargingConfigEntry

# Where the event entity is disabled, nobody ever asks for them.
MOST_UNTOLD = 20


class Notices:
    """Keeps what is to be told until there is somebody to tell it."""

    def __init__(self, hass: HomeAssistant, entry: EvChargingConfigEntry) -> None:
        """Take the account that it is about."""
        self._hass = hass
        self._entry = entry
        self._tellers: dict[str, Callable[[Happening], None]] = {}
        self._untold: dict[str, list[Happening]] = {}
        self.troubles: dict[str, str] = {}
        self._refused: frozenset[str] = frozenset()

    @callback
    def async_tell(
        self, evse_id: str, teller: Callable[[Happening], None]
    ) -> CALLBACK_TYPE:
        """Call back for each happening at an EVSE, once, also for untold ones."""
        self._tellers[evse_id] = teller
        # An event that is the first thing an entity shows would trigger nothing.
        self._hass.loop.call_soon(self.deliver)

        @callback
        def stop() -> None:
            self._tellers.pop(evse_id, None)

        return stop

    def tell(self, evse_id: str, one: Happening) -> None:
        """Keep a happening until its event entity can report it."""
        if one.kind is not Kind.STARTED:
            issue = still_charging_issue(self._entry, evse_id)
            ir.async_delete_issue(self._hass, DOMAIN, issue)
        untold = self._untold.setdefault(evse_id, [])
        untold.append(one)
        del untold[:-MOST_UNTOLD]

    @callback
    def deliver(self) -> None:
        """Hand happenings to the event entities that there are."""
        for evse_id in self._untold.keys() & self._tellers.keys():
            for one in self._untold.pop(evse_id):
                self._tellers[evse_id](one)

    def tell_refused(self, refused: frozenset[str]) -> None:
        """Say which features the account has no right to, while that is so."""
        for feature in refused ^ self._refused:
            issue = refused_issue(self._entry, feature)
            if feature not in refused:
                ir.async_delete_issue(self._hass, DOMAIN, issue)
                continue
            self._warn(issue, f"refused_{feature}", {})
        self._refused = refused

    def tell_troubles(self, troubles: Mapping[str, str]) -> None:
        """Say what went wrong, with the detail that it has now, while that is so."""
        for trouble in self.troubles.keys() | troubles.keys():
            detail = troubles.get(trouble)
            if detail == self.troubles.get(trouble):
                continue
            issue = trouble_issue(self._entry, trouble)
            if detail is None:
                ir.async_delete_issue(self._hass, DOMAIN, issue)
            else:
                self._warn(issue, f"trouble_{trouble}", {"detail": detail})
        self.troubles = dict(troubles)

    def _warn(self, issue: str, key: str, named: Mapping[str, str]) -> None:
        """Create an issue of the account, or change what it names."""
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=key,
            translation_placeholders={"account": self._entry.title, **named},
        )

    @callback
    def async_forget(self) -> None:
        """Take back what was said, because the account is unloaded."""
        self.tell_refused(frozenset())
        self.tell_troubles({})


def still_charging_issue(entry: EvChargingConfigEntry, evse_id: str) -> str:
    """Return the id of the issue about a charge that did not stop."""
    return f"still_charging_{entry.entry_id}_{evse_id}"


def refused_issue(entry: EvChargingConfigEntry, feature: str) -> str:
    """Return the id of the issue about a feature that is refused."""
    return f"refused_{entry.entry_id}_{feature}"


def trouble_issue(entry: EvChargingConfigEntry, trouble: str) -> str:
    """Return the id of the issue about something that went wrong."""
    return f"trouble_{entry.entry_id}_{trouble}"
