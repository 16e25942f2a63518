"""Paging, filters and order of transactions and session reports."""

from datetime import timedelta
from typing import Any

import pytest

from emulator import DepotfinityProfile, SimulatedClock, scenarios
from emulator.truth import world_json

from .conftest import Serve
from .depotfinity_api import NOON, Depot, depot, moment

HOUR = timedelta(hours=1)


@pytest.fixture
async def caller(serve: Serve) -> Depot:
    """Return a customer of the depot."""
    return await depot(serve)


def _ids(rows: Any) -> list[int]:
    return [row["TransactionID"] for row in rows]


def _report_ids(items: Any) -> list[int]:
    return [item["sessionId"] for item in items]


async def test_transactions_are_all_there(caller: Depot) -> None:
    """Every charge of the past comes once, newest id first."""
    rows = await caller.transactions(limit="2000")
    assert _ids(rows) == sorted(map(int, caller.world.sessions), reverse=True)
    assert len(rows) == 8 * 3
    for row in rows:
        session = caller.world.session(str(row["TransactionID"]))
        assert row["EnergyDelivered"] == int(session.energy_wh)
        evse = caller.world.evse(session.evse_id)
        assert evse.identifier == f"{row['ChargerID']}*{row['ConnectorID']}"


async def test_pages(caller: Depot) -> None:
    """Pages follow one another; a hundred is the default, behind the end is nothing."""
    whole = _ids(await caller.transactions())
    pages = [
        _ids(await caller.transactions(page=str(page), limit="10"))
        for page in (1, 2, 3, 4)
    ]
    assert [len(page) for page in pages] == [10, 10, 4, 0]
    assert [key for page in pages for key in page] == whole


@pytest.mark.parametrize("by", ["TransactionID", "StartAt", "EndAt"])
async def test_order(caller: Depot, by: str) -> None:
    """Every order works in both directions."""
    rows = await caller.transactions(orderBy=by, order="asc")
    values = [row[by] for row in rows]
    assert values == sorted(values)
    assert await caller.transactions(orderBy=by, order="desc") == rows[::-1]


async def test_filters(caller: Depot) -> None:
    """Charger, connector and vehicle narrow the list."""
    of_charger = await caller.transactions(chargerId="CH-2")
    assert {row["ChargerID"] for row in of_charger} == {"CH-2"}
    second = await caller.transactions(chargerId="CH-2", connectorId="2")
    assert {row["ConnectorID"] for row in second} == {2}
    assert await caller.transactions(vehicleId="BUS-4") == second
    assert await caller.transactions(chargerId="CH-99") == []
    assert "VehicleID" not in second[0]
    caller.switch(names_vehicles=True)
    assert (await caller.transactions(vehicleId="BUS-4"))[0]["VehicleID"] == "BUS-4"


@pytest.mark.parametrize("by", ["StartAt", "EndAt", "InsertedAt", "Overlapping"])
async def test_window(caller: Depot, by: str) -> None:
    """The window applies to the time that is asked for."""
    row = (await caller.transactions())[5]
    start, end = moment(row["StartAt"]), moment(row["EndAt"])
    inserted = end + timedelta(seconds=30)
    at = {"StartAt": start, "EndAt": end, "InsertedAt": inserted}.get(
        by, start + HOUR / 4
    )
    inside = {"from_": at.isoformat(), "to": (at + HOUR).isoformat(), "filterBy": by}
    later = at + timedelta(seconds=1)
    if by == "Overlapping":
        later = end + timedelta(seconds=1)
    outside = {"from_": later.isoformat(), "filterBy": by}
    assert row in await caller.transactions(**inside)
    assert row not in await caller.transactions(**outside)


async def test_default_window_is_a_switch(caller: Depot) -> None:
    """Which time a window means is documented for one call only."""
    row = (await caller.transactions())[5]
    window = {"from_": (moment(row["StartAt"]) + HOUR / 4).isoformat()}
    assert row not in await caller.transactions(**window)
    caller.switch(default_filter="Overlapping")
    assert row in await caller.transactions(**window)


async def test_running_transaction_is_a_switch(caller: Depot) -> None:
    """A charge is listed from its start, or from its end."""
    caller.arrive()
    await caller.command()
    caller.pass_time(minutes=5)
    assert (await caller.transactions())[0]["EndAt"] is None
    ended = await caller.transactions(filterBy="EndAt", from_=NOON.isoformat())
    assert ended == []
    caller.switch(lists_running=False)
    newest = (await caller.transactions())[0]
    assert newest["EndAt"] is not None
    running = max(map(int, caller.world.sessions))
    assert await caller.status(f"/v2/transactions/{running}") == 404


@pytest.mark.parametrize(
    "query",
    [
        {"page": "0"},
        {"limit": "some"},
        {"order": "random"},
        {"orderBy": "Energy"},
        {"filterBy": "Never"},
        {"from_": "yesterday"},
        {"to": "2026-01-05T00:00:00"},
    ],
)
async def test_bad_queries(caller: Depot, query: dict[str, str]) -> None:
    """A wrong word is told, not guessed; so is a moment without a zone."""
    query = {key.rstrip("_"): value for key, value in query.items()}
    status, body = await caller.call("GET", "/v2/transactions", params=query)
    assert (status, list(body)) == (400, ["message"])


async def test_reports_cover_the_transactions(caller: Depot) -> None:
    """Each charge at a legacy controller has a report that overlaps it."""
    rows = await caller.transactions(chargerId="CH-1", connectorId="1")
    reports = await caller.reports()
    assert len(rows) == len(reports) == 3
    assert not set(_ids(rows)) & set(_report_ids(reports))
    for row, report in zip(rows, reports, strict=True):
        assert moment(report["sessionTimeStart"]) < moment(row["StartAt"])
        assert moment(report["sessionTimeEnd"]) > moment(row["EndAt"])
        gained = report["energyChargeEnd"] - report["energyChargeStart"]
        assert gained == pytest.approx(row["EnergyDelivered"], abs=1)


