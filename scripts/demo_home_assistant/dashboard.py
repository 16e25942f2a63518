"""The page that shows live and past charges."""

from collections.abc import Iterable
import json
from pathlib import Path
import re
from typing import Any, NamedTuple

from .account import DEPOTFINITY, DOMAIN, EMABLER, ENTRIES, EVNNOVATOR, OCPI
from .client import HomeAssistantClient
from .config import DASHBOARD_FILE, PAST_CHARGES

# What is shown of a charger, in this order, by the end of the entity's id.
LIVE = (
    "_status",
    "_plugged_in",
    "_power",
    "_price",
    "_roaming_price",
    "_session_energy",
    "_session_energy_drawn",
    "_session_cost",
    "_session_cost_without_vat",
    "_roaming_cost",
    "_charging_preference",
    "_vehicle_battery",
)
# Where the accounts of other back ends are shown.
TABS = {
    EVNNOVATOR: "Drivers",
    DEPOTFINITY: "Depot",
    OCPI: "Roaming",
    EMABLER: "eMabler",
}
ELSEWHERE = "charging_elsewhere"
MAIN = "garage"
# As long as somebody may watch.
HOURS = 0.25
BUTTONS = ("start_charging", "register_with_the_provider")
PRESS = {"action": "toggle"}
WIDE = {"columns": "full"}
TALL = {"columns": "full", "rows": 4}

PAST = f"""\
{{% set charges = state_attr('{PAST_CHARGES}', 'charges') or [] %}}
{{% if charges %}}
| Started | Charger | Duration | Energy | Cost |
|:--|:--|--:|--:|--:|
{{% for one in charges -%}}
| {{{{ (one.started_at | as_datetime | as_local).strftime('%-d %b %H:%M') }}}} \
| {{{{ one.where }}}} \
| {{{{ ((one.duration or 0) / 60) | round | int }}}} min \
| {{{{ '%.2f' | format(one.energy_kwh or 0) }}}} kWh \
| {{{{ '%.2f' | format(one.cost or 0) }}}} {{{{ one.currency }}}} |
{{% endfor %}}
{{% else %}}
No charge has ended yet.
{{% endif %}}
"""

Card = dict[str, Any]


def entities(client: HomeAssistantClient, of: str = DOMAIN) -> list[str]:
    """Return the ids of the integration's entities, or of an account's, sorted."""
    found = client.render(f"{{{{ integration_entities('{of}') | tojson }}}}")
    return sorted(json.loads(found))


class Charger(NamedTuple):
    """A charger, driver or token, as it stands in the ids of its entities.

    Where another account has one of the same name, the ids end with a number.
    """

    name: str
    tail: str = ""

    def entity(self, kind: str, end: str) -> str:
        """Return the id of one of its entities."""
        return f"{kind}.{self.name}{end}{self.tail}"


def chargers(ids: Iterable[str]) -> list[Charger]:
    """Return what has entities, each by its event."""
    found = (re.fullmatch(r"event\.(.+)_session(|_\d+)", one) for one in ids)
    return sorted(Charger(*one.groups()) for one in found if one is not None)


def write_dashboard(client: HomeAssistantClient, config: Path) -> None:
    """Write the page for the entities there are, with a tab for each account."""
    titles = [one["title"] for one in client.get(f"{ENTRIES}?domain={DOMAIN}")]
    tabs = {tab: _entities_of(client, titles, name) for name, tab in TABS.items()}
    known = {one for ids in tabs.values() for one in ids}
    home = [one for one in entities(client) if one not in known]
    views = [_home(home)]
    views += [_account(tab, tab.lower(), ids) for tab, ids in tabs.items() if ids]
    content = json.dumps({"title": "EV charging", "views": views}, indent=2)
    (config / DASHBOARD_FILE).write_text(content, encoding="utf-8")


def _entities_of(
    client: HomeAssistantClient, titles: list[str], name: str
) -> list[str]:
    """Return the entities of the accounts at one back end."""
    return [
        one
        for title in titles
        if title.startswith(name)
        for one in entities(client, title)
    ]


def _home(ids: list[str]) -> Card:
    """Return one section per charger, then past charges and graphs."""
    found = sorted(chargers(ids), key=lambda one: (one.name != MAIN, one))
    sections = [_charger(one, ids) for one in found if one.name != ELSEWHERE]
    sections += [_past(ids), _graph(ids, "Power", "_power")]
    sections += [_elsewhere(one, ids) for one in found if one.name == ELSEWHERE]
    sections += [
        _graph(ids, "Energy of each charge", "_session_energy"),
        _graph(ids, "Cost of each charge", "_session_cost"),
    ]
    return _view("EV charging", "charging", sections)


