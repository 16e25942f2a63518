"""A driver's account at an AMPECO operator."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
import logging
from typing import override
from zoneinfo import ZoneInfo

import msgspec

from ..errors import CommandRefusedError, ProviderError, RateLimitError, ResponseError
from ..model import (
    Account,
    ChargePoint,
    Evse,
    EvseStatus,
    PricePeriod,
    Session,
    Snapshot,
)
from ..oauth import TokenKeeper
from ..policy import PollPolicy
from ..provider import Capability, Provider
from ..transport import Transport, raise_for_status
from . import mapping
from .auth import subject
from .client import Client
from .elsewhere import ElsewhereWatch
from .operators import Operator

_LOGGER = logging.getLogger(__name__)

SLICE = 25
PAGE = 100
REFUSED = {
    EvseStatus.AVAILABLE: "no_car",
    EvseStatus.UNAVAILABLE: "unavailable",
    EvseStatus.FAULTED: "unavailable",
}
ABSENT = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
OTHER_PATH = {"end": "stop", "stop": "end"}


class AmpecoProvider(Provider):
    """Reads and commands the driver's charge points."""

    capabilities = frozenset(
        {
            Capability.START,
            Capability.STOP,
            Capability.RESTART,
            Capability.COST,
            Capability.TARIFF,
            Capability.FORECAST,
            Capability.HISTORY,
            Capability.ELSEWHERE,
            Capability.MONTH,
            Capability.VEHICLE_BATTERY,
        }
    )
    policy = PollPolicy(
        active=timedelta(seconds=30),
        idle=timedelta(minutes=5),
        after_command=tuple(timedelta(seconds=gap) for gap in (5, 10, 20, 40)),
        elsewhere=timedelta(minutes=5),
        budget=360,
    )

    def __init__(
        self,
        transport: Transport,
        keeper: TokenKeeper,
        operator: Operator,
        *,
        realm: str,
        title: str,
    ) -> None:
        """Take the account's transport and what is particular to its operator."""
        self.transport = transport
        self._keeper = keeper
        self._operator = operator
        self._realm = realm
        self._title = title
        self._client = Client(transport)
        self._pages = mapping.Pages(realm)
        self._told: set[str] = set()
        # Most idle polls would come too early if the jitter did not count.
        self._elsewhere = ElsewhereWatch(
            self.policy.elsewhere * (1 - self.policy.jitter),
            available=operator.active_route,
        )
        if not operator.active_route:
            self.capabilities = self.capabilities - {Capability.ELSEWHERE}

    @override
    async def account(self) -> Account:
        """Return the driver: the token names it, else the profile does."""
        identity = subject(await self._keeper.token())
        if identity is None:
            identity = mapping.account_id(await self._client.profile())
        if identity is None:
            raise ResponseError("The operator does not say whose account this is")
        return Account(id=f"{self._realm}_{identity}", title=self._title)

    @override
    async def charge_points(self) -> tuple[ChargePoint, ...]:
        """List the driver's own charge points."""
        return tuple((await self._personal()).charge_points.values())

    @override
    async def snapshot(self) -> Snapshot:
        """Read all charge points, and the public session where one is due."""
        personal = await self._personal()
        elsewhere = await self._public(personal)
        self._tell_unknown()
        return Snapshot(
            charge_points=personal.charge_points,
            elsewhere=elsewhere,
            broken=personal.broken,
            unreadable=personal.unreadable,
        )

    @override
    async def session(self, session: Session) -> Session:
        """Read one session in detail, with its periods."""
        body = await self._client.session(session.id)
        found = self._pages.one_session(body, session.evse_id)
        if found is None or found.id != session.id:
            raise ResponseError("The answer holds another session")
        return found

    @override
    async def sessions(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[Session, ...]]:
        """Stream past sessions, newest first.

        The days are the operator's, so a day more is asked for on either side and
        what lies outside is left out.
        """
        params = {
            "start_date": (since - timedelta(days=1)).date().isoformat(),
            "end_date": (until + timedelta(days=1)).date().isoformat(),
            "perPage": str(PAGE),
        }
        seen: set[str] = set()
        previous = b""
        for page in range(1, 1000):
            body = await self._client.history({**params, "page": str(page)})
            if body == previous:
                return
            previous = body
            history = self._pages.history(body)
            found = [one for one in history.sessions if one.id not in seen]
            seen.update(one.id for one in found)
            yield tuple(
                one
                for one in found
                if one.started_at is not None and since <= one.started_at < until
            )
            repeated = bool(history.sessions) and not found
            if history.more is False or repeated or not history.rows:
                return
            if history.more is None and history.rows < PAGE:
                return

    @override
    async def start(self, charge_point_id: str, evse_id: str) -> Session | None:
        """Start charging (6.4).

        A start while the own session runs is a success, without a car it is refused
        before anything is sent, and the answer must name the right EVSE.
        """
        evse = await self._evse(charge_point_id, evse_id)
        if evse.session is not None and evse.session.running:
            return evse.session
        if evse.status in REFUSED:
            raise CommandRefusedError(REFUSED[evse.status])
        wanted = evse.identifier if self._operator.start_id == "identifier" else evse.id
        answer = await self._client.start(wanted or evse.id)
        if answer.status == HTTPStatus.NOT_ACCEPTABLE:
            evse = await self._evse(charge_point_id, evse_id)
            if evse.session is not None and evse.session.running:
                return evse.session
            raise CommandRefusedError("not_startable")
        if answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise CommandRefusedError("not_found")
        raise_for_status(answer)
        session = self._started(answer.body, evse)
        if session and session.evse_identifier not in (None, evse.identifier):
            raise CommandRefusedError("wrong_evse")
        return session

    @override
    async def stop(self, session: Session) -> None:
        """End a session (6.5, 6.6).

        A 404 says either that the session is over or that the operator has no such
        call. Only a read tells which, and then the other call is tried.
        """
        path = self._operator.stop_path
        for attempt in (path, OTHER_PATH[path]):
            answer = await self._client.stop(session.id, attempt)
            if answer.status == HTTPStatus.NOT_ACCEPTABLE:
                raise CommandRefusedError("not_stoppable")
            if answer.status not in ABSENT:
                raise_for_status(answer)
                return
            if not await self._still_runs(session):
                return
        raise CommandRefusedError("not_stoppable")

    @override
    async def restart(self, charge_point_id: str) -> None:
        """Restart a charge point."""
        answer = await self._client.restart(charge_point_id)
        if answer.status == HTTPStatus.NOT_FOUND:
            raise CommandRefusedError("not_found")
        raise_for_status(answer)

    @override
    async def forecast(self, evse_id: str) -> tuple[PricePeriod, ...]:
        """Return today's and tomorrow's prices, only where their hour is certain."""
        if self._operator.zone is None:
            return ()
        tariff = next(
            (
                evse.tariff
                for point in await self.charge_points()
                for evse in point.evses
                if evse.id == evse_id
            ),
            None,
        )
        if tariff is None or tariff.currency is None or tariff.price_per_kwh is None:
            return ()
        try:
            body = await self._client.price_periods(evse_id)
        except ResponseError as err:
            if err.status in (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
                return ()
            raise
        return mapping.forecast(
            body,
            zone=ZoneInfo(self._operator.zone),
            currency=tariff.currency,
            price_now=tariff.price_per_kwh,
            now=datetime.now(UTC),
        )

    @override
    async def close(self) -> None:
        """Wait for a token renewal under way."""
        await self._keeper.close()

    async def _personal(self) -> Snapshot:
        """Read the driver's charge points, in steps that do not hold the loop."""
        body = await self._client.charge_points()
        found: dict[str, ChargePoint] = {}
        broken: set[str] = set()
        unreadable = 0
        for count, point in enumerate(self._pages.charge_points(body), 1):
            if isinstance(point, ChargePoint):
                found[point.id] = point
            elif point is not None:
                broken.add(point)
            else:
                unreadable += 1
            if not count % SLICE:
                await asyncio.sleep(0)
        return Snapshot(
            charge_points=found, broken=frozenset(broken), unreadable=unreadable
        )

    async def _public(self, personal: Snapshot) -> tuple[Session, ...] | None:
        """Look for a session at a public station where that is due."""
        now = self.transport.connection.monotonic()
        if not self._elsewhere.due(now):
            return None
        try:
            answer = await self._client.active_session()
            if answer.status in ABSENT:
                return self._elsewhere.missing(
                    now,
                    absent=mapping.is_missing_route(answer.body),
                    at_home=any(one.running for one in _sessions(personal)),
                )
            session = self._pages.public_session(answer.body)
        except RateLimitError:
            raise
        except ProviderError:
            return await self._last_public()
        if session is None or not session.running or _shows(personal, session):
            return self._elsewhere.found(())
        return self._elsewhere.found((session,))

    async def _last_public(self) -> tuple[Session, ...] | None:
        """Return what stands for the public session while the call for it fails."""
        if (last := self._elsewhere.failed()) is None:
            return None
        try:
            found = await self.session(last)
        except RateLimitError:
            raise
        except ProviderError:
            return (msgspec.structs.replace(last, stale=True, power_kw=None),)
        return self._elsewhere.found((found,) if found.running else ())

    async def _evse(self, charge_point_id: str, evse_id: str) -> Evse:
        """Read one EVSE as it is now."""
        point = (await self._personal()).charge_points.get(charge_point_id)
        for evse in point.evses if point else ():
            if evse.id == evse_id:
                return evse
        raise CommandRefusedError("not_found")

    async def _still_runs(self, session: Session) -> bool:
        """Tell from the session itself, or else from the lists, whether it runs."""
        try:
            return (await self.session(session)).running
        except ResponseError as err:
            if err.status != HTTPStatus.NOT_FOUND:
                raise
        if _shows(await self._personal(), session):
            return True
        if Capability.ELSEWHERE not in self.capabilities:
            return False
        answer = await self._client.active_session()
        if answer.status in ABSENT:
            return False
        public = self._pages.public_session(answer.body)
        return public is not None and public.id == session.id and public.running

    def _started(self, body: bytes, evse: Evse) -> Session | None:
        """Return the session of a start's answer, which may be empty."""
        try:
            return self._pages.one_session(body, evse.id)
        except ResponseError:
            return None

    def _tell_unknown(self) -> None:
        """Log each unknown status word once."""
        for found in sorted(self._pages.unknown - self._told):
            _LOGGER.warning("The operator uses an unknown word: %s", found)
        self._told |= self._pages.unknown


def _sessions(snapshot: Snapshot) -> Iterator[Session]:
    """Return the sessions at the charge points, running or just over."""
    for point in snapshot.charge_points.values():
        for evse in point.evses:
            if evse.session is not None:
                yield evse.session


def _shows(snapshot: Snapshot, session: Session) -> bool:
    """Tell whether a session runs at one of the charge points."""
    return any(one.id == session.id and one.running for one in _sessions(snapshot))
