"""Start, stop and reading of sessions through the AMPECO face."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import re

import pytest

from emulator import SimulatedClock, World, scenarios
from emulator.world import Driver

from .api import ROOT, Api
from .conftest import Serve

FULL_DETAIL = {
    "withPowerHistory": "1",
    "withSmartChargingSchedule": "1",
    "withTaxName": "1",
}


async def test_recorded_start(api: Api) -> None:
    """EVSE 148964 starts session 648418 and the answer names identifier 2317."""
    session = await api.start("148964")
    assert session["id"] == "648418"
    assert session["evseId"] == "2317"
    assert session["startedAt"] == "2025-03-30T14:33:49+00:00"
    assert (session["status"], session["evseStatus"]) == ("starting", "preparing")
    assert session["chargingState"] == "eVConnected"
    assert (session["energy"], session["amount"]) == (0, 0)
    assert "lastPeriod" not in session
    (record,) = api.emulator.requests
    assert (record.method, record.path) == ("POST", "/api/v1/app/session/start")
    assert (record.kind, record.body) == ("session_start", {"evseId": "148964"})
    assert "Authorization" not in record.headers


async def test_life_cycle(api: Api) -> None:
    """Starting, charging, suspended, stopping and finished, as the sheet tells."""
    await api.start(148964)
    api.pass_time(seconds=5)
    session = (await api.evse())["session"]
    assert session["startedAt"] == "2025-03-30T14:33:51+00:00"
    assert {"lastPeriod", "smartChargingSchedule"} <= session.keys()
    api.pass_time(minutes=30)
    evse = await api.evse()
    assert (evse["status"], evse["session"]["status"]) == ("charging", "active")
    assert evse["session"]["power"] == 11000
    assert 1800 - 30 <= evse["session"]["duration"] <= 1800 - 10
    api.world.set_car("car-1", wants_energy=False)
    evse = await api.evse()
    assert (evse["status"], evse["session"]["power"]) == ("suspended", 0)
    assert evse["session"]["chargingState"] == "suspendedEV"
    _, body, _ = await api.call("POST", f"{ROOT}/session/648418/end")
    assert (body["session"]["status"], body["session"]["stoppedAt"]) == (
        "stopping",
        None,
    )
    assert body["session"]["chargingState"] == "suspendedEV"
    api.pass_time(seconds=5)
    assert (await api.evse())["session"] is None
    session = (await api.get("/session/648418"))["session"]
    assert (session["status"], session["stopReason"]) == ("finished", "remote")
    assert session["paymentStatus"] == "pending"
    assert session["amountDue"] == session["amount"] > 0
    api.pass_time(seconds=10)
    session = (await api.get("/session/648418"))["session"]
    assert (session["paymentStatus"], session["amountDue"]) == ("paid", 0)


async def test_charger_withholding_shows_in_the_charging_state(api: Api) -> None:
    """Both suspended kinds share a status; the charging state tells the cause."""
    await api.start()
    api.world.set_evse("148964", held=True)
    api.pass_time(minutes=1)
    evse = await api.evse()
    assert evse["status"] == "suspended"
    assert evse["session"]["chargingState"] == "suspendedEVSE"


@pytest.mark.parametrize("soc", [100, None], ids=["full", "no car"])
async def test_start_without_need_is_406(api: Api, soc: int | None) -> None:
    """A full car and a missing car cannot be started."""
    if soc is None:
        api.world.unplug("148964")
    else:
        api.world.set_car("car-1", soc_percent=soc)
    options = {"json": {"evseId": "148964"}}
    status, body, _ = await api.call("POST", f"{ROOT}/session/start", **options)
    assert status == 406
    assert body["message"].endswith(".")


async def test_second_start_is_406(api: Api) -> None:
    """A running session is not started twice."""
    await api.start()
    assert await api.status("POST", "/session/start", json={"evseId": "148964"}) == 406
    assert len(api.world.sessions) == 1


@pytest.mark.parametrize("body", [{}, {"evseId": "2317"}, {"evseId": "1"}])
async def test_unknown_evse_is_422(api: Api, body: dict[str, str]) -> None:
    """The identifier is no id unless the operator wants it."""
    assert await api.status("POST", "/session/start", json=body) == 422
    assert await api.status("POST", "/session/start", data="evseId=148964") == 422


async def test_operator_that_starts_by_identifier(serve: Serve, world: World) -> None:
    """There the printed identifier starts the session and the id does not."""
    api = await serve(world, start_id="identifier")
    assert await api.status("POST", "/session/start", json={"evseId": "148964"}) == 422
    assert (await api.start("2317"))["evseId"] == "2317"


@pytest.mark.parametrize(
    ("routes", "end", "stop"), [({"end"}, 200, 404), ({"stop"}, 404, 200)]
)
async def test_stop_routes(
    serve: Serve, world: World, routes: set[str], end: int, stop: int
) -> None:
    """An operator has /end or /stop; the other is 404 and stops nothing."""
    api = await serve(world, stop_routes=frozenset(routes))
    await api.start()
    api.pass_time(minutes=5)
    missing, present = ("stop", "end") if end == 200 else ("end", "stop")
    assert await api.status("POST", f"/session/648418/{missing}") == 404
    assert world.session("648418").state == "active"
    assert await api.status("POST", f"/session/648418/{present}") == 200
    api.pass_time(minutes=5)
    assert await api.status("POST", f"/session/648418/{present}") == 404
    assert (end, stop).count(404) == 1


@pytest.mark.parametrize(("answer", "status"), [("empty202", 202), ("empty204", 204)])
async def test_empty_answers_to_a_stop(
    serve: Serve, world: World, answer: str, status: int
) -> None:
    """Some operators answer a stop without a body."""
    api = await serve(world, end_answer=answer)
    await api.start()
    answered, body, _ = await api.call("POST", f"{ROOT}/session/648418/end")
    assert (answered, body) == (status, None)
    assert world.session("648418").state == "stopping"


async def test_objects_of_others_are_404(api: Api) -> None:
    """A second driver sees nothing of the first."""
    await api.start()
    api.world.add_driver(Driver(id="3002", email="b@example.test", password="b"))
    api.sign_in("3002")
    assert (await api.get("/personal/charge-points")) == {"data": []}
    assert (await api.get("/profile/session_history")) == {"session_history": []}
    for path in ("/session/648418", "/session/1", "/personal/charge-points/CP0012345"):
        assert await api.status("GET", path) == 404
    for path in ("/session/648418/end", "/personal/charge-points/CP0012345/reboot"):
        assert await api.status("POST", path) == 404
    assert await api.status("POST", "/session/start", json={"evseId": "148964"}) == 404
    assert await api.status("GET", "/tariffs/tou/148964/price-periods") == 404


async def test_active_and_ongoing(api: Api) -> None:
    """Active is 404 without a session; ongoing hides a suspended one."""
    assert await api.status("GET", "/session/active") == 404
    assert await api.get("/session/ongoing") == {"data": []}
    await api.start()
    api.pass_time(minutes=1)
    active = await api.get("/session/active")
    assert (active["session"]["id"], active["carBatteryPercent"]) == ("648418", "")
    assert (await api.get("/session/ongoing"))["data"][0]["id"] == "648418"
    api.world.set_car("car-1", wants_energy=False)
    assert await api.get("/session/ongoing") == {"data": []}
    assert (await api.get("/session/active"))["session"]["evseStatus"] == "suspended"


async def test_routes_that_an_operator_lacks(serve: Serve, world: World) -> None:
    """Without the routes a running session is found nowhere but in the list."""
    api = await serve(world, active_route=False, ongoing_route=False)
    await api.start()
    assert await api.status("GET", "/session/active") == 404
    assert await api.status("GET", "/session/ongoing") == 404


async def test_battery_percent(serve: Serve, world: World) -> None:
    """Some operators report the car's state of charge."""
    api = await serve(world, car_battery_percent=True)
    await api.start()
    assert (await api.evse())["carBatteryPercent"] == 35
    assert (await api.get("/session/active"))["carBatteryPercent"] == 35


