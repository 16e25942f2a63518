"""What a poll costs at most, and what is left for the next one."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web
import msgspec
import pytest
from yarl import URL

from custom_components.ev_charging_cloud.providers.errors import (
    RateLimitError,
    ResponseError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.model import Snapshot
from custom_components.ev_charging_cloud.providers.ocpi import paging
from emulator import SimulatedClock

from ..support import host
from .support import MINUTE, NOW, PARTY, Account, modules, opened

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
IDLE = 6 * MINUTE
OWNER = {"country_code": "NL", "party_id": "XYZ"}


def session(number: int, updated: datetime, **changes: Any) -> dict[str, Any]:
    """Return a session that has ended, at one of ten places."""
    return {
        **OWNER,
        "id": f"S{number}",
        "start_date_time": (updated - HOUR).isoformat(),
        "end_date_time": updated.isoformat(),
        "kwh": 1.0,
        "total_cost": {"excl_vat": 1},
        "cdr_token": {"country_code": "NL", "party_id": "HAX", "uid": "U"},
        "location_id": f"L{number % 10}",
        "evse_uid": "E",
        "currency": "EUR",
        "status": "COMPLETED",
        "last_updated": updated.isoformat(),
        **changes,
    }


def running(number: int, updated: datetime, **changes: Any) -> dict[str, Any]:
    """Return a session that runs."""
    found = session(number, updated, status="ACTIVE", **changes)
    del found["end_date_time"]
    return found


def location(number: int) -> dict[str, Any]:
    """Return a location with one EVSE."""
    evse = {"uid": "E", "status": "AVAILABLE", "connectors": []}
    updated = (NOW - 40 * DAY + number * DAY).isoformat()
    return {
        **OWNER,
        "id": f"L{number}",
        "name": "",
        "evses": [evse],
        "last_updated": updated,
    }


@dataclass
class Server:
    """Pages of lists, so many requests a minute; a list in ``endless`` has no end."""

    clock: SimulatedClock
    lists: dict[str, list[dict[str, Any]]]
    budget: int = 1000
    size: int = 2
    limited: set[str] = field(default_factory=set)
    endless: set[str] = field(default_factory=set)
    retry_after: str | None = "60"
    good: list[tuple[str, URL]] = field(default_factory=list)
    refused: int = 0
    broken: bool = False
    url: str = ""
    _made: int = 0
    _spent: Counter[datetime] = field(default_factory=Counter)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer with a page, or ask for fewer requests."""
        module = request.path.rpartition("/")[2]
        minute = self.clock.now().replace(second=0, microsecond=0)
        self._spent[minute] += 1
        if self._spent[minute] > self.budget or module in self.limited:
            self.refused += 1
            wait = {"Retry-After": self.retry_after} if self.retry_after else {}
            return web.Response(status=429, headers=wait)
        if self.broken:
            return web.Response(status=500)
        self.good.append((module, request.rel_url))
        since = datetime.fromisoformat(
            request.query.get("date_from", "2000-01-01T00:00:00Z")
        )
        offset = int(request.query.get("offset", 0))
        if module in self.endless:
            self._made += 1
            rows = [session(self._made, self.clock.now())]
        else:
            rows = [
                one
                for one in self.lists.get(module, [])
                if datetime.fromisoformat(one["last_updated"]) >= since
            ]
        page = rows if module in self.endless else rows[offset : offset + self.size]
        headers = {}
        if module in self.endless or offset + self.size < len(rows):
            query = {**request.query, "offset": str(offset + len(page))}
            headers["Link"] = (
                f'<{self.url}{request.rel_url.with_query(query)}>; rel="next"'
            )
        return web.json_response({"data": page, "status_code": 1000}, headers=headers)

    def asked(self, module: str) -> list[int]:
        """Return where the pages of a list began that were answered, and forget them."""
        found = [url for name, url in self.good if name == module]
        self.good = [one for one in self.good if one[0] != module]
        return [int(url.query.get("offset", 0)) for url in found]


@asynccontextmanager
async def busy(
    *names: str, cursors: Mapping[str, str] | None = None, **what: Any
) -> AsyncIterator[tuple[Account, Server]]:
    """Open an account at a server that has the lists of these names."""
    clock = SimulatedClock(NOW)
    server = Server(clock, **what)
    async with host(server.answer) as served, aiohttp.ClientSession() as http:
        server.url = served.url
        values = {**modules(served.url, *names), **PARTY}
        found = opened(http, clock, values, cursors=cursors)
        yield found, server


def ids(found: Snapshot) -> list[str]:
    """Return the ids of the sessions that became known."""
    return [one.id for one in found.past]


PAST = [session(one, NOW - (29 * DAY - one * 10 * HOUR)) for one in range(60)]


@pytest.mark.parametrize("budget", [2, 3, 6, 20])
async def test_a_cold_start_behind_a_limit_comes_to_its_end(budget: int) -> None:
    """No poll fails, no page is read twice, and every session comes once."""
    lists = {"sessions": PAST, "locations": [location(one) for one in range(8)]}
    lists["cdrs"] = []
    async with busy(*lists, lists=lists, budget=budget) as (account, server):
        first = await account.poll()
        assert first.refused == frozenset()
        seen = ids(first)
        for _ in range(100):
            found = await account.poll(IDLE)
            seen += ids(found)
        assert sorted(seen) == sorted(one["id"] for one in PAST)
        assert len(found.charge_points) == 8
        past = [
            url.query.get("offset", "0")
            for name, url in server.good
            if name == "sessions" and url.query["date_from"] < "2026-05-20"
        ]
        assert len(past) == len(set(past)) == 30
        assert account.cursors["sessions"]
    assert server.refused


