"""Sessions to keep, chosen and random ones."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
import sqlite3
from typing import Any

from hypothesis import strategies as st

from custom_components.ev_charging_cloud.happenings import Happening, Kind
from custom_components.ev_charging_cloud.ledger import AccountLedger
from custom_components.ev_charging_cloud.providers.model import (
    ChargingPeriod,
    Cost,
    CostState,
    EvseStatus,
    Ownership,
    PeriodKind,
    Session,
    SessionState,
)
from custom_components.ev_charging_cloud.tracking import Track

NOW = datetime(2026, 10, 25, 1, 30, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)

FULL = Session(
    key="host/1",
    id="1",
    state=SessionState.COMPLETED,
    ownership=Ownership.OWN,
    evse_id="evse_1",
    evse_identifier="NO*ABC*E1",
    place="Garage ü",
    started_at=NOW - HOUR,
    ended_at=NOW,
    duration=HOUR,
    idle=timedelta(microseconds=1),
    energy_kwh=0.11429,
    cost=Cost(
        currency="NOK",
        state=CostState.PROVISIONAL,
        net=Decimal("0.1"),
        vat=Decimal("0.025"),
        gross=Decimal("0.125001"),
    ),
    battery_start_percent=76.5,
    battery_end_percent=98.0,
    drawn_kwh=39.261,
    errors=("E1", 'quote " and , comma'),
    reported_at=NOW,
    reference="auth-1",
    stop_reason="EVDisconnected",
    stale=True,
    periods=(
        ChargingPeriod(
            started_at=NOW - HOUR,
            ended_at=NOW,
            kind=PeriodKind.CHARGING,
            energy_kwh=0.11429,
            amount=Decimal("0.125001"),
        ),
        ChargingPeriod(started_at=NOW),
    ),
)
LIVE = {
    "power_kw": 11.04,
    "evse_status": EvseStatus.CHARGING,
    "vehicle_battery_percent": 55.5,
    "can_stop": True,
    "preference": "cheap",
}


def session(key: str = "s1", **values: Any) -> Session:
    """Return a running session with little known of it."""
    chosen = {"id": key, "state": SessionState.ACTIVE, "evse_id": "evse_1", **values}
    return Session(key=key, **chosen)


def ended(key: str = "s1", **values: Any) -> Session:
    """Return a session that is over."""
    chosen = {"started_at": NOW - HOUR, "ended_at": NOW, "energy_kwh": 7.5, **values}
    return session(key, **{"state": SessionState.COMPLETED, **chosen})


def cost(state: CostState, gross: str | None = "10") -> Cost:
    """Return a gross amount."""
    amount = None if gross is None else Decimal(gross)
    return Cost(currency="NOK", state=state, gross=amount)


def track(of: Session, **values: Any) -> Track:
    """Return a track of a session."""
    return Track(session=of, **{"first_start": NOW - HOUR, **values})


def started(of: Session) -> Happening:
    """Return the start of a session."""
    return Happening(kind=Kind.STARTED, session=of)


async def record(account: AccountLedger, *past: Session, **values: Any) -> None:
    """Record with everything empty that is not named."""
    rest = {"tracks": {}, "happenings": (), "cursors": {}, "now": NOW, **values}
    await account.record(past=past, **rest)


def rows(path: Path, words: str) -> list[tuple[Any, ...]]:
    """Return what another reader of the file finds."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(words).fetchall()
    finally:
        connection.close()


_text = st.text(max_size=20)
_zones = st.integers(-840, 840).map(lambda value: timezone(timedelta(minutes=value)))
_moment = st.datetimes(
    min_value=datetime(1, 1, 2),
    max_value=datetime(9999, 12, 30),
    timezones=st.just(UTC) | _zones,
)
_length = st.timedeltas(timedelta(), timedelta(days=3660))
_amount = st.decimals(-(10**9), 10**9, places=6, allow_nan=False, allow_infinity=False)
_energy = st.integers(0, 10**12).map(lambda value: value / 10**6)
_percent = st.floats(0, 100)
_opt = st.none()

COSTS = st.builds(
    Cost,
    currency=st.text(min_size=1, max_size=3),
    state=st.sampled_from(CostState),
    net=_opt | _amount,
    vat=_opt | _amount,
    gross=_opt | _amount,
)
PERIODS = st.builds(
    ChargingPeriod,
    started_at=_moment,
    ended_at=_opt | _moment,
    kind=_opt | st.sampled_from(PeriodKind),
    energy_kwh=_opt | _energy,
    amount=_opt | _amount,
)
SESSIONS = st.builds(
    Session,
    key=_text,
    id=_text,
    state=st.sampled_from(SessionState),
    ownership=st.sampled_from(Ownership),
    evse_id=_opt | _text,
    evse_identifier=_opt | _text,
    place=_opt | _text,
    started_at=_opt | _moment,
    ended_at=_opt | _moment,
    duration=_opt | _length,
    idle=_opt | _length,
    energy_kwh=_opt | _energy,
    power_kw=_opt | _energy,
    cost=_opt | COSTS,
    evse_status=_opt | st.sampled_from(EvseStatus),
    vehicle_battery_percent=_opt | _percent,
    battery_start_percent=_opt | _percent,
    battery_end_percent=_opt | _percent,
    drawn_kwh=_opt | _energy,
    errors=st.lists(_text, max_size=2).map(tuple),
    reported_at=_opt | _moment,
    reference=_opt | _text,
    stop_reason=_opt | _text,
    can_stop=_opt | st.booleans(),
    stale=st.booleans(),
    periods=st.lists(PERIODS, max_size=2).map(tuple),
)
TRACKS = st.builds(
    Track,
    session=SESSIONS,
    first_start=_moment,
    predecessor=_opt | SESSIONS,
    predecessor_start=_opt | _moment,
    attempts=st.integers(0, 9),
)
