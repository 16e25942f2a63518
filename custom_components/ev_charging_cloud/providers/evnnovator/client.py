"""The calls of EVnnovator's gateway (fact sheet evnnovator 4)."""

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from ..transport import Answer, Transport
from .wire import BrokenRecordError

ABSENT = (HTTPStatus.NOT_FOUND,)


def segment(identity: str) -> str:
    """Return an id as one part of a path; dots alone would lead elsewhere."""
    if not identity.strip("."):
        raise BrokenRecordError("This cannot be an id")
    return quote(identity, "")


class Client:
    """One method per call; what may be missing, and commands, give the answer."""

    def __init__(self, transport: Transport) -> None:
        """Take the transport to the gateway."""
        self._transport = transport

    async def register(self, driver_id: str) -> Answer:
        """Make a driver known to the gateway; the body is plain text (call 1)."""
        return await self._transport.write("POST", "whitelist/driver", driver_id)

    async def token_uid(self, driver_id: str, location_id: str) -> Answer:
        """Ask by what a location's operator knows a driver (call 2)."""
        place = f"location/{segment(location_id)}"
        path = f"whitelist/driver/{segment(driver_id)}/{place}"
        return await self._transport.ask(path, accept=ABSENT)

    async def search(self, text: str) -> bytes:
        """Search locations (call 3)."""
        return await self._transport.read("locations/search", {"search-text": text})

    async def latest(self, driver_id: str) -> Answer:
        """Return the latest session of a driver, or a 404 (call 7)."""
        path = f"sessions/{segment(driver_id)}/latest"
        return await self._transport.ask(path, accept=ABSENT)

    async def session(self, session_id: str) -> bytes:
        """Return one session by the gateway's id (call 8)."""
        return await self._transport.read(f"sessions/{segment(session_id)}")

    async def cdr(self, reference: str) -> Answer:
        """Return the CDR of a session by the operator's id, or a 404 (call 10)."""
        path = f"cdrs/session/{segment(reference)}"
        return await self._transport.ask(path, accept=ABSENT)

    async def start(self, body: dict[str, Any]) -> Answer:
        """Start a session (call 6)."""
        return await self._transport.write("POST", "commands/START_SESSION", body)

    async def stop(self, session_id: str) -> Answer:
        """Stop a session by the gateway's id (call 9)."""
        body = {"session_id": session_id}
        return await self._transport.write("POST", "commands/STOP_SESSION", body)
