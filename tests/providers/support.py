"""What the tests of the providers share."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
import json
from pathlib import Path
from random import Random
import socket
import time
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from custom_components.ev_charging_cloud.providers import model
from custom_components.ev_charging_cloud.providers.ampeco import (
    AmpecoBackend,
    mapping,
    wire,
)
from custom_components.ev_charging_cloud.providers.ampeco.provider import AmpecoProvider
from custom_components.ev_charging_cloud.providers.decoding import envelope
from custom_components.ev_charging_cloud.providers.model import (
    ChargePoint,
    Evse,
    Session,
)
from custom_components.ev_charging_cloud.providers.oauth import MemoryStore, Tokens
from custom_components.ev_charging_cloud.providers.transport import Connection, Limits
from emulator import Emulator, Profile, SimulatedClock, World, scenarios

START = datetime(2025, 3, 30, 14, 33, 49, tzinfo=UTC)
FIXTURES = Path(__file__).parent.parent / "fixtures"
CLIENT_SECRET = "emulator-client-secret"
ROOT = "/api/v1/app"
CHARGE_POINTS = f"{ROOT}/personal/charge-points"
TOKEN_PATH = f"{ROOT}/oauth/token"
PATIENT = Limits(total=10.0, connect=5.0)
HASTY = Limits(total=0.2, connect=0.2)


@dataclass
class Store:
    """A token store that writes down when it was used, and can fail."""

    tokens: Tokens | None
    diary: list[str] = field(default_factory=list)
    failure: Exception | None = None

    async def load(self) -> Tokens | None:
        """Return the tokens."""
        self.diary.append("load")
        return self.tokens

    async def save(self, tokens: Tokens) -> None:
        """Keep tokens, or fail."""
        if self.failure is not None:
            self.diary.append("failed")
            raise self.failure
        self.diary.append(f"save {tokens.access}")
        self.tokens = tokens


@dataclass
class Naps:
    """A sleep that does not wait, and remembers for how long it should have."""

    taken: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        """Remember the wait."""
        self.taken.append(seconds)


@dataclass(kw_only=True)
class Account:
    """A signed-in provider with everything behind it."""

    emulator: Emulator
    provider: AmpecoProvider
    store: Store
    naps: Naps

    @property
    def world(self) -> World:
        """Return the simulated world."""
        return self.emulator.world

    def asked(self, kind: str) -> int:
        """Return how many requests of a kind came in."""
        return sum(one.kind == kind for one in self.emulator.requests)


def connection(
    http: aiohttp.ClientSession, *, limits: Limits = PATIENT, **changes: Any
) -> Connection:
    """Return a connection that never waits between tries."""
    changes.setdefault("sleep", Naps())
    return Connection(http=http, limits=limits, rng=Random(1), **changes)


def settings(url: str, brand: str = "drivee", **changes: str) -> dict[str, str]:
    """Return what a sign-in would have kept."""
    kept = {"client_id": "1", "client_secret": CLIENT_SECRET}
    return {"brand": brand, "realm": brand, "host": url, **kept, **changes}


def open_provider(
    lent: Connection, kept: dict[str, str], tokens: Tokens | Store
) -> AmpecoProvider:
    """Open an account as Home Assistant does."""
    store = tokens if isinstance(tokens, Store) else Store(tokens)
    provider = AmpecoBackend().open(lent, kept, store)
    assert isinstance(provider, AmpecoProvider)
    return provider


@dataclass(kw_only=True)
class Proven:
    """What a sign-in left, and whose account it opens."""

    account: model.Account
    settings: Mapping[str, str]
    tokens: Tokens


async def prove(
    http: aiohttp.ClientSession, method: str, values: Mapping[str, str]
) -> Proven:
    """Sign in and open the account, as the dialog does."""
    backend, lent = AmpecoBackend(), connection(http)
    found = await backend.sign_in(lent, "ampeco", method, values)
    store = MemoryStore(found.tokens)
    provider = backend.open(lent, found.settings, store)
    who = await provider.account()
    await provider.charge_points()
    return Proven(account=who, settings=found.settings, tokens=await store.load())


@asynccontextmanager
async def signed_in(
    world: World | None = None,
    profile: Profile | None = None,
    *,
    brand: str = "drivee",
    limits: Limits = PATIENT,
    tokens: Callable[[Tokens], Tokens] = lambda tokens: tokens,
    **changes: Any,
) -> AsyncIterator[Account]:
    """Serve a world and open its first driver's account."""
    world = world or scenarios.single(SimulatedClock(START))
    naps = Naps()
    changes.setdefault("sleep", naps)
    async with (
        aiohttp.ClientSession() as http,
        Emulator(world, ampeco=profile) as emulator,
    ):
        pair = emulator.ampeco.issue_tokens()
        store = Store(
            tokens(
                Tokens(
                    access=pair.access_token,
                    refresh=pair.refresh_token,
                    obtained_at=time.time(),
                    lifetime=pair.expires_in,
                )
            )
        )
        lent = connection(http, limits=limits, **changes)
        provider = open_provider(lent, settings(emulator.url, brand), store)
        yield Account(emulator=emulator, provider=provider, store=store, naps=naps)
        await provider.close()


@dataclass
class Seen:
    """One request as it came over the socket."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        """Return the query of the path."""
        return dict(URL(self.path).query)


type Answerer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass
class Host:
    """A tiny server, for what the emulator does not do."""

    url: str
    seen: list[Seen] = field(default_factory=list)


@asynccontextmanager
async def host(answer: Answerer) -> AsyncIterator[Host]:
    """Serve one function for every request."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        headers = dict(request.headers)
        body = await request.read()
        served.seen.append(Seen(request.method, request.path_qs, headers, body))
        return await answer(request)

    runner = web.ServerRunner(web.Server(handle), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served = Host(f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield served
    finally:
        await runner.cleanup()


def answers(bodies: dict[str, Any], status: dict[str, int] | None = None) -> Answerer:
    """Return an answerer by the end of the path; unknown paths get a 404."""

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        for ending, body in bodies.items():
            if request.path.endswith(ending):
                code = (status or {}).get(ending, 200)
                raw = body if isinstance(body, bytes) else json.dumps(body).encode()
                return web.Response(
                    body=raw, status=code, content_type="application/json"
                )
        return web.json_response({"message": "The route is unknown."}, status=404)

    return answer


def closed_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def example(name: str) -> Any:
    """Return a JSON example of the fact sheet."""
    return json.loads((FIXTURES / "ampeco" / f"{name}.json").read_bytes())


def session_of(**changes: Any) -> Session:
    """Map the running session of the fact sheet, with changes."""
    source = {**example("session_running")["session"], **changes}
    found = envelope(wire.SESSION, json.dumps({"session": source}).encode())
    assert found.session is not None
    return mapping.Mapper("drivee").session(found.session)


def evse_of(**changes: Any) -> Evse:
    """Map the EVSE of the fact sheet with its running session, with changes."""
    point = example("charge_points")["data"][0]
    point["evses"][0]["session"] = example("session_running")["session"]
    point["evses"][0] |= changes
    return point_of(point).evses[0]


def point_of(source: Any) -> ChargePoint:
    """Map one charge point."""
    decoded = wire.CHARGE_POINT.decode(json.dumps(source).encode())
    return mapping.Mapper("drivee").charge_point(decoded)
