"""Start and stop (fact sheet evnnovator 4, calls 6 and 9, and 5.4)."""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from ..answers import json_answer, json_object
from ..charger import Evse, Site
from ..session import Session
from ..world import Driver, NotPossibleError
from .account_routes import BASE, token_uid
from .locations import evse_uid, location_id
from .sessions import session_key
from .values import Json

if TYPE_CHECKING:
    from .face import EvnnovatorFace

HIGHEST_KWH: Final = 1000


class CommandRoutes:
    """Answer whether a command is passed on; documented, never what comes of it."""

    def __init__(self, face: EvnnovatorFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        root = f"{BASE}/commands"
        return [
            web.post(f"{root}/START_SESSION", self._start, name="evnnovator_start"),
            web.post(f"{root}/STOP_SESSION", self._stop, name="evnnovator_stop"),
        ]

    async def _start(self, request: web.Request) -> web.Response:
        self._face.enter(request, "commands")
        return _result(accepted=self._try_start(await json_object(request)))

    def _try_start(self, body: Json) -> bool:
        profile = self._face.profile
        site = self._site(body.get("location_id"))
        if site is None or profile.rejects_commands:
            return False
        evse = self._evse(site, body.get("evse_uid"))
        driver = self._driver(site, body.get("token_uid"))
        limit_is_good, limit_wh = self._limit(body)
        if evse is None or driver is None or not limit_is_good:
            return False
        if evse.charge_point.lost_since is not None:
            return False
        if profile.starts_nothing:
            return True
        try:
            self._face.world.start(evse.id, driver.id, limit_wh=limit_wh)
        except NotPossibleError:
            return False
        return True

    def _site(self, key: Any) -> Site | None:
        return next((s for s in self._face.sites() if location_id(s) == key), None)

    def _evse(self, site: Site, uid: Any) -> Evse | None:
        flavour = self._face.flavour(site)
        evses = self._face.evses(site)
        return next((evse for evse in evses if evse_uid(evse, flavour) == uid), None)

    def _driver(self, site: Site, uid: Any) -> Driver | None:
        drivers = self._face.world.drivers
        known = (drivers[key] for key in self._face.whitelist if key in drivers)
        return next((d for d in known if token_uid(d, site) == uid), None)

    def _limit(self, body: Json) -> tuple[bool, int | None]:
        """Return whether the limit is good, and what it is in Wh.

        Guess: kWh, and no other type than the one that is shown.
        """
        if (wanted := body.get("autostop_session")) is None:
            return self._face.profile.autostop == "optional", None
        if not isinstance(wanted, dict) or wanted.get("type") != "ENERGY":
            return False, None
        try:
            kwh = Decimal(str(wanted.get("value")))
        except InvalidOperation:
            return False, None
        good = kwh.is_finite() and 0 < kwh < HIGHEST_KWH
        return good, int(kwh * 1000) if good else None

    async def _stop(self, request: web.Request) -> web.Response:
        self._face.enter(request, "commands")
        body = await json_object(request)
        return _result(accepted=self._try_stop(request, body.get("session_id")))

    def _try_stop(self, request: web.Request, key: Any) -> bool:
        profile, session = self._face.profile, self._session(key)
        if session is None or profile.rejects_commands or not session.is_open:
            return False
        self._face.check_owner(request, session)
        point = self._face.world.evses[session.evse_id].charge_point
        if point.lost_since is not None:
            return False
        if not profile.stops_nothing:
            self._face.world.stop(session.id)
        return True

    def _session(self, key: Any) -> Session | None:
        sessions = (session for session, _ in self._face.sessions())
        return next((s for s in sessions if session_key(s) == key), None)


def _result(*, accepted: bool) -> web.Response:
    return json_answer({"result": "ACCEPTED" if accepted else "REJECTED"})
