"""One broken object among many: the others go on, and one line says so."""

from collections.abc import AsyncIterator
import logging
import math
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from emulator import DepotfinityProfile, Emulator, World, scenarios
from homeassistant.core import HomeAssistant

from .depot_home import DepotHome, depot_home
from .support import place

CHARGES = 6
EVSES = [f"CH-{n}/1" for n in range(1, CHARGES + 1)]
# What the others may show less than their meters, in kWh.
LAG = 150 * 6.5 / 60
OURS = "custom_components.ev_charging_cloud"
pytestmark = [
    pytest.mark.usefixtures("flowing"),
    place(
        scenarios.depot,
        chargers=CHARGES,
        connectors_each=1,
        charging=CHARGES,
        past_days=1,
    ),
]

type Change = tuple[str, Any]


@pytest.fixture
async def emulator(world: World) -> AsyncIterator[Emulator]:
    """Serve the depot."""
    async with Emulator(world, depotfinity=DepotfinityProfile()) as found:
        yield found


@pytest.fixture
async def home(
    hass: HomeAssistant, emulator: Emulator, freezer: FrozenDateTimeFactory
) -> AsyncIterator[DepotHome]:
    """Return a Home Assistant with a depot that is not set up yet."""
    async with depot_home(hass, emulator, freezer) as found:
        yield found


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what was told whoever reads the log."""
    return [
        one.getMessage()
        for one in caplog.records
        if one.name.startswith(OURS) and one.levelno >= logging.WARNING
    ]


def check_possible(home: DepotHome) -> None:
    """No state is one that a meter cannot show."""
    for one in home.hass.states.async_all("sensor"):
        unit = one.attributes.get("unit_of_measurement")
        if unit in ("kWh", "kW") and one.state not in ("unknown", "unavailable"):
            assert math.isfinite(float(one.state))
            assert float(one.state) >= 0


def check_others(home: DepotHome, but: str) -> None:
    """The other charges show what their meters say."""
    for evse in EVSES:
        if evse == but:
            continue
        assert home.value("status", evse) == "charging"
        assert home.value("is_charging", evse) == "on"
        given = float(home.session(evse).energy_wh) / 1000
        assert given - LAG <= home.number("session_energy", evse) <= given + 0.01


TRANSACTION: dict[str, Change] = {
    "null": ("", None),
    "text": ("", "none"),
    "list": ("", []),
    "id-null": ("/TransactionID", None),
    "id-list": ("/TransactionID", []),
    "id-object": ("/TransactionID", {}),
    "charger-null": ("/ChargerID", None),
    "connector-bool": ("/ConnectorID", True),
    "start-number": ("/StartAt", 7),
    "end-list": ("/EndAt", []),
    "energy-object": ("/EnergyDelivered", {}),
}
# The record is good, and only this is not: it is unknown, and nothing needs be told.
VALUES: dict[str, Change] = {
    "energy-nan": ("/EnergyDelivered", "NaN"),
    "energy-infinite": ("/EnergyDelivered", "1e999"),
    "energy-huge": ("/EnergyDelivered", 1e300),
    "energy-negative": ("/EnergyDelivered", -5),
    "energy-text": ("/EnergyDelivered", "much"),
    "soc-negative": ("/InitialSoC", -300),
    "soc-nan": ("/EndSoC", "NaN"),
    "result-unknown": ("/EndResult", "Levitated"),
}


async def running(home: DepotHome, caplog: pytest.LogCaptureFixture) -> None:
    """Wait until all charges are shown with their energy."""
    await home.set_up()
    await home.polls(8)
    check_others(home, "")
    caplog.clear()


@pytest.mark.parametrize(("path", "value"), TRANSACTION.values(), ids=TRANSACTION)
async def test_one_broken_transaction_costs_only_itself(
    home: DepotHome, path: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Five charges go on; the sixth stays as it was, and one line says so."""
    await running(home, caplog)
    before = home.number("session_energy", EVSES[0])
    operation = {"op": "set", "path": f"/0{path}", "value": value}
    fault = home.emulator.faults.add(
        "mutate", path="transactions$", operations=[operation]
    )
    await home.polls(8)
    assert fault.hits >= 2
    check_possible(home)
    check_others(home, EVSES[0])
    assert home.value("status", EVSES[0]) == "charging"
    assert home.number("session_energy", EVSES[0]) >= before
    assert told(caplog) == ["1 records could not be read"]
    home.emulator.faults.clear()
    await home.polls(8)
    check_others(home, "")
    assert len(told(caplog)) == 1


