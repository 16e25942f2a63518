"""What is true in the emulated world."""

from collections.abc import Callable
import time
from typing import Any

from scripts.demo_home_assistant.emulator import Emulator

LOOK_EVERY = 0.5


def evse(emulator: Emulator, key: str) -> dict[str, Any]:
    """Return the truth about an EVSE."""
    points = emulator.control("state")["charge_points"]
    found: dict[str, Any] = next(
        one for point in points for one in point["evses"] if one["id"] == key
    )
    return found


def energy(emulator: Emulator, key: str) -> float:
    """Return the true energy of the session that is open at an EVSE, in kWh."""
    sessions = emulator.control(f"meter/{key}")["sessions"]
    return float(sessions.get(evse(emulator, key)["session"], 0)) / 1000


def risen(
    read: Callable[[], float],
    meter: Callable[[], float],
    *,
    above: float,
    timeout: float,
    age: float,
    rounding: float,
) -> float:
    """Wait until a number has risen; it must be what the meter said lately."""
    past: list[tuple[float, float]] = []
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        shown = read()
        now = time.monotonic()
        past.append((now, meter()))
        if shown > above:
            known = [kwh for moment, kwh in past if moment <= now - age]
            least = known[-1] if known else above
            assert least - rounding <= shown <= past[-1][1] + rounding
            return shown
        time.sleep(LOOK_EVERY)
    raise AssertionError(f"It stayed at {above} for {timeout:.0f} s.")


def reaches(
    read: Callable[[], float],
    wanted: Callable[[], float],
    *,
    within: float,
    timeout: float,
) -> None:
    """Wait until a number differs by no more than a share from what is true."""
    deadline = time.monotonic() + timeout
    while True:
        shown, true = read(), wanted()
        if true > 0 and abs(shown - true) <= within * true:
            return
        assert time.monotonic() < deadline, f"It shows {shown} in place of {true}."
        time.sleep(LOOK_EVERY)
