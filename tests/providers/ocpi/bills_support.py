"""Sessions, CDRs and a ledger that is no more than its rules."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from custom_components.ev_charging_cloud.ledger.rows import Row, to_row, to_session
from custom_components.ev_charging_cloud.ledger.rules import joined
from custom_components.ev_charging_cloud.ledger.values import instant
from custom_components.ev_charging_cloud.providers.model import (
    Cost,
    CostState,
    Ownership,
    Session,
    SessionState,
)
from custom_components.ev_charging_cloud.providers.ocpi.bills import Bills
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Bill, Reading

REALM = "cpo.example"
START = datetime(2026, 1, 5, 10, tzinfo=UTC)
END = START + timedelta(hours=1)
NOW = END + timedelta(minutes=10)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
TOKENS = frozenset({"tag-1"})
EVSE = "nl*xyz*loc/evse-1"


def key(session_id: str) -> str:
    """Return the key of a session."""
    return f"{REALM}/nl/xyz/{session_id}"


def money(net: str | None, gross: str | None = None, **values: Any) -> Cost:
    """Return what a CDR says."""
    amounts = [None if one is None else Decimal(one) for one in (net, gross)]
    vat = None if None in amounts else amounts[1] - amounts[0]  # type: ignore[operator]
    whole: dict[str, Any] = {"currency": "EUR", "state": CostState.FINAL, **values}
    return Cost(net=amounts[0], vat=vat, gross=amounts[1], **whole)


def reading(
    session_id: str = "s1",
    *,
    tokens: frozenset[str] = TOKENS,
    reference: str | None = None,
    updated_at: datetime | None = NOW,
    foreign: bool = False,
    **values: Any,
) -> Reading:
    """Return a session that took 10 kWh within an hour."""
    facts: dict[str, Any] = {
        "key": key(session_id),
        "id": session_id.upper(),
        "state": SessionState.COMPLETED,
        "ownership": Ownership.OWN,
        "evse_id": EVSE,
        "place": "Example street",
        "started_at": START,
        "ended_at": END,
        "energy_kwh": 10.0,
        "cost": money("2.9", state=CostState.PROVISIONAL),
    }
    return Reading(
        session=Session(**{**facts, **values}),
        updated_at=updated_at,
        owner=("nl", "xyz"),
        foreign=foreign,
        location=None,
        location_id="LOC",
        evse_uid="EVSE-1",
        connector_id="1",
        token=next(iter(tokens), None),
        tokens=tokens,
        reference=reference,
        power_kw=None,
        tariff_ids=(),
        currency="EUR",
        zero_cost=False,
    )


def bill(
    cdr_id: str = "c1",
    *,
    session: str | None = None,
    tokens: frozenset[str] = TOKENS,
    reference: str | None = None,
    credit: bool = False,
    credited: str | None = None,
    updated_at: datetime | None = NOW,
    foreign: bool = False,
    **values: Any,
) -> Bill:
    """Return the CDR of that session, which by itself does not name it."""
    name = f"nl/xyz/{cdr_id}"
    facts: dict[str, Any] = {
        "key": f"{REALM}/cdr/{name}" if session is None else key(session),
        "id": session or cdr_id,
        "state": SessionState.COMPLETED,
        "evse_id": EVSE,
        "started_at": START,
        "ended_at": END,
        "energy_kwh": 10.0,
        "cost": money("-3", "-3.63") if credit else money("3", "3.63"),
    }
    return Bill(
        id=name,
        session_key=None if session is None else key(session),
        session=Session(**{**facts, **values}),
        reference=reference,
        token=next(iter(tokens), None),
        tokens=tokens,
        credit=credit,
        credited=None if credited is None else f"nl/xyz/{credited}",
        updated_at=updated_at,
        foreign=foreign,
    )


def told(bills: Bills, now: datetime) -> tuple[Session, ...]:
    """Return the news without the pauses in between."""
    return tuple(one for one in bills.news(now) if one is not None)


class Books:
    """What a provider does with bills, and the ledger with what it hands out."""

    def __init__(self) -> None:
        """Begin with an empty ledger."""
        self.bills = Bills(None)
        self.rows: dict[str, Row] = {}
        self.now = NOW

    def poll(
        self,
        sessions: Iterable[Reading] = (),
        bills: Iterable[Bill] = (),
        after: timedelta = timedelta(),
    ) -> tuple[Session, ...]:
        """Read what there is after a while, record it, and return what was news."""
        self.now += after
        found = list(sessions)
        self.bills.sessions(found)
        self.bills.add(bills, self.now)
        news = told(self.bills, self.now)
        for one in (*(self.bills.settled(each.session) for each in found), *news):
            self._record(one)
        return news

    def restart(self) -> None:
        """Go on with nothing but what was kept."""
        kept = self.bills.kept
        self.bills = Bills(kept)
        assert self.bills.kept == kept

    def charges(self) -> dict[str, Session]:
        """Return what the ledger holds."""
        return {name: to_session(row) for name, row in self.rows.items()}

    def only(self) -> Session:
        """Return the one charge there is."""
        (session,) = self.charges().values()
        return session

    def _record(self, session: Session) -> None:
        """Write a session over what was known of it."""
        first = instant(session.started_at or self.now)
        new = {**to_row(session), "first_start": first, "subject": None}
        row = joined(self.rows.get(session.key), new, instant(self.now))
        if row is not None:
            self.rows[session.key] = row
