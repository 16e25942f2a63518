"""Locations, in a list and alone (fact sheet ocpi 9)."""

from typing import TYPE_CHECKING

from aiohttp import web

from ..answers import ApiError
from ..charger import ChargePoint, Evse
from .access import UNKNOWN_LOCATION
from .list_routes import check_slash
from .locations import LocationWriter
from .paging import Pager, is_within

if TYPE_CHECKING:
    from .face import OcpiFace


class LocationRoutes:
    """Answer where one can charge."""

    def __init__(self, face: OcpiFace) -> None:
        """Serve one face."""
        self._face = face
        self._pager = Pager(face)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        face, root = self._face, f"{self._face.modules}/locations"
        one = root + "/{location:[^/]+}"
        evse = one + "/{evse:[^/]+}"
        connector = evse + "/{connector:[^/]+}"
        return [
            face.route("GET", root, self._list, "locations"),
            face.route("GET", one, self._location, "location"),
            face.route("GET", evse, self._one_evse, "evse"),
            face.route("GET", connector, self._connector, "connector"),
        ]

    def _writer(self, request: web.Request) -> LocationWriter:
        return LocationWriter(self._face, request.match_info["version"])

    async def _list(self, request: web.Request) -> web.Response:
        check_slash(self._face, request)
        window, writer = self._pager.window(request), self._writer(request)
        points = self._face.points()
        rows = [p for p in points if is_within(writer.updated(p), window)]
        page = self._pager.page(request, rows)
        shown = [
            self._face.rendered("location", writer.write(point)) for point in page.rows
        ]
        return self._face.gate.answer(shown, headers=page.headers)

    async def _location(self, request: web.Request) -> web.Response:
        written = self._writer(request).write(self._point(request))
        return self._face.gate.answer(self._face.rendered("location", written))

    async def _one_evse(self, request: web.Request) -> web.Response:
        written = self._writer(request).evse(self._evse(request))
        return self._face.gate.answer(self._face.rendered("evse", written))

    async def _connector(self, request: web.Request) -> web.Response:
        if request.match_info["connector"] != "1":
            raise self._unknown()
        written = self._writer(request).connector(self._evse(request))
        return self._face.gate.answer(self._face.rendered("connector", written))

    def _point(self, request: web.Request) -> ChargePoint:
        if (point := self._face.point(request.match_info["location"])) is None:
            raise self._unknown()
        return point

    def _evse(self, request: web.Request) -> Evse:
        wanted = request.match_info["evse"].lower()
        for evse in self._point(request).evses:
            if evse.id.lower() == wanted:
                return evse
        raise self._unknown()

    def _unknown(self) -> ApiError:
        return self._face.gate.refusal(404, UNKNOWN_LOCATION, "Unknown location")
