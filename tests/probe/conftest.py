"""The probe in an environment without Home Assistant, and what it talks to."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import subprocess

import pytest

from emulator import Emulator, SimulatedClock, scenarios

from .support import ROOT, Probe


@pytest.fixture(scope="session")
def interpreter() -> str:
    """Return the probe's own Python, made first if need be."""
    made = subprocess.run(
        [ROOT / "scripts" / "venv", "probe"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    python = made.stdout.strip()
    look = "import importlib.util, json; print(json.dumps(bool(importlib.util.find_spec('homeassistant'))))"
    found = subprocess.run([python, "-c", look], capture_output=True, check=True)
    assert json.loads(found.stdout) is False
    return python


@pytest.fixture
async def emulator(socket_enabled: None) -> AsyncIterator[Emulator]:
    """Return one charger with a car, in a world that stands still."""
    clock = SimulatedClock(datetime.now(UTC) - timedelta(hours=6))
    async with Emulator(scenarios.single(clock)) as running:
        yield running


@pytest.fixture
def probe(interpreter: str, emulator: Emulator, tmp_path: Path) -> Probe:
    """Return the probe of the emulator's driver."""
    return Probe(interpreter, emulator, tmp_path)
