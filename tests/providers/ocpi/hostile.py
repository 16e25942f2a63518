"""A small OCPI server whose every answer a test can bend, and a place for no token."""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import json
from typing import Any

import aiohttp
from aiohttp import web
import msgspec
from yarl import URL

from custom_components.ev_charging_cloud.providers.ocpi.client import (
    Access,
    Client,
    Module,
)

from ..support import Host, Seen, connection, host

TOKEN = "demo-token-42"
BASE64 = b64encode(TOKEN.encode()).decode()
ENCODED = {"raw": f"Token {TOKEN}", "base64": f"Token {BASE64}"}
SENDERS = ("sessions", "locations", "tariffs", "cdrs")
RECEIVERS = ("commands", "tokens")

type Bend = Callable[[web.BaseRequest], web.StreamResponse | None]


def reply(data: Any = None, code: Any = 1000, **about: Any) -> web.Response:
    """Return an answer in its envelope."""
    body = {"data": data, "status_code": code, "timestamp": "2026-01-05T10:00:00Z"}
    return web.json_response(body, **about)


def endpoints(url: str, version: str) -> list[dict[str, str]]:
    """Return the modules of an operator, as its version details list them."""
    roles = {"SENDER": ("credentials", *SENDERS), "RECEIVER": RECEIVERS}
    found = [
        {"identifier": name, "role": role, "url": f"{url}/{version}/{name}"}
        for role, names in roles.items()
        for name in names
    ]
    if version == "2.1.1":
        for one in found:
            del one["role"]
    return found


def objects(count: int) -> list[dict[str, Any]]:
    """Return objects that have nothing but an identity."""
    return [
        {"country_code": "NL", "party_id": "XYZ", "id": f"S{number}"}
        for number in range(count)
    ]


@dataclass
class Operator:
    """What the server says; ``bend`` may answer in its place."""

    url: str = ""
    versions: tuple[str, ...] = ("2.1.1", "2.2.1")
    rows: list[dict[str, Any]] = field(default_factory=list)
    size: int = 50
    links: bool = True
    totals: bool = True
    listed: Callable[[str, str], list[dict[str, str]]] = endpoints
    bend: Bend = lambda _: None
    seen: list[Seen] = field(default_factory=list)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        if (bent := self.bend(request)) is not None:
            return bent
        parts = request.path.strip("/").split("/")
        if parts == ["versions"]:
            return reply(
                [{"version": v, "url": f"{self.url}/{v}"} for v in self.versions]
            )
        if len(parts) == 1 and parts[0] in self.versions:
            listed = self.listed(self.url, parts[0])
            return reply({"version": parts[0], "endpoints": listed})
        if len(parts) == 2 and parts[1] in SENDERS:
            return self.page(request)
        return web.json_response({"detail": "Not Found"}, status=404)

    def page(self, request: web.BaseRequest, rows: Any = None) -> web.Response:
        """Return the page that was asked for."""
        rows = self.rows if rows is None else rows
        offset = int(request.query.get("offset", 0))
        size = min(int(request.query.get("limit", 1000)), self.size)
        headers = {}
        if self.totals:
            headers["X-Total-Count"] = str(len(rows))
            headers["X-Limit"] = str(self.size)
        if self.links and offset + size < len(rows):
            following = {**request.query, "offset": str(offset + size)}
            url = URL(self.url + request.path).with_query(following)
            headers["Link"] = f'<{url}>; rel="next"'
        return reply(rows[offset : offset + size], headers=headers)

    def asked(self, ending: str) -> list[Seen]:
        """Return the requests whose path ends so."""
        return [one for one in self.seen if URL(one.path).path.endswith(ending)]


@asynccontextmanager
async def operator(**what: Any) -> AsyncIterator[Operator]:
    """Serve an operator."""
    found = Operator(**what)
    async with host(found.answer) as served:
        found.url, found.seen = served.url, served.seen
        yield found


@asynccontextmanager
async def elsewhere(rows: int = 3) -> AsyncIterator[Host]:
    """Serve a place that would take any token and answer like an operator."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return reply(objects(rows))

    async with host(answer) as served:
        yield served


@asynccontextmanager
async def watched() -> AsyncIterator[tuple[aiohttp.ClientSession, list[URL]]]:
    """Return an HTTP session, and all addresses that it was ever asked for."""
    asked: list[URL] = []
    trace = aiohttp.TraceConfig()

    async def note(_: Any, __: Any, params: aiohttp.TraceRequestStartParams) -> None:
        asked.append(params.url)

    trace.on_request_start.append(note)
    async with aiohttp.ClientSession(trace_configs=[trace]) as http:
        yield http, asked


def client_of(
    http: aiohttp.ClientSession, url: str, *, lent: Any = None, **changes: Any
) -> Client:
    """Return the client of an account."""
    changes.setdefault("token", TOKEN)
    if "overrides" not in changes:
        changes.setdefault("versions", f"{url}/versions")
    access = Access(base=URL(url).with_path("/"), **changes)
    return Client(lent or connection(http), access)


async def ids(
    client: Client, module: Module = Module.SESSIONS, **how: Any
) -> list[str]:
    """Return the ids of all objects of a list, in the order they came."""
    return [one for page in await pages(client, module, **how) for one in page]


async def pages(
    client: Client, module: Module = Module.SESSIONS, **how: Any
) -> list[list[str]]:
    """Return the ids of a list, page by page."""
    return [
        [msgspec.json.decode(raw).get("id", "") for raw in rows]
        async for rows in client.pages(module, **how)
    ]


def names(count: int) -> list[str]:
    """Return the ids of as many objects."""
    return [f"S{number}" for number in range(count)]


def plain(body: Any, status: int = 200, **about: Any) -> web.Response:
    """Return an answer without an envelope."""
    return web.Response(
        text=json.dumps(body), status=status, content_type="application/json", **about
    )


def sessions(answer: Callable[[web.BaseRequest], Any]) -> Bend:
    """Return an answer to requests for sessions alone."""
    return lambda request: (
        answer(request) if request.path.rstrip("/").endswith("/sessions") else None
    )
