"""Serve a recording of real exchanges.

A recording is a directory with one file per exchange, `0001.json`, `0002.json` and so
on, in the order in which they happened:

    {"request": {"method": "GET", "path": "/api/v1/app/...", "query": {}, "body": null},
     "response": {"status": 200, "headers": {}, "body": <JSON value or text>}}

A request matches an exchange with the same method and path whose query is contained
in the request's query; of several, those match whose query says most. The n-th equal request gets the n-th recorded answer; the last
one repeats. A body that is text is sent as it is, anything else as JSON; null is an
empty body. An unknown request gets 404 with a sentence.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from aiohttp import web
import orjson

# Framing belongs to the connection on which the recording was made.
HOP_HEADERS: Final = frozenset(
    {"connection", "content-encoding", "content-length", "date", "transfer-encoding"}
)


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """Hold one recorded request with its answer."""

    method: str
    path: str
    query: Mapping[str, str]
    status: int
    headers: Mapping[str, str]
    body: Any

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read one file of a recording."""
        request, response = data["request"], data["response"]
        query = request.get("query") or {}
        return cls(
            method=request["method"].upper(),
            path=request["path"],
            query={str(name): str(value) for name, value in query.items()},
            status=response["status"],
            headers=response.get("headers") or {},
            body=response.get("body"),
        )

    def matches(self, request: web.Request) -> bool:
        """Return whether this exchange answers a request."""
        return (
            self.method == request.method
            and self.path == request.path
            and self.query.items() <= dict(request.query).items()
        )

    def answer(self) -> web.Response:
        """Return the recorded answer."""
        headers = {
            name: value
            for name, value in self.headers.items()
            if name.lower() not in HOP_HEADERS
        }
        if self.body is None:
            return web.Response(status=self.status, headers=headers)
        is_text = isinstance(self.body, str)
        raw = self.body.encode() if is_text else orjson.dumps(self.body)
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "text/plain" if is_text else "application/json"
        return web.Response(body=raw, status=self.status, headers=headers)


class Recording:
    """Answer requests from a list of exchanges, each in its turn."""

    def __init__(self, exchanges: list[Exchange]) -> None:
        """Start at the beginning."""
        self._exchanges = exchanges
        self._asked: Counter[tuple[int, ...]] = Counter()

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read a directory; refuse one without exchanges."""
        files = sorted(directory.glob("[0-9]*.json"))
        if not files:
            raise ValueError(f"There is no recording in {directory}.")
        return cls([Exchange.from_json(orjson.loads(f.read_bytes())) for f in files])

    def app(self) -> web.Application:
        """Return the application that serves the recording."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        found = {
            number: len(exchange.query)
            for number, exchange in enumerate(self._exchanges)
            if exchange.matches(request)
        }
        most = max(found.values(), default=0)
        numbers = tuple(number for number in found if found[number] == most)
        if not numbers:
            sentence = f"The recording has no {request.method} {request.path}."
            return web.json_response({"message": sentence}, status=404)
        turn = min(self._asked[numbers], len(numbers) - 1)
        self._asked[numbers] += 1
        return self._exchanges[numbers[turn]].answer()
