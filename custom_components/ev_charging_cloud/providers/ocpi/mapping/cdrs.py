"""From OCPI's CDRs to the model (fact sheet ocpi 11)."""

from datetime import datetime

import msgspec

from ...model import CostState, Session, SessionState
from .. import pricing, wire
from .amounts import Sums, cost, is_negative, is_nothing, negative, sums
from .drivers import driver_of
from .moments import AHEAD, known, span
from .names import Owner, currency_of, folded, named, owner, sent
from .periods import completed, course
from .shapes import Bill, Own
from .tariffs import tariffs
from .totals import Totals
from .where import Where, where_of


def bill(
    source: wire.Cdr, realm: str, own: Own, now: datetime, unknown: set[str]
) -> Bill | None:
    """Map a CDR, ``None`` where it has no id."""
    identity = sent(source.id)
    if identity is None:
        return None
    whose = owner(source.country_code, source.party_id)
    name = named(whose, identity)
    session_id, credited = sent(source.session_id), sent(source.credit_reference_id)
    key = None if session_id is None else f"{realm}/{named(whose, session_id)}"
    reference = folded(source.authorization_reference)
    driver = driver_of(source, reference, own)
    latest = now + AHEAD
    begun, ended = span(
        source.start_date_time, source.end_date_time or source.stop_date_time, latest
    )
    totals = Totals(source, begun, ended, latest)
    found = course(source.charging_periods, ended, totals.energy_kwh, latest)
    where = _where(source, whose, unknown)
    total = sums(source.total_cost)
    credit = _is_credit(source, total)
    nothing = is_nothing(total, totals.energy_kwh) and not _is_free(source)
    amounts = negative(total) if credit else total
    session = Session(
        key=key or f"{realm}/cdr/{name}",
        id=session_id or identity,
        state=SessionState.COMPLETED,
        ownership=driver.ownership,
        evse_id=where.evse_id,
        evse_identifier=where.identifier,
        place=where.name,
        started_at=begun,
        ended_at=ended,
        duration=totals.duration,
        idle=totals.idle,
        energy_kwh=totals.energy_kwh,
        power_kw=0.0,
        cost=None
        if nothing
        else cost(currency_of(source.currency), amounts, CostState.FINAL),
        reported_at=ended or known(source.last_updated, latest),
        can_stop=False,
        periods=tuple(found.periods),
    )
    return Bill(
        id=name,
        session_key=key,
        session=completed(session, found),
        reference=reference,
        token=driver.token,
        tokens=driver.tokens,
        credit=credit,
        credited=None if credited is None else named(whose, credited),
        updated_at=known(source.last_updated, latest),
        foreign=driver.foreign,
        zero_cost=nothing,
    )


def _where(source: wire.Cdr, whose: Owner, unknown: set[str]) -> Where:
    """Return the place of a CDR, in the shape of the one or the other version."""
    place = source.cdr_location or wire.CdrLocation()
    ids = place.id, place.evse_uid, place.connector_id
    where = where_of(whose, ids, source.location, unknown)
    return msgspec.structs.replace(
        where,
        name=sent(place.name) or sent(place.address) or where.name,
        identifier=sent(place.evse_id) or where.identifier,
    )


def _is_credit(source: wire.Cdr, total: Sums) -> bool:
    """Tell whether a CDR pays something back; 2.1.1 has only the sign to say so."""
    if source.credit is None and sent(source.credit_reference_id) is not None:
        return True
    return bool(source.credit) or is_negative(total)


def _is_free(source: wire.Cdr) -> bool:
    """Tell whether the CDR's own tariffs say that charging costs nothing."""
    found = tariffs(source.tariffs)
    return bool(found) and all(
        one is not None and pricing.is_free(one) for one in found
    )
