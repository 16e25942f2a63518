"""What answers say, and what may be asked only once."""

from functools import partial
import json
import logging
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from custom_components.ev_charging_cloud.providers.errors import (
    CommandRefusedError,
    ProviderConnectionError,
    RateLimitError,
    ResponseError,
    ServerError,
)
from custom_components.ev_charging_cloud.providers.ocpi.client import Module

from .hostile import client_of, ids, names, objects, operator, plain, reply, sessions


async def test_one_object_in_place_of_a_list(http: aiohttp.ClientSession) -> None:
    """And the reverse; null is nothing (17, 24)."""
    async with operator() as found:
        client = client_of(http, found.url)
        found.bend = sessions(lambda _: reply(objects(1)[0]))
        assert await ids(client) == ["S0"]
        found.bend = sessions(lambda _: reply(None))
        assert await ids(client) == []
        found.bend = lambda _: reply([{"id": "L1"}])
        raw = await client.get(Module.LOCATIONS, "L1")
        assert raw is not None
        assert json.loads(bytes(raw)) == {"id": "L1"}
        assert found.seen[-1].path == "/2.2.1/locations/L1"


@pytest.mark.parametrize(
    "gone", [plain({}, 404), reply(None, 2003)], ids=["404", "2003"]
)
async def test_an_object_that_is_not_known(
    http: aiohttp.ClientSession, gone: web.Response
) -> None:
    """Nothing, and the module is still there."""
    status, body = gone.status, gone.text
    async with operator() as found:
        client = client_of(http, found.url)
        await client.open()
        found.bend = lambda _: web.Response(
            text=body, status=status, content_type="application/json"
        )
        assert await client.get(Module.LOCATIONS, "L 1/2") is None
        assert found.seen[-1].path == "/2.2.1/locations/L%201%2F2"
        assert client.offers(Module.LOCATIONS)


@pytest.mark.parametrize("segment", ["", ".", ".."])
async def test_an_id_that_would_lead_elsewhere(
    http: aiohttp.ClientSession, segment: str
) -> None:
    """It is never sent."""
    async with operator() as found:
        client = client_of(http, found.url)
        await client.open()
        found.seen.clear()
        for call in (
            client.get(Module.LOCATIONS, segment),
            client.put(Module.SESSIONS, segment, "charging_preferences", body={}),
        ):
            with pytest.raises(ResponseError):
                await call
        assert found.seen == []


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (999, ResponseError),
        (1000, None),
        (1999, None),
        ("1000", None),
        (1000.0, None),
        (2000, ResponseError),
        (2004, ResponseError),
        (3001, ServerError),
        (4001, ServerError),
        (0, ResponseError),
        (200, ResponseError),
        (None, ResponseError),
        (True, ResponseError),
        ([], ResponseError),
    ],
    ids=repr,
)
async def test_only_success_is_success(
    http: aiohttp.ClientSession, code: Any, error: type[Exception] | None
) -> None:
    """HTTP 2xx and 1000 to 1999."""
    async with operator() as found:
        client = client_of(http, found.url)
        await ids(client)
        found.bend = lambda _: reply(objects(1), code)
        if error is None:
            assert await ids(client) == ["S0"]
        else:
            with pytest.raises(error):
                await ids(client)


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (200, 2003, "not_found"),
        (404, 2003, "not_found"),
        (200, 2004, "unknown_driver"),
        (400, 2004, "unknown_driver"),
        (200, 2001, "rejected"),
        (200, 2999, "rejected"),
    ],
)
async def test_a_command_that_is_refused(
    http: aiohttp.ClientSession, status: int, code: int, reason: str
) -> None:
    """The status code says why; it was not carried out."""
    async with operator() as found:
        client = client_of(http, found.url)
        await client.open()
        found.bend = lambda _: reply(None, code, status=status)
        with pytest.raises(CommandRefusedError) as caught:
            await client.post(Module.COMMANDS, "START_SESSION", body={})
    assert caught.value.reason == reason
    assert not caught.value.sent


async def test_a_limit_is_no_unknown_token(http: aiohttp.ClientSession) -> None:
    """Some send OCPI 2004 with a 429 (17, 30)."""
    async with operator() as found:
        client = client_of(http, found.url)
        await client.open()
        found.bend = lambda _: reply(
            None, 2004, status=429, headers={"Retry-After": "9"}
        )
        with pytest.raises(RateLimitError) as caught:
            await client.post(Module.COMMANDS, "START_SESSION", body={})
    assert caught.value.retry_after == 9


@pytest.mark.parametrize("body", ["", "{", "<html>", "[]", '{"data":{}}'])
async def test_an_answer_to_a_command_that_says_nothing(
    http: aiohttp.ClientSession, body: str
) -> None:
    """It may have been carried out, and is not sent again."""
    async with operator() as found:
        client = client_of(http, found.url)
        await client.open()
        found.bend = lambda _: web.Response(text=body, content_type="application/json")
        with pytest.raises(ResponseError) as caught:
            await client.post(Module.COMMANDS, "START_SESSION", body={})
        assert len(found.asked("/START_SESSION")) == 1
    assert caught.value.sent


async def test_a_lost_answer_is_not_asked_for_again(
    http: aiohttp.ClientSession,
) -> None:
    """A start is never repeated blindly."""

    def lose(request: web.BaseRequest) -> web.Response | None:
        if request.method == "POST":
            request.transport.abort()  # type: ignore[union-attr]
            return web.Response()
        return None

    async with operator(bend=lose) as found:
        with pytest.raises(ProviderConnectionError) as caught:
            await client_of(http, found.url).post(
                Module.COMMANDS, "START_SESSION", body={}
            )
        assert len(found.asked("/START_SESSION")) == 1
    assert caught.value.sent


async def test_status_code_zero_is_tolerated_where_a_dialect_says_so(
    http: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Beside a list only, and with one line in the log."""
    async with operator(rows=objects(3), size=2) as found:

        def answer(request: web.BaseRequest) -> web.Response:
            page = found.page(request)
            page.text = (page.text or "").replace(
                '"status_code": 1000', '"statusCode": 0'
            )
            return page

        def zero(data: Any, _: web.BaseRequest) -> web.Response:
            return reply(data, 0)

        found.bend = sessions(answer)
        client = client_of(http, found.url, tolerate_zero=True)
        with caplog.at_level(logging.INFO):
            for _ in range(2):
                assert await ids(client) == names(3)
        ours = [one for one in caplog.records if one.name.startswith("custom_")]
        assert ["status code 0" in one.getMessage() for one in ours] == [True]
        for data in (None, {"id": "S0"}, "text"):
            found.bend = sessions(partial(zero, data))
            with pytest.raises(ResponseError):
                await ids(client)
        found.bend = sessions(answer)
        with pytest.raises(ResponseError):
            await ids(client_of(http, found.url))
