"""A server that tries to lead the token elsewhere, or a poll to no end."""

from collections.abc import AsyncIterator, Callable
import logging
import traceback
from typing import Any

import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from custom_components.ev_charging_cloud.providers.errors import (
    ForeignHostError,
    ProviderError,
    ResponseError,
)
from custom_components.ev_charging_cloud.providers.ocpi import paging
from custom_components.ev_charging_cloud.providers.ocpi.client import Client, Module
from custom_components.ev_charging_cloud.providers.transport import Exchange

from ..support import Host, closed_port, connection
from .hostile import (
    BASE64,
    TOKEN,
    Operator,
    client_of,
    elsewhere,
    endpoints,
    ids,
    names,
    objects,
    operator,
    pages,
    plain,
    reply,
    watched,
)

# Other hosts in every way that a server could name one; {} is one that listens.
PLACES = {
    "other-port": "http://{host}:{port}",
    "other-loopback": "http://127.0.0.2:{port}",
    "localhost": "http://localhost:{port}",
    "encrypted": "https://{host}:{port}",
    "no-scheme": "//{host}:{port}",
    "private": "http://192.168.1.5",
    "metadata": "http://169.254.169.254",
    "router": "https://10.0.0.1",
    "name": "https://evil.example.test",
    "plain-name": "http://evil.example.test",
    "user": "http://{own}@{host}:{port}",
}


class Trap:
    """An evil place, everything that was asked for, and whom it was meant for."""

    def __init__(
        self, other: Host, http: aiohttp.ClientSession, asked: list[URL], kind: str
    ) -> None:
        """Take the place and the watched HTTP session."""
        self.other, self.http, self.asked, self.kind = other, http, asked, kind

    def url(self, own: str) -> str:
        """Return the evil address."""
        at = URL(self.other.url)
        text = PLACES[self.kind]
        return text.format(host=at.host, port=at.port, own=URL(own).authority)

    @property
    def name(self) -> str:
        """Return what a user is told."""
        return URL(self.url("http://x").replace("//x@", "//")).host or ""

    def assert_unused(self, found: Operator) -> None:
        """Check that nothing but the account's own host was ever asked."""
        assert self.other.seen == []
        assert {url.origin() for url in self.asked} <= {URL(found.url)}
        assert self.asked


@pytest.fixture(params=PLACES)
async def trap(request: pytest.FixtureRequest) -> AsyncIterator[Trap]:
    """Serve a trap for each way to name another host."""
    async with elsewhere() as other, watched() as (http, asked):
        yield Trap(other, http, asked, request.param)


def told(client: Client, trap: Trap) -> bool:
    """Tell whether a user learns of the host."""
    host = client.troubles.get("foreign_host", "")
    return host.rpartition(":")[0] == trap.name or host == trap.name


@pytest.mark.parametrize("module", [*Module])
async def test_a_module_elsewhere(trap: Trap, module: Module) -> None:
    """It is left out, and without sessions the account cannot be used."""

    def listed(url: str, version: str) -> list[dict[str, str]]:
        found = endpoints(url, version)
        for one in found:
            if one["identifier"] == module.value:
                one["url"] = f"{trap.url(url)}/ocpi/{module}"
        return found

    async with operator(listed=listed, rows=objects(2)) as found:
        client = client_of(trap.http, found.url)
        if module is Module.SESSIONS:
            with pytest.raises(ForeignHostError):
                await ids(client)
        else:
            assert await ids(client) == names(2)
            assert not client.offers(module)
            with pytest.raises(ProviderError):
                await client.get(module, "x")
        assert told(client, trap)
        trap.assert_unused(found)


async def test_a_version_elsewhere(trap: Trap) -> None:
    """The details are not asked for."""
    async with operator() as found:
        version = {"version": "2.2.1", "url": f"{trap.url(found.url)}/2.2.1"}
        found.bend = lambda _: reply([version])
        client = client_of(trap.http, found.url)
        with pytest.raises(ForeignHostError):
            await client.open()
        assert told(client, trap)
        trap.assert_unused(found)


async def test_a_next_page_elsewhere(trap: Trap) -> None:
    """The page is asked for at the own host instead, and the list is complete."""
    async with operator(rows=objects(5), size=2) as found:

        def bend(request: web.BaseRequest) -> web.Response | None:
            if not request.path.endswith("/sessions"):
                return None
            page = found.page(request)
            if "Link" in page.headers:
                evil = f"{trap.url(found.url)}{request.path}?offset=2"
                page.headers["Link"] = f'<{evil}>; rel="next"'
            return page

        found.bend = bend
        client = client_of(trap.http, found.url)
        assert await ids(client) == names(5)
        assert told(client, trap)
        trap.assert_unused(found)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("path", ["/versions", "/2.2.1", "/2.2.1/sessions"])
