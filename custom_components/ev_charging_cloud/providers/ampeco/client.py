"""The calls of AMPECO's driver API (fact sheet ampeco 6)."""

from typing import Any
from urllib.parse import quote

from ..transport import Answer, Transport

ROOT = "api/v1/app"


class Client:
    """One method per call; reads return the body, commands the whole answer."""

    def __init__(self, transport: Transport) -> None:
        """Take the transport to the operator's host."""
        self._transport = transport

    async def charge_points(self) -> bytes:
        """List the driver's own charge points with their running sessions (6.1)."""
        return await self._transport.read(f"{ROOT}/personal/charge-points")

    async def active_session(self) -> Answer:
        """Return the running session, also at a public station, or a 404 (6.7).

        Tried once: what is at home must not wait for it.
        """
        path = f"{ROOT}/session/active"
        return await self._transport.ask(path, accept=(404, 405), attempts=1)

    async def session(self, session_id: str) -> bytes:
        """Return one session in detail (6.8)."""
        return await self._transport.read(f"{ROOT}/session/{quote(session_id, '')}")

    async def history(self, params: dict[str, str]) -> bytes:
        """List past sessions between two days (11)."""
        return await self._transport.read(f"{ROOT}/profile/session_history", params)

    async def price_periods(self, evse_id: str) -> bytes:
        """Return today's and tomorrow's prices of an EVSE (10)."""
        path = f"{ROOT}/tariffs/tou/{quote(evse_id, '')}/price-periods"
        return await self._transport.read(path)

    async def profile(self) -> bytes:
        """Return the driver's profile (6.9)."""
        return await self._transport.read(f"{ROOT}/profile")

    async def start(self, evse_id: str) -> Answer:
        """Start a session (6.4)."""
        return await self._post("session/start", {"evseId": evse_id})

    async def stop(self, session_id: str, path: str) -> Answer:
        """End a session by the operator's path, ``end`` or ``stop`` (6.5, 6.6)."""
        return await self._post(f"session/{quote(session_id, '')}/{path}")

    async def restart(self, charge_point_id: str) -> Answer:
        """Restart a charge point (6.2)."""
        path = f"personal/charge-points/{quote(charge_point_id, '')}/reboot"
        return await self._post(path, {})

    async def _post(self, path: str, body: Any = None) -> Answer:
        """Send a command."""
        return await self._transport.write("POST", f"{ROOT}/{path}", body)
