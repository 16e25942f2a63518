"""Lists of sessions, tariffs and CDRs, and charging preferences."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from ..answers import ApiError
from .access import BAD_PARAMETERS
from .cdrs import CdrWriter, Record, records_of
from .locations import BUILT, LocationWriter
from .paging import Pager, is_within
from .prices import tariff_json
from .sessions import SessionWriter
from .values import Json

if TYPE_CHECKING:
    from .face import OcpiFace, Row

PROFILES: Final = ("CHEAP", "FAST", "GREEN", "REGULAR")


class ListRoutes:
    """Answer what happened and what it costs."""

    def __init__(self, face: OcpiFace) -> None:
        """Serve one face."""
        self._face = face
        self._pager = Pager(face)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        face, root = self._face, self._face.modules
        preferences = root + "/sessions/{session}/charging_preferences"
        return [
            face.route("GET", f"{root}/sessions", self._sessions, "sessions"),
            face.route("GET", f"{root}/tariffs", self._tariffs, "tariffs"),
            face.route("GET", f"{root}/cdrs", self._cdrs, "cdrs"),
            face.route("PUT", preferences, self._preferences, "preferences"),
        ]

    async def _sessions(self, request: web.Request) -> web.Response:
        check_slash(self._face, request)
        window = self._pager.window(request, required=True)
        rows = [row for row in self._face.rows() if is_within(row[1].updated, window)]
        writer = SessionWriter(self._face, request.match_info["version"])
        ordered = self._ordered(rows, lambda row: row[1].updated)
        return self._listed(request, ordered, lambda row: writer.write(*row), "session")

    async def _tariffs(self, request: web.Request) -> web.Response:
        check_slash(self._face, request)
        window, profile = self._pager.window(request), self._face.profile
        rows = list(profile.tariffs) if is_within(BUILT, window) else []
        version = request.match_info["version"]
        return self._listed(
            request, rows, lambda row: tariff_json(row, version, profile), "tariff"
        )

    async def _cdrs(self, request: web.Request) -> web.Response:
        check_slash(self._face, request)
        window = self._pager.window(request)
        rows = [row for row in self._records() if is_within(row.updated, window)]
        writer = CdrWriter(self._face, request.match_info["version"])
        ordered = self._ordered(rows, lambda row: row.updated)
        return self._listed(request, ordered, writer.write, "cdr")

    def _records(self) -> list[Record]:
        now = self._face.world.time
        rows: list[Row] = list(self._face.rows())
        found = [r for row in rows for r in records_of(*row, self._face, now)]
        return sorted(found, key=lambda record: record.updated)

    def _ordered[T](self, rows: list[T], updated: Callable[[T], Any]) -> list[T]:
        match self._face.profile.order:
            case "updated":
                return sorted(rows, key=updated)
            case "reversed":
                return rows[::-1]
            case _:
                return rows

    def _listed[T](
        self, request: web.Request, rows: list[T], write: Callable[[T], Json], kind: str
    ) -> web.Response:
        page = self._pager.page(request, rows)
        data = [write(row) for row in page.rows]
        if page.repeats:
            # An endless list invents objects, so that no page is like another.
            for index, item in enumerate(data):
                item["id"] = f"{item['id']}-{page.offset + index}"
        shown = [self._face.rendered(kind, item) for item in data]
        return self._face.gate.answer(shown, headers=page.headers)

    async def _preferences(self, request: web.Request) -> web.Response:
        face = self._face
        body = await face.body(request)
        session = face.session(request.match_info["session"])
        version = request.match_info["version"]
        if session is None or not session.is_open or version == "2.1.1":
            raise face.gate.refusal(404, BAD_PARAMETERS, "No such session")
        evse = face.world.evses[session.evse_id]
        if not LocationWriter(face, version).takes_preferences(evse):
            raise face.gate.refusal(404, BAD_PARAMETERS, "No preferences here")
        result = face.profile.preference_result or _preference_result(body)
        if result == "ACCEPTED":
            face.preferences[session.id] = body
        return face.gate.answer(result)


def _preference_result(body: Json) -> str:
    if body.get("profile_type") not in PROFILES:
        return "PROFILE_TYPE_NOT_SUPPORTED"
    if body["profile_type"] in ("CHEAP", "GREEN"):
        if body.get("departure_time") is None:
            return "DEPARTURE_REQUIRED"
        if body.get("energy_need") is None:
            return "ENERGY_NEED_REQUIRED"
    return "ACCEPTED"


def check_slash(face: OcpiFace, request: web.Request) -> None:
    """Send a caller elsewhere where the profile does so."""
    profile = face.profile
    if profile.redirect_to is not None:
        target = f"{profile.redirect_to}{request.rel_url}"
        raise ApiError(307, None, {"Location": target})
    if profile.slash_redirect and not request.path.endswith("/"):
        target = str(request.url.with_path(f"{request.path}/", keep_query=True))
        raise ApiError(307, None, {"Location": target})
