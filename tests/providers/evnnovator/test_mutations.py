"""Whatever the gateway writes: the others stay, and nothing impossible comes out."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
import json
from typing import Any

import aiohttp
from hypothesis import given, settings as hypothesis_settings, strategies as st
import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.errors import ProviderError
from custom_components.ev_charging_cloud.providers.evnnovator import mapping
from custom_components.ev_charging_cloud.providers.model import (
    ChargePoint,
    Session,
    SessionState,
    Snapshot,
)
from custom_components.ev_charging_cloud.providers.transport import Answer

from ..test_mutations import JSON, VALUES, assert_possible, changed, encoded, paths
from .support import (
    NOW,
    SESSION_ID,
    Account,
    Gateway,
    cdr_answer,
    document,
    example,
    opened,
    part,
    session_answer,
)

DIMENSIONS = [
    {"type": "ENERGY", "volume": "0.25"},
    {"type": "PARKING_TIME", "volume": "0.1"},
]


def full_session() -> Any:
    """Return a session that uses everything that is read."""
    answer = session_answer(status="COMPLETED")
    answer["data"]["charging_periods"] = [
        {"start_date_time": "2026-01-05T10:10:00Z", "dimensions": DIMENSIONS},
        {"start_date_time": "2026-01-05T15:50:01.000", "dimensions": DIMENSIONS},
    ]
    return answer


def fast() -> Any:
    """Return a location whose connector is known in full."""
    location = deepcopy(document("session_by_id")["data"]["location"])
    return {"content": [example("search")["content"][0], location]}


# The drivers where nothing was changed.
CLEAN: dict[str, ChargePoint] = {}


class Canned:
    """An account at a gateway that is not on the network."""

    def __init__(self, http: aiohttp.ClientSession, drivers: int = 3) -> None:
        """Open an account with some drivers."""
        self.gateway = Gateway(now=NOW + timedelta(hours=1), url="http://127.0.0.1:1")
        parts = [part(f"p{key}", f"driver-{key}") for key in range(drivers)]
        self.account: Account = opened(http, self.gateway, *parts)
        self.bodies: dict[str, bytes] = {}
        self.account.provider.transport._send = self._send  # type: ignore[assignment, method-assign]

    async def _send(self, _: str, path: str, **options: Any) -> Answer:
        body = self.bodies.get(path)
        status = 404 if body is None else 200
        return Answer(status=status, headers={}, body=body or b"")


def filled(http: aiohttp.ClientSession) -> Canned:
    """Return three drivers with a session and a CDR each."""
    canned = Canned(http)
    for number in range(3):
        answer = full_session()
        answer["data"] |= {"id": f"s{number}", "session_id": f"r{number}"}
        answer["data"]["auth_id"] = f"driver-{number}"
        cdr = cdr_answer(cdr_id=f"r{number}")
        canned.bodies[f"sessions/driver-{number}/latest"] = json.dumps(answer).encode()
        canned.bodies[f"cdrs/session/r{number}"] = json.dumps(cdr).encode()
    return canned


async def check(http: aiohttp.ClientSession, path: str, document: Any) -> Snapshot:
    """Read the account with one answer changed; the other drivers stay."""
    clean = CLEAN or (await filled(http).account.poll()).charge_points
    CLEAN.update(clean)
    canned = filled(http)
    canned.bodies[path] = encoded(document)
    found = await canned.account.poll()
    assert_possible(found)
    for key in ("driver_p0", "driver_p2"):
        assert found.charge_points[key] == clean[key]
    assert ("driver_p1" in found.charge_points) != ("driver_p1" in found.broken)
    return found


SESSION = full_session()
SESSION["data"] |= {"id": "s1", "session_id": "r1", "auth_id": "driver-1"}
RUNNING = {**SESSION, "data": {**SESSION["data"], "status": "ACTIVE"}}
CDR = cdr_answer(cdr_id="r1")


WHERE = [
    *((SESSION, path) for path in paths(SESSION)),
    *((RUNNING, path) for path in paths(RUNNING) if len(path) <= 2),
]


@pytest.mark.parametrize(("document", "path"), WHERE, ids=lambda value: str(value)[:60])
async def test_one_changed_value_leaves_the_other_drivers(
    http: aiohttp.ClientSession, document: Any, path: tuple[Any, ...]
) -> None:
    """Every value of the latest session, changed in every way."""
    for value in VALUES:
        await check(http, "sessions/driver-1/latest", changed(document, path, value))


@pytest.mark.parametrize("path", list(paths(CDR)), ids=str)
async def test_one_changed_value_of_a_cdr_costs_at_most_the_cdr(
    http: aiohttp.ClientSession, path: tuple[Any, ...]
) -> None:
    """The session itself is there in any case."""
    for value in VALUES:
        found = await check(http, "cdrs/session/r1", changed(CDR, path, value))
        assert found.broken == frozenset()
        session = found.charge_points["driver_p1"].evses[0].session
        assert session is not None
        assert session.energy_kwh


async def by_id(canned: Canned, body: bytes) -> Any:
    """Read a session by its id."""
    canned.bodies[f"sessions/{SESSION_ID}"] = body
    mine = Session(key="x", id=SESSION_ID, state=SessionState.ACTIVE)
    return await canned.account.provider.session(mine)


async def searched(canned: Canned, body: bytes) -> Any:
    """Search."""
    canned.bodies["locations/search"] = body
    return await canned.account.provider.search("x")


async def token(canned: Canned, body: bytes) -> Any:
    """Read a token's id, and what says of a whitelisting."""
    return mapping.is_failure(body), mapping.token_uid(body)


