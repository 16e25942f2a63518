"""Charge detail records (fact sheet evnnovator 5.3)."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from ..session import Session
from ..units import to_kwh
from ..world import World
from .locations import COUNTRY_CODE, LocationWriter, cpo_location_id
from .profile import Flavour
from .reports import report_of
from .sessions import SessionWriter, auth_method, net_cost, shown_auth_id
from .values import Json, gateway_id, hours, local_time, offset_time, rounded

WEEKS_BEFORE: Final = timedelta(days=36, minutes=-7)
MINUTE: Final = timedelta(minutes=1)


def cdr_key(session: Session) -> str:
    """Return the gateway's id of a session's CDR."""
    return gateway_id("cdr", session.id)


def has_cdr(view: World, session: Session, flavour: Flavour) -> bool:
    """Return whether the CDR has come."""
    if session.stopped_at is None or flavour.cdr_delay is None:
        return False
    heard = view.evses[session.evse_id].charge_point.heard_until(view.time)
    due = session.stopped_at + timedelta(seconds=flavour.cdr_delay)
    return session.stopped_at <= heard and due <= view.time


class CdrWriter:
    """Write the CDRs of one operator."""

    def __init__(self, view: World, flavour: Flavour) -> None:
        """Look at a view with the habits of an operator."""
        self._view = view
        self._flavour = flavour

    def write(self, session: Session) -> Json:
        """Return the CDR of an ended session."""
        site = self._view.evses[session.evse_id].charge_point.site
        assert session.stopped_at is not None
        return {
            "id": cdr_key(session),
            "cdr_id": session.id,
            "party_id": site.operator,
            "country_code": COUNTRY_CODE,
            "start_date_time": offset_time(session.started_at),
            "stop_date_time": offset_time(session.stopped_at),
            "auth_id": shown_auth_id(self._view, session, self._flavour),
            "auth_method": auth_method(session),
            "location": self._location(session),
            "currency": session.tariff.currency,
            "tariffs": [_tariff(session)],
            "charging_periods": self._periods(session),
            **self._totals(session, session.stopped_at - session.started_at),
        }

    def _totals(self, session: Session, lasted: timedelta) -> Json:
        kwh = to_kwh(session.energy_uj)
        net = net_cost(session, kwh, self._flavour)
        gross = net * (1 + session.tariff.tax_percent / 100)
        energy, time = rounded(kwh, 3) * 1000, Decimal(lasted // MINUTE)
        if self._flavour.cdr_units == "kwh_and_hours":
            energy, time = rounded(kwh, 4), rounded(hours(lasted), 4)
        return {
            "total_cost": float(net),
            "total_cost_incl_vat": float(rounded(gross, 4)),
            "total_energy": float(energy),
            "total_time": float(time),
        }

    def _periods(self, session: Session) -> list[Json]:
        if self._flavour.nonsense_periods_in_cdr:
            wrong = session.started_at - WEEKS_BEFORE
            return [{"start_date_time": local_time(wrong)}]
        report = report_of(self._view, session, self._flavour)
        writer = SessionWriter(self._view, self._flavour)
        return writer.periods(session, report) if report is not None else []

    def _location(self, session: Session) -> Json:
        site = self._view.evses[session.evse_id].charge_point.site
        writer = LocationWriter(self._view, self._flavour)
        return {
            "id": cpo_location_id(site, self._flavour),
            "lastModifiedDate": offset_time(writer.modified_at()),
            "type": self._flavour.kind,
            **writer.address(site),
            "coordinates": {},
        }


def _tariff(session: Session) -> Json:
    price = rounded(session.tariff.price_at(session.started_at).net, 2)
    component = {"type": "ENERGY", "price": str(price), "step_size": 1}
    return {
        "id": f"T{session.tariff.id}",
        "currency": session.tariff.currency,
        "elements": [{"price_components": [component]}],
    }
