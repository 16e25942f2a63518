"""Charging through the gateway, compared with the world's meter and bill."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from .conftest import Serve
from .evnnovator_api import LAB, OFFICE, OFFICE_2, Gateway, gateway, moment

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def caller(serve: Serve) -> Gateway:
    """Return a customer of the gateway."""
    return await gateway(serve)


def _kwh(caller: Gateway, session: Any) -> float:
    return float(caller.world.session(session.id).energy_wh) / 1000


async def test_a_charge_that_reports_its_end(caller: Gateway) -> None:
    """Flavour A: from the command to the CDR, right to the meter and the bill."""
    session = await caller.start(LAB)
    caller.pass_time(minutes=20, seconds=10)
    running = await caller.latest()
    assert (running["status"], running["session_id"]) == ("ACTIVE", session.id)
    assert 0 < running["kwh"] < _kwh(caller, session)
    behind = caller.world.time - moment(running["end_datetime"])
    assert timedelta(0) < behind < MINUTE
    assert await caller.stop(running["id"]) == "ACCEPTED"
    caller.pass_time(seconds=30)
    ended = await caller.data(f"/sessions/{running['id']}")
    assert ended["status"] == "COMPLETED"
    assert moment(ended["end_datetime"]) == session.stopped_at
    assert ended["kwh"] == pytest.approx(_kwh(caller, session), abs=1e-5)
    assert ended["total_cost"] == round(round(ended["kwh"], 3) * 15, 3)
    await _check_cdr(caller, session, wait=40)


async def test_a_charge_that_never_reports_its_end(caller: Gateway) -> None:
    """Flavour B: active for ever, the true end and energy come with the CDR."""
    session = await caller.start(OFFICE, "driver-2")
    caller.pass_time(minutes=30, seconds=20)
    key = (await caller.latest("driver-2"))["id"]
    assert await caller.stop(key) == "ACCEPTED"
    caller.pass_time(minutes=10)
    stale = await caller.latest("driver-2")
    assert (stale["id"], stale["status"]) == (key, "ACTIVE")
    assert moment(stale["end_datetime"]) < session.stopped_at
    assert stale["kwh"] <= _kwh(caller, session)
    assert await caller.status(f"/cdrs/session/{session.id}") == 404
    await _check_cdr(caller, session, wait=610)
    assert (await caller.latest("driver-2"))["status"] == "ACTIVE"


async def _check_cdr(caller: Gateway, session: Any, wait: int) -> None:
    caller.pass_time(seconds=wait)
    cdr = await caller.data(f"/cdrs/session/{session.id}")
    assert await caller.data(f"/cdrs/{cdr['id']}") == cdr
    assert cdr["cdr_id"] == session.id
    assert moment(cdr["start_date_time"]) == session.started_at
    assert moment(cdr["stop_date_time"]) == session.stopped_at
    lasted = session.stopped_at - session.started_at
    assert cdr["total_time"] == lasted // MINUTE
    assert cdr["total_energy"] == pytest.approx(float(session.energy_wh), abs=0.5)
    invoice = caller.world.invoice(session.id)
    assert cdr["total_cost"] == pytest.approx(float(invoice.net), abs=0.02)
    assert cdr["total_cost_incl_vat"] == pytest.approx(float(invoice.gross), abs=0.02)
    net = Decimal(str(cdr["total_cost"]))
    gross = (net * Decimal("1.18")).quantize(Decimal("0.0001"))
    assert cdr["total_cost_incl_vat"] == float(gross)


async def test_resumed_after_hours_of_silence(caller: Gateway) -> None:
    """A car that pauses silences flavour B; what resumes is the same session."""
    await caller.start(OFFICE, "driver-2")
    caller.pass_time(minutes=20)
    before = await caller.latest("driver-2")
    car = caller.world.evse(OFFICE).car
    assert car is not None
    caller.world.set_car(car.id, wants_energy=False)
    caller.pass_time(hours=8)
    silent = await caller.latest("driver-2")
    behind = caller.world.time - moment(silent["last_modified_date"])
    assert behind > timedelta(hours=7)
    caller.world.set_car(car.id, wants_energy=True)
    caller.pass_time(minutes=20)
    resumed = await caller.latest("driver-2")
    assert resumed["id"] == silent["id"] == before["id"]
    assert resumed["kwh"] > silent["kwh"] + 1
    assert caller.world.time - moment(resumed["end_datetime"]) < MINUTE


async def test_lost_connection_is_silence_too(caller: Gateway) -> None:
    """A charge point out of reach charges on, unheard of until it is back."""
    session = await caller.start(LAB)
    caller.pass_time(minutes=10)
    point = caller.world.evse(LAB).charge_point.id
    caller.world.configure(point, connected=False)
    known = await caller.latest()
    caller.pass_time(hours=1)
    assert (await caller.latest())["kwh"] == known["kwh"]
    assert await caller.stop(known["id"]) == "REJECTED"
    caller.world.stop(session.id)
    caller.pass_time(hours=1)
    assert (await caller.latest())["status"] == "ACTIVE"
    caller.world.configure(point, connected=True)
    caller.pass_time(seconds=10)
    ended = await caller.latest()
    assert ended["status"] == "COMPLETED"
    assert ended["kwh"] == pytest.approx(_kwh(caller, session), abs=1e-5)


async def test_previous_session_after_a_start(serve: Serve) -> None:
    """The latest call lags behind the command as long as the switch says."""
    caller = await gateway(serve, latest_lag=45)
    previous = await caller.latest()
    session = await caller.start(LAB)
    caller.pass_time(seconds=44)
    assert (await caller.latest())["id"] == previous["id"]
    caller.pass_time(seconds=1)
    now = await caller.latest()
    assert now["session_id"] == session.id
    assert moment(now["start_datetime"]) >= session.requested_at - MINUTE


async def test_autostop(caller: Gateway) -> None:
    """The charge ends by itself at the asked energy, which is in kWh."""
    limit = {"type": "ENERGY", "value": 0.5}
    session = await caller.start(LAB, autostop_session=limit)
    caller.pass_time(hours=1)
    assert (await caller.latest())["status"] == "COMPLETED"
    assert float(session.energy_wh) == pytest.approx(500, abs=1)
    assert session.stop_reason == "limit"


async def test_accepted_without_a_session(serve: Serve) -> None:
    """The gateway passes a command on and nothing comes of it."""
    caller = await gateway(serve, starts_nothing=True, stops_nothing=True)
    previous = await caller.latest()
    assert await caller.start(LAB) is None
    caller.pass_time(minutes=5)
    assert (await caller.latest())["id"] == previous["id"]
    caller.switch(starts_nothing=False)
    session = await caller.start(LAB)
    caller.pass_time(minutes=5)
    assert await caller.stop((await caller.latest())["id"]) == "ACCEPTED"
    caller.pass_time(minutes=5)
    assert session.is_open


@pytest.mark.parametrize(
    "wrong",
    [
        {"location_id": "0" * 32},
        {"evse_uid": "nowhere"},
        {"evse_uid": None},
        {"token_uid": "0" * 32},
        {"autostop_session": {"type": "TIME", "value": 60}},
        {"autostop_session": {"type": "ENERGY", "value": "much"}},
        {"autostop_session": {"type": "ENERGY", "value": -1}},
        {"autostop_session": 1},
    ],
)
async def test_start_is_rejected(caller: Gateway, wrong: dict[str, Any]) -> None:
    """What does not fit together is rejected, with status 200."""
    body = await caller.start_body() | wrong
    assert await caller.command("START_SESSION", body) == "REJECTED"
    assert caller.world.evse(LAB).session is None


async def test_start_needs_a_place_that_is_free(caller: Gateway) -> None:
    """An EVSE in use, out of reach or without a car rejects a start."""
    body = await caller.start_body(OFFICE_2)
    assert await caller.command("START_SESSION", body) == "REJECTED"
    body = await caller.start_body(OFFICE)
    point = caller.world.evse(OFFICE).charge_point.id
    caller.world.configure(point, connected=False)
    assert await caller.command("START_SESSION", body) == "REJECTED"
    caller.world.configure(point, connected=True)
    caller.world.unplug(OFFICE)
    assert await caller.command("START_SESSION", body) == "REJECTED"


async def test_rejecting_gateway(serve: Serve) -> None:
    """A switch rejects every command; another makes the limit obligatory."""
    caller = await gateway(serve, rejects_commands=True)
    body = await caller.start_body()
    assert await caller.command("START_SESSION", body) == "REJECTED"
    assert await caller.stop((await caller.latest("driver-9"))["id"]) == "REJECTED"
    caller.switch(rejects_commands=False, autostop="required")
    assert await caller.command("START_SESSION", body) == "REJECTED"
    limit = {"autostop_session": {"type": "ENERGY", "value": 1}}
    assert await caller.command("START_SESSION", body | limit) == "ACCEPTED"


async def test_stop_is_rejected(caller: Gateway) -> None:
    """A session that is over or unknown cannot be stopped."""
    assert await caller.stop((await caller.latest())["id"]) == "REJECTED"
    assert await caller.stop("0" * 32) == "REJECTED"
    # The operator's own id is not the one that is asked for.
    running = await caller.latest("driver-9")
    assert await caller.stop(running["session_id"]) == "REJECTED"


async def test_truth_from_the_control_api(caller: Gateway) -> None:
    """Bill with tax and drawn energy can be asked for over HTTP."""
    key = next(iter(caller.world.sessions))
    _, invoice = await caller.call("GET", f"/api/../_control/invoice/{key}")
    true = caller.world.invoice(key)
    assert invoice == {
        "net": str(true.net),
        "tax": str(true.tax),
        "gross": str(true.gross),
        "currency": "INR",
    }
    assert true.net + true.tax == true.gross
    assert true.net == Decimal("51.97")
