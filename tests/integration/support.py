"""A Home Assistant with one account at the emulator, and a clock for both."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
import socket
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import msgspec
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.coordinator import ChargingCoordinator
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.storage import TokenFile
from custom_components.ev_charging_cloud.tracking import Track
from emulator import Emulator, Profile, World
from emulator.session import Session
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity_registry as er

START = datetime(2025, 3, 30, 14, 40, 7, tzinfo=UTC)
ACCOUNT = "ampeco_127.0.0.1_3001"
CLIENT_SECRET = "emulator-client-secret"
EVSE = "148964"

type Action = asyncio.Task[Any]

# msgspec reads annotations at their first use, which must not be while the simulated
# clock has put a class of its own in the place of datetime.
msgspec.json.Decoder(Track)


def operator(**switches: Any) -> pytest.MarkDecorator:
    """Run a test against an operator with other habits."""
    return pytest.mark.parametrize(
        "profile", [Profile(**switches)], indirect=True, ids=["profile"]
    )


def place(scenario: Callable[..., World], **sizes: Any) -> pytest.MarkDecorator:
    """Run a test in another world."""
    return pytest.mark.parametrize(
        "world", [partial(scenario, **sizes)], indirect=True, ids=["world"]
    )


def waiting_for_time() -> set[asyncio.Future[Any]]:
    """Return the tasks that wait for the simulated clock, in the end."""
    found: set[asyncio.Future[Any]] = set()
    graphs = [
        graph
        for task in asyncio.all_tasks()
        if (graph := asyncio.capture_call_graph(task)) is not None
        and any(
            one.frame.f_code.co_qualname == "Commands._wait" for one in graph.call_stack
        )
    ]
    while graphs:
        graph = graphs.pop()
        found.add(graph.future)
        graphs += graph.awaited_by
    return found


@dataclass(kw_only=True)
class Home:
    """Home Assistant, the emulator and their clock."""

    hass: HomeAssistant
    emulator: Emulator
    freezer: FrozenDateTimeFactory
    entry: MockConfigEntry
    actions: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def world(self) -> World:
        """Return the simulated world."""
        return self.emulator.world

    @property
    def coordinator(self) -> ChargingCoordinator:
        """Return the coordinator of the account."""
        found: ChargingCoordinator = self.entry.runtime_data.coordinator
        return found

    def session(self, evse: str = EVSE) -> Session:
        """Return the session that runs in the world."""
        found = self.world.evse(evse).session
        assert found is not None
        return found

    def flows(self) -> list[ConfigFlowResult]:
        """Return the dialogs that wait for the user."""
        return self.hass.config_entries.flow.async_progress_by_handler(DOMAIN)

    async def next_poll(self) -> None:
        """Let time go by until the account is read again."""
        interval = self.coordinator.update_interval
        assert interval is not None
        await self.advance(interval + timedelta(seconds=1))

    async def reload(self) -> None:
        """Reload the account, as a restart of Home Assistant does."""
        await self.hass.config_entries.async_reload(self.entry.entry_id)
        await self.settle()

    async def set_up(self, state: ConfigEntryState = ConfigEntryState.LOADED) -> None:
        """Set the account up, which must end in the given state."""
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.settle()
        assert self.entry.state is state

    async def settle(self) -> None:
        """Wait until all that is left to do waits for time to go by."""
        for _ in range(100_000):
            await asyncio.sleep(0)
            tasks = self.hass._tasks | self.hass._background_tasks | self.actions
            busy = {task for task in tasks if not task.done()}
            if not busy or busy <= waiting_for_time():
                return
        raise AssertionError("Home Assistant does not come to rest")

    async def advance(self, wait: timedelta | float) -> None:
        """Let time go by in the world and in Home Assistant."""
        wait = wait if isinstance(wait, timedelta) else timedelta(seconds=wait)
        self.emulator.clock.advance(wait)
        self.freezer.tick(wait)
        async_fire_time_changed(self.hass)
        await self.settle()

    async def poll(self) -> None:
        """Read the account now."""
        await self.entry.runtime_data.coordinator.async_refresh()
        await self.settle()

    def entities(self) -> list[er.RegistryEntry]:
        """Return what the account has in the entity registry."""
        registry = er.async_get(self.hass)
        return er.async_entries_for_config_entry(registry, self.entry.entry_id)

    def entity_id(self, key: str, evse: str = EVSE) -> str:
        """Return the entity of an EVSE by the key of its description.

        Two have the key "charging": that of the binary sensor is "is_charging" here.
        """
        domain = {"charging": "switch", "is_charging": "binary_sensor"}.get(key)
        point = self.world.evse(evse).charge_point.id if evse.isdigit() else evse
        key = key.removeprefix("is_")
        endings = (f"_evse_{evse}_{key}", f"_cp_{point}_{key}")
        for entity in self.entities():
            if entity.unique_id.endswith(endings) and domain in (None, entity.domain):
                return entity.entity_id
        raise AssertionError(f"There is no entity {key}")

    def state(self, key: str, evse: str = EVSE) -> State:
        """Return the state of an EVSE's entity."""
        found = self.hass.states.get(self.entity_id(key, evse))
        assert found is not None
        return found

    def value(self, key: str, evse: str = EVSE) -> str:
        """Return the state of an EVSE's entity as text."""
        return self.state(key, evse).state

    async def begin(self, domain: str, service: str, *entity_ids: str) -> Action:
        """Call an action, and return it while it waits for time to go by."""
        action = asyncio.create_task(
            self.hass.services.async_call(
                domain, service, {"entity_id": list(entity_ids)}, blocking=True
            )
        )
        self.actions.add(action)
        await self.settle()
        return action

    async def finish(self, *actions: Action) -> None:
        """Let time go by until actions have ended, and raise what they raised."""
        for _ in range(240):
            if all(action.done() for action in actions):
                break
            await self.advance(1)
        self.actions.difference_update(actions)
        for action in actions:
            await asyncio.wait_for(action, 0)

    async def call(self, domain: str, service: str, entity_id: str) -> None:
        """Call an action, and let time go by until it has ended."""
        await self.finish(await self.begin(domain, service, entity_id))

    async def begin_switch(self, on: bool, evse: str = EVSE) -> Action:
        """Turn a charging switch, and return while the command waits for time."""
        service = "turn_on" if on else "turn_off"
        return await self.begin("switch", service, self.entity_id("charging", evse))

    async def switch(self, on: bool, evse: str = EVSE) -> None:
        """Turn a charging switch, and wait until the command has ended."""
        await self.finish(await self.begin_switch(on, evse))

    def asked(self, kind: str) -> int:
        """Return how many requests of a kind came in."""
        return sum(one.kind == kind for one in self.emulator.requests)


def closed_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def settings(url: str, **changes: str) -> dict[str, str]:
    """Return what a sign-in at the emulator keeps."""
    return {
        "brand": "ampeco",
        "realm": "127.0.0.1",
        "host": f"{url}/",
        "client_id": "1",
        "client_secret": CLIENT_SECRET,
        **changes,
    }


def make_entry(url: str, **options: Any) -> MockConfigEntry:
    """Return an account's entry."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Test operator",
        unique_id=ACCOUNT,
        data={
            "backend": "ampeco",
            "brand": "ampeco",
            "method": "password",
            "settings": settings(url),
        },
        options=options,
    )


async def save_tokens(
    hass: HomeAssistant,
    emulator: Emulator,
    change: Callable[[Tokens], Tokens] = lambda tokens: tokens,
) -> None:
    """Give Home Assistant the tokens of the emulator's first driver."""
    pair = emulator.ampeco.issue_tokens()
    tokens = Tokens(
        access=pair.access_token,
        refresh=pair.refresh_token,
        obtained_at=datetime.now(UTC).timestamp(),
        lifetime=float(pair.expires_in),
    )
    await TokenFile(hass, ACCOUNT).save(change(tokens))
