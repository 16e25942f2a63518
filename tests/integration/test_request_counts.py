"""How often the back end is asked, and what is written in Home Assistant then."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
import time

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.providers.oauth import TokenKeeper, Tokens
from custom_components.ev_charging_cloud.storage import TokenFile
from emulator import Emulator, World, scenarios
from emulator.clock import Clock
from homeassistant.const import EVENT_STATE_CHANGED, EVENT_STATE_REPORTED
from homeassistant.core import (
    Event,
    EventStateChangedData,
    EventStateReportedData,
    callback,
)
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.async_ import get_scheduled_timer_handles

from .support import START, Home, make_entry, operator, place

HOUR = timedelta(hours=1)
LIST = "charge_points"
ELSEWHERE = "session_active"
DETAIL = "session_detail"
TOKEN = "token"
LIFETIME = 3600
OTHER = "ampeco_other_3001"


@pytest.fixture(autouse=True)
def simulated_lifetimes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tokens age by the simulated clock."""
    defaults = TokenKeeper.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "now", lambda: time.time())


async def live(home: Home, duration: timedelta) -> timedelta:
    """Let time go by from timer to timer; return how long a session was running."""
    loop, now = home.hass.loop, home.world.clock.now
    end, running = now() + duration, timedelta()
    while now() < end:
        timers = [one.when() for one in get_scheduled_timer_handles(loop)]
        soon = timedelta(seconds=max(0.01, min(timers, default=60.0) - loop.time()))
        active = any(evse.session for evse in home.world.evses.values())
        step = min(soon, end - now())
        await home.advance(step)
        running += step if active else timedelta()
    return running


def moments(emulator: Emulator, kind: str) -> list[datetime]:
    """Return when requests of a kind came in."""
    return [one.moment for one in emulator.requests if one.kind == kind]


def busiest_hour(emulator: Emulator) -> int:
    """Return the largest number of requests within an hour of the clock."""
    hours = Counter((one.moment.day, one.moment.hour) for one in emulator.requests)
    return max(hours.values())


def show[K](title: str, counts: Counter[K]) -> None:
    """Print what was counted, for `pytest -s`."""
    figures = ", ".join(f"{key} {count}" for key, count in counts.items())
    print(f"\n{title}: {figures}")  # noqa: T201


@contextmanager
def written(home: Home) -> Iterator[Counter[str]]:
    """Count by entity what is written to the state machine, changed or not."""
    ours = {entity.entity_id for entity in home.entities()}
    found: Counter[str] = Counter()

    @callback
    def note(
        event: Event[EventStateChangedData] | Event[EventStateReportedData],
    ) -> None:
        if (entity_id := event.data["entity_id"]) in ours:
            found[entity_id] += 1

    stops = [
        home.hass.bus.async_listen(EVENT_STATE_CHANGED, note),
        home.hass.bus.async_listen(
            EVENT_STATE_REPORTED, note, event_filter=callback(lambda data: True)
        ),
    ]
    yield found
    for stop in stops:
        stop()


def evening(clock: Clock) -> World:
    """Return a fleet in which all cars charge for two hours, from about 18:00 UTC."""
    world = scenarios.fleet(clock, charge_points=10, evses_each=3)
    for position, evse_id in enumerate(world.evses):
        begin = START + timedelta(hours=3, minutes=20 + position % 10)
        start = {"evse_id": evse_id, "driver_id": "3001"}
        world.plan(begin, "start", start)
        world.plan(begin + 2 * HOUR, "unplug", {"evse_id": evse_id})
    return world


