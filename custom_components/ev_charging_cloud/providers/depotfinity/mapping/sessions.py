"""From transactions and session reports to the model (fact sheet siemens_depot 4, 6).

The energy of a transaction is taken for Wh (6), that of a report is the difference of
two counter readings in Wh (4.2). A counter that runs backwards says nothing.
"""

from datetime import datetime, timedelta

import msgspec

from ...decoding import item
from ...model import Session, SessionState
from ...values import kilo, moment, number, text
from .. import wire
from ..connectors import Place

MOST_ERRORS = 20
LONGEST_ERROR = 200


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The sessions of a page, how many rows it had, and how many were unreadable."""

    sessions: tuple[Session, ...]
    rows: int
    unreadable: int


class Mapper:
    """Maps the sessions of one account."""

    def __init__(self, realm: str) -> None:
        """Take the account's realm, which with the id makes a session's key."""
        self._realm = realm

    def transactions(self, body: bytes) -> Page:
        """Return the readable transactions of a page."""
        return _page([self._transaction(raw) for raw in wire.rows(body)])

    def reports(self, body: bytes, place: Place) -> Page:
        """Return the readable session reports of a connector."""
        return _page([self._report(raw, place) for raw in wire.rows(body)])

    def _transaction(self, raw: msgspec.Raw) -> Session | None:
        """Map a transaction; one without an end is still running."""
        source = item(wire.TRANSACTION, raw)
        if source is None:
            return None
        number_of_it = text(source.transaction_id)
        charger, connector = text(source.charger_id), text(source.connector_id)
        if number_of_it is None or charger is None or connector is None:
            return None
        running = text(source.end_at) is None
        started_at, ended_at = _span(source.start_at, source.end_at)
        return Session(
            key=f"{self._realm}/{number_of_it}",
            id=number_of_it,
            state=SessionState.ACTIVE if running else SessionState.COMPLETED,
            evse_id=Place(charger, connector).evse_id,
            evse_identifier=connector,
            place=charger,
            started_at=started_at,
            ended_at=ended_at,
            duration=_duration(started_at, ended_at),
            energy_kwh=kilo(source.energy_delivered),
            power_kw=None if running else 0.0,
            battery_start_percent=percent(source.initial_soc),
            battery_end_percent=percent(source.end_soc),
            stop_reason=text(source.end_result),
        )

    def _report(self, raw: msgspec.Raw, place: Place) -> Session | None:
        """Map a session report, which is written when a session has ended (4.4)."""
        source = item(wire.REPORT, raw)
        if source is None or (number_of_it := text(source.session_id)) is None:
            return None
        started_at, ended_at = _span(source.session_time_start, source.session_time_end)
        return Session(
            key=f"{self._realm}/report/{place.evse_id}/{number_of_it}",
            id=number_of_it,
            state=SessionState.COMPLETED,
            evse_id=place.evse_id,
            evse_identifier=place.connector,
            place=place.charger,
            started_at=started_at,
            ended_at=ended_at,
            duration=_duration(started_at, ended_at),
            energy_kwh=difference(source.energy_charge_start, source.energy_charge_end),
            drawn_kwh=difference(
                source.energy_primary_start, source.energy_primary_end
            ),
            power_kw=0.0,
            battery_start_percent=percent(source.energy_soc_start),
            battery_end_percent=percent(source.energy_soc_end),
            errors=errors(source.device_status),
        )


def difference(start: wire.Number, end: wire.Number) -> float | None:
    """Return the kWh between two readings of a counter in Wh."""
    first, last = number(start, least=0), number(end, least=0)
    if first is None or last is None or last < first:
        return None
    return (last - first) / 1000


def percent(value: wire.Number) -> float | None:
    """Return a percentage between 0 and 100."""
    result = number(value, least=0)
    return result if result is not None and result <= 100 else None


def errors(raw: msgspec.Raw) -> tuple[str, ...]:
    """Return what the devices of a charger complained about, each once."""
    found: dict[str, None] = {}
    for row in item(wire.ROWS, raw) or ():
        device = item(wire.DEVICE, row)
        for one in (device.error_codes if device else None) or ():
            if said := text(one.error_code):
                found[said[:LONGEST_ERROR]] = None
    return tuple(found)[:MOST_ERRORS]


def _page(sessions: list[Session | None]) -> Page:
    """Return a page, its sessions sorted by their start."""
    readable = [one for one in sessions if one is not None]
    return Page(
        sessions=tuple(sorted(readable, key=_start)),
        rows=len(sessions),
        unreadable=len(sessions) - len(readable),
    )


def _start(session: Session) -> float:
    """Return what to sort a session by."""
    return session.started_at.timestamp() if session.started_at else 0.0


def _span(
    start: str | None, end: str | None
) -> tuple[datetime | None, datetime | None]:
    """Return start and end; an end before the start is not known."""
    first, last = moment(start), moment(end)
    return first, None if first and last and last < first else last


def _duration(start: datetime | None, end: datetime | None) -> timedelta | None:
    """Return the time between start and end."""
    return None if start is None or end is None else end - start
