"""Locations, EVSEs and connectors (fact sheet ocpi 9)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ..charger import ChargePoint, Evse, EvseState
from ..session import Session, SessionState
from ..world import REBOOT_TIME
from .values import Json, filled, whole_second, written_time

if TYPE_CHECKING:
    from .face import OcpiFace

BUILT: Final = datetime(2024, 12, 1, tzinfo=UTC)
POSTAL_CODE: Final = "1000 AA"
COUNTRY: Final = "NLD"
AC_VOLTAGE: Final = 230
DC_VOLTAGE: Final = 500
THREE_PHASES_FROM_W: Final = 11_000
# A car that is plugged in before or after its session is no state that OCPI has.
STATUS: Final = {
    EvseState.AVAILABLE: "AVAILABLE",
    EvseState.PREPARING: "AVAILABLE",
    EvseState.UNAVAILABLE: "INOPERATIVE",
    EvseState.FAULTED: "OUTOFORDER",
}


class LocationWriter:
    """Write locations in one version."""

    def __init__(self, face: OcpiFace, version: str) -> None:
        """Look at the world with the habits of a face."""
        self._face = face
        self._profile = face.profile
        self._version = version
        self._old = version == "2.1.1"

    def write(self, point: ChargePoint, evses: list[Evse] | None = None) -> Json:
        """Return a location with some of its EVSEs."""
        site, profile = point.site, self._profile
        shown = point.evses if evses is None else evses
        written: Json = {
            **({} if self._old else self._owner()),
            "id": point.id,
            **({"type": "ON_STREET"} if self._old else {"parking_type": "ON_STREET"}),
            "name": point.name,
            "address": site.address,
            "city": site.city,
            "postal_code": POSTAL_CODE,
            "country": COUNTRY,
            "coordinates": {"latitude": site.latitude, "longitude": site.longitude},
            "evses": [self.evse(evse) for evse in shown],
            "operator": {"name": "Emulated CPO"},
            "time_zone": site.zone,
            "opening_times": {"twentyfourseven": True},
            "charging_when_closed": True,
            "last_updated": written_time(self.updated(point), profile),
        }
        return filled(
            written,
            profile,
            *("related_locations[]", "directions[]", "suboperator", "owner"),
            *("facilities[]", "images[]", "energy_mix"),
            *(() if self._old else ("publish_allowed_to[]", "state")),
        )

    def _owner(self) -> Json:
        country, party = self._profile.party
        return {"country_code": country, "party_id": party, "publish": True}

    def embedded(self, session: Session) -> Json:
        """Return the place of a session as 2.1.1 puts it into sessions and CDRs."""
        evse = self._face.world.evses[session.evse_id]
        whole = self._profile.whole_location
        return self.write(evse.charge_point, None if whole else [evse])

    def evse(self, evse: Evse) -> Json:
        """Return an EVSE."""
        written: Json = {
            "uid": evse.id,
            "evse_id": evse.identifier,
            "status": self.status(evse),
            "capabilities": self._capabilities(evse),
            "connectors": [self.connector(evse)],
            "last_updated": written_time(self.evse_updated(evse), self._profile),
        }
        return filled(
            written,
            self._profile,
            *("status_schedule[]", "floor_level", "coordinates", "physical_reference"),
            *("directions[]", "parking_restrictions[]", "images[]"),
        )

    def connector(self, evse: Evse) -> Json:
        """Return the one connector of an EVSE."""
        voltage, amperage = _electrics(evse)
        written: Json = {
            "id": "1",
            "standard": evse.connector,
            "format": "CABLE" if self.has_cable(evse) else "SOCKET",
            "power_type": power_type(evse),
            "last_updated": written_time(BUILT, self._profile),
        }
        if self._old:
            old = {"voltage": voltage, "amperage": amperage}
            tariff = {"tariff_id": evse.tariff.name}
            return filled(written | old | tariff, self._profile, "terms_and_conditions")
        new: Json = {
            "max_voltage": voltage,
            "max_amperage": amperage,
            "max_electric_power": evse.max_power_w,
            "tariff_ids": [evse.tariff.name],
        }
        if self._version == "2.3.0":
            new["capabilities"] = ["ISO_15118_2_PLUG_AND_CHARGE"]
        return filled(written | new, self._profile, "terms_and_conditions")

    def has_cable(self, evse: Evse) -> bool:
        """Return whether the cable belongs to the EVSE."""
        return evse.current_type == "dc" or evse.id in self._profile.cables

    def takes_preferences(self, evse: Evse) -> bool:
        """Return whether a driver may say what a charge is for."""
        return evse.current_type == "ac" and evse.id not in self._profile.no_preferences

    def _capabilities(self, evse: Evse) -> list[str]:
        found = ["REMOTE_START_STOP_CAPABLE", "RFID_READER"]
        if not self.has_cable(evse):
            found.append("UNLOCK_CAPABLE")
        if not self._old and self.takes_preferences(evse):
            found.append("CHARGING_PREFERENCES_CAPABLE")
        if not self._old and evse.id in self._profile.connector_required:
            found.append("START_SESSION_CONNECTOR_REQUIRED")
        return found

    def status(self, evse: Evse) -> str:
        """Return what OCPI calls the state of an EVSE."""
        if (forced := self._profile.statuses.get(evse.id)) is not None:
            return forced
        point = evse.charge_point
        if point.lost_since is not None:
            return "UNKNOWN"
        if point.is_rebooting(self._face.world.time):
            return "INOPERATIVE"
        return STATUS.get(evse.state, "CHARGING")

    def updated(self, point: ChargePoint) -> datetime:
        """Return when a location or one of its EVSEs changed last."""
        return max((self.evse_updated(evse) for evse in point.evses), default=BUILT)

    def evse_updated(self, evse: Evse) -> datetime:
        """Return when an EVSE changed last."""
        now = self._face.world.time
        changes = [moment for moment in self._changes(evse) if moment <= now]
        return whole_second(max(changes, default=BUILT))

    def _changes(self, evse: Evse) -> Iterator[datetime]:
        yield BUILT
        point, session, last = evse.charge_point, evse.session, evse.last_session
        if session is not None and session.state is not SessionState.STARTING:
            yield session.confirm_at
        candidates = (
            evse.moved_at,
            last.stopped_at if last is not None else None,
            point.lost_since,
            self._face.outages.back_at(point),
        )
        yield from (moment for moment in candidates if moment is not None)
        if point.rebooting_until is not None:
            yield point.rebooting_until - REBOOT_TIME
            yield point.rebooting_until


def power_type(evse: Evse) -> str:
    """Return the kind of current as OCPI names it."""
    if evse.current_type == "dc":
        return "DC"
    is_small = evse.max_power_w < THREE_PHASES_FROM_W
    return "AC_1_PHASE" if is_small else "AC_3_PHASE"


def _electrics(evse: Evse) -> tuple[int, int]:
    """Return volt and ampere; the voltage is that of one phase."""
    if evse.current_type == "dc":
        return DC_VOLTAGE, evse.max_power_w // DC_VOLTAGE
    phases = 1 if power_type(evse) == "AC_1_PHASE" else 3
    return AC_VOLTAGE, -(-evse.max_power_w // (AC_VOLTAGE * phases))
