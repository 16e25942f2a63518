"""What was asked of the emulator."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from aiohttp import web
import orjson

SECRETS: Final = frozenset({"password", "client_secret"})


@dataclass(kw_only=True, eq=False)
class RequestRecord:
    """Remember one request; the status stays None while it is unanswered.

    Credentials in headers and body are left out.
    """

    moment: datetime
    kind: str
    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    status: int | None = None
    fault: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the record as plain data."""
        return {**vars(self), "moment": self.moment.isoformat()}


async def record_of(request: web.Request, moment: datetime) -> RequestRecord:
    """Return the record of a request that has just come in."""
    return RequestRecord(
        moment=moment,
        kind=request.match_info.route.name or "unknown",
        method=request.method,
        path=request.path,
        query=dict(request.query),
        headers={
            str(name): value
            for name, value in request.headers.items()
            if name.lower() != "authorization"
        },
        body=_without_secrets(await request.read()),
    )


def _without_secrets(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return f"{len(raw)} bytes that are not JSON"
    if not isinstance(body, dict):
        return body
    return {key: "removed" if key in SECRETS else body[key] for key in body}
