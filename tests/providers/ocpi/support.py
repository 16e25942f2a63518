"""Accounts of OCPI, opened at the emulator or at a party of which a test says all."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
from typing import Any

import aiohttp
from aiohttp import web

from custom_components.ev_charging_cloud.providers.emabler import EmablerBackend
from custom_components.ev_charging_cloud.providers.model import (
    ChargePoint,
    Evse,
    Session,
    Snapshot,
)
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.providers.ocpi import OcpiBackend
from custom_components.ev_charging_cloud.providers.ocpi.provider import OcpiProvider
from custom_components.ev_charging_cloud.providers.provider import Kept, PartData
from emulator import (
    EmablerProfile,
    Emulator,
    OcpiProfile,
    SimulatedClock,
    World,
    scenarios,
)
from emulator.session import Session as WorldSession

from ..support import FIXTURES, Seen, Store, connection, host

TOKEN = "demo-token-42"
NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
APP = PartData(
    id="p1",
    values={
        "uid": "APP-1",
        "token_type": "app_user",
        "contract_id": "NL-HAX-C000001-5",
        "issuer": "Home",
    },
)
CARD = PartData(
    id="p2",
    values={
        "uid": "04AABBCC",
        "token_type": "rfid",
        "contract_id": "NL-HAX-C000002-4",
    },
)
PARTY = {"country_code": "NL", "party_id": "HAX"}


def example(name: str) -> Any:
    """Return a JSON example of the fact sheet."""
    return json.loads((FIXTURES / "ocpi" / f"{name}.json").read_bytes())


@dataclass(kw_only=True)
class Account:
    """An opened account with the clock that it believes in."""

    provider: OcpiProvider
    clock: SimulatedClock
    cursors: dict[str, str] = field(default_factory=dict)

    async def poll(self, after: timedelta = timedelta()) -> Snapshot:
        """Poll, and keep the cursors as a ledger would."""
        self.clock.advance(after)
        found = await self.provider.snapshot()
        self.cursors |= found.cursors
        return found

    async def evse(self, evse_id: str, after: timedelta = timedelta()) -> Evse:
        """Poll, and return one EVSE."""
        return evse_of(await self.poll(after), evse_id)


@dataclass(kw_only=True)
class Party(Account):
    """An account at the emulator."""

    emulator: Emulator

    @property
    def world(self) -> World:
        """Return the simulated world."""
        return self.emulator.world

    def asked(self, path: str) -> int:
        """Return how often something whose path ends so was asked for."""
        return sum(
            one.path.rstrip("/").endswith(path) for one in self.emulator.requests
        )


def running(account: Party) -> WorldSession:
    """Return the session that the world begins with."""
    return account.world.session("5004")


def evse_of(snapshot: Snapshot, evse_id: str) -> Evse:
    """Return one EVSE of a snapshot."""
    for point in snapshot.charge_points.values():
        for evse in point.evses:
            if evse.id == evse_id:
                return evse
    raise KeyError(evse_id)


def points(snapshot: Snapshot) -> dict[str, ChargePoint]:
    """Return the locations of a snapshot, without tokens."""
    return {
        key: point
        for key, point in snapshot.charge_points.items()
        if not key.startswith("token_")
    }


def sessions(snapshot: Snapshot) -> dict[str, Session]:
    """Return the sessions of a snapshot by their key."""
    return {
        evse.session.key: evse.session
        for point in snapshot.charge_points.values()
        for evse in point.evses
        if evse.session is not None
    }


def opened(
    http: aiohttp.ClientSession,
    clock: SimulatedClock,
    values: Mapping[str, str],
    *parts: PartData,
    cursors: Mapping[str, str] | None = None,
    backend: type[OcpiBackend] = OcpiBackend,
    **lent: Any,
) -> Account:
    """Open an account as Home Assistant does, after a sign-in with these values."""
    found = backend(clock.now)
    method = next(iter(found.methods)) if "sessions_url" not in values else "modules"
    normal = found.normalize(found.key, {"token": TOKEN, **values})
    settings = {key: value for key, value in normal.items() if key != "token"}
    assert method in found.methods
    provider = found.open(
        connection(http, **lent),
        {"realm": "realm", **settings},
        Store(Tokens(access=normal["token"])),
        Kept(parts=parts, cursors=dict(cursors or {})),
    )
    assert isinstance(provider, OcpiProvider)
    return Account(provider=provider, clock=clock, cursors=dict(cursors or {}))


@asynccontextmanager
async def party(
    *parts: PartData,
    values: Mapping[str, str] | None = None,
    world: World | None = None,
    ocpi: OcpiProfile | None = None,
    emabler: EmablerProfile | None = None,
    dialect: bool = False,
    **lent: Any,
) -> AsyncIterator[Party]:
    """Serve a world, and open an account there: plain OCPI, or eMabler's dialect."""
    clock = SimulatedClock(NOW) if world is None else world.clock
    assert isinstance(clock, SimulatedClock)
    world = world or scenarios.party(clock)
    async with (
        Emulator(world, ocpi=ocpi, emabler=emabler) as emulator,
        aiohttp.ClientSession() as http,
    ):
        address = (
            {"base_url": f"{emulator.url}/emabler/ocpi"}
            if dialect
            else {"versions_url": f"{emulator.url}/ocpi/versions"}
        )
        found = opened(
            http,
            clock,
            {**address, **PARTY, **(values or {})},
            *parts,
            backend=EmablerBackend if dialect else OcpiBackend,
            **lent,
        )
        yield Party(provider=found.provider, clock=clock, emulator=emulator)


@dataclass
class Operator:
    """What an operator answers by module, as the ``data`` of an envelope or a status."""

    lists: dict[str, Any] = field(default_factory=dict)
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    envelope: dict[str, Any] = field(default_factory=lambda: {"status_code": 1000})

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        module = request.path.rstrip("/").rpartition("/")[2]
        found = self.lists.get(module, 404)
        if isinstance(found, int):
            return web.Response(status=found)
        if isinstance(found, bytes):
            return web.Response(body=found, content_type="application/json")
        return web.json_response({"data": found, **self.envelope})


@asynccontextmanager
async def operator(lists: Mapping[str, Any]) -> AsyncIterator[Operator]:
    """Serve lists on a socket."""
    found = Operator(lists=dict(lists))
    async with host(found.answer) as served:
        found.url, found.seen = served.url, served.seen
        yield found


def modules(url: str, *names: str) -> dict[str, str]:
    """Return the entered addresses of modules at an operator."""
    return {f"{name}_url": f"{url}/{name}" for name in names or ("sessions",)}
