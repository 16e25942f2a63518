"""Which page of a list comes next, and when there is none (fact sheet ocpi 5)."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
import re
from typing import Self

import msgspec
from yarl import URL

from ..answers import Answer
from ..errors import (
    ForeignHostError,
    ProviderConnectionError,
    ProviderError,
    RateLimitError,
    ResponseError,
)
from . import wire

MOST_PAGES = 4_000
MOST_OBJECTS = 200_000
# How much of a list is read at one poll, and how much once it had no end.
PAGES_AT_ONCE = 400
PAGES_AGAIN = 10

LINK = re.compile(r"<([^<>]*)>([^<]*)")
NEXT = re.compile(r";\s*rel\s*=\s*(?:\"[^\"]*\bnext\b[^\"]*\"|next\b)", re.IGNORECASE)


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page: its objects, and what its headers say of the list."""

    rows: list[msgspec.Raw]
    url: URL
    link: str | None = None
    total: int | None = None
    most: int | None = None


class Manners(msgspec.Struct, kw_only=True):
    """How a back end pages one of its lists, as far as that has shown.

    ``linked`` tells whether it names next pages, and ``links`` whether these names lead
    there. ``most`` is the largest page it says to give: some say instead how many
    objects there were.
    """

    linked: bool = False
    links: bool = True
    most: int = 0


# A next page: an address that was named, or the index of its first object.
type Target = URL | int


class Crawl:
    """Reads one list to its end, page by page.

    Links are followed while they lead to something new. Otherwise the next page is
    asked for by the number of objects received. After a failure it can go on with the
    page that failed. ``over`` tells that nothing is left, ``endless`` that the list
    has no end, and ``cut`` that this has cost as many pages as are ever read.
    """

    def __init__(
        self,
        fetch: Callable[[Target], Awaitable[Page]],
        resolve: Callable[[str, URL], URL],
        manners: Manners,
        limit: int,
        done: Callable[[bool], None] = lambda _: None,
    ) -> None:
        """Take what fetches a page, and what tells whether a link may be followed.

        ``done`` is told at the end whether the list was endless.
        """
        self.endless = self.cut = False
        self._fetch, self._resolve, self._done = fetch, resolve, done
        self._manners, self._limit = manners, limit
        self._offset = self._count = self._pages = 0
        self._total: int | None = None
        self._firsts: set[str | bytes] = set()
        self._target: Target | None = 0
        self._ready: deque[list[msgspec.Raw]] = deque()
        self._promised = False
        # A page that was fetched, while what slipped before it is not.
        self._held: Page | None = None

    @property
    def over(self) -> bool:
        """Tell whether all pages have been handed out."""
        return self._target is None and not self._ready

    def __aiter__(self) -> Self:
        """Return what yields the objects page by page."""
        return self

    async def __anext__(self) -> list[msgspec.Raw]:
        """Return the next page."""
        while not self._ready:
            if self._target is None:
                raise StopAsyncIteration
            await self._step(self._target)
        return self._ready.popleft()

    async def _step(self, target: Target) -> None:
        """Fetch a page; what fails changes nothing."""
        linked = isinstance(target, URL)
        try:
            page = self._held or await self._fetch(target)
        except ProviderConnectionError, RateLimitError:
            raise
        except ProviderError:
            if not linked:
                raise
            self._manners.links, self._target = False, self._offset
            return
        if (slipped := self._slipped(page)) is not None:
            self._held = page
            self._ready.append((await self._fetch(slipped)).rows)
        self._held, self._total = None, page.total
        if page.rows and self._is_new(page):
            self._ready.append(page.rows)
            self._target = self._after(page)
        elif page.rows and linked:
            self._manners.links, self._target = False, self._offset
        else:
            self._target = None
            # The same page again, although there is said to be another one.
            self.endless = bool(page.rows) and self._promised
        if self._target is None:
            self._done(self.endless)

    def _is_new(self, page: Page) -> bool:
        """Tell whether a page has not been seen before."""
        first = wire.identity(page.rows[0]) or bytes(page.rows[0])
        if first in self._firsts:
            return False
        self._firsts.add(first)
        return True

    def _after(self, page: Page) -> Target | None:
        """Return the page after this one."""
        got = len(page.rows)
        self._pages += 1
        self._count += got
        self._offset += got
        self._manners.most = max(self._manners.most, page.most or 0)
        self._manners.linked |= page.link is not None
        self._promised = self._more(page)
        if not self._promised and not self._silent(page):
            return None
        if self._pages >= MOST_PAGES or self._count >= MOST_OBJECTS:
            self.endless = self.cut = True
            return None
        if page.link and self._manners.links:
            return self._linked(page.link, page.url)
        return self._offset

    def _slipped(self, page: Page) -> int | None:
        """Return where to look for what moved to a page that was read before.

        Where the total shrinks, all that comes later moves forward. A total smaller
        than what was counted up to here counts something else.
        """
        before = self._total
        if before is None or page.total is None or page.total >= before:
            return None
        if page.rows and page.total < self._offset + len(page.rows):
            return None
        return max(self._offset - (before - page.total), 0) if self._offset else None

    def _more(self, page: Page) -> bool:
        """Tell whether a page says that there is another one."""
        return bool(page.link) or (page.total is not None and self._offset < page.total)

    def _silent(self, page: Page) -> bool:
        """Tell whether a page may have another one that it says nothing of.

        It is full, no page of the list ever had a link, and the total is missing or
        may be the size of the page.
        """
        got = len(page.rows)
        full = got >= min(self._limit, self._manners.most or self._limit)
        counted = page.total is not None and page.total > got
        return full and not self._manners.linked and not counted

    def _linked(self, link: str, against: URL) -> Target:
        """Return where a link leads, or the index of the next object if nowhere."""
        try:
            return self._resolve(link, against)
        except ForeignHostError:
            # Nothing was asked, so the next link is looked at too: it may be better.
            return self._offset
        except ResponseError:
            self._manners.links = False
            return self._offset


def page_of(rows: list[msgspec.Raw], answer: Answer, url: URL) -> Page:
    """Return a page as the answer describes it."""
    return Page(
        rows=rows,
        url=url,
        link=next_link(answer.headers),
        total=_count(answer.headers.get("X-Total-Count", "")),
        most=_count(answer.headers.get("X-Limit", "")),
    )


def next_link(headers: Mapping[str, str]) -> str | None:
    """Return the address of the next page, ``None`` where no link says it."""
    for name, value in headers.items():
        if name.casefold() == "link":
            for found in LINK.finditer(value):
                if NEXT.search(found[2]) and found[1].strip():
                    return found[1].strip()
    return None


def _count(text: str) -> int | None:
    """Return a count, ``None`` where it is none."""
    text = text.strip()
    return int(text) if text.isdecimal() and len(text) < 10 else None
