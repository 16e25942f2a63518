"""Run Home Assistant with the accounts of a folder and nothing else.

It starts as `python -m homeassistant` does, without the integrations that need more
packages than the tests have, and prints one line of JSON once it has started.
"""

import asyncio
import json
from pathlib import Path
import sys

from homeassistant import bootstrap
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import Event, HomeAssistant
from homeassistant.runner import RuntimeConfig


async def run(folder: str) -> None:
    """Live until somebody kills the process."""
    bootstrap.DEFAULT_INTEGRATIONS.intersection_update({"network"})
    bootstrap.CRITICAL_INTEGRATIONS.clear()
    config = RuntimeConfig(config_dir=folder, skip_pip=True)
    hass = await bootstrap.async_setup_hass(config)
    assert hass is not None

    async def tell(_: Event) -> None:
        await hass.async_block_till_done()
        print(json.dumps(report(hass)), flush=True)  # noqa: T201

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, tell)
    await hass.async_run(attach_signals=False)


def report(hass: HomeAssistant) -> dict[str, object]:
    """Return how the accounts came up."""
    return {
        "entries": [entry.state.value for entry in hass.config_entries.async_entries()],
        "flows": [
            flow["context"]["source"]
            for flow in hass.config_entries.flow.async_progress()
        ],
        "states": {state.entity_id: state.state for state in hass.states.async_all()},
    }


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    asyncio.run(run(sys.argv[1]))
