"""driveeClient, an independent client, understands the emulator as its own back end."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
import json
import os
from pathlib import Path
import subprocess
from typing import Any

import pytest

from emulator import Emulator, Profile, SimulatedClock, World, scenarios
from emulator.tariff import Tariff

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("drivee_session.py")
STEP = Decimal("0.00001")
START = datetime(2025, 3, 30, 14, 33, 49, tzinfo=UTC)
EVSE, IDENTIFIER, SESSION = "148964", "2317", "648418"


@pytest.fixture(scope="module")
def judge() -> str:
    """Return the judge's own Python, made first if need be."""
    made = subprocess.run(
        [ROOT / "scripts" / "venv", "judge-drivee"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, f"The judge is missing: {made.stderr}"
    return made.stdout.strip()


async def test_whole_charge(judge: str, socket_enabled: None) -> None:
    """What the client tells is the world's meter, bill and prices."""
    world = scenarios.single(SimulatedClock(START))
    prices = [_price(world.evse(EVSE).tariff, hour) for hour in _hours(world)]
    # The client carries the secret of the operator's app, which is nobody's here.
    async with Emulator(world, ampeco=Profile(client_secret=None)) as emulator:
        told = await _told(judge, emulator)

    assert (told["name"], told["evse"], told["connected"]) == ("Garage", EVSE, True)
    assert told["prices"] == prices
    assert told["started"]["id"] == SESSION
    assert told["started"]["evse_id"] == IDENTIFIER
    assert (told["started"]["energy_wh"], told["started"]["status"]) == (0, "starting")
    assert told["is_charging"] is True
    assert told["charging"]["energy_wh"] > 0
    assert told["charging"]["power_w"] == 11_000
    assert told["ended"]["status"] == "stopping"
    assert told["status_after"] == "finishing"

    (past,) = told["history"]
    session = world.session(SESSION)
    assert past["status"] == "finished"
    assert past["energy_wh"] == int(world.meter(EVSE).sessions[SESSION])
    assert past["energy_wh"] >= told["charging"]["energy_wh"]
    assert Decimal(past["amount"]) == world.bill(SESSION)
    assert session.stopped_at is not None
    assert past["stopped_at"] == session.stopped_at.isoformat(timespec="seconds")
    assert {one.kind for one in emulator.requests} == {
        "token",
        "charge_points",
        "price_periods",
        "session_start",
        "session_end",
        "session_history",
    }


async def _told(judge: str, emulator: Emulator) -> Any:
    """Return what the client tells about its charge."""
    driver = next(iter(emulator.world.drivers.values()))
    process = await asyncio.create_subprocess_exec(
        judge,
        SCRIPT,
        emulator.url,
        env={
            "PATH": os.environ["PATH"],
            "DRIVEE_USERNAME": driver.email,
            "DRIVEE_PASSWORD": driver.password,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


def _hours(world: World) -> list[datetime]:
    """Return the hours of today and tomorrow, which are known by the afternoon."""
    tariff = world.evse(EVSE).tariff
    day = START.astimezone(tariff.tzinfo).date()
    return [*tariff.slots_of(day), *tariff.slots_of(day + timedelta(days=1))]


def _price(tariff: Tariff, hour: datetime) -> list[str]:
    """Return the local start of an hour and its price."""
    price = tariff.price_at(hour).all_in.quantize(STEP, ROUND_HALF_UP)
    local = hour.astimezone(tariff.tzinfo).replace(tzinfo=None)
    return [str(local), f"{price.normalize():f}"]
