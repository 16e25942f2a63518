"""Sessions of other parties, which are only counted."""

from datetime import datetime, timedelta

# The past is looked at once a day, and that takes a while.
REMEMBERED = timedelta(hours=30)
MOST = 1_000


class Strangers:
    """Counts the sessions of others that were seen lately."""

    def __init__(self) -> None:
        """Begin with none."""
        self._seen: dict[str, datetime] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._seen)

    def add(self, key: str, now: datetime) -> None:
        """Take a session; where there are too many, the oldest sight is forgotten."""
        self._seen.pop(key, None)
        self._seen[key] = now
        while len(self._seen) > MOST:
            del self._seen[next(iter(self._seen))]

    def forget(self, now: datetime) -> None:
        """Forget those that were not seen for a day."""
        self._seen = {
            key: seen for key, seen in self._seen.items() if now - seen <= REMEMBERED
        }
