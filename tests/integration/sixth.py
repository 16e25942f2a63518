"""A back end that the project does not know, written the way a new one would be."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import override

from yarl import URL

from custom_components.ev_charging_cloud.providers.model import (
    Account,
    ChargePoint,
    Cost,
    CostBasis,
    CostState,
    Evse,
    EvseStatus,
    Ownership,
    Session,
    SessionState,
    Snapshot,
)
from custom_components.ev_charging_cloud.providers.oauth import Tokens, TokenStore
from custom_components.ev_charging_cloud.providers.policy import PollPolicy
from custom_components.ev_charging_cloud.providers.provider import (
    Backend,
    Brand,
    Capability,
    Field,
    FieldKind,
    Kept,
    Provider,
    SignIn,
    SignInMethod,
)
from custom_components.ev_charging_cloud.providers.transport import (
    Connection,
    Transport,
)

STARTED = datetime(2025, 3, 30, 14, 0, tzinfo=UTC)
RUNNING = Session(
    key="sixth/1",
    id="1",
    state=SessionState.ACTIVE,
    ownership=Ownership.OWN,
    evse_id="S1",
    started_at=STARTED,
    energy_kwh=1.5,
    power_kw=7.4,
    cost=Cost(currency="EUR", state=CostState.RUNNING, net=Decimal("0.60")),
)


class SixthProvider(Provider):
    """One charger that charges until it is told to stop."""

    capabilities = frozenset({Capability.START, Capability.STOP, Capability.COST})
    cost_basis = CostBasis.NET
    policy = PollPolicy(
        active=timedelta(seconds=60),
        idle=timedelta(minutes=5),
        after_command=(timedelta(seconds=5), timedelta(seconds=10)),
        elsewhere=timedelta(minutes=5),
        budget=120,
    )

    def __init__(self, connection: Connection) -> None:
        """Begin in the middle of a session."""
        self.transport = Transport(connection, URL("http://127.0.0.1/"))
        self.latest = RUNNING

    @override
    async def account(self) -> Account:
        """Return the only account."""
        return Account(id="6", title="Sixth")

    @override
    async def charge_points(self) -> tuple[ChargePoint, ...]:
        """Return the only charger."""
        return tuple((await self.snapshot()).charge_points.values())

    @override
    async def snapshot(self) -> Snapshot:
        """Return what the charger does."""
        status = EvseStatus.CHARGING if self.latest.running else EvseStatus.FINISHING
        evse = Evse(id="S1", status=status, session=self.latest)
        point = ChargePoint(
            id="S", name="Sixth charger", ownership=Ownership.OWN, evses=(evse,)
        )
        return Snapshot(charge_points={"S": point})

    @override
    async def session(self, session: Session) -> Session:
        """Return the latest session."""
        return self.latest

    @override
    async def sessions(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[Session, ...]]:
        """Stream the latest session."""
        yield (self.latest,)

    @override
    async def start(self, charge_point_id: str, evse_id: str) -> Session | None:
        """Go on charging."""
        self.latest = RUNNING
        return self.latest

    @override
    async def stop(self, session: Session) -> None:
        """End the session."""
        self.latest = Session(
            key=session.key,
            id=session.id,
            state=SessionState.COMPLETED,
            ownership=Ownership.OWN,
            evse_id="S1",
            started_at=STARTED,
            ended_at=STARTED + timedelta(hours=1),
            energy_kwh=7.4,
            power_kw=0.0,
            cost=Cost(
                currency="EUR",
                state=CostState.FINAL,
                net=Decimal("2.96"),
                vat=Decimal("0.62"),
                gross=Decimal("3.58"),
            ),
        )

    @override
    async def close(self) -> None:
        """Have nothing to wait for."""


class SixthBackend(Backend):
    """Everything that the dialog needs to know."""

    key = "sixth"
    name = "Sixth"
    brands = {"sixth": Brand(key="sixth", name="Sixth", methods=("code",))}
    methods = {
        "code": SignInMethod(
            key="code", fields=(Field(key="access_token", kind=FieldKind.SECRET),)
        )
    }

    @override
    def normalize(self, brand: str, values: Mapping[str, str]) -> dict[str, str]:
        """Return the values as they are."""
        return dict(values)

    @override
    async def sign_in(
        self,
        connection: Connection,
        brand: str,
        method: str,
        values: Mapping[str, str],
    ) -> SignIn:
        """Take the code as the token."""
        return SignIn(
            settings={"brand": brand}, tokens=Tokens(access=values["access_token"])
        )

    @override
    def open(
        self,
        connection: Connection,
        settings: Mapping[str, str],
        tokens: TokenStore,
        kept: Kept = Kept(),
    ) -> Provider:
        """Open the account."""
        return SixthProvider(connection)
