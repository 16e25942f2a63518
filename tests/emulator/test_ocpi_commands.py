"""Commands, what is answered at once and what is told later."""

from typing import Any

import pytest

from .conftest import Serve
from .ocpi_api import NOW, VERSIONS, Ear, Party, listening, packed, party

TOKEN_B = "emulator-token-b"


async def _start(
    caller: Party, ear: Ear, *, advance: float = 0, **changes: Any
) -> tuple[Any, list[Any]]:
    """Start a charge; return the answer and what was told."""
    answer = await caller.command(
        "START_SESSION", caller.start_body(ear.url, **changes)
    )
    if advance:
        caller.pass_time(seconds=advance)
    await caller.face.callbacks.settle()
    return answer, ear.bodies


@pytest.mark.parametrize("version", VERSIONS)
async def test_start(serve: Serve, version: str) -> None:
    """The session names the token and the reference of the command."""
    caller = await party(serve, version)
    async with listening() as ear:
        answer, told = await _start(caller, ear)
    assert answer["data"]["result"] == "ACCEPTED"
    assert answer["data"].get("timeout") == (None if version == "2.1.1" else 30)
    assert told == [{"result": "ACCEPTED"}]
    assert ear.tokens == [TOKEN_B if version == "2.1.1" else packed(TOKEN_B)]
    (call,) = caller.face.callbacks.made
    assert (call.status, call.error) == (200, None)
    caller.pass_time(minutes=1)
    latest = await caller.latest()
    if version == "2.1.1":
        assert latest["auth_id"] == "NL-HAX-C000001-5"
        assert latest["auth_method"] == "AUTH_REQUEST"
        assert [e["uid"] for e in latest["location"]["evses"]] == ["EVSE-2"]
    else:
        assert latest["authorization_reference"] == "ha-7f3a"
        assert latest["auth_method"] == "COMMAND"
        assert latest["cdr_token"]["uid"] == "APP-1"
        assert (latest["location_id"], latest["evse_uid"]) == ("LOC-1", "EVSE-2")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"location_id": "LOC-9"}, 2003),
        ({"evse_uid": "EVSE-4"}, 2003),
        ({"connector_id": "2"}, 2003),
        ({"evse_uid": None}, 2003),
        ({"location_id": None}, 2001),
        ({"token": None}, 2001),
        ({"token": {"uid": "APP-1"}}, 2001),
        ({"response_url": None}, 2001),
    ],
)
async def test_start_that_cannot_be_understood(
    serve: Serve, changes: dict[str, Any], code: int
) -> None:
    """HTTP 200, an OCPI error and REJECTED; nothing starts."""
    caller = await party(serve)
    body = caller.start_body("http://127.0.0.1:9/") | changes
    answer = await caller.command("START_SESSION", body)
    assert answer["status_code"] == code
    assert answer["data"]["result"] == "REJECTED"
    assert caller.world.evse("EVSE-2").session is None
    assert caller.face.callbacks.made == []


async def test_start_without_evse_takes_a_free_one(serve: Serve) -> None:
    """The location is enough."""
    caller = await party(serve)
    async with listening() as ear:
        body = caller.start_body(ear.url)
        del body["evse_uid"], body["connector_id"]
        answer = await caller.command("START_SESSION", body)
    assert answer["data"]["result"] == "ACCEPTED"
    assert caller.world.evse("EVSE-2").session is not None


async def test_connector_where_it_is_required(serve: Serve) -> None:
    """The capability is shown, and a start without a connector refused."""
    caller = await party(serve, connector_required=frozenset({"EVSE-2"}))
    shown = (await caller.data("locations/LOC-1/EVSE-2"))["capabilities"]
    assert "START_SESSION_CONNECTOR_REQUIRED" in shown
    body = caller.start_body("http://127.0.0.1:9/", connector_id=None)
    answer = await caller.command("START_SESSION", body)
    assert (answer["status_code"], answer["data"]["result"]) == (2002, "REJECTED")
    body["connector_id"] = "1"
    answer = await caller.command("START_SESSION", body)
    assert answer["data"]["result"] == "ACCEPTED"


@pytest.mark.parametrize(
    ("version", "state", "result"),
    [
        ("2.2.1", "occupied", "EVSE_OCCUPIED"),
        ("2.2.1", "faulted", "EVSE_INOPERATIVE"),
        ("2.2.1", "empty", "FAILED"),
        ("2.2.1", "lost", "TIMEOUT"),
        ("2.1.1", "occupied", "REJECTED"),
        ("2.1.1", "lost", "TIMEOUT"),
    ],
)
async def test_accepted_and_then_failed(
    serve: Serve, version: str, state: str, result: str
) -> None:
    """The charger's refusal is told later, in the version's words."""
    caller = await party(serve, version)
    match state:
        case "occupied":
            caller.world.start("EVSE-2", "party-FOREIGN-1")
        case "faulted":
            caller.world.set_evse("EVSE-2", state="faulted")
        case "empty":
            caller.world.unplug("EVSE-2")
        case _:
            caller.world.configure("LOC-1", connected=False)
    sessions = len(caller.world.sessions)
    async with listening() as ear:
        answer, told = await _start(caller, ear)
    assert answer["data"]["result"] == "ACCEPTED"
    assert told == [{"result": result}]
    assert len(caller.world.sessions) == sessions


