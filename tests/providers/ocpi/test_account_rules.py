"""Who may be charged for, and what a start or a stop leaves open."""

from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    CommandRefusedError,
    ProviderError,
)
from custom_components.ev_charging_cloud.providers.model import Ownership
from emulator import OcpiProfile, SimulatedClock

from .support import APP, CARD, MINUTE, NOW, evse_of, modules, opened, operator, party

EVSE_1, EVSE_2 = "nl*xyz*loc-1/evse-1", "nl*xyz*loc-1/evse-2"


async def test_a_start_is_not_sent_where_somebody_charges() -> None:
    """Whether power is known or not; a session of a colleague is not the one wanted."""
    ocpi = OcpiProfile(report_every=36_000)
    async with party(CARD, ocpi=ocpi) as account:
        await account.poll(10 * MINUTE)
        session = (await account.evse(EVSE_1)).session
        assert session is not None
        assert session.running
        assert session.power_kw is None
        with pytest.raises(CommandRefusedError) as refused:
            await account.provider.start("nl*xyz*loc-1", EVSE_1)
        assert refused.value.reason == "not_startable"
        assert not account.asked("START_SESSION")


@pytest.mark.parametrize("result", ["TIMEOUT", "FAILED", "A_NEW_WORD"])
async def test_an_answer_may_leave_it_open_what_happened(result: str) -> None:
    """Then only later reads can tell, so nobody may start again at once."""
    async with party(APP, ocpi=OcpiProfile(command_result=result)) as account:
        await account.poll()
        with pytest.raises(ProviderError) as failed:
            await account.provider.start("nl*xyz*loc-1", EVSE_2)
        assert failed.value.sent
        assert not isinstance(failed.value, CommandRefusedError)


@pytest.mark.parametrize(
    ("result", "reason"),
    [("EVSE_OCCUPIED", "not_startable"), ("EVSE_INOPERATIVE", "unavailable")],
)
async def test_an_answer_that_belongs_to_the_callback(result: str, reason: str) -> None:
    """Some operators say at once what the charger says."""
    async with party(APP, ocpi=OcpiProfile(command_result=result)) as account:
        await account.poll()
        with pytest.raises(CommandRefusedError) as refused:
            await account.provider.start("nl*xyz*loc-1", EVSE_2)
        assert refused.value.reason == reason


async def test_two_sessions_of_one_token_at_unknown_places() -> None:
    """The token shows one, the account the other; those of other cards stay away."""
    rows = [row("S1", "APP-1", 1), row("S2", "APP-1", 2), row("S3", "COLLEAGUE", 3)]
    async with operator({"sessions": rows}) as found, aiohttp.ClientSession() as http:
        account = opened(http, SimulatedClock(NOW), modules(found.url), APP)
        snapshot = await account.poll()
        shown = evse_of(snapshot, "token_p1").session
        assert shown is not None
        assert shown.id == "S2"
        assert [one.id for one in snapshot.elsewhere or ()] == ["S1"]


@pytest.mark.parametrize(
    ("party_id", "contract", "whose"),
    [
        ("HAX", "NL-HAX-C000001-5", Ownership.OWN),
        ("OTH", "NL-OTH-C000009-1", None),
        ("OTH", "NL-HAX-C000001-5", Ownership.OWN),
    ],
)
async def test_a_uid_counts_only_inside_its_party(
    party_id: str, contract: str, whose: Ownership | None
) -> None:
    """Another party may have a card of the same uid; a contract is unique."""
    session = row("S1", "APP-1", 1)
    session["cdr_token"] |= {"party_id": party_id, "contract_id": contract}
    async with (
        operator({"sessions": [session]}) as found,
        aiohttp.ClientSession() as http,
    ):
        account = opened(http, SimulatedClock(NOW), modules(found.url), APP)
        snapshot = await account.poll()
        shown = evse_of(snapshot, "token_p1").session
        assert (None if shown is None else shown.ownership) is whose
        assert ("foreign_sessions" in snapshot.troubles) is (whose is None)


def row(identity: str, uid: str, begun: int) -> dict[str, Any]:
    """Return a running session of a token at a place that nobody lists."""
    at_hour = f"2026-06-15T0{begun}:00:00Z"
    return {
        "country_code": "NL",
        "party_id": "XYZ",
        "id": identity,
        "start_date_time": at_hour,
        "kwh": 1.0,
        "cdr_token": {
            "country_code": "NL",
            "party_id": "HAX",
            "uid": uid,
            "type": "APP_USER",
            "contract_id": f"NL-HAX-{uid}",
        },
        "auth_method": "COMMAND",
        "location_id": "FAR",
        "evse_uid": identity,
        "connector_id": "1",
        "currency": "EUR",
        "status": "ACTIVE",
        "last_updated": "2026-06-15T09:59:00Z",
    }
