"""An account at the emulator, and the truth that it is compared with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.evnnovator import EvnnovatorBackend
from custom_components.ev_charging_cloud.providers.evnnovator.provider import (
    EvnnovatorProvider,
)
from custom_components.ev_charging_cloud.providers.model import (
    CostState,
    Evse,
    Session,
    SessionState,
)
from custom_components.ev_charging_cloud.providers.oauth import MemoryStore
from custom_components.ev_charging_cloud.providers.provider import Kept, PartData
from emulator import Emulator, EvnnovatorProfile, SimulatedClock, scenarios

from ..support import START, connection

BASE = "/api/ocpi/api/v1"
LAB, OFFICE = "800001", "800011"
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


@dataclass(kw_only=True)
class Roaming:
    """Two drivers of a customer, one for each operator's habits."""

    emulator: Emulator
    provider: EvnnovatorProvider
    clock: SimulatedClock

    def switch(self, **switches: Any) -> None:
        """Change the gateway's profile."""
        face = self.emulator.evnnovator
        face.profile = replace(face.profile, **switches)

    async def evse(self, driver: str, wait: timedelta = timedelta()) -> Evse:
        """Return what stands for a driver after a while."""
        self.clock.advance(wait)
        snapshot = await self.provider.snapshot()
        return snapshot.charge_points[f"driver_{driver}"].evses[0]

    async def latest(self, driver: str, wait: timedelta = timedelta()) -> Session:
        """Return the latest session of a driver after a while."""
        session = (await self.evse(driver, wait)).session
        assert session is not None
        return session

    async def start(self, driver: str) -> None:
        """Start as the switch does."""
        assert await self.provider.start(f"driver_{driver}", f"driver_{driver}") is None

    def asked(self, kind: str = "") -> int:
        """Return how many requests of a kind came in, and forget all of them."""
        found = [one for one in self.emulator.requests if kind in one.kind]
        self.emulator.requests.clear()
        return len(found)

    def begun(self, evse: str) -> Any:
        """Return the session that runs in the world."""
        session = self.emulator.world.evse(evse).session
        assert session is not None
        return session


async def places(emulator: Emulator, http: aiohttp.ClientSession) -> dict[str, Any]:
    """Find where the drivers charge, as the dialog's search does."""
    provider = await signed_in(emulator, http, ())
    found = {one.name: one for one in await provider.search("road")}
    return {
        driver: {"location_id": place.id, "evse_uid": place.evses[0].id}
        for driver, place in (
            ("driver-1", found["Example lab"]),
            ("driver-2", found["Example office"]),
        )
    }


async def signed_in(
    emulator: Emulator, http: aiohttp.ClientSession, parts: tuple[PartData, ...]
) -> EvnnovatorProvider:
    """Sign in with client credentials, and open the account."""
    backend = EvnnovatorBackend(emulator.clock.now)
    profile = emulator.evnnovator.profile
    values = {
        "host": f"{emulator.url}{BASE}",
        "token_url": f"{emulator.url}/evnnovator/oauth/token",
        "client_id": profile.client_id or "",
        "client_secret": profile.client_secret,
    }
    lent = connection(http)
    values = backend.normalize("evnnovator", values)
    found = await backend.sign_in(lent, "evnnovator", "client_credentials", values)
    store = MemoryStore(found.tokens)
    provider = backend.open(lent, found.settings, store, Kept(parts=parts))
    assert isinstance(provider, EvnnovatorProvider)
    await provider.charge_points()
    return provider


@asynccontextmanager
async def roaming(**switches: Any) -> AsyncIterator[Roaming]:
    """Serve two locations, and register both drivers."""
    clock = SimulatedClock(START)
    profile = EvnnovatorProfile(**switches)
    world = scenarios.evnnovator(clock)
    async with (
        aiohttp.ClientSession() as http,
        Emulator(world, evnnovator=profile) as emulator,
    ):
        where = await places(emulator, http)
        parts = tuple(
            PartData(id=driver, values={"driver_id": driver, **where[driver]})
            for driver in where
        )
        provider = await signed_in(emulator, http, parts)
        for driver in where:
            await provider.register(f"driver_{driver}")
        emulator.requests.clear()
        yield Roaming(emulator=emulator, provider=provider, clock=clock)
        await provider.close()


def check_truth(found: Roaming, session: Session, key: str) -> None:
    """Compare a session with its CDR to the meter and the bill."""
    world = found.emulator.world
    true, invoice = world.session(key), world.invoice(key)
    assert session.state is SessionState.COMPLETED
    assert session.started_at == true.started_at
    assert session.ended_at == true.stopped_at
    kwh = float(true.energy_wh) / 1000
    assert session.energy_kwh == pytest.approx(kwh, abs=5e-4)
    assert session.cost is not None
    assert session.cost.state is CostState.FINAL
    for known, truth in (
        (session.cost.net, invoice.net),
        (session.cost.vat, invoice.tax),
        (session.cost.gross, invoice.gross),
    ):
        assert known is not None
        assert abs(known - truth) < 0.02
    assert session.cost.currency == "INR"