async def test_public_session_is_only_in_active(serve: Serve) -> None:
    """A session at a public station is not below the personal charge points."""
    now = datetime(2025, 6, 1, 12, tzinfo=UTC)
    api = await serve(scenarios.public(SimulatedClock(now)))
    api.pass_time(minutes=3)
    assert (await api.evse())["session"] is None
    session = (await api.get("/session/active"))["session"]
    assert (session["locationId"], session["isPersonal"]) == (2100, False)
    assert session["evseId"] == "6400"
    assert session["lastPeriod"]["state"] == "charging"
    api.world.stop(session["id"])
    api.pass_time(minutes=3)
    (entry,) = (await api.get("/profile/session_history"))["session_history"]
    assert entry["type"] == "public"


async def test_finished_detail_tells_the_truth(api: Api) -> None:
    """Energy, power and money of the answer agree with meter and bill."""
    await api.start()
    api.pass_time(hours=12)
    await api.call("POST", f"{ROOT}/session/648418/end")
    api.pass_time(minutes=1)
    session = (await api.get("/session/648418", params=FULL_DETAIL))["session"]
    meter = api.world.meter("148964")
    assert session["energy"] == int(meter.total_wh) == 39000
    assert Decimal(str(session["totalAmount"])) == api.world.bill("648418")
    assert session["powerAvg"] == pytest.approx(
        session["energy"] * 3600 / session["duration"], abs=0.01
    )
    history = session["powerStats"]["history"]
    assert history[0] == history[1]
    assert session["powerStats"]["maxKw"] == 11
    starts = [period["startedAt"] for period in session["chargingPeriods"]]
    assert starts == sorted(starts, reverse=True)
    assert sum(p["amount"] for p in session["chargingPeriods"]) == pytest.approx(
        session["amount"], abs=0.006
    )


