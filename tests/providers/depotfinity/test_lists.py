"""Pages, orders, limits and tokens that end in the middle."""

from datetime import datetime, timedelta
import json
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    ProviderError,
    ResponseError,
)
from emulator import SimulatedClock, scenarios

from ..support import Host, answers, host
from .support import HOUR, MINUTE, NOON, depot, open_provider, requests_to, settings


def transaction(number: int, **changes: Any) -> dict[str, Any]:
    """Return a transaction of ten minutes, one every quarter of an hour."""
    start = NOON - number * timedelta(minutes=15) - timedelta(minutes=10)
    return {
        "TransactionID": number,
        "ChargerID": "CH-1",
        "ConnectorID": 1,
        "StartAt": start.isoformat(),
        "EndAt": (start + timedelta(minutes=10)).isoformat(),
        "InitialSoC": 40,
        "EndSoC": 60,
        "EnergyDelivered": 1500,
        **changes,
    }


class Lists:
    """A back end of transactions alone, strict or odd about pages."""

    def __init__(self, rows: list[Any]) -> None:
        """Take the rows to page through."""
        self.rows = rows
        self.ignores_pages = False
        self.ignores_windows = False
        self.shuffled = False

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a page of what began in the window."""
        if request.path == "/oauth2/token":
            return web.json_response({"access_token": "new", "expires_in": 3600})
        if request.path != "/v2/transactions":
            return web.json_response({"message": "no"}, status=404)
        query = request.query
        first, last = map(datetime.fromisoformat, (query["from"], query["to"]))
        rows = [
            row
            for row in self.rows
            if self.ignores_windows
            or first <= datetime.fromisoformat(row["StartAt"]) < last
        ]
        if query["order"] == "asc" and not self.shuffled:
            rows = sorted(rows, key=lambda row: str(row["StartAt"]))
        page = 1 if self.ignores_pages else int(query["page"])
        limit = int(query["limit"])
        return web.json_response(rows[(page - 1) * limit : page * limit])


async def polled(
    http: aiohttp.ClientSession, lists: Lists, count: int = 1
) -> tuple[list[str], Host]:
    """Poll an account of these transactions, and return the ids it gave out."""
    async with host(lists) as served:
        clock = SimulatedClock(NOON)
        provider = open_provider(http, clock, settings(served.url))
        found: list[str] = []
        for _ in range(count):
            found += [one.id for one in (await provider.snapshot()).past]
            clock.advance(5 * MINUTE)
        return found, served


@pytest.mark.parametrize("rows", [0, 1, 99, 100, 101, 200, 450])
async def test_pages_are_read_to_the_last(
    http: aiohttp.ClientSession, rows: int
) -> None:
    """Each transaction arrives once, wherever a page ends."""
    found, _ = await polled(http, Lists([transaction(n) for n in range(rows)]), 8)
    assert sorted(map(int, found)) == list(range(rows))


async def test_a_back_end_that_ignores_pages(http: aiohttp.ClientSession) -> None:
    """The same page again ends the list."""
    lists = Lists([transaction(n) for n in range(300)])
    lists.ignores_pages = lists.ignores_windows = True
    found, served = await polled(http, lists)
    assert len(found) == len(set(found)) == 100
    assert len(requests_to(served, "/v2/transactions")) < 25


async def test_a_back_end_that_ignores_order_and_window(
    http: aiohttp.ClientSession,
) -> None:
    """We sort ourselves, and what was not asked for counts all the same."""
    rows = [transaction((7 * n) % 61) for n in range(61)]
    lists = Lists(rows)
    lists.ignores_windows = lists.shuffled = True
    found, _ = await polled(http, lists, 3)
    assert found == sorted(found, key=int, reverse=True)
    assert len(found) == 61


async def test_what_is_always_sent(http: aiohttp.ClientSession) -> None:
    """A window, what it applies to, an order, a page and the documented limit."""
    _, served = await polled(http, Lists([]), 3)
    queries = requests_to(served, "/v2/transactions")
    assert {query["filterBy"] for query in queries} == {"Overlapping", "StartAt"}
    for query in queries:
        assert query["orderBy"] == "StartAt"
        assert query["limit"] == "100"
        assert query["page"] == "1"
        assert query["from"] < query["to"]


@pytest.mark.parametrize(
    "broken",
    [
        {"TransactionID": None},
        {"TransactionID": {}},
        {"ChargerID": ""},
        {"ChargerID": None},
        {"ConnectorID": []},
        {"StartAt": 5},
        {"EnergyDelivered": {}},
    ],
    ids=str,
)
async def test_a_broken_transaction_costs_itself(
    http: aiohttp.ClientSession,
    caplog: pytest.LogCaptureFixture,
    broken: dict[str, Any],
) -> None:
    """The others arrive, the snapshot counts what was lost, and one line tells it."""
    rows = [transaction(0), transaction(1, **broken), transaction(2)]
    async with host(answers({"/v2/transactions": rows})) as served:
        provider = open_provider(http, SimulatedClock(NOON), settings(served.url))
        snapshot = await provider.snapshot()
        await provider.snapshot()
    assert {one.id for one in snapshot.past} == {"0", "2"}
    assert snapshot.unreadable >= 1
    assert sum("could not be read" in one for one in caplog.messages) == 1


@pytest.mark.parametrize(
    ("energy", "known"),
    [(1500, 1.5), ("1500", 1.5), (0, 0.0), (-1, None), ("NaN", None), (None, None)],
)
async def test_energy_is_taken_for_watt_hours(
    http: aiohttp.ClientSession, energy: Any, known: float | None
) -> None:
    """As a number or a text; what cannot be is not known."""
    rows = [transaction(0, EnergyDelivered=energy)]
    async with host(answers({"/v2/transactions": rows})) as served:
        provider = open_provider(http, SimulatedClock(NOON), settings(served.url))
        (session,) = (await provider.snapshot()).past
    assert session.energy_kwh == known


@pytest.mark.parametrize("calls", range(1, 9))
async def test_a_token_that_ends_in_mid_page(calls: int) -> None:
    """It ends after so many calls: nothing is lost, nothing comes twice."""
    world = scenarios.depot(SimulatedClock(NOON), 12, 2, past_days=20, legacy_every=0)
    async with depot(world, token_calls=calls) as found:
        found.change(token_calls=None)
        await found.poll()
        (refused,) = [one for one in found.emulator.requests if one.status == 401]
        assert refused.kind == "depotfinity_transactions"
        await found.polls(10, 5 * MINUTE)
        ended = {one.id for one in world.sessions.values() if one.stopped_at}
        assert len(ended) > 300
        assert {one.id for one in found.ledger.values()} == ended
        assert len(found.told) == len(ended)
        assert found.asked("token") == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_an_expired_token_is_renewed_whatever_says_so(status: int) -> None:
    """Both statuses may mean it."""
    async with depot(expired_status=status) as found:
        await found.poll()
        found.emulator.depotfinity.tokens.expire()
        await found.poll(5 * MINUTE)
        assert found.asked("token") == 1
        assert found.snapshot.refused == frozenset()


async def test_a_token_is_renewed_before_it_ends() -> None:
    """Without a call that is rejected."""
    async with depot() as found:
        await found.poll()
        await found.polls(30, 5 * MINUTE)
        refused = [one for one in found.emulator.requests if one.status in (401, 403)]
        assert found.asked("token") >= 2
        assert len(refused) <= 1


async def test_a_client_that_was_withdrawn_has_to_sign_in_again() -> None:
    """The token endpoint's 403 is about the client, not about a package."""
    async with depot(expired_status=403) as found:
        await found.poll()
        found.change(client_secret="another", expired_status=403)
        found.emulator.depotfinity.tokens.expire()
        for _ in range(2):
            with pytest.raises(AuthenticationError):
                await found.poll(5 * MINUTE)


