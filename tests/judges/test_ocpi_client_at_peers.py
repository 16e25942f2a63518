"""Our OCPI client at servers that nobody here wrote."""

import asyncio
from datetime import UTC, datetime, timedelta
import json
from typing import Any, NamedTuple

import aiohttp
import msgspec
import pytest
from yarl import URL

from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    ProviderError,
    ServerError,
    UnsupportedError,
)
from custom_components.ev_charging_cloud.providers.ocpi.client import (
    Access,
    Client,
    Module,
)
from custom_components.ev_charging_cloud.providers.transport import Connection

from .ocpi_listener import LIMIT, Listener
from .ocpi_peers import Name, Peer, authorization
from .ocpi_world import (
    SESSIONS,
    TOKEN_B,
    TOKEN_C,
    session_211,
    session_221,
    token_211,
    token_221,
)

LATER = datetime(2026, 1, 9, tzinfo=UTC)
FAR = datetime(2100, 1, 1, tzinfo=UTC)
OVERLAP = timedelta(minutes=5)
SESSION = {"2.1.1": session_211, "2.2.1": session_221}
TOKEN = {"2.1.1": token_211, "2.2.1": token_221}
SPEAKERS = [("extrawest", "2.1.1"), ("extrawest", "2.2.1"), ("py-ocpi", "2.2.1")]
speakers = pytest.mark.parametrize(("name", "version"), SPEAKERS)


class Discovery(NamedTuple):
    """What is entered, what comes of it, and after how many requests at most.

    Versions, details and one list are three; then come refusals and redirects. What a
    server fails at is tried three times.
    """

    name: Name
    entered: dict[str, str]
    version: str
    encoding: str
    most: int


DISCOVERIES = [
    Discovery("extrawest", {}, "2.2.1", "base64", 3),
    Discovery("extrawest", {"version": "2.1.1"}, "2.1.1", "raw", 3),
    Discovery(
        "extrawest", {"version": "2.1.1", "accepted": "base64"}, "2.1.1", "raw", 5
    ),
    Discovery("extrawest", {"accepted": "raw"}, "2.2.1", "base64", 5),
    Discovery("extrawest", {"encoding": "base64"}, "2.2.1", "base64", 3),
    Discovery("py-ocpi", {}, "2.2.1", "base64", 4),
    Discovery("py-ocpi", {"accepted": "raw"}, "2.2.1", "base64", 11),
]
REFUSED: list[tuple[Name, dict[str, str], type[ProviderError]]] = [
    ("extrawest", {"token": "another-token"}, AuthenticationError),
    ("extrawest", {"token": "another-token", "version": "2.1.1"}, AuthenticationError),
    ("extrawest", {"encoding": "raw"}, ServerError),
    ("extrawest", {"version": "2.3.0"}, UnsupportedError),
    ("py-ocpi", {"version": "2.1.1"}, UnsupportedError),
]


@pytest.mark.parametrize(
    ("name", "entered", "version", "encoding", "most"),
    DISCOVERIES,
    ids=[f"{one.name} {one.entered}" for one in DISCOVERIES],
)
async def test_discovery(
    peer: Peer,
    http: aiohttp.ClientSession,
    entered: dict[str, Any],
    version: str,
    encoding: str,
    most: int,
) -> None:
    """The best version is found, and the form of the token that modules accept."""
    client = _client(http, peer, **entered)
    await client.open()
    offered = {module for module in Module if client.offers(module)}
    assert offered == set(Module) - {Module.COMMANDS}
    assert len(await _rows(client, Module.TARIFFS)) == 1
    assert (client.version, client.encoding) == (version, encoding)
    assert len(await peer.requests()) <= most
    assert client.troubles == {}


@pytest.mark.parametrize(("name", "entered", "error"), REFUSED)
async def test_refusals(
    peer: Peer,
    http: aiohttp.ClientSession,
    entered: dict[str, Any],
    error: type[ProviderError],
) -> None:
    """What cannot work is told apart."""
    with pytest.raises(error):
        await _client(http, peer, **entered).open()


