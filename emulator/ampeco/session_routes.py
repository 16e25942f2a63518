"""Running sessions: start, stop and look (fact sheet ampeco 6.4 to 6.8)."""

from typing import TYPE_CHECKING

from aiohttp import web

from ..answers import json_answer, json_object, message
from ..charger import Evse
from ..session import Session
from ..world import Driver, NotPossibleError, World
from .charger_routes import invalid
from .chargers import battery_percent
from .sessions import Extras, SessionWriter
from .values import Json

if TYPE_CHECKING:
    from .face import AmpecoFace


class SessionRoutes:
    """Answer what concerns one session."""

    def __init__(self, face: AmpecoFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        root = "/api/v1/app/session"
        one = root + "/{id}"
        return [
            web.post(f"{root}/start", self._start, name="session_start"),
            web.post(f"{one}/end", self._end, name="session_end"),
            web.post(f"{one}/stop", self._end, name="session_stop"),
            web.get(f"{root}/active", self._active, name="session_active"),
            web.get(f"{root}/ongoing", self._ongoing, name="session_ongoing"),
            web.get(one, self._detail, name="session_detail"),
        ]

    async def _start(self, request: web.Request) -> web.Response:
        driver = self._face.driver(request)
        world = self._face.world
        evse = self._startable(await json_object(request), driver)
        try:
            session = world.start(evse.id, driver.id)
        except NotPossibleError as error:
            raise message(406, str(error)) from error
        return json_answer(self._one(world, session))

    def _startable(self, body: Json, driver: Driver) -> Evse:
        if body.get("evseId") is None:
            raise invalid("evseId", "The evse id field is required.")
        evse = self._named(str(body["evseId"]))
        if evse is None:
            raise invalid("evseId", "The selected evse id is invalid.")
        if evse.charge_point.owner_id not in (driver.id, None):
            raise message(404, "No query results for model [Evse].")
        return evse

    def _named(self, key: str) -> Evse | None:
        evses = self._face.world.evses
        if self._face.profile.start_id == "id":
            return evses.get(key)
        return next((e for e in evses.values() if e.identifier == key), None)

    async def _end(self, request: web.Request) -> web.Response:
        route = request.path.rpartition("/")[2]
        if route not in self._face.profile.stop_routes:
            raise message(404, "")
        driver, world = self._face.driver(request), self._face.world
        world.sync()
        session = self._face.session(world, driver, request.match_info["id"])
        try:
            world.stop(session.id)
        except NotPossibleError as error:
            raise message(404, str(error)) from error
        return self._end_answer(session)

    def _end_answer(self, session: Session) -> web.Response:
        match self._face.profile.end_answer:
            case "empty202":
                return web.Response(status=202)
            case "empty204":
                return web.Response(status=204)
            case _:
                return json_answer(self._one(self._face.world, session))

    async def _active(self, request: web.Request) -> web.Response:
        driver, view = self._face.driver(request), self._face.view()
        if not self._face.profile.active_route:
            raise message(404, "")
        if not (own := self._open_sessions(view, driver)):
            raise message(404, "No active session.")
        battery: int | str = ""
        if self._face.profile.car_battery_percent:
            battery = battery_percent(view.evses[own[-1].evse_id])
        body = self._one(view, own[-1], Extras(schedule=True))
        return json_answer(body | {"carBatteryPercent": battery})

    async def _ongoing(self, request: web.Request) -> web.Response:
        driver, view = self._face.driver(request), self._face.view()
        if not self._face.profile.ongoing_route:
            raise message(404, "")
        rows = [
            {"id": written["id"], "startedAt": written["startedAt"]}
            for session in self._open_sessions(view, driver)
            if view.evses[session.evse_id].power_w
            and (written := SessionWriter(view, self._face.profile).write(session))
        ]
        return json_answer({"data": rows})

    async def _detail(self, request: web.Request) -> web.Response:
        driver, view = self._face.driver(request), self._face.view()
        session = self._face.session(view, driver, request.match_info["id"])
        extras = Extras(
            power=request.query.get("withPowerHistory") == "1",
            schedule=request.query.get("withSmartChargingSchedule") == "1",
            tax=request.query.get("withTaxName") == "1",
            periods=True,
        )
        return json_answer(self._one(view, session, extras))

    def _one(self, view: World, session: Session, extras: Extras | None = None) -> Json:
        writer = SessionWriter(view, self._face.profile)
        return {"session": writer.write(session, extras)}

    def _open_sessions(self, view: World, driver: Driver) -> list[Session]:
        return [
            session
            for session in view.sessions.values()
            if session.is_open and session.driver_id == driver.id
        ]
