"""From the gateway's sessions to the model (fact sheet evnnovator 5.1 and 6)."""

from collections.abc import Iterable
from datetime import datetime
import re

import msgspec

from ...decoding import item
from ...errors import ResponseError
from ...model import RUNNING, Cost, CostState, Ownership, Session, SessionState
from ...values import money, number, text, word
from .. import wire
from .locations import matched, place_name
from .moments import known, zone_of
from .periods import Span, periods

SESSION_STATE: dict[str, SessionState] = {
    "pending": SessionState.PENDING,
    "active": SessionState.ACTIVE,
    "completed": SessionState.COMPLETED,
    "invalid": SessionState.FAILED,
    "reservation": SessionState.RESERVED,
}
OVER = frozenset({SessionState.COMPLETED, SessionState.FAILED})
HASH = re.compile(r"[0-9a-f]{32,}")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a session was asked, and when.

    ``own`` holds the folded ids of the configured drivers. ``assumed`` is whose a
    session is that names nobody, or only a hash.
    """

    evse_id: str | None
    own: frozenset[str]
    now: datetime
    assumed: Ownership = Ownership.OWN


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A session, when anybody was last heard of it, and the id of its EVSE."""

    session: Session
    heard_at: datetime | None
    evse_uid: str | None


class Mapper:
    """Maps the sessions of one account, and collects unknown words."""

    def __init__(self, realm: str) -> None:
        """Take the account's realm, which with the id makes a session's key."""
        self._realm = realm
        self.unknown: set[str] = set()

    def reading(self, body: bytes, asked: Asked) -> Reading | None:
        """Return the session of an answer, ``None`` where there is none."""
        try:
            source = wire.data(wire.SESSION, body)
            return None if source is None else self._reading(source, asked)
        except ArithmeticError, ValueError:
            raise wire.BrokenRecordError("The session cannot be read") from None

    def session(self, body: bytes, asked: Asked) -> Reading:
        """Return the session of an answer that must hold one."""
        found = self.reading(body, asked)
        if found is None:
            raise ResponseError("The answer holds no session")
        return found

    def _reading(self, source: wire.Session, asked: Asked) -> Reading:
        """Map a session; while it runs, its end is when it was last heard (1)."""
        identity = text(source.id)
        if identity is None:
            raise wire.BrokenRecordError("The session has no id")
        state = self._state(source.status)
        span = _span(source, asked.now, running=state not in OVER)
        heard = _latest(
            span.end,
            known(source.last_modified_date, asked.now),
            known(source.last_updated, asked.now),
        )
        location = item(wire.LOCATION, source.location) or wire.Location()
        uid = text(source.evse_id)
        evse = matched(location, uid)
        energy = number(source.kwh, least=0)
        session = Session(
            key=f"{self._realm}/{identity}",
            id=identity,
            state=state,
            ownership=ownership(text(source.auth_id), asked),
            evse_id=asked.evse_id,
            evse_identifier=(text(evse.evse_id) if evse else None) or uid,
            place=place_name(location),
            started_at=span.start,
            ended_at=None if span.running else span.end,
            duration=span.duration,
            energy_kwh=energy,
            power_kw=None if state in RUNNING else 0.0,
            cost=_cost(source, energy, running=span.running),
            reported_at=span.end or heard,
            reference=text(source.session_id),
            can_stop=state in RUNNING,
            periods=periods(
                source.charging_periods, span, zone_of(location.time_zone), asked.now
            ),
        )
        return Reading(
            session=session, heard_at=heard, evse_uid=uid.casefold() if uid else None
        )

    def _state(self, status: wire.Text) -> SessionState:
        """Return a session's state.

        An unknown word runs until a CDR says otherwise: an end that was told cannot
        be taken back.
        """
        folded = word(status)
        if folded not in SESSION_STATE:
            self.unknown.add(f"session status {folded[:40]}")
        return SESSION_STATE.get(folded, SessionState.ACTIVE)


def ownership(auth_id: str | None, asked: Asked) -> Ownership:
    """Return whose a session is; some operators send a hash instead of the id."""
    folded = (auth_id or "").casefold()
    if folded in asked.own:
        return Ownership.OWN
    if not folded or HASH.fullmatch(folded):
        return asked.assumed
    return Ownership.FOREIGN


def _span(source: wire.Session, now: datetime, *, running: bool) -> Span:
    """Return when a session began, and when it ended or was last reported."""
    start = known(source.start_datetime, now)
    end = known(source.end_datetime, now)
    if start is not None and end is not None and end < start:
        end = None
    return Span(start=start, end=end, running=running)


def _latest(*moments: datetime | None) -> datetime | None:
    """Return the latest of the known moments."""
    found: Iterable[datetime] = (one for one in moments if one is not None)
    return max(found, default=None)


def _cost(source: wire.Session, energy: float | None, *, running: bool) -> Cost | None:
    """Map what a session costs so far, without tax (11).

    Nothing for energy is not believed.
    """
    net = money(source.total_cost)
    currency = currency_of(source.currency)
    if currency is None or net is None or net < 0 or (not net and energy != 0):
        return None
    state = CostState.RUNNING if running else CostState.PROVISIONAL
    return Cost(currency=currency, net=net, state=state)


def currency_of(value: wire.Text) -> str | None:
    """Return an ISO 4217 code."""
    code = (text(value) or "").upper()
    return code if len(code) == 3 and code.isascii() and code.isalpha() else None
