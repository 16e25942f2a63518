"""An account of a customer of EVnnovator's gateway: its drivers, one by one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
import logging
from typing import Any, override

from ..errors import (
    AuthenticationError,
    CommandRefusedError,
    ForbiddenError,
    ProviderError,
    ProviderTimeoutError,
    RateLimitError,
    ResponseError,
)
from ..model import (
    Account,
    ChargePoint,
    CostBasis,
    Location,
    Ownership,
    Session,
    Snapshot,
)
from ..oauth import TokenKeeper
from ..policy import PollPolicy
from ..provider import Capability, Kept, Provider
from ..transport import Answer, Transport, raise_for_status
from . import mapping
from .bills import Bills, Waiting
from .client import Client
from .drivers import Driver
from .pulse import Pulse
from .whitelist import Whitelist

_LOGGER = logging.getLogger(__name__)

AT_ONCE = 4
BILLS = "bills"
CDRS = "cdrs"
# Energy that was reported so lately still flows.
LIVE = timedelta(minutes=2)
# What is searched for to prove the credentials: hardly anything is called so.
PROOF = "EVnnovator"
NOTHING = frozenset({"rejected", "notsupported", "unknownsession"})


def policy(drivers: int) -> PollPolicy:
    """Return the cadence for so many drivers: a request for each per poll."""
    return PollPolicy(
        active=timedelta(seconds=60),
        idle=timedelta(minutes=5),
        after_command=tuple(timedelta(seconds=gap) for gap in (10, 20, 40, 80)),
        elsewhere=timedelta(minutes=5),
        budget=60 + 90 * max(drivers, 1),
    )


class EvnnovatorProvider(Provider):
    """Reads and commands the latest session of each driver."""

    cost_basis = CostBasis.NET
    capabilities = frozenset(
        {
            Capability.START,
            Capability.STOP,
            Capability.COST,
            Capability.REGISTER,
            Capability.SEARCH,
        }
    )

    def __init__(
        self,
        transport: Transport,
        keeper: TokenKeeper,
        kept: Kept,
        *,
        realm: str,
        title: str,
        now: Callable[[], datetime],
    ) -> None:
        """Take the account's transport, its drivers and the clock."""
        self.transport = transport
        self._keeper = keeper
        self._account = Account(id=realm, title=title)
        self._now = now
        self._client = Client(transport)
        self._mapper = mapping.Mapper(realm)
        self._drivers = {one.key: one for one in map(Driver, kept.parts)}
        self._whitelist = Whitelist(self._client, self._drivers.values(), kept.cursors)
        self._bills = Bills(kept.cursors.get(BILLS), self._drivers)
        self._refused: set[str] = set()
        self._told: set[str] = set()
        self.policy = policy(len(self._drivers))

    @override
    async def account(self) -> Account:
        """Return the account, which the gateway has no name for."""
        return self._account

    @override
    async def charge_points(self) -> tuple[ChargePoint, ...]:
        """List the drivers, after a request that proves the credentials."""
        mapping.locations(await self._client.search(PROOF))
        return tuple(driver.point(None) for driver in self._drivers.values())

    @override
    async def snapshot(self) -> Snapshot:
        """Read the latest session of each driver, and the CDRs that are due."""
        now = self._now()
        outcomes = await self._read_all(now)
        _raise_common(outcomes)
        points = {
            key: self._drivers[key].point(one)
            for key, one in outcomes.items()
            if not isinstance(one, ProviderError)
        }
        shown = {one.id for one in outcomes.values() if isinstance(one, Session)}
        past = await self._past(shown, now)
        self._tell_unknown()
        return Snapshot(
            charge_points=points,
            broken=frozenset(outcomes.keys() - points.keys()),
            past=past,
            cursors=self._cursors(),
            refused=frozenset(self._refused),
        )

    @override
    async def session(self, session: Session) -> Session:
        """Read one session by its id, and its CDR where that exists."""
        now = self._now()
        found = await self._by_id(session.id, session.evse_id, session.ownership, now)
        driver = session.evse_id or ""
        self._bills.hurry(found.id, now)
        return await self._settled(found, driver, now)

    @override
    async def sessions(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[Session, ...]]:
        """Stream nothing: the gateway lists no sessions."""
        pages: tuple[tuple[Session, ...], ...] = ()
        for page in pages:
            yield page

    @override
    async def start(self, charge_point_id: str, evse_id: str) -> Session | None:
        """Start charging where the driver's settings say (5.4).

        Nothing is sent while energy flows there already. Only later reads show whether
        an accepted start came to anything.
        """
        driver = self._driver(charge_point_id)
        if driver.location_id is None or driver.evse_uid is None:
            raise CommandRefusedError("no_place")
        body: dict[str, Any] = {
            "location_id": driver.location_id,
            "evse_uid": driver.evse_uid,
            "token_uid": await self._whitelist.token_uid(driver),
        }
        if (limit := driver.limit_kwh) is not None:
            whole = int(limit) if limit.is_integer() else limit
            body["autostop_session"] = {"type": "ENERGY", "value": whole}
        now = self._now()
        reading = await self._latest(driver, now)
        before = await self._shown(driver, reading, now)
        if reading is not None and before is not None and _flows(before, now):
            if reading.evse_uid == driver.evse_uid.casefold():
                return before
            raise CommandRefusedError("not_startable")
        driver.expect(now, None if before is None else before.id)
        try:
            answer = await self._client.start(body)
        except AuthenticationError:
            driver.forget_start()
            raise
        if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            driver.forget_start()
        if not _accepted(answer, absent="not_found"):
            driver.forget_start()
            raise CommandRefusedError("rejected")
        return None

    @override
    async def stop(self, session: Session) -> None:
        """Ask for the end of a session; its CDR is then looked for at each poll."""
        self._bills.hurry(session.id, self._now())
        answer = await self._client.stop(session.id)
        if not _accepted(answer, absent="not_stoppable"):
            raise CommandRefusedError("not_stoppable")

    @override
    async def register(self, charge_point_id: str) -> None:
        """Make a driver known to the gateway, and where the driver charges."""
        await self._whitelist.register(self._driver(charge_point_id))

    @override
    async def search(self, text: str) -> tuple[Location, ...]:
        """Find locations by their name or address."""
        return mapping.locations(await self._client.search(text))

    @override
    async def close(self) -> None:
        """Wait for a token renewal under way."""
        await self._keeper.close()

    def _driver(self, charge_point_id: str) -> Driver:
        """Return the driver that a charge point stands for."""
        if (driver := self._drivers.get(charge_point_id)) is None:
            raise CommandRefusedError("not_found")
        return driver

    def _cursors(self) -> dict[str, str]:
        """Return everything that is to be kept over a restart."""
        return {**self._whitelist.cursors, BILLS: self._bills.kept}

    async def _read_all(
        self, now: datetime
    ) -> dict[str, Session | ProviderError | None]:
        """Read all drivers, some at once; one that fails costs nobody else."""
        turn = asyncio.Semaphore(AT_ONCE)

        async def read(driver: Driver) -> Session | ProviderError | None:
            async with turn:
                try:
                    reading = await self._latest(driver, now)
                    return await self._shown(driver, reading, now)
                except ProviderError as err:
                    return err

        async with asyncio.TaskGroup() as group:
            tasks = {
                key: group.create_task(read(driver))
                for key, driver in self._drivers.items()
            }
        return {key: task.result() for key, task in tasks.items()}

    async def _latest(self, driver: Driver, now: datetime) -> mapping.Reading | None:
        """Read a driver's latest session; a 404 says that there is none."""
        answer = await self._client.latest(driver.driver_id)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        return self._mapper.reading(answer.body, self._asked(driver.key, now))

    async def _shown(
        self, driver: Driver, reading: mapping.Reading | None, now: datetime
    ) -> Session | None:
        """Return a latest session with what else is known of it."""
        session = driver.session(reading, now)
        return (
            None if session is None else await self._settled(session, driver.key, now)
        )

    async def _by_id(
        self, session_id: str, evse_id: str | None, whose: Ownership, now: datetime
    ) -> Session:
        """Read one session by the gateway's id."""
        body = await self._client.session(session_id)
        reading = self._mapper.session(body, self._asked(evse_id, now, whose))
        if reading.session.id != session_id:
            raise ResponseError("The answer holds another session")
        if not reading.session.running:
            return reading.session
        return Pulse(session_id, now).felt(reading.session, reading.heard_at, now)

    async def _settled(self, session: Session, driver: str, now: datetime) -> Session:
        """Return a session with its CDR, which is asked for where that is due."""
        bill = self._bills.known(session.id)
        if bill is None and self._bills.want(session, driver, now):
            bill = await self._bill(session.id, session.reference, now)
        return session if bill is None else mapping.settled(session, bill)

    async def _bill(
        self, session_id: str, reference: str | None, now: datetime
    ) -> mapping.Bill | None:
        """Ask for a CDR; that there is none yet is no failure."""
        bill = None
        try:
            if reference is not None:
                answer = await self._client.cdr(reference)
                self._refused.discard(CDRS)
                if answer.status != HTTPStatus.NOT_FOUND:
                    bill = mapping.bill(answer.body, reference, now)
        except AuthenticationError:
            raise
        except ForbiddenError:
            self._refused.add(CDRS)
        except ProviderError as err:
            _LOGGER.debug("A CDR could not be read: %s", err)
        self._bills.asked(session_id, bill, now)
        return bill

    async def _past(self, shown: set[str], now: datetime) -> tuple[Session, ...]:
        """Return sessions before the latest whose CDR has come."""
        found = []
        for one in list(self._bills.others(shown, now)):
            session = self._bills.session(one.id) or await self._again(one, now)
            if session is None:
                self._bills.asked(one.id, None, now)
                continue
            bill = await self._bill(one.id, one.reference, now)
            if bill is not None:
                found.append(mapping.settled(session, bill))
        return tuple(found)

    async def _again(self, one: Waiting, now: datetime) -> Session | None:
        """Read a session that waited over a restart, ``None`` where that fails."""
        try:
            return await self._by_id(one.id, one.driver, Ownership.OWN, now)
        except AuthenticationError:
            raise
        except ProviderError:
            return None

    def _asked(
        self, evse_id: str | None, now: datetime, whose: Ownership = Ownership.OWN
    ) -> mapping.Asked:
        """Return what a session is mapped with."""
        return mapping.Asked(
            evse_id=evse_id, own=self._whitelist.own, now=now, assumed=whose
        )

    def _tell_unknown(self) -> None:
        """Log each unknown word once."""
        for found in sorted(self._mapper.unknown - self._told):
            _LOGGER.warning("The gateway uses an unknown word: %s", found)
        self._told |= self._mapper.unknown


def _raise_common(outcomes: Mapping[str, Session | ProviderError | None]) -> None:
    """Raise what concerns the whole account: credentials, or nobody readable."""
    failures = [one for one in outcomes.values() if isinstance(one, ProviderError)]
    for one in failures:
        if isinstance(one, AuthenticationError | RateLimitError):
            raise one
    common = [one for one in failures if not isinstance(one, mapping.BrokenRecordError)]
    if common and len(common) == len(outcomes):
        raise common[0]


def _flows(session: Session, now: datetime) -> bool:
    """Tell whether a session surely draws energy now."""
    if not session.running or session.stale or not session.power_kw:
        return False
    return session.reported_at is not None and now - session.reported_at <= LIVE


def _accepted(answer: Answer, *, absent: str) -> bool:
    """Tell whether a command was accepted; no answer is taken for a yes."""
    if answer.status == HTTPStatus.NOT_FOUND:
        raise CommandRefusedError(absent)
    raise_for_status(answer)
    result = mapping.command_result(answer.body)
    if result == "timeout":
        raise ProviderTimeoutError("The operator did not answer the gateway in time")
    if result != "accepted" and result not in NOTHING:
        raise ResponseError("The answer to a command cannot be understood")
    return result == "accepted"