@speakers
async def test_sessions_over_pages(
    peer: Peer, http: aiohttp.ClientSession, version: str
) -> None:
    """All of them come once and in order, although no link leads anywhere."""
    client = _client(http, peer, version=version)
    first = await _rows(client, Module.SESSIONS)
    asked = await peer.requests()
    second = await _rows(client, Module.SESSIONS)
    again = (await peer.requests())[len(asked) :]
    assert [_number(row) for row in first] == list(range(1, SESSIONS + 1))
    assert second == first
    # What was learned is kept: no redirect, no useless link, no other form of the token.
    offsets = [None, "2", "4", "6"]
    assert [_asked(one).get("offset") for one in again] == offsets
    assert {one["path"] for one in again} == {f"/ocpi/cpo/{version}/sessions/"}
    known = authorization(TOKEN_C, is_encoded=version != "2.1.1")["Authorization"]
    assert {one["headers"]["authorization"] for one in again} == {known}
    assert client.troubles == {}


@speakers
async def test_incremental_read(
    peer: Peer, http: aiohttp.ClientSession, version: str
) -> None:
    """A later read brings what changed, and what is inside the overlap."""
    client = _client(http, peer, version=version)
    rows = await _rows(client, Module.SESSIONS)
    newest = max(datetime.fromisoformat(row["last_updated"]) for row in rows)
    changed = {**SESSION[version](2), "last_updated": LATER.isoformat(), "kwh": 4.5}
    await peer.put(version, "sessions", changed)
    before = len(await peer.requests())
    found = await _rows(client, Module.SESSIONS, date_from=newest - OVERLAP)
    assert {_number(row): row["kwh"] for row in found} == {2: 4.5, SESSIONS: 3.25}
    # The page is full, but this server names a next one wherever there is one.
    (asked,) = (await peer.requests())[before:]
    assert _asked(asked)["date_from"] == "2026-01-07T10:15:00Z"


@pytest.mark.parametrize("name", ["py-ocpi"])
async def test_what_is_newer_than_the_start_of_a_server(
    peer: Peer, http: aiohttp.ClientSession
) -> None:
    """A server that ends its lists at its own start is asked for a later end."""
    late = {**session_221(7), "last_updated": "2099-01-01T00:00:00+00:00"}
    await peer.put("2.2.1", "sessions", late)
    client = _client(http, peer)
    assert len(await _rows(client, Module.SESSIONS)) == SESSIONS - 1
    assert len(await _rows(client, Module.SESSIONS, date_to=FAR)) == SESSIONS


@speakers
async def test_other_lists(
    peer: Peer, http: aiohttp.ClientSession, version: str
) -> None:
    """Places, prices and bills are read the same way."""
    client = _client(http, peer, version=version)
    names = {
        module: [row["id"].casefold() for row in await _rows(client, module)]
        for module in (Module.LOCATIONS, Module.TARIFFS, Module.CDRS)
    }
    assert names == {
        Module.LOCATIONS: ["loc-1"],
        Module.TARIFFS: ["t1"],
        Module.CDRS: ["cdr-0001"],
    }


@speakers
async def test_single_location(
    peer: Peer, http: aiohttp.ClientSession, version: str
) -> None:
    """The list around it is taken off."""
    client = _client(http, peer, version=version)
    raw = await client.get(Module.LOCATIONS, "LOC-1")
    assert raw is not None
    assert json.loads(bytes(raw))["city"] == "Town"


@pytest.mark.parametrize(("name", "version"), SPEAKERS[:2])
async def test_unknown_location(
    peer: Peer, http: aiohttp.ClientSession, version: str
) -> None:
    """What is not there is nothing."""
    client = _client(http, peer, version=version)
    assert await client.get(Module.LOCATIONS, "LOC-9") is None


@speakers
async def test_start_with_callback(
    peer: Peer, http: aiohttp.ClientSession, listener: Listener, version: str
) -> None:
    """The operator takes the command, calls back, and then there is the session."""
    client = _client(http, peer, version=version, commands=True)
    data = await _start(client, version, f"{listener.url}/one")
    assert _only(data)["result"] == "ACCEPTED"
    call = await listener.next()
    assert call.path == "/one"
    assert call.body["result"] == "ACCEPTED"
    known = authorization(TOKEN_B, is_encoded=version != "2.1.1")
    assert call.authorization == known["Authorization"]
    session = await _started(client)
    assert session["status"] == "ACTIVE"
    if version == "2.2.1":
        assert session["authorization_reference"] == "ha-7f3a"


