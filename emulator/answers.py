"""Answers and refusals that faces send."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
import orjson


class ApiError(Exception):
    """Refuse a request with a status and a JSON body; None is an empty one."""

    def __init__(
        self, status: int, body: Any, headers: Mapping[str, str] | None = None
    ) -> None:
        """Keep what is to be answered."""
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers


def json_answer(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return a chunked JSON answer."""
    response = web.Response(
        body=orjson.dumps(body),
        status=status,
        headers=headers,
        content_type="application/json",
    )
    response.enable_chunked_encoding()
    return response


def refusal_answer(error: ApiError) -> web.Response:
    """Return the answer that a refusal stands for."""
    if error.body is None:
        return web.Response(status=error.status, headers=error.headers)
    return json_answer(error.body, error.status, error.headers)


def message(status: int, text: str) -> ApiError:
    """Return a refusal whose body is one message."""
    return ApiError(status, {"message": text})


async def json_object(request: web.Request) -> dict[str, Any]:
    """Return the JSON object of a request, or an empty one if it has none."""
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}
