"""Who may ask the gateway for what, and how it refuses."""

from typing import Any

import pytest

from emulator.__main__ import _introduction

from .conftest import Serve
from .evnnovator_api import LAB, Gateway, gateway

TOKEN_URL = "/evnnovator/oauth/token"
CLIENT = {
    "grant_type": "client_credentials",
    "client_id": "emulator-evnnovator-client",
    "client_secret": "emulator-evnnovator-secret",
}
LATEST = "/sessions/driver-1/latest"
TEXT = {"Content-Type": "text/plain"}


@pytest.fixture
async def caller(serve: Serve) -> Gateway:
    """Return a customer of the gateway."""
    return await gateway(serve)


async def _token(caller: Gateway, **form: str) -> tuple[int, Any]:
    url = f"/api/..{TOKEN_URL}"
    return await caller.call("POST", url, data=CLIENT | form, headers={})


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer guess", "Token abc"])
async def test_bearer_is_needed(caller: Gateway, value: str) -> None:
    """Every call needs a good bearer."""
    caller.headers = {"Authorization": value}
    for path in (LATEST, "/sessions/0", "/cdrs/0", "/cdrs/session/0"):
        assert await caller.call("GET", path) == (401, None)
    for path in ("/locations/search", "/locations/0", "/locations/IN/AAA/0"):
        assert await caller.status(path) == 401
    assert await caller.status("/whitelist/driver/driver-1/location/0") == 401
    for name in ("START_SESSION", "STOP_SESSION"):
        assert (await caller.call("POST", f"/commands/{name}", json={}))[0] == 401


