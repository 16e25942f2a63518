"""How the token is written, and how that is found out."""

from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    CommandRefusedError,
    ForbiddenError,
    ProviderError,
    ResponseError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.ocpi.client import Module

from .hostile import (
    BASE64,
    ENCODED,
    Operator,
    client_of,
    ids,
    objects,
    operator,
    plain,
    reply,
)

VERSIONS, DETAILS, MODULES = "versions", "details", "modules"


def place(request: web.BaseRequest) -> str:
    """Return what a request is for."""
    parts = request.path.strip("/").split("/")
    if parts == ["versions"]:
        return VERSIONS
    return DETAILS if len(parts) == 1 else MODULES


def wants(
    refusal: Callable[[], web.Response], **forms: str
) -> Callable[[web.BaseRequest], web.Response | None]:
    """Return an answer to all requests whose token is written otherwise."""

    def bend(request: web.BaseRequest) -> web.Response | None:
        wanted = forms.get(place(request))
        if wanted is None or request.headers.get("Authorization") == ENCODED[wanted]:
            return None
        return refusal()

    return bend


def forms_of(found: Operator) -> list[str]:
    """Return how the token was written in each request."""
    known = {header: name for name, header in ENCODED.items()}
    return [known[one.headers["Authorization"]] for one in found.seen]


