"""How often an operator is asked, and how many entities a large one makes.

Run with ``-s`` to see the figures.
"""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from itertools import pairwise

from freezegun.api import FrozenDateTimeFactory
import pytest

from emulator import EmablerProfile
from homeassistant.core import HomeAssistant

from .party_home import (
    AT_HOME,
    DAY,
    FREE,
    HOUR,
    PartyHome,
    Setup,
    at,
    cpo,
    crowd,
    kept,
    party_home,
)

pytestmark = pytest.mark.slow

PAGE = 50
# What an idle account may ask for in an hour (issue 4).
MOST = {"sessions": 12, "locations": 4, "cdrs": 2, "tariffs": 1}


@pytest.fixture
async def home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[PartyHome]:
    """Return a Home Assistant with two tokens and one location."""
    async with party_home(hass, freezer, monkeypatch, request.param) as found:
        yield found


def moments(home: PartyHome) -> dict[str, list[datetime]]:
    """Return when each module was asked."""
    found: dict[str, list[datetime]] = {}
    prefix = f"{home.entry.data['backend']}_"
    for one in home.emulator.requests:
        found.setdefault(one.kind.removeprefix(prefix), []).append(one.moment)
    return found


def busiest(times: list[datetime]) -> int:
    """Return the largest number of requests within any hour."""
    return max((sum(at <= one < at + HOUR for one in times) for at in times), default=0)


def show(title: str, home: PartyHome) -> dict[str, int]:
    """Print what was asked for by module, and return the busiest hours."""
    found = moments(home)
    hours = {module: busiest(times) for module, times in found.items()}
    figures = ", ".join(
        f"{module} {len(times)} (busiest hour {hours[module]})"
        for module, times in sorted(found.items())
    )
    print(f"\n{title}: {figures}")  # noqa: T201
    return hours


@pytest.mark.parametrize(
    "home",
    [
        Setup(ocpi=cpo(page_limit=PAGE), world=crowd(past_sessions=200)),
        Setup(emabler=EmablerProfile(page_limit=PAGE), world=crowd(past_sessions=200)),
    ],
    indirect=True,
    ids=["ocpi", "emabler"],
)
async def test_an_idle_day(home: PartyHome) -> None:
    """After the hour of set-up, with the daily look back; each module once when due."""
    home.quiet()
    await home.set_up()
    assert len(await kept(home)) > 190
    await home.live(HOUR)
    home.emulator.requests.clear()
    await home.live(DAY)
    hours = show("A day, idle", home)
    found = moments(home)
    assert hours.keys() == MOST.keys()
    assert not [module for module in hours if hours[module] > MOST[module]]
    assert len(found["sessions"]) >= 220
    # Only the look back of the day asks a second time at a poll.
    at_once = Counter(Counter(found["sessions"]).values())
    assert at_once[2] == 1
    assert max(at_once) == 2
    assert all(
        len(set(found[one])) == len(found[one]) for one in MOST if one != "sessions"
    )
    assert {one.status for one in home.emulator.requests} == {200}


@at(
    ocpi=cpo(page_limit=PAGE),
    world=crowd(locations=8, evses_each=4, charging=20),
    included=(4, 5, 6, 7, 8),
)
async def test_twenty_charges_are_one_request_a_poll(home: PartyHome) -> None:
    """An hour in which all of them report every minute."""
    await home.set_up()
    running = [one for one in home.world.sessions.values() if one.is_open]
    assert len(running) >= 20
    home.emulator.requests.clear()
    home.coordinator.provider.transport.total = 0
    polls = 0

    def note() -> None:
        nonlocal polls
        polls += 1

    stop = home.coordinator.async_add_listener(note)
    await home.live(HOUR)
    stop()
    show(f"An hour with {len(running)} charges, {polls} polls", home)
    found = moments(home)
    times = found["sessions"]
    assert len(times) == len(set(times)) == polls
    assert 52 <= polls <= 68
    assert max(after - before for before, after in pairwise(times)) < timedelta(
        seconds=90
    )
    assert len(found["locations"]) <= MOST["locations"]
    assert len(found["cdrs"]) <= MOST["cdrs"]
    shown = [
        float(state.state)
        for state in home.hass.states.async_all("sensor")
        if state.entity_id.endswith("session_energy") and state.state != "unknown"
    ]
    assert len([one for one in shown if one > 5]) >= 20


@at(
    ocpi=cpo(page_limit=PAGE, report_every=36_000),
    world=crowd(locations=8, evses_each=4, charging=20),
)
async def test_nothing_new_is_one_request_for_each_list_that_is_due(
    home: PartyHome,
) -> None:
    """Charges run of which nothing is reported."""
    await home.set_up()
    await home.live(HOUR)
    home.emulator.requests.clear()
    for _ in range(40):
        before = len(home.emulator.requests)
        await home.next_poll()
        kinds = [one.kind for one in home.emulator.requests[before:]]
        assert kinds[0] == "ocpi_sessions"
        assert len(kinds) == len(set(kinds))
    show("40 polls with nothing new", home)


@at(
    ocpi=cpo(page_limit=PAGE),
    world=crowd(locations=103, evses_each=10, charging=0),
)
async def test_a_thousand_evses(home: PartyHome) -> None:
    """All are known; only those of the picked location have entities."""
    await home.set_up()
    evses = [one for point in home.coordinator.pickable() for one in point.evses]
    assert len(evses) == 1004
    registered = home.entities()
    states = [home.hass.states.get(one.entity_id) for one in registered]
    written = sum(one is not None for one in states)
    devices = {one.device_id for one in registered}
    pages = home.asked("locations")
    print(  # noqa: T201
        f"\n{len(evses)} EVSEs known in {pages} pages: {len(registered)} entities"
        f" registered, {written} of them enabled, {len(devices)} devices"
    )
    assert pages == 3
    owners = {one.unique_id for one in registered if "loc-" in one.unique_id}
    start = f"{home.account}_evse_"
    assert {
        one.removeprefix(start).rsplit("_", 1)[0].partition("_")[0] for one in owners
    } == {home.full(AT_HOME), home.full(FREE)}
    assert len(registered) <= 75
    assert written <= 50
    # Account, two EVSEs, two tokens, elsewhere.
    assert len(devices) == 6
    assert len(home.coordinator.shown()) == 5
    home.emulator.requests.clear()
    await home.next_poll()
    assert home.asked("locations") <= 1