async def test_period_states_reproduce_the_energy(api: Api) -> None:
    """From state and amount the energy comes back within 1 % (fact sheet 10)."""
    await api.start()
    api.pass_time(hours=12)
    await api.call("POST", f"{ROOT}/session/648418/end")
    api.pass_time(minutes=1)
    session = (await api.get("/session/648418"))["session"]
    kwh = 0.0
    for period in session["chargingPeriods"]:
        match = re.fullmatch(
            r"(?:charging|idle)@price\|(.+)&markup\|(.+)", period["state"]
        )
        assert match
        kwh += period["amount"] / (float(match[1]) * 1.25 + float(match[2]))
    assert kwh * 1000 == pytest.approx(session["energy"], rel=0.01)
    charging = [p for p in session["chargingPeriods"] if p["state"][:8] == "charging"]
    assert (charging[0]["durationInSeconds"], charging[0]["amount"]) == (301, 0)


async def test_running_detail_has_no_periods(api: Api) -> None:
    """Periods, statistics and tax appear only where the sheet has them."""
    await api.start()
    api.pass_time(minutes=5)
    session = (await api.get("/session/648418"))["session"]
    assert session["powerAvg"] == 0
    extra = {"chargingPeriods", "powerStats", "taxName", "smartChargingSchedule"}
    assert not extra & session.keys()


async def test_lag_shows_the_past(serve: Serve, world: World) -> None:
    """With a lag a start is seen only later, though its answer comes at once."""
    api = await serve(world, lag=60)
    assert (await api.start())["status"] == "starting"
    assert (await api.evse())["session"] is None
    api.pass_time(seconds=59)
    assert (await api.evse())["session"] is None
    api.pass_time(seconds=2)
    assert (await api.evse())["session"]["status"] == "starting"
    api.pass_time(minutes=10)
    shown = (await api.evse())["session"]["energy"]
    assert world.meter("148964").total_wh - shown == pytest.approx(183, abs=1)


async def test_finished_session_stays_embedded_for_a_while(
    serve: Serve, world: World
) -> None:
    """An operator may still show the session that has just ended."""
    api = await serve(world, embeds_finished_for=30)
    await api.start()
    api.pass_time(minutes=1)
    world.unplug("148964")
    evse = await api.evse()
    assert (evse["status"], evse["session"]["status"]) == ("available", "finished")
    assert evse["session"]["stopReason"] == "evdisconnected"
    api.pass_time(seconds=31)
    assert (await api.evse())["session"] is None


async def test_start_can_move_late(api: Api) -> None:
    """The profile may change while a session runs, for instance its shown start."""
    await api.start()
    api.pass_time(hours=1)
    face = api.emulator.ampeco
    face.profile = replace(face.profile, moved_start=600)
    session = (await api.evse())["session"]
    assert session["startedAt"] == "2025-03-30T14:43:49+00:00"
    assert timedelta(seconds=session["duration"]) < timedelta(minutes=50)
