"""How the CDRs of a charge close its session."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from math import fsum

import msgspec

from ...model import Cost, CostState, Ownership, Session, SessionState
from .papers import Paper, cost, parts

# Sums of kWh are rounded to so many digits: what binary fractions get wrong.
_DIGITS = 9
FILLABLE = (
    "evse_id",
    "evse_identifier",
    "place",
    "started_at",
    "ended_at",
    "duration",
    "idle",
    "energy_kwh",
    "reference",
)


def settled(session: Session, papers: Collection[Paper]) -> Session:
    """Return a session as its CDRs close it."""
    counted = parts(papers)
    start, end = _span(session, counted)
    duration = session.duration
    if start is not None and end is not None and start <= end:
        duration = end - start
    energy = _energy(counted)
    return msgspec.structs.replace(
        session,
        state=_state(session),
        started_at=start,
        ended_at=end,
        duration=duration,
        idle=_idle(counted) if session.idle is None else session.idle,
        energy_kwh=session.energy_kwh if energy is None else energy,
        cost=cost(papers) or _closed(session.cost),
        power_kw=0.0,
        evse_status=None,
        can_stop=False,
        stale=False,
    )


def filled(session: Session, other: Session | None) -> Session:
    """Return a session with what only another reading of the charge knows."""
    if other is None:
        return session
    changes: dict[str, object] = {
        name: found
        for name in FILLABLE
        if getattr(session, name) is None
        if (found := getattr(other, name)) is not None
    }
    if session.ownership is Ownership.UNKNOWN:
        changes["ownership"] = other.ownership
    if not session.periods:
        changes["periods"] = other.periods
    return msgspec.structs.replace(session, **changes)


def _span(
    session: Session, counted: Sequence[Paper]
) -> tuple[datetime | None, datetime | None]:
    """Return when a charge began and ended; what makes no sense changes nothing."""
    starts = [one.started_at for one in counted if one.started_at is not None]
    ends = [one.ended_at for one in counted if one.ended_at is not None]
    start = min(starts, default=session.started_at)
    end = max(ends, default=session.ended_at)
    if start is None or end is None or start <= end:
        return start, end
    return session.started_at, session.ended_at


def _energy(counted: Sequence[Paper]) -> float | None:
    """Return the energy of all parts."""
    found = [one.energy_kwh for one in counted if one.energy_kwh is not None]
    whole = bool(found) and len(found) == len(counted)
    return round(fsum(found), _DIGITS) if whole else None


def _idle(counted: Sequence[Paper]) -> timedelta | None:
    """Return how long the car took nothing in all parts."""
    found = [one.idle for one in counted if one.idle is not None]
    whole = bool(found) and len(found) == len(counted)
    return sum(found, timedelta()) if whole else None


def _state(session: Session) -> SessionState:
    """Return the state of a session that is billed."""
    failed = session.state is SessionState.FAILED
    return SessionState.FAILED if failed else SessionState.COMPLETED


def _closed(cost: Cost | None) -> Cost | None:
    """Return the cost of a session whose CDR has none."""
    if cost is None or cost.state is not CostState.RUNNING:
        return cost
    return msgspec.structs.replace(cost, state=CostState.PROVISIONAL)
