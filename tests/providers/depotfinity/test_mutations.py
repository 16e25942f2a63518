"""Whatever the back end writes: the others stay, and nothing impossible comes out."""

from collections.abc import Mapping
from datetime import timedelta
import json
import logging
from typing import Any

import aiohttp
from hypothesis import given, settings as hypothesis_settings, strategies as st
import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.depotfinity.connectors import Place
from custom_components.ev_charging_cloud.providers.depotfinity.mapping import Mapper
from custom_components.ev_charging_cloud.providers.errors import ProviderError
from custom_components.ev_charging_cloud.providers.model import Snapshot
from custom_components.ev_charging_cloud.providers.transport import Answer
from emulator import SimulatedClock

from ..support import FIXTURES
from ..test_mutations import JSON, VALUES, assert_possible, changed, encoded, paths
from .support import DOCUMENTS, MINUTE, NOON, open_provider, settings
from .test_lists import transaction

REPORT = json.loads((DOCUMENTS / "depotfinity_session_reports.json").read_bytes())[
    "items"
][0]
PLACE = Place("CH-1", "1")
STATUS = json.loads((FIXTURES / "depotfinity/availability_status.json").read_bytes())
SERIES = {
    "items": [
        {"timeStamp": (NOON - n * MINUTE).isoformat(), "value": str(9000 - 1000 * n)}
        for n in range(5)
    ]
}
BODIES = [
    b"",
    b"\xff\xfe",
    b"NaN",
    b"[NaN]",
    b'[{"TransactionID":"\xff"}]',
    b'[{"TransactionID":"\\ud800"}]',
    b'{"items":[NaN]}',
    b"[] trailing",
    b"[" * 200_000,
    b'{"items":' * 100_000,
    b'{"items":[{"deviceStatus":' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
]


def reports(count: int = 5) -> list[dict[str, Any]]:
    """Return valid reports, one a day; their times suit the clock."""
    found = []
    for number in range(count):
        start = NOON - timedelta(days=number, hours=3)
        one = {**REPORT, "sessionId": number + 1}
        one["sessionTimeStart"] = start.isoformat()
        one["sessionTimeEnd"] = (start + timedelta(minutes=20)).isoformat()
        found.append(one)
    return found


class Canned:
    """An account whose back end answers by path, without a network."""

    def __init__(self, http: aiohttp.ClientSession, **bodies: Any) -> None:
        """Take what each call answers with."""
        self.bodies: dict[str, Any] = {
            "transactions": [],
            "sessionReports": {"items": []},
            "chargerStatus": STATUS,
            "timeSeries": SERIES,
            "chargerControl": {},
            **bodies,
        }
        self.clock = SimulatedClock(NOON)
        kept = settings("http://127.0.0.1:1", chargers="CH-1:1", id_tag="T")
        self.provider = open_provider(http, self.clock, kept)
        self.provider.transport._send = self._send  # type: ignore[method-assign]

    async def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        **_: Any,
    ) -> Answer:
        body = self.bodies[path.split("/")[1]]
        raw = body if isinstance(body, bytes) else encoded(body)
        return Answer(status=200, headers={}, body=raw)

    async def polls(self, count: int = 4) -> Snapshot:
        """Poll a few times, and return everything that came."""
        past: dict[str, Any] = {}
        for _ in range(count):
            snapshot = await self.provider.snapshot()
            assert_possible(snapshot)
            past |= {one.key: one for one in snapshot.past}
            self.clock.advance(5 * MINUTE)
        return msgspec.structs.replace(snapshot, past=tuple(past.values()))


@pytest.mark.parametrize("path", list(paths(transaction(1))), ids=str)
def test_one_changed_value_leaves_the_other_transactions(path: tuple[Any, ...]) -> None:
    """Every value of a transaction, changed in every way."""
    rows = [transaction(n) for n in range(5)]
    mapper = Mapper("eu")
    clean = {one.key: one for one in mapper.transactions(encoded(rows)).sessions}
    del clean["eu/2"]
    for value in VALUES:
        mutant = changed(rows[2], path, value)
        page = mapper.transactions(encoded([*rows[:2], mutant, *rows[3:]]))
        assert_possible(page.sessions)
        found = {one.key: one for one in page.sessions}
        assert {key: found[key] for key in clean} == clean, value
        assert (page.rows, len(page.sessions) + page.unreadable) == (5, 5), value


