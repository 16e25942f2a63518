"""Serve a peer on a free port of the loopback until standard input ends.

Usage: serve.py MODULE. The port is printed as soon as it is open. Runs in an environment
of its own, on a Python that the libraries know (3.10 to 3.13).
"""

import importlib
import os
import socket
import sys
import threading
from typing import Any

from store import Store
import uvicorn


class Watched:
    """The peer's application, and what came in."""

    def __init__(self, app: Any, store: Store) -> None:
        """Stand in front of an application."""
        self.app = app
        self.store = store

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Note a request and pass it on."""
        path = scope.get("path", "")
        if scope["type"] == "http" and not path.startswith("/_peer/"):
            self.store.requests.append(_noted(scope))
        await self.app(scope, receive, send)


def add_control(app: Any, store: Store) -> None:
    """Add the routes with which a test looks and reaches into the peer."""

    async def requests() -> list[dict[str, Any]]:
        return store.requests

    async def reset(world: dict[str, Any]) -> None:
        store.reset(world)

    async def put(version: str, module: str, row: dict[str, Any]) -> None:
        store.put(version, module, row)

    async def replies(body: dict[str, Any]) -> None:
        store.replies.update(body)

    app.get("/_peer/requests")(requests)
    app.put("/_peer/world")(reset)
    app.put("/_peer/objects/{version}/{module}")(put)
    app.put("/_peer/replies")(replies)


def serve(module: str) -> None:
    """Open the port, then load the library, which reads its address when it loads."""
    listener = socket.create_server(("127.0.0.1", 0))
    # Head and body leave apart; nobody should wait 40 ms for the second one.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    port = listener.getsockname()[1]
    os.environ.update(OCPI_HOST=f"127.0.0.1:{port}", PROTOCOL="http")
    store = Store()
    app = importlib.import_module(module).application(store)
    add_control(app, store)
    threading.Thread(target=_leave_at_end_of_input, daemon=True).start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    config = uvicorn.Config(Watched(app, store), log_level="warning")
    uvicorn.Server(config).run(sockets=[listener])


def _leave_at_end_of_input() -> None:
    """Never outlive the test, however it ends."""
    sys.stdin.read()
    os._exit(0)


def _noted(scope: Any) -> dict[str, Any]:
    return {
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "headers": {name.decode(): value.decode() for name, value in scope["headers"]},
    }


if __name__ == "__main__":
    serve(sys.argv[1])
