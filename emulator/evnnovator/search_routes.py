"""Locations (fact sheet evnnovator 4, calls 3 to 5, and 7)."""

from collections.abc import Mapping
import math
from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..answers import json_answer
from ..charger import Evse, Site
from .account_routes import BASE
from .locations import (
    COUNTRY_CODE,
    LocationWriter,
    cpo_location_id,
    live_status,
    location_id,
    power_type,
)
from .values import Json

if TYPE_CHECKING:
    from .face import EvnnovatorFace

EARTH_RADIUS_KM: Final = 6371
PAGE_SIZE: Final = 20


class SearchRoutes:
    """Answer where one can charge."""

    def __init__(self, face: EvnnovatorFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind; all are documented."""
        root = f"{BASE}/locations"
        by_cpo = root + "/{country}/{party}/{key}"
        return [
            web.get(f"{root}/search", self._search, name="evnnovator_search"),
            web.get(root + "/{key}", self._by_id, name="evnnovator_location"),
            web.get(by_cpo, self._by_cpo, name="evnnovator_cpo_location"),
        ]

    async def _search(self, request: web.Request) -> web.Response:
        self._face.enter(request, "locations")
        query = request.query
        found = [site for site in self._face.sites() if self._matches(site, query)]
        if not self._face.profile.page_members:
            return json_answer({"content": [self._written(site) for site in found]})
        return json_answer(self._page(found, query))

    def _matches(self, site: Site, query: Mapping[str, str]) -> bool:
        text = query.get("search-text", "").lower()
        return (
            query.get("party_id", site.operator) == site.operator
            and query.get("country_code", COUNTRY_CODE) == COUNTRY_CODE
            and text in f"{site.name} {site.address} {site.city}".lower()
            and _is_near(site, query)
            and any(_suits(evse, query) for evse in self._face.evses(site))
        )

    def _page(self, found: list[Site], query: Mapping[str, str]) -> Json:
        """Return the further members that the framework's pages have (guess)."""
        number, size = _whole(query, "page", 0), _whole(query, "size", PAGE_SIZE)
        shown = found[number * size : (number + 1) * size]
        pages = -(-len(found) // size)
        return {
            "content": [self._written(site) for site in shown],
            "totalElements": len(found),
            "totalPages": pages,
            "size": size,
            "number": number,
            "numberOfElements": len(shown),
            "first": number == 0,
            "last": number + 1 >= pages,
            "empty": not shown,
        }

    def _written(self, site: Site) -> Json:
        writer = LocationWriter(self._face.world, self._face.flavour(site))
        return writer.write(site, self._face.evses(site), live=True)

    async def _by_id(self, request: web.Request) -> web.Response:
        self._face.enter(request, "locations")
        for site in self._face.sites():
            if location_id(site) == request.match_info["key"]:
                return self._face.envelope(self._written(site))
        raise self._face.refusal(request, 404)

    async def _by_cpo(self, request: web.Request) -> web.Response:
        self._face.enter(request, "locations")
        asked = request.match_info
        wanted = (asked["country"], asked["party"], asked["key"])
        for site in self._face.sites():
            key = cpo_location_id(site, self._face.flavour(site))
            if (COUNTRY_CODE, site.operator, key) == wanted:
                return self._face.envelope(self._written(site))
        raise self._face.refusal(request, 404)


def _suits(evse: Evse, query: Mapping[str, str]) -> bool:
    return (
        query.get("power_type", power_type(evse)) == power_type(evse)
        and query.get("standard", evse.connector) == evse.connector
        and query.get("status", live_status(evse)) == live_status(evse)
    )


def _is_near(site: Site, query: Mapping[str, str]) -> bool:
    """Return whether a location is within a distance; guess: kilometres."""
    try:
        place = float(query["latitude"]), float(query["longitude"])
        distance = float(query["distance"])
    except KeyError, ValueError:
        return True
    there = float(site.latitude), float(site.longitude)
    return _kilometres(place, there) <= distance


def _kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    (lat, lon), (lat2, lon2) = (map(math.radians, place) for place in (one, other))
    across = math.sin((lat2 - lat) / 2) ** 2
    along = math.cos(lat) * math.cos(lat2) * math.sin((lon2 - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(across + along))


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return max(int(text), 0 if name == "page" else 1) if text.isdecimal() else default
