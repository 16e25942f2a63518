"""Session reports of legacy controllers (fact sheet siemens_depot 4)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
import random
from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..answers import json_answer
from ..charger import Evse
from ..session import Session
from .reports import ReportWriter
from .values import BadQueryError, moment, number, required

if TYPE_CHECKING:
    from .face import DepotfinityFace

LOWEST_LIMIT: Final = 10
HIGHEST_LIMIT: Final = 2000


class ReportRoutes:
    """Answer with raw reports, which are written when a charge is over."""

    def __init__(self, face: DepotfinityFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind; documented, with a sample."""
        path = "/v1/sessionReports"
        return [web.get(path, self._reports, name="depotfinity_reports")]

    async def _reports(self, request: web.Request) -> web.Response:
        self._face.enter(request, "sessionReports")
        query = request.query
        try:
            keys = required(query, "chargerId"), required(query, "connectorId")
            page, limit = number(query, "page", 1), self._limit(query)
            evse = self._face.connector(*keys)
            sessions = self._wanted(evse, query)
        except BadQueryError as error:
            raise self._face.refusal(400, str(error)) from error
        shown = sessions[(page - 1) * limit : page * limit]
        writer = ReportWriter(self._face.world, self._face.profile)
        items = [writer.write(evse, session) for session in shown]
        return json_answer(
            {"items": items, "ChargerID": keys[0], "ConnectorID": keys[1]}
        )

    def _limit(self, query: Mapping[str, str]) -> int:
        """Return the limit; the documented default is below the documented minimum."""
        profile = self._face.profile
        limit = number(query, "limit", profile.report_default_limit)
        too_small = limit < LOWEST_LIMIT and profile.small_limit == "refuse"
        if "limit" in query and (too_small or limit > HIGHEST_LIMIT):
            raise BadQueryError(
                f"limit must be between {LOWEST_LIMIT} and {HIGHEST_LIMIT}."
            )
        return limit

    def _wanted(self, evse: Evse, query: Mapping[str, str]) -> list[Session]:
        profile = self._face.profile
        start, end = moment(query, "from"), moment(query, "to")
        if not evse.charge_point.legacy_controller:
            if profile.other_controllers == "404":
                raise self._face.refusal(404, "No session reports for this charger.")
            return []
        sessions = [s for s in self._face.sessions() if s.evse_id == evse.id]
        shown = [s for s in sessions if self._is_written(s)]
        wanted = [s for s in shown if self._is_within(s, start, end)]
        return self._ordered(wanted)

    def _is_written(self, session: Session) -> bool:
        if self._face.profile.live_reports:
            return True
        ended, delay = self._face.end_of(session), self._face.profile.report_delay
        due = timedelta(seconds=delay)
        return ended is not None and ended + due <= self._face.world.time

    def _is_within(
        self, session: Session, start: datetime | None, end: datetime | None
    ) -> bool:
        at = session.started_at
        if self._face.profile.report_window == "end":
            at = self._face.end_of(session) or self._face.world.time
        return (start is None or at >= start) and (end is None or at < end)

    def _ordered(self, sessions: list[Session]) -> list[Session]:
        match self._face.profile.report_order:
            case "ascending":
                return sessions
            case "descending":
                return sessions[::-1]
            case _:
                # The same order on every page, so that none comes twice.
                shuffled = list(sessions)
                random.Random(self._face.world.seed).shuffle(shuffled)
                return shuffled