def _account(title: str, path: str, ids: list[str]) -> Card:
    """Return one section per charger or driver, then what happened and a graph."""
    found = chargers(ids)
    sections = [_charger(one, ids) for one in found if one.name != ELSEWHERE]
    sections += [_elsewhere(one, ids) for one in found if one.name == ELSEWHERE]
    sections += [
        _section("What happened", [_logbook(ids)], "mdi:history"),
        _graph(ids, "Power", "_power"),
        _graph(ids, "Energy of each charge", "_session_energy"),
    ]
    return _view(title, path, sections)


def _view(title: str, path: str, sections: list[Card]) -> Card:
    """Return a tab of the page."""
    return {
        "title": title,
        "path": path,
        "type": "sections",
        "max_columns": 3,
        "dense_section_placement": True,
        "sections": sections,
    }


def _charger(charger: Charger, ids: list[str]) -> Card:
    """Return the controls of a charger or driver, and what it shows live."""
    event = {
        "type": "tile",
        "entity": charger.entity("event", "_session"),
        "name": "Last event",
        "state_content": ["event_type", "state"],
        "grid_options": WIDE,
    }
    title = charger.name.replace("_", " ").capitalize()
    cards = [*_controls(charger, ids), *_live(charger, ids), event]
    return _section(title, cards, "mdi:ev-station")


def _controls(charger: Charger, ids: list[str]) -> list[Card]:
    """Return the switch of a charger, or its buttons."""
    switch: Card = {
        "type": "tile",
        "entity": charger.entity("switch", "_charging"),
        "features": [{"type": "toggle"}],
        "grid_options": WIDE,
    }
    buttons: list[Card] = [
        {
            "type": "tile",
            "entity": charger.entity("button", f"_{what}"),
            "name": {"type": "entity"},
            "tap_action": PRESS,
            "icon_tap_action": PRESS,
            "grid_options": WIDE,
        }
        for what in BUTTONS
    ]
    return [card for card in (switch, *buttons) if card["entity"] in ids]


def _elsewhere(charger: Charger, ids: list[str]) -> Card:
    """Return what is shown while the driver charges at a place of others."""
    section = _section("Charging elsewhere", _live(charger, ids), "mdi:map-marker")
    power = charger.entity("sensor", "_power")
    seen = {"condition": "numeric_state", "entity": power, "above": 0}
    return {**section, "visibility": [seen]}


def _live(charger: Charger, ids: list[str]) -> list[Card]:
    """Return the values of a charger, those that there are."""
    wanted = [charger.entity(kind, end) for end in LIVE for kind in _KINDS]
    return [
        {"type": "tile", "entity": entity_id, "name": {"type": "entity"}}
        for entity_id in wanted
        if entity_id in ids
    ]


_KINDS = ("sensor", "binary_sensor", "select")


def _past(ids: list[str]) -> Card:
    """Return the list of past charges and what happened."""
    table = {"type": "markdown", "content": PAST, "grid_options": WIDE}
    return _section("Past charges", [table, _logbook(ids)], "mdi:history")


def _logbook(ids: list[str]) -> Card:
    """Return what happened to sessions."""
    events = [entity_id for entity_id in ids if entity_id.startswith("event.")]
    return {
        "type": "logbook",
        "target": {"entity_id": events},
        "hours_to_show": 168,
        "grid_options": TALL,
    }


def _graph(ids: list[str], title: str, end: str) -> Card:
    """Return a graph of one value of all chargers at home."""
    shown = [
        {"entity": one, "name": {"type": "device"}}
        for one in ids
        if re.search(rf"{end}(_\d+)?$", one) and ELSEWHERE not in one
    ]
    graph = {
        "type": "history-graph",
        "hours_to_show": HOURS,
        "entities": shown,
        "grid_options": WIDE,
    }
    return _section(title, [graph] if shown else [], "mdi:chart-line")


def _section(title: str, cards: list[Card], icon: str) -> Card:
    """Return cards under a heading."""
    heading = {"type": "heading", "heading": title, "icon": icon}
    return {"type": "grid", "cards": [heading, *cards]}
