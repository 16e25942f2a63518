"""Where a token may go."""

import aiohttp
from aiohttp import web
import pytest

from custom_components.ev_charging_cloud.providers.ampeco import AmpecoBackend
from custom_components.ev_charging_cloud.providers.ampeco.operators import OPERATORS
from custom_components.ev_charging_cloud.providers.errors import (
    ProviderError,
    ResponseError,
)
from custom_components.ev_charging_cloud.providers.model import Session, SessionState
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.providers.transport import (
    USER_AGENT,
    checked_base,
    is_loopback,
)

from .support import answers, connection, host, open_provider, settings

TOKEN = "a-token-of-nobody"


@pytest.mark.parametrize(
    ("entered", "base"),
    [
        ("charge.example.test", "https://charge.example.test/"),
        ("  charge.example.test \n", "https://charge.example.test/"),
        ("charge.example.test:8443", "https://charge.example.test:8443/"),
        ("https://charge.example.test", "https://charge.example.test/"),
        ("HTTPS://Charge.Example.Test/", "https://charge.example.test/"),
        ("https://charge.example.test/cloud/", "https://charge.example.test/cloud/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("http://127.0.0.2", "http://127.0.0.2/"),
        ("http://localhost:8080", "http://localhost:8080/"),
        ("http://[::1]:8080", "http://[::1]:8080/"),
        ("https://192.168.1.5", "https://192.168.1.5/"),
    ],
)
def test_addresses_that_a_token_may_go_to(entered: str, base: str) -> None:
    """Encrypted, or on this machine."""
    assert str(checked_base(entered)) == base


@pytest.mark.parametrize(
    "entered",
    [
        "",
        "   ",
        "https://",
        "//charge.example.test",
        "http://charge.example.test",
        "http://192.168.1.5",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://localhost.example.test",
        "http://127.0.0.1.example.test",
        "http://127.1",
        "ftp://charge.example.test",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ws://127.0.0.1",
        "https://user@charge.example.test",
        "https://user:password@charge.example.test",
        "user:password@charge.example.test",
        "http://localhost@charge.example.test",
        "http://127.0.0.1:80@charge.example.test",
        "https://charge.example.test/?next=1",
        "https://charge.example.test?x",
        "https://charge.example.test/#part",
        "https://charge.example.test:99999",
        "https://charge.example.test:port",
        "https://charge.example.test\\@other.example.test",
        "https://[::1",
        "https://charge example.test",
        "https://charge\n.example.test",
    ],
)
def test_addresses_that_a_token_may_not_go_to(entered: str) -> None:
    """Plain, hidden, decorated or broken ones."""
    with pytest.raises(ValueError):
        checked_base(entered)


@pytest.mark.parametrize(
    ("name", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.255.255.254", True),
        ("::1", True),
        ("localhost", True),
        ("128.0.0.1", False),
        ("0.0.0.0", False),
        ("::", False),
        ("localhost.localdomain", False),
    ],
)
def test_this_machine(name: str, loopback: bool) -> None:
    """Only loopback is this machine."""
    assert is_loopback(name) is loopback


@pytest.mark.parametrize("brand", OPERATORS)
def test_every_known_operator_is_encrypted(brand: str) -> None:
    """Its host is what the dialog proposes."""
    operator = OPERATORS[brand]
    if operator.host:
        found = AmpecoBackend().normalize(brand, {})
        assert found["host"] == f"https://{operator.host}/"
        assert AmpecoBackend().fields(brand, "access_token")[0].default == operator.host


@pytest.mark.parametrize("entered", ["http://charge.example.test", "a b", ""])
def test_a_wrong_host_is_named_as_the_field_at_fault(entered: str) -> None:
    """The dialog shows the error there."""
    with pytest.raises(ValueError, match="^host$"):
        AmpecoBackend().normalize("ampeco", {"host": entered})


def test_entered_values_are_trimmed_but_not_the_password() -> None:
    """A blank may belong to a password, and never to a token."""
    found = AmpecoBackend().normalize(
        "drivee",
        {
            "username": " driver@example.test ",
            "password": " secret ",
            "access_token": " Bearer  abc ",
            "refresh_token": "Bearer def",
        },
    )
    assert found["username"] == "driver@example.test"
    assert found["password"] == " secret "
    assert (found["access_token"], found["refresh_token"]) == ("abc", "def")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("call", ["read", "start", "token"])
async def test_no_redirect_is_followed(
    http: aiohttp.ClientSession, status: int, call: str
) -> None:
    """The other host never gets a request, and so never a token."""
    async with host(answers({"": {"data": []}})) as other:

        async def redirect(request: web.BaseRequest) -> web.Response:
            return web.Response(
                status=status, headers={"Location": other.url + request.path_qs}
            )

        async with host(redirect) as own:
            tokens = Tokens(access=TOKEN, refresh="r", obtained_at=0.0, lifetime=1.0)
            if call != "token":
                tokens = Tokens(access=TOKEN)
            provider = open_provider(connection(http), settings(own.url), tokens)
            session = Session(key="x/1", id="1", state=SessionState.ACTIVE)
            with pytest.raises(ResponseError):
                await (
                    provider.stop(session) if call == "start" else provider.snapshot()
                )
        assert own.seen
        assert other.seen == []


@pytest.mark.parametrize("strange", ["../../other", "//evil.example.test/x", "a?b#c"])
async def test_an_id_from_the_server_cannot_change_the_host(
    http: aiohttp.ClientSession, strange: str
) -> None:
    """Ids are quoted; every request stays on the account's host."""
    async with host(answers({})) as own:
        provider = open_provider(
            connection(http), settings(own.url), Tokens(access=TOKEN)
        )
        session = Session(key="x/1", id=strange, state=SessionState.ACTIVE)
        for call in (provider.session(session), provider.restart(strange)):
            with pytest.raises(ProviderError):
                await call
    assert len(own.seen) == 2
    assert all(one.path.startswith("/api/v1/app/") for one in own.seen)
    assert all("?" not in one.path for one in own.seen)


async def test_every_request_says_who_asks(http: aiohttp.ClientSession) -> None:
    """Name and version, the language, and JSON."""
    async with host(answers({"/charge-points": {"data": []}})) as own:
        lent = connection(http, language="da")
        provider = open_provider(lent, settings(own.url), Tokens(access=TOKEN))
        await provider.charge_points()
    headers = own.seen[0].headers
    assert headers["User-Agent"] == USER_AGENT
    assert headers["Accept-Language"] == "da"
    assert headers["Accept"] == "application/json"
    assert headers["Authorization"] == f"Bearer {TOKEN}"


async def test_a_path_of_the_host_is_kept(http: aiohttp.ClientSession) -> None:
    """A back end may live below the root."""
    async with host(answers({"/charge-points": {"data": []}})) as own:
        provider = open_provider(
            connection(http), settings(f"{own.url}/cloud"), Tokens(access=TOKEN)
        )
        await provider.charge_points()
    assert own.seen[0].path == "/cloud/api/v1/app/personal/charge-points"
