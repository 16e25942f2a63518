"""The words that every back end is translated into.

Energy is in kWh, power in kW, money a ``Decimal``, moments aware UTC. ``None`` means
"not known" everywhere; a zero is a measured zero.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec


def plain(value: object) -> Any:
    """Return a value of the model as what JSON can hold."""
    return msgspec.to_builtins(value, enc_hook=_subclass)


def _subclass(value: object) -> str:
    """Return moments of a subclass as text; msgspec knows the class itself only."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise NotImplementedError


class EvseStatus(StrEnum):
    """What an EVSE is doing, in the words of OCPP and OCPI."""

    AVAILABLE = "available"
    PREPARING = "preparing"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    SUSPENDED = "suspended"
    FINISHING = "finishing"
    OCCUPIED = "occupied"
    RESERVED = "reserved"
    UNAVAILABLE = "unavailable"
    FAULTED = "faulted"


PLUGGED_IN = frozenset(
    {
        EvseStatus.PREPARING,
        EvseStatus.CHARGING,
        EvseStatus.SUSPENDED_EV,
        EvseStatus.SUSPENDED_EVSE,
        EvseStatus.SUSPENDED,
        EvseStatus.FINISHING,
        EvseStatus.OCCUPIED,
    }
)


class SessionState(StrEnum):
    """Where a session is in its life."""

    PENDING = "pending"
    ACTIVE = "active"
    STOPPING = "stopping"
    COMPLETED = "completed"
    FAILED = "failed"
    RESERVED = "reserved"


# How long ago the last report of a session may be that surely runs.
LATELY = timedelta(minutes=5)

RUNNING = frozenset({SessionState.PENDING, SessionState.ACTIVE, SessionState.STOPPING})


class Ownership(StrEnum):
    """Whose session it is, as far as the back end lets anyone know."""

    OWN = "own"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"


class CostState(StrEnum):
    """How much an amount can still change."""

    ESTIMATED = "estimated"
    RUNNING = "running"
    PROVISIONAL = "provisional"
    FINAL = "final"
    CORRECTED = "corrected"


class CostBasis(StrEnum):
    """Which part of a cost a back end always knows, and is counted by."""

    GROSS = "gross"
    NET = "net"


class PeriodKind(StrEnum):
    """What was billed during a charging period."""

    CHARGING = "charging"
    IDLE = "idle"


