"""Lists over several pages, told of in every way that servers know."""

from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
import json
import tracemalloc
from typing import Any

import aiohttp
from aiohttp import web
import pytest
from yarl import URL

from custom_components.ev_charging_cloud.providers.errors import (
    RateLimitError,
    ResponseError,
)
from custom_components.ev_charging_cloud.providers.ocpi import paging
from custom_components.ev_charging_cloud.providers.ocpi.client import Module

from .hostile import (
    Operator,
    client_of,
    ids,
    names,
    objects,
    operator,
    pages,
    plain,
    reply,
    sessions,
)


def offsets(found: Operator) -> list[int]:
    """Return where the pages began that were asked for."""
    return [int(one.query.get("offset", 0)) for one in found.asked("/sessions")]


@pytest.mark.parametrize("links", [True, False], ids=["links", "no-links"])
@pytest.mark.parametrize("totals", [True, False], ids=["totals", "no-totals"])
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 7])
async def test_every_object_once(
    http: aiohttp.ClientSession, count: int, totals: bool, links: bool
) -> None:
    """As long as a server tells of the end in any way at all."""
    async with operator(rows=objects(count), size=2, links=links, totals=totals) as one:
        assert await ids(client_of(http, one.url), limit=2) == names(count)
        # Whoever names or counts pages has said where the end is, unless there is one.
        told = count > 2 and (links or totals)
        asked = (count + 1) // 2 if told else count // 2 + 1
        assert len(one.asked("/sessions")) == asked


@pytest.mark.parametrize("links", [True, False], ids=["links", "no-links"])
async def test_a_short_list_is_one_request(
    http: aiohttp.ClientSession, links: bool
) -> None:
    """Nothing new costs one request, and so do twenty running sessions."""
    async with operator(rows=objects(20), links=links) as found:
        client = client_of(http, found.url)
        for _ in range(3):
            assert len(await ids(client)) == 20
        assert len(found.asked("/sessions")) == 3


async def test_the_dates_are_written_for_every_version(
    http: aiohttp.ClientSession,
) -> None:
    """UTC and whole seconds; the end is exclusive and so never cuts a second."""
    since = datetime(2026, 1, 5, 11, 0, 0, 900_000, timezone(timedelta(hours=1)))
    until = datetime(2026, 1, 5, 12, 0, 0, 1, UTC)
    async with operator(rows=objects(3), size=2) as found:
        client = client_of(http, found.url)
        await ids(client, date_from=since, date_to=until, limit=50)
        await ids(client, date_to=until.replace(microsecond=0))
    asked = [one.query for one in found.asked("/sessions")]
    dates = {"date_from": "2026-01-05T10:00:00Z", "date_to": "2026-01-05T12:00:01Z"}
    assert asked[0] == {**dates, "limit": "50"}
    assert asked[1] == {**dates, "limit": "50", "offset": "2"}
    assert asked[2] == {"date_to": "2026-01-05T12:00:00Z", "limit": "100"}


@pytest.mark.parametrize("total", [2, 0, "many", "-1", "2.5"])
async def test_a_total_that_is_wrong(http: aiohttp.ClientSession, total: Any) -> None:
    """The size of the page in its place: only a short page is the end (17, 7)."""
    async with operator(rows=objects(5), size=2, links=False) as found:

        def answer(request: web.BaseRequest) -> web.Response:
            page = found.page(request)
            page.headers["X-Total-Count"] = str(total)
            return page

        found.bend = sessions(answer)
        assert await ids(client_of(http, found.url)) == names(5)


async def test_a_total_of_everything(http: aiohttp.ClientSession) -> None:
    """One that does not know the filters costs one empty page."""
    async with operator(rows=objects(5), size=50, links=False) as found:

        def answer(request: web.BaseRequest) -> web.Response:
            page = found.page(request)
            page.headers["X-Total-Count"] = "1000"
            return page

        found.bend = sessions(answer)
        client = client_of(http, found.url)
        assert await ids(client) == names(5)
        assert offsets(found) == [0, 5]
    assert client.troubles == {}


async def test_a_limit_that_counts_the_page(http: aiohttp.ClientSession) -> None:
    """2.1.1's wording; no later poll pays for it."""
    async with operator(rows=objects(9), links=False) as found:

        def answer(request: web.BaseRequest) -> web.Response:
            page = found.page(request)
            page.headers["X-Limit"] = str(len(json.loads(page.text or "")["data"]))
            return page

        found.bend = sessions(answer)
        client = client_of(http, found.url)
        assert await ids(client) == names(9)
        found.seen.clear()
        found.rows = objects(3)
        assert await ids(client) == names(3)
        assert len(found.seen) == 1


@pytest.mark.parametrize("links", [True, False], ids=["links", "no-links"])
@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("gone", [[0], [0, 1], [5], [2], [0, 1, 2, 3]], ids=str)
async def test_a_total_that_shrinks(
    http: aiohttp.ClientSession, gone: list[int], size: int, links: bool
) -> None:
    """What moves to a page that has been read is looked for there."""
    async with operator(rows=objects(6), size=size, links=links) as found:
        seen: list[str] = []
        async for rows in client_of(http, found.url).pages(Module.SESSIONS):
            if len(found.rows) == 6 and seen:
                found.rows = [
                    row for place, row in enumerate(objects(6)) if place not in gone
                ]
            seen += [json.loads(bytes(raw))["id"] for raw in rows]
        left = {row["id"] for row in found.rows}
    if len(gone) <= size:
        assert left <= set(seen)
    assert len(seen) <= 6 + size * len(gone)


