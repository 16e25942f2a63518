"""The control API, the recording player and the command line."""

import asyncio
import json
from pathlib import Path
import sys
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
import pytest

from emulator import Emulator, SimulatedClock, scenarios
from emulator.__main__ import _introduction, main
from emulator.control import Control
from emulator.replay import Recording

from .api import Api
from .conftest import START

EVSE = {"evse": "148964"}


async def _control(
    api: Api, method: str, path: str, body: Any = None
) -> tuple[int, Any]:
    status, answer, _ = await api.call(method, f"/_control/{path}", json=body)
    return status, answer


async def test_a_session_from_outside(api: Api) -> None:
    """RFID starts it, time passes, the charger's own button ends it."""
    status, session = await _control(api, "POST", "rfid-start", EVSE)
    assert (status, session["started_by"], session["driver"]) == (200, "rfid", "3001")
    await _control(api, "POST", "advance", {"seconds": 3600})
    assert (await api.evse())["session"]["power"] == 11000
    _, session = await _control(api, "POST", "local-stop", EVSE)
    assert session["state"] == "stopping"
    await _control(api, "POST", "advance", {"seconds": 10})
    _, state = await _control(api, "GET", "state")
    (session,) = state["sessions"]
    assert (session["state"], session["stop_reason"]) == ("finished", "local")
    _, meter = await _control(api, "GET", "meter/148964")
    assert meter["total_wh"] == session["energy_wh"] == meter["sessions"]["648418"] > 0
    _, bill = await _control(api, "GET", "bill/648418")
    assert bill == {"amount": session["bill"], "currency": "DKK"}


async def test_cable_and_settings(api: Api) -> None:
    """Unplug, plug, and change car, EVSE and charge point."""
    await _control(api, "POST", "unplug", EVSE)
    await _control(api, "POST", "plug", EVSE | {"car": "car-1"})
    await _control(api, "POST", "set", {"car": "car-1", "soc_percent": 50})
    await _control(api, "POST", "set", {"evse": "2317", "state": "faulted"})
    _, state = await _control(
        api, "POST", "set", {"charge_point": "CP0012345", "name": "Barn"}
    )
    assert state["cars"][0]["soc_percent"] == 50
    assert state["charge_points"][0]["name"] == "Barn"
    assert state["charge_points"][0]["evses"][0]["state"] == "faulted"
    _, state = await _control(api, "POST", "set", {"evse": "2317", "state": "in_order"})
    assert state["charge_points"][0]["evses"][0]["state"] == "preparing"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("unplug", {}, 422),
        ("unplug", {"evse": "nowhere"}, 404),
        ("plug", EVSE | {"car": "car-1"}, 409),
        ("local-stop", EVSE, 409),
        ("advance", {"seconds": "soon"}, 422),
        ("advance", {"seconds": -1}, 422),
        ("set", {}, 422),
        ("set", {"car": "car-1", "colour": "red"}, 422),
        ("set", {"evse": "2317", "state": "bored"}, 422),
        ("faults", {"kind": "nope"}, 422),
        ("faults", {"kind": "reset", "size": 1, "when": "now"}, 422),
    ],
)
async def test_mistakes_are_explained(
    api: Api, path: str, body: dict[str, Any], status: int
) -> None:
    """A mistake gets a status and a sentence."""
    answered, answer = await _control(api, "POST", path, body)
    assert answered == status
    assert len(answer["error"].split()) > 2


async def test_faults_by_hand(api: Api) -> None:
    """Faults can be added, listed and removed."""
    body = {"kind": "status", "path": "profile$", "status": 503, "count": 5}
    status, fault = await _control(api, "POST", "faults", body)
    assert (status, fault["id"], fault["status"]) == (201, 1, 503)
    await _control(api, "POST", "faults", {"kind": "reset", "path": "/nowhere"})
    assert await api.status("GET", "/profile") == 503
    _, listed = await _control(api, "GET", "faults")
    assert [fault["hits"] for fault in listed] == [1, 0]
    assert len((await _control(api, "DELETE", "faults/1"))[1]) == 1
    assert await api.status("GET", "/profile") == 200
    assert (await _control(api, "DELETE", "faults"))[1] == []