class PlaceKind(StrEnum):
    """What a charge point of the model stands for."""

    CHARGE_POINT = "charge_point"
    DRIVER = "driver"
    ELSEWHERE = "elsewhere"


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all values that leave a provider."""


class Cost(Model, frozen=True, gc=False):
    """An amount of money, each part known or ``None``."""

    currency: str
    state: CostState
    net: Decimal | None = None
    vat: Decimal | None = None
    gross: Decimal | None = None

    @property
    def amount(self) -> Decimal | None:
        """Return the gross amount, or the net one where no gross is known."""
        return self.net if self.gross is None else self.gross

    def by(self, basis: CostBasis) -> Decimal | None:
        """Return the amount on one basis, so that no count mixes net with gross."""
        return self.net if basis is CostBasis.NET else self.gross


class ChargingPeriod(Model, frozen=True, gc=False):
    """A part of a session with one price and one kind."""

    started_at: datetime
    ended_at: datetime | None = None
    kind: PeriodKind | None = None
    energy_kwh: float | None = None
    amount: Decimal | None = None


class Session(Model, frozen=True, gc=False):
    """One charging session.

    ``energy_kwh`` is what the car got and ``drawn_kwh`` what was taken from the grid
    for it. ``reported_at`` is when the charger was last heard, ``reference`` what else
    the provider calls the session. ``preference`` is the charging profile that was
    last accepted for it.
    """

    key: str
    id: str
    state: SessionState
    ownership: Ownership = Ownership.UNKNOWN
    evse_id: str | None = None
    evse_identifier: str | None = None
    place: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration: timedelta | None = None
    idle: timedelta | None = None
    energy_kwh: float | None = None
    power_kw: float | None = None
    cost: Cost | None = None
    evse_status: EvseStatus | None = None
    vehicle_battery_percent: float | None = None
    battery_start_percent: float | None = None
    battery_end_percent: float | None = None
    drawn_kwh: float | None = None
    errors: tuple[str, ...] = ()
    reported_at: datetime | None = None
    reference: str | None = None
    stop_reason: str | None = None
    can_stop: bool | None = None
    stale: bool = False
    preference: str | None = None
    periods: tuple[ChargingPeriod, ...] = ()

    @property
    def running(self) -> bool:
        """Tell whether the session has not ended."""
        return self.state in RUNNING

    def is_heard(self, now: datetime) -> bool:
        """Tell whether the session runs and was reported a few minutes ago."""
        if not self.running or self.stale or self.reported_at is None:
            return False
        return now - self.reported_at <= LATELY

    @property
    def efficiency_percent(self) -> float | None:
        """Return the share of the drawn energy that the car got."""
        if not self.drawn_kwh or self.energy_kwh is None:
            return None
        share = 100 * self.energy_kwh / self.drawn_kwh
        return share if share <= 100 else None

    @property
    def mean_power_kw(self) -> float | None:
        """Return the power that would have given the energy in the same time."""
        if not self.duration or self.energy_kwh is None:
            return None
        return self.energy_kwh / (self.duration.total_seconds() / 3600)

    @property
    def battery_size_kwh(self) -> tuple[float, float] | None:
        """Return the least and the largest size that the battery can have.

        Both states of charge are whole percents, so the difference may be wrong by
        one; below 20 points the range says too little.
        """
        if None in (self.energy_kwh, self.battery_start_percent):
            return None
        assert self.energy_kwh is not None and self.battery_start_percent is not None
        if self.battery_end_percent is None:
            return None
        points = self.battery_end_percent - self.battery_start_percent
        if points < 20 or self.energy_kwh <= 0:
            return None
        return (
            100 * self.energy_kwh / (points + 1),
            100 * self.energy_kwh / (points - 1),
        )


class PricePeriod(Model, frozen=True):
    """The all-in price of energy during a span of time."""

    start: datetime
    end: datetime
    price_per_kwh: Decimal
    currency: str


class Tariff(Model, frozen=True):
    """What charging costs at an EVSE now."""

    id: str
    currency: str | None = None
    name: str | None = None
    kind: str | None = None
    price_per_kwh: Decimal | None = None
    minimum: Decimal | None = None
    connection_fee: Decimal | None = None
    idle_fee_per_minute: Decimal | None = None
    idle_grace: timedelta | None = None


class Connector(Model, frozen=True):
    """A socket or a fixed cable."""

    type: str | None = None
    format: str | None = None
    power_type: str | None = None


class Evse(Model, frozen=True):
    """A part of a charge point that charges one car at a time.

    ``unlocks`` and ``prefers`` tell whether its cable can be released from afar, and
    whether it takes charging preferences.
    """

    id: str
    identifier: str | None = None
    status: EvseStatus | None = None
    max_power_kw: float | None = None
    current_type: str | None = None
    connectors: tuple[Connector, ...] = ()
    session: Session | None = None
    tariff: Tariff | None = None
    vehicle_battery_percent: float | None = None
    status_at: datetime | None = None
    unlocks: bool = False
    prefers: bool = False

    @property
    def plugged_in(self) -> bool | None:
        """Tell whether a cable connects a car, where the status says so."""
        return None if self.status is None else self.status in PLUGGED_IN


class ChargePoint(Model, frozen=True):
    """A charger with its EVSEs, or what stands for one.

    A driver of a back end without chargers has one EVSE, at which the driver's latest
    session is shown. ``part`` is the configured part of the account that it belongs to.
    """

    id: str
    name: str
    kind: PlaceKind = PlaceKind.CHARGE_POINT
    part: str | None = None
    ownership: Ownership = Ownership.UNKNOWN
    evses: tuple[Evse, ...] = ()
    coordinates: tuple[float, float] | None = None
    firmware: str | None = None
    restarting: bool | None = None
    last_month_energy_kwh: float | None = None
    last_month_cost: Decimal | None = None


class Snapshot(Model, frozen=True):
    """What an account looks like at one moment.

    ``elsewhere`` holds running sessions at places that are not among the charge points.
    It is ``None`` where nobody asked this time. ``broken`` names charge points whose
    record could not be read, and ``unreadable`` counts records without even a name.
    ``past`` holds sessions beside those at the EVSEs, ``cursors`` how far the lists of
    the back end were read, to be kept once the sessions are. ``refused`` names features
    that the account has no right to. ``troubles`` says what went wrong that a user
    should know, with the name that belongs to it, such as a host.
    """

    charge_points: dict[str, ChargePoint]
    elsewhere: tuple[Session, ...] | None = None
    broken: frozenset[str] = frozenset()
    unreadable: int = 0
    past: tuple[Session, ...] = ()
    cursors: dict[str, str] = {}
    refused: frozenset[str] = frozenset()
    troubles: dict[str, str] = {}


class Location(Model, frozen=True):
    """A site that a search has found."""

    id: str
    name: str
    address: str | None = None
    evses: tuple[Evse, ...] = ()


class Account(Model, frozen=True):
    """Who is signed in."""

    id: str
    title: str
