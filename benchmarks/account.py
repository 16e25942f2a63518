"""Set-up, refresh, memory and loop steps of an account in a Home Assistant."""

import asyncio
from collections.abc import Iterator
import gc
import time
import tracemalloc

import aiohttp
import orjson

from custom_components.ev_charging_cloud.coordinator import EvChargingConfigEntry
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .figures import Figure
from .home import added, charge_point_ids, home, signed_in
from .pages import CHARGE_POINTS
from .served import PAGE_PATH, served
from .steps import watched

REFRESHES = 20
SET_UPS = 3
PAGES = 4 * REFRESHES + 8 * SET_UPS
STEP_LIMIT = 10.0


def figures() -> Iterator[Figure]:
    """Measure an account with a big fleet."""
    with served(PAGES) as url:
        yield from asyncio.run(_timed(url))
    with served(PAGES) as url:
        yield from asyncio.run(_held(url))
    with served(PAGES) as url:
        yield from asyncio.run(_sized(url))


async def _timed(url: str) -> list[Figure]:
    """Measure how long set-up and refresh take, without any instrument."""
    async with home() as hass:
        step = await signed_in(hass, url)
        begun = time.perf_counter()
        entry = await added(hass, step, charge_point_ids(step))
        first = time.perf_counter() - begun
        set_up, plain = [], []
        for _ in range(SET_UPS):
            plain.append(await _plain(hass, url))
            set_up.append(await _set_up_again(hass, entry))
        refresh = []
        for _ in range(REFRESHES):
            plain.append(await _plain(hass, url))
            refresh.append(await _refresh(hass, entry))
        written = await _written(hass, entry)
    base = min(plain)
    return [
        Figure(name="plain_get", value=base * 1000, unit="ms"),
        Figure(name="refresh", value=min(refresh) * 1000, unit="ms"),
        Figure(name="refresh_ratio", value=min(refresh) / base, unit="x_plain_get"),
        Figure(name="refresh_states_written", value=written, unit="states"),
        Figure(name="first_set_up", value=first * 1000, unit="ms"),
        Figure(name="set_up", value=min(set_up) * 1000, unit="ms"),
        Figure(name="set_up_ratio", value=min(set_up) / base, unit="x_plain_get"),
    ]


async def _held(url: str) -> list[Figure]:
    """Measure how long the event loop is held.

    Of several rounds the one with the shortest longest step counts: what is ours comes
    back in each of them, what else the machine does comes in some.
    """
    first, set_up, refresh = [], [], []
    for _ in range(SET_UPS):
        async with home() as hass:
            step = await signed_in(hass, url)
            with watched() as steps:
                entry = await added(hass, step, charge_point_ids(step))
            first.append(steps.longest)
            await _unload(hass, entry)
            with watched() as steps:
                await _set_up(hass, entry)
            set_up.append(steps.longest)
            for _ in range(REFRESHES // SET_UPS):
                with watched() as steps:
                    await _refresh(hass, entry)
                refresh.append(steps.longest)
    return [
        _step("first_set_up_longest_step", min(first)),
        _step("set_up_longest_step", min(set_up)),
        _step("refresh_longest_step", min(refresh)),
    ]


async def _sized(url: str) -> list[Figure]:
    """Measure how much memory a loaded account takes, modules not counted."""
    async with home() as hass:
        step = await signed_in(hass, url)
        gc.collect()
        tracemalloc.start()
        try:
            await added(hass, step, charge_point_ids(step))
            gc.collect()
            size, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        entities = len(hass.states.async_all())
    return [
        Figure(name="memory_per_evse", value=size / CHARGE_POINTS / 2**10, unit="KiB"),
        Figure(
            name="entities_per_evse", value=entities / CHARGE_POINTS, unit="entities"
        ),
    ]


def _step(name: str, seconds: float) -> Figure:
    """Return the figure of a step."""
    return Figure(name=name, value=seconds * 1000, unit="ms", limit=STEP_LIMIT)


async def _plain(hass: HomeAssistant, url: str) -> float:
    """Return how long a bare request for the page and a bare parser take."""
    http: aiohttp.ClientSession = async_get_clientsession(hass)
    begun = time.perf_counter()
    async with http.get(f"{url}{PAGE_PATH}") as response:
        page = orjson.loads(await response.read())
    seconds = time.perf_counter() - begun
    assert len(page["data"]) == CHARGE_POINTS
    return seconds


async def _refresh(hass: HomeAssistant, entry: EvChargingConfigEntry) -> float:
    """Return how long a refresh takes until the last state is written."""
    begun = time.perf_counter()
    await entry.runtime_data.coordinator.async_refresh()
    await hass.async_block_till_done()
    seconds = time.perf_counter() - begun
    assert entry.runtime_data.coordinator.last_update_success
    return seconds


async def _written(hass: HomeAssistant, entry: EvChargingConfigEntry) -> int:
    """Return how many states one refresh writes."""
    before = {state.entity_id: state for state in hass.states.async_all()}
    await _refresh(hass, entry)
    return sum(
        before.get(state.entity_id) is not state for state in hass.states.async_all()
    )


async def _set_up_again(hass: HomeAssistant, entry: EvChargingConfigEntry) -> float:
    """Return how long the set-up of a known account takes."""
    await _unload(hass, entry)
    begun = time.perf_counter()
    await _set_up(hass, entry)
    return time.perf_counter() - begun


async def _unload(hass: HomeAssistant, entry: EvChargingConfigEntry) -> None:
    """Unload the account."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()


async def _set_up(hass: HomeAssistant, entry: EvChargingConfigEntry) -> None:
    """Set the account up as after a start of Home Assistant."""
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
