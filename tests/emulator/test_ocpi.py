"""Discovery and charging at a CPO, compared with the world's meter."""

from datetime import timedelta
from typing import Any

import pytest

from .conftest import START, Serve
from .evnnovator_api import moment
from .ocpi_api import NOW, PACKED, TOKEN, VERSIONS, Party, listening, packed, party

SECOND = timedelta(seconds=1)
SENDERS = {"locations", "sessions", "tariffs", "cdrs"}


@pytest.fixture
async def caller(serve: Serve) -> Party:
    """Return a party that speaks 2.2.1."""
    return await party(serve)


@pytest.mark.parametrize("version", VERSIONS)
async def test_discovery(serve: Serve, version: str) -> None:
    """Versions name details, details name modules that answer."""
    caller = await party(serve, version)
    listed = await caller.data("/ocpi/versions")
    assert [one["version"] for one in listed] == list(VERSIONS)
    url = listed[VERSIONS.index(version)]["url"]
    details = await caller.data(url.removeprefix(caller.emulator.url))
    assert details["version"] == version
    found = {one["identifier"]: one for one in details["endpoints"]}
    assert found.keys() == SENDERS | {"commands", "tokens", "credentials"}
    roles = {name: one.get("role") for name, one in found.items()}
    if version == "2.1.1":
        assert set(roles.values()) == {None}
    else:
        assert all(roles[name] == "SENDER" for name in SENDERS)
        assert roles["commands"] == roles["tokens"] == "RECEIVER"
    for name in SENDERS:
        path = found[name]["url"].removeprefix(caller.emulator.url)
        assert await caller.data(path, params=NOW) is not None


@pytest.mark.parametrize(
    ("encoding", "version", "sent", "status"),
    [
        ("version", "2.1.1", TOKEN, 200),
        ("version", "2.1.1", PACKED, 401),
        ("version", "2.2.1", TOKEN, 200),
        ("version", "2.2.1", PACKED, 200),
        ("base64", "2.1.1", PACKED, 200),
        ("base64", "2.2.1", TOKEN, 401),
        ("raw", "2.2.1", TOKEN, 200),
        ("raw", "2.2.1", PACKED, 401),
        ("both", "2.1.1", PACKED, 200),
        ("both", "2.3.0", packed(PACKED), 401),
        ("both", "2.3.0", "demo-token-a", 401),
        ("both", "2.3.0", "", 401),
    ],
)
async def test_tokens_are_written_in_one_way(
    serve: Serve, encoding: str, version: str, sent: str, status: int
) -> None:
    """Raw, Base64 or both, and never Base64 of Base64."""
    caller = await party(serve, version, token_encoding=encoding)
    headers = {"Authorization": f"Token {sent}"}
    found, body, _ = await caller.ask("locations", headers=headers)
    assert found == status
    assert (body["status_code"] == 1000) is (status == 200)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [("401", 401, 2000), ("403", 403, None), ("500", 500, None), ("3000", 200, 3000)],
)
async def test_how_strangers_are_refused(
    serve: Serve, kind: str, status: int, code: int | None
) -> None:
    """Some answer 403 without an envelope, some 500 or 3000."""
    caller = await party(serve, auth_error=kind)
    for headers in ({}, {"Authorization": f"Bearer {PACKED}"}):
        found, body, _ = await caller.ask("/ocpi/versions", headers=headers)
        assert (found, body.get("status_code")) == (status, code)
        assert "data" not in body


async def test_registration_token_opens_little(caller: Party) -> None:
    """It reads versions and credentials, and there it is told to be reachable."""
    headers = {"Authorization": f"Token {packed('demo-token-a')}"}
    for path in ("/ocpi/versions", "/ocpi/2.2.1", "/ocpi/2.2.1/credentials"):
        assert (await caller.ask(path, headers=headers))[0] == 200
    assert (await caller.ask("locations", headers=headers))[0] == 401
    path = "/ocpi/2.2.1/credentials"
    for sent, expected in (
        (headers, {"POST": (200, 3001), "PUT": (405, 2000), "DELETE": (405, 2000)}),
        (caller.headers(), {"POST": (405, 2000), "PUT": (200, 3001)}),
    ):
        for method, wanted in expected.items():
            status, body, _ = await caller.ask(path, method=method, headers=sent)
            assert (status, body["status_code"]) == wanted
    shown = await caller.data(path)
    assert shown["roles"][0]["party_id"] == "XYZ"
    assert (await caller.ask(path, method="DELETE"))[0] == 200
    assert (await caller.ask("locations"))[0] == 401