async def test_tokens_that_may_not_charge(serve: Serve) -> None:
    """An invalid token and one of another party are rejected; a new one may."""
    caller = await party(serve)
    for wrong in ({"valid": False}, {"party_id": "OTH"}):
        body = caller.start_body("http://127.0.0.1:9/")
        body["token"] |= wrong
        answer = await caller.command("START_SESSION", body)
        assert answer["data"]["result"] == "REJECTED"
    body["token"] |= {"party_id": "hax", "uid": "APP-9", "contract_id": "NL-HAX-9"}
    answer = await caller.command("START_SESSION", body)
    assert answer["data"]["result"] == "ACCEPTED"
    caller.pass_time(minutes=1)
    assert (await caller.latest())["cdr_token"]["uid"] == "APP-9"


async def test_stop(serve: Serve) -> None:
    """A running session of ours stops; an unknown, foreign or ended one does not."""
    caller = await party(serve)
    running = await caller.latest()
    foreign = next(reversed(caller.world.sessions))
    async with listening() as ear:
        body = {"response_url": ear.url, "session_id": running["id"].lower()}
        for key, result in (
            ("SES-1", "UNKNOWN_SESSION"),
            (f"SES-{foreign}", "UNKNOWN_SESSION"),
            (body["session_id"], "ACCEPTED"),
        ):
            sent = body | {"session_id": key}
            answer = await caller.command("STOP_SESSION", sent)
            assert answer["data"]["result"] == result
        await caller.face.callbacks.settle()
        assert ear.bodies == [{"result": "ACCEPTED"}]
        caller.pass_time(seconds=10)
        answer = await caller.command("STOP_SESSION", body)
    assert answer["data"]["result"] == "REJECTED"
    assert (await caller.latest())["status"] == "COMPLETED"


async def test_stop_of_what_somebody_else_started(serve: Serve) -> None:
    """Some stop only what a command began."""
    caller = await party(serve, stops_only_commanded=True)
    body = {
        "response_url": "http://127.0.0.1:9/",
        "session_id": (await caller.latest())["id"],
    }
    answer = await caller.command("STOP_SESSION", body)
    assert answer["data"]["result"] == "REJECTED"


@pytest.mark.parametrize(
    ("evse", "location", "result"),
    [("EVSE-2", "LOC-1", "ACCEPTED"), ("EVSE-3", "LOC-2", "NOT_SUPPORTED")],
)
async def test_unlock(serve: Serve, evse: str, location: str, result: str) -> None:
    """A socket can be unlocked, a cable of the EVSE cannot."""
    caller = await party(serve)
    place = {"location_id": location, "evse_uid": evse, "connector_id": "1"}
    capabilities = (await caller.data(f"locations/{location}/{evse}"))["capabilities"]
    assert ("UNLOCK_CAPABLE" in capabilities) is (result == "ACCEPTED")
    async with listening() as ear:
        body = place | {"response_url": ear.url}
        answer = await caller.command("UNLOCK_CONNECTOR", body)
        await caller.face.callbacks.settle()
    assert answer["data"]["result"] == result
    assert caller.face.unlocked == ([evse] if ear.bodies else [])
    assert bool(ear.bodies) is (result == "ACCEPTED")


@pytest.mark.parametrize("name", ["RESERVE_NOW", "CANCEL_RESERVATION"])
async def test_reservations_are_not_supported(serve: Serve, name: str) -> None:
    """Said at once."""
    caller = await party(serve)
    answer = await caller.command(name, {"response_url": "http://127.0.0.1:9/"})
    assert answer["data"]["result"] == "NOT_SUPPORTED"


@pytest.mark.parametrize("result", ["REJECTED", "NOT_SUPPORTED", "UNKNOWN_SESSION"])
async def test_forced_results(serve: Serve, result: str) -> None:
    """Nothing else than ACCEPTED starts anything or is followed by a call."""
    caller = await party(serve, command_result=result)
    async with listening() as ear:
        answer, told = await _start(caller, ear)
    assert answer["data"]["result"] == result
    assert told == []
    assert caller.world.evse("EVSE-2").session is None


@pytest.mark.parametrize(
    ("kind", "told", "starts"),
    [
        ("ok", ["ACCEPTED"], True),
        ("never", [], True),
        ("failed", ["FAILED"], False),
        ("twice", ["ACCEPTED", "ACCEPTED"], True),
        ("enveloped", ["ACCEPTED"], True),
    ],
)
async def test_calls_that_go_wrong(
    serve: Serve, kind: str, told: list[str], *, starts: bool
) -> None:
    """Lost, failed, repeated, or inside an envelope."""
    caller = await party(serve, callback=kind)
    async with listening() as ear:
        _, bodies = await _start(caller, ear)
    if kind == "enveloped":
        assert bodies[0]["status_code"] == 1000
        bodies = [body["data"] for body in bodies]
    assert [body["result"] for body in bodies] == told
    assert (caller.world.evse("EVSE-2").session is not None) is starts


