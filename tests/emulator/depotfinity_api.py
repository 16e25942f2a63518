"""A customer of the depot's back end that knows only HTTP."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

from emulator import DepotfinityProfile, SimulatedClock, scenarios

from .api import Api
from .conftest import Serve

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
TAG = "DEPOT-TAG"
CLIENT = ("emulator-depot-client", "emulator-depot-secret")
DAY = 86_400
GRANT = {"grant_type": "client_credentials"}
WHOLE_PAST = {"limit": "2000"}


class Depot:
    """Call the back end, signed in by client credentials."""

    def __init__(self, api: Api) -> None:
        """Use an emulator that runs."""
        self._api = api
        self.emulator = api.emulator
        self.world = api.world
        self.headers: dict[str, str] = {}
        self.pass_time = api.pass_time

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        """Return status and body."""
        options.setdefault("headers", self.headers)
        status, body, _ = await self._api.call(method, path, **options)
        return status, body

    async def token(self, **options: Any) -> tuple[int, Any]:
        """Ask the token endpoint; the defaults are good."""
        headers = options.pop("headers", basic(*CLIENT))
        options = {"data": GRANT, "headers": headers} | options
        return await self.call("POST", "/oauth2/token", **options)

    async def sign_in(self) -> None:
        """Use a new token from now on."""
        _, body = await self.token()
        self.headers = {"Authorization": f"Bearer {body['access_token']}"}

    async def get(self, path: str, **query: str) -> Any:
        """Return the body of a successful read."""
        status, body = await self.call("GET", path, params=query)
        assert status == 200, (status, body)
        return body

    async def status(self, path: str, **query: str) -> int:
        """Return only the status of a read."""
        return (await self.call("GET", path, params=query))[0]

    async def transactions(self, **query: str) -> Any:
        """Return transactions; from is written from_."""
        if "from_" in query:
            query["from"] = query.pop("from_")
        return await self.get("/v2/transactions", **query)

    async def reports(self, charger: str = "CH-1", **query: str) -> Any:
        """Return the reports of a charger's first connector."""
        query = {"chargerId": charger, "connectorId": "1"} | WHOLE_PAST | query
        return (await self.get("/v1/sessionReports", **query))["items"]

    async def state(self, evse: str = "1-1") -> Any:
        """Return the availability of a connector."""
        charger, connector = evse.split("-")
        path = f"CH-{charger}/connectors/{connector}/availabilityStatus"
        (item,) = (await self.get(f"/v1/chargerStatus/chargers/{path}"))["items"]
        return item

    async def command(
        self, name: str = "startChargingSession", charger: str = "CH-1", **body: Any
    ) -> tuple[int, Any]:
        """Give a command to a connector, by default the first one."""
        path = f"/v1/chargerControl/chargers/{charger}/remoteCommands/{name}"
        body = {"connectorId": 1, "idTag": TAG} | body
        return await self.call("POST", path, json=body)

    def arrive(self, evse: str = "1-1", soc: float = 40) -> Any:
        """Let the bus of a connector come home with a state of charge."""
        index = list(self.world.evses).index(evse) + 1
        self.world.set_car(f"bus-{index}", soc_percent=soc)
        self.world.plug(evse, f"bus-{index}")
        return self.world.cars[f"bus-{index}"]

    def switch(self, **switches: Any) -> None:
        """Change the profile."""
        self.emulator.switch("depotfinity", **switches)


async def depot(
    serve: Serve, chargers: int = 4, nights: int = 3, **switches: Any
) -> Depot:
    """Serve a depot of double chargers at noon after some nights, and sign in."""
    clock = SimulatedClock(NOON)
    world = scenarios.depot(clock, chargers, 2, past_days=nights)
    opened = Depot(await serve(world))
    profile = DepotfinityProfile(**{"token_lifetime": DAY} | switches)
    opened.emulator.depotfinity.profile = profile
    await opened.sign_in()
    return opened


def basic(name: str, secret: str) -> dict[str, str]:
    """Return the header of a basic authorization."""
    packed = base64.b64encode(f"{name}:{secret}".encode()).decode()
    return {"Authorization": f"Basic {packed}"}


def moment(text: str) -> datetime:
    """Return a moment that must be UTC."""
    parsed = datetime.fromisoformat(text)
    assert parsed.utcoffset() == timedelta(0), text
    return parsed