@pytest.mark.parametrize(("path", "value"), VALUES.values(), ids=VALUES)
async def test_an_impossible_value_is_no_value(
    home: DepotHome, path: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """All six charges go on."""
    await running(home, caplog)
    operation = {"op": "set", "path": f"/0{path}", "value": value}
    fault = home.emulator.faults.add(
        "mutate", path="transactions$", operations=[operation]
    )
    await home.polls(8)
    assert fault.hits >= 1
    check_possible(home)
    check_others(home, "")
    assert len(told(caplog)) <= 1


STATUS: dict[str, Change] = {
    "items-null": ("/items", None),
    "item-null": ("/items/0", None),
    "item-text": ("/items/0", "Charging"),
    "status-number": ("/items/0/status", 7),
    "status-unknown": ("/items/0/status", "Levitating"),
    "time-list": ("/items/0/timeStamp", []),
    "envelope": ("", []),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("path", "value"), STATUS.values(), ids=STATUS)
async def test_one_broken_status_costs_only_its_connector(
    home: DepotHome, path: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The charge itself goes on; at most one line says that a word is unknown."""
    await running(home, caplog)
    home.emulator.faults.add(
        "mutate",
        path="chargers/CH-1/connectors/1/availabilityStatus$",
        operations=[{"op": "set", "path": path, "value": value}],
    )
    await home.polls(8)
    check_possible(home)
    check_others(home, EVSES[0])
    assert home.value("status", EVSES[0]) in ("charging", "unknown")
    given = float(home.session(EVSES[0]).energy_wh) / 1000
    assert given - LAG <= home.number("session_energy", EVSES[0]) <= given + 0.01
    assert len(told(caplog)) <= 1


SERIES: dict[str, Change] = {
    "items-null": ("/items", None),
    "value-nan": ("/items/0/value", "NaN"),
    "value-huge": ("/items/0/value", "1e999"),
    "value-negative": ("/items/0/value", "-1"),
    "value-list": ("/items/0/value", []),
    "item-null": ("/items/0", None),
    "envelope": ("", "none"),
}


@pytest.mark.parametrize(("path", "value"), SERIES.values(), ids=SERIES)
async def test_one_broken_series_costs_only_its_meter(
    home: DepotHome, path: str, value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """What was counted stays, and nothing impossible is shown."""
    await running(home, caplog)
    before = home.number("session_energy", EVSES[0])
    home.emulator.faults.add(
        "mutate",
        path="timeSeries/chargers/CH-1/",
        operations=[{"op": "set", "path": path, "value": value}],
    )
    await home.polls(8)
    check_possible(home)
    check_others(home, EVSES[0])
    assert home.value("status", EVSES[0]) == "charging"
    assert home.number("session_energy", EVSES[0]) >= before
    # One for each kind of series at most: energy, power, battery, the other way.
    assert len(told(caplog)) <= 5
    assert len(told(caplog)) == len(set(told(caplog)))


@pytest.mark.parametrize("body", ["<html>", "[]trailing", '{"items": 7}', "NaN"])
async def test_a_broken_envelope_is_a_failed_poll(
    home: DepotHome, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Kept for a while, then unavailable with one line, and there again."""
    await running(home, caplog)
    fault = home.emulator.faults.add("replace", path="transactions$", body=body)
    for _ in range(8):
        if not fault.hits:
            await home.next_poll()
    assert fault.hits == 1
    assert home.value("status", EVSES[0]) == "charging"
    for _ in range(4):
        await home.advance(300)
    assert home.value("status", EVSES[0]) == "unavailable"
    assert len([one for one in told(caplog) if "Error fetching" in one]) == 1
    home.emulator.faults.clear()
    await home.polls(6)
    check_others(home, "")
