"""The answers of the gateway have the shapes of the documents and the fact sheet.

The documents' keys are met exactly. The fact sheet's examples are shorter: what they
leave out is allowed only where its section 5 lists it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Serve
from .evnnovator_api import LAB, OFFICE, Gateway, gateway
from .shapes import differences

FIXTURES = Path(__file__).parent.parent / "fixtures"
LISTED = """
    created_date last_modified_date last_modified_by cpo_id cpo_resource_id address
    city postal_code charging_when_closed rating
"""
ALLOWED = frozenset(LISTED.split())


def _fixture(name: str, folder: str = "evnnovator") -> Any:
    return json.loads((FIXTURES / folder / f"{name}.json").read_bytes())


def _check(name: str, answer: Any, extra: frozenset[str] = ALLOWED) -> None:
    assert list(differences(_fixture(name), answer, extra=extra)) == []


@pytest.fixture
async def caller(serve: Serve) -> Gateway:
    """Return a customer of the gateway."""
    return await gateway(serve)


async def test_session_by_id_is_that_of_the_document(caller: Gateway) -> None:
    """Flavour A has every key of the document and no other; so has its end."""
    session = await caller.start(LAB)
    caller.pass_time(minutes=10)
    caller.world.stop(session.id)
    caller.pass_time(minutes=1)
    answer = await caller.get(f"/sessions/{(await caller.latest())['id']}")
    document = _fixture("evnnovator_session_by_id", "documents")
    assert list(differences(document, answer)) == []
    assert answer["data"]["status"] == document["data"]["status"]


async def test_latest_session_is_that_of_the_document(caller: Gateway) -> None:
    """Flavour B has every key of the document and no other."""
    answer = await caller.get("/sessions/driver-2/latest")
    document = _fixture("evnnovator_latest_session", "documents")
    assert list(differences(document, answer)) == []
    for key in ("status", "last_updated", "connectorId", "auth_method", "currency"):
        assert answer["data"][key] == document["data"][key]


async def test_running_session(caller: Gateway) -> None:
    """The fact sheet's running session."""
    await caller.start(OFFICE, "driver-2")
    caller.pass_time(minutes=20)
    _check("session_running", await caller.get("/sessions/driver-2/latest"))


async def test_cdr(caller: Gateway) -> None:
    """The fact sheet's CDR, with the location that section 5.3 mentions."""
    key = (await caller.latest("driver-2"))["session_id"]
    answer = await caller.get(f"/cdrs/session/{key}")
    location = answer["data"].pop("location")
    _check("cdr", answer)
    assert location["coordinates"] == {}
    assert "lastModifiedDate" in location
    assert location["id"] == (await caller.latest("driver-2"))["location_id"]


async def test_locations(caller: Gateway) -> None:
    """A location alone and in a search."""
    location, _ = await caller.place(OFFICE)
    _check("location", await caller.get(f"/locations/{location['id']}"))
    query = {"party_id": "BBB"}
    _check("search", await caller.get("/locations/search", params=query))


async def test_commands_and_whitelist(caller: Gateway) -> None:
    """The documented bodies are understood, and answered without an envelope."""
    body = _fixture("start_session") | await caller.start_body()
    assert body.keys() == _fixture("start_session").keys()
    path = "/commands/START_SESSION"
    for name in ("command_accepted", "command_rejected"):
        assert await caller.call("POST", path, json=body) == (200, _fixture(name))
    caller.pass_time(minutes=1)
    stop = _fixture("stop_session") | {"session_id": (await caller.latest())["id"]}
    answer = await caller.call("POST", "/commands/STOP_SESSION", json=stop)
    assert answer == (200, _fixture("command_accepted"))
    headers = caller.headers | {"Content-Type": "text/plain"}
    path = "/whitelist/driver"
    _, answer = await caller.call("POST", path, data="driver-1", headers=headers)
    _check("whitelist", answer)
    path = f"{path}/driver-1/location/{body['location_id']}"
    _check("token_uid", await caller.get(path))


async def test_spring_error(caller: Gateway) -> None:
    """An error in the framework's own form."""
    caller.switch(error_body="spring")
    _check("spring_error", (await caller.call("GET", "/sessions/0"))[1])
