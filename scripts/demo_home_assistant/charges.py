"""Let cars charge, so that the pages have something to show."""

import requests

from .client import HomeAssistantClient
from .emulator import Emulator

SWITCH = "switch.garage_charging"
REGISTER = "button.{}_register_with_the_provider"
# How long the first charge takes in the emulated world; nobody waits for it.
FIRST_CHARGE = 90 * 60
# EVnnovator's gateway tells late that a charge has begun.
DRIVER_TIMEOUT = 180.0
# The token that does not charge yet; operators may take minutes for a start.
TOKEN_SWITCH = "switch.card_charging"
TOKEN_TIMEOUT = 210.0


def charge(client: HomeAssistantClient, emulator: Emulator, behind: float) -> None:
    """Let a world that is behind catch up with a charge, and start one that goes on."""
    if behind:
        _press(client, SWITCH, "turn_on")
        emulator.control("advance", {"seconds": behind})
        _press(client, SWITCH, "turn_off")
    _press(client, SWITCH, "turn_on")


def charge_driver(client: HomeAssistantClient, names: list[str]) -> None:
    """Register drivers by their button, and let the first one charge."""
    for name in names:
        _press(client, REGISTER.format(name), "press")
    if names:
        _press(client, f"switch.{names[0]}_charging", "turn_on", DRIVER_TIMEOUT)


def charge_token(client: HomeAssistantClient) -> None:
    """Let a token charge."""
    _press(client, TOKEN_SWITCH, "turn_on", TOKEN_TIMEOUT)


def _press(
    client: HomeAssistantClient,
    entity_id: str,
    action: str,
    timeout: float | None = None,
) -> None:
    """Press a switch or a button; that ends when the charger has followed."""
    path = f"/api/services/{entity_id.partition('.')[0]}/{action}"
    try:
        client.post(path, {"entity_id": entity_id}, timeout=timeout)
    except (RuntimeError, requests.RequestException) as error:
        print(f"{entity_id}: {action} has failed: {error}", flush=True)
