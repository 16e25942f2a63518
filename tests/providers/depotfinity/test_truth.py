"""What polls find, compared with the world's meters."""

from datetime import timedelta

import pytest

from custom_components.ev_charging_cloud.providers.model import (
    EvseStatus,
    Ownership,
    PlaceKind,
    Session,
)
from emulator import SimulatedClock, scenarios

from .support import HOUR, MINUTE, NOON, Depot, depot

NIGHT = NOON + timedelta(hours=5)


async def night(found: Depot, hours: float, pause: timedelta = 5 * MINUTE) -> None:
    """Poll through a part of the night."""
    await found.polls(round(hours * HOUR / pause), pause)


def charges(found: Depot) -> dict[str, Session]:
    """Return the sessions in the ledger by the world's id."""
    return {one.id: one for one in found.ledger.values()}


async def test_chargers_are_learnt_from_transactions() -> None:
    """Each connector that was used is an EVSE of its charger."""
    async with depot() as found:
        snapshot = await found.poll()
    assert list(snapshot.charge_points) == ["CH-1", "CH-2"]
    point = snapshot.charge_points["CH-1"]
    assert (point.name, point.kind) == ("CH-1", PlaceKind.CHARGE_POINT)
    assert point.ownership is Ownership.UNKNOWN
    assert [one.id for one in point.evses] == ["CH-1/1", "CH-1/2"]
    assert [one.identifier for one in point.evses] == ["1", "2"]


async def test_the_last_month_is_in_the_first_answers() -> None:
    """30 days of a small depot in a handful of requests, each charge once."""
    world = scenarios.depot(SimulatedClock(NOON), 3, 2, past_days=29)
    async with depot(world) as found:
        await found.polls(6)
        ended = [one for one in world.sessions.values() if one.stopped_at]
        assert {one.id for one in ended} == set(charges(found))
        assert len(ended) > 100
        assert found.asked("transactions") < 20


async def test_every_charge_of_a_night_is_right_and_comes_once() -> None:
    """Delivered and drawn energy, battery and times, and no charge twice."""
    async with depot(at=NIGHT) as found:
        await night(found, 12, 2 * MINUTE)
        ledger, world = charges(found), found.world
        ended = [one for one in world.sessions.values() if one.stopped_at]
        assert len(ended) >= 8
        assert len(found.ledger) == len(ended)
        for truth in ended:
            session = ledger[truth.id]
            assert session.energy_kwh == pytest.approx(
                found.delivered(truth.id), abs=0.002
            )
            assert session.started_at is not None
            gap = session.started_at - truth.started_at
            assert abs(gap) < timedelta(seconds=1)
            if session.evse_id is not None and session.evse_id.startswith("CH-1/"):
                assert session.drawn_kwh == pytest.approx(
                    found.drawn(truth.id), abs=0.002
                )
                assert session.efficiency_percent is not None
                assert 93 < session.efficiency_percent < 97
            else:
                assert session.drawn_kwh is None


async def test_a_charge_is_given_out_again_only_when_it_has_changed() -> None:
    """First the transaction, then with its report, and nothing after that."""
    async with depot(at=NIGHT) as found:
        await night(found, 13)
        for key in found.ledger:
            told = [one for one in found.told if one.key == key]
            assert len(told) <= 2, key
            assert len(set(map(repr, told))) == len(told)


async def test_a_running_charge_is_at_its_connector() -> None:
    """Energy and power follow the meter, and so does the battery."""
    world = scenarios.depot(SimulatedClock(NOON), 2, 2, charging=1)
    async with depot(world) as found:
        await found.polls(12)
        evse = found.evse("CH-1/1")
        session = evse.session
        assert session is not None
        assert session.running
        assert not session.stale
        assert evse.status is EvseStatus.CHARGING
        assert session.energy_kwh == pytest.approx(found.delivered(session.id), abs=5.1)
        assert session.energy_kwh is not None
        assert session.energy_kwh > 20
        assert session.power_kw == pytest.approx(world.evses["1-1"].power_w / 1000)
        assert evse.vehicle_battery_percent is not None
        assert session.battery_start_percent == 40
        assert session.cost is None


async def test_a_charge_that_ended_stays_at_its_connector() -> None:
    """It ends under the same key, with its final figures."""
    world = scenarios.depot(SimulatedClock(NOON), 2, 2, charging=1)
    async with depot(world) as found:
        await found.polls(5)
        running = found.evse().session
        assert running is not None
        world.stop(running.id)
        await found.polls(4)
        ended = found.evse().session
        assert ended is not None
        assert ended.key == running.key
        assert not ended.running
        assert ended.energy_kwh == pytest.approx(found.delivered(ended.id), abs=0.002)
        assert ended.key in found.ledger