async def test_a_failure_in_mid_page_loses_nothing() -> None:
    """The next poll reads the window again."""
    world = scenarios.depot(SimulatedClock(NOON), 12, 2, past_days=10, legacy_every=0)
    async with depot(world) as found:
        for _ in range(6):
            fault = found.emulator.faults.add("status", status=500, path="/v2/")
            with pytest.raises(ProviderError):
                await found.poll(5 * MINUTE)
            found.emulator.faults.clear(fault)
            found.emulator.faults.add("truncated", path="/v2/", count=1)
            with pytest.raises(ProviderError):
                await found.poll(5 * MINUTE)
        await found.polls(10, 5 * MINUTE)
        ended = {one.id for one in world.sessions.values() if one.stopped_at}
        assert {one.id for one in found.ledger.values()} == ended
        assert len(found.told) == len(ended)


@pytest.mark.parametrize(
    "switches",
    [
        {"report_order": "shuffled"},
        {"report_order": "ascending"},
        {"report_window": "end"},
        {"small_limit": "refuse"},
        {"other_controllers": "404"},
        {"error_form": "errors"},
        {"stray_events": True},
        {"live_reports": True},
        {"report_margin": 120},
        {"report_delay": 900},
        {"names_vehicles": True},
        {"missing_blocks": frozenset({"deviceStatus", "ocppStatus"})},
    ],
    ids=lambda switches: "-".join(switches),
)
async def test_quirks_of_reports(switches: dict[str, Any]) -> None:
    """Whatever the switch, each charge is counted once and drawn energy is right."""
    async with depot(at=NOON + 5 * HOUR, **switches) as found:
        await found.polls(6 * 12, 10 * MINUTE)
        ended = {one.id for one in found.world.sessions.values() if one.stopped_at}
        assert {one.id for one in found.ledger.values()} == ended
        for one in found.ledger.values():
            if one.place == "CH-1":
                assert one.drawn_kwh == pytest.approx(found.drawn(one.id), abs=0.002)
        assert "BUS" not in repr(found.told)


