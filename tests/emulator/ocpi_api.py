"""A party that asks a CPO and knows only HTTP."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from emulator import OcpiProfile, SimulatedClock, World, scenarios

from .api import Api
from .conftest import START, Serve

TOKEN = "demo-token-42"
PACKED = "ZGVtby10b2tlbi00Mg=="
EVER = {"date_from": "2020-01-01T00:00:00Z"}
NOW = {"date_from": "2025-03-30T14:33:49Z"}
VERSIONS = ("2.1.1", "2.2.1", "2.3.0")


class Party:
    """Call a CPO in one version."""

    def __init__(self, api: Api, version: str = "2.2.1") -> None:
        """Use an emulator that runs."""
        self._api = api
        self.emulator = api.emulator
        self.world = api.world
        self.face = api.emulator.ocpi
        self.version = version
        self.pass_time = api.pass_time

    def headers(self) -> dict[str, str]:
        """Return the authorization of the version."""
        token = TOKEN if self.version == "2.1.1" else PACKED
        return {"Authorization": f"Token {token}"}

    async def ask(
        self, path: str, method: str = "GET", **options: Any
    ) -> tuple[int, Any, dict[str, str]]:
        """Return status, body and headers; a path without a slash is a module's."""
        if not path.startswith("/"):
            path = f"/ocpi/cpo/{self.version}/{path}"
        options.setdefault("headers", self.headers())
        return await self._api.call(method, path, **options)

    async def data(self, path: str, **options: Any) -> Any:
        """Return what is inside the envelope of a success."""
        status, body, _ = await self.ask(path, **options)
        assert (status, body["status_code"]) == (200, 1000), body
        return body["data"]

    async def sessions(self, **params: str) -> list[Any]:
        """Return the first page of sessions."""
        found: list[Any] = await self.data("sessions", params=EVER | params)
        return found

    async def latest(self) -> Any:
        """Return the session that was created last."""
        return (await self.sessions())[-1]

    async def command(self, name: str, body: Any) -> Any:
        """Give a command and return the envelope of the answer."""
        path = f"commands/{name}"
        status, answer, _ = await self.ask(path, method="POST", json=body)
        assert status == 200, answer
        return answer

    def start_body(self, url: str, **changes: Any) -> dict[str, Any]:
        """Return what starts a charge at EVSE-2."""
        token = {
            "country_code": "NL",
            "party_id": "HAX",
            "uid": "APP-1",
            "type": "APP_USER",
            "contract_id": "NL-HAX-C000001-5",
            "issuer": "Home",
            "valid": True,
            "whitelist": "NEVER",
            "last_updated": "2026-01-01T00:00:00Z",
        }
        return {
            "response_url": url,
            "token": token,
            "authorization_reference": "ha-7f3a",
            "location_id": "LOC-1",
            "evse_uid": "EVSE-2",
            "connector_id": "1",
        } | changes

    def switch(self, **switches: Any) -> None:
        """Change the CPO's profile."""
        self.emulator.switch("ocpi", **switches)


class Ear:
    """Hear what a CPO tells about commands."""

    def __init__(self) -> None:
        """Hear nothing yet."""
        self.url = ""
        self.bodies: list[Any] = []
        self.tokens: list[str] = []

    async def hear(self, request: web.Request) -> web.Response:
        """Keep what was said."""
        self.bodies.append(await request.json())
        scheme, _, token = request.headers["Authorization"].partition(" ")
        assert scheme == "Token"
        self.tokens.append(token)
        return web.json_response({"status_code": 1000})


@asynccontextmanager
async def listening() -> AsyncIterator[Ear]:
    """Yield an ear at an address of its own."""
    ear = Ear()
    app = web.Application()
    app.router.add_post("/heard", ear.hear)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ear.url = f"http://127.0.0.1:{runner.addresses[0][1]}/heard"
        yield ear
    finally:
        await runner.cleanup()


def network(**options: Any) -> World:
    """Return three locations at the usual start."""
    return scenarios.party(SimulatedClock(START), **options)


async def party(serve: Serve, version: str = "2.2.1", **switches: Any) -> Party:
    """Serve three locations."""
    return await party_of(serve, network(), version, **switches)


async def party_of(
    serve: Serve, world: World, version: str = "2.2.1", **switches: Any
) -> Party:
    """Serve a world."""
    opened = Party(await serve(world), version)
    opened.emulator.ocpi.profile = OcpiProfile(**switches)
    return opened


def packed(token: str) -> str:
    """Return a token in Base64."""
    return base64.b64encode(token.encode()).decode()
