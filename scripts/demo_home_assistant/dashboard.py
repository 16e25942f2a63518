"""The page that shows live and past charges."""

import json
from pathlib import Path
from typing import Any

from .account import DOMAIN
from .client import HomeAssistantClient
from .config import DASHBOARD_FILE

LIVE_DOMAINS = ("switch", "button", "binary_sensor", "sensor")

Card = dict[str, Any]


def entities(client: HomeAssistantClient) -> list[str]:
    """Return the ids of the integration's entities, sorted."""
    found = client.render(f"{{{{ integration_entities('{DOMAIN}') | tojson }}}}")
    return sorted(json.loads(found))


def write_dashboard(client: HomeAssistantClient, config: Path) -> None:
    """Write the page for the entities there are."""
    ids = entities(client)
    views = [_live(client, ids), _past(ids)]
    content = json.dumps({"title": "EV charging", "views": views}, indent=2)
    (config / DASHBOARD_FILE).write_text(content, encoding="utf-8")


def _live(client: HomeAssistantClient, ids: list[str]) -> Card:
    """Return one section per device, the switch first."""
    sections: dict[str, list[str]] = {}
    for entity_id in sorted(ids, key=_rank):
        if entity_id.split(".")[0] in LIVE_DOMAINS:
            device = client.render(
                f"{{{{ device_name(device_id('{entity_id}')) or '' }}}}"
            )
            sections.setdefault(device, []).append(entity_id)
    power = [entity_id for entity_id in ids if entity_id.endswith("_power")]
    graph: list[Card] = [
        {"type": "history-graph", "hours_to_show": 3, "entities": power}
    ]
    return {
        "title": "Now",
        "path": "now",
        "type": "sections",
        "sections": [
            {
                "type": "grid",
                "cards": [
                    {"type": "heading", "heading": device},
                    *({"type": "tile", "entity": entity_id} for entity_id in members),
                ],
            }
            for device, members in sections.items()
        ]
        + [{"type": "grid", "cards": graph if power else []}],
    }


def _past(ids: list[str]) -> Card:
    """Return the calendar of the sessions and what happened."""
    calendars = [entity_id for entity_id in ids if entity_id.startswith("calendar.")]
    events = [entity_id for entity_id in ids if entity_id.startswith("event.")]
    energy = [entity_id for entity_id in ids if entity_id.endswith("_energy")]
    cards: list[Card] = []
    if calendars:
        cards.append({"type": "calendar", "entities": calendars})
    if events:
        logbook = {"target": {"entity_id": events}, "hours_to_show": 168}
        cards.append({"type": "logbook", "title": "Charges", **logbook})
    if energy:
        period = {"period": "hour", "days_to_show": 7, "stat_types": ["change"]}
        cards.append({"type": "statistics-graph", "entities": energy, **period})
    return {"title": "Charges", "path": "charges", "cards": cards}


def _rank(entity_id: str) -> tuple[int, str]:
    domain = entity_id.partition(".")[0]
    known = domain in LIVE_DOMAINS
    return LIVE_DOMAINS.index(domain) if known else len(LIVE_DOMAINS), entity_id
