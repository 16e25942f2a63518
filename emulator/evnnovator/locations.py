"""Locations, EVSEs and connectors (fact sheet evnnovator 5.2)."""

from datetime import datetime, timedelta
from typing import Final

from ..charger import Evse, EvseState, Site
from ..world import World
from .profile import Flavour
from .values import Json, gateway_id, offset_time, short_hex_id, uuid_id

COUNTRY_CODE: Final = "IN"
LISTED_FOR: Final = timedelta(days=30)
VOLTAGE: Final = 230

STATUS: Final = {
    EvseState.AVAILABLE: "AVAILABLE",
    EvseState.UNAVAILABLE: "INOPERATIVE",
    EvseState.FAULTED: "OUTOFORDER",
    EvseState.PREPARING: "BLOCKED",
    EvseState.FINISHING: "BLOCKED",
}


def location_id(site: Site) -> str:
    """Return the gateway's id of a location."""
    return gateway_id("location", str(site.id))


def cpo_location_id(site: Site, flavour: Flavour) -> str:
    """Return the operator's id of a location."""
    name = uuid_id if flavour.uids == "uuid" else short_hex_id
    return name("location", str(site.id))


def cpo_resource_id(site: Site) -> str:
    """Return the id that sessions and locations know the operator by."""
    return gateway_id("cpo-resource", site.operator)


def evse_uid(evse: Evse, flavour: Flavour) -> str:
    """Return the operator's id of an EVSE."""
    return uuid_id("evse", evse.id) if flavour.uids == "uuid" else evse.identifier


def evse_id(evse: Evse, flavour: Flavour) -> str:
    """Return the printed id, which EVSEs of one location may share."""
    site = evse.charge_point.site
    if flavour.evse_ids == "shared":
        return f"{COUNTRY_CODE}*{site.operator}*{site.id}"
    return f"{COUNTRY_CODE}*{site.operator}*E{evse.identifier}"


def evses_at(view: World, site: Site) -> list[Evse]:
    """Return the EVSEs of a location."""
    points = view.charge_points.values()
    return [evse for p in points if p.site.id == site.id for evse in p.evses]


def power_type(evse: Evse) -> str:
    """Return the kind of current as OCPI names it."""
    if evse.current_type == "dc":
        return "DC"
    return "AC_1_PHASE" if evse.max_power_w < 11_000 else "AC_3_PHASE"


def live_status(evse: Evse) -> str:
    """Return what OCPI calls the state of an EVSE."""
    return STATUS.get(evse.state, "CHARGING")


class LocationWriter:
    """Write the locations of one operator."""

    def __init__(self, view: World, flavour: Flavour) -> None:
        """Look at a view with the habits of an operator."""
        self._view = view
        self._flavour = flavour

    def write(self, site: Site, evses: list[Evse], *, live: bool) -> Json:
        """Return a location as it is now, with some of its EVSEs."""
        return {
            "coordinates": _coordinates(site),
            "evses": [self._evse(evse, live=live) for evse in evses],
            "id": location_id(site),
            **self._dates(),
            "location_id": cpo_location_id(site, self._flavour),
            "cpo_id": gateway_id("cpo", site.operator),
            "cpo_resource_id": cpo_resource_id(site),
            "type": self._flavour.kind,
            **self.address(site),
            **self._habits(site),
            "charging_when_closed": False,
            "last_modified_by": "admin",
            "rating": 0.0,
            "country_code": COUNTRY_CODE,
            "party_id": site.operator,
            "publish": self._flavour.published,
        }

    def address(self, site: Site) -> Json:
        """Return where a location is."""
        blank = " " if self._flavour.blank_after_address else ""
        written: Json = {
            "name": site.name,
            "address": f"{site.address}{blank}",
            "city": site.city,
            "postal_code": self._flavour.postal_code,
        }
        if self._flavour.country is not None:
            written["country"] = self._flavour.country
        if self._flavour.zone_name is not None:
            written["time_zone"] = self._flavour.zone_name
        return written

    def modified_at(self) -> datetime:
        """Return when the gateway last refreshed its locations."""
        return self._view.time.replace(minute=0, second=0, microsecond=0)

    def _dates(self) -> Json:
        modified = self.modified_at()
        return {
            "created_date": offset_time(modified - LISTED_FOR),
            "last_modified_date": offset_time(modified),
        }

    def _habits(self, site: Site) -> Json:
        if not self._flavour.tells_operator:
            return {}
        return {
            "operator": {"name": site.operator, "website": "http://cpo.example.test/"},
            "opening_times": {
                "twentyfourseven": True,
                "regular_hours": None,
                "exceptional_openings": None,
                "exceptional_closings": None,
            },
        }

    def _evse(self, evse: Evse, *, live: bool) -> Json:
        stale = self._flavour.stale_status and not live
        written: Json = {
            "id": gateway_id("evse", evse.id),
            "uid": evse_uid(evse, self._flavour),
            "evse_id": evse_id(evse, self._flavour),
            "status": "AVAILABLE" if stale else live_status(evse),
            "connectors": [],
        }
        if self._flavour.lists_connectors:
            written["capabilities"] = ["REMOTE_START_STOP_CAPABLE", "RFID_READER"]
            written["connectors"] = [_connector(evse)]
        if self._flavour.text_coordinates:
            site = evse.charge_point.site
            coordinates = {"latitude": site.latitude, "longitude": site.longitude}
            return written | {"coordinates": coordinates}
        return written | {"floor_level": "ONE"}


def _coordinates(site: Site) -> Json:
    return {"latitude": float(site.latitude), "longitude": float(site.longitude)}


def _connector(evse: Evse) -> Json:
    return {
        "id": gateway_id("connector", evse.id),
        "standard": evse.connector,
        "format": "SOCKET",
        "power_type": power_type(evse),
        "voltage": VOLTAGE,
        "amperage": evse.max_power_w // VOLTAGE,
        "tariff_id": "Default",
    }
