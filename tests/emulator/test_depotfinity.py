"""Charging at the depot, compared with the world's meters."""

from datetime import timedelta
from typing import Any

import pytest

from .conftest import Serve
from .depotfinity_api import Depot, depot, moment


@pytest.fixture
async def caller(serve: Serve) -> Depot:
    """Return a customer of the depot."""
    return await depot(serve)


async def test_a_charge(caller: Depot) -> None:
    """From the command to transaction and report, right to both meters."""
    bus = caller.arrive(soc=40)
    assert (await caller.state())["status"] == "Preparing"
    assert (await caller.command())[0] == 200
    caller.pass_time(minutes=30)
    session = caller.world.evse("1-1").session
    assert session is not None
    assert (await caller.state())["status"] == "Charging"
    running = (await caller.transactions(chargerId="CH-1"))[0]
    assert (running["EndAt"], running["EndSoC"]) == (None, None)
    assert running["EnergyDelivered"] == int(session.energy_wh)
    assert (await caller.command("stopChargingSession"))[0] == 200
    caller.pass_time(minutes=2)
    assert (await caller.state())["status"] == "Finishing"
    ended = await caller.get(f"/v2/transactions/{running['TransactionID']}")
    assert moment(ended["StartAt"]) == session.started_at
    assert moment(ended["EndAt"]) == session.stopped_at
    assert ended["EnergyDelivered"] == int(session.energy_wh)
    assert ended["InitialSoC"] == 40
    assert ended["EndSoC"] == round(bus.soc_percent)
    _check_report((await caller.reports())[0], session, bus)


def _check_report(report: Any, session: Any, bus: Any) -> None:
    delivered = report["energyChargeEnd"] - report["energyChargeStart"]
    drawn = report["energyPrimaryEnd"] - report["energyPrimaryStart"]
    requested = report["energyRequestedEnd"] - report["energyRequestedStart"]
    assert delivered == pytest.approx(float(session.energy_wh), abs=1)
    assert drawn == pytest.approx(float(session.drawn_wh), abs=1)
    assert 0.93 < delivered / drawn < 0.97
    assert 1 < requested / delivered < 1.01
    assert report["vehicleId"] == bus.name
    assert report["energySocStart"] == 40
    assert report["energySocEnd"] == round(bus.soc_percent)
    start, end = (moment(report[f"sessionTime{edge}"]) for edge in ("Start", "End"))
    shared = session.stopped_at - session.started_at
    assert start < session.started_at
    assert shared / (end - start) > 0.8
    values = [event["value"] for event in report["ocppStatus"]]
    assert values == ["Preparing", "Charging", "Finishing"]
    stamps = [moment(event["eventTimestamp"]) for event in report["ocppStatus"]]
    assert stamps == sorted(stamps)
    assert start <= stamps[0]
    assert stamps[-1] <= end


async def test_both_meters_from_the_control_api(caller: Depot) -> None:
    """The truth knows what was drawn and what was delivered."""
    _, meter = await caller.call("GET", "/_control/meter/1-1")
    assert 0.93 < meter["total_wh"] / meter["drawn_wh"] < 0.97
    assert meter["drawn_sessions"].keys() == meter["sessions"].keys()
    assert sum(meter["drawn_sessions"].values()) == pytest.approx(meter["drawn_wh"])
    _, state = await caller.call("GET", "/_control/state")
    assert all(one["drawn_wh"] > one["energy_wh"] for one in state["sessions"])
    assert all(one["soc_end"] > one["soc_start"] for one in state["sessions"])


async def test_full_bus_ends_its_charge(caller: Depot) -> None:
    """A charge ends by itself when the bus has what it wants."""
    caller.arrive(soc=90)
    await caller.command()
    caller.pass_time(hours=1)
    (newest, *_) = await caller.transactions(chargerId="CH-1", connectorId="1")
    assert newest["EndSoC"] == 95
    assert (await caller.state())["status"] == "Finishing"