async def test_a_first_poll_is_short() -> None:
    """The long past waits, although nobody asks for fewer requests."""
    lists = {"sessions": PAST, "locations": [location(1)], "cdrs": []}
    async with busy(*lists, lists=lists) as (account, server):
        first = ids(await account.poll())
        assert len(server.good) <= 10
        second = ids(await account.poll(IDLE))
        assert len(first) + len(second) == len({*first, *second}) == 60


@pytest.mark.parametrize("budget", [1, 2, 4])
async def test_many_new_sessions_behind_a_limit(budget: int) -> None:
    """A poll takes what it gets, and the next one goes on."""
    rows = [running(one, NOW - HOUR) for one in range(24)]
    async with busy("sessions", lists={"sessions": rows}, budget=budget) as (
        account,
        _,
    ):
        counts = [len((await account.poll(IDLE)).charge_points) for _ in range(20)]
        found = await account.poll(IDLE)
    assert counts == sorted(counts)
    assert len(found.elsewhere or ()) == 24


async def test_what_was_open_is_read_although_a_read_is_held_up() -> None:
    """It is looked for until a read has come to its end."""
    rows = [*(session(one, NOW) for one in range(4)), running(9, NOW - 10 * HOUR)]
    kept = {
        "sessions": (NOW - HOUR).isoformat(),
        "open": (NOW - 10 * HOUR).isoformat(),
    }
    async with busy("sessions", lists={"sessions": rows}, budget=1, cursors=kept) as (
        account,
        server,
    ):
        await account.poll()
        assert account.cursors["open"] == kept["open"]
        server.broken, server.budget = True, 1000
        with pytest.raises(ServerError):
            await account.poll(IDLE)
        server.broken = False
        found = await account.poll(IDLE)
    assert [one.id for one in found.elsewhere or ()] == ["S9"]


async def test_a_limit_for_sessions_fails_a_poll() -> None:
    """Where nothing was read at all."""
    async with busy("sessions", lists={"sessions": PAST}, budget=0) as (account, _):
        with pytest.raises(RateLimitError) as caught:
            await account.poll()
    assert caught.value.retry_after == 60


@pytest.mark.parametrize(("wait", "polls"), [("1000", 3), (None, 3), ("10", 1)])
@pytest.mark.parametrize("name", ["locations", "cdrs"])
async def test_a_limit_for_another_list_is_kept(
    name: str, wait: str | None, polls: int
) -> None:
    """Only sessions are read until the pause is over; then it goes on."""
    lists = {"sessions": [], "cdrs": [], "locations": [location(1)]}
    async with busy(*lists, lists=lists, limited={name}, retry_after=wait) as (
        account,
        server,
    ):
        await account.poll()
        assert server.refused == 1
        server.asked("sessions")
        server.limited.clear()
        server.good.clear()
        for _ in range(polls - 1):
            await account.poll(IDLE)
            assert server.asked("sessions") == [0]
            assert not server.good
        found = await account.poll(IDLE)
        assert server.asked(name)
        assert len(found.charge_points) == 1


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lists be endless soon."""
    monkeypatch.setattr(paging, "MOST_PAGES", 30)
    monkeypatch.setattr(paging, "PAGES_AT_ONCE", 12)
    monkeypatch.setattr(paging, "PAGES_AGAIN", 3)


@pytest.mark.usefixtures("small")
async def test_sessions_without_end() -> None:
    """They cost a bounded number of requests each poll, few of them after the first."""
    async with busy("sessions", lists={}, endless={"sessions"}) as (account, server):
        costs, troubles = [], []
        for _ in range(6):
            troubles.append((await account.poll(IDLE)).troubles)
            costs.append(len(server.asked("sessions")))
        assert max(costs) <= 12 + 40
        assert costs[-2:] == [3, 3]
        assert troubles[-1] == {"endless_pages": "sessions"}
        await account.poll(DAY)
        assert 12 <= len(server.asked("sessions")) <= 12 + 40
        server.endless.clear()
        found = await account.poll(2 * DAY)
        assert len(server.asked("sessions")) <= 2
        found = await account.poll(IDLE)
        assert found.troubles == {}


@pytest.mark.usefixtures("small")
async def test_locations_without_end() -> None:
    """All that there can be is read once, a little of it after that."""
    lists: dict[str, Any] = {"sessions": []}
    async with busy("sessions", "locations", lists=lists, endless={"locations"}) as (
        account,
        server,
    ):
        costs = []
        for _ in range(6):
            await account.poll(16 * MINUTE)
            costs.append(len(server.asked("locations")))
        assert costs == [30, 3, 3, 3, 3, 3]


@pytest.mark.usefixtures("small")
async def test_a_session_is_not_looked_for_without_end() -> None:
    """Where the list grows while it is read."""
    async with busy("sessions", lists={"sessions": [session(1, NOW)]}) as (
        account,
        server,
    ):
        known = (await account.poll()).past[0]
        server.endless.add("sessions")
        server.good.clear()
        with pytest.raises(ResponseError):
            await account.provider.session(
                msgspec.structs.replace(known, key="realm/nobody")
            )
        assert len(server.asked("sessions")) <= 2 * 12


async def test_a_long_list_is_read_on() -> None:
    """What one poll leaves, the next one goes on with."""
    rows = [running(one, NOW - HOUR) for one in range(30)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "PAGES_AT_ONCE", 6)
        async with busy("sessions", lists={"sessions": rows}) as (account, server):
            # The past is over after the first poll.
            counts = []
            for _ in range(4):
                found = await account.poll(IDLE)
                counts.append(len(server.asked("sessions")))
    assert len(found.elsewhere or ()) == 30
    assert counts[1] == 6
    assert counts[2] == 3
