"""The calls of the DepotFinity APIs (fact sheet siemens_depot 4 to 8)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from ..transport import Answer, Transport


def instant(moment: datetime) -> str:
    """Return a moment as the back end writes it."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _window(since: datetime, until: datetime) -> dict[str, str]:
    """Return the parameters of a span of time."""
    return {"from": instant(since), "to": instant(until)}


class Client:
    """One method per call; reads return the body, commands the whole answer."""

    def __init__(self, transport: Transport) -> None:
        """Take the transport to the region's host."""
        self._transport = transport

    async def transactions(
        self, since: datetime, until: datetime, params: Mapping[str, str]
    ) -> bytes:
        """List transactions of all chargers in a span of time (6)."""
        query = {**params, **_window(since, until)}
        return await self._transport.read("v2/transactions", query)

    async def session_reports(
        self,
        charger: str,
        connector: str,
        since: datetime,
        until: datetime,
        params: Mapping[str, str],
    ) -> bytes:
        """List the session reports of one connector (4)."""
        place = {"chargerId": charger, "connectorId": connector}
        query = {**params, **place, **_window(since, until)}
        return await self._transport.read("v1/sessionReports", query)

    async def status(self, charger: str, connector: str) -> bytes:
        """Return what a connector does (5)."""
        place = f"chargers/{quote(charger, '')}/connectors/{quote(connector, '')}"
        return await self._transport.read(
            f"v1/chargerStatus/{place}/availabilityStatus"
        )

    async def series(
        self,
        charger: str,
        connector: str,
        measurand: str,
        since: datetime,
        until: datetime,
    ) -> bytes:
        """Return what a connector measured in a span of time (7)."""
        place = f"chargers/{quote(charger, '')}/connectors/{quote(connector, '')}"
        query = {"measurand": measurand, **_window(since, until)}
        return await self._transport.read(f"v1/timeSeries/{place}", query)

    async def start(self, charger: str, connector: int, id_tag: str) -> Answer:
        """Ask a charger to start a charge (8)."""
        path = f"v1/chargerControl/chargers/{quote(charger, '')}/remoteCommands"
        body = {"connectorId": connector, "idTag": id_tag}
        return await self._transport.write("POST", f"{path}/startChargingSession", body)
