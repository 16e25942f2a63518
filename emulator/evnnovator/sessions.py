"""Sessions as the gateway writes them (fact sheet evnnovator 5.1 and 6)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from ..charger import Evse
from ..session import Session
from ..units import to_kwh
from ..world import World
from .locations import (
    COUNTRY_CODE,
    LocationWriter,
    cpo_location_id,
    cpo_resource_id,
    evse_id,
    evse_uid,
)
from .profile import Flavour
from .reports import Report, readings
from .values import (
    NEVER,
    Json,
    cut,
    gateway_id,
    hours,
    local_time,
    offset_time,
    rounded,
    zulu_time,
)


def session_key(session: Session) -> str:
    """Return the gateway's id of a session."""
    return gateway_id("session", session.id)


def shown_auth_id(view: World, session: Session, flavour: Flavour) -> str:
    """Return the driver's id, or a hash where the charger knows a card only."""
    driver = view.drivers.get(session.driver_id or "")
    auth_id = (driver.auth_id if driver else None) or "guest"
    if flavour.hashes_card_holders and session.started_by != "app":
        return gateway_id("auth", auth_id)
    return auth_id


def auth_method(session: Session) -> str:
    """Return who asked for a session."""
    return "COMMAND" if session.started_by == "app" else "AUTH_REQUEST"


def net_cost(session: Session, kwh: Decimal, flavour: Flavour) -> Decimal:
    """Return the cost without tax."""
    price = session.tariff.price_at(session.started_at).net
    if flavour.cost_from_rounded_kwh:
        kwh = rounded(kwh, 3)
    return rounded(kwh * price, 4)


class SessionWriter:
    """Write the sessions of one operator."""

    def __init__(self, view: World, flavour: Flavour) -> None:
        """Look at a view with the habits of an operator."""
        self._view = view
        self._flavour = flavour
        self._locations = LocationWriter(view, flavour)

    def write(self, session: Session, report: Report) -> Json:
        """Return a session as of its last report."""
        evse = self._view.evses[session.evse_id]
        site, flavour = evse.charge_point.site, self._flavour
        kwh = to_kwh(session.reading_at(report.at).energy_uj)
        return {
            **self._place(evse),
            "id": session_key(session),
            **self._dates(session, report),
            "party_id": site.operator,
            "country_code": COUNTRY_CODE,
            "location_id": cpo_location_id(site, flavour),
            "session_id": session.id,
            "cpoId": cpo_resource_id(site),
            "start_datetime": offset_time(session.started_at),
            "end_datetime": offset_time(report.at),
            "kwh": float(rounded(kwh, flavour.kwh_places)),
            "auth_id": shown_auth_id(self._view, session, flavour),
            "auth_method": auth_method(session),
            "location": self._locations.write(site, [evse], live=False),
            "currency": session.tariff.currency,
            "charging_periods": self.periods(session, report),
            "total_cost": float(net_cost(session, kwh, flavour)),
            "status": "COMPLETED" if report.is_over else "ACTIVE",
            "last_updated": self._last_updated(report),
        }

    def periods(self, session: Session, report: Report) -> list[Json]:
        """Return the charging periods as of a report."""
        if self._flavour.periods == "none" or report.last_reading is None:
            return []
        if self._flavour.periods == "single":
            return [{"start_date_time": self._period_time(report.at)}]
        return list(self._series(session, report, report.last_reading))

    def _place(self, evse: Evse) -> Json:
        uid, flavour = evse_uid(evse, self._flavour), self._flavour
        return {
            "evseId": uid.lower() if flavour.lower_case_in_session else uid,
            "connectorId": "1" if flavour.uids == "uuid" else evse_id(evse, flavour),
        }

    def _dates(self, session: Session, report: Report) -> Json:
        delay = timedelta(seconds=self._flavour.gateway_delay)
        return {
            "created_date": offset_time(session.started_at + delay),
            "last_modified_date": offset_time(report.received_at),
        }

    def _last_updated(self, report: Report) -> str:
        return offset_time(report.at) if self._flavour.knows_last_update else NEVER

    def _period_time(self, moment: datetime) -> str:
        return local_time(moment) if self._flavour.local_periods else zulu_time(moment)

    def _series(
        self, session: Session, report: Report, last_mark: datetime
    ) -> Iterator[Json]:
        """Yield one period per reading, then the time after the last one."""
        every = timedelta(seconds=self._flavour.report_every)
        before = self._flavour.volume_of == "time_before"
        for mark in readings(session, report, self._flavour):
            edges = (mark - every, mark) if before else (mark, mark + every)
            first, last = (
                session.reading_at(min(edge, report.at)).energy_uj for edge in edges
            )
            yield self._period(mark, "ENERGY", to_kwh(last - first))
        if report.is_over and self._flavour.parking_period:
            yield self._period(report.at, "PARKING_TIME", hours(report.at - last_mark))

    def _period(self, moment: datetime, kind: str, volume: Decimal) -> Json:
        shown = cut(volume)
        text = self._flavour.volumes_as_text
        dimension = {"type": kind, "volume": str(shown) if text else float(shown)}
        return {
            "start_date_time": self._period_time(moment),
            "dimensions": [dimension],
        }
