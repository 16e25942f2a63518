"""A back end with sessions at places of others, written the way a new one would be."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, override

import msgspec
from yarl import URL

from custom_components.ev_charging_cloud.providers.errors import ProviderError
from custom_components.ev_charging_cloud.providers.model import (
    Account,
    ChargePoint,
    Cost,
    CostBasis,
    CostState,
    Evse,
    EvseStatus,
    Location,
    Ownership,
    PlaceKind,
    Session,
    SessionState,
    Snapshot,
    Tariff,
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
    Part,
    Preference,
    Provider,
    SignIn,
    SignInMethod,
)
from custom_components.ev_charging_cloud.providers.transport import (
    Connection,
    Transport,
)

KEY = "roaming"
STARTED = datetime(2025, 3, 30, 12, 0, tzinfo=UTC)
URL_FIELD = Field(key="versions_url", kind=FieldKind.URL)
TOKEN_FIELD = Field(key="token", kind=FieldKind.SECRET)


def session(number: int, evse_id: str | None = None, **changes: Any) -> Session:
    """Return a session that runs; a higher number started later."""
    running = Session(
        key=f"roaming/{number}",
        id=str(number),
        state=SessionState.ACTIVE,
        ownership=Ownership.OWN,
        evse_id=evse_id,
        started_at=STARTED + timedelta(minutes=number),
        energy_kwh=1.0 + number,
        power_kw=7.4,
        evse_status=EvseStatus.CHARGING,
        cost=Cost(currency="EUR", state=CostState.RUNNING, net=Decimal("0.60")),
    )
    return msgspec.structs.replace(running, **changes)


def ended(one: Session, **changes: Any) -> Session:
    """Return a session after its end."""
    over: dict[str, Any] = {
        "state": SessionState.COMPLETED,
        "ended_at": STARTED + timedelta(hours=2),
        "power_kw": 0.0,
        "evse_status": None,
        **changes,
    }
    return msgspec.structs.replace(one, **over)


def location(number: int, **changes: Any) -> ChargePoint:
    """Return a location with one EVSE."""
    evse = Evse(
        id=f"L{number}/E1",
        identifier=f"NL*XYZ*E{number}",
        status=EvseStatus.AVAILABLE,
        unlocks=True,
        prefers=True,
        tariff=Tariff(id="T1", currency="EUR", price_per_kwh=Decimal("0.30")),
    )
    return ChargePoint(
        id=f"L{number}",
        name=f"Location {number}",
        coordinates=(52.370216, 4.895168),
        evses=(msgspec.structs.replace(evse, **changes),),
    )


def driver(key: str, part: str | None = None, **changes: Any) -> ChargePoint:
    """Return the place of a driver."""
    return ChargePoint(
        id=key,
        name=key,
        kind=PlaceKind.DRIVER,
        part=part,
        evses=(Evse(id=key, **changes),),
    )


@dataclass
class Place:
    """What the back end shows, and what was asked of it."""

    sizes: int = 1
    sessions: dict[int, Session] = field(default_factory=dict)
    drivers: tuple[Session, ...] = ()
    elsewhere: tuple[Session, ...] | None = ()
    past: tuple[Session, ...] = ()
    troubles: dict[str, str] = field(default_factory=dict)
    capabilities: frozenset[Capability] = frozenset(
        set(Capability) - {Capability.FORECAST, Capability.RESTART}
    )
    refusal: ProviderError | None = None
    failure: ProviderError | None = None
    asked: list[str] = field(default_factory=list)
    commands: list[tuple[object, ...]] = field(default_factory=list)
    connection: Connection | None = None

    def points(self) -> dict[str, ChargePoint]:
        """Return the locations with the sessions at them."""
        found = {}
        for number in range(1, self.sizes + 1):
            one = self.sessions.get(number)
            running = one is not None and one.running
            status = EvseStatus.CHARGING if running else EvseStatus.AVAILABLE
            found[f"L{number}"] = location(number, session=one, status=status)
        for number, one in enumerate(self.drivers):
            found[f"driver{number}"] = driver(f"driver{number}", session=one)
        return found


class RoamingProvider(Provider):
    """Shows a place as a test has made it."""

    cost_basis = CostBasis.NET
    policy = PollPolicy(
        active=timedelta(seconds=60),
        idle=timedelta(minutes=5),
        after_command=(timedelta(seconds=5),),
        elsewhere=timedelta(minutes=5),
        budget=120,
    )

    def __init__(self, connection: Connection, place: Place, kept: Kept) -> None:
        """Take the place, and who charges there."""
        self.transport = Transport(connection, URL("http://127.0.0.1/"))
        self.place = place
        self.parts = kept.parts
        self.capabilities = place.capabilities
        place.connection = connection

    @override
    async def account(self) -> Account:
        """Return the only account."""
        if self.place.failure is not None:
            raise self.place.failure
        return Account(id="7", title="Roaming")

    @override
    async def charge_points(self) -> tuple[ChargePoint, ...]:
        """Return the locations."""
        return tuple(self.place.points().values())

    @override
    async def snapshot(self) -> Snapshot:
        """Return what is there."""
        self.place.asked.append("snapshot")
        if self.place.failure is not None:
            raise self.place.failure
        points = self.place.points()
        for part in self.parts:
            points[part.id] = driver(part.id, part.id, identifier=part.values["uid"])
        return Snapshot(
            charge_points=points,
            elsewhere=self.place.elsewhere,
            past=self.place.past,
            troubles=self.place.troubles,
        )

    @override
    async def session(self, session: Session) -> Session:
        """Return a session as it was last seen."""
        self.place.asked.append(session.id)
        return ended(session)

    @override
    async def sessions(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[Session, ...]]:
        """Stream the sessions that there are."""
        yield tuple(self.place.sessions.values())

    @override
    async def search(self, text: str) -> tuple[Location, ...]:
        """Find locations by name."""
        if self.place.failure is not None:
            raise self.place.failure
        return tuple(
            Location(id=one.id, name=one.name, evses=one.evses)
            for one in self.place.points().values()
            if text in one.name
        )

    @override
    async def start(self, charge_point_id: str, evse_id: str) -> Session | None:
        """Begin nothing."""
        return None

    @override
    async def stop(self, session: Session) -> None:
        """Take note, and end it."""
        self._do("stop", session.id)
        for number, one in self.place.sessions.items():
            if one.key == session.key:
                self.place.sessions[number] = ended(one)

    @override
    async def register(self, charge_point_id: str) -> None:
        """Take note."""
        self._do("register", charge_point_id)

    @override
    async def unlock(self, charge_point_id: str, evse_id: str) -> None:
        """Take note."""
        self._do("unlock", charge_point_id, evse_id)

    @override
    async def prefer(self, session: Session, preference: Preference) -> None:
        """Take note, and show it from now on."""
        self._do("prefer", session.id, preference)
        for number, one in self.place.sessions.items():
            if one.key == session.key:
                self.place.sessions[number] = msgspec.structs.replace(
                    one, preference=preference.profile.value
                )

    def _do(self, *command: object) -> None:
        """Carry out a command, or refuse it."""
        self.place.commands.append(command)
        if self.place.refusal is not None:
            raise self.place.refusal

    @override
    async def close(self) -> None:
        """Have nothing to wait for."""


class RoamingBackend(Backend):
    """Everything that the dialogs need to know."""

    key = KEY
    name = "Roaming"
    brands = {KEY: Brand(key=KEY, name="Roaming", methods=("versions", "modules"))}
    methods = {
        "versions": SignInMethod(
            key="versions",
            fields=(
                URL_FIELD,
                TOKEN_FIELD,
                Field(
                    key="encoding",
                    kind=FieldKind.CHOICE,
                    default="auto",
                    options=("auto", "raw", "base64"),
                ),
                Field(key="hosts", required=False),
            ),
        ),
        "modules": SignInMethod(
            key="modules",
            fields=(
                TOKEN_FIELD,
                Field(
                    key="version",
                    kind=FieldKind.CHOICE,
                    required=False,
                    options=("auto", "v2-3-0", "v2-2-1", "v2-2", "v2-1-1"),
                ),
            ),
        ),
    }
    part = Part(
        key="token",
        identity="uid",
        title="label",
        fields=(
            Field(key="uid"),
            Field(
                key="token_type",
                kind=FieldKind.CHOICE,
                default="app_user",
                options=("app_user", "rfid", "ad_hoc_user", "other", "emaid"),
            ),
            Field(key="contract_id"),
            Field(key="issuer", required=False),
            Field(key="label", required=False),
            Field(key="location_id", kind=FieldKind.LOCATION, required=False),
            Field(key="evse_uid", kind=FieldKind.EVSE, required=False),
        ),
    )
    callbacks = True

    def __init__(self) -> None:
        """Begin with one location at which nobody charges."""
        self.place = Place()

    @override
    def normalize(self, brand: str, values: Mapping[str, str]) -> dict[str, str]:
        """Return the values as they are, apart from a host that is none."""
        if " " in values.get("hosts", ""):
            raise ValueError("hosts")
        return dict(values)

    @override
    async def sign_in(
        self,
        connection: Connection,
        brand: str,
        method: str,
        values: Mapping[str, str],
    ) -> SignIn:
        """Keep everything but the token."""
        settings = {key: one for key, one in values.items() if key != "token"}
        return SignIn(
            settings={"brand": brand, **settings}, tokens=Tokens(access=values["token"])
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
        return RoamingProvider(connection, self.place, kept)
