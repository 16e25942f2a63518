"""Streaming sessions the way the provider does, page by page."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import repeat
import os
from pathlib import Path
from unittest.mock import patch

import aiohttp
import orjson
from yarl import URL

from custom_components.ev_charging_cloud.providers.answers import Answer
from custom_components.ev_charging_cloud.providers.model import Session
from custom_components.ev_charging_cloud.providers.oauth import MemoryStore, Tokens
from custom_components.ev_charging_cloud.providers.ocpi import OcpiBackend
from custom_components.ev_charging_cloud.providers.provider import (
    Kept,
    PartData,
    Provider,
)
from custom_components.ev_charging_cloud.providers.transport import Connection

from .figures import Figure, least_seconds
from .ocpi_pages import BROKEN, SESSIONS, page
from .steps import watched

ROUNDS = 100
STEP_LIMIT, GROWTH_LIMIT = 10.0, 64.0
NOW = datetime(2026, 7, 1, tzinfo=UTC)
MONTH = timedelta(days=31)
PAGES = 100
NO_PAGE = b'{"data":[],"status_code":1000}'
ONE_PAGE = {"X-Total-Count": str(SESSIONS)}
SETTINGS = {
    "realm": "bench",
    "sessions_url": "https://cpo.example.test/sessions",
    "country_code": "NL",
    "party_id": "HAX",
    "encoding": "base64",
}
CARD = PartData(id="1", values={"uid": "APP-1", "contract_id": "NL-HAX-C000001-5"})


def figures() -> Iterator[Figure]:
    """Measure a page by way of the provider, then a hundred of them."""
    clean, broken = page(), page(BROKEN)
    with asyncio.Runner() as runner:
        # First, while the process has not yet taken the memory of other pages.
        count, growth, longest = runner.run(_stream(clean))
        assert count == PAGES * SESSIONS
        yield Figure(name="ocpi_stream", value=count, unit="sessions")
        yield Figure(
            name="ocpi_stream_growth", value=growth, unit="MiB", limit=GROWTH_LIMIT
        )
        yield Figure(
            name="ocpi_stream_longest_step", value=longest, unit="ms", limit=STEP_LIMIT
        )
        for suffix, body, wanted in (
            ("", clean, SESSIONS),
            ("_broken", broken, SESSIONS - BROKEN),
        ):
            yield _ratio(runner, suffix, body, wanted)
        good = runner.run(_read(broken))
        wanted_keys = {one.key for one in good}
        same = [one for one in runner.run(_read(clean)) if one.key in wanted_keys]
        assert good == same, "a broken object has changed another one"


def _ratio(runner: asyncio.Runner, suffix: str, body: bytes, wanted: int) -> Figure:
    """Return what a page costs by way of the provider.

    Beside the mapping, which has its limit in the other figures, this holds the request,
    the paging and the pauses for the event loop.
    """
    served = _account(repeat(body))
    provider = runner.run(anext(served))
    run = runner.run
    assert len(run(_sessions(provider))) == wanted
    least = least_seconds(
        {
            "orjson": lambda: orjson.loads(body),
            "model": lambda: run(_sessions(provider)),
        },
        ROUNDS,
    )
    runner.run(served.aclose())
    return Figure(
        name=f"ocpi_page_to_model{suffix}",
        value=least["model"] / least["orjson"],
        unit="x_orjson",
    )


async def _read(body: bytes) -> list[Session]:
    """Return the sessions of a page."""
    async for provider in _account(repeat(body)):
        return await _sessions(provider)
    return []


async def _sessions(provider: Provider) -> list[Session]:
    """Return the sessions that the provider streams."""
    pages = provider.sessions(NOW - MONTH, NOW)
    return [one async for found in pages for one in found]


async def _stream(clean: bytes) -> tuple[int, float, float]:
    """Return how many sessions came, by how much memory grew, and the longest step."""
    bodies = (clean.replace(b"SES-0000", b"SES-%04d" % key) for key in range(PAGES))
    count, least, most = 0, 0.0, 0.0
    with watched() as steps:
        async for provider in _account(bodies):
            async for found in provider.sessions(NOW - MONTH, NOW):
                count += len(found)
                memory = _memory()
                least = least or memory
                most = max(most, memory)
    return count, most - least, 1000 * steps.longest


async def _account(bodies: Iterator[bytes]) -> AsyncGenerator[Provider]:
    """Open an account whose operator answers with these pages."""
    once = isinstance(bodies, repeat)

    async def ask(url: URL, *_: object, **__: object) -> Answer:
        if once:
            body = next(bodies)
        else:
            # Writing a page is no work of the provider.
            body = await asyncio.to_thread(next, bodies, NO_PAGE)
        return Answer(status=200, headers=ONE_PAGE if once else {}, body=body)

    async with aiohttp.ClientSession() as http:
        provider = OcpiBackend(lambda: NOW).open(
            Connection(http=http),
            SETTINGS,
            MemoryStore(Tokens(access="token")),
            Kept(parts=(CARD,)),
        )
        with patch.object(provider.transport, "ask", ask):
            yield provider


def _memory() -> float:
    """Return the memory that this process has in use, in MiB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