@speakers
async def test_start_without_a_way_back(
    peer: Peer, http: aiohttp.ClientSession, version: str
) -> None:
    """Nobody can call us: the operator drops the connection, the reads go on."""
    client = _client(http, peer, version=version, commands=True)
    await client.open()
    await _start(client, version, "http://127.0.0.1:1/nobody")
    assert (await _started(client))["status"] == "ACTIVE"
    posts = [one for one in await peer.requests() if one["method"] == "POST"]
    assert len(posts) == 1


@speakers
async def test_stop(
    peer: Peer, http: aiohttp.ClientSession, listener: Listener, version: str
) -> None:
    """A session ends by its own identifier; an unknown one is refused by a word."""
    client = _client(http, peer, version=version, commands=True)
    for name, result in (("SES-9999", "UNKNOWN_SESSION"), ("SES-0007", "ACCEPTED")):
        body = {"response_url": f"{listener.url}/{name}", "session_id": name}
        data = await client.post(Module.COMMANDS, "STOP_SESSION", body=body)
        assert _only(data)["result"] == result
    while (await listener.next()).path != "/SES-0007":
        pass
    status = ""
    async with asyncio.timeout(LIMIT):
        while status != "COMPLETED":
            status = (await _rows(client, Module.SESSIONS))[-1]["status"]


@speakers
async def test_token_becomes_known(
    peer: Peer, http: aiohttp.ClientSession, version: str
) -> None:
    """A driver's token is put where its party and type say."""
    client = _client(http, peer, version=version)
    token = TOKEN[version]()
    place = ("NL", "HAX", token["uid"])
    data = await client.put(
        Module.TOKENS, *place, body=token, params={"type": token["type"]}
    )
    assert _only(data)["uid"].casefold() == "app-1"
    raw = await client.get(Module.TOKENS, *place)
    assert raw is not None
    assert json.loads(bytes(raw))["issuer"] == "Home"
    (put,) = [one for one in await peer.requests() if one["method"] == "PUT"]
    assert _asked(put) == {"type": token["type"]}


@pytest.mark.parametrize("name", ["extrawest", "py-ocpi"])
async def test_preferences(peer: Peer, http: aiohttp.ClientSession) -> None:
    """An echo in place of an answer is no failure."""
    client = _client(http, peer)
    data = await client.put(
        Module.SESSIONS,
        "SES-0007",
        "charging_preferences",
        body={"profile_type": "CHEAP"},
    )
    assert _only(data)["profile_type"] == "CHEAP"


def _client(
    http: aiohttp.ClientSession,
    peer: Peer,
    *,
    token: str = TOKEN_C,
    commands: bool = False,
    **entered: Any,
) -> Client:
    """Return a client; the commands are where the version details do not say it."""
    connection = Connection(http=http, sleep=_no_wait)
    version = entered.get("version", "2.2.1")
    place = f"{peer.url}/ocpi/cpo/{version}/commands"
    return Client(
        connection,
        Access(
            base=URL(peer.versions),
            versions=peer.versions,
            token=token,
            overrides={Module.COMMANDS: place} if commands else {},
            **entered,
        ),
    )


async def _no_wait(seconds: float) -> None:
    """Try again at once."""


async def _rows(client: Client, module: Module, **bounds: Any) -> list[Any]:
    """Return the objects of a list."""
    return [
        json.loads(bytes(raw))
        async for page in client.pages(module, **bounds)
        for raw in page
    ]


async def _start(client: Client, version: str, response_url: str) -> msgspec.Raw:
    body = {
        "response_url": response_url,
        "token": TOKEN[version](),
        "location_id": "LOC-1",
        "evse_uid": "EVSE-1",
    }
    if version != "2.1.1":
        body["authorization_reference"] = "ha-7f3a"
    return await client.post(Module.COMMANDS, "START_SESSION", body=body)


async def _started(client: Client) -> Any:
    """Return the session of a start, as soon as it is listed."""
    rows: list[Any] = []
    async with asyncio.timeout(LIMIT):
        while len(rows) <= SESSIONS:
            rows = await _rows(client, Module.SESSIONS)
    assert rows[-1]["id"].casefold() == "ses-new"
    return rows[-1]


def _only(data: msgspec.Raw) -> Any:
    """Return the object in the list that both peers put around it."""
    (found,) = json.loads(bytes(data))
    return found


def _number(row: dict[str, Any]) -> int:
    return int(row["id"][-4:])


def _asked(request: dict[str, Any]) -> dict[str, str]:
    """Return the query of a request."""
    return dict(URL.build(query_string=request["query"]).query)
