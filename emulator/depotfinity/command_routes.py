"""Remote commands (fact sheet siemens_depot 8)."""

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from ..answers import ApiError, json_answer, json_object
from ..charger import Evse
from ..world import Driver, NotPossibleError
from .values import Json

if TYPE_CHECKING:
    from .face import DepotfinityFace

START: Final = "startChargingSession"


class CommandRoutes:
    """Answer what the charger said, which is no proof that it charges."""

    def __init__(self, face: DepotfinityFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind; start is documented, stop a guess."""
        path = "/v1/chargerControl/chargers/{charger}/remoteCommands/{command}"
        return [web.post(path, self._command, name="depotfinity_command")]

    async def _command(self, request: web.Request) -> web.Response:
        self._face.enter(request, "chargerControl")
        kind = request.match_info["command"]
        if kind not in (START, self._face.profile.stop_command):
            raise self._face.refusal(404, f"There is no command {kind}.")
        body = await json_object(request)
        connector, tag = body.get("connectorId"), body.get("idTag")
        if type(connector) is not int or not isinstance(tag, str) or not tag:
            raise self._face.refusal(400, "connectorId and idTag are required.")
        evse = self._face.connector(request.match_info["charger"], str(connector))
        if evse.charge_point.lost_since is not None:
            raise self._face.refusal(404, "The charger is not connected.")
        self._carry_out(kind, evse, tag)
        return json_answer(_outcome(kind, "Accepted"))

    def _carry_out(self, kind: str, evse: Evse, tag: str) -> None:
        if self._face.profile.rejects_commands:
            raise _rejection(kind, "The charger has rejected the request.")
        try:
            if kind == START:
                self._start(evse, tag)
            else:
                self._stop(evse)
        except NotPossibleError as error:
            raise _rejection(kind, str(error)) from error

    def _start(self, evse: Evse, tag: str) -> None:
        profile, driver = self._face.profile, self._driver(tag)
        unknown = driver is None and profile.unknown_tag
        if unknown == "rejected":
            raise NotPossibleError("The charger does not know this tag.")
        if profile.starts_nothing or unknown == "accepted":
            return
        self._face.world.start(evse.id, driver.id if driver else None)

    def _stop(self, evse: Evse) -> None:
        if evse.session is None:
            raise NotPossibleError("No session is running at this connector.")
        if not self._face.profile.stops_nothing:
            self._face.world.stop(evse.session.id)

    def _driver(self, tag: str) -> Driver | None:
        drivers = self._face.world.drivers.values()
        return next((driver for driver in drivers if driver.auth_id == tag), None)


def _rejection(kind: str, reason: str) -> ApiError:
    return ApiError(400, _outcome(kind, "Rejected", reason))


def _outcome(kind: str, status: str, reason: str | None = None) -> Json:
    name = "Start" if kind == START else "Stop"
    text = reason or f"{name} charging request {status.lower()}."
    response: dict[str, Any] = {"status": status, "message": text}
    return {"commandType": kind, "response": response}
