"""Whatever an operator writes: the others stay, and nothing impossible comes out."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
import json
import math
from typing import Any

import aiohttp
from hypothesis import given, settings as hypothesis_settings, strategies as st
import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.ampeco import mapping, wire
from custom_components.ev_charging_cloud.providers.ampeco.provider import AmpecoProvider
from custom_components.ev_charging_cloud.providers.errors import ProviderError
from custom_components.ev_charging_cloud.providers.model import (
    ChargePoint,
    Session,
    SessionState,
    Snapshot,
)
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.providers.transport import Answer

from .support import connection, example, open_provider, settings

MISSING = object()
HUGE = "1" + "0" * 400
RAW = {"1e400": "1e400", "-1e400": "-1e400", "10**400": HUGE, "10**5000": "9" * 5000}
VALUES: list[Any] = [
    MISSING,
    None,
    True,
    -1,
    -1.5,
    0,
    1e300,
    10**15,
    *(f"raw:{name}" for name in RAW),
    "",
    "NaN",
    "Infinity",
    "-inf",
    "1e400",
    "1e9999999",
    "1e-9999999",
    "levitating",
    "\u0000",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00",
    [],
    {},
    [None],
    {"id": None},
]
SINCE = datetime(2000, 1, 1, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=36_500)


def full_point() -> dict[str, Any]:
    """Return a charge point that uses everything that is read."""
    point: dict[str, Any] = example("charge_points")["data"][0]
    finished = example("session_finished")["session"]
    running = example("session_running")["session"]
    evse = point["evses"][0]
    evse["carBatteryPercent"] = 62
    evse["session"] = {**running, "chargingPeriods": finished["chargingPeriods"]}
    evse["tariff"]["pricing"] |= {
        "idleFeePerMinute": 0.5,
        "idleFeeGracePeriodMinutes": 15,
        "connectionFee": 1,
    }
    return point


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the path of every value inside a document, itself included."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths(inner, (*path, index))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy with another value at a path, or without it."""
    if not path:
        return value
    copy = dict(document) if isinstance(document, dict) else list(document)
    if len(path) == 1 and value is MISSING:
        del copy[path[0]]
    else:
        copy[path[0]] = changed(copy[path[0]], path[1:], value)
    return copy


def encoded(document: Any) -> bytes:
    """Encode a document; a raw value becomes a number that Python cannot write."""
    text = json.dumps(document, default=lambda missing: None)
    for name, digits in RAW.items():
        text = text.replace(f'"raw:{name}"', digits)
    return text.encode()


def assert_possible(value: Any) -> None:
    """Check that a model holds nothing that cannot be."""
    if isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, Decimal):
        assert value.is_finite()
    elif isinstance(value, datetime):
        assert value.utcoffset() == timedelta(0)
    elif isinstance(value, timedelta):
        assert value >= timedelta(0)
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            assert_possible(getattr(value, name))
    elif isinstance(value, dict):
        for inner in value.values():
            assert_possible(inner)
    elif isinstance(value, (tuple, list, frozenset)):
        for inner in value:
            assert_possible(inner)


