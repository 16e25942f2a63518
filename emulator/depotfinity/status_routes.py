"""Availability and connectivity (fact sheet siemens_depot 5)."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..answers import json_answer
from ..charger import ChargePoint, Evse, EvseState
from .values import Json, zulu_time

if TYPE_CHECKING:
    from .face import DepotfinityFace

VENDOR_ERROR: Final = 144

STATUS: Final = {
    EvseState.AVAILABLE: "Available",
    EvseState.PREPARING: "Preparing",
    EvseState.CHARGING: "Charging",
    EvseState.SUSPENDED_EV: "SuspendedEV",
    EvseState.SUSPENDED_EVSE: "SuspendedEVSE",
    EvseState.FINISHING: "Finishing",
    EvseState.UNAVAILABLE: "Unavailable",
    EvseState.FAULTED: "Faulted",
}


class StatusRoutes:
    """Answer what chargers and connectors do now."""

    def __init__(self, face: DepotfinityFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        root = "/v1/chargerStatus/chargers/{charger}"
        one = root + "/connectors/{connector}"
        state, contact = "/availabilityStatus", "/connectivityStatus"
        return [
            # Documented.
            web.get(root + state, self._charger, name="depotfinity_charger_status"),
            # The call is documented, its path is a guess.
            web.get(one + state, self._connector, name="depotfinity_connector_status"),
            # The call is documented, path and body are guesses.
            web.get(root + contact, self._contact, name="depotfinity_connectivity"),
        ]

    async def _charger(self, request: web.Request) -> web.Response:
        self._face.enter(request, "chargerStatus")
        point = self._face.charger(request.match_info["charger"])
        states = {evse.out_of_order for evse in point.evses}
        # A charger is out of order when all of its connectors are.
        state = states.pop() if len(states) == 1 else None
        since = max((self._since(evse) for evse in point.evses), default=None)
        status = STATUS[state] if state is not None else "Available"
        return self._answer(point, status, since)

    async def _connector(self, request: web.Request) -> web.Response:
        self._face.enter(request, "chargerStatus")
        asked = request.match_info
        evse = self._face.connector(asked["charger"], asked["connector"])
        return self._answer(evse.charge_point, STATUS[evse.state], self._since(evse))

    async def _contact(self, request: web.Request) -> web.Response:
        self._face.enter(request, "chargerStatus")
        point = self._face.charger(request.match_info["charger"])
        at = self._face.heard_until(point)
        status = "Connected" if point.lost_since is None else "Disconnected"
        item = {"timeStamp": zulu_time(at), "status": status}
        return json_answer({"items": [item]})

    def _answer(
        self, point: ChargePoint, status: str, since: datetime | None
    ) -> web.Response:
        if point.lost_since is not None:
            status, since = "Unavailable", point.lost_since
        return json_answer({"items": [self._item(status, since)]})

    def _item(self, status: str, since: datetime | None) -> Json:
        faulted = status == STATUS[EvseState.FAULTED]
        return {
            "timeStamp": zulu_time(since or self._face.world.time),
            "errorCode": "OtherError" if faulted else "NoError",
            "vendorErrorCode": VENDOR_ERROR if faulted else 0,
            "vendorId": 0,
            "status": status,
        }

    def _since(self, evse: Evse) -> datetime:
        """Return when the state came about."""
        session, last = evse.session, evse.last_session
        moments = [evse.moved_at, last.stopped_at if last else None]
        if session is not None and session.samples:
            drawing, since = bool(evse.power_w), session.samples[-1].moment
            for sample in reversed(session.samples):
                if bool(sample.power_w) != drawing:
                    break
                since = sample.moment
            moments.append(since)
        return max((at for at in moments if at), default=self._face.world.time)
