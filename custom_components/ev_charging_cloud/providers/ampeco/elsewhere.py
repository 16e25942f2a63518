"""When to look for a session at a public station."""

from datetime import timedelta

from ..model import Session


class ElsewhereWatch:
    """Looks rarely while there is none, and at every poll while one runs."""

    def __init__(self, gap: timedelta, *, available: bool) -> None:
        """Take the gap between looks, and whether the operator has the call."""
        self._gap = gap.total_seconds()
        self._available = available
        self._running = False
        self._last: float | None = None

    def due(self, now: float) -> bool:
        """Tell whether to look at this poll, and count it as a look."""
        if not self._available:
            return False
        # Half a second covers polls that come a little early.
        waited = self._last is None or now - self._last >= self._gap - 0.5
        if not waited and not self._running:
            return False
        self._last = now
        return True

    def found(self, sessions: tuple[Session, ...]) -> tuple[Session, ...]:
        """Remember whether a session runs, and hand the sessions on."""
        self._running = bool(sessions)
        return sessions

    def none(self, *, absent: bool = False) -> tuple[Session, ...]:
        """Remember that there is none, and where the call is absent, never ask again."""
        self._available = self._available and not absent
        return self.found(())
