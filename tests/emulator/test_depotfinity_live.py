"""Status and time series of the depot."""

from datetime import timedelta
from typing import Any

import pytest

from emulator import SimulatedClock, scenarios
from emulator.truth import world_json

from .conftest import Serve
from .depotfinity_api import NOON, Depot, depot, moment

SERIES = "/v1/timeSeries/chargers/CH-1"
CONNECTOR = f"{SERIES}/connectors/1"
STATUS = "/v1/chargerStatus/chargers/CH-1"
NOW = {"from": NOON.isoformat()}


@pytest.fixture
async def caller(serve: Serve) -> Depot:
    """Return a customer of the depot."""
    return await depot(serve)


@pytest.fixture
async def charging(caller: Depot) -> Depot:
    """Return a customer whose bus has charged for ten minutes."""
    caller.arrive()
    await caller.command()
    caller.pass_time(minutes=10)
    return caller


async def _values(
    caller: Depot, path: str, measurand: str, **query: str
) -> list[tuple[Any, float]]:
    """Return moments and values; each value must be text."""
    answer = await caller.get(path, measurand=measurand, **query)
    assert all(isinstance(item["value"], str) for item in answer["items"])
    return [
        (moment(item["timeStamp"]), float(item["value"])) for item in answer["items"]
    ]


async def test_power_and_energy(charging: Depot) -> None:
    """The connector shows what is delivered, the charger what is drawn."""
    session = charging.world.evse("1-1").session
    assert session is not None
    power = await _values(charging, CONNECTOR, "ActivePowerImport", **NOW)
    assert [at - NOON for at, _ in power] == [timedelta(minutes=n) for n in range(11)]
    assert power[0][1] == 0
    assert power[-1][1] == charging.world.evse("1-1").power_w
    energy = await _values(charging, CONNECTOR, "ActiveEnergyImport", **NOW)
    gained = energy[-1][1] - energy[0][1]
    assert gained == pytest.approx(float(session.energy_wh), abs=1)
    drawn = await _values(charging, SERIES, "ActiveEnergyImport", **NOW)
    assert drawn[-1][1] - drawn[0][1] == pytest.approx(float(session.drawn_wh), abs=1)
    total = sum(charging.world.meter(f"1-{n}").drawn_wh for n in (1, 2))
    assert drawn[-1][1] == pytest.approx(float(total), abs=1)
    charging.switch(connector_import="drawn")
    power = await _values(charging, CONNECTOR, "ActivePowerImport", **NOW)
    assert power[-1][1] == charging.world.evse("1-1").drawn_w


async def test_state_of_charge(charging: Depot) -> None:
    """A connector knows the battery while a charge runs, and only then."""
    soc = await _values(charging, CONNECTOR, "SoC", **NOW)
    bus = charging.world.evse("1-1").car
    assert bus is not None
    assert soc[-1][1] == round(bus.soc_percent)
    last_night = NOON.isoformat()
    charging.world.unplug("1-1")
    charging.pass_time(hours=1)
    soc = await _values(charging, CONNECTOR, "SoC", **{"from": last_night})
    assert 10 <= len(soc) <= 12
    assert await charging.status(SERIES, measurand="SoC") == 400


async def test_previous_day_unless_told(charging: Depot) -> None:
    """Without a window only the day before is answered."""
    day = await _values(charging, CONNECTOR, "ActivePowerImport")
    midnight = NOON.replace(hour=0)
    assert day[0][0] == midnight - timedelta(days=1)
    assert day[-1][0] == midnight
    assert len(day) == 24 * 60 + 1
    assert max(value for _, value in day) > 50_000


async def test_step_and_lag(charging: Depot) -> None:
    """Values come on full steps, and late if a switch says so."""
    charging.switch(series_step=300, series_lag=240)
    start = NOON - timedelta(seconds=10)
    power = await _values(
        charging, CONNECTOR, "ActivePowerImport", **{"from": start.isoformat()}
    )
    assert [at - NOON for at, _ in power] == [timedelta(0), timedelta(minutes=5)]
    to = (NOON + timedelta(minutes=1)).isoformat()
    assert len(await _values(charging, CONNECTOR, "PowerOffered", **NOW, to=to)) == 1