async def test_the_energy_of_a_running_charge_never_falls() -> None:
    """From poll to poll it rises, to what the transaction says in the end."""
    world = scenarios.depot(SimulatedClock(NOON), 1, 1, charging=1)
    async with depot(world) as found:
        last = 0.0
        for _ in range(150):
            await found.poll(MINUTE)
            session = found.evse().session
            assert session is not None
            if session.energy_kwh is not None:
                assert session.energy_kwh >= last - 0.002
                last = session.energy_kwh
        assert session is not None
        assert not session.running
        assert last == pytest.approx(found.delivered(session.id), abs=0.002)


async def test_connectors_that_count_what_they_draw() -> None:
    """Then live energy is a little high, and right once the charge has ended."""
    world = scenarios.depot(SimulatedClock(NOON), 1, 1, charging=1)
    async with depot(world, connector_import="drawn") as found:
        await found.polls(30)
        session = found.evse().session
        assert session is not None
        assert session.energy_kwh == pytest.approx(found.drawn(session.id), rel=0.2)
        await found.polls(120)
        (ended,) = [one for one in found.ledger.values() if one.id == session.id]
        assert ended.energy_kwh == pytest.approx(found.delivered(ended.id), abs=0.002)


async def test_a_battery_size_comes_from_twenty_points_on() -> None:
    """The real size lies inside the range."""
    async with depot(at=NIGHT) as found:
        await night(found, 12)
        sizes = 0
        for session in found.ledger.values():
            truth = found.world.sessions[session.id]
            if session.battery_size_kwh is None or truth.car_id is None:
                continue
            least, largest = session.battery_size_kwh
            real = found.world.cars[truth.car_id].battery_wh / 1000
            # The emulator rounds both states of charge.
            assert least * 0.995 <= real <= largest * 1.005
            sizes += 1
        assert sizes >= 2


async def test_a_restart_loses_no_charge_and_doubles_none() -> None:
    """The account opens with its cursors, and the ledger stays right."""
    async with depot(at=NIGHT) as found:
        for _ in range(12):
            await night(found, 0.9)
            found.restart()
            found.clock.advance(6 * MINUTE)
        await found.polls(10)
        ended = {
            key
            for key, one in found.world.sessions.items()
            if one.stopped_at is not None
        }
        assert set(charges(found)) == ended
        assert len(found.ledger) == len(ended)


async def test_chargers_outlive_a_restart() -> None:
    """Without any transaction of the last month they are still there."""
    async with depot() as found:
        await found.poll()
        found.clock.advance(timedelta(days=60))
        found.restart()
        points = await found.provider.charge_points()
        assert [one.id for one in points] == ["CH-1", "CH-2"]


async def test_a_pause_of_days_is_read_backwards() -> None:
    """What happened while nobody polled arrives afterwards."""
    async with depot() as found:
        await found.poll()
        found.restart()
        found.clock.advance(timedelta(days=4))
        found.restart()
        await found.polls(6)
        ended = {
            key
            for key, one in found.world.sessions.items()
            if one.stopped_at is not None
        }
        assert ended == set(charges(found))


async def test_a_charge_that_arrives_late_is_found() -> None:
    """A charger without a connection tells of its charges a day later."""
    async with depot(at=NIGHT) as found:
        await found.poll()
        found.world.configure("CH-2", connected=False)
        await night(found, 5)
        before = set(charges(found))
        found.clock.advance(15 * HOUR)
        found.world.configure("CH-2", connected=True)
        await found.polls(26, HOUR)
        ended = {
            key
            for key, one in found.world.sessions.items()
            if one.stopped_at is not None
        }
        assert before < set(charges(found)) == ended


async def test_history_is_streamed_from_the_wire() -> None:
    """Whole spans, joined, each charge once, oldest first."""
    world = scenarios.depot(SimulatedClock(NOON), 2, 2, past_days=20)
    async with depot(world) as found:
        await found.provider.charge_points()
        since = NOON - timedelta(days=18)
        streamed = [
            one async for page in found.provider.sessions(since, NOON) for one in page
        ]
        wanted = {
            one.id for one in world.sessions.values() if since <= one.started_at < NOON
        }
        assert [one.id for one in streamed if one.id in wanted]
        assert len(streamed) == len(wanted)
        assert {one.id for one in streamed} == wanted
        starts = [one.started_at for one in streamed if one.started_at]
        assert starts == sorted(starts)
        drawn = [one for one in streamed if one.drawn_kwh is not None]
        assert {one.place for one in drawn} == {"CH-1"}


async def test_one_session_is_read_again() -> None:
    """By its connector and start, also by an account that has just been opened."""
    async with depot(at=NIGHT) as found:
        await night(found, 8)
        one = next(iter(found.ledger.values()))
        found.snapshot = type(found.snapshot)(charge_points={})
        found.restart()
        again = await found.provider.session(one)
        assert again.key == one.key
        assert again.energy_kwh == pytest.approx(one.energy_kwh, abs=0.002)