async def test_a_total_that_is_the_size_of_each_page_does_not_shrink(
    http: aiohttp.ClientSession,
) -> None:
    """It costs no request."""
    async with operator(rows=objects(5), size=2, links=False) as found:

        def answer(request: web.BaseRequest) -> web.Response:
            page = found.page(request)
            page.headers["X-Total-Count"] = str(
                len(json.loads(page.text or "")["data"])
            )
            return page

        found.bend = sessions(answer)
        assert await ids(client_of(http, found.url)) == names(5)
        assert offsets(found) == [0, 2, 4]


async def test_a_page_in_the_middle_that_fails(http: aiohttp.ClientSession) -> None:
    """It is an error, and no end of the list."""
    async with operator(rows=objects(6), size=2, links=False) as found:
        found.bend = sessions(
            lambda r: found.page(r) if "offset" not in r.query else plain({}, 404)
        )
        with pytest.raises(ResponseError):
            await ids(client_of(http, found.url))


@pytest.mark.parametrize(
    ("links", "totals", "told"),
    [
        (True, True, True),
        (True, False, True),
        (False, True, True),
        (False, False, False),
    ],
)
async def test_the_same_page_again(
    http: aiohttp.ClientSession, links: bool, totals: bool, told: bool
) -> None:
    """Offsets are ignored; a trouble where the server says that there is more."""
    async with operator(size=2, links=links, totals=totals) as found:

        def answer(request: web.BaseRequest) -> web.Response:
            headers = {"X-Total-Count": "9"} if totals else {}
            if links:
                number = len(found.seen)
                url = f"{found.url}{request.path}?number={number}"
                headers["Link"] = f'<{url}>; rel="next"'
            return reply(objects(2), headers=headers)

        found.bend = sessions(answer)
        client = client_of(http, found.url)
        assert await ids(client, limit=2) == names(2)
        assert len(found.asked("/sessions")) == (3 if links else 2)
        assert client.troubles == ({"endless_pages": "sessions"} if told else {})
        found.bend = lambda _: None
        await ids(client)
        assert client.troubles == {}


@pytest.mark.parametrize("links", [True, False], ids=["links", "no-links"])
async def test_a_read_goes_on_after_too_many_requests(
    http: aiohttp.ClientSession, links: bool
) -> None:
    """With the page that was refused, and nothing is lost that moved meanwhile."""
    async with operator(rows=objects(8), size=2, links=links) as found:
        found.bend = sessions(lambda _: plain({}, 429) if len(found.seen) % 2 else None)
        crawl = client_of(http, found.url).pages(Module.SESSIONS)
        seen: list[str] = []
        refused = 0
        while not crawl.over:
            try:
                seen += [json.loads(bytes(raw))["id"] for raw in await anext(crawl)]
            except RateLimitError:
                refused += 1
            if len(seen) == 4:
                found.rows = objects(8)[1:]
        with pytest.raises(StopAsyncIteration):
            await anext(crawl)
    assert refused >= 4
    assert set(seen) == set(names(8))
    asked = Counter(offsets(found))
    assert set(asked.values()) <= {1, 2}


async def test_objects_without_identity(http: aiohttp.ClientSession) -> None:
    """They are told apart by what they are."""
    rows = [{"number": number} for number in range(5)]
    async with operator(rows=rows, size=2) as found:
        client = client_of(http, found.url)
        got = [len(page) async for page in client.pages(Module.SESSIONS)]
    assert got == [2, 2, 1]


@pytest.mark.parametrize("bound", ["MOST_PAGES", "MOST_OBJECTS"])
async def test_pages_without_end(
    http: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    """Always new objects: a bound ends it, and a trouble says which list it was."""
    monkeypatch.setattr(paging, bound, 20)
    async with operator() as found:

        def answer(request: web.BaseRequest) -> web.Response:
            number = int(request.query.get("number", 0))
            url = f"{found.url}{request.path}?number={number + 1}"
            rows = [{"id": f"{number}-{one}"} for one in range(4)]
            return reply(rows, headers={"Link": f'<{url}>; rel="next"'})

        found.bend = sessions(answer)
        client = client_of(http, found.url)
        got = await pages(client)
    assert len(got) == (20 if bound == "MOST_PAGES" else 5)
    assert client.troubles == {"endless_pages": "sessions"}


def test_the_bounds_leave_room() -> None:
    """For 100,000 sessions in pages of 50, twice."""
    assert paging.MOST_PAGES >= 4_000
    assert paging.MOST_OBJECTS >= 200_000


async def test_a_list_is_streamed(http: aiohttp.ClientSession) -> None:
    """No page is kept: 20,000 sessions take no more room than a few pages."""
    filler = "x" * 1000
    async with operator(size=500) as found:

        def answer(request: web.BaseRequest) -> web.Response:
            offset = int(request.query.get("offset", 0))
            rows = [{"id": f"{offset + n}", "filler": filler} for n in range(500)]
            return reply(rows, headers={"X-Total-Count": "20000"})

        found.bend = sessions(answer)
        client = client_of(http, found.url)
        tracemalloc.start()
        try:
            count = 0
            async for rows in client.pages(Module.SESSIONS, limit=500):
                count += len(rows)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert count == 20_000
    assert peak < 16 * 2**20


async def test_pages_asked_for_by_offset_keep_the_modules_own_query(
    http: aiohttp.ClientSession,
) -> None:
    """Some addresses have one."""

    def listed(url: str, _: str) -> list[dict[str, str]]:
        return [
            {
                "identifier": "sessions",
                "role": "SENDER",
                "url": f"{url}/2.2.1/sessions?key=1",
            }
        ]

    async with operator(listed=listed, rows=objects(3), size=2, links=False) as found:
        assert await ids(client_of(http, found.url)) == names(3)
        asked = [URL(one.path).query_string for one in found.asked("/sessions")]
    assert asked == ["key=1&limit=100", "key=1&limit=100&offset=2"]
