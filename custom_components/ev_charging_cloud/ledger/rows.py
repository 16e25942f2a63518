"""A session as a row, and back.

Live readings (power, status, charge of the battery now, whether it can be stopped) are
no part of what is kept of a session; a track holds them.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from ..happenings import Happening, Kind
from ..providers.model import (
    ChargingPeriod,
    Cost,
    CostState,
    Ownership,
    PeriodKind,
    Session,
    SessionState,
    plain,
)
from ..tracking import Track
from .values import instant, kwh, length, micro, moment, money, mwh, span

type Row = Mapping[str, Any]
type _Period = tuple[int, int | None, PeriodKind | None, int | None, int | None]

LIVE = frozenset(
    {"power_kw", "evse_status", "vehicle_battery_percent", "can_stop", "preference"}
)

_periods = msgspec.json.Decoder(tuple[_Period, ...])
_errors = msgspec.json.Decoder(tuple[str, ...])
_track = msgspec.json.Decoder(Track)
_session = msgspec.json.Decoder(Session)


class CostBasis(StrEnum):
    """Which of the amounts is the one to sum up."""

    NET = "net"
    GROSS = "gross"


def text(value: object) -> str:
    """Return a value of the model as JSON."""
    return msgspec.json.encode(plain(value)).decode()


def to_row(session: Session) -> dict[str, Any]:
    """Return what is kept of a session."""
    return {
        "key": session.key,
        "session_id": session.id,
        "state": session.state.value,
        "ownership": session.ownership.value,
        "stale": session.stale,
        "evse_id": session.evse_id,
        "evse_identifier": session.evse_identifier,
        "place": session.place,
        "started_at": instant(session.started_at),
        "ended_at": instant(session.ended_at),
        "reported_at": instant(session.reported_at),
        "duration": length(session.duration),
        "idle": length(session.idle),
        "energy": mwh(session.energy_kwh),
        "drawn": mwh(session.drawn_kwh),
        **_cost_row(session.cost),
        "battery_start": session.battery_start_percent,
        "battery_end": session.battery_end_percent,
        "periods": text([_period_row(one) for one in session.periods]),
        "errors": text(session.errors),
        "stop_reason": session.stop_reason,
        "reference": session.reference,
    }


def to_session(row: Row) -> Session:
    """Return a session as far as it was kept."""
    return Session(
        key=row["key"],
        id=row["session_id"],
        state=SessionState(row["state"]),
        ownership=Ownership(row["ownership"]),
        stale=row["stale"],
        evse_id=row["evse_id"],
        evse_identifier=row["evse_identifier"],
        place=row["place"],
        started_at=moment(row["started_at"]),
        ended_at=moment(row["ended_at"]),
        reported_at=moment(row["reported_at"]),
        duration=span(row["duration"]),
        idle=span(row["idle"]),
        energy_kwh=kwh(row["energy"]),
        drawn_kwh=kwh(row["drawn"]),
        cost=_cost(row),
        battery_start_percent=row["battery_start"],
        battery_end_percent=row["battery_end"],
        periods=tuple(_period(one) for one in _periods.decode(row["periods"])),
        errors=_errors.decode(row["errors"]),
        stop_reason=row["stop_reason"],
        reference=row["reference"],
    )


def to_track(value: str | None) -> Track | None:
    """Return a track, or raise `msgspec.MsgspecError` where it makes no sense."""
    return None if value is None else _track.decode(value)


def to_happening(kind: str, session: str) -> Happening | None:
    """Return a happening, or nothing where it makes no sense any more."""
    try:
        return Happening(kind=Kind(kind), session=_session.decode(session))
    except ValueError, msgspec.MsgspecError:
        return None


def _cost_row(cost: Cost | None) -> dict[str, Any]:
    """Return the columns of a cost."""
    names = ("currency", "cost_state", "cost_basis", "net", "vat", "gross")
    if cost is None:
        return dict.fromkeys(names)
    basis = CostBasis.NET if cost.gross is None else CostBasis.GROSS
    return {
        "currency": cost.currency,
        "cost_state": cost.state.value,
        "cost_basis": None if cost.amount is None else basis.value,
        "net": micro(cost.net),
        "vat": micro(cost.vat),
        "gross": micro(cost.gross),
    }


def _cost(row: Row) -> Cost | None:
    """Return the cost in a row."""
    if row["currency"] is None:
        return None
    return Cost(
        currency=row["currency"],
        state=CostState(row["cost_state"]),
        net=money(row["net"]),
        vat=money(row["vat"]),
        gross=money(row["gross"]),
    )


def _period_row(one: ChargingPeriod) -> _Period:
    """Return a charging period as it stands in the row."""
    return (
        instant(one.started_at),
        instant(one.ended_at),
        one.kind,
        mwh(one.energy_kwh),
        micro(one.amount),
    )


def _period(row: _Period) -> ChargingPeriod:
    """Return a charging period."""
    started_at, ended_at, kind, energy, amount = row
    return ChargingPeriod(
        started_at=moment(started_at),
        ended_at=moment(ended_at),
        kind=kind,
        energy_kwh=kwh(energy),
        amount=money(amount),
    )
