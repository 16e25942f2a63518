"""Add the emulator's accounts through the integration's own dialogs."""

from collections.abc import Mapping
from dataclasses import dataclass
import time
from typing import Any

from .client import HomeAssistantClient
from .emulator import Emulator
from .processes import StartError

DOMAIN = "ev_charging_cloud"
FLOWS = "/api/config/config_entries/flow"
PART_FLOWS = "/api/config/config_entries/subentries/flow"
ENTRIES = "/api/config/config_entries/entry"
MOST_STEPS = 12
LOAD_TIMEOUT = 20.0
LOOK_EVERY = 0.2

EVNNOVATOR = "EVnnovator"
DEPOTFINITY = "Siemens DepotFinity"
OCPI = "OCPI"
EMABLER = "eMabler"
AMPECO = "AMPECO"

# What the dialog is told, whichever of its steps asks for it. The emulator adds the rest.
CHOICES = {
    AMPECO: {"provider": "ampeco", "operator": "ampeco", "method": "password"},
    EVNNOVATOR: {"provider": "evnnovator", "method": "bearer"},
    DEPOTFINITY: {"provider": "depotfinity", "method": "urls"},
    OCPI: {"provider": "ocpi", "method": "versions"},
    EMABLER: {"provider": "emabler", "method": "direct"},
}
ANSWERS = {
    AMPECO: Emulator.answers,
    EVNNOVATOR: Emulator.evnnovator_answers,
    DEPOTFINITY: Emulator.depotfinity_answers,
    OCPI: Emulator.ocpi_answers,
    EMABLER: Emulator.emabler_answers,
}
# What is added to an account, by its kind, with a word that finds where it charges.
PARTS: Mapping[str, tuple[str, tuple[Mapping[str, str], ...]]] = {
    EVNNOVATOR: (
        "driver",
        (
            {"driver_id": "driver-1", "label": "Asha", "search": "lab"},
            {"driver_id": "driver-2", "label": "Bharat", "search": "office"},
        ),
    ),
    OCPI: (
        "token",
        (
            {
                "uid": "APP-1",
                "token_type": "app_user",
                "contract_id": "NL-HAX-C000001-5",
                "label": "Phone",
                "search": "Station 1",
                "place": "Station 1, NL*XYZ*E0001*1",
            },
            {
                "uid": "04AABBCC",
                "token_type": "rfid",
                "contract_id": "NL-HAX-C000002-4",
                "label": "Card",
                "search": "Station 1",
                "place": "Station 1, NL*XYZ*E0002*1",
            },
        ),
    ),
    EMABLER: (
        "token",
        (
            {
                "uid": "APP-1",
                "token_type": "app_user",
                "contract_id": "NL-HAX-C000001-5",
                "label": "Fleet",
                "search": "Station 3",
            },
        ),
    ),
}


@dataclass(frozen=True, kw_only=True)
class Account:
    """An account that there is, known by how its title begins."""

    name: str
    entry_id: str
    title: str


def working_accounts(client: HomeAssistantClient) -> dict[str, Account]:
    """Return the accounts of earlier runs; those that do not work are removed."""
    found = {}
    for entry in client.get(f"{ENTRIES}?domain={DOMAIN}"):
        name = next((one for one in CHOICES if entry["title"].startswith(one)), None)
        if entry["state"] == "loaded" and name is not None:
            found[name] = Account(
                name=name, entry_id=entry["entry_id"], title=entry["title"]
            )
        else:
            client.delete(f"{ENTRIES}/{entry['entry_id']}")
    return found


def add_account(client: HomeAssistantClient, name: str, emulator: Emulator) -> Account:
    """Walk through the dialog and return the account."""
    known = {**CHOICES[name], **ANSWERS[name](emulator)}
    step = client.post(FLOWS, {"handler": DOMAIN})
    entry = _walk(client, FLOWS, step, known)["result"]
    return Account(name=name, entry_id=entry["entry_id"], title=entry["title"])


def add_parts(client: HomeAssistantClient, account: Account) -> None:
    """Add the drivers or tokens of an account, each with a place to charge at."""
    kind, parts = PARTS.get(account.name, ("", ()))
    for part in parts:
        _wait_until_loaded(client, account)
        step = client.post(PART_FLOWS, {"handler": [account.entry_id, kind]})
        _walk(client, PART_FLOWS, step, part)


def _wait_until_loaded(client: HomeAssistantClient, account: Account) -> None:
    """Wait until an account can search for chargers: each part loads it anew."""
    deadline = time.monotonic() + LOAD_TIMEOUT
    while True:
        entries = client.get(f"{ENTRIES}?domain={DOMAIN}")
        states = {one["entry_id"]: one["state"] for one in entries}
        if states[account.entry_id] == "loaded":
            return
        if time.monotonic() > deadline:
            raise StartError(f"The account {account.title} does not load.")
        time.sleep(LOOK_EVERY)


def _walk(
    client: HomeAssistantClient,
    flows: str,
    step: dict[str, Any],
    known: Mapping[str, str],
) -> dict[str, Any]:
    """Answer the steps of a dialog and return its last one."""
    for _ in range(MOST_STEPS):
        kind = step["type"]
        if kind == "create_entry":
            return step
        if kind == "menu":
            body = {"next_step_id": _choice(step, known)}
        elif kind == "form":
            if step["errors"]:
                raise StartError(f"The dialog answered {step['errors']}.")
            body = _filled(step["data_schema"], known)
        else:
            raise StartError(f"The dialog ended with {step.get('reason', kind)}.")
        step = client.post(f"{flows}/{step['flow_id']}", body)
    raise StartError("The dialog does not come to an end.")


def _choice(step: Mapping[str, Any], known: Mapping[str, str]) -> str:
    options: list[str] = list(step["menu_options"])
    return next((option for option in options if option in known.values()), options[0])


def _filled(fields: list[dict[str, Any]], known: Mapping[str, str]) -> dict[str, Any]:
    """Return the known values of a form; the rest stays at its defaults.

    Where something must be chosen and nothing is known, the first choice is taken.
    """
    filled: dict[str, Any] = {}
    for field in fields:
        name = field["name"]
        options = field.get("selector", {}).get("select", {}).get("options")
        if field.get("type") == "expandable":
            filled[name] = _filled(field["schema"], known)
        elif name in known:
            filled[name] = known[name]
        elif "default" in field:
            filled[name] = field["default"]
        elif field.get("required") and options:
            filled[name] = options[0]["value"]
    return filled
