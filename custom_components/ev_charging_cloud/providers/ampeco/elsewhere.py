"""When to look for a session at a public station."""

from datetime import timedelta

from ..model import Session

# How often the call must fail, or miss a session that runs at home, and for how long it
# is left alone in the latter case.
MISSES = 3
PAUSE = timedelta(days=1)


class ElsewhereWatch:
    """Looks rarely while there is none, and at every poll while one runs."""

    def __init__(self, gap: timedelta, *, available: bool) -> None:
        """Take the gap between looks, and whether the operator has the call."""
        self._gap = gap.total_seconds()
        self._available = available
        self._last: Session | None = None
        self._failures = 0
        self._next: float | None = None
        self._misses = 0

    def due(self, now: float) -> bool:
        """Tell whether to look at this poll, and count it as a look."""
        # Half a second covers polls that come a little early.
        early = self._next is not None and now < self._next - 0.5
        if not self._available or (early and self._last is None):
            return False
        self._next = now + self._gap
        return True

    def found(self, sessions: tuple[Session, ...]) -> tuple[Session, ...]:
        """Remember whether a session runs, and hand the sessions on."""
        self._last = sessions[0] if sessions else None
        self._misses = self._failures = 0
        return sessions

    def failed(self) -> Session | None:
        """Take a failed look; return the session to read by itself from now on."""
        self._failures += 1
        return self._last if self._failures >= MISSES else None

    def missing(
        self, now: float, *, absent: bool, at_home: bool
    ) -> tuple[Session, ...]:
        """Take a 404, which says that there is no session, or no such call.

        The call also shows a session at home. Where it keeps missing one that runs,
        the operator does not have it.
        """
        misses = self._misses + 1 if at_home else 0
        self.found(())
        self._misses = misses
        if misses >= MISSES:
            self._next = now + PAUSE.total_seconds()
        self._available = self._available and not absent
        return ()
