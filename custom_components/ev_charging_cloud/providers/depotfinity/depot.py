"""A depot as polls see it: its connectors, and what is worth asking about them."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
import logging

from ..errors import ForbiddenError, ResponseError
from ..model import ChargePoint, Evse, Session, Snapshot
from ..transport import Transport
from .book import Book
from .client import Client
from .connectors import Place, keep, kept, place_of
from .features import TRANSACTIONS
from .gate import Gate
from .history import History
from .live import Live
from .mapping import Mapper
from .reports import Reports
from .transactions import Transactions

_LOGGER = logging.getLogger(__name__)

# So long after a command or a change of status, transactions are read at each poll.
URGENT = timedelta(minutes=3)
# What the turns of connectors not in use must leave for the next poll.
RESERVE = 4
# Where transactions are refused, reports are asked for so often, and so far back.
ALONE = timedelta(hours=1)
FIRST_REPORTS = timedelta(days=30)


class Depot:
    """Everything that is known of one account."""

    def __init__(
        self,
        transport: Transport,
        realm: str,
        entered: tuple[Place, ...],
        cursors: Mapping[str, str],
    ) -> None:
        """Take the connectors that were entered, and what an earlier run had learnt."""
        self.client = Client(transport)
        self.gate = Gate(transport)
        self._mapper = Mapper(realm)
        self._places = dict.fromkeys((*entered, *kept(cursors.get("chargers", ""))))
        self._book = Book(cursors.get("alone", ""))
        parts = (self.client, self._mapper, self._book, self.gate)
        self._transactions = Transactions(*parts, cursors)
        self._reports = Reports(*parts)
        self._history = History(self._transactions, self._reports, self.gate)
        self._live = Live(self.client, self.gate)
        self._shown: dict[Place, str] = {}
        self._asked: dict[Place, datetime] = {}
        self._hot: dict[Place, datetime] = {}
        self._urgent: datetime | None = None
        self._lost = 0

    @property
    def unknown(self) -> set[str]:
        """Return the words that nobody knows."""
        return self._live.statuses.unknown

    @property
    def running(self) -> int:
        """Return how many charges are under way."""
        return len(self._drawing())

    def place(self, evse_id: str) -> Place | None:
        """Return the connector that an EVSE is."""
        return next((one for one in self._places if one.evse_id == evse_id), None)

    def commanded(self, place: Place, now: datetime) -> None:
        """Look closely at a connector that was sent a command."""
        self._urgent = self._hot[place] = now + URGENT

    async def find(self, now: datetime) -> None:
        """Look for chargers, and fail where the account may see nothing."""
        self.gate.begin(self.running)
        await self._read_transactions(now)
        if TRANSACTIONS in self.gate.features.refused:
            await self._live.read_statuses(list(self._places)[:1], now)
            self._want_reports(now)
            await self._reports.read(now)
        self._finish()

    async def poll(self, now: datetime) -> None:
        """Read what is due: those in use first, the others as far as it goes."""
        self.gate.begin(self.running)
        urgent = self._urgent is not None and now < self._urgent
        await self._read_transactions(now, urgent=urgent)
        used = self._used(now)
        if await self._live.read_statuses(used, now):
            self._urgent = now + URGENT
            if not urgent:
                await self._read_transactions(now, urgent=True)
        await self._live.read_series(self._charges(), now)
        self._want_reports(now)
        await self._reports.read(now)
        others = [place for place in self._places if place not in used]
        if await self._live.read_statuses(others, now, reserve=RESERVE):
            self._urgent = now + URGENT
        self._finish()

    def snapshot(self, now: datetime) -> Snapshot:
        """Return what is known, and what of the past is news."""
        unreadable = self._unreadable()
        covered = self._transactions.covered
        if TRANSACTIONS in self.gate.features.refused:
            # Then every report is a charge of its own.
            covered = (now - 2 * FIRST_REPORTS, now + FIRST_REPORTS)
        past = self._book.news(now, covered)
        return Snapshot(
            charge_points=self.charge_points(now),
            unreadable=unreadable,
            past=past,
            cursors={
                **self._transactions.cursors,
                "chargers": keep(self._places),
                "alone": self._book.stubs,
            },
            refused=self.gate.features.refused,
        )

    def charge_points(self, now: datetime) -> dict[str, ChargePoint]:
        """Return all chargers with their connectors."""
        evses: dict[str, list[Evse]] = {}
        for place in sorted(self._places, key=_in_order):
            charge = self._charge(place)
            evse = self._live.evse(place, charge, now)
            evses.setdefault(place.charger, []).append(evse)
        return {
            charger: ChargePoint(id=charger, name=charger, evses=tuple(found))
            for charger, found in evses.items()
        }

    async def again(self, session: Session, now: datetime) -> Session:
        """Read one charge again, which an earlier poll or run had found."""
        place = place_of(session)
        if self._book.charge(place.evse_id, session.key) is None or session.running:
            self._book.add_transactions(
                [one]
                if (one := await self._history.transaction(place, session, now))
                else []
            )
        found = self._book.charge(place.evse_id, session.key)
        if found is None:
            raise ResponseError("The back end no longer has the session")
        return self._live.evse(place, found, now).session or found

    def past(
        self, since: datetime, until: datetime, now: datetime
    ) -> AsyncIterator[tuple[Session, ...]]:
        """Stream the charges that began in a span of time."""
        return self._history.read(tuple(self._places), since, until, now)

    async def _read_transactions(self, now: datetime, *, urgent: bool = False) -> None:
        """Read transactions, and learn connectors from them."""
        hurry = urgent and self.gate.left() > 0
        await self._transactions.read(now, urgent=hurry)
        self._places |= self._book.places

    def _want_reports(self, now: datetime) -> None:
        """Ask for reports where a charge has ended."""
        for one in self._book.ended:
            end = one.ended_at or now
            self._reports.want(place_of(one), one.started_at or end, end)
        self._book.ended.clear()
        if TRANSACTIONS not in self.gate.features.refused:
            return
        for place in self._places:
            last = self._asked.get(place, now - FIRST_REPORTS)
            if now - last >= ALONE:
                self._asked[place] = now
                self._reports.want(place, last, now)

    def _unreadable(self) -> int:
        """Return how many records could not be read, and tell where they got more."""
        found = self._transactions.unreadable + self._reports.unreadable
        self._transactions.unreadable = self._reports.unreadable = 0
        if found > self._lost:
            _LOGGER.warning("%s records could not be read", found)
            self._lost = found
        return found

    def _finish(self) -> None:
        """Fail where nothing was answered, or every feature that was tried is refused."""
        self.gate.end()
        if self.gate.features.hopeless:
            raise ForbiddenError("The account has no right to any feature")

    def _charge(self, place: Place) -> Session | None:
        """Return the charge to show: the running one, or the one that was shown."""
        charge = self._book.running(place.evse_id)
        if charge is not None:
            self._shown[place] = charge.key
        elif (key := self._shown.get(place)) is not None:
            charge = self._book.charge(place.evse_id, key)
        return charge

    def _charges(self) -> dict[Place, Session]:
        """Return the running charges that their connectors do not deny."""
        return {
            place: charge
            for place in self._places
            if (charge := self._book.running(place.evse_id)) is not None
            and not self._live.stale(place, charge)
        }

    def _drawing(self) -> set[Place]:
        """Return the connectors at which a charge is under way."""
        drawing = {place for place in self._places if self._live.drawing(place)}
        return drawing | set(self._charges())

    def _used(self, now: datetime) -> set[Place]:
        """Return the connectors to read at each poll."""
        self._hot = {key: until for key, until in self._hot.items() if now < until}
        return self._drawing() | set(self._hot)


def _in_order(place: Place) -> tuple[str, int, str]:
    """Return what to sort a connector by: 2 comes before 10."""
    return place.charger, len(place.connector), place.connector
