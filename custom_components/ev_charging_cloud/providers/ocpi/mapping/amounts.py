"""Money and energy, as far as they can be believed (fact sheet ocpi 7, 8.5, 11, 17)."""

from decimal import Decimal, InvalidOperation

from ...model import Cost, CostState
from .. import wire

# A session that took more was never charged by anything.
MOST_KWH = 100_000.0
MOST_KW = 1500.0
ZERO, MOST_MONEY = Decimal(0), Decimal(10**9)
# Volumes in Wh beside a total in kWh exceed it by far more than rounding does (8.4).
SUSPICIOUS = 50
WATT_HOURS = 1000

type Sums = tuple[Decimal | None, Decimal | None]

UNKNOWN: Sums = (None, None)


def energy(value: float | None) -> float | None:
    """Return an energy in kWh that can be meant."""
    return value if value is not None and 0 <= value <= MOST_KWH else None


def in_watt_hours(counted: float, kwh: float | None) -> bool:
    """Tell whether the periods count Wh beside a total in kWh."""
    return kwh is not None and kwh > 0 and counted > SUSPICIOUS * kwh


def sums(price: wire.Price | Decimal | None) -> Sums:
    """Return a total without and with tax, in whatever version's words."""
    if price is None:
        return UNKNOWN
    if isinstance(price, Decimal):
        return _meant(price), None
    net = price.excl_vat if price.before_taxes is None else price.before_taxes
    gross = price.incl_vat if price.after_taxes is None else price.after_taxes
    if net is not None and gross is not None and _is_usual(net, gross):
        return net, gross
    net, gross = _meant(net), _meant(gross)
    if net is None:
        return net, gross
    if gross is None and price.taxes:
        gross = _taxed(net, price.taxes)
    return net, None if gross is None or abs(gross) < abs(net) else gross


def _is_usual(net: Decimal, gross: Decimal) -> bool:
    """Tell whether amounts are what nearly all are."""
    try:
        return ZERO <= net <= gross < MOST_MONEY
    except InvalidOperation:
        return False


def _meant(amount: Decimal | None) -> Decimal | None:
    """Return an amount that can be meant."""
    if amount is None:
        return None
    try:
        return amount if -MOST_MONEY < amount < MOST_MONEY else None
    except InvalidOperation:
        # It was no number.
        return None


def _taxed(net: Decimal, taxes: list[wire.TaxAmount]) -> Decimal | None:
    """Return an amount with its taxes, if each of them is known."""
    found = net
    for one in taxes:
        if (amount := _meant(one.amount)) is None:
            return None
        found += amount
    return found


def is_nothing(total: Sums, kwh: float | None) -> bool:
    """Tell whether a total says 0 where energy was, or may have been, taken (8.5)."""
    net, gross = total
    return not (net or gross) and kwh != 0 and total != UNKNOWN


def cost(currency: str | None, total: Sums, state: CostState) -> Cost | None:
    """Return a cost, where there is an amount and its currency."""
    net, gross = total
    if currency is None or (net is None and gross is None):
        return None
    vat = None if net is None or gross is None else gross - net
    return Cost(currency=currency, state=state, net=net, vat=vat, gross=gross)


def running_cost(
    price: wire.Price | Decimal | None,
    currency: str | None,
    kwh: float | None,
    state: CostState,
) -> tuple[Cost | None, bool]:
    """Return what a session costs so far, and whether that is said to be nothing."""
    total = sums(price)
    if is_nothing(total, kwh):
        return None, True
    return None if is_negative(total) else cost(currency, total, state), False


def is_negative(total: Sums) -> bool:
    """Tell whether a total is to be paid back."""
    net, gross = total
    return bool(net and net.is_signed()) or bool(gross and gross.is_signed())


def negative(total: Sums) -> Sums:
    """Return what is to be paid back, whatever its sign was."""
    net, gross = total
    return (None if net is None else -abs(net)), (
        None if gross is None else -abs(gross)
    )
