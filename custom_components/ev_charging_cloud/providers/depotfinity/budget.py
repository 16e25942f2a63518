"""How many requests may be sent."""

from collections import deque
from collections.abc import Callable

# Requests an hour, and how many may be saved up for one poll. Together they stay below
# 120 an hour and 2 a minute for each running charge; what is left over is for retries.
BASE_PER_HOUR = 90.0
BASE_SAVED = 20.0
RUNNING_PER_HOUR = 110.0
RUNNING_SAVED = 2.0

PER_HOUR = 120
PER_HOUR_AND_CHARGE = 120


class Allowance:
    """Requests that fill up with time, faster while charges are running.

    What must be read now may overdraw it; the rest then waits.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Start full."""
        self._monotonic = monotonic
        self._at = monotonic()
        self._left = BASE_SAVED
        self._running = 0
        self._lately: deque[tuple[float, int]] = deque()

    @property
    def left(self) -> float:
        """Return how many requests may be sent now."""
        return self._left

    @property
    def per_hour(self) -> int:
        """Return how many requests the last hour may have had at most."""
        charges = max((running for _, running in self._lately), default=0)
        return PER_HOUR + PER_HOUR_AND_CHARGE * charges

    def refill(self, running: int) -> None:
        """Add what has come in since the last time."""
        now = self._monotonic()
        hours = max(0.0, now - self._at) / 3600
        self._at = now
        rate = BASE_PER_HOUR + RUNNING_PER_HOUR * min(running, self._running)
        most = BASE_SAVED + RUNNING_SAVED * running
        self._left += rate * hours
        # Whoever has just begun to charge is read at once.
        self._left += RUNNING_SAVED * max(0, running - self._running)
        self._left = min(self._left, most)
        self._running = running
        self._lately.append((now, running))
        while self._lately[0][0] < now - 3600:
            self._lately.popleft()

    def spend(self, count: int) -> None:
        """Take off requests that were sent."""
        self._left -= count
