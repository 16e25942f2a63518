"""Add the emulator's account through the integration's own dialog."""

from collections.abc import Mapping
from typing import Any

from .client import HomeAssistantClient
from .processes import StartError

DOMAIN = "ev_charging_cloud"
FLOWS = "/api/config/config_entries/flow"
ENTRIES = "/api/config/config_entries/entry"
MOST_STEPS = 12

# What the dialog is told, whichever of its steps asks for it. The emulator adds the rest.
CHOICES = {"provider": "ampeco", "operator": "ampeco", "method": "password"}


def has_account(client: HomeAssistantClient) -> bool:
    """Whether an earlier run's account still works; one that does not is removed."""
    works = False
    for entry in client.get(f"{ENTRIES}?domain={DOMAIN}"):
        if entry["state"] == "loaded":
            works = True
        else:
            client.delete(f"{ENTRIES}/{entry['entry_id']}")
    return works


def add_account(client: HomeAssistantClient, answers: Mapping[str, str]) -> str:
    """Walk through the dialog and return the title of the account."""
    known = {**CHOICES, **answers}
    step = client.post(FLOWS, {"handler": DOMAIN})
    for _ in range(MOST_STEPS):
        kind = step["type"]
        if kind == "create_entry":
            return str(step["title"])
        if kind == "menu":
            body = {"next_step_id": _choice(step, known)}
        elif kind == "form":
            if step["errors"]:
                raise StartError(f"The dialog answered {step['errors']}.")
            body = _filled(step["data_schema"], known)
        else:
            raise StartError(f"The dialog ended with {step.get('reason', kind)}.")
        step = client.post(f"{FLOWS}/{step['flow_id']}", body)
    raise StartError("The dialog does not come to an end.")


def _choice(step: Mapping[str, Any], known: Mapping[str, str]) -> str:
    options: list[str] = list(step["menu_options"])
    return next((option for option in options if option in known.values()), options[0])


def _filled(fields: list[dict[str, Any]], known: Mapping[str, str]) -> dict[str, Any]:
    """Return the known values of a form; the rest stays at its defaults."""
    filled: dict[str, Any] = {}
    for field in fields:
        name = field["name"]
        if field.get("type") == "expandable":
            filled[name] = _filled(field["schema"], known)
        elif name in known:
            filled[name] = known[name]
        elif "default" in field:
            filled[name] = field["default"]
    return filled
