"""Sessions and their charging periods (fact sheet ocpi 8)."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from ..session import Session
from . import records
from .billing import Bill, clock_edges, energy_edges
from .locations import LocationWriter
from .reports import Report
from .tokens import cdr_token
from .values import Json, filled, hours, number, seconds, whole_second, written_time

if TYPE_CHECKING:
    from .face import OcpiFace

COMMANDED = "ocpi"


def session_key(session: Session) -> str:
    """Return the CPO's id of a session."""
    return f"SES-{session.id}"


class SessionWriter:
    """Write sessions in one version."""

    def __init__(self, face: OcpiFace, version: str) -> None:
        """Look at the world with the habits of a face."""
        self._face = face
        self._profile = face.profile
        self._old = version == "2.1.1"
        self._version = version

    def write(self, session: Session, report: Report) -> Json:
        """Return a session as of its last report."""
        parts = self._old_parts if self._old else self._parts
        return filled(
            {**parts(session, report), **self._common(session, report)},
            self._profile,
            *("meter_id", "total_cost", "charging_periods[]"),
            *(
                ("end_datetime",)
                if self._old
                else ("end_date_time", "authorization_reference")
            ),
        )

    def _common(self, session: Session, report: Report) -> Json:
        kwh = records.reading(session, report.at)
        pending = report.status == "PENDING"
        return {
            "kwh": 0 if pending else number(kwh),
            "currency": self._face.tariff(session).currency,
            "charging_periods": []
            if pending
            else self.periods(session, report.at, final=False),
            "total_cost": self._cost(session, report),
            "status": report.status,
            "last_updated": written_time(report.updated, self._profile),
        }

    def _cost(self, session: Session, report: Report) -> object:
        hidden = self._profile.cost == "absent_while_running" and not report.is_over
        if hidden or report.status in ("PENDING", "INVALID"):
            return None
        found = self._face.bill_at(session, report.at)
        return price(self._shown(found), self._version)

    def _shown(self, found: Bill) -> tuple[Decimal, Decimal | None]:
        if self._profile.cost == "always_zero":
            return Decimal(0), Decimal(0)
        return found.net, None if self._profile.cost == "no_vat" else found.gross

    def _start(self, session: Session, report: Report) -> str:
        # While pending it is the time of creation: fact sheet ocpi 8.1.
        pending = report.status == "PENDING"
        moment = session.requested_at if pending else records.began(session)
        return written_time(whole_second(moment), self._profile)

    def _end(self, report: Report) -> str | None:
        return written_time(report.at, self._profile) if report.is_over else None

    def _parts(self, session: Session, report: Report) -> Json:
        profile = self._profile
        token = self._face.token_of(session)
        evse = self._face.world.evses[session.evse_id]
        return {
            "country_code": profile.party[0],
            "party_id": profile.party[1],
            "id": session_key(session),
            "start_date_time": self._start(session, report),
            "end_date_time": self._end(report),
            "cdr_token": cdr_token(token),
            "auth_method": auth_method(session),
            "authorization_reference": self._face.references.get(session.id),
            "location_id": evse.charge_point.id,
            "evse_uid": evse.id,
            "connector_id": "1",
        }

    def _old_parts(self, session: Session, report: Report) -> Json:
        locations = LocationWriter(self._face, self._version)
        return {
            "id": session_key(session),
            "start_datetime": self._start(session, report),
            "end_datetime": self._end(report),
            "auth_id": self._face.token_of(session).contract_id,
            "auth_method": old_auth_method(session),
            "location": locations.embedded(session),
        }

    def periods(self, session: Session, until: datetime, *, final: bool) -> list[Json]:
        """Return the charging periods up to a moment."""
        tariff = self._face.tariff(session)
        zone = self._face.zone_of(session)
        edges = {
            *records.quarters(session, until),
            *clock_edges(session, until, tariff, zone),
            *energy_edges(session, until, tariff),
        }
        found = records.stretches(session, until, edges)
        return [self._period(stretch, tariff.id, final=final) for stretch in found]

    def _period(self, stretch: records.Stretch, tariff: str, *, final: bool) -> Json:
        written: Json = {
            "start_date_time": written_time(stretch.start, self._profile),
            "dimensions": self._dimensions(stretch, final=final),
        }
        if self._old and not self._face.old_periods_name_tariffs:
            return written
        return written | {"tariff_id": tariff}

    def _dimensions(self, stretch: records.Stretch, *, final: bool) -> list[Json]:
        lasted = stretch.end - stretch.start
        volumes: dict[str, float] = {}
        if stretch.kwh or not stretch.parks:
            volumes["ENERGY"] = number(
                to_wh_if(stretch.kwh, wanted=self._profile.energy_in_wh)
            )
        if stretch.parks:
            volumes["PARKING_TIME"] = hours(lasted)
        elif final:
            volumes["TIME"] = hours(lasted)
        elif not self._old:
            kilowatts = stretch.kwh * 3600 / Decimal(float(seconds(lasted)))
            volumes["POWER"] = number(kilowatts)
        return [{"type": kind, "volume": volume} for kind, volume in volumes.items()]


def to_wh_if(kwh: Decimal, *, wanted: bool) -> Decimal:
    """Return an energy in Wh where that is wanted, else in kWh."""
    return kwh * 1000 if wanted else kwh


def auth_method(session: Session) -> str:
    """Return who asked for a session."""
    return "COMMAND" if session.started_by == COMMANDED else "WHITELIST"


def old_auth_method(session: Session) -> str:
    """Return the same in the words of 2.1.1, which has no commands."""
    return "AUTH_REQUEST" if session.started_by == COMMANDED else "WHITELIST"


def price(amount: tuple[Decimal, Decimal | None], version: str) -> object:
    """Return an amount in the shape of a version."""
    net, gross = amount
    if version == "2.1.1":
        return number(net)
    if version == "2.2.1":
        known = {} if gross is None else {"incl_vat": number(gross)}
        return {"excl_vat": number(net), **known}
    if gross is None:
        return {"before_taxes": number(net)}
    tax = {"name": "VAT", "amount": number(gross - net)}
    return {"before_taxes": number(net), "taxes": [tax]}
