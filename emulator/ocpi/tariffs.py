"""Tariffs as OCPI describes them (fact sheet ocpi 10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

type Dimension = Literal["ENERGY", "FLAT", "PARKING_TIME", "TIME"]

TWENTY_ONE: Final = Decimal(21)


@dataclass(frozen=True, kw_only=True)
class Component:
    """Price one dimension: per kWh, per hour or once; without VAT, VAT in percent."""

    type: str
    price: Decimal
    vat: Decimal | None = TWENTY_ONE
    step_size: int = 1


@dataclass(frozen=True, kw_only=True)
class Restrictions:
    """Say when an element holds; local times HH:MM, dates YYYY-MM-DD, OCPI's units."""

    start_time: str | None = None
    end_time: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    min_kwh: Decimal | None = None
    max_kwh: Decimal | None = None
    min_current: Decimal | None = None
    max_current: Decimal | None = None
    min_power: Decimal | None = None
    max_power: Decimal | None = None
    min_duration: int | None = None
    max_duration: int | None = None
    day_of_week: tuple[str, ...] = ()
    reservation: str | None = None


@dataclass(frozen=True, kw_only=True)
class Element:
    """Hold prices together under one set of restrictions."""

    components: tuple[Component, ...]
    restrictions: Restrictions | None = None


@dataclass(frozen=True, kw_only=True)
class Limit:
    """Bound a session's cost on each basis."""

    excl_vat: Decimal | None = None
    incl_vat: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class OcpiTariff:
    """Say what an EVSE costs; an EVSE of the world names it by its tariff's name."""

    id: str
    elements: tuple[Element, ...]
    currency: str = "EUR"
    type: str | None = "REGULAR"
    text: str | None = None
    min_price: Limit | None = None
    max_price: Limit | None = None


def component(kind: Dimension, price: str, step_size: int = 1) -> Component:
    """Return a price with 21 % VAT."""
    return Component(type=kind, price=Decimal(price), step_size=step_size)


# The example of fact sheet ocpi 10.
DAY_TARIFF: Final = OcpiTariff(
    id="T1",
    elements=(
        Element(components=(component("FLAT", "0.5"), component("ENERGY", "0.3"))),
        Element(
            components=(component("PARKING_TIME", "2.0", 300),),
            restrictions=Restrictions(start_time="08:00", end_time="22:00"),
        ),
    ),
)
FAST_TARIFF: Final = OcpiTariff(
    id="T2",
    elements=(
        Element(components=(component("ENERGY", "0.55"), component("TIME", "0.6", 60))),
    ),
    min_price=Limit(excl_vat=Decimal(1), incl_vat=Decimal("1.21")),
)
TARIFFS: Final = (DAY_TARIFF, FAST_TARIFF)


def by_id(tariffs: tuple[OcpiTariff, ...]) -> Mapping[str, OcpiTariff]:
    """Return tariffs by their id."""
    return {tariff.id: tariff for tariff in tariffs}
