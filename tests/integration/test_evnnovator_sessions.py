"""Sessions that fall silent, come back, and are closed by a CDR; their cost."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from decimal import Decimal

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ev_charging_cloud.event import SessionEvent
from custom_components.ev_charging_cloud.happenings import Happening
from custom_components.ev_charging_cloud.providers.model import CostState
from emulator.session import Session
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event

from .evnnovator_home import (
    FIRST,
    LAB,
    OFFICE,
    SECOND,
    Setup,
    at,
    close,
    gateway_home,
    kept,
    kwh,
    office,
)
from .support import Home

pytestmark = pytest.mark.usefixtures("flowing")

HOUR = timedelta(hours=1)


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


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return what event entities report, in order, and at which driver."""
    found: list[tuple[str, str]] = []
    report: Callable[[SessionEvent, Happening], None] = SessionEvent._handle_happening

    def note(entity: SessionEvent, one: Happening) -> None:
        found.append((entity.view.evse.id, one.kind.value))
        report(entity, one)

    monkeypatch.setattr(SessionEvent, "_handle_happening", note)
    return found


async def live(home: Home, duration: timedelta) -> None:
    """Let time go by from poll to poll."""
    # The loop's debug mode keeps a stack for each call, which takes most of the time.
    asyncio.get_running_loop().set_debug(False)
    end = home.world.clock.now() + duration
    while home.world.clock.now() < end:
        await home.next_poll()


async def charge(home: Home, evse: str, driver: str) -> Session:
    """Let a charge run for ten minutes, and be read."""
    await home.set_up()
    home.world.start(evse, driver)
    await live(home, timedelta(minutes=10))
    return home.session(evse)


async def test_a_silent_session_is_stale_and_can_be_stopped(
    home: Home, told: list[tuple[str, str]]
) -> None:
    """Silence ends nothing; a CDR does, once, and with the final cost."""
    session = await charge(home, OFFICE, "driver-2")
    assert home.value("charging", SECOND) == "on"
    assert float(home.value("power", SECOND)) == pytest.approx(7.4, rel=0.1)
    home.world.set_evse(OFFICE, held=True)
    await live(home, timedelta(minutes=45))
    assert home.value("charging", SECOND) == "on"
    assert home.value("power", SECOND) == "unknown"
    assert home.value("status", SECOND) == "unknown"
    assert float(home.value("session_energy", SECOND)) == close(kwh(home, session.id))
    (row,) = [one for one in await kept(home.hass) if one.reference == session.id]
    assert row.running
    assert row.stale
    assert told == [(SECOND, "started")]
    # It can be stopped, and is then asked about at every poll.
    before = home.asked("evnnovator_stop")
    action = await home.begin_switch(False, SECOND)
    assert home.asked("evnnovator_stop") == before + 1
    with pytest.raises(Exception, match="has not stopped"):
        await home.finish(action)
    assert session.stopped_at is not None
    assert home.value("charging", SECOND) == "on"
    await live(home, HOUR)
    assert home.value("charging", SECOND) == "off"
    assert home.value("power", SECOND) == "0.0"
    assert told == [(SECOND, "started"), (SECOND, "finished")]
    (row,) = [one for one in await kept(home.hass) if one.reference == session.id]
    assert not row.running
    assert not row.stale
    assert row.ended_at is not None
    assert abs(row.ended_at - session.stopped_at) < timedelta(milliseconds=1)
    assert row.cost is not None
    assert row.cost.state is CostState.FINAL
    net = Decimal(str(round(round(kwh(home, session.id), 3) * 18, 4)))
    assert row.cost.net == net
    assert row.cost.gross == pytest.approx(net * Decimal("1.18"), abs=Decimal("0.0001"))
    said = home.state("session", SECOND).attributes
    assert said["cost_state"] == "final"
    assert said["energy_kwh"] == close(kwh(home, session.id))
    await home.reload()
    await live(home, HOUR)
    assert told == [(SECOND, "started"), (SECOND, "finished")]


