"""Session reports, asked for where a charge has ended (fact sheet siemens_depot 4)."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import msgspec

from ..errors import ResponseError, ServerError
from ..model import Session
from .book import Book
from .client import Client
from .connectors import Place
from .features import SESSION_REPORTS
from .gate import Gate
from .mapping import Mapper, Page
from .paging import pages

# Which time from and to apply to is not said, so more is asked for than is needed.
MARGIN = timedelta(hours=1)
# A report may come later than its transaction.
RETRIES = (timedelta(minutes=10), timedelta(hours=1))
# Only chargers with a legacy CCBox have reports; the others are tried again now and then.
SILENCE = timedelta(days=7)
RESERVE = 2


class Wish(msgspec.Struct, kw_only=True):
    """Reports that are wanted of a connector, when, and how often they were missing."""

    since: datetime
    until: datetime
    due: datetime
    tries: int = 0


class Reports:
    """Knows which connectors to ask for reports."""

    def __init__(self, client: Client, mapper: Mapper, book: Book, gate: Gate) -> None:
        """Start without a wish."""
        self._client, self._mapper, self._book = client, mapper, book
        self._gate = gate
        self._wishes: dict[Place, Wish] = {}
        self._silent: dict[str, datetime] = {}
        self._speaking: set[str] = set()
        self.unreadable = 0

    def want(self, place: Place, since: datetime, until: datetime) -> None:
        """Ask for the reports of a span of time, together with what else is wanted."""
        wish = self._wishes.get(place)
        if wish is None:
            self._wishes[place] = Wish(since=since, until=until, due=until)
            return
        wish.since = min(wish.since, since)
        if until > wish.until:
            wish.until, wish.due, wish.tries = until, until, 0

    def answers(self, charger: str, now: datetime) -> bool:
        """Tell whether a charger may have reports, as far as anyone knows."""
        return now >= self._silent.get(charger, now)

    async def read(self, now: datetime) -> None:
        """Read what is wanted, as far as the allowance goes."""
        for place, wish in sorted(self._wishes.items(), key=lambda entry: entry[1].due):
            if not self._gate.open(SESSION_REPORTS) or self._gate.left() <= RESERVE:
                return
            if not self.answers(place.charger, now):
                del self._wishes[place]
            elif wish.due <= now:
                await self._grant(place, wish, now)

    async def window(
        self, place: Place, since: datetime, until: datetime
    ) -> AsyncIterator[Page]:
        """Read the reports of a connector in a span of time."""
        found = pages(
            lambda paging: self._client.session_reports(*place, since, until, paging),
            lambda body: self._mapper.reports(body, place),
        )
        while page := await self._gate.may(
            SESSION_REPORTS, f"of {place.evse_id}", self._next(place, found, until)
        ):
            yield page

    async def _next(
        self, place: Place, found: AsyncIterator[Page], now: datetime
    ) -> Page | None:
        """Return the next page; a charger that has no reports is left alone."""
        try:
            page = await anext(found, None)
        except ServerError:
            raise
        except ResponseError as error:
            if error.status is None or place.charger in self._speaking:
                raise
            self._silent[place.charger] = now + SILENCE
            return None
        if page is not None and page.rows:
            self._speaking.add(place.charger)
        return page

    async def _grant(self, place: Place, wish: Wish, now: datetime) -> None:
        """Read the reports of one connector into the book."""
        latest: datetime | None = None
        async for page in self.window(place, wish.since - MARGIN, now):
            self.unreadable += page.unreadable
            self._book.add_reports(place.evse_id, page.sessions)
            latest = max(_ends(page.sessions, latest), default=None)
        if latest is not None and latest >= wish.until - MARGIN:
            del self._wishes[place]
        elif wish.tries < len(RETRIES):
            wish.due = now + RETRIES[wish.tries]
            wish.tries += 1
        else:
            del self._wishes[place]
            if place.charger not in self._speaking:
                self._silent[place.charger] = now + SILENCE


def _ends(sessions: tuple[Session, ...], latest: datetime | None) -> list[datetime]:
    """Return all known ends, the latest so far among them."""
    ends = [one.ended_at for one in sessions if one.ended_at is not None]
    return ends if latest is None else [*ends, latest]