async def test_client_credentials(caller: Gateway) -> None:
    """A form yields a token that ends after its time."""
    status, body = await _token(caller)
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 3600)
    caller.headers = {"Authorization": f"Bearer {body['access_token']}"}
    assert await caller.status(LATEST) == 200
    caller.pass_time(seconds=3600)
    assert await caller.status(LATEST) == 401


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"client_secret": "guess"}, 401, "invalid_client"),
        ({"client_id": "guess"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_client_is_refused(
    caller: Gateway, wrong: dict[str, str], status: int, error: str
) -> None:
    """A wrong client or grant gets an OAuth error."""
    assert await _token(caller, **wrong) == (status, {"error": error})


async def test_token_that_ends_early(serve: Serve) -> None:
    """A token may be good for some calls only, or end at once."""
    caller = await gateway(serve, token_calls=2)
    _, body = await _token(caller)
    caller.headers = {"Authorization": f"Bearer {body['access_token']}"}
    assert [await caller.status(LATEST) for _ in range(3)] == [200, 200, 401]
    caller.switch(token_calls=None)
    _, body = await _token(caller)
    caller.headers = {"Authorization": f"Bearer {body['access_token']}"}
    caller.emulator.evnnovator.tokens.expire()
    assert await caller.status(LATEST) == 401


async def test_ways_to_sign_in_can_be_off(serve: Serve) -> None:
    """Static tokens and client credentials are switches."""
    caller = await gateway(serve, static_token=None, client_id=None)
    assert await caller.status(LATEST) == 401
    assert (await _token(caller))[0] == 404


async def test_base_paths(caller: Gateway) -> None:
    """The sample's path is served, the other one as a switch."""
    other = f"/api/v1{LATEST}"
    assert await caller.status(other) == 404
    caller.switch(base_paths=frozenset({"/api/v1"}))
    assert await caller.status(other) == 200
    assert await caller.status(LATEST) == 404


async def test_forbidden_calls(caller: Gateway) -> None:
    """Kinds of calls can be closed, one by one."""
    caller.switch(forbidden=frozenset({"cdrs", "commands"}))
    assert await caller.status("/cdrs/0") == 403
    stop = await caller.call("POST", "/commands/STOP_SESSION", json={})
    assert stop == (403, None)
    assert await caller.status(LATEST) == 200


async def test_spring_error_body(caller: Gateway) -> None:
    """Errors have no body, or the framework's."""
    assert await caller.call("GET", "/sessions/0") == (404, None)
    caller.switch(error_body="spring")
    status, body = await caller.call("GET", "/sessions/0")
    assert (status, body["status"], body["error"]) == (404, 404, "Not Found")
    assert body["path"] == "/api/ocpi/api/v1/sessions/0"
    caller.headers = {}
    _, body = await caller.call("GET", LATEST)
    assert (body["status"], body["error"]) == (401, "Unauthorized")


@pytest.mark.parametrize(
    ("form", "status", "keys"),
    [
        ("404", 404, None),
        ("null", 200, {"status_code", "status_message", "timestamp", "data"}),
        ("absent", 200, {"status_code", "status_message", "timestamp"}),
    ],
)
async def test_nothing_to_show(
    serve: Serve, form: str, status: int, keys: set[str] | None
) -> None:
    """An unknown driver, and one without sessions, are answered as the switch says."""
    caller = await gateway(serve, unknown_driver=form, no_session=form)
    await caller.call(
        "POST", "/whitelist/driver", data="driver-3", headers=caller.headers | TEXT
    )
    for driver in ("nobody", "driver-3"):
        answered, body = await caller.call("GET", f"/sessions/{driver}/latest")
        assert answered == status
        assert keys is None or (set(body) == keys and body.get("data") is None)


async def test_whitelist(caller: Gateway) -> None:
    """A new driver is registered in plain text and can charge from then on."""
    headers = caller.headers | TEXT
    path = "/whitelist/driver"
    assert (await caller.call("POST", path, json="driver-3"))[0] == 400
    assert (await caller.call("POST", path, data=" ", headers=headers))[0] == 400
    location, _ = await caller.place(LAB)
    uid = f"{path}/driver-3/location/{location['id']}"
    assert await caller.status(uid) == 404
    assert await caller.status(f"{path}/driver-1/location/0") == 404
    status, body = await caller.call("POST", path, data="driver-3", headers=headers)
    assert (status, body["data"]) == (200, "Success")
    assert len((await caller.data(uid))["uid"]) == 32
    session = await caller.start(LAB, "driver-3")
    caller.pass_time(minutes=2)
    shown = await caller.latest("driver-3")
    assert (shown["auth_id"], shown["session_id"]) == ("driver-3", session.id)


async def test_foreign_driver_is_shown(caller: Gateway) -> None:
    """Nothing in the documents separates customers."""
    caller.pass_time(minutes=5)
    shown = await caller.latest("driver-9")
    assert (shown["auth_id"], shown["status"]) == ("driver-9", "ACTIVE")
    assert await caller.stop(shown["id"]) == "ACCEPTED"


@pytest.mark.parametrize("status", ["403", "404"])
async def test_foreign_driver_is_refused(serve: Serve, status: str) -> None:
    """A stricter gateway refuses another customer's drivers everywhere."""
    caller = await gateway(serve)
    caller.pass_time(minutes=40)
    shown = await caller.latest("driver-9")
    caller.world.stop(shown["session_id"])
    caller.pass_time(minutes=40)
    caller.switch(foreign_drivers=status)
    location, _ = await caller.place(LAB)
    for path in (
        "/sessions/driver-9/latest",
        f"/sessions/{shown['id']}",
        f"/cdrs/session/{shown['session_id']}",
        f"/whitelist/driver/driver-9/location/{location['id']}",
    ):
        assert await caller.status(path) == int(status)
    assert await caller.status(LATEST) == 200


async def test_switches_over_http(caller: Gateway) -> None:
    """A person at a terminal can change the gateway and an operator behind it."""
    url = "/api/../_control/profile"
    body: dict[str, Any] = {"face": "evnnovator", "forbidden": ["sessions"]}
    assert (await caller.call("POST", url, json=body))[0] == 200
    assert await caller.status(LATEST) == 403
    await caller.call("POST", url, json=body | {"forbidden": []})
    body = {"face": "evnnovator", "operator": "AAA", "kind": "ON_STREET"}
    assert (await caller.call("POST", url, json=body))[0] == 200
    assert (await caller.latest())["location"]["type"] == "ON_STREET"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"face": "nobody"},
        {"face": "evnnovator", "colour": "red"},
        {"face": "evnnovator", "operator": "CCC"},
        {"face": "depotfinity", "operator": "AAA"},
    ],
)
async def test_switch_that_does_not_exist(caller: Gateway, body: Any) -> None:
    """A mistake is told in a sentence."""
    url = "/api/../_control/profile"
    status, answer = await caller.call("POST", url, json=body)
    assert status == 422
    assert len(answer["error"].split()) > 3


async def test_introduction_signs_in(caller: Gateway) -> None:
    """What the command line prints is good for a sign-in."""
    lines = dict(line.split("  ", 1) for line in _introduction(caller.emulator))
    said = {name: value.strip() for name, value in lines.items()}
    assert "e-mail" not in said
    assert said["evnnovator drivers"] == "driver-1,driver-2"
    base, root = said["evnnovator base url"], caller.emulator.url
    caller.headers = {"Authorization": f"Bearer {said['evnnovator token']}"}
    assert await caller.status(base.removeprefix(root) + LATEST) == 200
    assert said["evnnovator token url"] == f"{root}{TOKEN_URL}"
    assert said["evnnovator client id"] == CLIENT["client_id"]
    assert said["evnnovator client secret"] == CLIENT["client_secret"]
