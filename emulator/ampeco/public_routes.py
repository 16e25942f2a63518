"""Public locations and pins (fact sheet ampeco 6.10 and 6.11)."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiohttp import web

from ..answers import json_answer, json_object, message
from ..charger import Evse, EvseState, Site
from ..world import World
from .chargers import connector_json
from .money import currency_id, public_tariff_json
from .values import Json

if TYPE_CHECKING:
    from .face import AmpecoFace


class PublicRoutes:
    """Answer what anybody may see."""

    def __init__(self, face: AmpecoFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        routes = []
        for version, suffix in (("v1", ""), ("v2", "_v2")):
            root = f"/api/{version}/app"
            routes += [
                web.get(f"{root}/pins", self._pins, name=f"pins{suffix}"),
                web.post(
                    f"{root}/locations", self._locations, name=f"locations{suffix}"
                ),
            ]
        one = "/api/v1/app/locations/{id}"
        return [*routes, web.get(one, self._location, name="location")]

    async def _locations(self, request: web.Request) -> web.Response:
        view = self._face.view()
        wanted = (await json_object(request)).get("locations")
        keys = set(wanted) if isinstance(wanted, dict) else set()
        sites = [site for site in _public_sites(view) if str(site.id) in keys]
        return json_answer(self._written(view, sites))

    async def _location(self, request: web.Request) -> web.Response:
        view, key = self._face.view(), request.match_info["id"]
        sites = [site for site in _public_sites(view) if str(site.id) == key]
        if not sites:
            raise message(404, "No query results for model [Location].")
        return json_answer(self._written(view, sites))

    async def _pins(self, request: web.Request) -> web.Response:
        view = self._face.view()
        as_text = "x-internal-app-version" in request.headers
        pins = [_pin(view, site, as_text=as_text) for site in _public_sites(view)]
        return json_answer({"pins": pins})

    def _written(self, view: World, sites: list[Site]) -> Json:
        evses = [evse for site in sites for evse in _evses(view, site)]
        tariffs = {evse.tariff.id: evse.tariff for evse in evses}
        codes = sorted({tariff.currency for tariff in tariffs.values()})
        return {
            "locations": [_location_json(view, site) for site in sites],
            "currencies": [
                {"id": currency_id(code), "code": code, "sign": code} for code in codes
            ],
            "tariffs": [public_tariff_json(t, view.time) for t in tariffs.values()],
        }


def _public_sites(view: World) -> list[Site]:
    sites = (point.site for point in view.charge_points.values() if point.site.public)
    return list({site.id: site for site in sites}.values())


def _evses(view: World, site: Site) -> Iterable[Evse]:
    points = view.charge_points.values()
    return (evse for p in points if p.site.id == site.id for evse in p.evses)


def _pin(view: World, site: Site, *, as_text: bool) -> Json:
    states = [evse.state for evse in _evses(view, site)]
    free = states.count(EvseState.AVAILABLE)
    counts = {"ava": free, "unk": 0, "una": len(states) - free, "flt": 0}
    return {
        "id": site.id,
        "geo": f"{float(site.latitude):.2f},{float(site.longitude):.2f}",
        "underlyingLocationIds": [site.id],
        "clusterSize": 1,
        "av": ",".join(map(str, counts.values())) if as_text else counts,
    }


def _location_json(view: World, site: Site) -> Json:
    return {
        "id": site.id,
        "name": site.name,
        "address": site.address,
        "description": None,
        "location": f"{site.latitude},{site.longitude}",
        "timezone": site.zone,
        "updatedAt": "2024-07-12 01:49:53.000",
        "workingHours": [],
        "zones": [{"evses": [_evse_json(evse) for evse in _evses(view, site)]}],
    }


PUBLIC_STATUS = {
    EvseState.SUSPENDED_EV: "suspendedEV",
    EvseState.SUSPENDED_EVSE: "suspendedEVSE",
}


def _evse_json(evse: Evse) -> Json:
    usable = evse.out_of_order is None
    return {
        "id": evse.id,
        "identifier": evse.identifier,
        "emi3Identifier": None,
        "label": None,
        "networkId": "1",
        "maxPower": evse.max_power_w,
        "currentType": evse.current_type,
        "status": PUBLIC_STATUS.get(evse.state, evse.state.value),
        "managedByOperator": True,
        "isAvailable": usable and evse.state is EvseState.AVAILABLE,
        "isTemporarilyUnavailable": not usable,
        "isLongTermUnavailable": False,
        "reservationId": None,
        "canReserve": False,
        "tariffId": str(evse.tariff.id),
        "connectors": [connector_json(evse)],
        "roamingEvseId": None,
        "qrUrl": f"https://cp.example.test/public/cs/{evse.identifier}",
        "capabilities": "REMOTE_START_STOP_CAPABLE,METER_VALUES",
        "hasParkingBarrier": False,
        "hasSmartCharging": False,
        "chargePointModel": None,
        "operatedBy": None,
        "operatorId": 1,
        "midMeterCertificationEndYear": None,
        "corporateBillingAsDefaultPaymentMethod": None,
        "socPercent": None,
    }
