"""Let the car in the garage charge, so that the page has something to show."""

import requests

from .client import HomeAssistantClient
from .config import PAST_CHARGES
from .emulator import Emulator

SWITCH = "switch.garage_charging"
# How long the first charge takes in the emulated world; nobody waits for it.
FIRST_CHARGE = 90 * 60


def charge(client: HomeAssistantClient, emulator: Emulator) -> None:
    """Charge until now if there is no past charge yet, and start one that goes on."""
    try:
        if not _has_past(client):
            _switch(client, "turn_on")
            emulator.control("advance", {"seconds": FIRST_CHARGE})
            _switch(client, "turn_off")
        _switch(client, "turn_on")
    except (RuntimeError, requests.RequestException) as error:
        print(f"The car did not charge by itself: {error}", flush=True)


def _has_past(client: HomeAssistantClient) -> bool:
    known = f"{{{{ (state_attr('{PAST_CHARGES}', 'charges') or []) | count }}}}"
    return client.render(known) != "0"


def _switch(client: HomeAssistantClient, action: str) -> None:
    """Press the switch; the call ends when the charger has followed."""
    client.post(f"/api/services/switch/{action}", {"entity_id": SWITCH})
