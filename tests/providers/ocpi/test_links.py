"""Links to next pages, and what is done where they lead nowhere."""

from collections.abc import Callable

import aiohttp
from aiohttp import web
import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    ProviderConnectionError,
    RateLimitError,
)
from custom_components.ev_charging_cloud.providers.ocpi.paging import next_link

from .hostile import (
    Bend,
    Operator,
    client_of,
    ids,
    names,
    objects,
    operator,
    plain,
    reply,
    sessions,
)


def relinked(found: Operator, change: Callable[[str, web.BaseRequest], str]) -> Bend:
    """Return pages whose link header is another one."""

    def answer(request: web.BaseRequest) -> web.Response:
        page = found.page(request)
        if "Link" in page.headers:
            page.headers["Link"] = change(page.headers["Link"], request)
        return page

    return sessions(answer)


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('<https://a.test/?b=c>; rel="next"', "https://a.test/?b=c"),
        ("<https://a.test/>;rel=next", "https://a.test/"),
        ('<https://a.test/?a=1,2;3>; title="x"; REL="Next"', "https://a.test/?a=1,2;3"),
        ('<p>; rel="prev", <n>; rel="next", <l>; rel="last"', "n"),
        ('<n>; rel="last next"', "n"),
        ('<p>; rel="nextish"', None),
        ('<p>; rel="prev"', None),
        ('<>; rel="next"', None),
        ("", None),
        ("nonsense", None),
        ("<" * 5000, None),
        ("<>" * 4000 + ";" * 4000, None),
    ],
    ids=lambda one: str(one)[:20],
)
def test_links(header: str, found: str | None) -> None:
    """Only the next page, quickly, however it is written."""
    assert next_link({"Date": "now", "link": header}) == found
    assert next_link({"X-Link": header}) is None


async def test_links_in_two_headers(http: aiohttp.ClientSession) -> None:
    """The one that leads on counts."""
    async with operator(rows=objects(3), size=2, totals=False) as found:

        def answer(request: web.BaseRequest) -> web.Response:
            page = found.page(request)
            if (link := page.headers.popall("Link", None)) is not None:
                page.headers.add("Link", '</first>; rel="first"')
                page.headers.add("Link", link[0])
            return page

        found.bend = sessions(answer)
        assert await ids(client_of(http, found.url), limit=3) == names(3)
        assert len(found.asked("/sessions")) == 2


async def test_an_empty_link_is_none(http: aiohttp.ClientSession) -> None:
    """On the last page, as extrawest (17, 6)."""
    async with operator(rows=objects(3), size=2, totals=False) as found:

        def answer(request: web.BaseRequest) -> web.Response:
            page = found.page(request)
            page.headers.setdefault("Link", "")
            return page

        found.bend = sessions(answer)
        assert await ids(client_of(http, found.url), limit=3) == names(3)
        assert len(found.asked("/sessions")) == 2


async def test_what_a_link_adds_is_kept(http: aiohttp.ClientSession) -> None:
    """A server that pages by keys is followed by its keys, as they are written."""
    async with operator() as found:

        def answer(request: web.BaseRequest) -> web.Response:
            after = request.query.get("after", "")
            if not after:
                url = f"{found.url}/2.2.1/sessions?after=a%2Bb%20c&limit=2"
                return reply(objects(2), headers={"Link": f'<{url}>; rel="next"'})
            assert after == "a+b c"
            return reply(objects(4)[2:])

        found.bend = sessions(answer)
        assert await ids(client_of(http, found.url)) == names(4)
        assert found.seen[-1].path == "/2.2.1/sessions?after=a%2Bb%20c&limit=2"


async def test_a_link_with_the_wrong_scheme(http: aiohttp.ClientSession) -> None:
    """Https to a plain server, which a proxy makes of it (17, 5)."""
    async with operator(rows=objects(5), size=2) as found:
        found.bend = relinked(found, lambda link, _: link.replace("http:", "https:"))
        client = client_of(http, found.url)
        assert await ids(client) == names(5)
        assert len(found.asked("/sessions")) == 3
    assert client.troubles == {}


@pytest.mark.parametrize(
    "broken",
    [
        plain({"detail": "Not Found"}, 404),
        plain({"detail": []}, 422),
        plain({}, 400),
        plain({}, 401),
        plain({}, 403),
        plain({}, 500),
        web.Response(text="<html>", content_type="text/html"),
        reply(None, 2001),
        reply([], 3000),
    ],
    ids=lambda one: f"{one.status}",
)
async def test_a_link_that_leads_nowhere(
    http: aiohttp.ClientSession, broken: web.Response
) -> None:
    """The page is asked for by its offset, and links are not tried again."""
    status, body = broken.status, broken.text
    async with operator(rows=objects(6), size=2) as found:
        bend = relinked(
            found, lambda link, _: link.replace("/2.2.1/", "/VersionNumber.v/")
        )

        def answer(request: web.BaseRequest) -> web.StreamResponse | None:
            if "VersionNumber" in request.path:
                return web.Response(
                    text=body, status=status, content_type="application/json"
                )
            return bend(request)

        found.bend = answer
        client = client_of(http, found.url)
        assert await ids(client) == names(6)
        tried = {one.path for one in found.seen if "VersionNumber" in one.path}
        assert len(tried) == 1
        found.seen.clear()
        assert await ids(client) == names(6)
        assert len(found.seen) == 3
    assert client.troubles == {}


@pytest.mark.parametrize(
    ("bent", "error"),
    [
        (web.Response(status=429, headers={"Retry-After": "7"}), RateLimitError),
        (None, ProviderConnectionError),
    ],
    ids=["429", "lost"],
)
async def test_a_page_that_is_refused_for_now(
    http: aiohttp.ClientSession, bent: web.Response | None, error: type[Exception]
) -> None:
    """No other way to the same page is tried."""
    async with operator(rows=objects(6), size=2) as found:

        def answer(request: web.BaseRequest) -> web.StreamResponse:
            if "offset" not in request.query:
                return found.page(request)
            if bent is None:
                request.transport.abort()  # type: ignore[union-attr]
                return web.Response()
            return web.Response(status=bent.status, headers=bent.headers)

        found.bend = sessions(answer)
        with pytest.raises(error) as caught:
            await ids(client_of(http, found.url))
        assert {one.query.get("offset") for one in found.asked("/sessions")[1:]} == {
            "2"
        }
    if isinstance(caught.value, RateLimitError):
        assert caught.value.retry_after == 7