async def test_a_redirect_elsewhere(trap: Trap, path: str, code: int) -> None:
    """It is not followed."""
    async with operator() as found:

        def bend(request: web.BaseRequest) -> web.Response | None:
            if request.path != path:
                return None
            to = trap.url(found.url) + request.path
            return web.Response(status=code, headers={"Location": to})

        found.bend = bend
        client = client_of(trap.http, found.url)
        with pytest.raises(ResponseError):
            await ids(client)
        assert told(client, trap) is (code != 303)
        trap.assert_unused(found)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_command_redirected_elsewhere(trap: Trap, code: int) -> None:
    """Neither the token nor what was sent goes there."""
    async with operator() as found:

        def bend(request: web.BaseRequest) -> web.Response | None:
            if request.method == "GET":
                return None
            to = trap.url(found.url) + request.path
            return web.Response(status=code, headers={"Location": to})

        found.bend = bend
        client = client_of(trap.http, found.url)
        with pytest.raises(ResponseError):
            await client.post(Module.COMMANDS, "START_SESSION", body={})
        with pytest.raises(ResponseError):
            await client.put(Module.TOKENS, "NL", "HAX", "T", body={})
        assert len([one for one in found.seen if one.method != "GET"]) == 2
        trap.assert_unused(found)


async def test_a_redirect_to_a_redirect_elsewhere(trap: Trap) -> None:
    """Each step is looked at."""
    async with operator() as found:

        def bend(request: web.BaseRequest) -> web.Response | None:
            steps = {"/versions": "/step", "/step": f"{trap.url(found.url)}/versions"}
            to = steps.get(request.path)
            return web.Response(status=302, headers={"Location": to}) if to else None

        found.bend = bend
        with pytest.raises(ForeignHostError):
            await client_of(trap.http, found.url).open()
        assert len(found.seen) == 2
        trap.assert_unused(found)


async def test_a_host_that_the_user_typed(http: aiohttp.ClientSession) -> None:
    """Modules, pages and redirects may lead there."""
    async with operator(rows=objects(3), size=2) as other, operator() as found:
        found.listed = lambda _, version: endpoints(other.url, version)
        hosts = (URL(other.url).authority,)
        with pytest.raises(ForeignHostError) as caught:
            await client_of(http, found.url).open()
        assert caught.value.host == hosts[0]
        assert other.seen == []
        client = client_of(http, found.url, hosts=hosts)
        assert await ids(client) == names(3)
        assert client.troubles == {}
        assert {URL(one.path).path for one in other.seen} == {"/2.2.1/sessions"}


async def test_a_typed_host_that_is_named_without_encryption() -> None:
    """It is allowed, but not like that."""
    async with watched() as (http, asked), operator() as found:
        found.listed = lambda _, version: endpoints("http://cpo.example.test", version)
        client = client_of(http, found.url, hosts=("cpo.example.test",))
        with pytest.raises(ForeignHostError):
            await client.open()
        assert client.troubles == {"insecure_address": "cpo.example.test"}
        assert {url.origin() for url in asked} == {URL(found.url)}


type Leading = Callable[[str, int], str]
LOOPS: dict[str, Leading] = {
    "itself": lambda url, _: url,
    "the-first": lambda url, _: str(URL(url).with_query(None)),
    "two-pages": lambda url, n: str(URL(url).with_query(offset=str(n % 2 * 2))),
    "new-names": lambda url, n: str(URL(url).with_query(offset="0", number=str(n))),
}


@pytest.mark.parametrize("leading", LOOPS.values(), ids=LOOPS)
@pytest.mark.parametrize("honest", [True, False], ids=["offsets", "no-offsets"])
async def test_a_loop_of_links(
    http: aiohttp.ClientSession, leading: Leading, honest: bool
) -> None:
    """It ends, and where offsets work the list is complete all the same."""
    async with operator(rows=objects(5), size=2, totals=False) as found:

        def bend(request: web.BaseRequest) -> web.Response | None:
            if not request.path.endswith("/sessions"):
                return None
            if not honest:
                found.rows = objects(2)
                request = request.clone(rel_url=request.path)
            page = found.page(request)
            url = leading(f"{found.url}{request.path_qs}", len(found.seen))
            page.headers["Link"] = f'<{url}>; rel="next"'
            return page

        found.bend = bend
        client = client_of(http, found.url)
        assert await ids(client) == names(5 if honest else 2)
        assert len(found.asked("/sessions")) < 10
        if not honest:
            assert client.troubles == {"endless_pages": "sessions"}
        found.seen.clear()
        await ids(client)
        assert len(found.asked("/sessions")) < 6


