"""Our own side of OCPI, as a peer reaches it: callbacks and registration."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestServer

LIMIT = 15  # s, also for a slow machine


class Call(NamedTuple):
    """What a peer asked of us."""

    method: str
    path: str
    authorization: str | None
    body: Any


class Listener:
    """Hear what a peer calls; a registration finds every version here."""

    def __init__(self) -> None:
        """Listen nowhere yet."""
        self.calls: asyncio.Queue[Call] = asyncio.Queue()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.url = ""

    @property
    def versions(self) -> str:
        """Where a registration looks for our versions."""
        return f"{self.url}/versions"

    async def next(self) -> Call:
        """Return the next call, which comes in a moment."""
        async with asyncio.timeout(LIMIT):
            return await self.calls.get()

    async def answer(self, request: web.Request) -> web.Response:
        """Note a call and answer it."""
        body = await request.json() if request.can_read_body else None
        known = request.headers.get("Authorization")
        self.calls.put_nowait(Call(request.method, request.path, known, body))
        await self.may_answer.wait()
        data: Any = None
        if request.path == "/versions":
            numbers = ("2.1.1", "2.2.1")
            data = [{"version": one, "url": f"{self.url}/{one}"} for one in numbers]
        elif request.method == "GET":
            data = {"version": request.path.strip("/"), "endpoints": []}
        now = "2026-01-05T10:00:00Z"
        return web.json_response({"data": data, "status_code": 1000, "timestamp": now})


@asynccontextmanager
async def listening() -> AsyncIterator[Listener]:
    """Listen on a free port of the loopback."""
    listener = Listener()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", listener.answer)
    async with TestServer(app) as server:
        listener.url = str(server.make_url("/")).rstrip("/")
        yield listener
