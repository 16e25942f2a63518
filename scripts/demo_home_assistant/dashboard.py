"""The page that shows live and past charges."""

from collections.abc import Iterable
import json
from pathlib import Path
from typing import Any

from .account import DOMAIN
from .client import HomeAssistantClient
from .config import DASHBOARD_FILE, PAST_CHARGES

# What is shown of a charger, in this order, by the end of the entity's id.
LIVE = (
    "_status",
    "_plugged_in",
    "_power",
    "_price",
    "_session_energy",
    "_session_cost",
)
ELSEWHERE = "charging_elsewhere"
MAIN = "garage"
# As long as somebody may watch.
HOURS = 0.25
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


def entities(client: HomeAssistantClient) -> list[str]:
    """Return the ids of the integration's entities, sorted."""
    found = client.render(f"{{{{ integration_entities('{DOMAIN}') | tojson }}}}")
    return sorted(json.loads(found))


def write_dashboard(client: HomeAssistantClient, config: Path) -> None:
    """Write the page for the entities there are."""
    content = json.dumps(_dashboard(entities(client)), indent=2)
    (config / DASHBOARD_FILE).write_text(content, encoding="utf-8")


def _dashboard(ids: list[str]) -> Card:
    """Return one section per charger, then past charges and graphs."""
    chargers = sorted(_chargers(ids), key=lambda name: (name != MAIN, name))
    sections = [_charger(name, ids) for name in chargers if name != ELSEWHERE]
    sections += [_past(ids), _graph(ids, "Power", "_power")]
    sections += [_elsewhere(ids)] if ELSEWHERE in chargers else []
    sections += [
        _graph(ids, "Energy of each charge", "_session_energy"),
        _graph(ids, "Cost of each charge", "_session_cost"),
    ]
    view = {
        "title": "EV charging",
        "path": "charging",
        "type": "sections",
        "max_columns": 3,
        "dense_section_placement": True,
        "sections": sections,
    }
    return {"title": "EV charging", "views": [view]}


def _chargers(ids: Iterable[str]) -> set[str]:
    """Return the chargers' names as they stand in the ids."""
    return {
        one.removeprefix("event.").removesuffix("_session")
        for one in ids
        if one.startswith("event.")
    }


def _charger(name: str, ids: list[str]) -> Card:
    """Return the switch of a charger and what it shows live."""
    switch = {
        "type": "tile",
        "entity": f"switch.{name}_charging",
        "features": [{"type": "toggle"}],
        "grid_options": WIDE,
    }
    event = {
        "type": "tile",
        "entity": f"event.{name}_session",
        "name": "Last event",
        "state_content": ["event_type", "state"],
        "grid_options": WIDE,
    }
    title = name.replace("_", " ").capitalize()
    return _section(title, [switch, *_live(name, ids), event], "mdi:ev-station")


def _elsewhere(ids: list[str]) -> Card:
    """Return what is shown while the driver charges at a public station."""
    section = _section("Charging elsewhere", _live(ELSEWHERE, ids), "mdi:map-marker")
    power = {"condition": "numeric_state", "entity": f"sensor.{ELSEWHERE}_power"}
    return {**section, "visibility": [{**power, "above": 0}]}


def _live(name: str, ids: list[str]) -> list[Card]:
    """Return the values of a charger, those that there are."""
    wanted = [f"{kind}.{name}{end}" for end in LIVE for kind in _KINDS]
    return [
        {"type": "tile", "entity": entity_id, "name": {"type": "entity"}}
        for entity_id in wanted
        if entity_id in ids
    ]


_KINDS = ("sensor", "binary_sensor")


def _past(ids: list[str]) -> Card:
    """Return the list of past charges and what happened."""
    events = [entity_id for entity_id in ids if entity_id.startswith("event.")]
    table = {"type": "markdown", "content": PAST, "grid_options": WIDE}
    logbook = {
        "type": "logbook",
        "target": {"entity_id": events},
        "hours_to_show": 168,
        "grid_options": TALL,
    }
    return _section("Past charges", [table, logbook], "mdi:history")


def _graph(ids: list[str], title: str, end: str) -> Card:
    """Return a graph of one value of all chargers at home."""
    shown = [
        {"entity": one, "name": {"type": "device"}}
        for one in ids
        if one.endswith(end) and ELSEWHERE not in one
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
