"""A customer of the gateway that knows only HTTP."""

from datetime import datetime
from typing import Any

from emulator import EvnnovatorProfile, SimulatedClock, World, scenarios

from .api import Api
from .conftest import START, Serve

BASE = "/api/ocpi/api/v1"
TOKEN = "emulator-evnnovator-token"
LAB, LAB_2 = "800001", "800002"
OFFICE, OFFICE_2 = "800011", "800012"


class Gateway:
    """Call the gateway with a static token."""

    def __init__(self, api: Api) -> None:
        """Use an emulator that runs."""
        self._api = api
        self.emulator = api.emulator
        self.world = api.world
        self.headers = {"Authorization": f"Bearer {TOKEN}"}
        self.pass_time = api.pass_time

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Return status and body, None if it is empty."""
        url = path if path.startswith("/api") else f"{BASE}{path}"
        options.setdefault("headers", self.headers)
        status, body, _ = await self._api.call(method, url, **options)
        return status, body

    async def status(self, path: str, **options: Any) -> int:
        """Return only the status of a read."""
        return (await self.call("GET", path, **options))[0]

    async def get(self, path: str, **options: Any) -> Any:
        """Return the body of a successful read."""
        status, body = await self.call("GET", path, **options)
        assert status == 200, (status, body)
        return body

    async def data(self, path: str) -> Any:
        """Return what is inside the envelope of a successful read."""
        return (await self.get(path))["data"]

    async def latest(self, driver: str = "driver-1") -> Any:
        """Return a driver's latest session."""
        return await self.data(f"/sessions/{driver}/latest")

    async def place(self, evse: str = LAB) -> tuple[Any, Any]:
        """Return the location and the EVSE that stand for one of the world."""
        site = self.world.evses[evse].charge_point.site
        content = (await self.get("/locations/search"))["content"]
        (location,) = (found for found in content if found["name"] == site.name)
        return location, location["evses"][int(evse[-1]) - 1]

    async def start_body(self, evse: str = LAB, driver: str = "driver-1") -> Any:
        """Return what starts a session."""
        location, shown = await self.place(evse)
        path = f"/whitelist/driver/{driver}/location/{location['id']}"
        return {
            "location_id": location["id"],
            "evse_uid": shown["uid"],
            "token_uid": (await self.data(path))["uid"],
        }

    async def command(self, name: str, body: Any) -> str:
        """Give a command and return its result."""
        status, answer = await self.call("POST", f"/commands/{name}", json=body)
        assert status == 200, (status, answer)
        return str(answer["result"])

    async def start(
        self, evse: str = LAB, driver: str = "driver-1", **extra: Any
    ) -> Any:
        """Start a session and return the one of the world."""
        body = await self.start_body(evse, driver) | extra
        assert await self.command("START_SESSION", body) == "ACCEPTED"
        return self.world.evse(evse).session

    async def stop(self, key: str) -> str:
        """Stop a session by the gateway's id."""
        return await self.command("STOP_SESSION", {"session_id": key})

    def switch(self, **switches: Any) -> None:
        """Change the gateway's profile."""
        self.emulator.switch("evnnovator", **switches)

    def flavour(self, party: str = "AAA", **switches: Any) -> None:
        """Change how one operator reports."""
        self.emulator.switch("evnnovator", party, **switches)


def roaming() -> World:
    """Return two locations and three drivers, at the usual start."""
    return scenarios.evnnovator(SimulatedClock(START))


async def gateway(serve: Serve, **switches: Any) -> Gateway:
    """Serve two locations and three drivers."""
    opened = Gateway(await serve(roaming()))
    opened.emulator.evnnovator.profile = EvnnovatorProfile(**switches)
    return opened


def moment(text: str) -> datetime:
    """Return a moment that must tell its zone."""
    parsed = datetime.fromisoformat(text)
    assert parsed.tzinfo is not None, text
    return parsed
