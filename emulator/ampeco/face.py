"""One operator's driver-app API over the simulated world."""

from datetime import timedelta

from aiohttp import web

from ..answers import message
from ..charger import ChargePoint
from ..lag import DelayedView
from ..session import Session
from ..world import Driver, World
from .account_routes import AccountRoutes
from .charger_routes import ChargerRoutes
from .chargers import OwnerSettings
from .history_routes import HistoryRoutes
from .profile import Profile
from .public_routes import PublicRoutes
from .session_routes import SessionRoutes
from .tokens import TokenPair, TokenStore


class AmpecoFace:
    """Answer like an AMPECO tenant; the profile may change at any time."""

    def __init__(self, world: World, profile: Profile | None = None) -> None:
        """Show a world with the switches of a profile."""
        self.world = world
        self.profile = profile or Profile()
        self.tokens = TokenStore(world)
        self._settings: dict[str, OwnerSettings] = {}
        self._delayed = DelayedView(world) if self.profile.lag else None

    def routes(self) -> list[web.RouteDef]:
        """Return all routes of this face, named by kind."""
        parts = (
            AccountRoutes(self),
            ChargerRoutes(self),
            SessionRoutes(self),
            HistoryRoutes(self),
            PublicRoutes(self),
        )
        return [route for part in parts for route in part.routes()]

    def issue_tokens(self, driver_id: str | None = None) -> TokenPair:
        """Sign a driver in without a request; by default the first one."""
        driver = driver_id or next(iter(self.world.drivers))
        return self.tokens.issue(driver, self.profile)

    def view(self) -> World:
        """Return the world as this operator shows it, behind by its lag."""
        self.world.sync()
        if self.profile.lag and self._delayed is None:
            self._delayed = DelayedView(self.world)
        if self._delayed is None:
            return self.world
        return self._delayed.at_lag(timedelta(seconds=self.profile.lag))

    def driver(self, request: web.Request) -> Driver:
        """Return who asks, or refuse."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        driver_id = self.tokens.driver_of(token) if scheme == "Bearer" else None
        if driver_id is None or driver_id not in self.world.drivers:
            raise message(401, "Unauthenticated.")
        return self.world.drivers[driver_id]

    def settings(self, charge_point_id: str) -> OwnerSettings:
        """Return the owner's settings of a charge point."""
        return self._settings.setdefault(charge_point_id, OwnerSettings())

    def charge_point(self, view: World, driver: Driver, key: str) -> ChargePoint:
        """Return a driver's own charge point, or refuse."""
        point = view.charge_points.get(key)
        if point is None or point.owner_id != driver.id:
            raise message(404, "No query results for model [ChargePoint].")
        return point

    def sees(self, view: World, driver: Driver, session: Session) -> bool:
        """Return whether a session is the driver's or on the driver's charger."""
        owner = view.evses[session.evse_id].charge_point.owner_id
        return driver.id in (session.driver_id, owner)

    def session(self, view: World, driver: Driver, key: str) -> Session:
        """Return a session that a driver may see, or refuse."""
        session = view.sessions.get(key)
        if session is None or not self.sees(view, driver, session):
            raise message(404, "No query results for model [Session].")
        return session
