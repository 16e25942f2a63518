"""What the recorder makes of a session, against the world's meter and bill.

Home Assistant's own recorder compiles its own statistics every five minutes and every
hour, as it does for a user.
"""

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
import time
from typing import Any

import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.ev_charging_cloud.const import DOMAIN
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.history import state_changes_during_period
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import State
from homeassistant.helpers import entity

from .support import EVSE, START, Home

ENERGY = "session_energy"
COST = "session_cost"
CHARGE_POINTS = "personal/charge-points$"
SESSION = "/data/0/evses/0/session"
STEP = timedelta(seconds=35)
WINDOW = timedelta(minutes=5)
HOUR = timedelta(hours=1)


@dataclass(kw_only=True)
class Books:
    """The recorder's books about one EVSE, and the world's."""

    home: Home
    storage: dict[str, Any]

    async def live(self, duration: timedelta | float) -> None:
        """Let time go by with all polls, and let the recorder keep up."""
        left = duration if isinstance(duration, timedelta) else timedelta(0, duration)
        while left > timedelta():
            step = min(STEP, left)
            before = _window(self.home.world.clock.now())
            await self.home.advance(step)
            left -= step
            if _window(self.home.world.clock.now()) != before:
                await async_wait_recording_done(self.home.hass)

    async def charge_to(self, kwh: float) -> None:
        """Let time go by until the running session has so much energy."""
        while self.home.session().energy_wh < kwh * 1000:
            await self.live(STEP)

    async def go_down(self) -> None:
        """Stop the account as Home Assistant's end does."""
        await self.home.hass.config_entries.async_unload(self.home.entry.entry_id)
        await self.home.settle()

    async def crash(self, kept: dict[str, Any]) -> None:
        """Stop the account, and find on disk what was there some time before."""
        await self.go_down()
        for key in self.kept():
            del self.storage[key]
        self.storage.update(kept)

    def kept(self) -> dict[str, Any]:
        """Return what is on disk about sessions."""
        begin = f"{DOMAIN}.sessions."
        return deepcopy({k: v for k, v in self.storage.items() if k.startswith(begin)})

    async def close(self) -> None:
        """Let time go by until the hour is in the books."""
        now = self.home.world.clock.now()
        into = timedelta(minutes=now.minute, seconds=now.second)
        await self.live(HOUR - into + timedelta(seconds=45))
        await async_wait_recording_done(self.home.hass)

    async def sum(self, key: str) -> float:
        """Return what the long-term statistics add up to."""
        entity_id = self.home.entity_id(key)
        rows = await get_instance(self.home.hass).async_add_executor_job(
            statistics_during_period,
            self.home.hass,
            START - HOUR,
            None,
            {entity_id},
            "hour",
            None,
            {"sum"},
        )
        found = rows[entity_id][-1]["sum"]
        assert found is not None
        return found

    async def history(self, key: str) -> list[State]:
        """Return the recorded states with a value."""
        entity_id = self.home.entity_id(key)
        states = await get_instance(self.home.hass).async_add_executor_job(
            state_changes_during_period,
            self.home.hass,
            START - HOUR,
            None,
            entity_id,
        )
        words = ("unknown", "unavailable")
        return [state for state in states[entity_id] if state.state not in words]

    async def check(self) -> None:
        """Compare the books with the world's, and find no dip within a session."""
        await self.close()
        world = self.home.world
        energy = float(world.meter(EVSE).total_wh) / 1000
        bills = float(sum(world.bill(session) for session in world.sessions))
        assert await self.sum(ENERGY) == pytest.approx(energy, abs=0.002)
        assert await self.sum(COST) == pytest.approx(bills, abs=0.005)
        for key in (ENERGY, COST):
            counts = _counts(await self.history(key))
            assert len(counts) == len(world.sessions)
            assert all(values == sorted(values) for values in counts.values())


