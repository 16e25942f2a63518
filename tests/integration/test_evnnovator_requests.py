"""How often the gateway is asked, and what falls between two polls."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from emulator import Emulator
from homeassistant.core import HomeAssistant

from .evnnovator_home import (
    FIRST,
    LAB,
    OFFICE,
    SECOND,
    Part,
    Setup,
    at,
    gateway_home,
    kept,
    press,
)
from .support import Home

pytestmark = pytest.mark.usefixtures("flowing")

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
LATEST = "evnnovator_latest"
CDR = "evnnovator_cdr_of_session"


@pytest.fixture
async def home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Home]:
    """Return a Home Assistant with two drivers."""
    setup = getattr(request, "param", Setup())
    async with gateway_home(hass, freezer, monkeypatch, setup) as found:
        yield found


def kinds(emulator: Emulator) -> Counter[str]:
    """Return how many requests of each kind came in."""
    return Counter(one.kind for one in emulator.requests)


def plan(
    home: Home, evse: str, driver: str, after: timedelta, lasts: timedelta
) -> None:
    """Let a driver charge for a while later on."""
    world = home.world
    begin, end = world.time + after, world.time + after + lasts
    car = world.evse(evse).car
    assert car is not None
    world.plan(begin, "set_car", {"car_id": car.id, "soc_percent": 20})
    world.plan(begin, "start", {"evse_id": evse, "driver_id": driver})
    # Pulling the cable ends a session without its id; the car is back at once.
    world.plan(end, "unplug", {"evse_id": evse})
    world.plan(end + timedelta(seconds=1), "plug", {"evse_id": evse, "car_id": car.id})


async def live(home: Home, duration: timedelta) -> int:
    """Let time go by from poll to poll; return how many there were."""
    end, polls = home.world.clock.now() + duration, 0
    while home.world.clock.now() < end:
        await home.next_poll()
        polls += 1
    return polls


async def test_one_request_for_each_driver_and_poll(home: Home) -> None:
    """While nothing is due but a look."""
    await home.set_up()
    # The last sessions' CDRs were read with the first poll.
    assert kinds(home.emulator) == {LATEST: 2, CDR: 2}
    polls = await live(home, 2 * HOUR)
    assert kinds(home.emulator) == {LATEST: 2 + 2 * polls, CDR: 2}
    assert polls == pytest.approx(24, abs=3)


@at(
    parts={
        f"p{number}": Part(driver=f"driver-{1 + number % 2}", label=f"D{number}")
        for number in range(9)
    }
)
async def test_nine_drivers(home: Home) -> None:
    """Each costs a request, and no more."""
    await home.set_up()
    before = home.asked(LATEST)
    assert before == 9
    await home.next_poll()
    assert home.asked(LATEST) == 18


@at(parts={})
async def test_without_a_driver_nothing_is_asked(home: Home) -> None:
    """The account alone has nothing to show."""
    await home.set_up()
    await live(home, HOUR)
    assert home.emulator.requests == [] or not kinds(home.emulator)


async def test_a_driver_who_is_removed_while_charging(home: Home) -> None:
    """Nobody asks every minute for somebody who is not there any more."""
    home.world.start(LAB, "driver-1")
    await home.advance(60)
    await home.set_up()
    assert home.value("charging", FIRST) == "on"
    home.hass.config_entries.async_remove_subentry(home.entry, "one")
    await home.settle()
    for _ in range(3):
        await home.next_poll()
    interval = home.coordinator.update_interval
    assert interval is not None
    assert interval > 4 * MINUTE


async def test_a_command_looks_a_few_times(home: Home) -> None:
    """At growing gaps, not at once and again."""
    await home.set_up()
    await press(home, "register", SECOND)
    await home.advance(60)
    before = kinds(home.emulator)
    await home.switch(True, SECOND)
    spent = kinds(home.emulator) - before
    print(f"\na start: {dict(spent)}")  # noqa: T201
    assert spent["evnnovator_start"] == 1
    # Before the start, at once after it, and after 10, 20 and perhaps 40 s.
    assert spent[LATEST] <= 1 + 2 * 5


async def test_a_day(home: Home) -> None:
    """A commuter, a day of errands with short stops, and what nobody saw."""
    # The loop's debug mode keeps a stack for each call, which takes most of the time.
    asyncio.get_running_loop().set_debug(False)
    world = home.world
    known = set(world.sessions)
    await home.set_up()
    first = kinds(home.emulator)
    # driver-1: an hour in the morning and one in the evening, at the lab.
    plan(home, LAB, "driver-1", 2 * HOUR, HOUR)
    plan(home, LAB, "driver-1", 11 * HOUR, HOUR)
    # driver-2: two hours, then six errands of two short charges each.
    plan(home, OFFICE, "driver-2", 3 * HOUR, 2 * HOUR)
    for number in range(6):
        plan(home, OFFICE, "driver-2", (12 + number) * HOUR, MINUTE)
        plan(home, OFFICE, "driver-2", (12 + number) * HOUR + 1.5 * MINUTE, MINUTE)
    home.coordinator.provider.transport.connection.rng.seed(1)
    polls = await live(home, DAY)
    spent = kinds(home.emulator) - first
    happened = [one for key, one in world.sessions.items() if key not in known]
    mine = [one for one in happened if one.driver_id in ("driver-1", "driver-2")]
    rows = {one.reference for one in await kept(home.hass)}
    missed = [one for one in mine if one.id not in rows]
    hours = Counter((one.moment.day, one.moment.hour) for one in home.emulator.requests)
    print(  # noqa: T201
        f"\na day with 2 drivers: {polls} polls, {dict(spent)},"
        f" busiest hour {max(hours.values())};"
        f" {len(mine)} sessions, {len(missed)} fell between two polls"
    )
    assert len(mine) == 15
    assert spent[LATEST] == 2 * polls
    # Everything else is a session that is read once more, or waits for its CDR.
    assert spent[CDR] <= 60
    assert sum(spent.values()) < 1300
    assert max(hours.values()) <= home.coordinator.provider.policy.budget
    # A session shorter than the gap to the next one cannot be seen at all.
    long = [
        one
        for one in mine
        if one.stopped_at is not None
        and (one.stopped_at - one.started_at > 10 * MINUTE)
    ]
    assert len(long) == 3
    assert all(one.id in rows for one in long)
    assert 3 <= len(missed) <= 6
    assert all(one.driver_id == "driver-2" for one in missed)
    # What was seen is closed with its final figures.
    closed = [one for one in await kept(home.hass) if one.reference in rows]
    assert all(not one.running for one in closed)
    assert all(one.cost is not None and one.cost.gross is not None for one in closed)
