"""The documented session report, served over a socket."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
import json
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.model import (
    Ownership,
    Session,
    SessionState,
    Snapshot,
    plain,
)
from emulator import SimulatedClock

from ..support import FIXTURES, Host, answers, host
from .support import DOCUMENTS, open_provider, requests_to, settings

RECORDED = DOCUMENTS / "depotfinity_session_reports.json"
SINCE = datetime(2022, 8, 1, tzinfo=UTC)
UNTIL = datetime(2022, 8, 5, 12, tzinfo=UTC)


async def read(
    http: aiohttp.ClientSession, body: Any, transactions: Any = ()
) -> tuple[list[Session], Host]:
    """Read the past of a depot whose connector xyz/1 gives an answer."""
    bodies = {"/v1/sessionReports": body, "/v2/transactions": list(transactions)}
    async with host(answers(bodies)) as served:
        kept = settings(served.url, chargers="xyz:1")
        provider = open_provider(http, SimulatedClock(UNTIL), kept)
        pages = [page async for page in provider.sessions(SINCE, UNTIL)]
    return [one for page in pages for one in page], served


async def poll(http: aiohttp.ClientSession, body: Any) -> Snapshot:
    """Poll a depot that has nothing but session reports."""
    token = {"access_token": "fresh", "expires_in": 3600}
    bodies = {"/v1/sessionReports": body, "/oauth2/token": token}
    bodies["/v2/transactions"] = {}
    status = {"/v2/transactions": 403}
    async with host(answers(bodies, status)) as served:
        kept = settings(served.url, chargers="xyz:1")
        provider = open_provider(http, SimulatedClock(UNTIL), kept)
        await provider.charge_points()
        return await provider.snapshot()


@pytest.fixture
async def session(http: aiohttp.ClientSession) -> Session:
    """Return the session of the document."""
    (found,), _ = await read(http, RECORDED.read_bytes())
    return found


def test_the_documents_are_the_recorded_ones() -> None:
    """Nobody has touched them."""
    sums = (DOCUMENTS / "SHA256SUMS").read_text().split()
    for name in ("depotfinity-session-reports.txt", RECORDED.name):
        digest = sha256((DOCUMENTS / name).read_bytes()).hexdigest()
        assert sums[sums.index(name) - 1] == digest


def test_the_documented_energies(session: Session) -> None:
    """Differences of counters in Wh, and their ratio."""
    assert session.energy_kwh == 37.264
    assert session.drawn_kwh == 39.261
    assert session.efficiency_percent == pytest.approx(94.91, abs=0.005)


def test_the_documented_times(session: Session) -> None:
    """20 minutes, and the power that they mean."""
    assert session.started_at == datetime(2022, 8, 3, 16, 20, 30, 661000, tzinfo=UTC)
    assert session.ended_at == datetime(2022, 8, 3, 16, 40, 30, 440000, tzinfo=UTC)
    assert session.duration == timedelta(seconds=1199.779)
    assert session.mean_power_kw == pytest.approx(111.8, abs=0.05)
    assert session.state is SessionState.COMPLETED
    assert session.power_kw == 0


def test_the_documented_battery(session: Session) -> None:
    """States of charge, and the sizes that they allow."""
    assert (session.battery_start_percent, session.battery_end_percent) == (76, 98)
    size = session.battery_size_kwh
    assert size is not None
    least, largest = size
    assert least == pytest.approx(162.02, abs=0.01)
    assert largest == pytest.approx(177.45, abs=0.01)


def test_the_documented_error(session: Session) -> None:
    """The converter's complaint."""
    (error,) = session.errors
    assert (
        error == "WARN: converter : sibcos 1: VQS disabled from operating mode(no:144)"
    )


def test_who_charged_is_not_told(session: Session) -> None:
    """The vehicle's label stays outside, and nobody owns the session."""
    assert session.ownership is Ownership.UNKNOWN
    assert "qwerty" not in json.dumps(plain(session))
    assert "qwerty" not in repr(session)


async def test_a_limit_that_both_statements_allow_is_sent(
    http: aiohttp.ClientSession,
) -> None:
    """The default is 3 and the minimum 10, so it is always named."""
    _, served = await read(http, RECORDED.read_bytes())
    for query in requests_to(served, "/v1/sessionReports"):
        assert 10 <= int(query["limit"]) <= 100
        assert query["chargerId"] == "xyz"
        assert query["connectorId"] == "1"
        assert query["from"].endswith("Z")
        assert query["to"].endswith("Z")


