"""Pages and windows of lists, right and wrong."""

from typing import Any

import pytest
from yarl import URL

from .conftest import Serve
from .ocpi_api import EVER, NOW, Party, network, party, party_of


async def _many(serve: Serve, **switches: Any) -> Party:
    """Serve 23 sessions of ours."""
    return await party_of(serve, network(past_sessions=20), **switches)


def _next(headers: dict[str, str]) -> URL | None:
    if not (link := headers.get("Link")):
        return None
    url, relation = link.split("; ")
    assert relation == 'rel="next"'
    return URL(url.strip("<>"))


async def _crawl(caller: Party, module: str, **params: str) -> list[Any]:
    """Follow links to the end."""
    found: list[Any] = []
    options: dict[str, Any] = {"params": EVER | params}
    path: str | None = module
    while path is not None:
        status, body, headers = await caller.ask(path, **options)
        assert (status, body["status_code"]) == (200, 1000)
        found += body["data"]
        url = _next(headers)
        path = None if url is None else str(url.relative())
        options = {}
    return found


@pytest.mark.parametrize("module", ["sessions", "cdrs", "locations", "tariffs"])
@pytest.mark.parametrize("limit", ["1", "2", "7", "1000"])
async def test_links_lead_through_everything(
    serve: Serve, module: str, limit: str
) -> None:
    """Every object once, whatever the pages; the first is the oldest."""
    caller = await _many(serve)
    whole = await caller.data(module, params=EVER)
    assert await _crawl(caller, module, limit=limit) == whole
    starts = [one["start_date_time"] for one in whole if "start_date_time" in one]
    assert starts == sorted(starts)


async def test_headers(serve: Serve) -> None:
    """The total ignores the page, the limit is that of the server."""
    caller = await _many(serve, page_limit=10)
    params = EVER | {"limit": "50", "offset": "5"}
    _, body, headers = await caller.ask("sessions", params=params)
    assert len(body["data"]) == 10
    assert (headers["X-Total-Count"], headers["X-Limit"]) == ("23", "10")
    url = _next(headers)
    assert url is not None
    assert url.query == EVER | {"limit": "10", "offset": "15"}
    _, body, headers = await caller.ask("sessions", params=EVER | {"offset": "20"})
    assert (len(body["data"]), "Link" in headers) == (3, False)
    _, body, _ = await caller.ask("sessions", params=EVER | {"offset": "99"})
    assert body["data"] == []


async def test_window(serve: Serve) -> None:
    """The beginning is inside, the end outside; both look at last_updated."""
    caller = await _many(serve)
    times = [one["last_updated"] for one in await caller.sessions()]
    second, fifth = sorted(times)[1], sorted(times)[4]
    window = {"date_from": second, "date_to": fifth}
    shown = await caller.sessions(**window)
    assert sorted(one["last_updated"] for one in shown) == sorted(times)[1:4]
    naive = second.removesuffix("Z")
    assert len(await caller.sessions(date_from=naive)) == 22


async def test_bad_parameters(serve: Serve) -> None:
    """A success in HTTP and a client's mistake in OCPI."""
    caller = await party(serve)
    for wrong in ({}, {"date_from": "soon"}, EVER | {"limit": "abc"}):
        status, body, _ = await caller.ask("sessions", params=wrong)
        assert (status, body["status_code"]) == (200, 2001)
        assert "data" not in body
    caller.switch(strict_date_from=False)
    assert len(await caller.data("sessions")) == 3


@pytest.mark.parametrize(
    ("kind", "link"),
    [
        ("none", None),
        ("wrong_host", "http://elsewhere.example.test/ocpi/cpo/2.2.1/sessions"),
        ("wrong_scheme", "https://127.0.0.1"),
    ],
)
async def test_links_that_lead_astray(
    serve: Serve, kind: str, link: str | None
) -> None:
    """None at all, to another host, or by another scheme."""
    caller = await _many(serve, page_limit=10, link=kind)
    _, _, headers = await caller.ask("sessions", params=EVER)
    url = _next(headers)
    if link is None:
        assert url is None
    else:
        assert str(url).startswith(link)


async def test_empty_link_on_the_last_page(serve: Serve) -> None:
    """A header without an address, there and only there."""
    caller = await _many(serve, page_limit=20, link="empty")
    _, _, headers = await caller.ask("sessions", params=EVER)
    assert _next(headers) is not None
    _, _, headers = await caller.ask("sessions", params=EVER | {"offset": "20"})
    assert headers["Link"] == ""


async def test_loop(serve: Serve) -> None:
    """The next page is this one."""
    caller = await _many(serve, page_limit=10, link="loop")
    params = EVER | {"offset": "10"}
    _, _, headers = await caller.ask("sessions", params=params)
    url = _next(headers)
    assert url is not None
    assert url.query["offset"] == "10"


async def test_endless(serve: Serve) -> None:
    """There is always one more page, with objects that nobody has seen."""
    caller = await _many(serve, page_limit=10, link="endless")
    seen: list[str] = []
    path: str = "sessions?date_from=2020-01-01T00:00:00Z"
    for _ in range(12):
        _, body, headers = await caller.ask(path)
        seen += [one["id"] for one in body["data"]]
        url = _next(headers)
        assert url is not None
        path = str(url.relative())
    assert len(seen) == len(set(seen)) > 80


async def test_shifted(serve: Serve) -> None:
    """An object leaves while pages are read: the total drops and one slips by."""
    caller = await _many(serve, page_limit=10, link="shifted")
    whole = [one["id"] for one in await caller.sessions()]
    _, body, headers = await caller.ask("sessions", params=EVER | {"offset": "10"})
    assert headers["X-Total-Count"] == "22"
    assert body["data"][0]["id"] not in whole
    caller.switch(link="ok")
    whole = [one["id"] for one in await _crawl(caller, "sessions")]
    assert body["data"][0]["id"] == whole[11]


async def test_totals(serve: Serve) -> None:
    """Absent, or that of the page."""
    caller = await _many(serve, page_limit=10, total="page")
    assert (await caller.ask("sessions", params=EVER))[2]["X-Total-Count"] == "10"
    caller.switch(total="missing")
    assert "X-Total-Count" not in (await caller.ask("sessions", params=EVER))[2]


async def test_orders(serve: Serve) -> None:
    """By creation, by change or the wrong way round."""
    caller = await _many(serve)
    plain = await caller.sessions()
    caller.switch(order="reversed")
    assert await caller.sessions() == plain[::-1]
    caller.switch(order="updated")
    times = [one["last_updated"] for one in await caller.sessions()]
    assert times == sorted(times)


async def test_redirects(serve: Serve) -> None:
    """To the same path with a slash, or to another host with the same path."""
    caller = await party(serve, slash_redirect=True)
    options: dict[str, Any] = {"params": NOW, "allow_redirects": False}
    status, _, headers = await caller.ask("sessions", **options)
    assert status == 307
    target = URL(headers["Location"])
    assert target.path == "/ocpi/cpo/2.2.1/sessions/"
    assert target.query == NOW
    assert (await caller.ask("sessions/", **options))[0] == 200
    caller.switch(redirect_to="http://elsewhere.example.test")
    status, _, headers = await caller.ask("locations", allow_redirects=False)
    assert (status, headers["Location"]) == (
        307,
        "http://elsewhere.example.test/ocpi/cpo/2.2.1/locations",
    )
