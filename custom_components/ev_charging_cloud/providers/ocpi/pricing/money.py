"""Sums of money without and with VAT."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import NamedTuple

from .exact import HOUR, ONE, Number, decimal, exact, maybe
from .shapes import Amount, Component, Kind, Limit, Tariff

# How much of what is counted a price is the price of.
_PER = {Kind.ENERGY: ONE, Kind.FLAT: 1, Kind.TIME: HOUR, Kind.PARKING_TIME: HOUR}
_UNLIMITED = Limit()


class Money(NamedTuple):
    """An amount on both bases, each known or ``None``."""

    net: Number | None
    gross: Number | None

    def plus(self, other: Money) -> Money:
        """Return the sum."""
        return Money(_plus(self.net, other.net), _plus(self.gross, other.gross))

    def times(self, units: Fraction) -> Money:
        """Return what so many units cost."""
        return Money(*(None if one is None else one * units for one in self))

    def bounded(
        self, limit: Limit, choose: Callable[[Number, Number], Number]
    ) -> Money:
        """Return the amount within a limit, each basis within its own.

        A basis without a limit of its own is not known any more where the other one is
        bounded, or may be.
        """
        net, net_moved = _bounded(self.net, maybe(limit.net), choose)
        gross, gross_moved = _bounded(self.gross, maybe(limit.gross), choose)
        return Money(
            None if gross_moved and limit.net is None else net,
            None if net_moved and limit.gross is None else gross,
        )

    def amount(self) -> Amount:
        """Return the amount in decimals."""
        net, gross = (None if one is None else decimal(one) for one in self)
        return Amount(net=net, gross=gross)


def unit(component: Component, *, tax_included: bool) -> Money:
    """Return what a kWh, an hour or a session costs.

    Whatever the tax on nothing may be, it is nothing.
    """
    price = exact(component.price)
    if not price:
        return Money(0, 0)
    other = None
    if component.vat is not None:
        factor = 1 + Fraction(exact(component.vat, least=0), 100 * ONE)
        other = price / factor if tax_included else price * factor
    return Money(other, price) if tax_included else Money(price, other)


def total(tariff: Tariff, used: Iterable[tuple[Component, Number]]) -> Money:
    """Return what a whole session costs, within the limits of its tariff."""
    found = Money(0, 0)
    for component, amount in used:
        price = unit(component, tax_included=tariff.tax_included)
        found = found.plus(price.times(Fraction(amount, _PER[component.kind])))
    found = found.bounded(tariff.minimum or _UNLIMITED, max)
    return found.bounded(tariff.maximum or _UNLIMITED, min)


def _plus(one: Number | None, other: Number | None) -> Number | None:
    """Return a sum, if both parts are known."""
    return None if one is None or other is None else one + other


def _bounded(
    value: Number | None,
    edge: int | None,
    choose: Callable[[Number, Number], Number],
) -> tuple[Number | None, bool]:
    """Return a value within a limit, and whether the limit may have changed it."""
    if value is None or edge is None:
        return value, edge is not None
    found = choose(value, edge)
    return found, found != value
