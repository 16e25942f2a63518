"""The public document's sample and the fact sheet's object, in all renderings."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
import logging
from typing import Any

import aiohttp
import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.emabler import EmablerBackend
from custom_components.ev_charging_cloud.providers.errors import ProviderError
from custom_components.ev_charging_cloud.providers.model import (
    CostState,
    EvseStatus,
    Session,
    SessionState,
    Snapshot,
)
from emulator import SimulatedClock

from ..ocpi.support import Account, Operator, opened, operator, sessions
from ..support import FIXTURES
from .support import CANONICAL, DOCUMENTED, mixed, with_names, with_texts

MOMENT = datetime(2025, 9, 4, 7, 11, 29, 508_000, tzinfo=UTC)
LATER = datetime(2025, 9, 4, 8, 0, tzinfo=UTC)
SENT = datetime(2026, 1, 5, 10, 25, 5, tzinfo=UTC)
LONG_AFTER = timedelta(days=2)


def camel(session: Any) -> Any:
    """Return a page in the documented form of the envelope."""
    return {"data": [session], "statusCode": 1000, "statusMessage": "Success"}


def snake(session: Any) -> Any:
    """Return a page in the standard's form of the envelope."""
    return {"data": [session], "status_code": 1000, "status_message": "Success"}


RENDERINGS = {
    "integers": camel(DOCUMENTED),
    "numeric_strings": camel(with_texts()),
    "names": camel(with_names()),
    "snake_case": snake(CANONICAL),
    "mixed": snake(mixed()),
}


def document() -> Any:
    """Return the answer that the public document shows."""
    path = FIXTURES / "documents" / "emabler_sessions.json"
    return json.loads(path.read_bytes())


def account(
    http: aiohttp.ClientSession, found: Operator, now: datetime, **values: str
) -> Account:
    """Open an account of the first version, of which sessions are documented."""
    return opened(
        http,
        SimulatedClock(now),
        {"base_url": found.url, "version": "v2-1-1", **values},
        backend=EmablerBackend,
    )


async def read(body: Any, now: datetime) -> Snapshot:
    """Serve one answer as the list of sessions, and poll."""
    async with (
        operator({"sessions": json.dumps(body).encode()}) as found,
        aiohttp.ClientSession() as http,
    ):
        return await account(http, found, now).poll()


async def test_the_sample_is_one_session_that_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It starts and ends at one moment; its placeholders are not known."""
    caplog.set_level(logging.INFO)
    found = await read(document(), LATER)
    (session,) = {one.key: one for one in found.past}.values()
    assert session.id == "string"
    assert session.energy_kwh == 0.0
    assert session.started_at == session.ended_at == MOMENT
    assert not session.running
    assert session.state is SessionState.COMPLETED
    assert session.cost is None
    assert found.elsewhere == ()
    assert {point.coordinates for point in found.charge_points.values()} <= {None}
    assert found.unreadable == 0
    told = [one for one in caplog.records if "status code" in one.getMessage().lower()]
    assert len(told) == 1


async def test_the_sample_is_told_of_once(caplog: pytest.LogCaptureFixture) -> None:
    """A second poll says nothing new, and the log neither."""
    caplog.set_level(logging.INFO)
    async with (
        operator({"sessions": json.dumps(document()).encode()}) as found,
        aiohttp.ClientSession() as http,
    ):
        opened_account = account(http, found, LATER)
        first = await opened_account.poll()
        second = await opened_account.poll(LONG_AFTER)
    assert len(first.past) == 1
    assert second.past == ()
    told = [one for one in caplog.records if "status code" in one.getMessage().lower()]
    assert len(told) == 1


async def test_plain_ocpi_does_not_take_the_status_code() -> None:
    """Only this dialect tolerates 0 beside a data list."""
    body = document()
    assert body["statusCode"] == 0
    async with (
        operator({"sessions": json.dumps(body).encode()}) as found,
        aiohttp.ClientSession() as http,
    ):
        plain = opened(
            http,
            SimulatedClock(LATER),
            {"sessions_url": f"{found.url}/sessions", "version": "v2-1-1"},
        )
        with pytest.raises(ProviderError):
            await plain.poll()


@pytest.mark.parametrize("name", sorted(RENDERINGS))
async def test_every_rendering_is_the_same_session(name: str) -> None:
    """CamelCase or not, numbers, texts or names: 4.2 kWh for 1.26 EUR net."""
    body = deepcopy(RENDERINGS[name])
    found = await read(body, SENT)
    (evse,) = [e for point in found.charge_points.values() for e in point.evses]
    session = evse.session
    assert session is not None
    assert session.energy_kwh == 4.2
    assert session.state is SessionState.ACTIVE
    assert session.cost is not None
    assert session.cost.net == Decimal("1.26")
    assert session.cost.gross is None
    assert session.cost.currency == "EUR"
    assert session.cost.state is CostState.RUNNING
    assert evse.status in (EvseStatus.OCCUPIED, EvseStatus.CHARGING)
    assert [one.type for one in evse.connectors] == ["IEC_62196_T2"]
    assert [one.power_type for one in evse.connectors] == ["AC_3_PHASE"]
    assert evse.current_type == "ac"


async def test_all_renderings_are_equal() -> None:
    """Five renderings of one object: five equal sessions at five equal EVSEs."""
    found = [await read(body, SENT) for body in RENDERINGS.values()]
    assert len(found) == 5
    read_sessions: list[dict[str, Session]] = [sessions(one) for one in found]
    assert all(one == read_sessions[0] for one in read_sessions)
    points = [msgspec.json.encode(one.charge_points) for one in found]
    assert len(set(points)) == 1
