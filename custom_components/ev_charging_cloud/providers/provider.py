"""The contract that each back end fulfils.

A `Backend` describes how to sign in and opens accounts; a `Provider` is one account.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import override

import msgspec

from .model import (
    Account,
    ChargePoint,
    CostBasis,
    Location,
    PricePeriod,
    Session,
    Snapshot,
)
from .oauth import Tokens, TokenStore
from .policy import PollPolicy
from .transport import Connection, Transport

# The setting that tells whose account it is; it outlives each sign-in.
REALM = "realm"


class Capability(StrEnum):
    """Something that a back end can do; what is absent, no entity offers.

    With ``roaming`` the account's sessions are at places of others, and their cost is
    what the account owes these, not what a driver paid.
    """

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    COST = "cost"
    TARIFF = "tariff"
    FORECAST = "forecast"
    HISTORY = "history"
    ELSEWHERE = "elsewhere"
    MONTH = "month"
    VEHICLE_BATTERY = "vehicle_battery"
    BATTERY_SIZE = "battery_size"
    DRAWN = "drawn"
    ERRORS = "errors"
    REGISTER = "register"
    SEARCH = "search"
    ROAMING = "roaming"
    UNLOCK = "unlock"
    PREFERENCES = "preferences"


class Profile(StrEnum):
    """How a driver wants to be charged, in the words of OCPI."""

    REGULAR = "regular"
    CHEAP = "cheap"
    FAST = "fast"
    GREEN = "green"


class Preference(msgspec.Struct, frozen=True, kw_only=True):
    """How a session is to be charged, and what a driver says about it beside.

    That is when it must be done, how much energy it must be by then, and whether the
    car's battery may give energy back.
    """

    profile: Profile
    departure: datetime | None = None
    energy_kwh: float | None = None
    discharge: bool | None = None


class FieldKind(StrEnum):
    """How a field of a sign-in is shown."""

    TEXT = "text"
    EMAIL = "email"
    PASSWORD = "password"
    SECRET = "secret"
    URL = "url"
    LOCATION = "location"
    EVSE = "evse"
    CHOICE = "choice"


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a sign-in asks for; a choice is among its options."""

    key: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = True
    default: str | None = None
    options: tuple[str, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a user adds to an account, such as a driver or a card.

    ``identity`` is the key of the field that tells one from another, ``title`` that of
    the field that it is called by.
    """

    key: str
    fields: tuple[Field, ...]
    identity: str
    title: str


class PartData(msgspec.Struct, frozen=True, kw_only=True):
    """What a user entered for a part of an account."""

    id: str
    values: Mapping[str, str]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an account besides its sign-in.

    The parts that the user added, and how far the back end's lists were read.
    """

    parts: tuple[PartData, ...] = ()
    cursors: Mapping[str, str] = {}


class SignInMethod(msgspec.Struct, frozen=True, kw_only=True):
    """A way to sign in."""

    key: str
    fields: tuple[Field, ...]


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """A name that drivers know, and how its account is reached.

    A general one stands for all names that are not in the list.
    """

    key: str
    name: str
    country: str | None = None
    general: bool = False
    methods: tuple[str, ...] = ()


class SignIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a sign-in leaves to be kept: what opens the account, and the tokens."""

    settings: Mapping[str, str]
    tokens: Tokens

    @override
    def __repr__(self) -> str:
        """Show nothing of the contents."""
        return "SignIn()"


class Provider(ABC):
    """One account at one back end."""

    capabilities: frozenset[Capability]
    cost_basis: CostBasis = CostBasis.GROSS
    policy: PollPolicy
    transport: Transport

    @abstractmethod
    async def account(self) -> Account:
        """Return who is signed in."""

    @abstractmethod
    async def charge_points(self) -> tuple[ChargePoint, ...]:
        """List the charge points of the account."""

    @abstractmethod
    async def snapshot(self) -> Snapshot:
        """Read what every EVSE does now, in as few requests as possible."""

    @abstractmethod
    async def session(self, session: Session) -> Session:
        """Read one session again, ended or not."""

    @abstractmethod
    def sessions(
        self, since: datetime, until: datetime
    ) -> AsyncIterator[tuple[Session, ...]]:
        """Stream past sessions, page by page."""

    @abstractmethod
    async def start(self, charge_point_id: str, evse_id: str) -> Session | None:
        """Start charging and return the session, where the answer names it."""

    @abstractmethod
    async def stop(self, session: Session) -> None:
        """Ask for the end of a session; only a later read shows whether it came."""

    async def register(self, charge_point_id: str) -> None:
        """Make a driver known to the back end, because the user asked for it."""
        raise NotImplementedError

    async def search(self, text: str) -> tuple[Location, ...]:
        """Find sites at which a driver can charge."""
        raise NotImplementedError

    async def restart(self, charge_point_id: str) -> None:
        """Restart a charge point."""
        raise NotImplementedError

    async def unlock(self, charge_point_id: str, evse_id: str) -> None:
        """Release the cable of an EVSE."""
        raise NotImplementedError

    async def prefer(self, session: Session, preference: Preference) -> None:
        """Say how a running session is to be charged."""
        raise NotImplementedError

    async def forecast(self, evse_id: str) -> tuple[PricePeriod, ...]:
        """Return the known prices of an EVSE from today on."""
        return ()

    @abstractmethod
    async def close(self) -> None:
        """Let running work that must not be lost come to its end."""


class Backend(ABC):
    """A kind of back end: how to sign in, and how to open an account.

    One with ``callbacks`` wants an address at which it can report back.
    """

    key: str
    name: str
    brands: Mapping[str, Brand]
    methods: Mapping[str, SignInMethod]
    part: Part | None = None
    callbacks: bool = False

    def fields(self, brand: str, method: str) -> tuple[Field, ...]:
        """Return what a brand's sign-in asks for."""
        return self.methods[method].fields

    @abstractmethod
    def normalize(self, brand: str, values: Mapping[str, str]) -> dict[str, str]:
        """Return entered values in their lasting form, or raise `ValueError`.

        The error's text is the key of the field at fault.
        """

    @abstractmethod
    async def sign_in(
        self,
        connection: Connection,
        brand: str,
        method: str,
        values: Mapping[str, str],
    ) -> SignIn:
        """Get tokens with normalized values, and nothing else.

        What is entered may work only once, so the caller keeps the result before it
        tries whether it opens the account. The values also hold the realm that an
        earlier sign-in left.
        """

    @abstractmethod
    def open(
        self,
        connection: Connection,
        settings: Mapping[str, str],
        tokens: TokenStore,
        kept: Kept = Kept(),
    ) -> Provider:
        """Open the account that an earlier sign-in left."""
