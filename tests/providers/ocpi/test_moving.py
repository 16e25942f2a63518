"""Modules that are no longer where they were, and redirects."""

from typing import Any

import aiohttp
from aiohttp import web
import msgspec
import pytest
from yarl import URL

from custom_components.ev_charging_cloud.providers.errors import (
    ResponseError,
    UnsupportedError,
)
from custom_components.ev_charging_cloud.providers.ocpi.client import Module

from ..support import connection
from .hostile import (
    SENDERS,
    Operator,
    client_of,
    endpoints,
    ids,
    objects,
    operator,
    plain,
    reply,
)

HOUR = 3600.0


class Ticks:
    """A monotonic clock that only a test moves."""

    def __init__(self) -> None:
        """Start anywhere."""
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


class Moving:
    """An operator whose list moves to another place."""

    def __init__(self, name: str) -> None:
        """Take the module that moves."""
        self.name, self.at, self.shown = name, "", ""

    def listed(self, url: str, version: str) -> list[dict[str, str]]:
        """Return the modules, the moving one where it is said to be."""
        found = endpoints(url, version)
        for one in found:
            if one["identifier"] == self.name:
                one["url"] = f"{url}{self.shown}/{version}/{self.name}"
        return found

    def serve(self, found: Operator) -> Any:
        """Return an answer that knows where the list is."""

        def bend(request: web.BaseRequest) -> web.StreamResponse | None:
            if not request.path.endswith(f"/{self.name}"):
                return None
            if request.path != f"{self.at}/2.2.1/{self.name}":
                return plain({"detail": "Not Found"}, 404)
            return found.page(request)

        return bend


@pytest.fixture
def ticks() -> Ticks:
    """Return a clock."""
    return Ticks()


@pytest.mark.parametrize("name", SENDERS)
async def test_a_module_that_moved_is_found(
    http: aiohttp.ClientSession, ticks: Ticks, name: str
) -> None:
    """Its 404 reads the directory again, an hour after the last time."""
    moving = Moving(name)
    async with operator(listed=moving.listed, rows=objects(1)) as found:
        found.bend = moving.serve(found)
        lent = connection(http, monotonic=ticks)
        client = client_of(http, found.url, lent=lent)
        assert await ids(client, Module(name)) == ["S0"]
        moving.at = moving.shown = "/new"
        ticks.now += HOUR
        assert await ids(client, Module(name)) == ["S0"]
        assert await ids(client, Module(name)) == ["S0"]
        assert len(found.asked("/versions")) == 2


@pytest.mark.parametrize("later", [0.0, HOUR], ids=["soon", "later"])
async def test_a_module_that_has_gone_is_absent(
    http: aiohttp.ClientSession, ticks: Ticks, later: float
) -> None:
    """For a day; then it is asked for again."""
    moving = Moving("tariffs")
    async with operator(listed=moving.listed, rows=objects(1)) as found:
        found.bend = moving.serve(found)
        lent = connection(http, monotonic=ticks)
        client = client_of(http, found.url, lent=lent)
        await client.open()
        moving.at = "/gone"
        ticks.now += later
        with pytest.raises(ResponseError) as caught:
            await ids(client, Module.TARIFFS)
        assert caught.value.status == 404
        assert not client.offers(Module.TARIFFS)
        asked = len(found.seen)
        with pytest.raises(UnsupportedError):
            await ids(client, Module.TARIFFS)
        assert len(found.seen) == asked
        assert len(found.asked("/versions")) == (2 if later else 1)
        assert await ids(client) == ["S0"]
        moving.at = ""
        ticks.now += 24 * HOUR
        assert client.offers(Module.TARIFFS)
        assert await ids(client, Module.TARIFFS) == ["S0"]


async def test_sessions_are_never_absent(
    http: aiohttp.ClientSession, ticks: Ticks
) -> None:
    """They are asked for each time, the directory once an hour."""
    moving = Moving("sessions")
    async with operator(listed=moving.listed, rows=objects(1)) as found:
        found.bend = moving.serve(found)
        lent = connection(http, monotonic=ticks)
        client = client_of(http, found.url, lent=lent)
        await client.open()
        moving.at = "/gone"
        for _ in range(120):
            ticks.now += 60
            with pytest.raises(ResponseError):
                await ids(client)
        assert len(found.asked("/versions")) == 1 + 2
        assert len(found.asked("/sessions")) == 120
        moving.at = ""
        assert await ids(client) == ["S0"]


