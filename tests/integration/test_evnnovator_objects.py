"""One driver's broken record costs only that driver's reading."""

from collections.abc import AsyncIterator
from datetime import timedelta
import logging
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant

from .evnnovator_home import FIRST, SECOND, Setup, gateway_home
from .support import Home

pytestmark = pytest.mark.usefixtures("flowing")

LATEST = r"/sessions/driver-1/latest$"
BROKEN = [
    {"op": "set", "path": "/data", "value": 7},
    {"op": "set", "path": "/data/kwh", "value": {"x": 1}},
    {"op": "delete", "path": "/data/id"},
    {"op": "set", "path": "/data/id", "value": [1]},
]


@pytest.fixture
async def home(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Home]:
    """Return a Home Assistant with two drivers."""
    async with gateway_home(hass, freezer, monkeypatch, Setup()) as found:
        yield found


@pytest.mark.parametrize("broken", BROKEN, ids=lambda one: one["path"])
async def test_the_other_driver_is_read_on(
    home: Home, caplog: pytest.LogCaptureFixture, broken: dict[str, Any]
) -> None:
    """The broken one keeps its state for two polls, with at most one log line."""
    await home.set_up()
    before = home.value("session_energy", FIRST)
    fault = home.emulator.faults.add("mutate", path=LATEST, operations=[broken])
    caplog.clear()
    reads = home.asked("evnnovator_latest")
    for _ in range(2):
        await home.advance(timedelta(seconds=1))
        await home.poll()
        assert home.value("session_energy", FIRST) == before
        assert home.value("charging", SECOND) != "unavailable"
    assert home.asked("evnnovator_latest") >= reads + 4
    assert fault.hits >= 2
    told = [
        one
        for one in caplog.records
        if one.levelno >= logging.WARNING and "ev_charging_cloud" in one.name
    ]
    assert len(told) <= 1
    home.emulator.faults.clear(fault)
    await home.poll()
    assert home.value("session_energy", FIRST) == before