async def test_device_errors_reach_the_report(caller: Depot) -> None:
    """What a part of the charger reports belongs to the charge in which it came."""
    caller.arrive()
    await caller.command()
    caller.pass_time(minutes=5)
    error = {"evse": "1-1", "device": "Pantograph", "code": "WARN: example"}
    for _ in range(2):
        await caller.call("POST", "/_control/device-error", json=error)
    await caller.command("stopChargingSession")
    caller.pass_time(minutes=5)
    newest, before, *_ = await caller.reports()
    devices = {device["deviceId"]: device for device in newest["deviceStatus"]}
    rows = devices["Pantograph"]["errorCodes"]
    assert [row["errorCounter"] for row in rows] == [1, 2]
    assert "errorCodes" not in devices["Breaker"]
    assert "Pantograph" not in {d["deviceId"] for d in before["deviceStatus"]}


async def test_pause_is_in_the_status_history(caller: Depot) -> None:
    """A bus that pauses is suspended in status and report."""
    bus = caller.arrive()
    await caller.command()
    caller.pass_time(minutes=5)
    caller.world.set_car(bus.id, wants_energy=False)
    caller.pass_time(minutes=5)
    state = await caller.state()
    assert state["status"] == "SuspendedEV"
    assert caller.world.time - moment(state["timeStamp"]) == timedelta(minutes=5)
    caller.world.set_car(bus.id, wants_energy=True)
    caller.pass_time(minutes=5)
    await caller.command("stopChargingSession")
    caller.pass_time(minutes=5)
    values = [event["value"] for event in (await caller.reports())[0]["ocppStatus"]]
    assert values == ["Preparing", "Charging", "SuspendedEV", "Charging", "Finishing"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"connectorId": "1"}, 400),
        ({"connectorId": True}, 400),
        ({"idTag": ""}, 400),
        ({"idTag": None}, 400),
        ({"connectorId": 9}, 404),
        ({"charger": "CH-99"}, 404),
        ({"name": "selfDestruct"}, 404),
    ],
)
async def test_command_is_invalid(
    caller: Depot, body: dict[str, Any], status: int
) -> None:
    """A bad payload has no status in its answer, an unknown target is a 404."""
    answered, answer = await caller.command(**body)
    assert answered == status
    assert answer.keys() == {"message"}


async def test_command_is_rejected_by_the_charger(caller: Depot) -> None:
    """Nothing to charge, already charging, nothing to stop."""
    for name in ("startChargingSession", "stopChargingSession"):
        status, answer = await caller.command(name)
        assert (status, answer["commandType"]) == (400, name)
        assert answer["response"]["status"] == "Rejected"
        assert len(answer["response"]["message"].split()) > 3
    caller.arrive()
    assert (await caller.command())[0] == 200
    assert (await caller.command())[0] == 400


async def test_accepted_is_no_proof(caller: Depot) -> None:
    """A charger accepts what it does not do."""
    caller.arrive()
    caller.switch(starts_nothing=True, stops_nothing=True)
    status, answer = await caller.command()
    assert (status, answer["response"]["status"]) == (200, "Accepted")
    assert caller.world.evse("1-1").session is None
    caller.switch(starts_nothing=False)
    await caller.command()
    caller.pass_time(minutes=1)
    assert (await caller.command("stopChargingSession"))[0] == 200
    caller.pass_time(minutes=1)
    assert (await caller.state())["status"] == "Charging"


@pytest.mark.parametrize(
    ("unknown_tag", "status", "charges"),
    [("accepted", 200, False), ("rejected", 400, False), ("charges", 200, True)],
)
async def test_unknown_tag(
    caller: Depot, unknown_tag: str, status: int, *, charges: bool
) -> None:
    """What comes of a tag that nobody knows is a switch."""
    caller.arrive()
    caller.switch(unknown_tag=unknown_tag)
    assert (await caller.command(idTag="GUEST"))[0] == status
    assert (caller.world.evse("1-1").session is not None) is charges


async def test_commands_can_be_refused(caller: Depot) -> None:
    """Everything rejected, a charger out of reach, no stop command at all."""
    caller.arrive()
    caller.switch(rejects_commands=True)
    assert (await caller.command())[0] == 400
    caller.switch(rejects_commands=False, stop_command=None)
    assert (await caller.command("stopChargingSession"))[0] == 404
    caller.world.configure("CH-1", connected=False)
    assert (await caller.command())[0] == 404
