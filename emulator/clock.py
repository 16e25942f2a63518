"""Clocks that drive the simulated world."""

from datetime import UTC, datetime, timedelta
import time
from typing import Protocol


class Clock(Protocol):
    """Tell the moment in the simulated world."""

    def now(self) -> datetime:
        """Return the current moment, aware and in UTC."""

    def advance(self, step: timedelta) -> None:
        """Move the clock forward by a step."""


class SimulatedClock:
    """Stand still until somebody advances it."""

    def __init__(self, start: datetime) -> None:
        """Start at an aware moment."""
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the current moment, aware and in UTC."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move the clock forward by a step."""
        _refuse_backwards(step)
        self._now += step


class RunningClock:
    """Run with the machine's monotonic time, possibly faster."""

    def __init__(self, start: datetime | None = None, speed: float = 1.0) -> None:
        """Start at an aware moment, or now, and run at a multiple of real time."""
        self._start = (start or datetime.now(UTC)).astimezone(UTC)
        self._speed = speed
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Return the current moment, aware and in UTC."""
        elapsed = (time.monotonic() - self._began) * self._speed
        return self._start + timedelta(seconds=elapsed)

    def advance(self, step: timedelta) -> None:
        """Move the clock forward by a step."""
        _refuse_backwards(step)
        self._start += step


def _refuse_backwards(step: timedelta) -> None:
    if step < timedelta(0):
        raise ValueError("A clock only moves forward")
