"""What an operator has told the gateway so far."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..session import Session
from ..world import World
from .profile import Flavour


@dataclass(frozen=True, kw_only=True)
class Report:
    """Know a session as of its last report, which is its last meter reading or end."""

    at: datetime
    received_at: datetime
    is_over: bool
    last_reading: datetime | None


def report_of(view: World, session: Session, flavour: Flavour) -> Report | None:
    """Return what the gateway knows of a session, or nothing if it is too early."""
    point = view.evses[session.evse_id].charge_point
    delay = timedelta(seconds=flavour.gateway_delay)
    heard = point.heard_until(view.time) - delay
    if heard < session.started_at:
        return None
    stopped = session.stopped_at
    ended = stopped if stopped is not None and stopped <= heard else None
    last = _last_reading(session, ended or heard, flavour)
    told = ended if flavour.reaches_completed else None
    at = told or last or session.started_at
    return Report(
        at=at, received_at=at + delay, is_over=told is not None, last_reading=last
    )


def readings(session: Session, report: Report, flavour: Flavour) -> Iterator[datetime]:
    """Yield when meter readings came."""
    every = timedelta(seconds=flavour.report_every)
    moment = session.started_at + every
    while report.last_reading is not None and moment <= report.last_reading:
        if flavour.reports_idle or _drew(session, moment - every, moment):
            yield moment
        moment += every


def _last_reading(session: Session, end: datetime, flavour: Flavour) -> datetime | None:
    every = timedelta(seconds=flavour.report_every)
    step = (end - session.started_at) // every
    if not flavour.reports_idle:
        drew_until = _drew_until(session, end)
        step = min(step, -((session.started_at - drew_until) // every))
    while step > 0:
        moment = session.started_at + every * step
        if flavour.reports_idle or _drew(session, moment - every, moment):
            return moment
        step -= 1
    return None


def _drew_until(session: Session, end: datetime) -> datetime:
    """Return up to when energy flowed, so that a long silence costs no search."""
    until = end
    for sample in reversed(session.samples):
        if sample.moment < end:
            if sample.power_w:
                return until
            until = sample.moment
    return session.started_at


def _drew(session: Session, start: datetime, end: datetime) -> bool:
    return session.reading_at(end).energy_uj > session.reading_at(start).energy_uj
