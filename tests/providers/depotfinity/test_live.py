"""Connector status, time series and what a meter makes of them."""

from datetime import timedelta
import json
from typing import Any

import aiohttp
import pytest

from custom_components.ev_charging_cloud.providers.depotfinity import meter, wire
from custom_components.ev_charging_cloud.providers.depotfinity.mapping import (
    Sample,
    Statuses,
    samples,
)
from custom_components.ev_charging_cloud.providers.depotfinity.meter import Meter
from custom_components.ev_charging_cloud.providers.model import EvseStatus
from emulator import SimulatedClock, scenarios

from ..support import answers, host
from .support import HOUR, MINUTE, NOON, depot, open_provider, requests_to, settings
from .test_lists import transaction


def status(*items: dict[str, Any]) -> Any:
    """Map an answer about a connector."""
    return Statuses().latest(json.dumps({"items": list(items)}).encode())


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        ("Available", EvseStatus.AVAILABLE),
        ("Preparing", EvseStatus.PREPARING),
        ("Charging", EvseStatus.CHARGING),
        ("SuspendedEVSE", EvseStatus.SUSPENDED_EVSE),
        ("SuspendedEV", EvseStatus.SUSPENDED_EV),
        ("Finishing", EvseStatus.FINISHING),
        ("Reserved", EvseStatus.RESERVED),
        ("Unavailable", EvseStatus.UNAVAILABLE),
        ("Faulted", EvseStatus.FAULTED),
        ("suspended_ev", EvseStatus.SUSPENDED_EV),
        ("CHARGING", EvseStatus.CHARGING),
        ("", None),
        (None, None),
        ("Levitating", None),
    ],
)
def test_each_word_of_a_connector(word: str | None, meaning: EvseStatus | None) -> None:
    """The words of OCPP, in whatever case."""
    assert status({"status": word}).status is meaning


def test_the_newest_entry_counts() -> None:
    """Nobody says in which order entries come."""
    early = {"timeStamp": "2026-01-05T10:00:00Z", "status": "Available"}
    late = {"timeStamp": "2026-01-05T13:00:00+02:00", "status": "Charging"}
    for order in ((early, late), (late, early), (late, {"status": "Faulted"})):
        assert status(*order).status is EvseStatus.CHARGING
    assert status() is None


def test_the_errors_of_a_connector() -> None:
    """The charger's own number only beside an error."""
    assert status({"errorCode": "NoError", "vendorErrorCode": 7}).errors == ()
    assert status({"errorCode": None}).errors == ()
    found = status({"errorCode": "OverVoltage", "vendorErrorCode": 144}).errors
    assert found == ("OverVoltage", "vendor error 144")
    assert status({"errorCode": "OtherError", "vendorErrorCode": 0}).errors == (
        "OtherError",
    )


def test_values_of_a_series_are_texts() -> None:
    """In any order, and what is no number is left out."""
    body = b"""{"items":[
        {"timeStamp":"2026-01-05T12:02:00Z","value":"2.5"},
        {"timeStamp":"2026-01-05T12:01:00Z","value":1},
        {"timeStamp":"2026-01-05T12:03:00Z","value":"NaN"},
        {"timeStamp":"2026-01-05T12:04:00","value":"4"},
        {"timeStamp":null,"value":"5"}, 7, null]}"""
    assert [one.value for one in samples(body)] == [1.0, 2.5]


def counted(
    imports: list[float], exports: list[float], power: float = 0
) -> tuple[Meter, list[str]]:
    """Return a meter after some minutes of its counters, and what it asked for."""
    found, asked = Meter(NOON), []
    for minute in range(14):
        measurand, _ = found.next()
        asked.append(measurand)
        rows = {meter.IMPORT: imports, meter.EXPORT: exports}.get(measurand)
        if rows is None:
            rows = [] if measurand == meter.BATTERY else [power] * 14
        found.take(
            measurand,
            [
                Sample(NOON + n * MINUTE, value)
                for n, value in enumerate(rows)
                if n <= minute
            ],
        )
    return found, asked


RISING = [1000.0 * n for n in range(14)]
STILL = [5.0] * 14
MORE = [1050.0 * n for n in range(14)]


@pytest.mark.parametrize(
    ("imports", "exports", "energy", "drawn"),
    [
        (RISING, STILL, 12.0, None),
        (RISING, [], 12.0, None),
        (MORE, RISING, 12.0, 12.6),
        ([], RISING, 12.0, None),
        (STILL, RISING, None, None),
        (RISING, MORE, None, None),
        (STILL, STILL, 0.0, None),
        ([], [], None, None),
        (RISING[::-1], STILL, None, None),
        ([-1.0] * 14, STILL, None, None),
    ],
)
def test_which_counter_is_believed(
    imports: list[float],
    exports: list[float],
    energy: float | None,
    drawn: float | None,
) -> None:
    """By what the counters do; where that is unclear nothing is claimed."""
    found, _ = counted(imports, exports)
    if energy is None:
        assert found.energy_kwh is None
    else:
        assert found.energy_kwh == pytest.approx(energy, abs=3.2)
    assert (found.drawn_kwh is None) == (drawn is None)


def test_nothing_is_claimed_before_both_counters_were_read() -> None:
    """Otherwise energy could fall when the second one is known."""
    found = Meter(NOON)
    found.take(meter.IMPORT, [Sample(NOON, 0), Sample(NOON + MINUTE, 1000)])
    assert found.energy_kwh is None
    found.take(meter.EXPORT, [])
    assert found.energy_kwh == 1


