"""What the foreign OCPI servers do for commands and registrations."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from .ocpi_listener import LIMIT, Listener
from .ocpi_peers import Peer, authorization
from .ocpi_world import (
    SESSIONS,
    TOKEN_A,
    TOKEN_B,
    TOKEN_C,
    credentials_211,
    credentials_221,
    token_211,
    token_221,
)

SPEAKERS = [("extrawest", "2.1.1"), ("extrawest", "2.2.1"), ("py-ocpi", "2.2.1")]


@pytest.fixture
async def http(socket_enabled: None) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client that opens a connection for every request.

    A peer that cannot reach us drops the connection over which the command came.
    """
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session


@pytest.mark.parametrize(("name", "version"), SPEAKERS)
async def test_start_and_stop(
    peer: Peer, http: aiohttp.ClientSession, listener: Listener, version: str
) -> None:
    """The answer is a list, the callback is bare, and only then there is a session."""
    listener.may_answer.clear()
    body = _start(version, f"{listener.url}/started")
    told = await _command(http, peer, version, "START_SESSION", body)
    assert told["status_code"] == 1000
    assert told["data"][0]["result"] == "ACCEPTED"
    call = await listener.next()
    assert (call.method, call.path) == ("POST", "/started")
    assert call.authorization == _authorization(version, TOKEN_B)["Authorization"]
    assert call.body["result"] == "ACCEPTED"
    assert await _last_session(http, peer, version) is None
    listener.may_answer.set()
    session = await _session(http, peer, version, "ACTIVE")
    assert session["kwh"] == 0

    body = {"response_url": f"{listener.url}/stopped", "session_id": "SES-NEW"}
    told = await _command(http, peer, version, "STOP_SESSION", body)
    assert told["data"][0]["result"] == "ACCEPTED"
    assert (await listener.next()).path == "/stopped"
    await _session(http, peer, version, "COMPLETED")


@pytest.mark.parametrize(("name", "version"), SPEAKERS)
async def test_start_without_a_way_back(
    peer: Peer, http: aiohttp.ClientSession, version: str
) -> None:
    """A peer that cannot reach us still starts."""
    body = _start(version, "http://127.0.0.1:1/nobody")
    await _command(http, peer, version, "START_SESSION", body)
    session = await _session(http, peer, version, "ACTIVE")
    if version == "2.2.1":
        assert session["authorization_reference"] == "ha-7f3a"
        assert session["cdr_token"]["uid"] == "app-1"


@pytest.mark.parametrize(
    ("name", "version", "shape"),
    [
        ("extrawest", "2.1.1", {"result"}),
        ("extrawest", "2.2.1", {"result", "timeout", "message"}),
        ("py-ocpi", "2.2.1", {"result", "timeout", "message"}),
    ],
)
async def test_refusals(
    peer: Peer, http: aiohttp.ClientSession, version: str, shape: set[str]
) -> None:
    """What is unknown or not wanted is refused with a result, not with an HTTP status."""
    back = "http://127.0.0.1:1/nobody"
    unknown = {"response_url": back, "session_id": "SES-9999"}
    told = await _command(http, peer, version, "STOP_SESSION", unknown)
    assert told["data"][0].keys() == shape
    assert told["data"][0]["result"] == "UNKNOWN_SESSION"
    await peer.reply(response="REJECTED")
    told = await _command(http, peer, version, "START_SESSION", _start(version, back))
    assert told["data"][0]["result"] == "REJECTED"
    assert told["status_code"] == 1000


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
@pytest.mark.parametrize("name", ["extrawest"])
async def test_unknown_location(
    peer: Peer, http: aiohttp.ClientSession, version: str
) -> None:
    """Only extrawest looks, and says it with a code of its own."""
    body = {**_start(version, "http://127.0.0.1:1/nobody"), "location_id": "LOC-9"}
    told = await _command(http, peer, version, "START_SESSION", body)
    assert told["status_code"] == 2003
    assert told["data"][0]["result"] == "REJECTED"


@pytest.mark.parametrize(("name", "version"), SPEAKERS[:2])
async def test_registration(
    peer: Peer, http: aiohttp.ClientSession, listener: Listener, version: str
) -> None:
    """The peer looks at our versions before it hands out its token."""
    ours = {"2.1.1": credentials_211, "2.2.1": credentials_221}[version]()
    body = {**ours, "token": TOKEN_B, "url": listener.versions}
    url = f"{peer.url}/ocpi/cpo/{version}/credentials/"
    known = _authorization(version, TOKEN_A)
    async with http.post(url, json=body, headers=known) as response:
        told = await response.json()
    assert (told["status_code"], told["data"]["token"]) == (1000, TOKEN_C)
    calls = [await listener.next(), await listener.next()]
    assert [call.path for call in calls] == ["/versions", f"/{version}"]
    assert {call.authorization for call in calls} == {
        _authorization(version, TOKEN_B)["Authorization"]
    }
    known = _authorization(version, TOKEN_C)
    async with http.post(url, json=body, headers=known) as response:
        assert response.status == 405


def _authorization(version: str, token: str = TOKEN_C) -> dict[str, str]:
    return authorization(token, is_encoded=version != "2.1.1")


def _start(version: str, response_url: str) -> dict[str, Any]:
    place = {"location_id": "LOC-1", "evse_uid": "EVSE-1"}
    if version == "2.1.1":
        return {"response_url": response_url, "token": token_211(), **place}
    more = {"connector_id": "1", "authorization_reference": "ha-7f3a"}
    return {"response_url": response_url, "token": token_221(), **place, **more}


async def _command(
    http: aiohttp.ClientSession,
    peer: Peer,
    version: str,
    command: str,
    body: dict[str, Any],
) -> Any:
    url = f"{peer.url}/ocpi/cpo/{version}/commands/{command}"
    known = _authorization(version)
    async with http.post(url, json=body, headers=known) as response:
        assert response.status == 200
        return await response.json()


async def _session(
    http: aiohttp.ClientSession, peer: Peer, version: str, status: str
) -> Any:
    """Return the session that was started, once it has a status."""
    async with asyncio.timeout(LIMIT):
        while True:
            session = await _last_session(http, peer, version)
            if session and session["status"] == status:
                assert session["id"].casefold() == "ses-new"
                return session


async def _last_session(http: aiohttp.ClientSession, peer: Peer, version: str) -> Any:
    url = f"{peer.url}/ocpi/cpo/{version}/sessions/?offset={SESSIONS}"
    async with http.get(url, headers=_authorization(version)) as response:
        rows = (await response.json())["data"]
    return rows[0] if rows else None
