"""Transactions of all chargers: recent ones often, older ones in turn."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from ..errors import ForbiddenError
from ..values import moment
from .book import Book, Span
from .client import Client, instant
from .features import TRANSACTIONS
from .gate import Gate
from .mapping import Mapper, Page
from .paging import LIMIT, pages

RECENT = timedelta(minutes=5)
LATE = timedelta(hours=1)
SWEEP = timedelta(days=1)
# A wait counts as over a little before its time, because polls are jittered.
EARLY = 0.85
OVERLAP = timedelta(minutes=15)
LATE_OVERLAP = timedelta(hours=1)
SWEPT = timedelta(days=7)
SECOND = timedelta(seconds=1)
FIRST_READ = timedelta(days=30)
DAY = timedelta(days=1)
SHORTEST_STEP = timedelta(hours=1)
# What a step into the past must leave for everything else.
RESERVE = 5
CURSORS = ("recent", "late", "sweep", "newest", "oldest")


class Transactions:
    """Reads transactions in overlapping windows, and remembers how far it came.

    What overlaps now tells who charges; what was inserted late and the daily sweep find
    the rest. The first time, and after a long pause, what lies between ``oldest`` and
    ``newest`` is read backwards in steps that suit the size of the depot.
    """

    def __init__(
        self,
        client: Client,
        mapper: Mapper,
        book: Book,
        gate: Gate,
        cursors: Mapping[str, str],
    ) -> None:
        """Take how far an earlier run had come."""
        self._client, self._mapper, self._book = client, mapper, book
        self._gate = gate
        self._done = {
            name: found
            for name in CURSORS
            if (found := moment(cursors.get(name))) is not None
        }
        self._step = DAY
        self._read_at: datetime | None = None
        self.covered: Span | None = None
        self.unreadable = 0

    @property
    def cursors(self) -> dict[str, str]:
        """Return how far the lists were read."""
        return {name: instant(found) for name, found in self._done.items()}

    async def read(self, now: datetime, *, urgent: bool = False) -> None:
        """Read what is due into the book."""
        if not self._gate.open(TRANSACTIONS):
            return
        self._begin(now)
        try:
            if urgent or _due(self._read_at, RECENT, now):
                await self._recent(now)
            if _due(self._done["late"], LATE, now):
                await self._take(self._done["late"] - LATE_OVERLAP, now, "InsertedAt")
                self._done["late"] = now
            if _due(self._done["sweep"], SWEEP, now):
                await self._take(now - SWEPT, now, "StartAt")
                self._done["sweep"] = now
                self._cover(now - SWEPT, now)
            while "newest" in self._done and self._gate.left() > RESERVE:
                await self._backwards(now)
        except ForbiddenError:
            return

    async def window(
        self, since: datetime, until: datetime, kind: str, **place: str
    ) -> AsyncIterator[Page]:
        """Read the transactions whose time of a kind lies in a span of time."""
        fixed = {"filterBy": kind, "orderBy": "StartAt", "order": "asc", **place}
        found = pages(
            lambda paging: self._client.transactions(since, until, {**fixed, **paging}),
            self._mapper.transactions,
        )
        while page := await self._gate.must(TRANSACTIONS, anext(found, None)):
            yield page

    def _begin(self, now: datetime) -> None:
        """Set out from what is known; a long gap is read backwards."""
        if (recent := self._done.get("recent")) is None:
            self._done = {"late": now, "sweep": now}
            self._done |= {"newest": now - DAY, "oldest": now - FIRST_READ}
        elif recent < now - DAY:
            oldest = min(recent - OVERLAP, self._done.get("oldest", recent))
            self._done |= {"newest": now - DAY, "oldest": oldest}
        self._done.setdefault("recent", now - DAY)
        self._done.setdefault("late", now)
        self._done.setdefault("sweep", now)

    async def _recent(self, now: datetime) -> None:
        """Read what runs or has just ended."""
        since = max(self._done["recent"] - OVERLAP, now - DAY)
        await self._take(since, now, "Overlapping")
        self._done["recent"] = self._read_at = now

    async def _backwards(self, now: datetime) -> None:
        """Read one more step into the past."""
        until, oldest = self._done["newest"], self._done["oldest"]
        since = max(oldest, until - self._step)
        rows = await self._take(since, until + SECOND, "StartAt")
        self._cover(since, now)
        self._done["newest"] = since
        if since <= oldest:
            del self._done["newest"], self._done["oldest"]
        if rows < LIMIT // 2:
            self._step = min(2 * self._step, FIRST_READ)
        elif rows > 5 * LIMIT:
            self._step = max(self._step / 2, SHORTEST_STEP)

    async def _take(self, since: datetime, until: datetime, kind: str) -> int:
        """Read a window; what came before a failure stays in the book."""
        rows = 0
        async for page in self.window(since, until, kind):
            self.unreadable += page.unreadable
            rows += page.rows
            self._book.add_transactions(page.sessions)
        return rows

    def _cover(self, since: datetime, now: datetime) -> None:
        """Remember that all transactions since then are known."""
        if self.covered is not None:
            since = min(since, self.covered[0])
        self.covered = (since, now)


def _due(last: datetime | None, wait: timedelta, now: datetime) -> bool:
    """Tell whether something was last done long enough ago, or never."""
    return last is None or not timedelta() <= now - last < wait * EARLY
