"""Charge detail records and their credits (fact sheet ocpi 11)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from ..charger import Evse
from ..session import Session
from . import records
from .locations import COUNTRY, POSTAL_CODE, LocationWriter, power_type
from .prices import tariff_json
from .reports import Report
from .sessions import SessionWriter, auth_method, old_auth_method, price, session_key
from .tokens import cdr_token
from .values import Json, filled, hours, number, written_time

if TYPE_CHECKING:
    from .face import OcpiFace

ONCE: Decimal = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Credit:
    """Remember that a CDR was taken back, and what share is billed instead."""

    moment: datetime
    instead: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Record:
    """Stand for one CDR; money is the share of the session's bill."""

    id: str
    session: Session
    updated: datetime
    share: Decimal = ONCE
    credited: str | None = None


def records_of(
    session: Session, report: Report, face: OcpiFace, now: datetime
) -> Iterator[Record]:
    """Yield the CDRs of a session, the first one first."""
    profile = face.profile
    end = records.ended(session)
    if profile.cdr_delay is None or end is None or not session.periods:
        return
    heard = report.updated if report.is_over else end
    made = heard + timedelta(seconds=profile.cdr_delay)
    if made > now:
        return
    first = Record(id=f"CDR-{session.id}", session=session, updated=made)
    yield first
    if profile.duplicate_cdrs != "no":
        again = profile.duplicate_cdrs == "new_id"
        key = f"{first.id}-D" if again else first.id
        yield Record(id=key, session=session, updated=made)
    if (credit := face.credits.get(session.id)) is not None:
        moment = max(made, credit.moment)
        yield Record(
            id=f"{first.id}-C",
            session=session,
            updated=moment,
            share=-ONCE,
            credited=first.id,
        )
        if credit.instead is not None:
            key = f"{first.id}-2"
            yield Record(id=key, session=session, updated=moment, share=credit.instead)


class CdrWriter:
    """Write CDRs in one version."""

    def __init__(self, face: OcpiFace, version: str) -> None:
        """Look at the world with the habits of a face."""
        self._face = face
        self._profile = face.profile
        self._version = version
        self._old = version == "2.1.1"

    def write(self, record: Record) -> Json:
        """Return a CDR."""
        session = record.session
        parts = self._old_parts if self._old else self._parts
        until = records.ended(session) or records.began(session)
        writer = SessionWriter(self._face, self._version)
        tariff = self._face.tariff(session)
        written = {
            "id": record.id,
            "start_date_time": self._time(records.began(session)),
            **parts(record, until),
            "currency": tariff.currency,
            "tariffs": [tariff_json(tariff, self._version, self._profile)],
            "charging_periods": writer.periods(session, until, final=True),
            **self._totals(record, until),
            "last_updated": self._time(record.updated),
        }
        new = ("session_id", "authorization_reference", "signed_data", "credit")
        more = ("invoice_reference_id", "credit_reference_id", "total_reservation_cost")
        return filled(
            written,
            self._profile,
            *("meter_id", "remark"),
            *(() if self._old else (*new, *more)),
        )

    def _time(self, moment: datetime) -> str:
        return written_time(moment, self._profile)

    def _parts(self, record: Record, until: datetime) -> Json:
        session, profile = record.session, self._profile
        reference = self._face.references.get(session.id)
        return {
            "country_code": profile.party[0],
            "party_id": profile.party[1],
            "end_date_time": self._time(until),
            "session_id": session_key(session) if profile.cdr_session_id else None,
            "cdr_token": cdr_token(self._face.token_of(session)),
            "auth_method": auth_method(session),
            "authorization_reference": reference if profile.cdr_reference else None,
            "cdr_location": self._place(self._face.world.evses[session.evse_id]),
            "credit": True if record.credited else None,
            "credit_reference_id": record.credited,
        }

    def _old_parts(self, record: Record, until: datetime) -> Json:
        session = record.session
        locations = LocationWriter(self._face, self._version)
        return {
            "stop_date_time": self._time(until),
            "auth_id": self._face.token_of(session).contract_id,
            "auth_method": old_auth_method(session),
            "location": locations.embedded(session),
        }

    def _place(self, evse: Evse) -> Json:
        point, site = evse.charge_point, evse.charge_point.site
        connector = LocationWriter(self._face, self._version).connector(evse)
        return {
            "id": point.id,
            "name": point.name,
            "address": site.address,
            "city": site.city,
            "postal_code": POSTAL_CODE,
            "country": COUNTRY,
            "coordinates": {"latitude": site.latitude, "longitude": site.longitude},
            "evse_uid": evse.id,
            "evse_id": evse.identifier,
            "connector_id": "1",
            "connector_standard": connector["standard"],
            "connector_format": connector["format"],
            "connector_power_type": power_type(evse),
        }

    def _totals(self, record: Record, until: datetime) -> Json:
        session = record.session
        bill = self._face.bill_at(session, until)
        walked = records.stretches(session, until)
        parked = sum(((s.end - s.start) for s in walked if s.parks), timedelta(0))
        written: Json = {
            "total_cost": self._price((bill.net, bill.gross), record.share),
            "total_energy": number(records.reading(session, until)),
            "total_time": hours(until - records.began(session)),
            "total_parking_time": hours(parked) if parked else None,
        }
        if self._old:
            return written
        names = {
            "FLAT": "total_fixed_cost",
            "ENERGY": "total_energy_cost",
            "TIME": "total_time_cost",
            "PARKING_TIME": "total_parking_cost",
        }
        return written | {
            name: self._price(bill.parts[kind], record.share)
            for kind, name in names.items()
            if kind in bill.parts
        }

    def _price(self, amount: tuple[Decimal, Decimal | None], share: Decimal) -> object:
        net, gross = amount
        known = (
            None if gross is None or self._profile.cost == "no_vat" else gross * share
        )
        return price((net * share, known), self._version)
