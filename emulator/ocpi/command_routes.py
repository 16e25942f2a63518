"""Commands (fact sheet ocpi 12)."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..answers import ApiError
from ..charger import ChargePoint, Evse
from ..session import Session
from ..world import NotPossibleError
from .access import BAD_PARAMETERS, NOT_ENOUGH, UNKNOWN_LOCATION
from .locations import LocationWriter
from .profile import KnownToken
from .sessions import COMMANDED, auth_method
from .tokens import token_from
from .values import Json

if TYPE_CHECKING:
    from .face import OcpiFace

NOT_SUPPORTED: Final = ("RESERVE_NOW", "CANCEL_RESERVATION")

# What the charger says a moment later.
type Outcome = Callable[[], str]


class CommandRoutes:
    """Pass commands on, and tell later what became of them."""

    def __init__(self, face: OcpiFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        face, root = self._face, f"{self._face.modules}/commands"
        commands = {
            "START_SESSION": (self._start, "start"),
            "STOP_SESSION": (self._stop, "stop"),
            "UNLOCK_CONNECTOR": (self._unlock, "unlock"),
        }
        return [
            *(
                face.route("POST", f"{root}/{name}", self._handled(prepare), kind)
                for name, (prepare, kind) in commands.items()
            ),
            *(
                face.route("POST", f"{root}/{name}", self._unsupported, name.lower())
                for name in NOT_SUPPORTED
            ),
        ]

    def _handled(
        self, prepare: Callable[[web.Request, Json], Outcome | str]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handle(request: web.Request) -> web.Response:
            body = await self._face.body(request)
            url = body.get("response_url")
            if not isinstance(url, str) or not url.startswith("http"):
                raise self._refused(request, BAD_PARAMETERS, "No response_url")
            outcome = prepare(request, body)
            forced = self._face.profile.command_result
            if isinstance(outcome, str) or forced not in (None, "ACCEPTED"):
                return self._answer(request, forced or str(outcome))
            self._carry_out(request, url, outcome)
            return self._answer(request, "ACCEPTED")

        return handle

    def _carry_out(self, request: web.Request, url: str, outcome: Outcome) -> None:
        profile = self._face.profile
        result = "FAILED"
        if profile.callback != "failed":
            result = "ACCEPTED" if profile.starts_nothing else outcome()
        self._face.callbacks.plan(url, request.match_info["version"], result)

    def _answer(self, request: web.Request, result: str) -> web.Response:
        return self._face.gate.answer(self._response(request, result))

    def _response(self, request: web.Request, result: str) -> Json:
        data: Json = {"result": result}
        if request.match_info["version"] != "2.1.1":
            data["timeout"] = self._face.profile.command_timeout
        rendered: Json = self._face.rendered("command", data)
        return rendered

    def _refused(self, request: web.Request, code: int, text: str) -> ApiError:
        data = self._response(request, "REJECTED")
        return self._face.gate.refusal(200, code, text, data)

    async def _unsupported(self, request: web.Request) -> web.Response:
        await self._face.body(request)
        return self._answer(request, "NOT_SUPPORTED")

    def _start(self, request: web.Request, body: Json) -> Outcome | str:
        face, token = self._face, self._token(request, body)
        point = self._point(request, body)
        evse = self._evse(request, point, body) or _free(point)
        connector = body.get("connector_id")
        if connector is None and evse.id in face.profile.connector_required:
            raise self._refused(request, NOT_ENOUGH, "No connector_id")
        if connector is not None and (connector != "1" or not body.get("evse_uid")):
            raise self._refused(request, UNKNOWN_LOCATION, "Unknown connector")
        if not token.valid or token.party != face.profile.our_party:
            return "REJECTED"
        reference = body.get("authorization_reference")
        return lambda: self._begin(evse, token, reference)

    def _begin(self, evse: Evse, token: KnownToken, reference: object) -> str:
        face = self._face
        if evse.charge_point.lost_since is not None:
            return "TIMEOUT"
        if face.tokens.find(face.profile, token.party, token.uid) is None:
            face.tokens.put(token)
        driver = face.tokens.driver_of(token)
        try:
            session = face.world.start(evse.id, driver.id, by=COMMANDED)
        except NotPossibleError:
            if evse.session is not None:
                return "EVSE_OCCUPIED"
            return "FAILED" if evse.out_of_order is None else "EVSE_INOPERATIVE"
        if isinstance(reference, str) and reference:
            face.references[session.id] = reference
        return "ACCEPTED"

    def _stop(self, request: web.Request, body: Json) -> Outcome | str:
        if not body.get("session_id"):
            raise self._refused(request, BAD_PARAMETERS, "No session_id")
        if (session := self._face.session(body["session_id"])) is None:
            return "UNKNOWN_SESSION"
        by_command = auth_method(session) == "COMMAND"
        if not session.is_open:
            return "REJECTED"
        if self._face.profile.stops_only_commanded and not by_command:
            return "REJECTED"
        return lambda: self._end(session)

    def _end(self, session: Session) -> str:
        point = self._face.world.evses[session.evse_id].charge_point
        if point.lost_since is not None:
            return "TIMEOUT"
        try:
            self._face.world.stop(session.id)
        except NotPossibleError:
            return "FAILED"
        return "ACCEPTED"

    def _unlock(self, request: web.Request, body: Json) -> Outcome | str:
        point = self._point(request, body)
        evse = self._evse(request, point, body)
        if evse is None or body.get("connector_id") != "1":
            raise self._refused(request, UNKNOWN_LOCATION, "Unknown connector")
        version = request.match_info["version"]
        if LocationWriter(self._face, version).has_cable(evse):
            return "NOT_SUPPORTED"

        def unlock() -> str:
            self._face.unlocked.append(evse.id)
            return "ACCEPTED"

        return unlock

    def _token(self, request: web.Request, body: Json) -> KnownToken:
        sent, ours = body.get("token"), self._face.profile.our_party
        token = token_from(sent, ours) if isinstance(sent, dict) else None
        if token is None:
            raise self._refused(request, BAD_PARAMETERS, "No token")
        return token

    def _point(self, request: web.Request, body: Json) -> ChargePoint:
        if not body.get("location_id"):
            raise self._refused(request, BAD_PARAMETERS, "No location_id")
        if (point := self._face.point(body["location_id"])) is None:
            raise self._refused(request, UNKNOWN_LOCATION, "Unknown location")
        return point

    def _evse(
        self, request: web.Request, point: ChargePoint, body: Json
    ) -> Evse | None:
        if (wanted := body.get("evse_uid")) is None:
            return None
        for evse in point.evses:
            if evse.id.lower() == str(wanted).lower():
                return evse
        raise self._refused(request, UNKNOWN_LOCATION, "Unknown EVSE")


def _free(point: ChargePoint) -> Evse:
    """Return the EVSE that a start without one goes to."""
    free = (e for e in point.evses if e.car is not None and e.session is None)
    return next(free, point.evses[0])