def test_a_decision_stands() -> None:
    """The two counters are never of the same moment, which must not matter."""
    found = Meter(NOON)
    for minute in range(1, 60):
        measurand, _ = found.next()
        rows = {meter.IMPORT: 1050.0, meter.EXPORT: 1000.0}
        if measurand in rows:
            values = [(NOON, 0.0), (NOON + minute * MINUTE, rows[measurand] * minute)]
            found.take(measurand, [Sample(*one) for one in values])
        if minute > 1:
            assert found.energy_kwh == pytest.approx(minute, abs=5)


def test_a_battery_that_is_not_told_is_not_asked_for_again() -> None:
    """One request in five is for what can still turn up."""
    _, asked = counted(RISING, [])
    assert asked.count(meter.BATTERY) == 1
    assert asked.count("ActivePowerImport") >= 4


def test_power_and_battery_grow_old() -> None:
    """After ten minutes of silence neither is known."""
    found, _ = counted(RISING, STILL, power=99_500)
    now = NOON + 13 * MINUTE
    assert found.power_kw(now) == 99.5
    assert found.power_kw(now + 11 * MINUTE) is None
    found.take(meter.BATTERY, [Sample(now, 55), Sample(now + MINUTE, 56)])
    assert found.battery_percent(now + MINUTE) == 56
    assert found.battery_percent(now + 12 * MINUTE) is None
    found.take(meter.BATTERY, [Sample(now + 2 * MINUTE, 101)])
    assert found.battery_percent(now + 2 * MINUTE) is None


def test_what_was_before_the_charge_does_not_count() -> None:
    """The last reading before the start is where it began."""
    found = Meter(NOON)
    rows = [Sample(NOON + n * MINUTE, 500.0 + 100 * n) for n in range(-5, 3)]
    found.take(meter.IMPORT, rows)
    found.take(meter.EXPORT, [])
    assert found.energy_kwh == pytest.approx(0.2)


async def test_a_window_is_always_sent() -> None:
    """Without one, the back end answers with the day before."""
    world = scenarios.depot(SimulatedClock(NOON), 1, 1, charging=1)
    async with depot(world) as found:
        await found.polls(10)
        queries = [one for one in found.emulator.requests if "series" in one.kind]
        assert len(queries) >= 8
    rows = [transaction(0, EndAt=None, StartAt=(NOON - HOUR).isoformat())]
    async with aiohttp.ClientSession() as http:
        bodies = {"/v2/transactions": rows, "/connectors/1": {"items": []}}
        async with host(answers(bodies)) as served:
            provider = open_provider(http, SimulatedClock(NOON), settings(served.url))
            await provider.snapshot()
            (query,) = requests_to(served, "/connectors/1")
    assert query["measurand"] == "ActiveEnergyImport"
    assert query["from"] == "2026-01-05T10:45:00.000Z"
    assert query["to"] == "2026-01-05T12:00:00.000Z"


async def test_a_connector_that_is_free_denies_its_charge() -> None:
    """An end that was never told does not make a charge run for ever."""
    rows = [transaction(0, EndAt=None, StartAt=(NOON - HOUR).isoformat())]
    item = {"timeStamp": NOON.isoformat(), "status": "Available"}
    bodies = {"/v2/transactions": rows, "/availabilityStatus": {"items": [item]}}
    async with aiohttp.ClientSession() as http, host(answers(bodies)) as served:
        clock = SimulatedClock(NOON)
        provider = open_provider(http, clock, settings(served.url))
        await provider.snapshot()
        served.seen.clear()
        clock.advance(MINUTE)
        snapshot = await provider.snapshot()
        assert not requests_to(served, "/connectors/1")
    (evse,) = snapshot.charge_points["CH-1"].evses
    assert evse.session is not None
    assert evse.session.running
    assert evse.session.stale
    assert evse.session.power_kw is None
    assert snapshot.past == ()


async def test_each_status_says_when_it_was_read() -> None:
    """And those not in use keep theirs until it is their turn."""
    world = scenarios.depot(SimulatedClock(NOON), 20, 2, charging=1)
    async with depot(world) as found:
        await found.polls(3)
        assert found.evse("CH-1/1").status_at == found.clock.now()
        ages = {
            found.clock.now() - one.status_at if one.status_at else None
            for point in found.snapshot.charge_points.values()
            for one in point.evses
        }
        assert len(ages) > 1


async def test_back_ends_that_do_not_list_running_charges() -> None:
    """Then the connector charges, and its charge comes when it has ended."""
    async with depot(at=NOON + 5 * HOUR, lists_running=False) as found:
        seen = set()
        for _ in range(6 * 12):
            await found.poll(10 * MINUTE)
            for point in found.snapshot.charge_points.values():
                for one in point.evses:
                    assert one.session is None or not one.session.running
                    seen.add(one.status)
        assert EvseStatus.CHARGING in seen
        ended = {one.id for one in found.world.sessions.values() if one.stopped_at}
        assert {one.id for one in found.ledger.values()} == ended


def test_the_wire_shows_no_token() -> None:
    """Not even by accident."""
    found = wire.TOKEN.decode(b'{"access_token":"very-secret"}')
    assert "very-secret" not in repr(found)


async def test_a_charge_that_is_over_frees_its_place() -> None:
    """Less than two polls after its connector says so."""
    world = scenarios.depot(SimulatedClock(NOON), 1, 1, charging=1)
    async with depot(world) as found:
        await found.polls(4)
        session = found.evse().session
        assert session is not None
        world.stop(session.id)
        await found.poll(MINUTE)
        await found.poll(MINUTE)
        ended = found.evse().session
        assert ended is not None
        assert not ended.running
        assert timedelta() < found.clock.now() - NOON < HOUR