REFUSALS: dict[str, Callable[[], web.Response]] = {
    "401": lambda: reply(None, 2000, status=401),
    "403": lambda: plain({"detail": "Forbidden"}, 403),
    "500": lambda: web.Response(status=500, text="Internal Server Error"),
    "3000": lambda: reply([], 3000),
    "3000-text": lambda: reply("sorry", 3000),
    "2000": lambda: reply(None, 2000),
    "2001": lambda: reply(None, 2001),
    "2002": lambda: reply(None, 2002),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
@pytest.mark.parametrize("wanted", ["raw", "base64"])
@pytest.mark.parametrize("version", ["2.1.1", "2.2.1"])
async def test_each_refusal_is_tried_the_other_way(
    http: aiohttp.ClientSession,
    refusal: Callable[[], web.Response],
    wanted: str,
    version: str,
) -> None:
    """Whatever a server says instead of 401; the winner is used from then on."""
    bend = wants(refusal, versions=wanted, details=wanted, modules=wanted)
    async with operator(bend=bend, versions=(version,), rows=objects(2)) as found:
        client = client_of(http, found.url)
        assert await ids(client) == ["S0", "S1"]
        assert client.encoding == wanted
        found.seen.clear()
        await ids(client)
        assert forms_of(found) == [wanted]


@pytest.mark.parametrize(
    ("version", "first"), [("2.1.1", "raw"), ("2.2", "base64"), ("2.2.1", "base64")]
)
async def test_the_first_form_is_that_of_the_version(
    http: aiohttp.ClientSession, version: str, first: str
) -> None:
    """The versions URL, whose version is unknown, gets Base64."""
    async with operator(versions=(version,)) as found:
        client = client_of(http, found.url)
        await ids(client)
    assert forms_of(found) == ["base64", first, first]
    assert client.encoding == first
    assert found.seen[0].headers["Authorization"] == f"Token {BASE64}"


async def test_each_use_has_a_form_of_its_own(http: aiohttp.ClientSession) -> None:
    """As extrawest: Base64 for versions, raw for all of 2.1.1."""
    bend = wants(REFUSALS["401"], versions="base64", details="raw", modules="raw")
    async with operator(bend=bend, versions=("2.1.1",)) as found:
        client = client_of(http, found.url)
        await ids(client)
    assert forms_of(found) == ["base64", "raw", "raw"]


async def test_a_directory_that_asks_nobody_for_a_token(
    http: aiohttp.ClientSession,
) -> None:
    """Its success says nothing about the modules."""
    bend = wants(REFUSALS["401"], modules="raw")
    async with operator(bend=bend, versions=("2.2.1",)) as found:
        client = client_of(http, found.url)
        await ids(client)
    assert forms_of(found) == ["base64", "base64", "base64", "raw"]
    assert client.encoding == "raw"


async def test_a_winner_of_an_earlier_run_is_tried_first(
    http: aiohttp.ClientSession,
) -> None:
    """No start costs a refusal."""
    bend = wants(REFUSALS["401"], details="raw", modules="raw")
    async with operator(bend=bend, versions=("2.2.1",)) as found:
        client = client_of(http, found.url, accepted="raw")
        assert client.encoding == "raw"
        await ids(client)
    assert forms_of(found) == ["base64", "raw", "raw"]


@pytest.mark.parametrize("encoding", ["raw", "base64"])
async def test_a_chosen_form_is_the_only_one(
    http: aiohttp.ClientSession, encoding: str
) -> None:
    """The user knows better."""
    async with operator(bend=lambda _: REFUSALS["403"]()) as found:
        client = client_of(http, found.url, encoding=encoding)
        with pytest.raises(AuthenticationError):
            await client.open()
    assert forms_of(found) == [encoding]


@pytest.mark.parametrize(
    ("first", "second", "error"),
    [
        ("401", "401", AuthenticationError),
        ("403", "403", AuthenticationError),
        ("401", "500", AuthenticationError),
        ("3000", "401", AuthenticationError),
        ("3000", "3000", ServerError),
        ("2001", "2001", ResponseError),
        ("500", "500", ServerError),
    ],
)
async def test_a_token_that_no_form_helps(
    http: aiohttp.ClientSession, first: str, second: str, error: type[ProviderError]
) -> None:
    """Both forms are tried once, and a refusal of any is one of the token."""

    def bend(request: web.BaseRequest) -> web.Response:
        base64 = request.headers["Authorization"] == ENCODED["base64"]
        return REFUSALS[first if base64 else second]()

    async with operator(bend=bend) as found:
        with pytest.raises(error):
            await client_of(http, found.url).open()
    assert set(forms_of(found)) == {"base64", "raw"}


async def test_a_server_that_fails_is_no_wrong_token(
    http: aiohttp.ClientSession,
) -> None:
    """Where an earlier run was let in with the form that fails now."""

    def bend(request: web.BaseRequest) -> web.Response | None:
        if place(request) != MODULES:
            return None
        base64 = request.headers["Authorization"] == ENCODED["base64"]
        return REFUSALS["3000" if base64 else "401"]()

    async with operator(bend=bend) as found:
        with pytest.raises(ServerError):
            await ids(client_of(http, found.url, accepted="base64"))


async def test_a_later_refusal_is_not_tried_again(http: aiohttp.ClientSession) -> None:
    """The form is known, so it is the token."""
    async with operator() as found:
        client = client_of(http, found.url)
        await ids(client)
        found.bend = lambda _: plain({"detail": "no"}, 401)
        found.seen.clear()
        with pytest.raises(AuthenticationError):
            await ids(client)
        assert len(found.seen) == 1


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_that_is_revoked_with_403(
    http: aiohttp.ClientSession, status: int
) -> None:
    """The versions URL tells, so one more request is enough."""
    async with operator() as found:
        client = client_of(http, found.url)
        await ids(client)

        def bend(request: web.BaseRequest) -> web.Response:
            return plain({}, 403 if place(request) == MODULES else status)

        found.bend = bend
        found.seen.clear()
        with pytest.raises(AuthenticationError):
            await ids(client)
        assert [URL(one.path).path for one in found.seen] == [
            "/2.2.1/sessions",
            "/versions",
        ]


@pytest.mark.parametrize("status", [200, 429, 404, 500])
async def test_sessions_that_are_forbidden_to_a_good_token(
    http: aiohttp.ClientSession, status: int
) -> None:
    """Nobody is asked for another token unless the versions URL refuses it too."""
    async with operator() as found:
        client = client_of(http, found.url)
        await ids(client)

        def bend(request: web.BaseRequest) -> web.Response | None:
            if place(request) == MODULES:
                return plain({}, 403)
            return None if status == 200 else plain({}, status)

        found.bend = bend
        for _ in range(2):
            with pytest.raises(ForbiddenError):
                await ids(client)
        found.bend = lambda _: None
        assert await ids(client) == []


async def test_another_list_that_is_forbidden(http: aiohttp.ClientSession) -> None:
    """Sessions were just read with the same token."""
    async with operator() as found:
        client = client_of(http, found.url)
        await ids(client)
        found.bend = lambda _: plain({}, 403)
        found.seen.clear()
        with pytest.raises(ForbiddenError):
            await ids(client, Module.CDRS)
        assert len(found.seen) == 1


def direct(found: Operator, **changes: Any) -> dict[str, Any]:
    """Return how an account is opened that knows the address of its sessions."""
    overrides = {Module.SESSIONS: f"{found.url}/2.2.1/sessions"}
    return {"versions": None, "overrides": overrides, **changes}


@pytest.mark.parametrize(
    ("encoding", "forms"),
    [("auto", ["base64", "base64", "raw"]), ("base64", ["base64", "base64"])],
)
async def test_a_revoked_token_without_a_versions_url(
    http: aiohttp.ClientSession, encoding: str, forms: list[str]
) -> None:
    """A second refusal is needed, in the other form if there is one."""
    async with operator() as found:
        client = client_of(http, found.url, **direct(found, encoding=encoding))
        await ids(client)
        found.bend = lambda _: plain({}, 403)
        found.seen.clear()
        with pytest.raises(AuthenticationError):
            await ids(client)
        assert forms_of(found) == forms


async def test_an_operator_that_wants_another_form_from_now_on(
    http: aiohttp.ClientSession,
) -> None:
    """It is found, although the old one was known to work."""
    async with operator(rows=objects(1)) as found:
        client = client_of(http, found.url, **direct(found))
        await ids(client)
        found.bend = wants(lambda: plain({}, 403), modules="raw")
        assert await ids(client) == ["S0"]
        assert client.encoding == "raw"


async def test_too_many_requests_are_not_doubled(http: aiohttp.ClientSession) -> None:
    """429 says nothing about the form."""
    async with operator(bend=lambda _: reply(None, 2004, status=429)) as found:
        with pytest.raises(ProviderError):
            await client_of(http, found.url).open()
    assert len(found.seen) == 1


@pytest.mark.parametrize(
    ("refusal", "sent"), [("401", 2), ("403", 2), ("500", 1), ("3000", 1), ("2001", 1)]
)
async def test_only_a_refused_token_sends_a_command_again(
    http: aiohttp.ClientSession, refusal: str, sent: int
) -> None:
    """After anything else it may have been carried out."""

    def bend(request: web.BaseRequest) -> web.Response | None:
        return REFUSALS[refusal]() if request.method == "POST" else None

    async with operator(bend=bend) as found:
        client = client_of(http, found.url)
        with pytest.raises(ProviderError) as caught:
            await client.post(Module.COMMANDS, "STOP_SESSION", body={})
        assert len(found.asked("/STOP_SESSION")) == sent
        refused = isinstance(caught.value, AuthenticationError | CommandRefusedError)
        assert caught.value.sent is not refused


@pytest.mark.parametrize(
    "token", ["", " ", "tök en", "a b", "t\x00", "t\r\nX: 1", "\ud800"]
)
async def test_a_token_that_cannot_be_sent_raw(
    http: aiohttp.ClientSession, token: str
) -> None:
    """Base64 can write nearly everything; nothing is said of it."""
    async with operator() as found:
        client = client_of(http, found.url, token=token, encoding="raw")
        with pytest.raises(AuthenticationError) as caught:
            await client.open()
        assert not token.strip() or token not in str(caught.value)
        assert found.seen == []
        if token:
            await ids(client_of(http, found.url, token=token))
            assert all("\n" not in one.headers["Authorization"] for one in found.seen)
