"""From the gateway's CDRs to the model (fact sheet evnnovator 5.3 and 6, 12)."""

from datetime import datetime, timedelta
from decimal import Decimal
import math

import msgspec

from ...decoding import item
from ...errors import ResponseError
from ...model import Cost, CostState, Session, SessionState
from ...values import money, number, seconds, text
from .. import wire
from .moments import known
from .sessions import currency_of

HOUR = timedelta(hours=1)
# A charge is faster than the one and slower than the other.
SLOWEST_KW = 0.1
FASTEST_KW = 1000.0


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """A CDR; energy and time are numbers whose unit only the session tells."""

    started_at: datetime | None
    ended_at: datetime | None
    energy: float | None
    time: float | None
    currency: str | None
    net: Decimal | None
    vat: Decimal | None
    gross: Decimal | None
    free: bool


def bill(body: bytes, reference: str, now: datetime) -> Bill | None:
    """Return the CDR of an answer, ``None`` where there is none yet."""
    try:
        source = wire.data(wire.CDR, body)
        if source is None:
            return None
        if text(source.cdr_id) not in (None, reference):
            raise ResponseError("The answer holds the CDR of another session")
        return _bill(source, now)
    except ArithmeticError, ValueError:
        raise wire.BrokenRecordError("The CDR cannot be read") from None


def _bill(source: wire.Cdr, now: datetime) -> Bill:
    """Map a CDR; a gross amount below the net one is not believed."""
    net, gross = _amount(source.total_cost), _amount(source.total_cost_incl_vat)
    if net is not None and gross is not None and gross < net:
        gross = None
    return Bill(
        started_at=known(source.start_date_time, now),
        ended_at=known(source.stop_date_time, now),
        energy=number(source.total_energy, least=0),
        time=number(source.total_time, least=0),
        currency=currency_of(source.currency),
        net=net,
        vat=None if net is None or gross is None else gross - net,
        gross=gross,
        free=_is_free(source),
    )


def settled(session: Session, bill: Bill) -> Session:
    """Return a session as its CDR closes it."""
    start = bill.started_at or session.started_at
    end = bill.ended_at or session.ended_at
    if start is not None and end is not None and end < start:
        start, end = session.started_at, session.ended_at
    lasted = end - start if start is not None and end is not None else None
    energy = energy_kwh(bill.energy, session.energy_kwh, lasted)
    if energy is None:
        energy = session.energy_kwh
    failed = session.state is SessionState.FAILED
    return msgspec.structs.replace(
        session,
        state=SessionState.FAILED if failed else SessionState.COMPLETED,
        started_at=start,
        ended_at=end,
        duration=duration(bill.time, session, start) if lasted is None else lasted,
        energy_kwh=energy,
        power_kw=0.0,
        cost=_cost(session, bill, energy),
        evse_status=None,
        can_stop=False,
        stale=False,
    )


def energy_kwh(
    sent: float | None, known_kwh: float | None, lasted: timedelta | None
) -> float | None:
    """Return the energy of a CDR, which is seen in Wh and should be in kWh (12).

    It is not below what the session had, and no faster than a charger can be; of what
    is left, the nearest to the session's is meant.
    """
    if sent is None:
        return None
    least = 0.98 * (known_kwh or 0.0) - 0.001
    hours = lasted / HOUR if lasted else None
    choices = [
        kwh
        for kwh in (sent / 1000, sent)
        if kwh >= least and (hours is None or kwh <= FASTEST_KW * hours + 0.01)
    ]
    if known_kwh:
        near = [kwh for kwh in choices if kwh > 0]
        return min(near, key=lambda kwh: abs(math.log(kwh / known_kwh)), default=None)
    slow = SLOWEST_KW * (hours or 0.0)
    return next((kwh for kwh in choices if kwh >= slow), next(iter(choices), None))


def duration(
    sent: float | None, session: Session, start: datetime | None
) -> timedelta | None:
    """Return the duration of a CDR without times, seen in minutes (12).

    It is not shorter than what was seen of the session.
    """
    if sent is None:
        return None
    choices = [one for one in (seconds(sent * 60), seconds(sent * 3600)) if one]
    if start is not None and session.reported_at is not None:
        seen = session.reported_at - start
        choices = [one for one in choices if one >= 0.98 * seen]
    return min(choices, default=None)


def _cost(session: Session, bill: Bill, energy: float | None) -> Cost | None:
    """Return the final cost, or what was known where the CDR has none."""
    before = session.cost
    currency = bill.currency or (before.currency if before else None)
    amounts = [one for one in (bill.net, bill.gross) if one is not None]
    unbelievable = not any(amounts) and energy != 0 and not bill.free
    if currency is None or not amounts or unbelievable:
        if before is None or before.state is not CostState.RUNNING:
            return before
        return msgspec.structs.replace(before, state=CostState.PROVISIONAL)
    return Cost(
        currency=currency,
        net=bill.net,
        vat=bill.vat,
        gross=bill.gross,
        state=CostState.FINAL,
    )


def _amount(value: wire.Number) -> Decimal | None:
    """Return an amount of money that is not negative."""
    found = money(value)
    return found if found is not None and found >= 0 else None


def _is_free(source: wire.Cdr) -> bool:
    """Tell whether the CDR's tariff says that charging costs nothing."""
    prices = [
        money(component.price)
        for tariff in item(wire.TARIFFS, source.tariffs) or ()
        for element in tariff.elements or ()
        for component in element.price_components or ()
    ]
    return bool(prices) and not any(price is None or price for price in prices)
