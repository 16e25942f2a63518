"""Worlds and emulators on a clock that stands still."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from emulator import Emulator, Profile, SimulatedClock, World, scenarios

from .api import Api

START = datetime(2025, 3, 30, 14, 33, 49, tzinfo=UTC)

type Serve = Callable[..., Any]


@pytest.fixture
def sockets(request: pytest.FixtureRequest) -> None:
    """Allow sockets where a plugin forbids them."""
    try:
        request.getfixturevalue("socket_enabled")
    except pytest.FixtureLookupError:
        return


@pytest.fixture
def clock() -> SimulatedClock:
    """Return a clock at the moment of the recorded start."""
    return SimulatedClock(START)


@pytest.fixture
def world(clock: SimulatedClock) -> World:
    """Return the world of the recorded start."""
    return scenarios.single(clock)


@pytest.fixture
async def serve(sockets: None) -> AsyncIterator[Serve]:
    """Return a function that serves a world and yields a signed-in caller."""
    async with AsyncExitStack() as stack:

        async def start(world: World, **switches: Any) -> Api:
            emulator = Emulator(world, ampeco=Profile(**switches))
            await stack.enter_async_context(emulator)
            timeout = aiohttp.ClientTimeout(total=20)
            session = aiohttp.ClientSession(emulator.url, timeout=timeout)
            await stack.enter_async_context(session)
            return Api(emulator, session)

        yield start


@pytest.fixture
async def api(serve: Serve, world: World) -> Api:
    """Return a caller of the world of the recorded start."""
    caller: Api = await serve(world)
    return caller
