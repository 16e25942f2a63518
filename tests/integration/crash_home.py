"""Run Home Assistant with a depot's account, and die at a named step of an update.

Usage: crash_home.py FOLDER NOW STEP

NOW is what time it is for the account, and STEP where to die during the start, or
nothing. Afterwards each line on standard input is a poll: a time and such a step. A
line on standard output answers each of them. What event entities report goes into the
file "fired" in the folder.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
import json
import os
from pathlib import Path
import signal
import sys
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STEPS = (
    "answer read",
    "row written",
    "track written",
    "event written",
    "cursor written",
    "committed",
    "event marked",
    "event taken",
    "event fired",
)


class Fate:
    """What time it is, and where this process dies."""

    def __init__(self, folder: Path, now: str, step: str) -> None:
        """Take the beginning."""
        self.fired = folder / "fired"
        self.set(now, step)

    def set(self, now: str, step: str) -> None:
        """Let time go by."""
        self.moment = datetime.fromisoformat(now)
        self.last = step

    def now(self) -> datetime:
        """Return what time it is."""
        return self.moment

    def step(self, reached: str) -> None:
        """Die if this is the last step; kill -9 leaves no time for anything."""
        assert reached in STEPS
        if reached == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def note(self, kind: str, key: str) -> None:
        """Write down what an event entity has reported."""
        with self.fired.open("a") as file:
            file.write(f"{kind} {key}\n")
        self.step("event fired")


def prepare(fate: Fate) -> None:
    """Put the steps and the clock into the integration."""
    from custom_components.ev_charging_cloud import connection
    from custom_components.ev_charging_cloud.coordinator import ChargingCoordinator
    from custom_components.ev_charging_cloud.event import SessionEvent
    from custom_components.ev_charging_cloud.ledger import Ledger
    from custom_components.ev_charging_cloud.providers import catalogue
    from custom_components.ev_charging_cloud.providers.transport import Connection

    catalogue.BACKENDS["depotfinity"]._now = fate.now  # type: ignore[attr-defined]
    lent: Any = partial(Connection, monotonic=lambda: fate.now().timestamp())
    connection.Connection = lent  # type: ignore[misc]

    opening: Callable[..., Any] = Ledger.open.__func__  # type: ignore[attr-defined]
    Ledger.open = classmethod(partial(_open, opening, fate))  # type: ignore[assignment, method-assign]

    following = ChargingCoordinator._next

    async def follow(self: Any, snapshot: Any) -> Any:
        fate.step("answer read")
        return await following(self, snapshot)

    ChargingCoordinator._next = follow  # type: ignore[method-assign]

    reporting = SessionEvent._handle_happening

    def report(self: Any, one: Any) -> None:
        reporting(self, one)
        said = self.hass.states.get(self.entity_id)
        assert said.attributes["event_type"] == one.kind
        fate.note(one.kind, one.session.key)

    SessionEvent._handle_happening = report  # type: ignore[method-assign]


async def _open(
    opening: Callable[..., Any], fate: Fate, cls: type, path: Path
) -> object:
    """Open a ledger whose steps can be fatal."""
    return await opening(cls, path, step=fate.step)


async def run(folder: str, fate: Fate) -> None:
    """Live until somebody kills the process."""
    from homeassistant import bootstrap
    from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
    from homeassistant.runner import RuntimeConfig

    bootstrap.DEFAULT_INTEGRATIONS.intersection_update({"network"})
    bootstrap.CRITICAL_INTEGRATIONS.clear()
    config = RuntimeConfig(config_dir=folder, skip_pip=True)
    hass = await bootstrap.async_setup_hass(config)
    assert hass is not None
    started = asyncio.Event()
    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STARTED, lambda _: started.set())
    living = asyncio.create_task(hass.async_run(attach_signals=False))
    await started.wait()
    await hass.async_block_till_done()
    await _answer(hass)
    orders = asyncio.StreamReader()
    await hass.loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
    )
    while line := await orders.readline():
        fate.set(*json.loads(line))
        [entry] = hass.config_entries.async_entries()
        await entry.runtime_data.coordinator.async_refresh()
        await _answer(hass)
    living.cancel()


async def _answer(hass: Any) -> None:
    """Tell how the account is when everything has settled."""
    for _ in range(3):
        await hass.async_block_till_done()
        await asyncio.sleep(0.02)
    [entry] = hass.config_entries.async_entries()
    coordinator = getattr(entry, "runtime_data", None)
    well = coordinator is not None and coordinator.coordinator.last_update_success
    answer = {"state": entry.state.value, "well": well}
    print(json.dumps(answer), flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    mine = Fate(Path(sys.argv[1]), *sys.argv[2:])
    prepare(mine)
    asyncio.run(run(sys.argv[1], mine))
