"""Tariffs and the use that is made of them, free of how they were sent."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What a component has a price for."""

    ENERGY = "energy"
    FLAT = "flat"
    TIME = "time"
    PARKING_TIME = "parking_time"


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all shapes of this package."""


class Limit(Shape, frozen=True):
    """The least or most that a session costs, on each basis where it is given."""

    net: Decimal | None = None
    gross: Decimal | None = None


class Component(Shape, frozen=True):
    """A price per kWh, per hour or per session.

    VAT is in percent; ``None`` is "not applicable", which is not 0. The step is in Wh
    or in seconds; below 1 nothing is stepped.
    """

    kind: Kind
    price: Decimal
    vat: Decimal | None = None
    step: int = 1


class Restrictions(Shape, frozen=True):
    """When an element applies: from each ``min`` or start on, before each ``max`` or end.

    Times, dates and days (0 is Monday, none means all) are those of the location.
    Energy and duration count from the start of the session.
    """

    start_time: time | None = None
    end_time: time | None = None
    start_date: date | None = None
    end_date: date | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_duration: timedelta | None = None
    max_duration: timedelta | None = None
    days: frozenset[int] = frozenset()
    reservation: bool = False


class Element(Shape, frozen=True):
    """Prices that apply together."""

    components: tuple[Component, ...]
    restrictions: Restrictions | None = None


class Tariff(Shape, frozen=True):
    """The prices of an operator.

    One that is not ``priced`` has a component or restriction that nobody here knows.
    ``use`` is for whom it is, as a folded word; ``None`` is for everybody.
    """

    id: str
    currency: str
    elements: tuple[Element, ...]
    owner: tuple[str, str] | None = None
    name: str | None = None
    use: str | None = None
    minimum: Limit | None = None
    maximum: Limit | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    priced: bool = True
    tax_included: bool = False

    @property
    def key(self) -> tuple[tuple[str, str] | None, str]:
        """Return what tells this tariff from those of other operators."""
        return self.owner, self.id


class Segment(Shape, frozen=True):
    """A part of a session in which energy flows evenly.

    Not charging is parking; where ``charging`` is ``None``, it may be either or both.
    Its moments are UTC.
    """

    start: datetime
    end: datetime
    energy_kwh: Decimal
    charging: bool | None = True
    power_kw: Decimal | None = None
    current_a: Decimal | None = None
    tariff_id: str | None = None


class Amount(Shape, frozen=True):
    """Money without and with VAT, neither of them rounded."""

    net: Decimal | None
    gross: Decimal | None


class Rate(Shape, frozen=True):
    """The prices that hold at a moment: per kWh, per hour and per session.

    ``None`` is a price that the tariff does not have, or that depends on what is not
    known; 0 one that it has at other moments only.
    """

    energy: Amount | None
    time: Amount | None
    parking: Amount | None
    flat: Amount | None
