"""The recorded exchange: a start and its answer, over a socket."""

from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
import json
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.errors import CommandRefusedError
from custom_components.ev_charging_cloud.providers.model import (
    CostState,
    EvseStatus,
    Ownership,
    Session,
    SessionState,
)
from custom_components.ev_charging_cloud.providers.oauth import Tokens

from .support import FIXTURES, Host, answers, connection, host, open_provider, settings

DOCUMENTS = FIXTURES / "documents"
RECORDED = DOCUMENTS / "ampeco_session_start_response.json"
# What the recording itself does not say: the charge point list of the same minutes
# shows the EVSE with id 148964 and identifier 2317.
CHARGE_POINTS = {
    "data": [
        {
            "id": "CP0012345",
            "name": "Garage",
            "evses": [{"id": "148964", "identifier": "2317", "status": "preparing"}],
        }
    ]
}


def recorded_request() -> tuple[str, str, bytes]:
    """Return host, path and body of the recorded request."""
    lines = (DOCUMENTS / "ampeco-session-start.txt").read_text().splitlines()
    address = lines[lines.index("URL") + 1].removeprefix("https://")
    name, _, path = address.partition("/")
    return name, f"/{path}", lines[lines.index("Request Body") + 1].encode()


async def start(
    http: aiohttp.ClientSession, answer: Any
) -> tuple[Session | None, Host]:
    """Start at a server that gives an answer, and return what came of it."""
    bodies = {"/personal/charge-points": CHARGE_POINTS, "/session/start": answer}
    async with host(answers(bodies)) as served:
        kept = settings(served.url)
        provider = open_provider(connection(http), kept, Tokens(access="token"))
        return await provider.start("CP0012345", "148964"), served


@pytest.fixture
async def started(http: aiohttp.ClientSession) -> tuple[Session, Host]:
    """Return the session of the recorded answer, and what was sent."""
    session, served = await start(http, RECORDED.read_bytes())
    assert session is not None
    return session, served


def test_the_documents_are_the_recorded_ones() -> None:
    """Nobody has touched the recording."""
    for line in (DOCUMENTS / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert sha256((DOCUMENTS / name.lstrip("*")).read_bytes()).hexdigest() == digest


def test_the_answer_is_the_one_in_the_recorded_exchange() -> None:
    """The JSON document is the response of the exchange."""
    text = (DOCUMENTS / "ampeco-session-start.txt").read_text()
    inside = text.partition("Response Content\n")[2]
    assert json.loads(inside) == json.loads(RECORDED.read_bytes())


def test_a_start_sends_the_recorded_method_path_and_body(
    started: tuple[Session, Host],
) -> None:
    """A start differs in nothing that the recording shows."""
    sent = started[1].seen[-1]
    _, path, body = recorded_request()
    assert (sent.method, sent.path, sent.body) == ("POST", path, body)
    assert sent.headers["Content-Length"] == "19"
    assert sent.headers["Content-Type"] == "application/json;charset=utf-8"


def test_the_identifier_is_not_what_is_sent(started: tuple[Session, Host]) -> None:
    """The id of the EVSE starts a session, not the number printed on it."""
    assert json.loads(started[1].seen[-1].body) == {"evseId": "148964"}


def test_a_start_is_sent_once(started: tuple[Session, Host]) -> None:
    """One start needs one read and one command."""
    assert [one.method for one in started[1].seen] == ["GET", "POST"]


def test_the_recorded_answer_becomes_a_session(started: tuple[Session, Host]) -> None:
    """Every figure of the recording arrives."""
    session = started[0]
    assert session.id == "648418"
    assert session.state is SessionState.PENDING
    assert session.running
    assert session.ownership is Ownership.OWN
    assert session.evse_status is EvseStatus.PREPARING
    assert session.energy_kwh == 0
    assert session.power_kw == 0
    assert session.started_at == datetime(2025, 3, 30, 14, 33, 49, tzinfo=UTC)
    assert session.ended_at is None
    assert session.can_stop is True


def test_the_recorded_cost_is_zero_kroner(started: tuple[Session, Host]) -> None:
    """A zero before any energy is a measured zero."""
    cost = started[0].cost
    assert cost is not None
    assert (cost.gross, cost.currency) == (Decimal(0), "DKK")
    assert cost.state is CostState.RUNNING


def test_the_answers_evse_is_understood_as_the_identifier(
    started: tuple[Session, Host],
) -> None:
    """The answer's evseId 2317 is the number of the EVSE with id 148964."""
    assert started[0].evse_identifier == "2317"
    assert started[0].evse_id == "148964"


@pytest.mark.parametrize("other", ["2318", "148964", 9], ids=str)
async def test_another_evse_in_the_answer_is_refused(
    http: aiohttp.ClientSession, other: str | int
) -> None:
    """A session at another EVSE is not the one that was asked for."""
    answer = json.loads(RECORDED.read_bytes())
    answer["session"]["evseId"] = other
    with pytest.raises(CommandRefusedError) as caught:
        await start(http, answer)
    assert caught.value.reason == "wrong_evse"


async def test_the_identifier_may_come_as_a_number(http: aiohttp.ClientSession) -> None:
    """Ids are compared as text."""
    answer = json.loads(RECORDED.read_bytes())
    answer["session"]["evseId"] = 2317
    session, _ = await start(http, answer)
    assert session is not None
    assert session.evse_identifier == "2317"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"session":null}'], ids=repr)
async def test_an_answer_without_a_session_is_no_failure(
    http: aiohttp.ClientSession, body: bytes
) -> None:
    """Some operators answer a start with nothing."""
    session, served = await start(http, body)
    assert session is None
    assert [one.method for one in served.seen] == ["GET", "POST"]
