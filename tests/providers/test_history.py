"""Past sessions, in every form in which operators were seen to give them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
import logging
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    ProviderError,
    ResponseError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.model import CostState, Session
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from emulator import Profile, SimulatedClock, scenarios

from .support import (
    START,
    Account,
    Host,
    connection,
    host,
    open_provider,
    settings,
    signed_in,
)

SINCE = datetime(2025, 1, 1, tzinfo=UTC)
UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
PER_PAGE = 100


def entry(number: int, **changes: Any) -> dict[str, Any]:
    """Return one past session; the numbers run backwards in time."""
    started = datetime(2025, 6, 1, tzinfo=UTC) - timedelta(hours=number)
    session = {
        "id": str(number),
        "status": "finished",
        "startedAt": started.isoformat(),
        "energy": 1000 + number,
    }
    return {"session": {**session, **changes}, "address": "Garage"}


def entries(count: int, first: int = 0) -> list[dict[str, Any]]:
    """Return past sessions, newest first."""
    return [entry(number) for number in range(first, first + count)]


async def stream(account: Account) -> list[Session]:
    """Return all past sessions of an account."""
    pages = account.provider.sessions(SINCE, UNTIL)
    return [session async for page in pages for session in page]


async def read(
    http: aiohttp.ClientSession, pages: Sequence[Any]
) -> tuple[list[Session], Host]:
    """Read the history of a server that has these answers; the last one repeats."""

    async def answer(request: web.BaseRequest) -> web.Response:
        page = int(request.query.get("page", "1"))
        return web.json_response(pages[min(page, len(pages)) - 1])

    async with host(answer) as served:
        kept = settings(served.url)
        provider = open_provider(connection(http), kept, Tokens(access="token"))
        found = [
            session
            async for page in provider.sessions(SINCE, UNTIL)
            for session in page
        ]
    return found, served


def ids(sessions: list[Session]) -> list[int]:
    """Return the numbers of sessions."""
    return [int(session.id) for session in sessions]


@pytest.mark.parametrize("form", ["classic", "paged"])
async def test_history_is_what_the_world_delivered(form: Any) -> None:
    """Three weeks of charging, each session with its meter and its bill."""
    world = scenarios.demo(SimulatedClock(START))
    async with signed_in(world, Profile(history_form=form)) as account:
        found = await stream(account)
        assert account.asked("session_history") == 1
    ended = [one for one in world.sessions.values() if not one.is_open]
    assert len(found) == len(ended) > 15
    for session in found:
        true = world.session(session.id)
        assert session.energy_kwh == pytest.approx(
            float(true.energy_wh) / 1000, abs=0.001
        )
        assert session.cost is not None
        assert session.cost.gross == world.bill(session.id)
        assert session.cost.state is CostState.FINAL
        assert session.ended_at == true.stopped_at.replace(microsecond=0)  # type: ignore[union-attr]
        assert session.place == "Carport"


async def test_more_than_a_page_by_meta(http: aiohttp.ClientSession) -> None:
    """As many pages as the answers say, however full they are."""
    pages = [
        {"data": entries(3), "meta": {"current_page": 1, "last_page": 3}},
        {"data": entries(1, 3), "meta": {"current_page": 2, "last_page": 3}},
        {"data": entries(2, 4), "meta": {"current_page": 3, "last_page": 3}},
    ]
    found, served = await read(http, pages)
    assert ids(found) == [0, 1, 2, 3, 4, 5]
    assert [one.query["page"] for one in served.seen] == ["1", "2", "3"]


async def test_more_than_a_page_in_the_emulator() -> None:
    """250 sessions of the world come as 250 sessions."""
    world = scenarios.single(SimulatedClock(START))
    for _ in range(250):
        world.start("148964", "3001")
        world.clock.advance(timedelta(minutes=1))
        world.unplug("148964")
        world.plug("148964", "car-1")
    async with signed_in(world, Profile(history_form="paged")) as account:
        found = await stream(account)
        assert account.asked("session_history") == 3
    assert {one.id for one in found} == set(world.sessions)
    assert len(found) == 250


async def test_more_than_a_page_by_full_pages(http: aiohttp.ClientSession) -> None:
    """Without meta, a full page says that another may follow."""
    pages = [
        {"data": entries(PER_PAGE)},
        {"data": entries(PER_PAGE, PER_PAGE)},
        {"data": entries(7, 2 * PER_PAGE)},
    ]
    found, served = await read(http, pages)
    assert ids(found) == list(range(207))
    assert len(served.seen) == 3


async def test_a_last_page_that_is_full(http: aiohttp.ClientSession) -> None:
    """An empty page ends it."""
    found, served = await read(http, [entries(PER_PAGE), []])
    assert ids(found) == list(range(PER_PAGE))
    assert len(served.seen) == 2


@pytest.mark.parametrize("count", [7, 100, 300], ids=["few", "a-page", "many"])
async def test_an_operator_that_ignores_the_page(
    http: aiohttp.ClientSession, count: int
) -> None:
    """Each session comes once, and nobody asks for ever."""
    found, served = await read(http, [{"session_history": entries(count)}])
    assert ids(found) == list(range(count))
    assert len(served.seen) <= 2


async def test_an_operator_that_ignores_the_page_and_promises_more(
    http: aiohttp.ClientSession,
) -> None:
    """A page without anything new ends it."""
    page = {"data": entries(5), "meta": {"current_page": 1, "last_page": 9}}
    found, served = await read(http, [page])
    assert ids(found) == list(range(5))
    assert len(served.seen) == 2


async def test_pages_that_overlap(http: aiohttp.ClientSession) -> None:
    """A session that ends meanwhile moves the pages; each one still comes once."""
    pages = [entries(PER_PAGE), entries(20, PER_PAGE - 5)]
    found, _ = await read(http, pages)
    assert ids(found) == list(range(PER_PAGE + 15))


async def test_pages_that_repeat_in_other_words(http: aiohttp.ClientSession) -> None:
    """The page is ignored, more is promised, and each answer is stamped anew."""
    meta = {"current_page": 1, "last_page": 9}
    pages = [{"data": entries(5), "meta": meta, "stamp": now} for now in range(9)]
    found, served = await read(http, pages)
    assert ids(found) == list(range(5))
    assert len(served.seen) == 2


@pytest.mark.parametrize(
    "wrap",
    [
        lambda rows: {"session_history": rows},
        lambda rows: {"data": rows},
        lambda rows: {"data": {"sessions": rows}},
        lambda rows: {"data": {"items": rows}},
        lambda rows: {"data": {"history": rows}},
        lambda rows: {"data": {"records": rows}},
        lambda rows: rows,
    ],
    ids=["classic", "data", "sessions", "items", "history", "records", "bare"],
)
async def test_every_wrapper_is_read(http: aiohttp.ClientSession, wrap: Any) -> None:
    """The wrapper under paging was never captured (fact sheet ampeco 11)."""
    found, _ = await read(http, [wrap(entries(3))])
    assert ids(found) == [0, 1, 2]


@pytest.mark.parametrize(
    "answer",
    [
        {"session_history": []},
        {"session_history": None},
        {"data": []},
        {"data": {}},
        {"data": {"sessions": []}},
        {"data": {"sessions": None}},
        [],
    ],
    ids=str,
)
async def test_no_past_sessions(http: aiohttp.ClientSession, answer: Any) -> None:
    """A null list is an empty one, and one request is enough."""
    found, served = await read(http, [answer])
    assert found == []
    assert len(served.seen) == 1


@pytest.mark.parametrize(
    "answer", ["text", 5, {"data": "text"}, {"session_history": {}}], ids=str
)
async def test_a_history_that_cannot_be_read_is_an_error(
    http: aiohttp.ClientSession, answer: Any
) -> None:
    """It is not the same as none."""
    with pytest.raises(ResponseError):
        await read(http, [answer])


@pytest.mark.parametrize(
    "row",
    [None, 5, "x", [], {}, {"session": None}, {"session": {}}, entry(1, id=None)],
    ids=str,
)
async def test_a_broken_row_costs_that_row(
    http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture, row: Any
) -> None:
    """And one line in the log."""
    rows = entries(3)
    rows[1] = row
    with caplog.at_level(logging.WARNING):
        found, _ = await read(http, [{"session_history": rows}])
    assert ids(found) == [0, 2]
    assert caplog.messages == ["1 past sessions could not be read"]


async def test_a_page_of_broken_rows_does_not_hide_the_next(
    http: aiohttp.ClientSession,
) -> None:
    """The answers say that more follows."""
    pages = [
        {"data": [None] * 3, "meta": {"current_page": 1, "last_page": 2}},
        {"data": entries(2), "meta": {"current_page": 2, "last_page": 2}},
    ]
    found, served = await read(http, pages)
    assert ids(found) == [0, 1]
    assert len(served.seen) == 2


async def test_the_same_broken_page_again_ends_it(
    http: aiohttp.ClientSession,
) -> None:
    """An operator that ignores the page cannot be asked a thousand times."""
    meta = {"current_page": 1, "last_page": 9}
    found, served = await read(http, [{"data": [None] * PER_PAGE, "meta": meta}])
    assert found == []
    assert len(served.seen) == 2


@pytest.mark.parametrize(
    "meta",
    [None, [], "x", {}, {"current_page": "1"}, {"current_page": 1}, {"last_page": 4}],
    ids=str,
)
async def test_a_meta_that_says_nothing_is_left_out(
    http: aiohttp.ClientSession, meta: Any
) -> None:
    """A page that is not full is then the last one."""
    found, served = await read(http, [{"data": entries(3), "meta": meta}])
    assert ids(found) == [0, 1, 2]
    assert len(served.seen) == 1


@pytest.mark.parametrize(
    ("started", "inside"),
    [
        ("2024-12-31T23:59:59+00:00", False),
        ("2025-01-01T00:00:00+00:00", True),
        ("2025-12-31T23:59:59+00:00", True),
        ("2026-01-01T00:00:00+00:00", False),
        ("2025-06-01T00:00:00", False),
        (None, False),
    ],
)
async def test_only_what_was_asked_for_is_returned(
    http: aiohttp.ClientSession, started: str | None, inside: bool
) -> None:
    """Days are the operator's, moments are ours."""
    found, _ = await read(http, [{"data": [entry(1, startedAt=started)]}])
    assert bool(found) is inside


async def test_a_day_more_is_asked_for_on_either_side(
    http: aiohttp.ClientSession,
) -> None:
    """The operator's midnight is not that of UTC."""
    _, served = await read(http, [[]])
    assert served.seen[0].query == {
        "start_date": "2024-12-31",
        "end_date": "2026-01-02",
        "page": "1",
        "perPage": "100",
    }


async def test_pages_come_one_by_one(account: Account) -> None:
    """Who stops after the first page costs no second request."""
    account.emulator.faults.add(
        "replace", path="/session_history$", body={"data": entries(PER_PAGE)}
    )
    pages = account.provider.sessions(SINCE, UNTIL)
    assert len(await anext(pages)) == PER_PAGE
    assert account.asked("session_history") == 1


async def test_a_page_is_tried_again_and_then_given_up(account: Account) -> None:
    """History is a read like any other."""
    account.emulator.faults.add("status", path="/session_history$", status=500)
    with pytest.raises(ProviderError) as caught:
        await stream(account)
    assert type(caught.value) is ServerError
    assert account.asked("session_history") == 3