async def test_endless_pages_end(
    http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of ever new objects, whatever its offsets and totals say."""
    monkeypatch.setattr(paging, "MOST_PAGES", 30)
    async with operator() as found:

        def bend(request: web.BaseRequest) -> web.Response | None:
            if not request.path.endswith("/cdrs"):
                return None
            start = len(found.seen) * 100
            rows = [{"id": f"{start + one}"} for one in range(100)]
            return reply(rows, headers={"X-Total-Count": str(10**8)})

        found.bend = bend
        client = client_of(http, found.url)
        assert len(await pages(client, Module.CDRS)) == 30
        assert client.troubles == {"endless_pages": "cdrs"}
        assert await ids(client) == []
        assert client.troubles == {"endless_pages": "cdrs"}


UID = "0A1B2C3D4E5F"
FAULTS: dict[str, Callable[[web.BaseRequest], web.StreamResponse | None]] = {
    "none": lambda _: None,
    "401": lambda r: plain({"token": r.headers["Authorization"]}, 401),
    "403": lambda r: plain({"token": r.headers["Authorization"]}, 403),
    "500": lambda r: plain(r.headers["Authorization"], 500),
    "3000": lambda r: reply(r.headers["Authorization"], 3000),
    "2001": lambda r: reply(r.headers["Authorization"], 2001),
    "html": lambda r: web.Response(text=r.headers["Authorization"]),
    "redirect": lambda r: web.Response(
        status=302, headers={"Location": f"https://evil.example.test/{TOKEN}?{BASE64}"}
    ),
    "odd-redirect": lambda r: web.Response(
        status=302, headers={"Location": f"http://{TOKEN}:{BASE64}@{r.host}/{UID}"}
    ),
    "endpoints": lambda r: reply(
        [{"version": "2.2.1", "url": f"x://evil/{TOKEN}?{BASE64}"}]
    ),
}


async def use_everything(client: Client) -> str:
    """Make every call there is, and return what the failures say."""
    said = [repr(client), repr(vars(client)), str(client.troubles)]
    for call in (
        client.open(),
        ids(client),
        client.get(Module.TOKENS, "NL", "HAX", UID),
        client.put(Module.TOKENS, "NL", "HAX", UID, body={"uid": UID}),
        client.post(Module.COMMANDS, "START_SESSION", body={"token": {"uid": UID}}),
    ):
        try:
            await call
        except ProviderError as error:
            said += [*traceback.format_exception(error), str(error), repr(error)]
            said += [repr(vars(error)), repr(error.args)]
    return "\n".join([*said, str(client.troubles)])


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("directory", [True, False], ids=["all", "modules"])
async def test_no_secret_is_told(
    http: aiohttp.ClientSession,
    caplog: pytest.LogCaptureFixture,
    fault: Callable[[web.BaseRequest], web.StreamResponse | None],
    directory: bool,
) -> None:
    """Neither the token in any form nor a driver's, whatever the server answers."""
    async with operator(rows=objects(3), size=2) as found:
        found.bend = lambda r: fault(r) if directory or r.path.count("/") > 1 else None
        # What the test's own server says is not what is looked at.
        caplog.set_level(logging.WARNING, "aiohttp.access")
        with caplog.at_level(logging.DEBUG):
            said = await use_everything(client_of(http, found.url))
        assert found.seen
    ours = "\n".join(
        one.getMessage() for one in caplog.records if one.name != "aiohttp.access"
    )
    assert "GET versions: HTTP" in ours
    for secret in (TOKEN, BASE64, UID):
        assert secret not in said
        assert secret not in ours


async def test_a_server_that_is_gone_tells_nothing(
    http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even its own address, which may hold a key."""
    url = f"http://127.0.0.1:{closed_port()}"
    client = client_of(http, url, versions=f"{url}/{UID}/versions?key={UID}")
    with caplog.at_level(logging.DEBUG):
        said = await use_everything(client)
    assert "cannot be reached" in said
    for text in (said, caplog.text):
        for secret in (TOKEN, BASE64, UID):
            assert secret not in text


async def test_what_holds_the_token_does_not_show_it(
    http: aiohttp.ClientSession,
) -> None:
    """And a recording has no headers that were sent."""
    seen: list[Exchange] = []
    async with operator() as found:
        client = client_of(http, found.url, lent=connection(http, record=seen.append))
        await ids(client)
    assert seen
    for exchange in seen:
        whole = f"{exchange.url} {exchange.sent} {exchange.headers} {exchange.body!r}"
        assert TOKEN not in whole
        assert BASE64 not in whole
    inner: list[Any] = [client, *vars(client).values(), client._channel.signature]
    for one in inner:
        assert TOKEN not in f"{one!r} {one}"
        assert BASE64 not in f"{one!r} {one}"