@pytest.mark.slow
@place(evening)
@operator(access_lifetime=LIFETIME)
async def test_a_day_of_thirty_evses_stays_within_the_policy(home: Home) -> None:
    """All cars charge for two hours in the evening; requests are counted."""
    await home.set_up()
    home.emulator.requests.clear()
    running = await live(home, timedelta(days=1))
    counts = Counter(one.kind for one in home.emulator.requests)
    policy = home.coordinator.provider.policy
    sessions = len(home.world.sessions)
    ended = sum(not one.is_open for one in home.world.sessions.values())
    idle = timedelta(days=1) - running
    show(f"A day: {sessions} sessions, running {running}, idle {idle}", counts)
    hours = Counter(one.moment.hour for one in home.emulator.requests)
    show("All requests by hour of the day (UTC)", hours)

    assert counts.keys() == {LIST, ELSEWHERE, DETAIL, TOKEN}
    shortest = 1 - policy.jitter
    # A session is noticed up to one idle wait late and forgotten one active wait late.
    changes = 2 * sessions
    most = idle / policy.idle + running / policy.active
    assert counts[LIST] <= most / shortest + changes
    assert counts[LIST] >= most / (1 + policy.jitter) / 2
    assert counts[ELSEWHERE] <= timedelta(days=1) / (policy.elsewhere * shortest) + 1
    assert counts[DETAIL] == ended
    assert counts[TOKEN] <= timedelta(days=1).total_seconds() / (LIFETIME * 0.9) + 1
    assert busiest_hour(home.emulator) <= policy.budget
    assert {one.status for one in home.emulator.requests} == {200, 404}


@place(scenarios.fleet, charge_points=10, evses_each=3)
async def test_idle_hours_cost_no_more_than_twelve_reads_of_each_kind(
    home: Home,
) -> None:
    """Nothing happens for six hours."""
    await home.set_up()
    home.emulator.requests.clear()
    await live(home, 6 * HOUR)
    counts = Counter(one.kind for one in home.emulator.requests)
    show("6 h idle", counts)
    assert counts.keys() == {LIST, ELSEWHERE}
    # The jitter evens out: 72 waits of 300 s last 6 h, give or take some minutes.
    assert 66 <= counts[LIST] <= 78
    assert counts[LIST] - 3 <= counts[ELSEWHERE] <= counts[LIST]


@place(scenarios.fleet, charge_points=10, evses_each=3, charging=30)
async def test_active_hours_cost_no_more_than_one_read_in_thirty_seconds(
    home: Home,
) -> None:
    """Thirty cars charge for an hour, in one request a poll."""
    await home.set_up()
    home.emulator.requests.clear()
    await live(home, HOUR)
    counts = Counter(one.kind for one in home.emulator.requests)
    show("1 h with thirty cars charging", counts)
    assert counts.keys() == {LIST, ELSEWHERE}
    assert 110 <= counts[LIST] <= 130
    assert 11 <= counts[ELSEWHERE] <= 13


@place(scenarios.public)
async def test_a_public_session_costs_one_more_read_a_poll(home: Home) -> None:
    """A session at a public station is read at every active poll."""
    await home.set_up()
    home.emulator.requests.clear()
    await live(home, HOUR)
    counts = Counter(one.kind for one in home.emulator.requests)
    show("1 h with a public session", counts)
    assert counts.keys() == {LIST, ELSEWHERE}
    assert 110 <= counts[LIST] <= 130
    assert counts[ELSEWHERE] == counts[LIST]


@pytest.mark.slow
async def test_no_read_falls_on_the_full_hour(home: Home) -> None:
    """Three hours of polls every 30 s, of which some would."""
    await home.set_up()
    await home.switch(True)
    home.emulator.requests.clear()
    await live(home, 3 * HOUR)
    # The coordinator rounds to seconds, so one of the fifteen may be missing.
    margin = home.coordinator.provider.policy.hour_margin - timedelta(seconds=1)
    shifted = [one + margin for one in moments(home.emulator, LIST)]
    distances = [
        timedelta(minutes=one.minute, seconds=one.second, microseconds=one.microsecond)
        for one in shifted
    ]
    assert len(distances) > 300
    assert min(distances) >= 2 * margin


