"""A charge from the command line."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
import signal
import stat

from emulator import Emulator

from .support import CHARGE_POINT, EVSE, GAPS, IDENTIFIER, ROOT, Probe

STEP = Decimal("0.00001")


async def test_whole_charge(probe: Probe, emulator: Emulator) -> None:
    """Read, start, charge, stop and look back; the world's own figures decide."""
    assert (await probe.json("account"))["id"] == "drivee_3001"
    (point,) = await probe.json("charge-points")
    assert (point["id"], point["evses"][0]["identifier"]) == (CHARGE_POINT, IDENTIFIER)
    before = await probe.json("snapshot")
    assert before["charge_points"][CHARGE_POINT]["evses"][0]["status"] == "preparing"

    started = await probe.command_json("start", CHARGE_POINT, EVSE)
    assert started["confirmed"] is True
    assert started["session"]["state"] == "active"
    key = started["session"]["id"]
    for _ in range(2):
        probe.advance(minutes=30)
        shown = await probe.json("snapshot")
        session = shown["charge_points"][CHARGE_POINT]["evses"][0]["session"]
        assert session["energy_kwh"] == whole_wh(emulator, key) / 1000 > 0
        assert session["power_kw"] == emulator.world.evse(EVSE).power_w / 1000 > 0
        assert amount(session) == emulator.world.bill(key)

    ended = await probe.command_json("stop", key)
    assert ended["confirmed"] is True
    assert ended["session"]["state"] == "completed"
    (past,) = await probe.json("sessions", "--days", "2")
    assert past["id"] == key
    assert past["energy_kwh"] == whole_wh(emulator, key) / 1000
    assert amount(past) == emulator.world.bill(key)
    assert probe.asked("token") == 1


async def test_tariff(probe: Probe, emulator: Emulator) -> None:
    """The price now is the forecast's price for this hour."""
    emulator.clock.advance(datetime.now(UTC) - emulator.clock.now())
    found = await probe.json("tariff", IDENTIFIER)
    price = emulator.world.evse(EVSE).tariff.price_at(emulator.clock.now()).all_in
    assert Decimal(found["tariff"]["price_per_kwh"]) == price.quantize(
        STEP, ROUND_HALF_UP
    )
    assert len(found["forecast"]) >= 24


async def test_refused_start_is_one_sentence(probe: Probe, emulator: Emulator) -> None:
    """Without a car nothing is sent."""
    emulator.world.unplug(EVSE)
    ran = await probe.run("start", CHARGE_POINT, EVSE, GAPS)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == "error: No car is plugged in.\n"
    assert probe.asked("session_start") == 0


async def test_unconfirmed_start_has_its_own_exit_code(probe: Probe) -> None:
    """A charger that does nothing is not reported as charging."""
    ran = await probe.run("start", CHARGE_POINT, EVSE, "--gaps", "0.1,0.1")
    assert ran.code == 3
    assert '"confirmed": false' in ran.out
    assert "has not shown the effect" in ran.err


async def test_ended_session_is_not_stopped_again(
    probe: Probe, emulator: Emulator
) -> None:
    """A stop of what is over is a success that sends nothing."""
    session = emulator.world.start(EVSE, "3001")
    probe.advance(minutes=5)
    emulator.world.unplug(EVSE)
    ran = await probe.run("stop", session.id, GAPS)
    assert ran.code == 0
    assert "already over" in ran.err
    assert probe.asked("session_end") == 0


async def test_unknown_session(probe: Probe) -> None:
    """An id that does not exist is named so."""
    ran = await probe.run("stop", "1", GAPS)
    assert ran.code == 1
    assert "knows no such" in ran.err


async def test_interrupt_is_quiet(probe: Probe, emulator: Emulator) -> None:
    """Ctrl-C leaves no traceback."""
    emulator.faults.add("hang", path="/charge-points")
    process = await probe.begin("snapshot")
    await probe.wait_for("charge_points")
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()
    assert (process.returncode, out, err) == (130, b"", b"")


def test_script_is_executable() -> None:
    """The command of the documentation can be run."""
    assert (ROOT / "scripts" / "probe").stat().st_mode & stat.S_IXUSR


def whole_wh(emulator: Emulator, key: str) -> int:
    """Return the true energy of a session in full Wh, as the back end counts."""
    return int(emulator.world.meter(EVSE).sessions[key])


def amount(session: dict[str, dict[str, str]]) -> Decimal:
    """Return what a session costs."""
    assert session["cost"]["currency"] == "DKK"
    return Decimal(session["cost"]["gross"])
