"""Past sessions, with and without paging (fact sheet ampeco 11)."""

from datetime import date
from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..answers import json_answer
from ..session import Session
from ..world import Driver, World
from .charger_routes import invalid
from .sessions import Extras, SessionWriter
from .values import Json

if TYPE_CHECKING:
    from .face import AmpecoFace

WITH_PERIODS: Final = Extras(periods=True)


class HistoryRoutes:
    """Answer with the driver's ended sessions, newest first."""

    def __init__(self, face: AmpecoFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        path = "/api/v1/app/profile/session_history"
        return [web.get(path, self._history, name="session_history")]

    async def _history(self, request: web.Request) -> web.Response:
        driver, view = self._face.driver(request), self._face.view()
        sessions = self._wanted(request, view, driver)
        if self._face.profile.history_form == "paged":
            return json_answer(self._paged(request, view, sessions))
        entries = [self._entry(view, session) for session in sessions]
        return json_answer({"session_history": entries})

    def _wanted(
        self, request: web.Request, view: World, driver: Driver
    ) -> list[Session]:
        start = _day(request, "start_date") or date.min
        end = _day(request, "end_date") or date.max
        kind = request.query.get("sessionType")
        ended = (s for s in view.sessions.values() if not s.is_open)
        wanted = (
            session
            for session in ended
            if self._face.sees(view, driver, session)
            and start <= _local_day(session) <= end
            and kind in (None, _kind(view, session))
        )
        return sorted(wanted, key=lambda session: session.started_at, reverse=True)

    def _paged(
        self, request: web.Request, view: World, sessions: list[Session]
    ) -> Json:
        page, size = _positive(request, "page", 1), _positive(request, "perPage", 100)
        shown = sessions[(page - 1) * size : page * size]
        return {
            "data": [self._paged_entry(view, session) for session in shown],
            "meta": {
                "current_page": page,
                "last_page": max(1, -(-len(sessions) // size)),
                "per_page": size,
                "total": len(sessions),
            },
        }

    def _entry(self, view: World, session: Session) -> Json:
        point = view.evses[session.evse_id].charge_point
        writer = SessionWriter(view, self._face.profile)
        return {
            "session": writer.write(session, WITH_PERIODS),
            "note": point.name,
            "type": _kind(view, session),
            "address": point.site.address or point.name,
        }

    def _paged_entry(self, view: World, session: Session) -> Json:
        return self._entry(view, session) | {
            "evse": {
                "identifier": view.evses[session.evse_id].identifier,
                "label": None,
            },
            "receiptUrl": f"https://example.test/receipts/{session.id}",
        }


def _kind(view: World, session: Session) -> str:
    point = view.evses[session.evse_id].charge_point
    return "public" if point.site.public else "private"


def _local_day(session: Session) -> date:
    return session.started_at.astimezone(session.tariff.tzinfo).date()


def _day(request: web.Request, name: str) -> date | None:
    if (text := request.query.get(name)) is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise invalid(name, f"The {name} is not a valid date.") from error


def _positive(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise invalid(name, f"The {name} must be at least 1.")
    return int(text)