async def test_an_override_that_is_not_there(
    http: aiohttp.ClientSession, ticks: Ticks
) -> None:
    """The directory knows nothing better."""
    async with operator(bend=lambda _: plain({}, 404)) as found:
        lent = connection(http, monotonic=ticks)
        overrides = {Module.SESSIONS: "sessions"}
        client = client_of(http, found.url, lent=lent, overrides=overrides)
        await client.open()
        ticks.now += HOUR
        with pytest.raises(ResponseError):
            await ids(client)
        assert len(found.seen) == 1


@pytest.mark.parametrize("code", [301, 302, 307, 308])
@pytest.mark.parametrize("slash", [True, False], ids=["lacking", "needless"])
async def test_a_slash_is_learned(
    http: aiohttp.ClientSession, code: int, slash: bool
) -> None:
    """The redirect is followed with the token, and not needed the next time."""

    def listed(url: str, version: str) -> list[dict[str, str]]:
        found = endpoints(url, version)
        for one in found:
            one["url"] += "" if slash else "/"
        return found

    async with operator(listed=listed, rows=objects(3), size=2) as found:

        def bend(request: web.BaseRequest) -> web.StreamResponse | None:
            if not request.path.rstrip("/").endswith("/sessions"):
                return None
            if request.path.endswith("/") is slash:
                return found.page(request)
            to = URL(request.path_qs).with_path(
                request.path + "/" if slash else request.path.rstrip("/"),
                keep_query=True,
            )
            return web.Response(status=code, headers={"Location": str(to)})

        found.bend, found.links = bend, False
        client = client_of(http, found.url)
        assert await ids(client) == ["S0", "S1", "S2"]
        found.seen.clear()
        assert await ids(client) == ["S0", "S1", "S2"]
        assert len(found.seen) == 2
        assert all("Authorization" in one.headers for one in found.seen)


@pytest.mark.parametrize(
    ("code", "method"), [(307, "POST"), (308, "POST"), (307, "PUT"), (308, "PUT")]
)
async def test_a_write_is_redirected_as_it_is(
    http: aiohttp.ClientSession, code: int, method: str
) -> None:
    """Method and body stay, and each place gets it once."""

    def bend(request: web.BaseRequest) -> web.Response | None:
        if request.method == "GET":
            return None
        if request.path.endswith("/"):
            return reply({"result": "ACCEPTED"})
        return web.Response(status=code, headers={"Location": request.path + "/"})

    async with operator(bend=bend) as found:
        client = client_of(http, found.url)
        if method == "POST":
            data = await client.post(Module.COMMANDS, "STOP_SESSION", body={"a": 1})
        else:
            data = await client.put(Module.TOKENS, "NL", "HAX", "T", body={"a": 1})
        sent = [(one.method, one.body) for one in found.seen if one.method != "GET"]
    assert msgspec.json.decode(data) == {"result": "ACCEPTED"}
    assert sent == [(method, b'{"a":1}')] * 2


@pytest.mark.parametrize("code", [301, 302, 303])
async def test_a_command_becomes_no_read(
    http: aiohttp.ClientSession, code: int
) -> None:
    """Where a redirect would change the method, it is not followed."""

    def bend(request: web.BaseRequest) -> web.Response | None:
        if request.path.endswith("/STOP_SESSION"):
            return web.Response(status=code, headers={"Location": "/other"})
        return None

    async with operator(bend=bend) as found:
        with pytest.raises(ResponseError):
            await client_of(http, found.url).post(
                Module.COMMANDS, "STOP_SESSION", body={}
            )
        assert len(found.seen) == 3


@pytest.mark.parametrize("location", [None, "", "\\\\x", "ftp://x", "/versions"])
async def test_a_redirect_to_nowhere(
    http: aiohttp.ClientSession, location: str | None
) -> None:
    """No address, or always the same one: four requests at most."""
    headers = {} if location is None else {"Location": location}
    bend = lambda _: web.Response(status=302, headers=headers)  # noqa: E731
    async with operator(bend=bend) as found:
        with pytest.raises(ResponseError):
            await client_of(http, found.url).open()
        assert len(found.seen) == (4 if location == "/versions" else 1)