def _window(moment: datetime) -> timedelta:
    """Return the window of statistics around the moments they are compiled at."""
    return (moment - START - timedelta(seconds=3)) // WINDOW * WINDOW


def _counts(states: list[State]) -> dict[str, list[float]]:
    """Return the values by where they were counted from."""
    found: dict[str, list[float]] = {}
    for state in states:
        values = found.setdefault(state.attributes["last_reset"], [])
        values.append(float(state.state))
    return found


@pytest.fixture(autouse=True)
def custom_integrations(request: pytest.FixtureRequest) -> None:
    """Start the recorder under the simulated clock, by which it compiles."""
    names = ("socket_enabled", "world", "recorder_mock", "enable_custom_integrations")
    for name in names:
        request.getfixturevalue(name)


@pytest.fixture(autouse=True)
def moments_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each written state a moment of its own, as a clock that runs does."""
    written = count()
    monkeypatch.setattr(entity, "timer", lambda: time.time() + next(written) / 10**6)


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile its statistics by itself."""
    return True


@pytest.fixture
async def books(
    recorder_mock: Recorder, home: Home, hass_storage: dict[str, Any]
) -> Books:
    """Return the books of an account that is not set up yet."""
    return Books(home=home, storage=hass_storage)


async def test_one_session_is_counted_once(books: Books) -> None:
    """A session from the switch on to the switch off, its start moved by 2 s."""
    await books.home.set_up()
    await books.home.switch(True)
    first = books.home.state(ENERGY).attributes["last_reset"]
    await books.charge_to(3)
    started = books.home.coordinator.data.tracks[EVSE]
    assert started is not None
    assert started.session.started_at == START + timedelta(seconds=2)
    assert first == START.isoformat()
    await books.home.switch(False)
    await books.check()


async def test_a_session_below_the_minimum_price_costs_the_minimum(
    books: Books,
) -> None:
    """The minimum price appears at the first watt-hour and is counted once."""
    await books.home.set_up()
    await books.home.switch(True)
    await books.live(120)
    await books.home.switch(False)
    await books.check()
    assert await books.sum(COST) == pytest.approx(2.5)


async def test_a_start_that_moves_by_ten_minutes_begins_no_new_count(
    books: Books,
) -> None:
    """The back end corrects the start at 12 kWh."""
    await books.home.set_up()
    await books.home.switch(True)
    await books.charge_to(12)
    face = books.home.emulator.ampeco
    face.profile = replace(face.profile, moved_start=600)
    await books.live(300)
    track = books.home.coordinator.data.tracks[EVSE]
    assert track is not None
    assert track.session.started_at == START + timedelta(minutes=10)
    await books.home.switch(False)
    await books.check()


async def test_a_restart_in_the_middle_goes_on_counting(books: Books) -> None:
    """Home Assistant is down for ten minutes while the car charges."""
    await books.home.set_up()
    await books.home.switch(True)
    await books.charge_to(2)
    await books.go_down()
    await books.live(600)
    await books.home.set_up()
    await books.charge_to(5)
    await books.home.switch(False)
    await books.check()


async def test_a_crash_in_the_middle_goes_on_counting(books: Books) -> None:
    """After a crash the file is as old as the first reading of the session."""
    await books.home.set_up()
    await books.home.switch(True)
    kept = books.kept()
    await books.charge_to(4)
    await books.crash(kept)
    face = books.home.emulator.ampeco
    face.profile = replace(face.profile, moved_start=600)
    await books.home.set_up()
    await books.charge_to(6)
    await books.home.switch(False)
    await books.check()


