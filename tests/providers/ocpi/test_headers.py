"""What requests say of themselves: parties, numbers, and what they hold."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import aiohttp
from aiohttp import web
import pytest

from custom_components.ev_charging_cloud.providers.ocpi.client import Module
from custom_components.ev_charging_cloud.providers.ocpi.signature import Signature

from .hostile import BASE64, TOKEN, client_of, ids, objects, operator, reply
from .test_signature import MODULES, place


@pytest.fixture
def parties() -> dict[str, Any]:
    """Return the parties of an account behind a hub."""
    return {"ours": ("NL", "HAX"), "theirs": ("DE", "HUB")}


ROUTING = {
    "OCPI-from-country-code": "NL",
    "OCPI-from-party-id": "HAX",
    "OCPI-to-country-code": "DE",
    "OCPI-to-party-id": "HUB",
}


async def test_parties_are_named_to_modules_only(
    http: aiohttp.ClientSession, parties: dict[str, Any]
) -> None:
    """Never to versions, details or credentials."""
    async with operator(versions=("2.2.1",)) as found:
        client = client_of(http, found.url, **parties)
        await ids(client)
        await client.get(Module.CREDENTIALS)
    *directory, sessions, credentials = (one.headers for one in found.seen)
    for headers in (*directory, credentials):
        assert not any(name.casefold().startswith("ocpi-") for name in headers)
    assert sessions.items() >= ROUTING.items()


async def test_behind_a_hub_a_command_is_for_the_operator(
    http: aiohttp.ClientSession, parties: dict[str, Any]
) -> None:
    """Lists are the hub's, and so is what nobody is known to own."""
    accepted = {"result": "ACCEPTED"}
    async with operator(versions=("2.2.1",)) as found:
        found.bend = lambda one: None if one.method == "GET" else reply(accepted)
        client = client_of(http, found.url, **parties)
        await ids(client)
        for to in (("nl", "abc"), ("de", "hub"), None, ("nl", "a\r\nb")):
            await client.post(Module.COMMANDS, "STOP_SESSION", body={}, to=to)
            await client.put(Module.SESSIONS, "S1", body={}, to=to)
        await ids(client)
        direct = client_of(http, found.url, ours=parties["ours"])
        await direct.post(Module.COMMANDS, "STOP_SESSION", body={}, to=("nl", "abc"))
    named = [
        (one.headers["OCPI-to-country-code"], one.headers["OCPI-to-party-id"])
        for one in found.seen
        if "OCPI-to-party-id" in one.headers
    ]
    hub = ("DE", "HUB")
    assert named == [hub, *[("NL", "ABC")] * 2, *[hub] * 7]
    assert found.seen[-1].headers["OCPI-from-party-id"] == "HAX"
    assert "OCPI-to-party-id" not in found.seen[-1].headers


async def test_2_1_1_knows_no_parties(
    http: aiohttp.ClientSession, parties: dict[str, Any]
) -> None:
    """Nothing is sent that the version does not have."""
    async with operator(versions=("2.1.1",)) as found:
        await ids(client_of(http, found.url, **parties))
    assert not any(
        name.casefold().startswith("ocpi-") for name in found.seen[-1].headers
    )


@pytest.mark.parametrize("ours", [None, ("", ""), ("NL", "H\r\nX"), ("NL", "Hä")])
async def test_a_party_that_is_none_is_not_named(
    http: aiohttp.ClientSession, ours: Any
) -> None:
    """A header holds nothing else than two codes."""
    async with operator() as found:
        await ids(client_of(http, found.url, ours=ours))
    assert not any(
        name.casefold().startswith("ocpi-") for name in found.seen[-1].headers
    )


async def test_every_request_has_a_number(http: aiohttp.ClientSession) -> None:
    """One of its own each, also a repeated one; one for all pages of a list."""
    failed: list[str] = []

    def bend(request: web.BaseRequest) -> web.Response | None:
        if place(request) == MODULES and not failed:
            failed.append(request.path)
            return web.Response(status=503)
        return None

    async with operator(bend=bend, rows=objects(5), size=2) as found:
        client = client_of(http, found.url)
        await ids(client)
        await ids(client)
    numbers = [UUID(one.headers["X-Request-ID"]) for one in found.seen]
    assert len(set(numbers)) == len(numbers) == 9
    groups = [UUID(one.headers["X-Correlation-ID"]) for one in found.seen]
    assert [groups.count(one) for one in dict.fromkeys(groups)] == [1, 1, 4, 3]


async def test_a_write_says_what_it_holds(http: aiohttp.ClientSession) -> None:
    """JSON, with nothing else in the address than the ids."""

    def bend(request: web.BaseRequest) -> web.Response | None:
        return web.Response(status=201) if request.method == "PUT" else None

    async with operator(bend=bend) as found:
        client = client_of(http, found.url)
        path = ("NL", "HAX", "A/B?c#d")
        answer = await client.put(
            Module.TOKENS, *path, body={"valid": True}, params={"type": "RFID"}
        )
    assert bytes(answer) == b"null"
    sent = found.seen[-1]
    assert sent.path == "/2.2.1/tokens/NL/HAX/A%2FB%3Fc%23d?type=RFID"
    assert sent.headers["Content-Type"].startswith("application/json")
    assert sent.body == b'{"valid":true}'


def values(signature: Signature) -> Iterator[str]:
    """Return all that an object shows of itself."""
    yield from (repr(signature), str(signature), f"{signature}")


def test_a_signature_shows_nothing() -> None:
    """Neither form of the token."""
    for text in values(Signature(TOKEN)):
        assert TOKEN not in text
        assert BASE64 not in text
