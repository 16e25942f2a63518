"""Move one EVSE through time.

Between two edges nothing changes, so energy is power times time. Edges depend on the
world alone, never on when somebody looks; a read between two edges changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from .charger import Evse
from .session import Period, PeriodKind, Sample, Session, SessionState
from .units import energy_uj, time_to_deliver

METER_STEP: Final = timedelta(seconds=60)

# Fact sheet ampeco 14: the billing period flips to idle after this pause.
IDLE_AFTER: Final = timedelta(seconds=301)


def advance(evse: Evse, start: datetime, until: datetime) -> None:
    """Let an EVSE live from one moment to another."""
    moment = start
    while moment < until and evse.session is not None:
        edge = min(_edges(evse, evse.session, moment))
        stop = min(edge, until)
        _deliver(evse, stop - moment)
        moment = stop
        if stop == edge:
            settle(evse, moment)


def settle(evse: Evse, moment: datetime) -> None:
    """Bring session, power and billing period in line at an edge."""
    if (session := evse.session) is None:
        return
    if session.state is SessionState.STARTING and moment >= session.confirm_at:
        session.state = SessionState.ACTIVE
    if session.finish_at is not None and moment >= session.finish_at:
        finish(evse, moment, session.stop_reason or "remote")
        return
    # A session that is stopped before the charger confirmed it never draws.
    if session.periods or session.state is SessionState.ACTIVE:
        stopped_drawing = _set_power(evse, session, moment)
        _roll_period(session, moment, fresh=stopped_drawing)
        if (reason := _reason_to_end(evse, session)) is not None:
            finish(evse, moment, reason)


def _reason_to_end(evse: Evse, session: Session) -> str | None:
    if session.missing_to_limit_uj == 0:
        return "limit"
    is_full = evse.car is not None and evse.car.is_full
    return "full" if evse.ends_when_full and is_full else None


def finish(evse: Evse, moment: datetime, reason: str) -> None:
    """End the open session of an EVSE."""
    if (session := evse.session) is None:
        return
    if session.periods:
        session.periods[-1].stopped_at = moment
    if session.samples:
        session.samples.append(_sample(evse, session, moment, power_w=0))
    session.state = SessionState.FINISHED
    session.stopped_at = max(moment, session.started_at)
    session.stop_reason = reason
    session.finish_at = None
    session.soc_end = evse.car.soc_percent if evse.car else None
    evse.power_w = 0
    evse.session = None
    evse.last_session = session
    evse.was_used = True


def _edges(evse: Evse, session: Session, moment: datetime) -> Iterator[datetime]:
    if session.state is SessionState.STARTING:
        yield session.confirm_at
    else:
        yield session.tariff.next_change(moment)
    if session.finish_at is not None:
        yield session.finish_at
    if evse.charge_point.smart.enabled:
        zone = ZoneInfo(evse.charge_point.site.zone)
        yield evse.charge_point.smart.next_edge(moment, zone)
    if session.quiet_since is not None and session.idle_since is None:
        yield session.quiet_since + IDLE_AFTER
    if evse.power_w and evse.car is not None:
        yield moment + METER_STEP - _since_step(moment)
        yield moment + time_to_deliver(evse.car.missing_uj, evse.power_w)
        if (missing := session.missing_to_limit_uj) is not None:
            yield moment + time_to_deliver(missing, evse.power_w)


def _since_step(moment: datetime) -> timedelta:
    return timedelta(seconds=moment.second, microseconds=moment.microsecond)


def _deliver(evse: Evse, duration: timedelta) -> None:
    if not evse.power_w or evse.car is None or evse.session is None:
        return
    delivered = energy_uj(evse.power_w, duration)
    evse.meter_uj += delivered
    evse.car.stored_uj += delivered
    evse.session.energy_uj += delivered
    drawn = energy_uj(evse.drawn_w, duration)
    evse.drawn_uj += drawn
    evse.session.drawn_uj += drawn
    evse.session.periods[-1].energy_uj += delivered


def _set_power(evse: Evse, session: Session, moment: datetime) -> bool:
    """Set the power and return whether the car has just stopped drawing."""
    before = evse.power_w
    evse.withheld = evse.held or evse.charge_point.holds_back(moment)
    evse.power_w = 0 if evse.withheld else evse.demand_w()
    if before or evse.power_w:
        session.samples.append(_sample(evse, session, moment, power_w=evse.power_w))
    if evse.power_w:
        session.quiet_since = session.idle_since = None
    elif session.quiet_since is None:
        session.quiet_since = moment if before else session.started_at
    return bool(before and not evse.power_w)


def _sample(evse: Evse, session: Session, moment: datetime, *, power_w: int) -> Sample:
    drawn_w = evse.drawn_w if power_w else 0
    return Sample(moment, power_w, session.energy_uj, drawn_w, session.drawn_uj)


def _roll_period(session: Session, moment: datetime, *, fresh: bool) -> None:
    """Open a new period where kind or price changed, or the car stopped drawing."""
    if _is_idle(session, moment) and session.idle_since is None:
        session.idle_since = moment
    kind = PeriodKind.IDLE if session.idle_since else PeriodKind.CHARGING
    price = session.tariff.price_at(moment)
    last = session.periods[-1] if session.periods else None
    if last is not None:
        if not fresh and last.kind is kind and last.price == price:
            return
        last.stopped_at = moment
    start = session.started_at if last is None else moment
    grace = _grace_end(session) if kind is PeriodKind.IDLE else None
    period = Period(kind=kind, price=price, started_at=start, grace_end=grace)
    session.periods.append(period)


def _is_idle(session: Session, moment: datetime) -> bool:
    quiet = session.quiet_since
    return quiet is not None and moment >= quiet + IDLE_AFTER


def _grace_end(session: Session) -> datetime | None:
    if session.idle_since is None or session.tariff.idle_fee_per_minute is None:
        return None
    return session.idle_since + session.tariff.idle_grace