async def test_other_controllers_have_no_reports(caller: Depot) -> None:
    """A charger without a legacy controller has none, or no such call."""
    assert await caller.reports("CH-2") == []
    caller.switch(other_controllers="404")
    query = {"chargerId": "CH-2", "connectorId": "1"}
    assert await caller.status("/v1/sessionReports", **query) == 404


async def test_report_limits(caller: Depot) -> None:
    """Three is the default, ten the minimum that may hold, two thousand the most."""
    path, query = "/v1/sessionReports", {"chargerId": "CH-1", "connectorId": "1"}
    whole = _report_ids(await caller.reports())
    assert _report_ids((await caller.get(path, **query))["items"]) == whole[:3]
    second = await caller.reports(limit="2", page="2")
    assert _report_ids(second) == whole[2:4]
    assert await caller.reports(limit="10", page="2") == []
    caller.switch(small_limit="refuse")
    assert await caller.status(path, **query, limit="9") == 400
    assert await caller.status(path, **query, limit="10") == 200
    assert await caller.status(path, **query, limit="2001") == 400
    assert await caller.status(path, **query) == 200
    for name in query:
        rest = {key: value for key, value in query.items() if key != name}
        assert await caller.status(path, **rest) == 400


async def test_report_window(caller: Depot) -> None:
    """The window applies to the start, or as a switch to the end."""
    newest = caller.world.session(max(s.id for s in _of_first_connector(caller)))
    assert newest.stopped_at is not None
    between = {"from": (newest.started_at + HOUR / 4).isoformat()}
    assert await caller.reports(**between) == []
    caller.switch(report_window="end")
    assert len(await caller.reports(**between)) == 1
    assert await caller.reports(**between, to=newest.stopped_at.isoformat()) == []


def _of_first_connector(caller: Depot) -> list[Any]:
    return [s for s in caller.world.sessions.values() if s.evse_id == "1-1"]


async def test_report_order(caller: Depot) -> None:
    """Newest first, oldest first, or any order that holds over pages."""
    newest_first = _report_ids(await caller.reports())
    assert newest_first == sorted(newest_first, reverse=True)
    caller.switch(report_order="ascending")
    assert _report_ids(await caller.reports()) == newest_first[::-1]
    caller.switch(report_order="shuffled")
    whole = _report_ids(await caller.reports())
    assert whole not in (newest_first, newest_first[::-1])
    assert sorted(whole) == newest_first[::-1]
    pages = [await caller.reports(limit="1", page=str(page)) for page in (1, 2, 3)]
    assert [key for page in pages for key in _report_ids(page)] == whole


async def test_reports_are_written_after_the_end(caller: Depot) -> None:
    """A running charge has no report, unless a switch lists it."""
    caller.arrive()
    await caller.command()
    caller.pass_time(minutes=5)
    assert len(await caller.reports()) == 3
    caller.switch(live_reports=True)
    running, *_ = await caller.reports()
    assert running["energyChargeEnd"] > running["energyChargeStart"]
    assert running["energySocEnd"] > running["energySocStart"]
    caller.switch(live_reports=False)
    await caller.command("stopChargingSession")
    caller.pass_time(seconds=30)
    assert len(await caller.reports()) == 3
    caller.pass_time(seconds=60)
    assert len(await caller.reports()) == 4


async def test_raw_reports(caller: Depot) -> None:
    """Blocks are missing, counters start anew, events lie in another year."""
    gone = {"chargeParameters", "batteryAlignmentResults", "energySocStart"}
    caller.switch(missing_blocks=frozenset(gone), stray_events=True)
    report = (await caller.reports())[0]
    assert not gone & report.keys()
    assert report["ocppStatus"][0]["eventTimestamp"].startswith("2021-03-23")
    caller.switch(counter_modulus=1_200_000)
    backwards = [
        report["energyChargeEnd"] < report["energyChargeStart"]
        for report in await caller.reports()
    ]
    assert sum(backwards) == 1


async def test_lost_charger(caller: Depot) -> None:
    """What a charger does out of reach is learnt when it is back."""
    caller.arrive()
    await caller.command()
    caller.pass_time(minutes=5)
    caller.world.configure("CH-1", connected=False)
    known = (await caller.transactions())[0]
    caller.pass_time(hours=3)
    assert (await caller.transactions())[0] == known
    assert len(await caller.reports()) == 3
    caller.world.configure("CH-1", connected=True)
    assert (await caller.transactions())[0]["EndAt"] is not None
    assert len(await caller.reports()) == 4


async def test_three_hundred_connectors(serve: Serve) -> None:
    """A large depot answers with all of its nights, page by page."""
    caller = await depot(serve, chargers=150, nights=1)
    seen = []
    for page in range(1, 5):
        seen += _ids(await caller.transactions(page=str(page)))
    assert len(set(seen)) == len(seen) == len(caller.world.sessions) == 300


def test_depot_is_the_same_every_time() -> None:
    """The same seed makes the same depot, and some charge from the beginning."""
    depots = [
        scenarios.depot(SimulatedClock(NOON), 3, 2, seed=seed, charging=4)
        for seed in (1, 1, 2)
    ]
    first, again, other = map(world_json, depots)
    assert first == again != other
    assert sum(evse.session is not None for evse in depots[0].evses.values()) == 4
    legacy = [p.legacy_controller for p in depots[0].charge_points.values()]
    assert legacy == [True, False, True]
    assert DepotfinityProfile().operator == "DEPOT"
