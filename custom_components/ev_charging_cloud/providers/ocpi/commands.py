"""Commands to an operator (fact sheet ocpi 8.7, 12 and 13)."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from ..errors import CommandRefusedError, ResponseError
from ..model import Session
from ..provider import Preference
from ..transport import Connection
from . import mapping
from .client import Client, Module, written
from .mapping import Place
from .tokens import Party, Token

# Nobody answers there, and nobody ever will: the name is reserved for that.
NOWHERE = "https://home-assistant.invalid/ocpi/commands/"
REFUSALS = {
    "evseinoperative": "unavailable",
    "evseoccupied": "not_startable",
    "rejected": "rejected",
    "notsupported": "not_possible",
    "unknownsession": "not_stoppable",
}
# Whoever redirects a command may have carried it out.
REDIRECTS = range(300, 400)
PREFERENCES = {
    "departurerequired": "departure_required",
    "energyneedrequired": "energy_need_required",
    "notpossible": "not_possible",
    "profiletypenotsupported": "not_possible",
}
# Some servers send the preference back instead of a word.
ACCEPTED = ("accepted", "")
FIRST_VERSION = "2.1.1"


def new_reference() -> str:
    """Return what tells the session of a start from all others, 35 characters."""
    return f"ha-{uuid4().hex}"


def preference_body(preference: Preference) -> dict[str, Any]:
    """Return a charging preference as it is sent, without what was not said (8.7)."""
    departure = preference.departure
    said = {
        "departure_time": None if departure is None else written(departure),
        "energy_need": preference.energy_kwh,
        "discharge_allowed": preference.discharge,
    }
    return {
        "profile_type": preference.profile.value.upper(),
        **{key: value for key, value in said.items() if value is not None},
    }


class Commands:
    """Sends commands; only later reads show whether they were carried out."""

    def __init__(self, client: Client, connection: Connection) -> None:
        """Take the client, and who makes addresses for answers."""
        self._client, self._connection = client, connection

    async def start(
        self,
        token: Token,
        place: Place,
        evse_id: str,
        reference: str,
        now: datetime,
    ) -> None:
        """Ask for a start; the connector is named where the EVSE asks for it."""
        body = {
            "token": token.body(self._client.version, now),
            "location_id": place.location_id,
            "evse_uid": place.evse_uids[evse_id],
        }
        if self._client.version != FIRST_VERSION:
            body["authorization_reference"] = reference
            connectors = place.connector_ids.get(evse_id)
            if connectors and evse_id in place.connector_required:
                body["connector_id"] = connectors[0]
        await self._send("START_SESSION", body, place.owner)

    async def stop(self, session: Session, owner: Party | None) -> None:
        """Ask for the end of a session, of which the owner is the operator."""
        await self._send("STOP_SESSION", {"session_id": session.id}, owner)

    async def unlock(self, place: Place, evse_id: str) -> None:
        """Ask for the release of a cable."""
        connectors = place.connector_ids.get(evse_id) or ("1",)
        body = {
            "location_id": place.location_id,
            "evse_uid": place.evse_uids[evse_id],
            "connector_id": connectors[0],
        }
        await self._send("UNLOCK_CONNECTOR", body, place.owner)

    async def prefer(
        self, session: Session, preference: Preference, owner: Party | None
    ) -> None:
        """Say how a session is to be charged; an answer without a word is a yes (8.7).

        An EVSE that takes no preferences has nothing at that address.
        """
        try:
            data = await self._client.put(
                Module.SESSIONS,
                session.id,
                "charging_preferences",
                body=preference_body(preference),
                to=owner,
            )
        except ResponseError as err:
            if err.status != HTTPStatus.NOT_FOUND:
                raise
            raise CommandRefusedError("not_possible") from None
        if (result := mapping.preference_result(data)) in ACCEPTED:
            return
        if (refused := PREFERENCES.get(result)) is None:
            raise ResponseError("The answer to a preference cannot be understood")
        raise CommandRefusedError(refused)

    async def register(self, token: Token, now: datetime) -> None:
        """Make a token known to the operator (13)."""
        country, party = token.party or ("", "")
        if not (country and party):
            raise CommandRefusedError("no_party")
        body = token.body(self._client.version, now)
        await self._client.put(
            Module.TOKENS,
            country.upper(),
            party.upper(),
            token.uid,
            body=body,
            params={"type": str(body["type"])},
        )

    async def _send(
        self, command: str, body: Mapping[str, Any], owner: Party | None
    ) -> None:
        """Send a command once, and take its first answer; the second comes later."""
        callback = self._connection.callback
        url = NOWHERE + uuid4().hex if callback is None else callback()
        try:
            data = await self._client.post(
                Module.COMMANDS, command, body={"response_url": url, **body}, to=owner
            )
        except ResponseError as err:
            if err.status in REDIRECTS:
                err.sent = True
            raise
        result = mapping.command_result(data)
        if result == "accepted":
            return
        if (refused := REFUSALS.get(result)) is not None:
            raise CommandRefusedError(refused)
        # After a time-out or a failure a session may still start (12).
        error = ResponseError("The answer to a command leaves it open what happened")
        error.sent = True
        raise error
