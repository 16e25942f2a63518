"""Each kind of fault does over a socket what its name says."""

import asyncio
from datetime import timedelta
from email.utils import parsedate_to_datetime
import json
from typing import Any

import aiohttp
import pytest

from emulator import Fault, World

from .api import ROOT, Api
from .conftest import START, Serve

POINTS = f"{ROOT}/personal/charge-points"
BRIEF = aiohttp.ClientTimeout(total=0.2)


async def _raw(
    api: Api, method: str = "GET", path: str = POINTS, **options: Any
) -> bytes:
    async with api.session.request(
        method, path, headers=api.headers, **options
    ) as response:
        return await response.read()


async def test_status_with_headers_counts_down(api: Api) -> None:
    """A fault strikes as often as asked and then goes away."""
    api.emulator.faults.add(
        "status",
        path="charge-points$",
        count=2,
        status=429,
        headers={"Retry-After": "7"},
    )
    for _ in range(2):
        status, _, headers = await api.call("GET", POINTS)
        assert (status, headers["Retry-After"]) == (429, "7")
    assert await api.status("GET", "/personal/charge-points") == 200
    assert [r.status for r in api.emulator.requests] == [429, 429, 200]
    assert [r.fault for r in api.emulator.requests] == ["status", "status", None]


@pytest.mark.parametrize("status", [401, 403, 404, 406, 500])
async def test_status_with_body(api: Api, status: int) -> None:
    """Any status comes with the given body."""
    api.emulator.faults.add("status", status=status, body={"message": "so"})
    assert (await api.call("GET", POINTS))[:2] == (status, {"message": "so"})


async def test_fault_matches_method_and_path(api: Api) -> None:
    """Other requests are left alone, the control API always."""
    api.emulator.faults.add("status", method="post", path="/session/start$")
    assert await api.status("GET", "/personal/charge-points") == 200
    assert await api.status("POST", "/session/start") == 500
    api.emulator.faults.add("reset")
    assert (await api.call("GET", "/_control/state"))[0] == 200


async def test_hang_until_the_client_gives_up(api: Api) -> None:
    """The client's own time-out ends the wait."""
    api.emulator.faults.add("hang")
    with pytest.raises(TimeoutError):
        await _raw(api, timeout=BRIEF)


async def test_hang_until_cleared(api: Api) -> None:
    """Clearing the fault lets the request go on."""
    fault = api.emulator.faults.add("hang", count=1)
    asking = asyncio.create_task(_raw(api))
    while not fault.hits:
        await asyncio.sleep(0)
    api.emulator.faults.clear(fault)
    assert b'"CP0012345"' in await asking


async def test_reset_before_the_answer(api: Api) -> None:
    """The connection dies without a byte."""
    api.emulator.faults.add("reset")
    with pytest.raises(aiohttp.ClientConnectionError):
        await _raw(api)


async def test_reset_mid_body(api: Api) -> None:
    """The headers arrive, the body does not."""
    api.emulator.faults.add("reset_mid_body")
    with pytest.raises(aiohttp.ClientPayloadError):
        await _raw(api)


async def test_truncated_json(api: Api) -> None:
    """A complete answer with half a document."""
    api.emulator.faults.add("truncated")
    body = await _raw(api)
    assert body.startswith(b'{"data":[{')
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


async def test_html_page(api: Api) -> None:
    """A login page with status 200."""
    api.emulator.faults.add("html")
    async with api.session.get(POINTS) as response:
        assert (response.status, response.content_type) == (200, "text/html")


async def test_redirect(api: Api) -> None:
    """A redirect to a given address."""
    api.emulator.faults.add("redirect", location="https://login.example.test/in")
    async with api.session.get(POINTS, allow_redirects=False) as response:
        assert response.status == 302
        assert response.headers["Location"] == "https://login.example.test/in"


async def test_huge_body(api: Api) -> None:
    """32 MiB of valid JSON."""
    api.emulator.faults.add("huge")
    body = await _raw(api)
    assert len(body) > 32 * 2**20
    assert body[:10] + body[-2:] == b'{"data":"x"}'


async def test_gzip_bomb_is_small_on_the_wire(api: Api) -> None:
    """Few bytes unpack to many; the document is valid to its end."""
    api.emulator.faults.add("gzip_bomb", size=8 * 2**20)
    packed = await _packed_size(api)
    assert packed < 2**15
    body = await _raw(api)
    assert len(body) >= 8 * 2**20
    assert json.loads(body) == {"data": []}


