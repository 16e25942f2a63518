"""Sessions and CDRs (fact sheet evnnovator 4, calls 7, 8, 10 and 11)."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from ..session import Session
from ..world import Driver
from .account_routes import BASE
from .cdrs import CdrWriter, cdr_key, has_cdr
from .profile import Flavour
from .reports import Report
from .sessions import SessionWriter, session_key

if TYPE_CHECKING:
    from .face import EvnnovatorFace


class RecordRoutes:
    """Answer what is known of one session."""

    def __init__(self, face: EvnnovatorFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        latest = BASE + "/sessions/{driver}/latest"
        by_session = BASE + "/cdrs/session/{key}"
        return [
            # Documented, with samples.
            web.get(latest, self._latest, name="evnnovator_latest"),
            web.get(BASE + "/sessions/{key}", self._by_id, name="evnnovator_session"),
            # From a sample; the page names another path.
            web.get(by_session, self._cdr_of, name="evnnovator_cdr_of_session"),
            # Documented.
            web.get(BASE + "/cdrs/{key}", self._cdr, name="evnnovator_cdr"),
        ]

    async def _latest(self, request: web.Request) -> web.Response:
        view, profile = self._face.enter(request, "sessions"), self._face.profile
        driver = self._face.driver(request.match_info["driver"])
        if driver is None:
            return self._face.missing(request, profile.unknown_driver)
        self._face.check_driver(request, driver)
        own = driver.customer == profile.customer
        if own and driver.id not in self._face.whitelist:
            return self._face.missing(request, profile.unknown_driver)
        known = self._of_driver(driver)
        if not known:
            return self._face.missing(request, profile.no_session)
        session, flavour, report = max(known, key=lambda row: row[0].started_at)
        return self._face.envelope(SessionWriter(view, flavour).write(session, report))

    def _of_driver(self, driver: Driver) -> list[tuple[Session, Flavour, Report]]:
        lag = timedelta(seconds=self._face.profile.latest_lag)
        shown_before = self._face.world.time - lag
        rows = self._face.reported(lambda session: session.driver_id == driver.id)
        return [row for row in rows if row[0].requested_at <= shown_before]

    async def _by_id(self, request: web.Request) -> web.Response:
        view, wanted = self._face.enter(request, "sessions"), request.match_info["key"]
        rows = self._face.reported(lambda session: session_key(session) == wanted)
        for session, flavour, report in rows:
            self._face.check_owner(request, session)
            written = SessionWriter(view, flavour).write(session, report)
            return self._face.envelope(written)
        raise self._face.refusal(request, 404)

    async def _cdr_of(self, request: web.Request) -> web.Response:
        self._face.enter(request, "cdrs")
        wanted = request.match_info["key"]
        return self._answer(request, lambda session: session.id == wanted)

    async def _cdr(self, request: web.Request) -> web.Response:
        self._face.enter(request, "cdrs")
        wanted = request.match_info["key"]
        return self._answer(request, lambda session: cdr_key(session) == wanted)

    def _answer(
        self, request: web.Request, is_wanted: Callable[[Session], bool]
    ) -> web.Response:
        view = self._face.world
        for session, flavour in self._face.sessions():
            if is_wanted(session) and has_cdr(view, session, flavour):
                self._face.check_owner(request, session)
                return self._face.envelope(CdrWriter(view, flavour).write(session))
        raise self._face.refusal(request, 404)
