"""An account of an OCPI party at a charge point operator or hub."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
import logging
from typing import Any, Protocol, override

import msgspec

from ..errors import CommandRefusedError, ResponseError
from ..model import (
    Account,
    ChargePoint,
    CostBasis,
    Location,
    Ownership,
    Session,
    Snapshot,
    Tariff,
)
from ..policy import PollPolicy
from ..provider import Capability, Kept, Preference, Provider
from .book import Known
from .client import Client, Module
from .commands import Commands, new_reference
from .mapping import Mapper, Own, Place
from .prices import costed
from .reader import Reader
from .tokens import Party, Token

_LOGGER = logging.getLogger(__name__)

MOST_REFERENCES = 50
FIRST_VERSION = "2.1.1"
ENCODING = "encoding"
ALWAYS = frozenset(
    {
        Capability.COST,
        Capability.HISTORY,
        Capability.ELSEWHERE,
        Capability.ROAMING,
    }
)


class Translator(Protocol):
    """Makes plain OCPI of a dialect."""

    @property
    def ambiguous(self) -> bool:
        """Tell whether something could not be translated for sure."""

    def __call__(self, kind: str, source: Any) -> Any:
        """Return an object of this kind as the standard has it."""


class OcpiProvider(Provider):
    """Reads the sessions of the account's tokens wherever they charge."""

    cost_basis = CostBasis.NET
    capabilities = ALWAYS | {Capability.SEARCH}
    policy = PollPolicy(
        active=timedelta(seconds=60),
        # Ten reads an hour, so that the daily look back fits too.
        idle=timedelta(minutes=6),
        after_command=tuple(timedelta(seconds=gap) for gap in (5, 10, 20, 40, 60, 60)),
        elsewhere=timedelta(minutes=6),
        budget=300,
    )

    def __init__(
        self,
        client: Client,
        translate: Translator | None,
        kept: Kept,
        *,
        account: Account,
        party: Party | None,
        now: Callable[[], datetime],
    ) -> None:
        """Take the account's client, what was kept of it, and the clock."""
        self.transport = client.transport
        self._client, self._account, self._translate = client, account, translate
        self._mapper = mapper = Mapper(account.id, translate)
        self._now, self._party = now, party
        self._tokens = {one.key: one for one in (Token(p, party) for p in kept.parts)}
        references = kept.cursors.get("references", "").split()
        parties = {one.party for one in self._tokens.values() if one.party}
        if party is None and len(parties) == 1:
            self._party = parties.pop()
        self._references = deque(references, maxlen=MOST_REFERENCES)
        self._reader = Reader(client, mapper, kept.cursors)
        self._commands = Commands(client, client.transport.connection)
        self._carried: dict[str, str] = {}
        self._told: set[str] = set()
        self._told_more = False
        self._lost = 0

    @override
    async def account(self) -> Account:
        """Return the account, after the operator has shown its modules."""
        await self._open()
        return self._account

    @override
    async def charge_points(self) -> tuple[ChargePoint, ...]:
        """List the locations; where there is no list, those of sessions."""
        await self._open()
        now = self._now()
        if self._client.offers(Module.LOCATIONS):
            await self._reader.read_locations(now)
        else:
            await self._reader.poll(self._own(), now)
        return tuple(self._points(now).values())

    @override
    async def snapshot(self) -> Snapshot:
        """Read what is due, and show it."""
        await self._open()
        now = self._now()
        await self._reader.poll(self._own(), now)
        points = self._points(now)
        uids = {token.uid.casefold() for token in self._tokens.values()}
        carried = set()
        for token in self._tokens.values():
            others = uids - {token.uid.casefold()}
            known = self._reader.book.get(self._carried.get(token.key, ""))
            if known is None or not self._is_live(known, now):
                uid = token.uid.casefold()
                known = self._reader.book.of(uid, token.names, others)
            if known is not None:
                # A token may charge twice at once; the first is shown to its end.
                self._carried[token.key] = known.reading.session.key
                carried.add(id(known))
            points[token.key] = token.point(self._shown(known, now))
        unreadable = self._tell()
        return Snapshot(
            charge_points=points,
            elsewhere=self._elsewhere(carried, now),
            unreadable=unreadable,
            past=self._reader.past(),
            cursors={
                **self._reader.cursors(now),
                "references": " ".join(self._references),
                ENCODING: self._client.encoding,
            },
            refused=frozenset(self._reader.refused),
            troubles=self._troubles(),
        )

    @override
    async def session(self, session: Session) -> Session:
        """Read the list again: no session is read alone (5)."""
        await self._open()
        now, own = self._now(), self._own()
        known = self._reader.book.get(session.key)
        if known is None or known.reading.session.running:
            await self._reader.again(own, now)
            known = self._reader.book.get(session.key)
        found = self._shown(known, now)
        if found is None:
            found = await self._reader.find(own, session, now)
        if found is None:
            raise ResponseError("The session is not in the list")
        return found

    @override
    async def sessions(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[Session, ...]]:
        """Stream the sessions that were updated in a span of time, page by page."""
        await self._open()
        pages = self._reader.history(since, until, self._own(), self._now())
        async for page in pages:
            yield page

    @override
    async def start(self, charge_point_id: str, evse_id: str) -> Session | None:
        """Ask for a start with the token of the device, or else with the first one."""
        token, place, evse_id = self._aim(charge_point_id, evse_id)
        now = self._now()
        # What was running a minute ago may be over, and the other way round.
        await self._reader.again(self._own(), now)
        known = self._shown(self._reader.book.at(evse_id), now)
        if known is not None and known.running and not known.stale:
            if self._is_of(known, token):
                return known
            raise CommandRefusedError("not_startable")
        reference = new_reference()
        self._references.append(reference)
        self._reader.hurry()
        await self._commands.start(token, place, evse_id, reference, now)
        return None

    @override
    async def stop(self, session: Session) -> None:
        """Ask for the end of a session."""
        self._reader.hurry()
        await self._commands.stop(session, self._owner(session))

    @override
    async def unlock(self, charge_point_id: str, evse_id: str) -> None:
        """Ask for the release of a cable."""
        if (place := self._reader.places.home(evse_id)) is None:
            raise CommandRefusedError("not_found")
        await self._commands.unlock(place, evse_id)

    @override
    async def prefer(self, session: Session, preference: Preference) -> None:
        """Say how a session is to be charged, and remember what was accepted."""
        await self._commands.prefer(session, preference, self._owner(session))
        if (known := self._reader.book.get(session.key)) is not None:
            known.preference = preference.profile.value

    @override
    async def register(self, charge_point_id: str) -> None:
        """Put a token to the operator, because the user asked for it."""
        if (token := self._tokens.get(charge_point_id)) is None:
            raise CommandRefusedError("not_found")
        await self._commands.register(token, self._now())

    @override
    async def search(self, text: str) -> tuple[Location, ...]:
        """Find locations among those that the operator lists."""
        await self._open()
        if not len(self._reader.places):
            await self._reader.read_locations(self._now())
        return self._reader.places.search(text)

    @override
    async def close(self) -> None:
        """Do nothing: a static token has nothing to save."""

    async def _open(self) -> None:
        """Find the modules, and what they and the user's tokens allow."""
        await self._client.open()
        offers = self._client.offers
        found = set(ALWAYS)
        if offers(Module.TARIFFS):
            found.add(Capability.TARIFF)
        if offers(Module.LOCATIONS):
            found.add(Capability.SEARCH)
        if offers(Module.COMMANDS):
            found |= {Capability.STOP, Capability.UNLOCK}
            found |= {Capability.START} if self._tokens else set()
        if offers(Module.TOKENS) and self._tokens:
            found.add(Capability.REGISTER)
        if self._client.version != FIRST_VERSION:
            found.add(Capability.PREFERENCES)
        self.capabilities = frozenset(found)

    def _owner(self, session: Session) -> Party | None:
        """Return which operator a session is at, as far as it is known."""
        if (known := self._reader.book.get(session.key)) is not None:
            return known.reading.owner
        place = self._reader.places.home(session.evse_id)
        return None if place is None else place.owner

    def _own(self) -> Own:
        """Return whose sessions are the account's own."""
        return Own(
            tokens=frozenset(
                name for token in self._tokens.values() for name in token.names
            ),
            contracts=frozenset(
                name
                for token in self._tokens.values()
                if (name := token.contract) is not None
            ),
            references=frozenset(self._references),
            party=self._party,
        )

    def _aim(self, charge_point_id: str, evse_id: str) -> tuple[Token, Place, str]:
        """Return the token and the EVSE of a start."""
        if not self._tokens:
            raise CommandRefusedError("no_token")
        token = self._tokens.get(charge_point_id)
        if token is not None:
            if token.location is None or token.evse is None:
                raise CommandRefusedError("no_place")
            evse_id = token.evse
        else:
            token = next(iter(self._tokens.values()))
        if (place := self._reader.places.home(evse_id)) is None:
            raise CommandRefusedError("not_found")
        return token, place, evse_id

    def _is_of(self, session: Session, token: Token) -> bool:
        """Tell whether a session was begun with a token, or from here."""
        known = self._reader.book.get(session.key)
        if known is None:
            return False
        from_here = known.reading.reference in self._references
        return from_here or bool(known.reading.tokens & token.names)

    def _is_live(self, known: Known, now: datetime) -> bool:
        """Tell whether a session surely runs; some operators never end one."""
        session = self._shown(known, now)
        return session is not None and session.is_heard(now)

    def _shown(self, known: Known | None, now: datetime) -> Session | None:
        """Return a session with all that is known of it."""
        if known is None:
            return None
        reader = self._reader
        seen = (known.reading, reader.version)
        if known.shown is not None and known.shown[0] == seen:
            return known.shown[1]
        session = reader.complete(known.session(now))
        if session.cost is None:
            place = reader.places.home(session.evse_id)
            cost = costed(reader.prices, self._mapper, known, session, place, now)
            session = msgspec.structs.replace(session, cost=cost)
        # One that runs depends on the time too.
        known.shown = None if session.running else (seen, session)
        return session

    def _points(self, now: datetime) -> dict[str, ChargePoint]:
        """Return the locations with what runs there."""
        reader = self._reader

        def session(evse_id: str) -> Session | None:
            return self._shown(reader.book.at(evse_id), now)

        def tariff(place: Place, evse_id: str) -> Tariff | None:
            ids = place.tariff_ids.get(evse_id, ())
            return reader.prices.shown(place.owner, ids, place.zone, now)

        return reader.places.points(session, tariff)

    def _elsewhere(self, carried: set[int], now: datetime) -> tuple[Session, ...]:
        """Return running sessions that neither a location nor a token shows.

        Those of other cards are left out: one place cannot show everybody's.
        """
        found = (
            self._shown(one, now)
            for one in self._reader.book.running()
            if self._reader.places.home(one.reading.session.evse_id) is None
            and id(one) not in carried
        )
        shown = [
            one
            for one in found
            if one is not None
            and not one.stale
            and one.ownership is not Ownership.FOREIGN
        ]
        return tuple(sorted(shown, key=lambda one: one.started_at or now, reverse=True))

    def _troubles(self) -> dict[str, str]:
        """Return what went wrong that a user should know."""
        found = dict(self._client.troubles)
        if self._reader.foreign:
            found["foreign_sessions"] = str(len(self._reader.foreign))
        if self._reader.bills.unjoined:
            found["unjoined_cdrs"] = str(self._reader.bills.unjoined)
        if self._translate is not None and self._translate.ambiguous:
            found["unknown_numbering"] = self._account.title
        return found

    def _tell(self) -> int:
        """Log each unknown word once, and unreadable objects where they got more.

        Return how many these were in this poll.
        """
        for found in sorted(self._mapper.unknown - self._told):
            _LOGGER.warning("The operator uses an unknown word: %s", found)
        self._told |= self._mapper.unknown
        if self._mapper.unknown.more and not self._told_more:
            self._told_more = True
            _LOGGER.warning("The operator uses more unknown words")
        lost, self._reader.unreadable = self._reader.unreadable, 0
        if lost > self._lost:
            _LOGGER.warning("%s objects could not be read", lost)
        self._lost = lost
        return lost