class Canned:
    """A provider whose back end answers one body to everything."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        """Open an account that never reaches the network."""
        self.body = b""
        self.status = 200
        kept = settings("http://127.0.0.1:1")
        self.provider: AmpecoProvider = open_provider(
            connection(http), kept, Tokens(access="token")
        )
        self.provider.transport._send = self._send  # type: ignore[method-assign]

    async def _send(self, *args: Any, **kwargs: Any) -> Answer:
        return Answer(status=self.status, headers={}, body=self.body)


@pytest.fixture
def canned(http: aiohttp.ClientSession) -> Canned:
    """Return a provider without a network."""
    return Canned(http)


def neighbours() -> list[dict[str, Any]]:
    """Return five valid charge points; the third is to be changed."""
    points = []
    for number in range(5):
        point = full_point()
        point["id"] = f"CP{number}"
        point["evses"][0]["id"] = str(100 + number)
        point["evses"][0]["session"]["id"] = str(900 + number)
        points.append(point)
    return points


async def snapshot_of(canned: Canned, points: list[Any]) -> Snapshot:
    """Map a list of charge points as a provider does."""
    canned.body = encoded({"data": points})
    return await canned.provider._personal()


@pytest.mark.parametrize("path", list(paths(full_point())), ids=str)
async def test_one_changed_value_leaves_the_other_charge_points(
    canned: Canned, path: tuple[Any, ...]
) -> None:
    """Every value of the document, changed in every way."""
    points = neighbours()
    clean = (await snapshot_of(canned, points)).charge_points
    del clean["CP2"]
    for value in VALUES:
        mutant = changed(points[2], path, value)
        found = await snapshot_of(canned, [*points[:2], mutant, *points[3:]])
        assert_possible(found)
        others = {key: found.charge_points[key] for key in clean}
        assert others == clean, value
        count = len(found.charge_points) + len(found.broken) + found.unreadable
        assert count == 5, value
        if path[:1] != ("id",) and path:
            assert ("CP2" in found.charge_points) != ("CP2" in found.broken), value


SESSION = {
    **example("session_running")["session"],
    "chargingPeriods": example("session_finished")["session"]["chargingPeriods"],
}
DOCUMENTS: dict[str, Any] = {
    "session": {"session": SESSION, "carBatteryPercent": 62},
    "history": {
        "session_history": [{"session": SESSION, "address": "Garage"}],
        "meta": {"current_page": 1, "last_page": 1},
    },
    "history-in-data": {"data": {"sessions": [{"session": SESSION}]}},
    "profile": {"data": {"id": 3001}},
}


async def use(canned: Canned, name: str) -> Any:
    """Read a document in the way that fits it."""
    provider = canned.provider
    if name == "session":
        number = SESSION["id"]
        own = Session(key="x", id=number, state=SessionState.ACTIVE)
        await provider._still_runs(own)
        await provider._public(Snapshot(charge_points={}))
        return await provider.session(own)
    if name == "profile":
        return await provider.account()
    return [page async for page in provider.sessions(SINCE, UNTIL)]


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_one_changed_value_ends_in_a_model_or_in_our_error(
    canned: Canned, name: str
) -> None:
    """Nothing but a provider's error escapes, and nothing impossible is returned."""
    document = DOCUMENTS[name]
    readable = 0
    for path in paths(document):
        for value in VALUES:
            canned.body = encoded(changed(document, path, value))
            try:
                found = await use(canned, name)
            except ProviderError:
                continue
            readable += 1
            assert_possible(found)
    assert readable > 10


def forecast_of(document: Any) -> Any:
    """Map a forecast."""
    return mapping.forecast(
        encoded(document),
        zone=UTC,
        currency="DKK",
        price_now=Decimal("1.62"),
        now=datetime(2025, 11, 20, 0, 30, tzinfo=UTC),
    )


def test_one_changed_value_of_a_forecast() -> None:
    """Prices or none, and no other failure than that of an answer."""
    document = example("price_periods")
    for path in paths(document):
        for value in VALUES:
            try:
                found = forecast_of(changed(document, path, value))
            except ProviderError:
                continue
            assert_possible(found)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b'{"data":[{"id":"\xff"}]}',
        b'{"data":[{"id":"\\ud800"}]}',
        b"NaN",
        b'{"data":[NaN]}',
        b'{"data":[{"id":1,"name":"' + b"x" * 100_000 + b'"}]} trailing',
        b"[" * 200_000,
        b'{"data":' * 100_000,
        b'{"data":[{"id":1,"evses":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
        b'{"session":' + b'{"session":' * 100_000,
    ],
    ids=lambda body: f"{body[:12]!r}-{len(body)}",
)
@pytest.mark.parametrize("name", ["points", *DOCUMENTS])
async def test_bodies_that_are_no_json(canned: Canned, name: str, body: bytes) -> None:
    """They end in a provider's error or in nothing."""
    canned.body = body
    try:
        if name == "points":
            found: Any = await canned.provider.snapshot()
        else:
            found = await use(canned, name)
    except ProviderError:
        return
    assert_possible(found)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=8,
)


@hypothesis_settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(list(paths(full_point()))), value=JSON)
def test_any_json_at_any_place(path: tuple[Any, ...], value: Any) -> None:
    """What was not thought of above."""
    point = changed(full_point(), path, value)
    raw = msgspec.json.encode({"data": [point, full_point()]})
    mapper = mapping.Mapper("drivee")
    first, second = wire.charge_points(raw)
    assert isinstance(second, wire.ChargePoint)
    assert mapper.charge_point(second).id == "CP0012345"
    if isinstance(first, wire.ChargePoint):
        mapped = mapper.charge_point(first)
        assert isinstance(mapped, ChargePoint)
        assert_possible(mapped)