@pytest.fixture
async def other(home: Home) -> AsyncIterator[Emulator]:
    """Set up a second account, at another operator."""
    async with Emulator(scenarios.single(home.emulator.clock)) as emulator:
        first = make_entry(emulator.url)
        entry = MockConfigEntry(
            domain=DOMAIN, title="Other", unique_id=OTHER, data=first.data
        )
        entry.add_to_hass(home.hass)
        pair = emulator.ampeco.issue_tokens()
        tokens = Tokens(
            access=pair.access_token,
            refresh=pair.refresh_token,
            obtained_at=datetime.now(UTC).timestamp(),
            lifetime=float(pair.expires_in),
        )
        await TokenFile(home.hass, OTHER).save(tokens)
        # The first account to be set up sets the others up too.
        await home.set_up()
        yield emulator
        await home.hass.config_entries.async_unload(entry.entry_id)


async def test_two_accounts_do_not_poll_in_lockstep(
    home: Home, other: Emulator
) -> None:
    """Both begin at the same moment and drift apart."""
    await live(home, 6 * HOUR)
    ours, theirs = moments(home.emulator, LIST), moments(other, LIST)
    assert len(ours) > 60 and len(theirs) > 60
    second = timedelta(seconds=1)
    together = [one for one in ours if any(abs(one - two) < second for two in theirs)]
    assert len(together) <= len(ours) / 5


@place(scenarios.fleet, charge_points=10, evses_each=3)
async def test_nothing_is_written_where_nothing_changed(home: Home) -> None:
    """Ten polls of thirty idle EVSEs, within one hour of the tariff."""
    await home.set_up()
    await home.advance(25 * 60)
    with written(home) as found:
        for _ in range(3):
            await home.next_poll()
        for _ in range(7):
            await home.poll()
    assert not found


@place(scenarios.fleet, charge_points=10, evses_each=3, charging=1)
async def test_only_the_evse_that_changed_is_written(home: Home) -> None:
    """One of thirty EVSEs charges: its energy and its cost change, nothing else."""
    await home.set_up()
    await live(home, timedelta(minutes=10))
    polls = home.asked(LIST)
    with written(home) as found:
        await live(home, timedelta(minutes=5))
    polls = home.asked(LIST) - polls
    show(f"Written in {polls} polls with one of 30 EVSEs charging", found)
    energy, cost = (
        home.entity_id(f"session_{one}", "700001") for one in ("energy", "cost")
    )
    assert found.keys() == {energy, cost}
    assert found[energy] <= polls
    assert found[cost] <= polls


async def test_an_unconfirmed_start_is_looked_for_at_doubling_gaps(
    home: Home,
) -> None:
    """The answer to a start is a server error; it is sent once and then looked for."""
    await home.set_up()
    home.emulator.faults.add("status", path="session/start$", status=500)
    with pytest.raises(HomeAssistantError):
        await home.switch(True)
    assert home.asked("session_start") == 1
    assert looks(home, "session_start") == [0, 5, 15, 35, 75]


async def test_looks_end_with_the_confirmation_of_a_start(home: Home) -> None:
    """The charger confirms after 4 s, so the look at 5 s is the last one."""
    await home.set_up()
    await home.switch(True)
    await home.advance(15)
    assert looks(home, "session_start") == [0, 5]


async def test_looks_end_with_the_confirmation_of_a_stop(home: Home) -> None:
    """The charger has stopped after 4 s, so the look at 5 s is the last one."""
    await home.set_up()
    await home.switch(True)
    await home.advance(120)
    await home.switch(False)
    await home.advance(15)
    assert looks(home, "session_end") == [0, 5]


def looks(home: Home, command: str) -> list[float]:
    """Return after how many seconds the account was read after a command."""
    kinds = [one.kind for one in home.emulator.requests]
    sent, *after = home.emulator.requests[kinds.index(command) :]
    reads = [one.moment for one in after if one.kind == LIST]
    return [(moment - sent.moment).total_seconds() for moment in reads]