async def test_a_depot_with_reports_alone(http: aiohttp.ClientSession) -> None:
    """Without the right to transactions each report is a charge, given out once."""
    snapshot = await poll(http, RECORDED.read_bytes())
    (found,) = snapshot.past
    assert found.energy_kwh == 37.264
    assert found.key == "eu/report/xyz/1/123456789"
    assert snapshot.refused == {"transactions"}


async def test_the_constructed_report_of_the_fact_sheet(
    http: aiohttp.ClientSession,
) -> None:
    """75 kWh delivered, 79 drawn, 150 kW, 94.9 %, a battery of 250 kWh."""
    body = json.loads((FIXTURES / "depotfinity" / "session_reports.json").read_bytes())
    entry = body["items"][0]
    entry["sessionTimeStart"] = "2022-08-03T16:20:30.000Z"
    entry["sessionTimeEnd"] = "2022-08-03T16:50:30.000Z"
    (found,), _ = await read(http, body)
    assert (found.energy_kwh, found.drawn_kwh) == (75.0, 79.0)
    assert found.mean_power_kw == pytest.approx(150)
    assert found.efficiency_percent == pytest.approx(94.9, abs=0.05)
    size = found.battery_size_kwh
    assert size is not None
    assert size[0] < 250 < size[1]


@pytest.mark.parametrize(
    ("field", "value", "lost"),
    [
        ("energyChargeEnd", 1009135, "energy_kwh"),
        ("energyChargeEnd", "NaN", "energy_kwh"),
        ("energyChargeStart", None, "energy_kwh"),
        ("energyPrimaryEnd", 293099448, "drawn_kwh"),
        ("energySocEnd", 101, "battery_end_percent"),
        ("energySocStart", -1, "battery_start_percent"),
        ("sessionTimeEnd", "2022-08-03T16:20:30.660Z", "ended_at"),
    ],
)
async def test_a_counter_that_ran_backwards_says_nothing(
    http: aiohttp.ClientSession, field: str, value: Any, lost: str
) -> None:
    """What cannot be is not known, and the rest of the report stands."""
    body = json.loads(RECORDED.read_bytes())
    (whole,), _ = await read(http, body)
    body["items"][0][field] = value
    snapshot = await poll(http, body)
    if lost == "ended_at":
        found = snapshot.past[0] if snapshot.past else None
        assert found is None or found.ended_at is None
        return
    (found,) = snapshot.past
    assert getattr(found, lost) is None
    kept = {"energy_kwh", "drawn_kwh", "battery_end_percent", "started_at"} - {lost}
    for name in kept:
        assert getattr(found, name) == getattr(whole, name)


@pytest.mark.parametrize(
    "block",
    [
        "deviceStatus",
        "ocppStatus",
        "detailStatus",
        "chargeParameters",
        "sessionMeterValues",
        "batteryAlignmentResults",
        "dcBreakerOpenConditions",
        "vehicleId",
        "energySocEnd",
        "energyPrimaryEnd",
    ],
)
async def test_a_missing_block_costs_only_itself(
    http: aiohttp.ClientSession, block: str
) -> None:
    """Everything but the id may be missing."""
    body = json.loads(RECORDED.read_bytes())
    del body["items"][0][block]
    (found,), _ = await read(http, body)
    assert found.energy_kwh == 37.264


async def test_a_transaction_and_its_report_are_one_charge(
    http: aiohttp.ClientSession,
) -> None:
    """The transaction's id, the report's counters."""
    transaction = {
        "TransactionID": 77,
        "ChargerID": "xyz",
        "ConnectorID": 1,
        "StartAt": "2022-08-03T16:20:40.000Z",
        "EndAt": "2022-08-03T16:40:20.000Z",
        "InitialSoC": 76,
        "EndSoC": 98,
        "EnergyDelivered": 37260,
        "EndResult": "Success",
    }
    (found,), _ = await read(http, RECORDED.read_bytes(), [transaction])
    assert found.key == "eu/77"
    assert found.reference == "123456789"
    assert (found.energy_kwh, found.drawn_kwh) == (37.264, 39.261)
    assert found.started_at == datetime(2022, 8, 3, 16, 20, 40, tzinfo=UTC)
    assert found.stop_reason == "Success"