async def test_requests_are_logged_without_secrets(api: Api) -> None:
    """The log tells what was asked, and no password."""
    await api.token()
    await api.get("/profile/session_history", params={"start_date": "2025-01-01"})
    _, log = await _control(api, "GET", "requests")
    assert [(r["kind"], r["method"], r["status"]) for r in log] == [
        ("token", "POST", 200),
        ("session_history", "GET", 200),
    ]
    assert log[0]["body"]["username"] == "driver@example.test"
    assert "charge-me-up" not in json.dumps(log)
    assert "Bearer" not in json.dumps(log)
    assert log[1]["query"] == {"start_date": "2025-01-01"}
    assert log[1]["moment"] == START.isoformat()
    await _control(api, "DELETE", "requests")
    assert api.emulator.requests == []


async def test_recording_is_played_back(sockets: None, tmp_path: Path) -> None:
    """The n-th equal request gets the n-th answer, and the last one repeats."""
    path = "/api/v1/app/profile"
    request: dict[str, Any] = {"method": "GET", "path": path, "query": {}}
    exchanges = [
        {"request": request, "response": {"status": 200, "headers": {}, "body": body}}
        for body in ({"id": 1}, {"id": 2})
    ]
    dated = request | {"path": "/h", "query": {"from": "2025"}}
    plain = {"status": 500, "headers": {"Content-Type": "text/html"}, "body": "<p>"}
    exchanges.append({"request": dated, "response": plain})
    ended = request | {"method": "POST", "path": "/end"}
    empty = {"status": 202, "headers": {"Content-Length": "9"}, "body": None}
    exchanges.append({"request": ended, "response": empty})
    for number, exchange in enumerate(exchanges, 1):
        (tmp_path / f"{number:04}.json").write_text(json.dumps(exchange))
    async with TestClient(TestServer(Recording.load(tmp_path).app())) as client:
        answers = [await (await client.get(path)).json() for _ in range(3)]
        assert [answer["id"] for answer in answers] == [1, 2, 2]
        page = await client.get("/h", params={"from": "2025", "page": "1"})
        assert (page.status, await page.text()) == (500, "<p>")
        assert page.content_type == "text/html"
        assert (await client.post("/end")).status == 202
        unknown = await client.get("/h")
        assert unknown.status == 404
        assert await unknown.json() == {"message": "The recording has no GET /h."}


def test_empty_recording_is_refused(tmp_path: Path) -> None:
    """A wrong directory is told at once."""
    with pytest.raises(ValueError, match="no recording"):
        Recording.load(tmp_path)


def test_missing_recording_ends_the_command(tmp_path: Path) -> None:
    """A person at a terminal gets a sentence, no traceback."""
    with pytest.raises(SystemExit, match="no recording"):
        main(["replay", str(tmp_path / "nowhere")])


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    """The command line explains itself."""
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    assert {"serve", "replay"} <= set(capsys.readouterr().out.split())


def test_help_names_every_control_route(capsys: pytest.CaptureFixture[str]) -> None:
    """What can be asked for by hand is in the help."""
    with pytest.raises(SystemExit):
        main(["serve", "--help"])
    text = capsys.readouterr().out
    emulator = Emulator(scenarios.single(SimulatedClock(START)))
    for route in Control(emulator).routes():
        assert route.path.partition("{")[0].rstrip("/") in text
        assert route.method in text


def test_introduction_names_all_that_is_needed() -> None:
    """Address and invented credentials are shown at start."""
    emulator = Emulator(scenarios.demo(SimulatedClock(START)), port=8765)
    text = "\n".join(_introduction(emulator))
    for expected in ("http://127.0.0.1:8765", "driver@example.test", "charge-me-up"):
        assert expected in text


async def test_serve_announces_itself(sockets: None) -> None:
    """The command prints its address and answers there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "emulator",
        "serve",
        "--port=0",
        "--scenario=single",
        stdout=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert process.stdout is not None
        line = (await process.stdout.readline()).decode()
        assert line.startswith("address        http://127.0.0.1:")
        assert not line.rstrip().endswith(":0")
    finally:
        process.terminate()
        await process.communicate()