async def test_late_call(serve: Serve) -> None:
    """Told when the world's clock says so, long after the time-out."""
    caller = await party(serve, callback="late", callback_late=90)
    async with listening() as ear:
        await caller.command("START_SESSION", caller.start_body(ear.url))
        caller.pass_time(seconds=89)
        assert (await caller.latest())["status"] == "ACTIVE"
        assert caller.face.callbacks.made == []
        caller.pass_time(seconds=1)
        await caller.face.callbacks.settle()
        assert ear.bodies == [{"result": "ACCEPTED"}]


async def test_nobody_listens(serve: Serve) -> None:
    """The error is kept, and the charge goes on."""
    caller = await party(serve)
    await caller.command("START_SESSION", caller.start_body("http://127.0.0.1:9/"))
    await caller.face.callbacks.settle()
    (call,) = caller.face.callbacks.made
    assert (call.status, call.error) == (None, "ClientConnectorError")
    assert caller.world.evse("EVSE-2").session is not None


async def test_late_session(serve: Serve) -> None:
    """It is listed later, and new then."""
    caller = await party(serve, session_delay=45)
    before = await caller.latest()
    async with listening() as ear:
        await _start(caller, ear)
    caller.pass_time(seconds=44)
    assert (await caller.latest())["id"] == before["id"]
    caller.pass_time(seconds=1)
    (shown,) = await caller.data(
        "sessions", params={"date_from": "2025-03-30T14:34:34Z"}
    )
    assert shown["authorization_reference"] == "ha-7f3a"


async def test_accepted_without_a_session(serve: Serve) -> None:
    """Promised and never done."""
    caller = await party(serve, starts_nothing=True)
    async with listening() as ear:
        _, told = await _start(caller, ear)
    assert told == [{"result": "ACCEPTED"}]
    assert len(await caller.data("sessions", params=NOW)) == 0


async def test_charging_preferences(serve: Serve) -> None:
    """A bare word answers; EVSEs that cannot, and sessions that are over, are 404."""
    caller = await party(serve)
    key = (await caller.latest())["id"]
    path = f"sessions/{key}/charging_preferences"
    departure = {"departure_time": "2025-03-31T06:00:00Z"}
    for body, result in (
        ({"profile_type": "FAST"}, "ACCEPTED"),
        ({"profile_type": "SLOW"}, "PROFILE_TYPE_NOT_SUPPORTED"),
        ({"profile_type": "CHEAP"}, "DEPARTURE_REQUIRED"),
        ({"profile_type": "GREEN"} | departure, "ENERGY_NEED_REQUIRED"),
        ({"profile_type": "GREEN", "energy_need": 20} | departure, "ACCEPTED"),
    ):
        assert await caller.data(path, method="PUT", json=body) == result
    assert caller.face.preferences[key.removeprefix("SES-")]["energy_need"] == 20
    caller.switch(preference_result="NOT_POSSIBLE")
    body = {"profile_type": "FAST"}
    assert await caller.data(path, method="PUT", json=body) == "NOT_POSSIBLE"
    caller.switch(no_preferences=["EVSE-1"])
    for wrong in (path, path.replace(key, "SES-5001")):
        status, answer, _ = await caller.ask(wrong, method="PUT", json=body)
        assert (status, answer["status_code"]) == (404, 2001)


async def test_tokens(serve: Serve) -> None:
    """A token is put, read and changed; sessions of its driver appear."""
    caller = await party(serve)
    path = "tokens/NL/HAX/NEW-1"
    status, body, _ = await caller.ask(path)
    assert (status, body["status_code"]) == (404, 2004)
    token = caller.start_body("")["token"] | {"uid": "NEW-1", "type": "RFID"}
    assert (await caller.ask(path, method="PUT", json=token))[0] == 201
    assert (await caller.ask(path, method="PUT", json=token))[0] == 200
    assert (await caller.data(path))["contract_id"] == token["contract_id"]
    status, body, _ = await caller.ask(path, method="PATCH", json={"valid": False})
    assert (status, body["status_code"]) == (200, 2001)
    change = {"valid": False, "last_updated": "2025-03-30T14:00:00Z"}
    assert (await caller.ask(path, method="PATCH", json=change))[0] == 200
    assert (await caller.data(path))["valid"] is False
    status, body, _ = await caller.ask("tokens/NL/HAX/APP-1")
    assert status == 404
    assert (await caller.data("tokens/nl/hax/app-1?type=APP_USER"))["uid"] == "APP-1"
    for wrong, body in (("tokens/NL/OTH/NEW-1", token), (path, token | {"uid": "X"})):
        status, answer, _ = await caller.ask(wrong, method="PUT", json=body)
        assert answer["status_code"] in (2001, 2004)


async def test_bodies_that_are_no_objects(serve: Serve) -> None:
    """No JSON is 400; another thing than an object is a bad parameter."""
    caller = await party(serve)
    path = "commands/STOP_SESSION"
    assert (await caller.ask(path, method="POST", data="{"))[0] == 400
    status, body, _ = await caller.ask(path, method="POST", json=[1])
    assert (status, body["status_code"]) == (200, 2001)
