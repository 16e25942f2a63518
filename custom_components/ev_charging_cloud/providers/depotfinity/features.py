"""The APIs that an account was ordered with; the others answer 403."""

from collections.abc import Callable
from datetime import timedelta
import logging

_LOGGER = logging.getLogger(__name__)

TRANSACTIONS = "transactions"
SESSION_REPORTS = "session_reports"
CHARGER_STATUS = "charger_status"
TIME_SERIES = "time_series"
REMOTE_COMMANDS = "remote_commands"

RETRY = timedelta(days=1).total_seconds()


class Features:
    """Remembers which APIs were refused, and lets each be tried once a day."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Start with everything allowed and nothing proven."""
        self._monotonic = monotonic
        self._refused: dict[str, float] = {}
        self._proven: set[str] = set()

    @property
    def refused(self) -> frozenset[str]:
        """Return the features that the account has no right to."""
        return frozenset(self._refused)

    @property
    def hopeless(self) -> bool:
        """Tell whether every feature that was tried is refused."""
        return bool(self._refused) and not self._proven

    def usable(self, name: str) -> bool:
        """Tell whether a feature may be asked for now."""
        at = self._refused.get(name)
        return at is None or self._monotonic() - at >= RETRY

    def refuse(self, name: str) -> None:
        """Remember that a feature was refused, until tomorrow."""
        if name not in self._refused:
            _LOGGER.warning("The account has no right to the feature %s", name)
        self._refused[name] = self._monotonic()
        self._proven.discard(name)

    def prove(self, name: str) -> None:
        """Remember that a feature was answered."""
        if self._refused.pop(name, None) is not None:
            _LOGGER.info("The account may use the feature %s again", name)
        self._proven.add(name)