async def test_message_ids_and_addresses_come_back(caller: Party) -> None:
    """Ids are echoed and addresses swapped, with refusals too."""
    sent = caller.headers() | {
        "X-Request-ID": "one",
        "X-Correlation-ID": "two",
        "OCPI-from-party-id": "HAX",
        "OCPI-to-party-id": "XYZ",
    }
    for path in ("locations", "locations/nowhere"):
        _, _, headers = await caller.ask(path, headers=sent)
        assert headers["X-Request-ID"] == "one"
        assert headers["X-Correlation-ID"] == "two"
        assert headers["OCPI-from-party-id"] == "XYZ"
        assert headers["OCPI-to-party-id"] == "HAX"
    caller.switch(require_message_ids=True)
    assert (await caller.ask("locations"))[1]["status_code"] == 2001
    assert (await caller.ask("locations", headers=sent))[1]["status_code"] == 1000


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_charge_from_command_to_cdr(serve: Serve, version: str) -> None:
    """Pending, active, completed and billed; each change moves last_updated."""
    caller = await party(serve, version)
    async with listening() as ear:
        await caller.command("START_SESSION", caller.start_body(ear.url))
        await caller.face.callbacks.settle()
    session = next(reversed(caller.world.sessions.values()))
    pending = await caller.latest()
    assert (pending["status"], pending["kwh"]) == ("PENDING", 0)
    assert pending["charging_periods"] == []
    assert moment(pending["last_updated"]) == START
    start = "start_datetime" if version == "2.1.1" else "start_date_time"
    assert moment(pending[start]) == START
    caller.pass_time(seconds=5)
    active = await caller.latest()
    assert active["status"] == "ACTIVE"
    assert moment(active["last_updated"]) == session.confirm_at
    assert moment(active[start]) == session.started_at
    caller.pass_time(minutes=20)
    running = await caller.latest()
    reported = moment(running["last_updated"])
    assert reported == START + timedelta(minutes=20, seconds=2)
    true = float(session.reading_at(reported).energy_uj) / 3.6e12
    assert running["kwh"] == pytest.approx(true, abs=1e-4)
    caller.pass_time(seconds=40.7)
    assert await caller.latest() == running
    await caller.command(
        "STOP_SESSION",
        {"response_url": "http://127.0.0.1:9/", "session_id": running["id"]},
    )
    caller.pass_time(seconds=10)
    ended = await caller.latest()
    assert ended["status"] == "COMPLETED"
    assert ended["kwh"] == pytest.approx(float(session.energy_wh) / 1000, abs=1e-4)
    assert session.stopped_at is not None
    stop = ended["end_datetime" if version == "2.1.1" else "end_date_time"]
    assert moment(stop) == session.stopped_at.replace(microsecond=0)
    caller.pass_time(minutes=9)
    assert await caller.data("cdrs", params=NOW) == []
    caller.pass_time(minutes=1)
    (cdr,) = await caller.data("cdrs", params=NOW)
    _check_cdr(caller, cdr, ended)


def _check_cdr(caller: Party, cdr: Any, ended: Any) -> None:
    assert cdr["total_energy"] == ended["kwh"]
    assert cdr["total_cost"] == ended["total_cost"]
    net, gross = caller.face.bill(ended["id"])
    shown = {
        "2.1.1": float(net),
        "2.2.1": {"excl_vat": float(net), "incl_vat": float(gross or 0)},
    }.get(caller.version)
    if shown is None:
        assert cdr["total_cost"]["before_taxes"] == float(net)
        (tax,) = cdr["total_cost"]["taxes"]
        assert tax["amount"] == pytest.approx(float((gross or 0) - net))
    else:
        assert cdr["total_cost"] == shown
    energy = sum(
        dimension["volume"]
        for period in cdr["charging_periods"]
        for dimension in period["dimensions"]
        if dimension["type"] == "ENERGY"
    )
    assert energy == pytest.approx(ended["kwh"], abs=1e-9)
    lasted = moment(cdr["last_updated"]) - moment(ended["last_updated"])
    assert lasted == timedelta(minutes=10)


async def test_only_our_tokens_sessions(serve: Serve) -> None:
    """What another party's driver charges is shown on a switch only."""
    caller = await party(serve)
    owners = {one["cdr_token"]["party_id"] for one in await caller.sessions()}
    assert owners == {"HAX"}
    caller.switch(foreign_sessions=True)
    shown = await caller.sessions()
    assert {one["cdr_token"]["party_id"] for one in shown} == {"HAX", "OTH"}
    caller.switch(foreign_sessions=False, tokens=())
    assert await caller.sessions() == []


