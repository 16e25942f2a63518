"""DepotFinity's interfaces over the simulated world."""

from datetime import datetime

from aiohttp import web

from ..answers import ApiError, json_answer
from ..bearer import BearerStore, basic_of, bearer_of, form_of
from ..charger import ChargePoint, Evse
from ..session import Session
from ..world import World
from .command_routes import CommandRoutes
from .profile import Profile
from .report_routes import ReportRoutes
from .series_routes import SeriesRoutes
from .status_routes import StatusRoutes
from .transaction_routes import TransactionRoutes


class DepotfinityFace:
    """Answer like the depot's back end; the profile may change at any time."""

    def __init__(self, world: World, profile: Profile | None = None) -> None:
        """Show a world with the switches of a profile."""
        self.world = world
        self.profile = profile or Profile()
        self.tokens = BearerStore(world, "depotfinity")

    def routes(self) -> list[web.RouteDef]:
        """Return all routes of this face, named by kind."""
        parts = (
            ReportRoutes(self),
            TransactionRoutes(self),
            StatusRoutes(self),
            SeriesRoutes(self),
            CommandRoutes(self),
        )
        token = web.post("/oauth2/token", self._token, name="depotfinity_token")
        return [token, *(route for part in parts for route in part.routes())]

    async def _token(self, request: web.Request) -> web.Response:
        """Answer the token endpoint; what is wrong gets a 403 (fact sheet 3)."""
        profile, form = self.profile, await form_of(request)
        client = (profile.client_id, profile.client_secret)
        grant = form.get("grant_type")
        if basic_of(request) != client or grant != "client_credentials":
            raise self.refusal(403, "Forbidden")
        lifetime = profile.token_lifetime
        token = self.tokens.issue(lifetime, profile.token_calls)
        return json_answer(
            {"access_token": token, "expires_in": lifetime, "token_type": "Bearer"}
        )

    def enter(self, request: web.Request, package: str) -> World:
        """Return the world to somebody who has subscribed to a package."""
        if not self.tokens.accepts(bearer_of(request)):
            raise self.refusal(self.profile.expired_status, "Unauthorized")
        if package not in self.profile.packages:
            raise self.refusal(403, "Forbidden")
        self.world.sync()
        return self.world

    def refusal(self, status: int, text: str) -> ApiError:
        """Return a refusal; the form of its body is a guess."""
        if self.profile.error_form == "message":
            return ApiError(status, {"message": text})
        return ApiError(status, {"errors": [{"status": str(status), "title": text}]})

    def chargers(self) -> list[ChargePoint]:
        """Return the chargers of the customer."""
        points = self.world.charge_points.values()
        return [p for p in points if p.site.operator == self.profile.operator]

    def known_tag(self) -> str | None:
        """Return a tag that starts a charge."""
        drivers = self.world.drivers.values()
        return next((d.auth_id for d in drivers if d.auth_id), None)

    def charger(self, key: str) -> ChargePoint:
        """Return a charger, or refuse."""
        for point in self.chargers():
            if point.id == key:
                return point
        raise self.refusal(404, f"Charger {key} not found.")

    def connector(self, key: str, position: str) -> Evse:
        """Return what a connector's number stands for, or refuse."""
        evses = self.charger(key).evses
        if position.isdecimal() and 1 <= int(position) <= len(evses):
            return evses[int(position) - 1]
        raise self.refusal(404, f"Connector {position} not found.")

    def number_of(self, evse: Evse) -> int:
        """Return the number of a connector at its charger."""
        return evse.charge_point.evses.index(evse) + 1

    def sessions(self) -> list[Session]:
        """Return the charges that the back end has heard of."""
        known = []
        for session in self.world.sessions.values():
            point = self.world.evses[session.evse_id].charge_point
            if point.site.operator == self.profile.operator:
                if session.started_at <= self.heard_until(point):
                    known.append(session)
        return known

    def heard_until(self, point: ChargePoint) -> datetime:
        """Return up to when the back end has heard of a charger."""
        return point.heard_until(self.world.time)

    def end_of(self, session: Session) -> datetime | None:
        """Return when a charge ended, if the back end has heard of it."""
        point = self.world.evses[session.evse_id].charge_point
        stopped = session.stopped_at
        heard = stopped is not None and stopped <= self.heard_until(point)
        return stopped if heard else None
