"""A gateway of which each test says what it answers."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
import json
from typing import Any

import aiohttp
from aiohttp import web

from custom_components.ev_charging_cloud.providers.evnnovator import EvnnovatorBackend
from custom_components.ev_charging_cloud.providers.evnnovator.provider import (
    EvnnovatorProvider,
)
from custom_components.ev_charging_cloud.providers.model import Evse, Session, Snapshot
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.providers.provider import Kept, PartData

from ..support import FIXTURES, Seen, Store, connection, host

BASE = "/api/ocpi/api/v1"
TOKEN = "gateway-token-2f81d0"
DRIVER = "driver-1"
PLACE = {
    "location_id": "22222222222222222222222222222222",
    "evse_uid": "AAAAAAAA-0000-4000-8000-000000000001",
}
UID = "55555555555555555555555555555555"
LATEST = f"sessions/{DRIVER}/latest"
SESSION_ID = "0123456789abcdef0123456789abcdef"
CDR = "cdrs/session/90000001"
TOKEN_UID = f"whitelist/driver/{DRIVER}/location/{PLACE['location_id']}"
START = "commands/START_SESSION"
STOP = "commands/STOP_SESSION"
# A few seconds after the running session of the fact sheet was reported.
NOW = datetime(2026, 1, 5, 10, 20, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def example(name: str) -> Any:
    """Return a JSON example of the fact sheet."""
    return json.loads((FIXTURES / "evnnovator" / f"{name}.json").read_bytes())


def document(name: str) -> Any:
    """Return the answer that a public document shows."""
    path = FIXTURES / "documents" / f"evnnovator_{name}.json"
    return json.loads(path.read_bytes())


def written(moment: datetime) -> str:
    """Return a moment as the gateway writes most of them."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def session_answer(**changes: Any) -> Any:
    """Return the running session of the fact sheet, with changes."""
    answer = deepcopy(example("session_running"))
    answer["data"] |= changes
    return answer


def report(at: datetime, kwh: float, **changes: Any) -> Any:
    """Return the running session as reported at a moment."""
    moments = {"end_datetime": written(at), "last_modified_date": written(at)}
    return session_answer(**moments, kwh=kwh, **changes)


def cdr_answer(**changes: Any) -> Any:
    """Return the CDR of the fact sheet, with changes."""
    answer = deepcopy(example("cdr"))
    answer["data"] |= changes
    return answer


def part(key: str = "p1", driver: str = DRIVER, **values: str) -> PartData:
    """Return a driver as the user entered it."""
    return PartData(id=key, values={"driver_id": driver, **values})


@dataclass
class Gateway:
    """What the gateway answers by path: a body, or a status without one."""

    answers: dict[str, Any] = field(default_factory=dict)
    now: datetime = NOW
    url: str = ""
    seen: list[Seen] = field(default_factory=list)

    def clock(self) -> datetime:
        """Return the moment that the provider believes it is."""
        return self.now

    def paths(self) -> list[str]:
        """Return what was asked for, and forget it."""
        found = [
            f"{one.method} {one.path.removeprefix(BASE).lstrip('/')}"
            for one in self.seen
        ]
        self.seen.clear()
        return found

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request."""
        path = request.path.removeprefix(BASE).lstrip("/")
        found = self.answers.get(path, 404)
        if isinstance(found, int):
            return web.Response(status=found)
        body = found if isinstance(found, bytes) else json.dumps(found).encode()
        return web.Response(body=body, content_type="application/json")


@asynccontextmanager
async def gateway(
    answers: Mapping[str, Any], now: datetime = NOW
) -> AsyncIterator[Gateway]:
    """Serve answers on a socket."""
    found = Gateway(dict(answers), now)
    async with host(found.answer) as served:
        found.url, found.seen = served.url, served.seen
        yield found


@dataclass(kw_only=True)
class Account:
    """An opened account and the gateway behind it."""

    provider: EvnnovatorProvider
    gateway: Gateway

    async def poll(self, wait: timedelta = timedelta()) -> Snapshot:
        """Read the account after a while."""
        self.gateway.now += wait
        return await self.provider.snapshot()

    async def evse(self, key: str = "driver_p1", wait: timedelta = timedelta()) -> Evse:
        """Read the account and return what stands for a driver."""
        return (await self.poll(wait)).charge_points[key].evses[0]

    async def latest(
        self, key: str = "driver_p1", wait: timedelta = timedelta()
    ) -> Session:
        """Read the account and return the latest session of a driver."""
        found = (await self.evse(key, wait)).session
        assert found is not None
        return found


def opened(
    http: aiohttp.ClientSession,
    found: Gateway,
    *parts: PartData,
    cursors: Mapping[str, str] | None = None,
    **changes: Any,
) -> Account:
    """Open an account as Home Assistant does, with one driver if none is given."""
    provider = EvnnovatorBackend(found.clock).open(
        connection(http, **changes),
        {"host": f"{found.url}{BASE}/", "realm": "realm"},
        Store(Tokens(access=TOKEN)),
        Kept(parts=parts or (part(),), cursors=cursors or {}),
    )
    assert isinstance(provider, EvnnovatorProvider)
    return Account(provider=provider, gateway=found)


@asynccontextmanager
async def account(
    answers: Mapping[str, Any], *parts: PartData, now: datetime = NOW, **options: Any
) -> AsyncIterator[Account]:
    """Serve answers and open an account there."""
    async with aiohttp.ClientSession() as http, gateway(answers, now) as found:
        yield opened(http, found, *parts, **options)


def known(driver: str = DRIVER, key: str = "p1") -> dict[str, str]:
    """Return the cursors that registering a driver at the usual place leaves."""
    from custom_components.ev_charging_cloud.providers.evnnovator.drivers import Driver

    digest = Driver(part(key, driver)).digest
    return {
        f"registered/{key}": digest,
        f"token_uid/{key}/{digest}/{PLACE['location_id']}": UID,
    }
