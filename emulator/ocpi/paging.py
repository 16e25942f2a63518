"""Pages of lists, with the ways in which they go wrong (fact sheet ocpi 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web

from .access import BAD_PARAMETERS

if TYPE_CHECKING:
    from .face import OcpiFace


@dataclass(frozen=True, kw_only=True)
class Page[T]:
    """Hold the rows of one page, its first index and its headers."""

    rows: Sequence[T]
    offset: int
    headers: dict[str, str]
    repeats: bool = False


class Pager:
    """Cut lists into pages."""

    def __init__(self, face: OcpiFace) -> None:
        """Serve one face."""
        self._face = face

    def window(
        self, request: web.Request, *, required: bool = False
    ) -> tuple[datetime | None, datetime | None]:
        """Return from when to when objects are asked for."""
        since = self._moment(request, "date_from")
        if required and since is None and self._face.profile.strict_date_from:
            raise self._bad("date_from is missing")
        return since, self._moment(request, "date_to")

    def page[T](self, request: web.Request, rows: Sequence[T]) -> Page[T]:
        """Return the page that a request asks for."""
        profile = self._face.profile
        offset = self._whole(request, "offset", 0)
        limit = min(
            max(1, self._whole(request, "limit", profile.page_limit)),
            profile.page_limit,
        )
        if profile.link == "shifted" and offset:
            # An object has left the list since the first page was read.
            rows = rows[1:]
        start = offset
        endless = profile.link == "endless" and bool(rows)
        if endless:
            start %= len(rows)
        shown = rows[start : start + limit]
        more = endless or offset + limit < len(rows)
        headers = {"X-Limit": str(profile.page_limit)}
        if profile.total != "missing":
            total = len(shown) if profile.total == "page" else len(rows)
            headers["X-Total-Count"] = str(total)
        if (link := self._link(request, offset, limit, more=more)) is not None:
            headers["Link"] = link
        repeats = endless and offset >= len(rows)
        return Page(rows=shown, offset=offset, headers=headers, repeats=repeats)

    def _link(
        self, request: web.Request, offset: int, limit: int, *, more: bool
    ) -> str | None:
        profile = self._face.profile
        if profile.link == "none":
            return None
        if not more:
            return "" if profile.link == "empty" else None
        after = offset if profile.link == "loop" else offset + limit
        url = request.url.update_query(offset=str(after), limit=str(limit))
        if profile.link == "wrong_host":
            host, _, port = profile.link_host.partition(":")
            url = url.with_host(host).with_port(int(port) if port else None)
        if profile.link == "wrong_scheme":
            url = url.with_scheme("https")
        return f'<{url}>; rel="next"'

    def _moment(self, request: web.Request, name: str) -> datetime | None:
        if (text := request.query.get(name)) is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise self._bad(f"{name} is not a moment") from None
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment

    def _whole(self, request: web.Request, name: str, default: int) -> int:
        text = request.query.get(name, str(default))
        if not text.isdecimal():
            raise self._bad(f"{name} is not a number")
        return int(text)

    def _bad(self, text: str) -> Exception:
        return self._face.gate.refusal(200, BAD_PARAMETERS, text)


def is_within(
    moment: datetime, window: tuple[datetime | None, datetime | None]
) -> bool:
    """Return whether a moment is in a window; its end is outside."""
    since, before = window
    return (since is None or moment >= since) and (before is None or moment < before)
