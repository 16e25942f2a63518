"""Which version is spoken, and where its modules are."""

from typing import Any

import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from custom_components.ev_charging_cloud.providers.errors import (
    ForeignHostError,
    ProviderError,
    ResponseError,
    UnsupportedError,
)
from custom_components.ev_charging_cloud.providers.ocpi.client import Module
from custom_components.ev_charging_cloud.providers.ocpi.directory import matching
from custom_components.ev_charging_cloud.providers.ocpi.wire import Endpoint

from .hostile import client_of, endpoints, ids, objects, operator, reply

HOUR = 3600.0


@pytest.mark.parametrize(
    ("offered", "wish", "spoken"),
    [
        (("2.1.1", "2.2.1"), None, "2.2.1"),
        (("2.2.1", "2.1.1"), None, "2.2.1"),
        (("2.2.1", "2.3.0", "2.2"), None, "2.3.0"),
        (("2.0", "2.1", "2.2"), None, "2.2"),
        (("2.1.1", "3.0", "2.10.0"), None, "2.1.1"),
        (("2.1.1", "2.2.1", "2.3.0"), "2.1.1", "2.1.1"),
        (("2.2.1", "2.2"), "2.2", "2.2"),
    ],
)
async def test_the_highest_known_version(
    http: aiohttp.ClientSession,
    offered: tuple[str, ...],
    wish: str | None,
    spoken: str,
) -> None:
    """Or the one that the user wishes for."""
    async with operator(versions=offered, rows=objects(1)) as found:
        client = client_of(http, found.url, version=wish)
        assert await ids(client) == ["S0"]
        assert client.version == spoken
        assert [one.path for one in found.seen[:2]] == ["/versions", f"/{spoken}"]


@pytest.mark.parametrize(
    ("offered", "wish"),
    [((), None), (("2.0", "2.1"), None), (("3.0",), None), (("2.2.1",), "2.3.0")],
)
async def test_no_version_that_is_known(
    http: aiohttp.ClientSession, offered: tuple[str, ...], wish: str | None
) -> None:
    """The account cannot be used, and it is not a matter of the token."""
    async with operator(versions=offered) as found:
        with pytest.raises(UnsupportedError):
            await client_of(http, found.url, version=wish).open()


@pytest.mark.parametrize(
    "entry",
    [
        None,
        5,
        "text",
        [],
        {},
        {"version": "2.3.0"},
        {"url": "x"},
        {"version": [], "url": {}},
    ],
    ids=repr,
)
async def test_broken_versions_are_left_out(
    http: aiohttp.ClientSession, entry: Any
) -> None:
    """One entry costs that entry."""

    def bend(request: web.BaseRequest) -> web.Response | None:
        if request.path != "/versions":
            return None
        good = {"version": " V2.2.1 ", "url": "/2.2.1", "other": None}
        return reply([entry, good, entry])

    async with operator(bend=bend) as found:
        client = client_of(http, found.url)
        await client.open()
        assert client.version == "2.2.1"


async def test_details_in_place_of_versions(http: aiohttp.ClientSession) -> None:
    """Some hand out the address of the details; a list of one is as good."""
    async with operator(rows=objects(1)) as found:
        for version in ("2.1.1", "2.2.1"):
            client = client_of(http, found.url, versions=f"{found.url}/{version}")
            assert await ids(client) == ["S0"]
            assert client.version == version
        listed = {"version": "2.2.1", "endpoints": endpoints(found.url, "2.2.1")}
        found.bend = lambda r: reply([listed]) if r.path == "/2.2.1" else None
        assert await ids(client_of(http, found.url)) == ["S0"]


@pytest.mark.parametrize(
    "data", [None, [], "text", {}, {"version": "2.2.1"}, {"endpoints": None}], ids=repr
)
async def test_details_without_modules(http: aiohttp.ClientSession, data: Any) -> None:
    """Nothing to do, and said so."""
    bend = lambda r: reply(data) if r.path == "/2.2.1" else None  # noqa: E731
    async with operator(bend=bend) as found:
        with pytest.raises(ResponseError):
            await client_of(http, found.url).open()


def entry(role: str | None, name: str = "sessions") -> Endpoint:
    """Return an entry whose address is its role."""
    return Endpoint(identifier=name, url=str(role), role=role)


