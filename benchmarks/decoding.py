"""Reading a page, against a bare JSON parser on the same bytes."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from unittest.mock import patch

import aiohttp
import orjson

from custom_components.ev_charging_cloud.providers.ampeco import AmpecoBackend, wire
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.providers.provider import Provider
from custom_components.ev_charging_cloud.providers.transport import Connection

from .figures import Figure, least_seconds
from .pages import BROKEN, CHARGE_POINTS, Fleet

ROUNDS = 60
WIRE_LIMIT, MODEL_LIMIT = 0.7, 1.2
HOST = "https://charge.example.test/"


class NoTokens:
    """A token store that has none to lose."""

    async def load(self) -> Tokens:
        """Return a token."""
        return Tokens(access="token")

    async def save(self, tokens: Tokens) -> None:
        """Forget the tokens."""


def figures() -> Iterator[Figure]:
    """Measure a clean page and one with broken items."""
    fleet = Fleet()
    yield from _of_page("", fleet.page(), CHARGE_POINTS)
    yield from _of_page("_broken", fleet.page(BROKEN), CHARGE_POINTS - BROKEN)


def _of_page(suffix: str, page: bytes, readable: int) -> Iterator[Figure]:
    """Measure one page."""
    with asyncio.Runner() as runner:
        provider, close = runner.run(_provider())

        async def read() -> bytes:
            return page

        with patch.object(provider.transport, "read", lambda *args, **options: read()):
            model = _model(runner, provider, readable)
            least = least_seconds(
                {
                    "orjson": lambda: orjson.loads(page),
                    "wire": lambda: list(wire.charge_points(page)),
                    "model": model,
                },
                ROUNDS,
            )
        runner.run(close())
    base = least["orjson"]
    yield Figure(name=f"page{suffix}", value=len(page) / 2**10, unit="KiB")
    yield Figure(name=f"orjson{suffix}", value=base * 1000, unit="ms")
    yield Figure(
        name=f"wire_decode{suffix}",
        value=least["wire"] / base,
        unit="x_orjson",
        limit=WIRE_LIMIT,
    )
    yield Figure(
        name=f"bytes_to_model{suffix}",
        value=least["model"] / base,
        unit="x_orjson",
        limit=MODEL_LIMIT,
    )


def _model(
    runner: asyncio.Runner, provider: Provider, readable: int
) -> Callable[[], object]:
    """Return what reads the page into the model by way of the provider."""
    read = provider.charge_points

    def model() -> object:
        return runner.run(read())

    assert len(runner.run(read())) == readable
    return model


async def _provider() -> tuple[Provider, Callable[[], Coroutine[None, None, None]]]:
    """Open an account that is never asked anything over the network."""
    http = aiohttp.ClientSession()
    settings = {"brand": "ampeco", "realm": "bench", "host": HOST}
    return AmpecoBackend().open(Connection(http=http), settings, NoTokens()), http.close
