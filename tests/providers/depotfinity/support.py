"""A depot's account with everything behind it, on one simulated clock."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from custom_components.ev_charging_cloud.providers.depotfinity import DepotfinityBackend
from custom_components.ev_charging_cloud.providers.depotfinity.provider import (
    DepotfinityProvider,
)
from custom_components.ev_charging_cloud.providers.model import Evse, Session, Snapshot
from custom_components.ev_charging_cloud.providers.oauth import MemoryStore, Tokens
from custom_components.ev_charging_cloud.providers.provider import Kept
from emulator import DepotfinityProfile, Emulator, SimulatedClock, World, scenarios
from emulator.depot_scenario import TAG

from ..support import FIXTURES, Host, connection

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
CLIENT_ID = "emulator-depot-client"
CLIENT_SECRET = "emulator-depot-secret"
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DOCUMENTS = FIXTURES / "documents"


def settings(url: str, **changes: str) -> dict[str, str]:
    """Return what a sign-in would have kept."""
    return {
        "realm": "eu",
        "api_url": url,
        "token_url": f"{url}/oauth2/token",
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        **changes,
    }


def open_provider(
    http: aiohttp.ClientSession,
    clock: SimulatedClock,
    kept_settings: Mapping[str, str],
    cursors: Mapping[str, str] | None = None,
    tokens: Tokens | None = None,
) -> DepotfinityProvider:
    """Open an account as Home Assistant does."""
    lent = connection(http, monotonic=lambda: clock.now().timestamp())
    provider = DepotfinityBackend(clock.now).open(
        lent,
        kept_settings,
        MemoryStore(tokens or Tokens(access="token")),
        Kept(cursors=cursors or {}),
    )
    assert isinstance(provider, DepotfinityProvider)
    return provider


@dataclass(kw_only=True)
class Depot:
    """A signed-in account, and what it told so far."""

    emulator: Emulator
    clock: SimulatedClock
    http: aiohttp.ClientSession
    settings: dict[str, str]
    provider: DepotfinityProvider
    snapshot: Snapshot = field(default_factory=lambda: Snapshot(charge_points={}))
    ledger: dict[str, Session] = field(default_factory=dict)
    told: list[Session] = field(default_factory=list)

    @property
    def world(self) -> World:
        """Return the simulated world."""
        return self.emulator.world

    def change(self, **switches: Any) -> None:
        """Change the back end's profile."""
        face = self.emulator.depotfinity
        face.profile = DepotfinityProfile(**{**vars_of(face.profile), **switches})

    async def poll(self, pause: timedelta = timedelta()) -> Snapshot:
        """Let time pass, and poll once."""
        self.clock.advance(pause)
        self.snapshot = await self.provider.snapshot()
        self.told += self.snapshot.past
        self.ledger |= {one.key: one for one in self.snapshot.past}
        return self.snapshot

    async def polls(self, count: int, pause: timedelta = MINUTE) -> None:
        """Poll again and again."""
        for _ in range(count):
            await self.poll(pause)

    def restart(self, **changes: str) -> None:
        """Open the account anew with what was kept."""
        self.settings |= changes
        tokens = self.emulator.depotfinity.tokens.issue(3600)
        self.provider = open_provider(
            self.http,
            self.clock,
            self.settings,
            self.snapshot.cursors,
            Tokens(access=tokens),
        )

    def evse(self, evse_id: str = "CH-1/1") -> Evse:
        """Return a connector as the last poll shows it."""
        point = self.snapshot.charge_points[evse_id.partition("/")[0]]
        return next(one for one in point.evses if one.id == evse_id)

    def asked(self, kind: str) -> int:
        """Return how many requests of a kind came in."""
        name = f"depotfinity_{kind}"
        return sum(one.kind == name for one in self.emulator.requests)

    def delivered(self, session_id: str) -> float:
        """Return what the meter says that a charge gave, in kWh."""
        return float(self.world.session(session_id).energy_wh) / 1000

    def drawn(self, session_id: str) -> float:
        """Return what the grid meter says that a charge took, in kWh."""
        return float(self.world.session(session_id).drawn_wh) / 1000


def vars_of(profile: DepotfinityProfile) -> dict[str, Any]:
    """Return the switches of a profile."""
    return {name: getattr(profile, name) for name in profile.__dataclass_fields__}


@asynccontextmanager
async def depot(
    world: World | None = None,
    *,
    at: datetime = NOON,
    kept: Mapping[str, str] | None = None,
    **switches: Any,
) -> AsyncIterator[Depot]:
    """Serve a depot and open its account."""
    clock = SimulatedClock(at) if world is None else world.clock
    assert isinstance(clock, SimulatedClock)
    world = world or scenarios.depot(clock, 2, 2)
    profile = DepotfinityProfile(**switches)
    async with (
        aiohttp.ClientSession() as http,
        Emulator(world, depotfinity=profile) as emulator,
    ):
        token = emulator.depotfinity.tokens.issue(
            profile.token_lifetime, profile.token_calls
        )
        opened = settings(emulator.url, id_tag=TAG, **(kept or {}))
        provider = open_provider(http, clock, opened, tokens=Tokens(access=token))
        yield Depot(
            emulator=emulator,
            clock=clock,
            http=http,
            settings=opened,
            provider=provider,
        )
        await provider.close()


def requests_to(served: Host, ending: str) -> list[dict[str, str]]:
    """Return the queries of the requests to a path."""
    return [one.query for one in served.seen if one.path.split("?")[0].endswith(ending)]