async def result(canned: Canned, body: bytes) -> Any:
    """Read what a command got."""
    return mapping.command_result(body)


READERS: dict[str, tuple[Any, Callable[[Canned, bytes], Any]]] = {
    "session": (full_session(), by_id),
    "search": (fast(), searched),
    "token": (example("token_uid"), token),
    "command": (example("command_accepted"), result),
}


@pytest.mark.parametrize("name", READERS)
async def test_one_changed_value_ends_in_a_model_or_in_our_error(
    http: aiohttp.ClientSession, name: str
) -> None:
    """Nothing but a provider's error escapes, and nothing impossible is returned."""
    document, read = READERS[name]
    canned = Canned(http)
    readable = 0
    for path in paths(document):
        for value in VALUES:
            try:
                found = await read(canned, encoded(changed(document, path, value)))
            except ProviderError:
                continue
            readable += 1
            assert_possible(found)
    assert readable > 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b'{"status_code":1000,"data":{"id":"\xff"}}',
        b'{"status_code":1000,"data":{"id":"\\ud800"}}',
        b"NaN",
        b'{"status_code":1000,"data":NaN}',
        b'{"status_code":1000,"data":{"id":"1"}} trailing',
        b"[" * 200_000,
        b'{"status_code":1000,"data":' + b'{"data":' * 100_000,
        b'{"status_code":1000,"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"content":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
    ],
    ids=lambda body: f"{body[:30]!r}-{len(body)}",
)
async def test_bodies_that_are_no_json(
    http: aiohttp.ClientSession, body: bytes
) -> None:
    """They end in a provider's error or in nothing."""
    for _, read in READERS.values():
        try:
            assert_possible(await read(Canned(http), body))
        except ProviderError:
            continue
    canned = filled(http)
    canned.bodies["sessions/driver-1/latest"] = body
    found = await canned.account.poll()
    assert len(found.charge_points) >= 2
    canned = filled(http)
    canned.bodies["cdrs/session/r1"] = body
    assert len((await canned.account.poll()).charge_points) == 3


@hypothesis_settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(list(paths(SESSION))), value=JSON)
def test_any_json_at_any_place(path: tuple[Any, ...], value: Any) -> None:
    """What was not thought of above."""
    body = msgspec.json.encode(changed(SESSION, path, value))
    asked = mapping.Asked(evse_id="driver_p1", own=frozenset(), now=NOW)
    try:
        found = mapping.Mapper("realm").reading(body, asked)
    except ProviderError:
        return
    if found is not None:
        assert_possible(found.session)
