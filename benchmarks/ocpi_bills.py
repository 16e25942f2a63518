"""A first run of an account: sessions, and the CDRs that belong to them."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from operator import itemgetter
from unittest.mock import patch

import aiohttp
import orjson
from yarl import URL

from custom_components.ev_charging_cloud.providers.answers import Answer
from custom_components.ev_charging_cloud.providers.model import CostState, Session
from custom_components.ev_charging_cloud.providers.oauth import MemoryStore, Tokens
from custom_components.ev_charging_cloud.providers.ocpi import OcpiBackend
from custom_components.ev_charging_cloud.providers.provider import (
    Kept,
    PartData,
    Provider,
)
from custom_components.ev_charging_cloud.providers.transport import Connection

from .figures import Figure
from .ocpi_pages import SESSIONS, Json, session
from .steps import watched

COUNT = 2 * SESSIONS
STEP_LIMIT = 10.0
NOW = datetime(2026, 6, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLLS, ROUNDS = 4, 4
URLS = {
    f"{name}_url": f"https://cpo.example.test/{name}" for name in ("sessions", "cdrs")
}
SETTINGS = {
    "realm": "bench",
    **URLS,
    "country_code": "NL",
    "party_id": "HAX",
    "encoding": "base64",
}
CARD = PartData(id="1", values={"uid": "APP-1", "contract_id": "NL-HAX-C000001-5"})
# What a CDR has of its session.
SHARED = ("country_code", "party_id", "cdr_token", "auth_method", "currency")


def figures() -> Iterator[Figure]:
    """Measure how long polls hold the event loop until all is joined."""
    with asyncio.Runner() as runner:
        # The first round makes the pages too.
        runs = [runner.run(_polls()) for _ in range(ROUNDS)]
    longest, past = min(runs, key=itemgetter(0))
    final = [one for one in past.values() if one.cost is not None]
    assert len(final) == COUNT
    assert all(one.cost.state is CostState.FINAL for one in final if one.cost)
    yield Figure(
        name="ocpi_bills_longest_step",
        value=1000 * longest,
        unit="ms",
        limit=STEP_LIMIT,
    )


async def _polls() -> tuple[float, dict[str, Session]]:
    """Return the longest step of some polls, and what they told of the past."""
    past: dict[str, Session] = {}
    now = NOW
    longest = 0.0
    async with aiohttp.ClientSession() as http:
        provider: Provider = OcpiBackend(lambda: now).open(
            Connection(http=http),
            SETTINGS,
            MemoryStore(Tokens(access="token")),
            Kept(parts=(CARD,)),
        )
        with patch.object(provider.transport, "ask", _ask):
            for number in range(POLLS):
                now = NOW + number * HOUR
                with watched() as steps:
                    found = await provider.snapshot()
                    # The last step counts when it is over.
                    await asyncio.sleep(0)
                longest = max(longest, steps.longest)
                past |= {one.key: one for one in found.past}
    return longest, past


async def _ask(url: URL, *_: object, **__: object) -> Answer:
    """Return a page."""
    offset, limit = (int(url.query.get(name, 0)) for name in ("offset", "limit"))
    await asyncio.sleep(0)
    total = {"X-Total-Count": str(COUNT)}
    return Answer(status=200, headers=total, body=_page(url.name, offset, limit or 100))


@cache
def _page(name: str, offset: int, limit: int) -> bytes:
    """Return a page of sessions or CDRs, whatever their age."""
    make = _session if name == "sessions" else _cdr
    rows = [make(number) for number in range(offset, min(offset + limit, COUNT))]
    return orjson.dumps({"data": rows, "status_code": 1000})


def _session(number: int) -> Json:
    """Return a session that is over, of which half have no reference."""
    ended: Json = {"status": "COMPLETED", "charging_periods": [], "total_cost": None}
    found = session(number) | ended
    if found["end_date_time"] is None:
        found["end_date_time"] = found["last_updated"]
    if number % 2:
        found["authorization_reference"] = None
    return found


def _cdr(number: int) -> Json:
    """Return the CDR of a session; one of two does not name it."""
    of, full = _session(number), session(number)
    return {name: of[name] for name in SHARED} | {
        "id": f"CDR-{number:08}",
        "session_id": of["id"] if number % 2 == 0 else None,
        "start_date_time": of["start_date_time"],
        "end_date_time": of["end_date_time"],
        "cdr_location": {
            "id": of["location_id"],
            "evse_uid": of["evse_uid"],
            "connector_id": of["connector_id"],
        },
        "charging_periods": full["charging_periods"],
        "total_cost": full["total_cost"],
        "total_energy": of["kwh"],
        "total_time": 2.75,
        "last_updated": of["last_updated"],
    }
