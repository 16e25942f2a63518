"""Signing in, and where tokens and secrets may go."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
import logging
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    AuthenticationError,
    ClientRejectedError,
    ProviderConnectionError,
    ProviderError,
    ResponseError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.evnnovator import EvnnovatorBackend
from custom_components.ev_charging_cloud.providers.evnnovator.backend import (
    BEARER,
    CLIENT_CREDENTIALS,
    DEFAULT_HOST,
)
from custom_components.ev_charging_cloud.providers.oauth import MemoryStore, Tokens
from custom_components.ev_charging_cloud.providers.provider import Kept, SignIn
from custom_components.ev_charging_cloud.providers.transport import Exchange

from ..support import Host, answers, closed_port, connection, host
from .support import BASE, LATEST, TOKEN, part, session_answer

SECRET = "client-secret-91bd"
FRESH = {"access_token": "fresh-7e21", "token_type": "Bearer", "expires_in": 3600}
TOKEN_PATH = "/auth/oauth/token"


def entered(url: str, **changes: str) -> dict[str, str]:
    """Return what a user enters for client credentials."""
    return {
        "host": f"{url}{BASE}",
        "token_url": f"{url}{TOKEN_PATH}",
        "client_id": "shop",
        "client_secret": SECRET,
        **changes,
    }


async def sign_in(
    http: aiohttp.ClientSession, method: str, values: dict[str, str], **changes: Any
) -> SignIn:
    """Sign in as the dialog does."""
    backend = EvnnovatorBackend()
    checked = backend.normalize("evnnovator", values)
    lent = connection(http, **changes)
    return await backend.sign_in(lent, "evnnovator", method, checked)


@asynccontextmanager
async def serving(
    bodies: dict[str, Any], status: dict[str, int] | None = None
) -> AsyncIterator[Host]:
    """Serve answers by the end of the path."""
    async with host(answers(bodies, status)) as served:
        yield served


def test_the_backend_says_what_it_asks_for() -> None:
    """Two ways in, and drivers."""
    backend = EvnnovatorBackend()
    assert backend.brands["evnnovator"].methods == tuple(backend.methods)
    assert backend.brands["evnnovator"].country == "IN"
    fields = {
        key: [one.key for one in backend.fields("evnnovator", key)]
        for key in backend.methods
    }
    assert fields == {
        BEARER: ["host", "access_token"],
        CLIENT_CREDENTIALS: ["host", "token_url", "client_id", "client_secret"],
    }
    assert backend.part is not None
    assert [one.key for one in backend.part.fields if one.required] == ["driver_id"]
    assert {backend.part.identity, backend.part.title} <= {
        one.key for one in backend.part.fields
    }


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("", DEFAULT_HOST),
        ("gateway.example/api/v1", "https://gateway.example/api/v1/"),
        (" https://gateway.example/api/v1/ ", "https://gateway.example/api/v1/"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080/x/"),
    ],
)
def test_the_base_can_be_changed(sent: str, kept: str) -> None:
    """Which one is live is not known."""
    found = EvnnovatorBackend().normalize("evnnovator", {"host": sent})
    assert found["host"] == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", "http://gateway.example/"),
        ("host", "https://user:secret@gateway.example/"),
        ("host", "two words"),
        ("token_url", "http://auth.example/token"),
        ("token_url", "https://auth.example"),
        ("token_url", "https://auth.example/token?x=1"),
        ("token_url", "ftp://auth.example/token"),
    ],
)
def test_an_address_that_no_secret_may_go_to(field: str, value: str) -> None:
    """The field at fault is named."""
    values = entered("https://gateway.example", **{field: value})
    with pytest.raises(ValueError, match=f"^{field}$"):
        EvnnovatorBackend().normalize("evnnovator", values)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("auth.example/token", "https://auth.example/token"),
        ("https://auth.example/oauth/token/", "https://auth.example/oauth/token/"),
        ("https://auth.example/a%20b/token", "https://auth.example/a%20b/token"),
    ],
)
def test_the_token_address_stays_as_it_was_entered(sent: str, kept: str) -> None:
    """A slash at its end may matter."""
    values = entered("https://gateway.example", token_url=sent)
    found = EvnnovatorBackend().normalize("evnnovator", values)
    assert found["token_url"] == kept


@pytest.mark.parametrize("pasted", ["t0k", " t0k ", "Bearer t0k", "bearer  t0k"])
async def test_a_bearer_token_is_taken_as_it_is(
    http: aiohttp.ClientSession, pasted: str
) -> None:
    """Without a request, and without the word before it."""
    values = {"host": "", "access_token": pasted, "client_secret": "left over"}
    found = await sign_in(http, BEARER, values)
    assert found.tokens == Tokens(access="t0k")
    assert found.settings.keys() == {"host", "realm"}


async def test_client_credentials_get_a_token_with_a_form(
    http: aiohttp.ClientSession,
) -> None:
    """At the address that was entered, and nothing is recorded."""
    seen: list[Exchange] = []
    async with serving({TOKEN_PATH: FRESH}) as served:
        values = entered(served.url)
        found = await sign_in(http, CLIENT_CREDENTIALS, values, record=seen.append)
        (sent,) = served.seen
    assert (sent.method, sent.path) == ("POST", TOKEN_PATH)
    kind = sent.headers["Content-Type"]
    assert kind.startswith("application/x-www-form-urlencoded")
    assert sorted(sent.body.decode().split("&")) == [
        "client_id=shop",
        f"client_secret={SECRET}",
        "grant_type=client_credentials",
    ]
    assert "Authorization" not in sent.headers
    assert found.tokens.access == FRESH["access_token"]
    assert found.tokens.lifetime == 3600
    assert seen == []


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"error": "invalid_client"}, ClientRejectedError),
        (400, {"error": "invalid_scope"}, AuthenticationError),
        (403, b"", AuthenticationError),
        (404, b"", ResponseError),
        (500, b"", ServerError),
        (200, {}, ResponseError),
        (200, b"<html>", ResponseError),
    ],
)
async def test_client_credentials_that_get_no_token(
    http: aiohttp.ClientSession, status: int, body: Any, error: type[ProviderError]
) -> None:
    """Each with an error of ours."""
    async with serving({TOKEN_PATH: body}, {TOKEN_PATH: status}) as served:
        with pytest.raises(error) as caught:
            await sign_in(http, CLIENT_CREDENTIALS, entered(served.url))
    assert SECRET not in str(caught.value)


async def test_the_account_keeps_its_realm(http: aiohttp.ClientSession) -> None:
    """The gateway has no name for it, so the first sign-in gives one."""
    first = await sign_in(http, BEARER, {"host": "", "access_token": "one"})
    other = await sign_in(http, BEARER, {"host": "", "access_token": "two"})
    kept = dict(first.settings)
    later = await sign_in(http, BEARER, {**kept, "access_token": "two"})
    assert first.settings["realm"] == later.settings["realm"]
    assert first.settings["realm"] != other.settings["realm"]
    assert first.settings["realm"].startswith("api-gateway-evnnovator.com_")
    assert "one" not in first.settings["realm"]
    provider = EvnnovatorBackend().open(
        connection(http), later.settings, MemoryStore(later.tokens)
    )
    account = await provider.account()
    assert (account.id, account.title) == (first.settings["realm"], "EVnnovator")


async def test_another_host_shows_in_the_title(http: aiohttp.ClientSession) -> None:
    """So that two accounts can be told apart."""
    found = await sign_in(
        http, BEARER, {"host": "gateway.example/v1", "access_token": "one"}
    )
    provider = EvnnovatorBackend().open(
        connection(http), found.settings, MemoryStore(found.tokens)
    )
    assert (await provider.account()).title == "EVnnovator (gateway.example)"
    await provider.close()


async def test_a_dead_bearer_token_is_noticed(http: aiohttp.ClientSession) -> None:
    """At the first read; nothing renews it."""
    async with serving({LATEST: b""}, {LATEST: 401}) as served:
        found = await sign_in(
            http, BEARER, {"host": served.url, "access_token": "dead"}
        )
        provider = EvnnovatorBackend().open(
            connection(http),
            found.settings,
            MemoryStore(found.tokens),
            Kept(parts=(part(),)),
        )
        with pytest.raises(AuthenticationError):
            await provider.snapshot()
        assert len(served.seen) == 1


async def test_a_dead_token_is_renewed_by_client_credentials(
    http: aiohttp.ClientSession,
) -> None:
    """Only the gateway's host sees the token, only the other the secret."""
    async with serving({TOKEN_PATH: FRESH}) as auth:

        async def answer(request: Any) -> Any:
            good = request.headers["Authorization"] == "Bearer fresh-7e21"
            if not good:
                return aiohttp.web.Response(status=401)
            return aiohttp.web.json_response(session_answer())

        async with host(answer) as gateway:
            values = entered(gateway.url, token_url=f"{auth.url}{TOKEN_PATH}")
            values = EvnnovatorBackend().normalize("evnnovator", values)
            store = MemoryStore(Tokens(access=TOKEN))
            provider = EvnnovatorBackend().open(
                connection(http),
                {**values, "realm": "realm"},
                store,
                Kept(parts=(part(),)),
            )
            assert (await provider.snapshot()).broken == frozenset()
            latest = [one for one in gateway.seen if one.path.endswith("latest")]
            assert len(latest) == 2
            assert all(SECRET.encode() not in one.body for one in gateway.seen)
        (sent,) = auth.seen
    assert TOKEN not in str(sent.headers)
    assert store.tokens.access == "fresh-7e21"


async def test_no_secret_is_told(
    http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither by logs nor by what holds one."""
    url = f"http://127.0.0.1:{closed_port()}"
    with caplog.at_level(logging.DEBUG):
        with pytest.raises(ProviderConnectionError) as caught:
            await sign_in(http, CLIENT_CREDENTIALS, entered(url))
        async with serving({TOKEN_PATH: FRESH}) as served:
            found = await sign_in(http, CLIENT_CREDENTIALS, entered(served.url))
    backend = EvnnovatorBackend()
    lent = connection(http)
    provider = backend.open(lent, found.settings, MemoryStore(found.tokens))
    endpoint = backend._endpoint(lent, found.settings)
    told = (caplog.text, repr(caught.value), repr(found), repr(provider))
    for text in (*told, repr(endpoint), repr(found.tokens), repr(vars(caught.value))):
        assert SECRET not in text
        assert "fresh-7e21" not in text