async def test_a_session_that_ends_by_itself_is_closed_by_its_cdr(
    home: Home, told: list[tuple[str, str]]
) -> None:
    """It was stale before, because the operator tells no end."""
    session = await charge(home, OFFICE, "driver-2")
    home.world.unplug(OFFICE)
    await live(home, timedelta(minutes=15))
    assert home.value("charging", SECOND) == "on"
    assert told == [(SECOND, "started")]
    await live(home, timedelta(minutes=30))
    assert home.value("charging", SECOND) == "off"
    assert told == [(SECOND, "started"), (SECOND, "finished")]
    assert session.stopped_at is not None
    ended = home.state("session", SECOND).attributes["ended_at"]
    off = datetime.fromisoformat(ended) - session.stopped_at
    assert abs(off) < timedelta(milliseconds=1)


async def test_a_session_that_goes_on_after_eight_hours_is_the_same(
    home: Home, told: list[tuple[str, str]]
) -> None:
    """One row, one start, one count; power is known again."""
    session = await charge(home, OFFICE, "driver-2")
    reset = home.state("session_energy", SECOND).attributes["last_reset"]
    home.world.set_evse(OFFICE, held=True)
    await live(home, 8 * HOUR)
    silent = float(home.value("session_energy", SECOND))
    assert home.value("charging", SECOND) == "on"
    assert home.value("power", SECOND) == "unknown"
    home.world.set_evse(OFFICE, held=False)
    await live(home, timedelta(minutes=15))
    assert float(home.value("power", SECOND)) == pytest.approx(7.4, rel=0.1)
    assert home.value("status", SECOND) == "charging"
    assert float(home.value("session_energy", SECOND)) > silent
    assert home.state("session_energy", SECOND).attributes["last_reset"] == reset
    home.world.stop(session.id)
    await live(home, HOUR)
    assert home.value("charging", SECOND) == "off"
    assert told == [(SECOND, "started"), (SECOND, "finished")]
    found = [one for one in await kept(home.hass) if one.reference == session.id]
    assert len(found) == 1
    assert found[0].energy_kwh == close(kwh(home, session.id))
    assert len(await kept(home.hass)) == 3


@at(profile=office(cdr_delay=None))
async def test_without_a_cdr_a_silent_session_stays_stale(
    home: Home, told: list[tuple[str, str]]
) -> None:
    """Nobody says that it is over; the next one of the driver does."""
    await charge(home, OFFICE, "driver-2")
    home.world.stop(home.session(OFFICE).id)
    await live(home, 30 * HOUR)
    assert home.value("charging", SECOND) == "on"
    assert home.value("power", SECOND) == "unknown"
    home.world.start(OFFICE, "driver-2")
    await live(home, timedelta(minutes=10))
    assert home.value("power", SECOND) != "unknown"
    # The session of the day before was not known to be over either.
    kinds = ["finished", "started", "finished", "started"]
    assert told == [(SECOND, kind) for kind in kinds]


@pytest.mark.parametrize(
    ("evse", "driver", "key", "price"),
    [(LAB, "driver-1", FIRST, 15), (OFFICE, "driver-2", SECOND, 18)],
    ids=["lab", "office"],
)
async def test_the_cost_counts_without_tax_only(
    home: Home, evse: str, driver: str, key: str, price: int
) -> None:
    """No state ever is the gross amount, though a CDR knows it."""
    await home.set_up()
    with pytest.raises(AssertionError, match="no entity"):
        home.entity_id("session_cost", key)
    seen: list[tuple[str, float]] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if new is not None and new.state not in ("unknown", "unavailable"):
            seen.append((new.attributes["last_reset"], float(new.state)))

    entity_id = home.entity_id("session_net_cost", key)
    stop = async_track_state_change_event(home.hass, [entity_id], note)
    home.world.start(evse, driver)
    await live(home, timedelta(minutes=30))
    session = home.session(evse)
    home.world.stop(session.id)
    await live(home, 2 * HOUR)
    stop()
    net = round(round(kwh(home, session.id), 3) * price, 4)
    (row,) = [one for one in await kept(home.hass) if one.reference == session.id]
    assert row.cost is not None
    assert row.cost.gross is not None
    assert float(row.cost.gross) == close(net * 1.18)
    assert float(home.value("session_net_cost", key)) == close(net)
    counts = [value for reset, value in seen if reset == seen[-1][0]]
    assert len(counts) > 10
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert max(counts) == close(net)
    assert home.state("session_net_cost", key).attributes["state_class"] == "total"