async def test_a_car_that_parks(serve: Serve) -> None:
    """Parking has periods of its own, and the EVSE stays in use."""
    caller = await party(serve)
    caller.world.set_car("party-car-1", wants_energy=False)
    caller.pass_time(minutes=41)
    (session,) = [s for s in await caller.sessions() if s["status"] == "ACTIVE"]
    dimensions = [p["dimensions"] for p in session["charging_periods"]]
    parked = [one for (one, *_) in dimensions if one["type"] == "PARKING_TIME"]
    true = caller.world.session(session["id"].removeprefix("SES-"))
    idle = moment(session["last_updated"]) - START - timedelta(seconds=301)
    hours = sum(one["volume"] for one in parked)
    assert hours == pytest.approx(idle / timedelta(hours=1), abs=2e-4)
    assert true.idle_time(caller.world.time) >= idle
    evse = await caller.data("locations/LOC-1/EVSE-1")
    assert evse["status"] == "CHARGING"


async def test_status_of_evses_moves_the_location(caller: Party) -> None:
    """A fault, a car and a lost connection are seen through date_from."""
    for state, status in (
        ("faulted", "OUTOFORDER"),
        ("unavailable", "INOPERATIVE"),
        ("in_order", "AVAILABLE"),
    ):
        caller.pass_time(minutes=1)
        since = caller.world.clock.now().isoformat().replace("+00:00", "Z")
        assert await caller.data("locations", params={"date_from": since}) == []
        caller.world.set_evse("EVSE-2", state=state)
        (shown,) = await caller.data("locations", params={"date_from": since})
        assert shown["evses"][1]["status"] == status
        assert shown["last_updated"] == shown["evses"][1]["last_updated"] == since
    caller.world.configure("LOC-1", connected=False)
    assert (await caller.data("locations/loc-1/evse-1"))["status"] == "UNKNOWN"


async def test_silence_until_the_connection_is_back(caller: Party) -> None:
    """What happened while a charger was lost becomes known, and new, at its return."""
    caller.pass_time(minutes=2)
    caller.world.configure("LOC-1", connected=False)
    before = await caller.latest()
    caller.pass_time(minutes=30)
    assert await caller.latest() == before
    caller.world.stop(before["id"].removeprefix("SES-"))
    caller.pass_time(minutes=5)
    assert (await caller.latest())["status"] == "ACTIVE"
    caller.world.configure("LOC-1", connected=True)
    back = caller.world.time
    ended = await caller.latest()
    assert ended["status"] == "COMPLETED"
    assert moment(ended["last_updated"]) == back
    assert moment(ended["end_date_time"]) < back - timedelta(minutes=4)


async def test_a_start_that_never_gets_going_is_invalid(caller: Party) -> None:
    """Stopped before the charger confirmed it: nothing to pay, no CDR."""
    session = caller.world.start("EVSE-2", "party-APP-1")
    caller.pass_time(seconds=1)
    caller.world.stop(session.id)
    caller.pass_time(minutes=20)
    shown = await caller.latest()
    assert (shown["status"], shown["kwh"]) == ("INVALID", 0)
    assert "total_cost" not in shown
    assert await caller.data("cdrs", params=NOW) == []


@pytest.mark.parametrize("version", VERSIONS)
async def test_single_places(serve: Serve, version: str) -> None:
    """Location, EVSE and connector are those of the list; others are unknown."""
    caller = await party(serve, version)
    first = (await caller.data("locations"))[0]
    assert await caller.data("locations/LOC-1") == first
    assert await caller.data("locations/LOC-1/EVSE-2") == first["evses"][1]
    connector = first["evses"][1]["connectors"][0]
    assert await caller.data("locations/LOC-1/EVSE-2/1") == connector
    for path in ("LOC-9", "LOC-1/EVSE-9", "LOC-1/EVSE-2/2"):
        status, body, _ = await caller.ask(f"locations/{path}")
        assert (status, body["status_code"]) == (404, 2003)


async def test_unknown_versions(caller: Party) -> None:
    """Neither details nor modules; switched off, nor those that are known."""
    for path in ("/ocpi/2.0", "/ocpi/cpo/2.0/sessions"):
        status, body, _ = await caller.ask(path)
        assert (status, body["status_code"]) == (404, 3002)
    caller.switch(versions=["2.1.1"])
    assert (await caller.ask("locations"))[0] == 404
