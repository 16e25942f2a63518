"""What the CPO's back end has heard of a session."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..charger import ChargePoint
from ..session import Session
from ..world import Command
from .profile import OcpiProfile
from .records import began, ended
from .values import whole_second


@dataclass(frozen=True)
class Report:
    """Know a session as of a moment, and when that became known."""

    at: datetime
    updated: datetime
    status: str

    @property
    def is_over(self) -> bool:
        """Return whether nothing can follow."""
        return self.status in ("COMPLETED", "INVALID")


@dataclass
class Outages:
    """Remember when charge points were out of reach."""

    count: int = 0
    _lost: dict[str, list[tuple[datetime, datetime]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _since: dict[str, datetime] = field(default_factory=dict)

    def note(self, done: Command) -> None:
        """Notice that a charge point went or came back."""
        connected = done.kwargs.get("connected")
        if done.name != "configure" or connected is None:
            return
        key = str(done.args[0] if done.args else done.kwargs["charge_point_id"])
        self.count += 1
        if not connected:
            self._since.setdefault(key, done.moment)
        elif (since := self._since.pop(key, None)) is not None:
            self._lost[key].append((since, done.moment))

    def heard_at(self, point: ChargePoint, moment: datetime) -> datetime:
        """Return when something became known that happened at a moment."""
        for lost, back in self._lost.get(point.id, ()):
            if lost < moment <= back:
                return whole_second(back)
        return moment

    def back_at(self, point: ChargePoint) -> datetime | None:
        """Return when a charge point came back last."""
        lost = self._lost.get(point.id)
        return lost[-1][1] if lost else None


def report_of(
    session: Session,
    point: ChargePoint,
    now: datetime,
    profile: OcpiProfile,
    outages: Outages,
) -> Report | None:
    """Return what is known of a session, or nothing if it is too early."""
    created = whole_second(session.requested_at)
    shown = created + timedelta(seconds=profile.session_delay)
    known_until = point.heard_until(now)
    if now < shown or known_until < session.requested_at:
        return None
    end = ended(session)
    if end is not None and session.stopped_at is not None:
        if session.stopped_at <= known_until and not profile.stuck_active:
            status = "COMPLETED" if session.periods else "INVALID"
            updated = max(shown, outages.heard_at(point, end))
            return Report(end, updated, status)
        known_until = min(known_until, end)
    at, happened, status = _running(session, known_until, profile)
    return Report(at, max(shown, outages.heard_at(point, happened)), status)


def _running(
    session: Session, known_until: datetime, profile: OcpiProfile
) -> tuple[datetime, datetime, str]:
    """Return the last report, the last change and the status of an open session."""
    start, confirmed = began(session), whole_second(session.confirm_at)
    if not session.periods or confirmed > known_until:
        return start, whole_second(session.requested_at), "PENDING"
    every = timedelta(seconds=profile.report_every)
    steps = max(0, (whole_second(known_until) - start) // every)
    at = whole_second(start + every * steps)
    return at, max(at, confirmed), "ACTIVE"