async def test_gzip_bomb_expands_to_a_gibibyte(api: Api) -> None:
    """The default is a thousandfold and more."""
    api.emulator.faults.add("gzip_bomb")
    assert await _packed_size(api) < 2**22 < 2**30 / 200


async def test_deep_nesting(api: Api) -> None:
    """A hundred thousand brackets each way."""
    api.emulator.faults.add("nested")
    body = await _raw(api)
    assert (body.count(b"["), body.count(b"]")) == (100_000, 100_000)


async def test_mutate_changes_the_real_answer(api: Api) -> None:
    """Values are set and deleted by pointer; the rest stays."""
    operations = [
        {"op": "set", "path": "/data/0/evses", "value": None},
        {"op": "delete", "path": "/data/0/name"},
        {"op": "set", "path": "/data/-", "value": {"id": "new"}},
    ]
    api.emulator.faults.add("mutate", operations=operations)
    first, second = (await api.get("/personal/charge-points"))["data"]
    assert first["evses"] is None
    assert "name" not in first
    assert first["id"] == "CP0012345"
    assert second == {"id": "new"}


async def test_replace_answers_something_else(api: Api) -> None:
    """For instance an empty list for one refresh."""
    api.emulator.faults.add("replace", body={"data": []}, count=1)
    assert await api.get("/personal/charge-points") == {"data": []}
    assert (await api.get("/personal/charge-points"))["data"]


async def test_lost_answer_is_applied(api: Api) -> None:
    """The start happens though its answer never arrives."""
    api.emulator.faults.add("lose_answer", method="POST", path="start", count=1)
    with pytest.raises(aiohttp.ClientConnectionError):
        await _raw(api, "POST", f"{ROOT}/session/start", json={"evseId": "148964"})
    assert list(api.world.sessions) == ["648418"]


async def test_kept_answer_is_applied(api: Api) -> None:
    """The start happens though the client gives up waiting."""
    api.emulator.faults.add("hang_after", path="start")
    body = {"evseId": "148964"}
    with pytest.raises(TimeoutError):
        await _raw(api, "POST", f"{ROOT}/session/start", json=body, timeout=BRIEF)
    assert list(api.world.sessions) == ["648418"]


async def test_date_skew_joins_other_faults(api: Api) -> None:
    """The server's clock is wrong, whatever else happens."""
    api.emulator.faults.add("date_skew", seconds=-3600)
    _, _, headers = await api.call("GET", POINTS)
    assert parsedate_to_datetime(headers["Date"]) == START - timedelta(hours=1)
    api.emulator.faults.add("status", status=503)
    status, _, headers = await api.call("GET", POINTS)
    assert status == 503
    assert parsedate_to_datetime(headers["Date"]) == START - timedelta(hours=1)


async def test_stop_leaves_nothing_behind(serve: Serve, world: World) -> None:
    """A hanging request does not keep the emulator from stopping."""
    before = asyncio.all_tasks()
    api = await serve(world)
    fault = api.emulator.faults.add("hang")
    asking = asyncio.create_task(_raw(api))
    while not fault.hits:
        await asyncio.sleep(0)
    async with asyncio.timeout(2):
        await api.emulator.stop()
        await asyncio.gather(asking, return_exceptions=True)
    assert asyncio.all_tasks() == before
    with pytest.raises(aiohttp.ClientConnectionError):
        await _raw(api)


async def test_emulator_comes_back_at_the_same_address(api: Api) -> None:
    """Stopping refuses connections; starting again serves the same world."""
    address = api.emulator.url
    await api.emulator.stop()
    with pytest.raises(aiohttp.ClientConnectionError):
        await _raw(api)
    await api.emulator.start()
    assert api.emulator.url == address
    assert await api.status("GET", "/personal/charge-points") == 200


def test_unknown_kind_is_refused() -> None:
    """A typing mistake does not pass in silence."""
    with pytest.raises(ValueError, match="no fault 'nope'"):
        Fault(kind="nope")


async def _packed_size(api: Api) -> int:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        url = api.emulator.url + POINTS
        async with session.get(url, headers=api.headers) as response:
            assert response.headers["Content-Encoding"] == "gzip"
            return len(await response.read())
