"""Tariffs and sessions in few words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from custom_components.ev_charging_cloud.providers.ocpi.pricing import (
    Amount,
    Component,
    Element,
    Kind,
    Limit,
    Restrictions,
    Segment,
    Tariff,
    bill,
)

# A Monday, 11:00 in Amsterdam.
START = datetime(2026, 1, 5, 10, tzinfo=UTC)
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
KOLKATA = ZoneInfo("Asia/Kolkata")


def component(
    kind: Kind, price: str, vat: str | None = None, step: int = 1
) -> Component:
    """Return a price."""
    percent = None if vat is None else Decimal(vat)
    return Component(kind=kind, price=Decimal(price), vat=percent, step=step)


def energy(price: str, vat: str | None = None, step: int = 1) -> Component:
    """Return a price per kWh."""
    return component(Kind.ENERGY, price, vat, step)


def charging(price: str, vat: str | None = None, step: int = 1) -> Component:
    """Return a price per hour of charging."""
    return component(Kind.TIME, price, vat, step)


def parking(price: str, vat: str | None = None, step: int = 1) -> Component:
    """Return a price per hour of parking."""
    return component(Kind.PARKING_TIME, price, vat, step)


def flat(price: str, vat: str | None = None) -> Component:
    """Return a price per session."""
    return component(Kind.FLAT, price, vat)


def element(*components: Component, **restrictions: Any) -> Element:
    """Return prices, restricted where anything is given."""
    given = Restrictions(**restrictions) if restrictions else None
    return Element(components=components, restrictions=given)


def tariff(*elements: Element, **fields: Any) -> Tariff:
    """Return a tariff in euro."""
    return Tariff(**{"id": "t1", "currency": "EUR", "elements": elements} | fields)


def limit(net: str | None = None, gross: str | None = None) -> Limit:
    """Return the least or most that a session costs."""
    return Limit(
        net=None if net is None else Decimal(net),
        gross=None if gross is None else Decimal(gross),
    )


def charge(minutes: float, kwh: str = "0", **more: Any) -> dict[str, Any]:
    """Return a part of a session in which a vehicle charges."""
    length = timedelta(minutes=minutes)
    return {"length": length, "energy_kwh": Decimal(kwh), "charging": True} | more


def park(minutes: float, **more: Any) -> dict[str, Any]:
    """Return a part of a session in which a vehicle does not charge."""
    return charge(minutes) | {"charging": False} | more


def maybe(minutes: float, kwh: str = "0", **more: Any) -> dict[str, Any]:
    """Return a part of a session in which nobody knows what a vehicle does."""
    return charge(minutes, kwh) | {"charging": None} | more


def session(*parts: dict[str, Any], start: datetime = START) -> list[Segment]:
    """Return parts that follow each other."""
    found = []
    for part in parts:
        fields = dict(part)
        end = start + fields.pop("length")
        found.append(Segment(start=start, end=end, **fields))
        start = end
    return found


def net(priced: Tariff, segments: list[Segment], zone: Any = AMSTERDAM) -> Any:
    """Return what a session costs without VAT, ``None`` where that is not known."""
    found = bill(priced, segments, zone)
    return None if found is None else found.net


def amount(without: str | None, with_vat: str | None) -> Amount:
    """Return an amount of money."""
    return Amount(
        net=None if without is None else Decimal(without),
        gross=None if with_vat is None else Decimal(with_vat),
    )
