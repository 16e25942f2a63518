"""Sockets and accounts for the tests of the providers."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from emulator import SimulatedClock

from .support import START, Account, signed_in


@pytest.fixture(autouse=True)
def sockets(socket_enabled: None) -> None:
    """Allow sockets; all of them stay on this machine."""


@pytest.fixture
def clock() -> SimulatedClock:
    """Return a clock at the moment of the recorded start."""
    return SimulatedClock(START)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Return an HTTP session."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def account() -> AsyncIterator[Account]:
    """Return the account of the recorded start."""
    async with signed_in() as found:
        yield found
