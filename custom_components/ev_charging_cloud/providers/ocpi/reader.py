"""What polls read: sessions always, the other lists when they are due."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime, timedelta
import logging

import msgspec

from ..errors import AuthenticationError, ForbiddenError, ProviderError, RateLimitError
from ..model import Session
from ..values import moment
from .bills import Bills
from .book import Book
from .client import Client, Module
from .feed import Feed, Rows
from .mapping import Mapper, Own
from .places import Places
from .prices import Prices
from .slices import drained, in_slices, sliced
from .strangers import Strangers

_LOGGER = logging.getLogger(__name__)

# A first run reads so much of the past, later ones a week of it each day.
COLD = timedelta(days=30)
SWEEP = timedelta(days=7)
DAY = timedelta(days=1)
# How far apart the pages of a daily look back are read.
SWEEP_GAP = timedelta(minutes=30)
# How often lists are read beside that of sessions.
LOCATIONS_GAP = timedelta(minutes=15)
SOON = timedelta(minutes=1)
AGAIN = timedelta(seconds=5)
CDRS_GAP = timedelta(minutes=30)
CDRS_SOON = timedelta(minutes=10)
TARIFFS_GAP = timedelta(days=1)
TARIFFS_SOON = timedelta(hours=1)
# How much of the past is read at one poll. The first one is to be short: it takes what
# a small account has.
PAGES_AT_ONCE = 40
PAGES_AT_FIRST = 5
# How long only sessions are read after the back end has asked for fewer requests.
REST = timedelta(minutes=15)


class Reader:
    """Reads an account into what is known of it.

    ``version`` changes with whatever a session is completed with.
    """

    def __init__(self, client: Client, mapper: Mapper, kept: Mapping[str, str]) -> None:
        """Take the client, and what an earlier run had kept."""
        self.client, self._mapper = client, mapper
        self.book, self.places, self.prices = Book(), Places(), Prices()
        self.bills = Bills(kept.get("bills"))
        self.refused: set[str] = set()
        self.unreadable = 0
        self.version = 0
        self.foreign = Strangers()
        self._sessions = Feed(
            client, Module.SESSIONS, kept=kept.get("sessions"), blind=DAY
        )
        self._cdrs = Feed(client, Module.CDRS, kept=kept.get("cdrs"), blind=DAY)
        self._locations = Feed(client, Module.LOCATIONS)
        self._tariffs = Feed(client, Module.TARIFFS)
        self._open_since = moment(kept.get("open"))
        self._swept_at: datetime | None = None
        self._sweeping = False
        self._paged_at: datetime | None = None
        self._hurry = False
        self._rests_until: datetime | None = None
        self._first = True
        self._past: dict[str, Session] = {}

    def cursors(self, now: datetime) -> dict[str, str]:
        """Return what is to be kept over a restart."""
        found = (self._open_since, self.book.oldest_open(now))
        opened = min((one for one in found if one is not None), default=None)
        cursors = {
            "sessions": self._sessions.kept(),
            "open": None if opened is None else opened.isoformat(),
            "cdrs": self._cdrs.kept(self.bills.oldest_held),
            "bills": self.bills.kept,
        }
        # A cursor cannot be taken away, so an empty one stands for none.
        return {key: value or "" for key, value in cursors.items()}

    def hurry(self) -> None:
        """Read locations and CDRs at the next poll, because something happens."""
        self._hurry = True

    def past(self) -> tuple[Session, ...]:
        """Return the sessions that became known, each once."""
        found, self._past = tuple(self._past.values()), {}
        return found

    async def poll(self, own: Own, now: datetime) -> None:
        """Read sessions, and of the rest what is due."""
        await drained(self.bills.load())
        await self._read_sessions(own, now)
        if not self._rests(now):
            hurry, self._hurry = self._hurry, False
            await self._read_others(own, now, hurry=hurry)
            await self._read_past(own, now)
        self._first = False
        async for session in sliced(self.bills.news(now)):
            if session is not None:
                self._past[session.key] = session
                self.version += 1
        await self._arrange(now)
        self.foreign.forget(now)

    async def read_locations(self, now: datetime) -> None:
        """Read the locations that have changed; the first time all of them."""
        await self._news(self._locations, lambda raw: self._place(raw, now), now)

    async def history(
        self, since: datetime, until: datetime, own: Own, now: datetime
    ) -> AsyncIterator[tuple[Session, ...]]:
        """Stream the sessions that were updated in a span of time, page by page."""
        await drained(self.bills.load())
        found: list[Session] = []

        read, complete, keep = self._mapper.session, self.complete, found.append

        def take(raw: msgspec.Raw) -> None:
            reading = read(raw, own, now)
            if reading is not None and not reading.foreign:
                keep(complete(reading.session))

        async for rows in self._sessions.pages(since, until):
            found.clear()
            await in_slices(rows, take)
            # Whoever takes this page lets go of the one before, which takes its time.
            await asyncio.sleep(0)
            yield tuple(found)

    async def again(self, own: Own, now: datetime) -> None:
        """Read sessions once more, unless that was just done."""
        if self._sessions.due(now, AGAIN):
            await self._read_sessions(own, now)
            await self._arrange(now)

    async def find(self, own: Own, session: Session, now: datetime) -> Session | None:
        """Look for a session that is no longer remembered."""
        since = session.reported_at or session.started_at or now - COLD
        found, left = None, self._sessions.most(now)
        async for page in self.history(since - DAY, now + DAY, own, now):
            for one in page:
                found = one if one.key == session.key else found
            left -= 1
            if not left:
                break
        return found

    def complete(self, session: Session) -> Session:
        """Return a session with the names of its place, and its bill."""
        session = self.bills.settled(session)
        if (place := self.places.home(session.evse_id)) is None:
            return session
        evse = self.places.evse(session.evse_id)
        return msgspec.structs.replace(
            session,
            place=session.place or place.point.name,
            evse_identifier=(evse.identifier if evse else None)
            or session.evse_identifier,
        )

    async def _arrange(self, now: datetime) -> None:
        """Choose what to show."""
        await drained(self.book.arrange(now))
        # What comes next is a step of its own.
        await asyncio.sleep(0)

    async def _read_sessions(self, own: Own, now: datetime) -> None:
        """Read what is new, and what was open at the end of the last run."""

        def take(raw: msgspec.Raw) -> None:
            self._session(raw, own, now)

        await self._news(self._sessions, take, now, self._open_since)
        if not self._sessions.reading:
            self._open_since = None

    async def _read_others(self, own: Own, now: datetime, *, hurry: bool) -> None:
        """Read what is new in the lists that are due."""
        gap = SOON if hurry else LOCATIONS_GAP
        if self._wants(Module.LOCATIONS, self._locations, now, gap):
            await self._beside(Module.LOCATIONS, self.read_locations(now), now)
        gap = TARIFFS_SOON if self.prices.missing else TARIFFS_GAP
        if self._wants(Module.TARIFFS, self._tariffs, now, gap):
            await self._beside(Module.TARIFFS, self._read_tariffs(now), now)
        gap = CDRS_SOON if self.bills.want(now) else CDRS_GAP
        if self._wants(Module.CDRS, self._cdrs, now, gap):
            await self._beside(Module.CDRS, self._read_cdrs(own, now), now)

    async def _read_past(self, own: Own, now: datetime) -> None:
        """Read some of the past: of sessions first, because CDRs are for them."""
        if self._rests(now):
            return
        self._look_back(now)

        def take(raw: msgspec.Raw) -> None:
            self._session(raw, own, now, past=True)

        try:
            await self._each(self._sessions.more(now, self._back(now)), take)
        except RateLimitError as err:
            self._rest(err, now)
        if self._sessions.complete and self._cdrs.looking_back and not self._rests(now):
            past = self._cdrs.more(now, self._pages)
            reading = self._each(past, lambda raw: self._cdr(raw, own, now))
            await self._beside(Module.CDRS, reading, now)

    @property
    def _pages(self) -> int:
        """Return how many pages of the past may be read at this poll.

        Where no list names the places, only the past does.
        """
        long = not self._first or not self.client.offers(Module.LOCATIONS)
        return PAGES_AT_ONCE if long else PAGES_AT_FIRST

    def _back(self, now: datetime) -> int:
        """Return how many pages of past sessions may be read at this poll.

        What a first run wants to know soon, a daily look back has a day for.
        """
        if not self._sweeping:
            return self._pages
        if self._paged_at is not None and now - self._paged_at < SWEEP_GAP:
            return 0
        self._paged_at = now if self._sessions.looking_back else self._paged_at
        return 1

    def _look_back(self, now: datetime) -> None:
        """Begin to read the past of sessions where that is due."""
        if not self._sessions.complete:
            self._sessions.look_back(now, COLD)
            self._swept_at = now
        elif self._swept_at is None or now - self._swept_at >= DAY:
            # Where no list names the places, only the past does.
            first = self._swept_at is None and not self.client.offers(Module.LOCATIONS)
            self._sweeping = not first
            self._sessions.look_back(now, COLD if first else SWEEP)
            self._swept_at = now

    async def _read_tariffs(self, now: datetime) -> None:
        """Read all tariffs."""
        self.prices.missing = False
        await self._news(self._tariffs, self._tariff, now)

    async def _read_cdrs(self, own: Own, now: datetime) -> None:
        """Read the CDRs that have come; once the past is to be read too."""
        await self._news(self._cdrs, lambda raw: self._cdr(raw, own, now), now)
        if not self._cdrs.complete:
            self._cdrs.look_back(now, COLD)

    def _wants(self, module: Module, feed: Feed, now: datetime, gap: timedelta) -> bool:
        """Tell whether a list is there and due, and may be read now."""
        return (
            not self._rests(now) and self.client.offers(module) and feed.due(now, gap)
        )

    def _rest(self, err: RateLimitError, now: datetime) -> None:
        """Leave all but sessions alone for as long as the back end wishes."""
        pause = timedelta(seconds=err.retry_after) if err.retry_after else REST
        self._rests_until = now + pause

    def _rests(self, now: datetime) -> bool:
        """Tell whether only sessions are to be read."""
        return self._rests_until is not None and now < self._rests_until

    async def _news(
        self,
        feed: Feed,
        take: Callable[[msgspec.Raw], None],
        now: datetime,
        not_after: datetime | None = None,
    ) -> None:
        """Take what is new; where a part has come, fewer requests are no failure."""
        before = feed.got
        try:
            await self._each(feed.fresh(now, not_after), take)
        except RateLimitError as err:
            if feed.got == before:
                raise
            self._rest(err, now)

    async def _each(
        self, pages: AsyncIterator[Rows], take: Callable[[msgspec.Raw], None]
    ) -> None:
        """Take each object of a list."""
        async for rows in pages:
            await in_slices(rows, take)

    async def _beside(
        self, module: Module, reading: Awaitable[None], now: datetime
    ) -> None:
        """Read a list that the account can do without.

        Sessions have just been read with the same token, so a refusal is about this
        list alone.
        """
        try:
            await reading
        except AuthenticationError, ForbiddenError:
            self.refused.add(module.value)
        except RateLimitError as err:
            self._rest(err, now)
        except ProviderError as err:
            _LOGGER.debug("The %s could not be read: %s", module.value, err)
        else:
            self.refused.discard(module.value)

    def _session(
        self, raw: msgspec.Raw, own: Own, now: datetime, *, past: bool = False
    ) -> None:
        """Take a session of a list."""
        reading = self._mapper.session(raw, own, now)
        if reading is None:
            self.unreadable += 1
            return
        self._sessions.saw(reading.updated_at, now)
        if reading.foreign:
            self.foreign.add(reading.session.key, now)
            return
        if reading.location is not None and self.places.learn(reading.location):
            self.version += 1
        if not self.book.add(reading, raw, now):
            return
        self.bills.sessions([reading])
        # What a session does changes its EVSE, and in the end there is a bill.
        if not reading.session.running:
            self._hurry |= not past
            self._past[reading.session.key] = self.complete(reading.session)

    def _place(self, raw: msgspec.Raw, now: datetime) -> None:
        """Take a location of a list."""
        place = self._mapper.location(raw)
        if place is None:
            self.unreadable += 1
            return
        self._locations.saw(place.updated_at, now)
        self.places.add(place)
        self.version += 1

    def _tariff(self, raw: msgspec.Raw) -> None:
        """Take a tariff of a list."""
        tariff = self._mapper.tariff(raw)
        if tariff is None:
            self.unreadable += 1
        else:
            self.prices.add(tariff)
            self.version += 1

    def _cdr(self, raw: msgspec.Raw, own: Own, now: datetime) -> None:
        """Take a CDR of a list."""
        bill = self._mapper.cdr(raw, own, now)
        if bill is None:
            self.unreadable += 1
            return
        self._cdrs.saw(bill.updated_at, now)
        self.bills.add([bill], now)
        self.version += 1
