"""A depot's account at Siemens DepotFinity."""

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from http import HTTPStatus
import logging
from typing import override

import msgspec

from ..errors import CommandRefusedError
from ..model import Account, ChargePoint, Session, Snapshot
from ..oauth import TokenKeeper
from ..policy import PollPolicy
from ..provider import Capability, Provider
from ..transport import Transport, raise_for_status
from . import mapping
from .budget import PER_HOUR
from .connectors import Place
from .depot import Depot
from .features import REMOTE_COMMANDS

_LOGGER = logging.getLogger(__name__)


class DepotfinityProvider(Provider):
    """Reads the chargers of a depot, and starts charges."""

    capabilities = frozenset(
        {
            Capability.HISTORY,
            Capability.DRAWN,
            Capability.VEHICLE_BATTERY,
            Capability.BATTERY_SIZE,
            Capability.ERRORS,
        }
    )
    policy = PollPolicy(
        active=timedelta(minutes=1),
        idle=timedelta(minutes=5),
        after_command=tuple(timedelta(seconds=gap) for gap in (5, 10, 20, 40)),
        elsewhere=timedelta(minutes=5),
        budget=PER_HOUR,
    )

    def __init__(
        self,
        transport: Transport,
        keeper: TokenKeeper,
        *,
        realm: str,
        title: str,
        id_tag: str | None,
        entered: tuple[Place, ...],
        cursors: Mapping[str, str],
        now: Callable[[], datetime],
    ) -> None:
        """Take the account's transport, what was entered, and what was learnt."""
        self.transport = transport
        self._keeper, self._realm, self._title = keeper, realm, title
        self._id_tag, self._now = id_tag, now
        self._told: set[str] = set()
        if id_tag is not None:
            self.capabilities = self.capabilities | {Capability.START}
        self._depot = Depot(transport, realm, entered, cursors)

    @override
    async def account(self) -> Account:
        """Return the client, which a token was given to."""
        await self._keeper.token()
        return Account(id=self._realm, title=self._title)

    @override
    async def charge_points(self) -> tuple[ChargePoint, ...]:
        """List the chargers that were entered or have had a transaction lately."""
        now = self._now()
        await self._depot.find(now)
        return tuple(self._depot.charge_points(now).values())

    @override
    async def snapshot(self) -> Snapshot:
        """Read what is due, within what the back end may be asked."""
        now = self._now()
        await self._depot.poll(now)
        budget = self._depot.gate.allowance.per_hour
        self.policy = msgspec.structs.replace(self.policy, budget=budget)
        self._tell_unknown()
        return self._depot.snapshot(now)

    @override
    async def session(self, session: Session) -> Session:
        """Read one charge again."""
        return await self._depot.again(session, self._now())

    @override
    async def sessions(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[Session, ...]]:
        """Stream past charges, a week at a time."""
        async for found in self._depot.past(since, until, self._now()):
            yield found

    @override
    async def start(self, charge_point_id: str, evse_id: str) -> Session | None:
        """Start charging with the account's card (8).

        The charger's consent is no proof that it charges.
        """
        if self._id_tag is None:
            raise CommandRefusedError("no_token")
        place = self._depot.place(evse_id)
        if place is None or not place.connector.isdecimal():
            raise CommandRefusedError("not_found")
        answer = await self._depot.client.start(
            place.charger, int(place.connector), self._id_tag
        )
        if answer.status == HTTPStatus.NOT_FOUND:
            raise CommandRefusedError("not_found")
        features = self._depot.gate.features
        if answer.status == HTTPStatus.FORBIDDEN:
            features.refuse(REMOTE_COMMANDS)
        if answer.status in (HTTPStatus.OK, HTTPStatus.BAD_REQUEST):
            if mapping.accepted(answer.body) is False:
                raise CommandRefusedError("rejected")
        raise_for_status(answer)
        features.prove(REMOTE_COMMANDS)
        self._depot.commanded(place, self._now())
        return None

    @override
    async def stop(self, session: Session) -> None:
        """Refuse: what a stop needs is not documented, so it is not tried."""
        raise CommandRefusedError("not_stoppable")

    @override
    async def close(self) -> None:
        """Wait for a token renewal under way."""
        await self._keeper.close()

    def _tell_unknown(self) -> None:
        """Log each unknown status word once."""
        for found in sorted(self._depot.unknown - self._told):
            _LOGGER.warning("The back end uses an unknown word: %s", found)
        self._told |= self._depot.unknown
