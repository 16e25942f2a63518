"""Two operators behind one hub: whom a command is for (fact sheet ocpi 6)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.model import Session
from custom_components.ev_charging_cloud.providers.provider import Preference, Profile
from emulator import SimulatedClock

from ..support import Seen
from .support import APP, NOW, PARTY, Account, Operator, modules, opened, operator

HUB = {"to_country_code": "NL", "to_party_id": "HUB"}
OPERATORS = ("AAA", "BBB")
ACCEPTED = {"result": "ACCEPTED"}
UPDATED = "2026-06-15T09:59:00Z"


def location(party_id: str) -> dict[str, Any]:
    """Return a place with two EVSEs; both operators give it the same id."""
    return {
        "country_code": "NL",
        "party_id": party_id,
        "id": "L1",
        "name": party_id,
        "evses": [
            {
                "uid": uid,
                "status": "AVAILABLE",
                "capabilities": ["UNLOCK_CAPABLE", "CHARGING_PREFERENCES_CAPABLE"],
                "connectors": [{"id": "1"}],
            }
            for uid in ("E1", "E2")
        ],
        "last_updated": UPDATED,
    }


def running(party_id: str) -> dict[str, Any]:
    """Return a session of ours at the first EVSE."""
    return {
        "country_code": "NL",
        "party_id": party_id,
        "id": f"S-{party_id}",
        "start_date_time": "2026-06-15T09:00:00Z",
        "kwh": 1.0,
        "cdr_token": {"country_code": "NL", "party_id": "HAX", "uid": "APP-1"},
        "location_id": "L1",
        "evse_uid": "E1",
        "currency": "EUR",
        "status": "ACTIVE",
        "last_updated": UPDATED,
    }


@asynccontextmanager
async def hub() -> AsyncIterator[tuple[Account, Operator]]:
    """Open an account at a hub."""
    lists = {
        "sessions": [running(one) for one in OPERATORS],
        "locations": [location(one) for one in OPERATORS],
        **dict.fromkeys(
            ("START_SESSION", "STOP_SESSION", "UNLOCK_CONNECTOR"), ACCEPTED
        ),
        "charging_preferences": "ACCEPTED",
        "APP-1": None,
    }
    async with operator(lists) as found, aiohttp.ClientSession() as http:
        urls = modules(found.url, "sessions", "locations", "commands", "tokens")
        yield opened(http, SimulatedClock(NOW), {**urls, **PARTY, **HUB}, APP), found


def to(one: Seen) -> tuple[str | None, ...]:
    """Return whom a request is for."""
    names = ("OCPI-to-country-code", "OCPI-to-party-id")
    return tuple(one.headers.get(name) for name in names)


@pytest.mark.parametrize("party_id", OPERATORS)
async def test_a_command_is_for_the_operator_of_its_object(party_id: str) -> None:
    """Lists and tokens are for the hub."""
    async with hub() as (account, found):
        snapshot = await account.poll()
        assert {to(one) for one in found.seen} == {("NL", "HUB")}
        place = f"nl*{party_id.casefold()}*l1"
        evses = {one.id: one for one in snapshot.charge_points[place].evses}
        session = evses[f"{place}/e1"].session
        assert isinstance(session, Session)
        provider = account.provider
        found.seen.clear()
        await provider.start(place, f"{place}/e2")
        await provider.unlock(place, f"{place}/e2")
        await provider.prefer(session, Preference(profile=Profile.FAST))
        await provider.stop(session)
        assert [to(one) for one in found.seen] == [("NL", party_id)] * 4
        found.seen.clear()
        await provider.register("token_p1")
        await account.poll()
        assert {to(one) for one in found.seen} == {("NL", "HUB")}


async def test_a_session_that_is_forgotten_is_still_at_its_place() -> None:
    """Where the list no longer has it, the operator of the place is meant."""
    async with hub() as (account, found):
        snapshot = await account.poll()
        place = "nl*bbb*l1"
        session = snapshot.charge_points[place].evses[0].session
        assert session is not None
        account.provider._reader.book._known.clear()
        found.seen.clear()
        await account.provider.stop(session)
        assert [to(one) for one in found.seen] == [("NL", "BBB")]