@pytest.mark.parametrize("path", list(paths(REPORT)), ids=str)
def test_one_changed_value_leaves_the_other_reports(path: tuple[Any, ...]) -> None:
    """Every value of a report, changed in every way."""
    rows = reports()
    mapper = Mapper("eu")
    clean = {
        one.key: one for one in mapper.reports(encoded({"items": rows}), PLACE).sessions
    }
    del clean["eu/report/CH-1/1/3"]
    for value in VALUES:
        mutant = changed(rows[2], path, value)
        body = encoded({"items": [*rows[:2], mutant, *rows[3:]]})
        page = mapper.reports(body, PLACE)
        assert_possible(page.sessions)
        found = {one.key: one for one in page.sessions}
        assert {key: found[key] for key in clean} == clean, value
        for one in found.values():
            assert one.energy_kwh is None or one.energy_kwh >= 0
            assert one.drawn_kwh is None or one.drawn_kwh >= 0


@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("transactions", [transaction(1), transaction(2, EndAt=None)]),
        ("sessionReports", {"items": reports(2)}),
        ("chargerStatus", STATUS),
        ("timeSeries", SERIES),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_one_changed_value_ends_in_a_model_or_in_our_error(
    http: aiohttp.ClientSession, name: str, document: Any
) -> None:
    """Polls go on, or a provider's error says that they cannot."""
    running = transaction(7, EndAt=None, StartAt=(NOON - MINUTE).isoformat())
    rows = [transaction(1), transaction(2), running]
    readable = 0
    for path in paths(document):
        if "detailStatus" in path or "chargeParameters" in path:
            continue
        for value in VALUES:
            canned = Canned(http, transactions=rows)
            canned.bodies[name] = changed(document, path, value)
            try:
                await canned.polls(2)
            except ProviderError:
                assert name == "transactions"
                continue
            readable += 1
    assert readable > 100


@pytest.mark.parametrize("body", BODIES, ids=lambda one: f"{one[:12]!r}-{len(one)}")
@pytest.mark.parametrize(
    "name",
    ["transactions", "sessionReports", "chargerStatus", "timeSeries", "chargerControl"],
)
async def test_bodies_that_are_no_json(
    http: aiohttp.ClientSession,
    caplog: pytest.LogCaptureFixture,
    name: str,
    body: bytes,
) -> None:
    """They end in a provider's error or cost only what they are about."""
    running = transaction(7, EndAt=None, StartAt=(NOON - MINUTE).isoformat())
    canned = Canned(http, transactions=[transaction(1), running])
    canned.bodies[name] = body
    try:
        await canned.provider.start("CH-1", "CH-1/1")
        with caplog.at_level(logging.WARNING):
            snapshot = await canned.polls()
    except ProviderError:
        assert name == "transactions"
        return
    if name == "transactions":
        assert snapshot.unreadable
        return
    (evse,) = snapshot.charge_points["CH-1"].evses
    assert evse.session is not None
    if name in ("sessionReports", "chargerStatus"):
        assert sum("No " in one for one in caplog.messages) <= 1


async def test_two_transactions_of_one_id_are_one(http: aiohttp.ClientSession) -> None:
    """The last one counts, as with a correction."""
    canned = Canned(http, transactions=[transaction(1), transaction(1)])
    assert len((await canned.polls(1)).past) == 1


@hypothesis_settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(list(paths(REPORT))), value=JSON)
def test_any_json_in_a_report(path: tuple[Any, ...], value: Any) -> None:
    """What was not thought of above."""
    body = msgspec.json.encode({"items": [changed(REPORT, path, value), REPORT]})
    page = Mapper("eu").reports(body, PLACE)
    assert_possible(page.sessions)
    assert page.rows == 2
    assert any(one.energy_kwh == 37.264 for one in page.sessions)


@hypothesis_settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(list(paths(transaction(1)))), value=JSON)
def test_any_json_in_a_transaction(path: tuple[Any, ...], value: Any) -> None:
    """What was not thought of above."""
    body = msgspec.json.encode([changed(transaction(1), path, value), transaction(2)])
    page = Mapper("eu").transactions(body)
    assert_possible(page.sessions)
    assert "eu/2" in {one.key for one in page.sessions}
