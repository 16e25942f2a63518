"""EVnnovator's gateway over the simulated world."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from aiohttp import web

from ..answers import ApiError, json_answer
from ..bearer import BearerStore, bearer_of
from ..charger import Evse, Site
from ..session import Session
from ..world import Driver, World
from .account_routes import AccountRoutes
from .command_routes import CommandRoutes
from .locations import evses_at
from .profile import FLAVOUR_A, Flavour, Missing, Profile
from .record_routes import RecordRoutes
from .reports import Report, report_of
from .search_routes import SearchRoutes
from .values import naive_time, offset_time


class EvnnovatorFace:
    """Answer like the gateway; the profile may change at any time."""

    def __init__(self, world: World, profile: Profile | None = None) -> None:
        """Show a world with the switches of a profile."""
        self.world = world
        self.profile = profile or Profile()
        self.tokens = BearerStore(world, "evnnovator")
        self.whitelist = {driver.id for driver in self.own_drivers()}

    def routes(self) -> list[web.RouteDef]:
        """Return all routes of this face, named by kind."""
        parts = (
            AccountRoutes(self),
            SearchRoutes(self),
            CommandRoutes(self),
            RecordRoutes(self),
        )
        return [route for part in parts for route in part.routes()]

    def own_drivers(self) -> list[Driver]:
        """Return the drivers of the customer that this face serves."""
        return [
            driver
            for driver in self.world.drivers.values()
            if driver.auth_id and driver.customer == self.profile.customer
        ]

    def enter(self, request: web.Request, package: str) -> World:
        """Return the world to somebody who may see this part of it."""
        profile = self.profile
        if f"/{request.match_info['base']}" not in profile.base_paths:
            raise self.refusal(request, 404)
        token = bearer_of(request)
        is_static = profile.static_token is not None and token == profile.static_token
        if not is_static and not self.tokens.accepts(token):
            raise self.refusal(request, 401)
        if package in profile.forbidden:
            raise self.refusal(request, 403)
        self.world.sync()
        return self.world

    def refusal(self, request: web.Request, status: int) -> ApiError:
        """Return a refusal with the body that the gateway gives it."""
        if self.profile.error_body == "empty":
            return ApiError(status, None)
        body = {
            "timestamp": offset_time(self.world.clock.now()),
            "status": status,
            "error": HTTPStatus(status).phrase,
            "path": request.path,
        }
        return ApiError(status, body)

    def envelope(self, data: Any) -> web.Response:
        """Return a successful answer around data."""
        return json_answer({**self._head(), "data": data})

    def missing(self, request: web.Request, form: Missing) -> web.Response:
        """Return what stands for something that is not there."""
        if form == "404":
            raise self.refusal(request, 404)
        head = self._head()
        return json_answer(head if form == "absent" else head | {"data": None})

    def _head(self) -> dict[str, Any]:
        return {
            "status_code": 1000,
            "status_message": "Success",
            "timestamp": naive_time(self.world.clock.now()),
        }

    def driver(self, auth_id: str) -> Driver | None:
        """Return the driver that has an authorization id."""
        drivers = self.world.drivers.values()
        return next((d for d in drivers if d.auth_id == auth_id), None)

    def sites(self) -> list[Site]:
        """Return the locations of the operators behind the gateway."""
        points = self.world.charge_points.values()
        sites = {point.site.id: point.site for point in points}
        return [s for s in sites.values() if s.operator in self.profile.flavours]

    def evses(self, site: Site) -> list[Evse]:
        """Return the EVSEs of a location."""
        return evses_at(self.world, site)

    def flavour(self, site: Site) -> Flavour:
        """Return the habits of a location's operator."""
        return self.profile.flavours.get(site.operator, FLAVOUR_A)

    def sessions(self) -> Iterator[tuple[Session, Flavour]]:
        """Yield the sessions at the operators behind the gateway."""
        for session in self.world.sessions.values():
            site = self.world.evses[session.evse_id].charge_point.site
            if site.operator in self.profile.flavours:
                yield session, self.flavour(site)

    def reported(
        self, is_wanted: Callable[[Session], bool]
    ) -> Iterator[tuple[Session, Flavour, Report]]:
        """Yield sessions that the gateway knows, as of their last report."""
        for session, flavour in self.sessions():
            if is_wanted(session):
                if (report := report_of(self.world, session, flavour)) is not None:
                    yield session, flavour, report

    def check_owner(self, request: web.Request, session: Session) -> None:
        """Refuse a foreign driver's session where the gateway does so."""
        driver = self.world.drivers.get(session.driver_id or "")
        if driver is None or driver.customer == self.profile.customer:
            return
        self.check_driver(request, driver)

    def check_driver(self, request: web.Request, driver: Driver) -> None:
        """Refuse a foreign driver where the gateway does so."""
        foreign = driver.customer != self.profile.customer
        if foreign and self.profile.foreign_drivers != "shown":
            raise self.refusal(request, int(self.profile.foreign_drivers))
