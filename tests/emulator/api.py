"""A caller of the emulator that knows only HTTP."""

from datetime import timedelta
from typing import Any

import aiohttp

from emulator import Emulator

ROOT = "/api/v1/app"
LOGIN = {
    "grant_type": "password",
    "client_id": "1",
    "client_secret": "emulator-client-secret",
    "username": "driver@example.test",
    "password": "charge-me-up",
}


class Api:
    """Call one emulator, signed in as its first driver."""

    def __init__(self, emulator: Emulator, session: aiohttp.ClientSession) -> None:
        """Sign in without a request."""
        self.emulator = emulator
        self.session = session
        self.world = emulator.world
        self.headers: dict[str, str] = {}
        self.sign_in()

    def sign_in(self, driver_id: str | None = None) -> None:
        """Use a new access token from now on."""
        pair = self.emulator.ampeco.issue_tokens(driver_id)
        self.headers = {"Authorization": f"Bearer {pair.access_token}"}

    def pass_time(self, **step: float) -> None:
        """Advance the clock."""
        self.emulator.clock.advance(timedelta(**step))

    async def call(
        self, method: str, path: str, **options: Any
    ) -> tuple[int, Any, dict[str, str]]:
        """Return status, body (None if empty) and headers of an answer."""
        options.setdefault("headers", self.headers)
        async with self.session.request(method, path, **options) as response:
            raw = await response.read()
            body = await response.json() if raw else None
            return response.status, body, dict(response.headers)

    async def get(self, path: str, **options: Any) -> Any:
        """Return the body of a successful read below the API's root."""
        status, body, _ = await self.call("GET", ROOT + path, **options)
        assert status == 200, (status, body)
        return body

    async def status(self, method: str, path: str, **options: Any) -> int:
        """Return only the status of an answer."""
        return (await self.call(method, ROOT + path, **options))[0]

    async def start(self, evse: object = "148964") -> Any:
        """Start a session and return it."""
        options = {"json": {"evseId": evse}}
        status, body, _ = await self.call("POST", f"{ROOT}/session/start", **options)
        assert status == 200, (status, body)
        return body["session"]

    async def evse(self) -> Any:
        """Return the first EVSE of the first charge point."""
        return (await self.get("/personal/charge-points"))["data"][0]["evses"][0]

    async def token(self, **body: Any) -> tuple[int, Any, dict[str, str]]:
        """Ask the token endpoint; the defaults are a good login."""
        return await self.call("POST", f"{ROOT}/oauth/token", json=LOGIN | body)

    async def refresh(self, token: str) -> tuple[int, Any, dict[str, str]]:
        """Exchange a refresh token."""
        return await self.token(grant_type="refresh_token", refresh_token=token)
