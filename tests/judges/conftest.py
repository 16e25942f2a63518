"""Foreign OCPI servers, each started once and with a fresh world for every test."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest

from .ocpi_listener import Listener, listening
from .ocpi_peers import Name, Peer, running
from .ocpi_world import world


@pytest.fixture(scope="session")
def extrawest() -> Iterator[Peer]:
    """Run the careful peer."""
    with running("extrawest") as one:
        yield one


@pytest.fixture(scope="session")
def sloppy() -> Iterator[Peer]:
    """Run the sloppy peer."""
    with running("py-ocpi") as one:
        yield one


@pytest.fixture
async def peer(
    name: Name, request: pytest.FixtureRequest, socket_enabled: None
) -> Peer:
    """Return the peer that a test names, as if it had just been started."""
    one = request.getfixturevalue("extrawest" if name == "extrawest" else "sloppy")
    assert isinstance(one, Peer)
    await one.reset(world())
    return one


@pytest.fixture
async def http(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return an HTTP session."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def listener(socket_enabled: None) -> AsyncIterator[Listener]:
    """Listen for what a peer calls."""
    async with listening() as one:
        yield one
