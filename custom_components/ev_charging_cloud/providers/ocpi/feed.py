"""Lists read by what was updated last, and never more of them than is due (5)."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import msgspec

from ..errors import RateLimitError
from ..values import moment
from . import paging
from .client import Client, Module
from .paging import Crawl

# How far a read goes back behind the newest object that was seen.
OVERLAP = timedelta(minutes=5)
# Some servers end a list at the moment they were started, unless they are told.
AHEAD = timedelta(days=1)
# A list without end is read as one that has an end no more often than that.
DAY = timedelta(days=1)

type Rows = list[msgspec.Raw]


class Feed:
    """Where the reading of one list stands.

    A long past is read beside the present, some pages at each poll. What a poll leaves
    unread, because it is long or because the back end wants fewer requests, the next
    one goes on with. Any other failure makes a read begin anew.
    """

    def __init__(
        self,
        client: Client,
        module: Module,
        *,
        kept: str | None = None,
        blind: timedelta | None = None,
    ) -> None:
        """Take how far an earlier run had read; without that a read goes ``blind`` back.

        Where that is not given either, it takes everything.
        """
        self._client, self._module, self._blind = client, module, blind
        self._seen = self._ahead = moment(kept)
        self._present: Crawl | None = None
        self._past: Crawl | None = None
        self._read_at: datetime | None = None
        self._begun_at: datetime | None = None
        self._since: datetime | None = None
        self._cut_at: datetime | None = None
        self.complete = self._seen is not None
        self.got = 0

    @property
    def reading(self) -> bool:
        """Tell whether something of the present is still unread."""
        return self._present is not None

    @property
    def looking_back(self) -> bool:
        """Tell whether something of the past is still unread."""
        return self._past is not None

    def kept(self, not_after: datetime | None = None) -> str | None:
        """Return what is to be kept, nothing before the past was read once."""
        if self._seen is None or not self.complete:
            return None
        return min(self._seen, not_after or self._seen).isoformat()

    def due(self, now: datetime, gap: timedelta) -> bool:
        """Tell whether the last read is long enough ago, or not yet done."""
        return self.reading or self._read_at is None or now - self._read_at >= gap

    def most(self, now: datetime) -> int:
        """Return how many pages may be read at once."""
        if self._is_cut(now):
            return paging.PAGES_AGAIN
        # Without a date everything is asked for, which happens once.
        first = self._seen is None and self._blind is None
        return paging.MOST_PAGES if first else paging.PAGES_AT_ONCE

    def saw(self, updated_at: datetime | None, now: datetime) -> None:
        """Take the moment of an object; one in the future would hide what follows."""
        if updated_at is not None:
            found = min(updated_at, now)
            self._ahead = found if self._ahead is None else max(self._ahead, found)

    async def fresh(
        self, now: datetime, not_after: datetime | None = None
    ) -> AsyncIterator[Rows]:
        """Yield the pages of what is new, and of all since ``not_after``."""
        self._read_at = now
        crawl = self._present or self._begin(now, not_after)
        # A crawl that is not put back is given up.
        self._present = None
        for _ in range(self.most(now)):
            try:
                rows = await anext(crawl)
            except StopAsyncIteration:
                break
            except RateLimitError:
                self._present = crawl
                raise
            self.got += 1
            yield rows
            if crawl.over:
                break
        if crawl.over:
            self._cut_at = now if crawl.cut else None
        elif not self._is_cut(now):
            self._present = crawl
            return
        self._advance(now)

    def look_back(self, now: datetime, depth: timedelta) -> None:
        """Begin to read a past of this depth, unless that is under way."""
        if self._past is None:
            self._past = self.pages(now - depth, now + AHEAD)

    async def more(self, now: datetime, most: int) -> AsyncIterator[Rows]:
        """Yield the next pages of the past, none while the list has no end."""
        crawl = self._past
        if crawl is None or self._is_cut(now):
            return
        self._past = None
        for _ in range(most):
            try:
                rows = await anext(crawl)
            except StopAsyncIteration:
                break
            except RateLimitError:
                self._past = crawl
                raise
            self.got += 1
            yield rows
        if not crawl.over:
            self._past = crawl
            return
        self._cut_at = now if crawl.cut else self._cut_at
        self.complete = True
        if not self.reading:
            self._seen = self._ahead

    def pages(self, since: datetime | None, until: datetime | None) -> Crawl:
        """Return the pages of a span of time."""
        return self._client.pages(self._module, date_from=since, date_to=until)

    def _advance(self, now: datetime) -> None:
        """Let later reads begin where this one has come to.

        Where it took several polls, what changed on pages already read is read again.
        What only the past showed is older than where reads begin anyway.
        """
        if (seen := self._ahead) is None:
            return
        if self._begun_at is not None and self._begun_at != now:
            seen = min(seen, self._begun_at)
        if self._since is None or seen >= self._since:
            self._seen = seen

    def _begin(self, now: datetime, not_after: datetime | None) -> Crawl:
        """Begin to read what is new."""
        self._begun_at = now
        since = None
        if self._seen is not None:
            since = self._seen - OVERLAP
        elif self._blind is not None:
            since = now - self._blind
        if since is not None and not_after is not None:
            since = min(since, not_after - OVERLAP)
        self._since = since
        return self.pages(since, now + AHEAD)

    def _is_cut(self, now: datetime) -> bool:
        """Tell whether the list had no end within a day."""
        return self._cut_at is not None and now - self._cut_at < DAY