async def test_counters_that_start_anew() -> None:
    """A report that ends below its start says nothing about energy."""
    async with depot(at=NOON + 5 * HOUR, counter_modulus=150_000) as found:
        await found.polls(6 * 12, 10 * MINUTE)
        for one in found.ledger.values():
            truth = found.delivered(one.id)
            assert one.energy_kwh == pytest.approx(truth, abs=0.002)
            assert one.drawn_kwh is None or one.drawn_kwh > 0


async def test_a_charger_without_reports_is_soon_left_alone() -> None:
    """Only legacy controllers have reports; the others are not asked for ever."""
    for answer in ("empty", "404"):
        async with depot(at=NOON + 5 * HOUR, other_controllers=answer) as found:
            await found.polls(6 * 12, 10 * MINUTE)
            asked = [
                one
                for one in found.emulator.requests
                if one.kind == "depotfinity_reports" and "CH-2" in str(one)
            ]
            assert len(asked) <= 6


async def test_a_report_of_an_envelope_that_is_broken() -> None:
    """The charge stays what its transaction says, with one line in the log."""
    async with depot(at=NOON + 5 * HOUR) as found:
        found.emulator.faults.add("html", path="/v1/sessionReports")
        await found.polls(6 * 12, 10 * MINUTE)
        ended = {one.id for one in found.world.sessions.values() if one.stopped_at}
        assert {one.id for one in found.ledger.values()} == ended


@pytest.mark.parametrize("body", [b"", b"{}", b'{"items":null}', b"5", b"[[", b"<p>"])
async def test_a_broken_list_is_our_error(
    http: aiohttp.ClientSession, body: bytes
) -> None:
    """And nothing else escapes."""
    async with host(answers({"/v2/transactions": body})) as served:
        provider = open_provider(http, SimulatedClock(NOON), settings(served.url))
        with pytest.raises(ResponseError):
            await provider.snapshot()


async def test_a_list_under_items_is_read_too(http: aiohttp.ClientSession) -> None:
    """Other interfaces of the back end wrap theirs."""
    body = json.dumps({"items": [transaction(0)]}).encode()
    async with host(answers({"/v2/transactions": body})) as served:
        provider = open_provider(http, SimulatedClock(NOON), settings(served.url))
        assert len((await provider.snapshot()).past) == 1