@pytest.mark.parametrize(
    ("module", "version", "roles", "found"),
    [
        (Module.SESSIONS, "2.2.1", ["RECEIVER", "SENDER"], ["SENDER"]),
        (Module.SESSIONS, "2.2.1", ["Receiver", "Sender"], ["Sender"]),
        (Module.SESSIONS, "2.2.1", [None, " sender "], [" sender ", None]),
        (Module.SESSIONS, "2.2.1", ["RECEIVER"], []),
        (Module.SESSIONS, "2.1.1", ["RECEIVER"], ["RECEIVER"]),
        (Module.SESSIONS, "2.1.1", [None], [None]),
        (Module.SESSIONS, "2.1.1", ["RECEIVER", None, "SENDER"], None),
        (Module.COMMANDS, "2.2.1", ["SENDER", "RECEIVER"], ["RECEIVER"]),
        (Module.TOKENS, "2.3.0", ["SENDER", "receiver"], ["receiver"]),
        (Module.CREDENTIALS, "2.2.1", ["RECEIVER"], ["RECEIVER"]),
        (Module.CREDENTIALS, "2.2.1", ["odd"], ["odd"]),
    ],
)
def test_modules_by_identifier_and_role(
    module: Module,
    version: str,
    roles: list[str | None],
    found: list[str | None] | None,
) -> None:
    """A hub lists a module once for each side of it."""
    listed = [entry(role, module.value.upper()) for role in roles]
    others = [entry("SENDER", "nlxyz-foo"), entry("SENDER", f"nlxyz-{module}")]
    order = [one.role for one in matching([*others, *listed, *others], module, version)]
    assert order == (["SENDER", None, "RECEIVER"] if found is None else found)


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
async def test_what_is_listed_is_offered(
    http: aiohttp.ClientSession, version: str
) -> None:
    """And nothing else."""

    def listed(url: str, version: str) -> list[dict[str, str]]:
        found = [
            one
            for one in endpoints(url, version)
            if one["identifier"] not in ("commands", "cdrs")
        ]
        return [{"identifier": "nlxyz-foo", "url": url, "role": "SENDER"}, *found]

    async with operator(versions=(version,), listed=listed) as found:
        client = client_of(http, found.url)
        assert not any(client.offers(module) for module in Module)
        await client.open()
        missing = {module for module in Module if not client.offers(module)}
        assert missing == {Module.COMMANDS, Module.CDRS}
        for call in (
            client.post(Module.COMMANDS, "STOP_SESSION", body={}),
            ids(client, Module.CDRS),
        ):
            with pytest.raises(UnsupportedError):
                await call
        assert len(found.seen) == 2


async def test_no_sessions_no_account(http: aiohttp.ClientSession) -> None:
    """Everything else hangs on them; without a role they are the other side's."""

    def listed(url: str, version: str) -> list[dict[str, str]]:
        found = endpoints(url, version)
        for one in found:
            if one["identifier"] == "sessions":
                one["role"] = "RECEIVER"
        return found

    async with operator(listed=listed) as found:
        client = client_of(http, found.url)
        with pytest.raises(UnsupportedError):
            await client.open()
        found.listed = endpoints
        await client.open()


async def test_relative_addresses(http: aiohttp.ClientSession) -> None:
    """Against where they were named."""

    def listed(_: str, version: str) -> list[dict[str, str]]:
        return endpoints("", version)

    async with operator(listed=listed, rows=objects(1)) as found:
        assert await ids(client_of(http, found.url)) == ["S0"]


async def test_the_user_knows_better(http: aiohttp.ClientSession) -> None:
    """An override wins, also where nothing or something forbidden is listed."""

    def listed(url: str, version: str) -> list[dict[str, str]]:
        found = [
            one for one in endpoints(url, version) if one["identifier"] != "commands"
        ]
        for one in found:
            if one["identifier"] == "sessions":
                one["url"] = "https://evil.example.test/sessions"
        return found

    async with operator(listed=listed, rows=objects(1)) as found:
        overrides = {
            Module.SESSIONS: f"{found.url}/own/sessions",
            Module.COMMANDS: "own/commands",
        }
        client = client_of(
            http, found.url, overrides=overrides, versions=f"{found.url}/versions"
        )
        assert await ids(client) == ["S0"]
        found.bend = lambda r: reply("ok") if r.method == "POST" else None
        await client.post(Module.COMMANDS, "STOP_SESSION", body={})
        paths = [URL(one.path).path for one in found.seen]
    assert paths[2:] == ["/own/sessions", "/own/commands/STOP_SESSION"]
    assert client.troubles == {}


@pytest.mark.parametrize(
    ("wish", "spoken", "form"),
    [
        (None, "2.2.1", "base64"),
        ("2.1.1", "2.1.1", "raw"),
        ("2.3.0", "2.3.0", "base64"),
    ],
)
async def test_no_versions_url_at_all(
    http: aiohttp.ClientSession, wish: str | None, spoken: str, form: str
) -> None:
    """The version is given or assumed."""
    async with operator(rows=objects(2)) as found:
        overrides = {Module.SESSIONS: "any/sessions"}
        client = client_of(http, found.url, overrides=overrides, version=wish)
        assert client.version == spoken
        assert await ids(client) == ["S0", "S1"]
        assert [one.path for one in found.seen] == ["/any/sessions?limit=100"]
    assert client.encoding == form
    assert {module for module in Module if client.offers(module)} == {Module.SESSIONS}


async def test_overrides_on_hosts_of_their_own(http: aiohttp.ClientSession) -> None:
    """What the user typed is allowed, with the links that lead on from there."""
    async with operator(rows=objects(3), size=2) as one, operator() as base:
        overrides = {Module.SESSIONS: f"{one.url}/x/sessions"}
        client = client_of(http, base.url, overrides=overrides)
        assert await ids(client) == ["S0", "S1", "S2"]
        assert base.seen == []
    assert client.troubles == {}


async def test_an_override_that_is_not_encrypted(http: aiohttp.ClientSession) -> None:
    """Nothing is sent there."""
    overrides = {Module.SESSIONS: "http://cpo.example.test/sessions"}
    client = client_of(http, "https://base.example.test", overrides=overrides)
    with pytest.raises(ForeignHostError):
        await client.open()
    assert client.troubles == {"insecure_address": "cpo.example.test"}


async def test_a_failed_directory_is_read_again(http: aiohttp.ClientSession) -> None:
    """And a good one only once."""
    async with operator(bend=lambda _: web.Response(status=502)) as found:
        client = client_of(http, found.url)
        with pytest.raises(ProviderError):
            await client.open()
        found.bend = lambda _: None
        await client.open()
        await client.open()
        await ids(client)
        assert len(found.asked("/versions")) == 3 + 1
