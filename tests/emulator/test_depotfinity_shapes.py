"""The answers of the depot have the shapes of the document and the fact sheet."""

from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Serve
from .depotfinity_api import NOON, Depot, depot
from .shapes import differences

FIXTURES = Path(__file__).parent.parent / "fixtures"
SERIES = "/v1/timeSeries/chargers/CH-1/connectors/1"
OPTIONAL = frozenset({"errorCodes"})


def _fixture(name: str, folder: str = "depotfinity") -> Any:
    return json.loads((FIXTURES / folder / f"{name}.json").read_bytes())


def _check(name: str, answer: Any) -> None:
    assert list(differences(_fixture(name), answer)) == []


@pytest.fixture
async def caller(serve: Serve) -> Depot:
    """Return a customer of the depot."""
    return await depot(serve)


def _devices(answer: Any) -> Iterator[Any]:
    """Take the devices out of a report; not every one of them has errors."""
    for item in answer["items"]:
        yield from item.pop("deviceStatus")


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("session_reports", "depotfinity"),
        ("depotfinity_session_reports", "documents"),
    ],
)
async def test_session_reports(caller: Depot, name: str, folder: str) -> None:
    """The keys are exactly those of the document and of the fact sheet."""
    caller.arrive()
    await caller.command()
    caller.pass_time(minutes=5)
    caller.world.report_error("1-1", "Converter", "WARN: example")
    caller.pass_time(minutes=5)
    caller.world.unplug("1-1")
    caller.pass_time(minutes=5)
    wanted = _fixture(name, folder)
    query = {"chargerId": "CH-1", "connectorId": "1", "limit": "10"}
    answer = await caller.get("/v1/sessionReports", **query)
    examples = {device["deviceId"]: device for device in _devices(wanted)}
    found = list(_devices(answer))
    assert list(differences(wanted, answer)) == []
    for device in found:
        example = dict(examples["Converter"])
        if "errorCodes" not in device:
            del example["errorCodes"]
        assert list(differences(example, device)) == []
    assert any("errorCodes" in device for device in found)


async def test_token(caller: Depot) -> None:
    """The token endpoint's three members."""
    _check("token", (await caller.token())[1])


async def test_lists(caller: Depot) -> None:
    """Transactions are a bare array; statuses and series have items."""
    _check("transactions", await caller.transactions())
    root = "/v1/chargerStatus/chargers/CH-1"
    for path in ("", "/connectors/1"):
        answer = await caller.get(f"{root}{path}/availabilityStatus")
        _check("availability_status", answer)
    query = {"measurand": "ActivePowerImport", "from": NOON.isoformat()}
    _check("time_series", await caller.get(SERIES, **query))


async def test_commands(caller: Depot) -> None:
    """Both outcomes have the documented form."""
    caller.arrive()
    assert await caller.command() == (200, _fixture("command_accepted"))
    assert await caller.command() == (400, _fixture("command_rejected"))
