"""From OCPI's sessions to the model (fact sheet ocpi 8)."""

from datetime import datetime

from ...model import RUNNING, CostState, Session, SessionState
from ...values import word
from .. import wire
from .amounts import energy, running_cost
from .drivers import driver_of
from .moments import AHEAD, known, span
from .names import currency_of, folded, named, owner, sent
from .periods import completed, course, power_kw
from .shapes import Own, Reading
from .where import where_of

SESSION_STATE: dict[str, SessionState] = {
    "pending": SessionState.PENDING,
    "active": SessionState.ACTIVE,
    "completed": SessionState.COMPLETED,
    "invalid": SessionState.FAILED,
    "reservation": SessionState.RESERVED,
    "reserved": SessionState.RESERVED,
}
# As the standard writes them, which spares folding nearly every one.
WRITTEN: dict[str, SessionState] = {
    name.upper(): state for name, state in SESSION_STATE.items()
}
OVER = (SessionState.COMPLETED, SessionState.FAILED)


def reading(
    source: wire.Session, realm: str, own: Own, now: datetime, unknown: set[str]
) -> Reading | None:
    """Map a session, ``None`` where it has no id or no status."""
    identity = sent(source.id)
    state = _state(source.status, unknown)
    if identity is None or state is None:
        return None
    latest = now + AHEAD
    state, begun, end = _life(source, state, now)
    over = state in OVER
    whose = owner(source.country_code, source.party_id)
    ids = source.location_id, source.evse_uid, source.connector_id
    where = where_of(whose, ids, source.location, unknown)
    updated = known(source.last_updated, latest)
    kwh = energy(source.kwh)
    found = course(source.charging_periods, end, kwh, latest)
    currency = currency_of(source.currency)
    certainty = CostState.PROVISIONAL if over else CostState.RUNNING
    cost, nothing = running_cost(source.total_cost, currency, kwh, certainty)
    reference = folded(source.authorization_reference)
    driver = driver_of(source, reference, own)
    session = Session(
        key=f"{realm}/{named(whose, identity)}",
        id=identity,
        state=state,
        ownership=driver.ownership,
        evse_id=where.evse_id,
        evse_identifier=where.identifier,
        place=where.name,
        started_at=begun,
        ended_at=end,
        duration=None if begun is None or end is None else end - begun,
        energy_kwh=kwh,
        power_kw=0.0 if over else None,
        cost=cost,
        reported_at=end or updated,
        can_stop=state in RUNNING,
        periods=tuple(found.periods),
    )
    return Reading(
        session=completed(session, found) if found.odd else session,
        updated_at=updated,
        owner=whose,
        foreign=driver.foreign,
        location=where.place,
        location_id=where.location_id,
        evse_uid=where.evse_uid,
        connector_id=where.connector_id,
        token=driver.token,
        tokens=driver.tokens,
        reference=reference,
        power_kw=None if over else power_kw(source.charging_periods, found, latest),
        tariff_ids=found.tariffs,
        currency=currency,
        zero_cost=nothing,
    )


def _life(
    source: wire.Session, state: SessionState, now: datetime
) -> tuple[SessionState, datetime | None, datetime | None]:
    """Return where a session is in its life, its start, and its end if it is over."""
    begun, ended = span(
        source.start_date_time or source.start_datetime,
        source.end_date_time or source.end_datetime,
        now + AHEAD,
    )
    # A status that was never set may say ACTIVE; an end is written on purpose.
    if state is SessionState.ACTIVE and ended is not None and ended <= now:
        state = SessionState.COMPLETED
    return state, begun, ended if state in OVER else None


def _state(status: str, unknown: set[str]) -> SessionState | None:
    """Return a session's state, ``None`` where the status is no word.

    An unknown word runs until a CDR says otherwise: an end that was told cannot be
    taken back.
    """
    if (state := WRITTEN.get(status)) is not None:
        return state
    name = word(status)
    if name not in SESSION_STATE:
        if not any(map(str.isalpha, name)):
            return None
        unknown.add(f"session status {name[:40]}")
    return SESSION_STATE.get(name, SessionState.ACTIVE)