@pytest.mark.parametrize("nothing", [0, None])
async def test_nothing_for_one_poll_is_no_dip(books: Books, nothing: object) -> None:
    """One reading in the middle says that nothing was charged and nothing is due."""
    await books.home.set_up()
    await books.home.switch(True)
    await books.charge_to(2)
    fault = books.home.emulator.faults.add(
        "mutate",
        path=CHARGE_POINTS,
        count=1,
        operations=[
            {"op": "set", "path": f"{SESSION}/{name}", "value": nothing}
            for name in ("energy", "amount", "totalAmount")
        ],
    )
    while not fault.hits:
        await books.live(STEP)
    assert float(books.home.value(ENERGY)) >= 2
    assert float(books.home.value(COST)) >= 2.5
    await books.charge_to(4)
    await books.home.switch(False)
    await books.check()


async def test_an_outage_in_the_middle_goes_on_counting(books: Books) -> None:
    """The back end fails until everything is unavailable, and the car charges on."""
    await books.home.set_up()
    await books.home.switch(True)
    await books.charge_to(2)
    fault = books.home.emulator.faults.add("html", path=CHARGE_POINTS)
    await books.live(1200)
    assert books.home.value(ENERGY) == "unavailable"
    books.home.emulator.faults.clear(fault)
    await books.live(600)
    await books.home.switch(False)
    await books.check()


async def test_a_session_that_runs_at_set_up_is_counted_from_its_start(
    books: Books,
) -> None:
    """What was charged before Home Assistant knew the account is counted too."""
    books.home.world.start(EVSE, "3001")
    await books.live(1200)
    await books.home.set_up()
    assert float(books.home.value(ENERGY)) > 3
    await books.charge_to(5)
    await books.home.switch(False)
    await books.check()


async def test_two_sessions_within_one_poll_gap_are_both_counted(
    books: Books,
) -> None:
    """A session ends and the next one begins while nobody looks."""
    await books.home.set_up()
    await books.home.switch(True)
    await books.charge_to(2)
    asked = books.home.asked("charge_points")
    first = books.home.session().id
    await _next_session(books)
    await books.live(STEP)
    assert books.home.session().id != first
    assert books.home.asked("charge_points") == asked + 1
    await books.charge_to(3)
    await books.home.switch(False)
    await books.check()


async def test_two_sessions_with_a_pause_are_both_counted(books: Books) -> None:
    """The same car charges twice in one evening."""
    await books.home.set_up()
    for kwh in (2, 1):
        await books.home.switch(True)
        await books.charge_to(kwh)
        await books.home.switch(False)
        await books.live(900)
    await books.check()


async def test_a_session_that_ends_while_down_is_counted_to_its_end(
    books: Books,
) -> None:
    """The end is read at the next start, and stays one count."""
    await books.home.set_up()
    await books.home.switch(True)
    await books.charge_to(2)
    await books.go_down()
    await books.live(600)
    books.home.world.stop(books.home.session().id)
    await books.live(600)
    await books.home.set_up()
    await books.check()


async def test_an_end_and_a_new_start_while_down_are_both_counted(
    books: Books,
) -> None:
    """At the next start one session is over and another one runs."""
    await books.home.set_up()
    await books.home.switch(True)
    await books.charge_to(2)
    await books.go_down()
    await books.live(300)
    await _next_session(books)
    await books.live(300)
    await books.home.set_up()
    await books.charge_to(2)
    await books.home.switch(False)
    await books.check()


async def test_a_first_session_that_begins_while_down_is_counted_from_its_start(
    books: Books,
) -> None:
    """The account was known, but had never charged."""
    await books.home.set_up()
    await books.go_down()
    books.home.world.start(EVSE, "3001")
    await books.live(900)
    await books.home.set_up()
    await books.charge_to(4)
    await books.home.switch(False)
    await books.check()


async def _next_session(books: Books) -> None:
    """Let the running session end and another one begin within half a minute."""
    world = books.home.world
    session, now = books.home.session(), world.clock.now()
    world.plan(now + timedelta(seconds=6), "stop", {"session_id": session.id})
    start = {"evse_id": EVSE, "driver_id": "3001"}
    world.plan(now + timedelta(seconds=16), "start", start)
