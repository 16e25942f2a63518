"""What the recorder makes of OCPI sessions, against the world's meter and bill."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
import time

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.ev_charging_cloud.providers.model import CostState
from emulator import EmablerProfile
from emulator.ocpi.tariffs import DAY_TARIFF
from emulator.session import Session
from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.history import state_changes_during_period
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import entity

from .party_home import (
    APP,
    FREE,
    HOUR,
    MINUTE,
    PartyHome,
    Setup,
    cpo,
    kept,
    kwh,
    party_home,
)
from .support import START

ENERGY, COST = "session_energy", "roaming_cost"
WORDS = ("unknown", "unavailable")
NO_TARIFFS = frozenset({"tariffs"})
# Without a price for parking: while a session runs, its periods do not tell that time.
SIMPLE = (replace(DAY_TARIFF, elements=DAY_TARIFF.elements[:1]),)

pytestmark = [pytest.mark.usefixtures("flowing"), pytest.mark.slow]


@pytest.fixture(autouse=True)
def custom_integrations(
    request: pytest.FixtureRequest, freezer: FrozenDateTimeFactory
) -> None:
    """Start the recorder under the simulated clock, by which it compiles."""
    freezer.move_to(START)
    for name in ("socket_enabled", "recorder_mock", "enable_custom_integrations"):
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
async def home(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[PartyHome]:
    """Return a Home Assistant with a recorder."""
    setup = getattr(request, "param", Setup())
    async with party_home(hass, freezer, monkeypatch, setup) as found:
        yield found


async def live(home: PartyHome, duration: timedelta) -> None:
    """Let time go by with all polls, and let the recorder keep up."""
    end = home.world.clock.now() + duration
    while (left := end - home.world.clock.now()) > timedelta():
        before = home.world.clock.now()
        await home.advance(min(left, timedelta(seconds=50)))
        if before.minute // 5 != home.world.clock.now().minute // 5:
            await home.advance(1)
            await async_wait_recording_done(home.hass)


async def close(home: PartyHome) -> None:
    """Let time go by until the hour is in the books."""
    now = home.world.clock.now()
    into = timedelta(minutes=now.minute, seconds=now.second)
    await live(home, HOUR - into + timedelta(seconds=45))
    await async_wait_recording_done(home.hass)


async def total(home: PartyHome, key: str, evse: str) -> float:
    """Return what the long-term statistics of an entity add up to."""
    entity_id = home.entity_id(key, evse)
    rows = await get_instance(home.hass).async_add_executor_job(
        statistics_during_period,
        home.hass,
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


async def history(home: PartyHome, key: str, evse: str) -> list[State]:
    """Return the recorded states with a value."""
    entity_id = home.entity_id(key, evse)
    states = await get_instance(home.hass).async_add_executor_job(
        state_changes_during_period, home.hass, START - HOUR, None, entity_id
    )
    return [state for state in states[entity_id] if state.state not in WORDS]


async def check(home: PartyHome, evse: str, *sessions: Session) -> None:
    """Compare the books with the world's meter and bill, and find no dip."""
    await close(home)
    energy = sum(kwh(one) for one in sessions)
    bills = sum(float(home.party.bill(one.id)[0]) for one in sessions)
    assert await total(home, ENERGY, evse) == pytest.approx(energy, abs=0.002)
    assert await total(home, COST, evse) == pytest.approx(bills, abs=0.002)
    for key in (ENERGY, COST):
        counts: dict[str, list[float]] = {}
        for state in await history(home, key, evse):
            values = counts.setdefault(state.attributes["last_reset"], [])
            values.append(float(state.state))
        assert len(counts) == len(sessions)
        assert all(values == sorted(values) for values in counts.values())
    rows = await kept(home)
    for one in sessions:
        cost = rows[one.id].cost
        assert cost is not None
        assert cost.state is CostState.FINAL


async def charge(home: PartyHome, duration: timedelta) -> Session:
    """Charge by the switch."""
    await home.switch(True, FREE)
    session = home.session(FREE)
    await live(home, duration)
    await home.switch(False, FREE)
    await live(home, 12 * MINUTE)
    return session


def fresh(home: PartyHome) -> None:
    """Let nobody charge, and forget that anybody did before."""
    home.world.stop("5004")
    home.world.sessions.clear()


@pytest.mark.parametrize(
    "home",
    [Setup(), Setup(version="v2-1-1"), Setup(emabler=EmablerProfile())],
    indirect=True,
    ids=["2.3.0", "2.1.1", "emabler"],
)
async def test_two_charges_are_each_counted_once(home: PartyHome) -> None:
    """At the EVSE as well as at the token, over the hour."""
    fresh(home)
    await home.set_up()
    first = await charge(home, 25 * MINUTE)
    second = await charge(home, 10 * MINUTE)
    await check(home, FREE, first, second)
    assert await total(home, ENERGY, APP) == await total(home, ENERGY, FREE)
    assert await total(home, COST, APP) == await total(home, COST, FREE)


async def test_a_restart_in_the_middle_goes_on_counting(home: PartyHome) -> None:
    """Home Assistant is down for ten minutes while the car charges."""
    fresh(home)
    await home.set_up()
    await home.switch(True, FREE)
    session = home.session(FREE)
    await live(home, 10 * MINUTE)
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    await home.settle()
    await live(home, 10 * MINUTE)
    await home.set_up()
    await live(home, 5 * MINUTE)
    await home.switch(False, FREE)
    await check(home, FREE, session)


@pytest.mark.parametrize(
    "home",
    [
        Setup(ocpi=cpo(cost="absent_while_running", unlisted=NO_TARIFFS)),
        Setup(ocpi=cpo(cost="always_zero", unlisted=NO_TARIFFS)),
    ],
    indirect=True,
    ids=["absent", "zero"],
)
async def test_a_cost_that_only_the_bill_tells_is_counted(home: PartyHome) -> None:
    """In full, even where it is the first that anybody hears of."""
    fresh(home)
    await home.set_up()
    session = await charge(home, 20 * MINUTE)
    await check(home, FREE, session)
    assert await total(home, COST, APP) == await total(home, COST, FREE)


@pytest.mark.parametrize(
    "home",
    [
        Setup(ocpi=cpo(cost="always_zero", tariffs=SIMPLE)),
        Setup(ocpi=cpo(cost="absent_while_running", tariffs=SIMPLE)),
    ],
    indirect=True,
    ids=["zero", "absent"],
)
async def test_an_estimate_gives_way_to_the_bill(home: PartyHome) -> None:
    """While the operator does not say it, the tariff does; both are one count."""
    fresh(home)
    await home.set_up()
    await home.switch(True, FREE)
    session = home.session(FREE)
    await live(home, 10 * MINUTE)
    net, _ = home.party.bill(session.id)
    assert home.number(COST, FREE) == pytest.approx(float(net), abs=0.1)
    await live(home, 10 * MINUTE)
    await home.switch(False, FREE)
    await check(home, FREE, session)
