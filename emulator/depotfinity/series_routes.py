"""Time series (fact sheet siemens_depot 7)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..answers import json_answer
from ..charger import ChargePoint, Evse
from .series import PHASES, Meters
from .values import BadQueryError, Json, choice, moment, zulu_time

if TYPE_CHECKING:
    from .face import DepotfinityFace

DAY: Final = timedelta(days=1)
# Guess, so that a window from the year 1970 on is not answered value by value.
LONGEST: Final = timedelta(days=31)


class SeriesRoutes:
    """Answer with values as text, of the previous day unless told otherwise."""

    def __init__(self, face: DepotfinityFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        root = "/v1/timeSeries/chargers/{charger}"
        one = root + "/connectors/{connector}"
        return [
            # Documented.
            web.get(root, self._charger, name="depotfinity_charger_series"),
            # The call is documented, its path is a guess.
            web.get(one, self._connector, name="depotfinity_connector_series"),
        ]

    async def _charger(self, request: web.Request) -> web.Response:
        self._face.enter(request, "timeSeries")
        point = self._face.charger(request.match_info["charger"])
        return self._answer(request.query, point, point.evses, drawn=True)

    async def _connector(self, request: web.Request) -> web.Response:
        self._face.enter(request, "timeSeries")
        asked = request.match_info
        evse = self._face.connector(asked["charger"], asked["connector"])
        drawn = self._face.profile.connector_import == "drawn"
        return self._answer(request.query, evse.charge_point, [evse], drawn=drawn)

    def _answer(
        self,
        query: Mapping[str, str],
        point: ChargePoint,
        evses: list[Evse],
        *,
        drawn: bool,
    ) -> web.Response:
        meters = Meters(self._face.world, evses, drawn=drawn)
        try:
            name = choice(query, "measurand", meters.names(), "")
            if allowed := PHASES.get(name):
                choice(query, "phase", allowed, allowed[0])
            moments = list(self._moments(query, point))
        except BadQueryError as error:
            raise self._face.refusal(400, str(error)) from error
        items: list[Json] = [
            {"timeStamp": zulu_time(at), "value": value}
            for at in moments
            if (value := meters.value(name, at)) is not None
        ]
        return json_answer({"items": items})

    def _moments(
        self, query: Mapping[str, str], point: ChargePoint
    ) -> Iterator[datetime]:
        """Yield the moments of the values, on full steps."""
        now, profile = self._face.world.time, self._face.profile
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        start, end = moment(query, "from"), moment(query, "to")
        if start is None:
            start, end = midnight - DAY, end or midnight
        known = point.heard_until(now - timedelta(seconds=profile.series_lag))
        end = min(end or now, known)
        if end - start > LONGEST:
            raise BadQueryError(f"The window is longer than {LONGEST.days} days.")
        step = timedelta(seconds=profile.series_step)
        at = start + (midnight - start) % step
        while at <= end:
            yield at
            at += step