@pytest.mark.parametrize(
    ("measurand", "phase", "value"),
    [
        ("PowerOffered", None, 300_000),
        ("ActivePowerExport", None, 0),
        ("ActiveEnergyExport", None, 0),
        ("CurrentExport", "L1", 0),
        ("CurrentOffered", "L2", 434),
        ("Voltage", "L1-N", 230),
        ("Voltage", "L3", 230),
        ("AlarmCode", None, 0),
        ("Temperature", None, 25),
    ],
)
async def test_other_measurands(
    charging: Depot, measurand: str, phase: str | None, value: float
) -> None:
    """Every documented measurand is answered."""
    query = NOW if phase is None else NOW | {"phase": phase}
    assert (await _values(charging, SERIES, measurand, **query))[-1][1] == value


async def test_current(charging: Depot) -> None:
    """The current of a phase fits the power."""
    rows = await _values(charging, SERIES, "CurrentImport", **NOW, phase="L1")
    drawn_w = charging.world.evse("1-1").drawn_w
    assert rows[-1][1] == pytest.approx(drawn_w / 690, abs=1)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"measurand": "Happiness"},
        {"measurand": "CurrentImport", "phase": "L4"},
        {"measurand": "CurrentImport", "phase": "L1-N"},
        {"measurand": "Voltage", "from": "noon"},
        {"measurand": "Voltage", "from": "1970-01-01T00:00:00Z"},
    ],
)
async def test_bad_queries(caller: Depot, query: dict[str, str]) -> None:
    """An unknown measurand, phase or moment is told."""
    assert await caller.status(SERIES, **query) == 400


async def test_connector_and_charger_status(caller: Depot) -> None:
    """Free, in use and broken; a charger is broken when all of it is."""
    assert (await caller.state())["status"] == "Available"
    caller.pass_time(minutes=7)
    caller.world.set_evse("1-1", state="faulted")
    caller.pass_time(minutes=2)
    broken = await caller.state()
    assert (broken["status"], broken["errorCode"]) == ("Faulted", "OtherError")
    assert moment(broken["timeStamp"]) == NOON + timedelta(minutes=7)
    assert isinstance(broken["vendorErrorCode"], int)
    assert await _charger_status(caller) == "Available"
    caller.world.set_evse("1-2", state="faulted")
    assert await _charger_status(caller) == "Faulted"
    caller.world.set_evse("1-2", state="unavailable")
    assert await _charger_status(caller) == "Available"
    caller.world.set_evse("1-1", state="unavailable")
    assert await _charger_status(caller) == "Unavailable"


async def _charger_status(caller: Depot) -> str:
    (item,) = (await caller.get(f"{STATUS}/availabilityStatus"))["items"]
    return str(item["status"])


async def test_connectivity(caller: Depot) -> None:
    """A charger out of reach is unavailable and says since when."""
    (item,) = (await caller.get(f"{STATUS}/connectivityStatus"))["items"]
    assert item["status"] == "Connected"
    caller.world.configure("CH-1", connected=False)
    caller.pass_time(minutes=5)
    (item,) = (await caller.get(f"{STATUS}/connectivityStatus"))["items"]
    assert item["status"] == "Disconnected"
    assert moment(item["timeStamp"]) == NOON
    assert (await caller.state())["status"] == "Unavailable"
    assert await _charger_status(caller) == "Unavailable"
    rows = await _values(caller, CONNECTOR, "ActivePowerImport", **NOW)
    assert [at for at, _ in rows] == [NOON]


def test_reading_changes_nothing() -> None:
    """However often somebody looks, both meters read the same."""
    watched, alone = (
        scenarios.depot(SimulatedClock(NOON), 2, 2, charging=3) for _ in range(2)
    )
    for seconds in (7, 0.25, 3600, 59.9, 12_345.678, 1):
        for world in (watched, alone):
            world.clock.advance(timedelta(seconds=seconds))
        watched.sync()
    assert world_json(watched) == world_json(alone)
    evse = alone.evse("1-1")
    assert evse.drawn_uj > evse.meter_uj
    assert evse.drawn_uj == sum(
        s.drawn_uj for s in alone.sessions.values() if s.evse_id == evse.id
    )
