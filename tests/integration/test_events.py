"""The event entity: what happened to sessions, each time once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from custom_components.ev_charging_cloud.event import SessionEvent
from custom_components.ev_charging_cloud.happenings import Happening
from custom_components.ev_charging_cloud.tracking import LAST_ATTEMPT
from emulator import Profile, scenarios

from .support import EVSE, Home, operator, place

DRIVER = "3001"
LISTING = r"/personal/charge-points$"
DETAIL = r"/session/\d+$"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the kinds of what event entities report, in order."""
    found: list[str] = []
    report: Callable[[SessionEvent, Happening], None] = SessionEvent._handle_happening

    def note(entity: SessionEvent, one: Happening) -> None:
        found.append(one.kind.value)
        report(entity, one)

    monkeypatch.setattr(SessionEvent, "_handle_happening", note)
    return found


async def begin(home: Home) -> None:
    """Let a session begin at the charger and be read."""
    home.world.start(EVSE, DRIVER, by="rfid")
    await home.advance(30)
    await home.poll()


def attributes(home: Home) -> dict[str, Any]:
    """Return what the event entity says now."""
    return dict(home.state("session").attributes)


async def test_a_start_and_an_end_are_reported_with_what_it_cost(
    home: Home, told: list[str]
) -> None:
    """Energy and cost are those of the world's meter and bill."""
    await home.set_up()
    await begin(home)
    assert told == ["started"]
    await home.advance(1800)
    session = home.session()
    home.world.stop(session.id)
    await home.advance(30)
    await home.poll()
    assert told == ["started", "finished"]
    said = attributes(home)
    assert said["event_type"] == "finished"
    assert said["energy_kwh"] == pytest.approx(
        float(session.energy_wh) / 1000, abs=1e-3
    )
    assert said["cost"] == float(home.world.bill(session.id))
    assert said["currency"] == "DKK"
    assert said["cost_state"] == "final"
    assert said["stop_reason"] == "remote"
    assert said["duration"] == pytest.approx(1860, abs=40)


async def test_a_bill_that_is_not_paid_yet_is_provisional(
    home: Home, told: list[str]
) -> None:
    """Whoever reads the event knows that the amount can change."""
    await home.set_up()
    await begin(home)
    home.world.unplug(EVSE)
    await home.poll()
    assert told == ["started", "finished"]
    assert attributes(home)["cost_state"] == "provisional"


async def test_an_unplugged_car_is_reported_as_finished(
    home: Home, told: list[str]
) -> None:
    """With the reason that the charger gives."""
    await home.set_up()
    await begin(home)
    home.world.unplug(EVSE)
    await home.poll()
    assert told == ["started", "finished"]
    assert attributes(home)["stop_reason"] == "evdisconnected"


async def test_a_failed_session_is_reported_as_failed(
    home: Home, told: list[str]
) -> None:
    """The operator says so in the detail of the session."""
    await home.set_up()
    await begin(home)
    home.emulator.faults.add(
        "mutate",
        path=DETAIL,
        operations=[{"op": "set", "path": "/session/status", "value": "failed"}],
    )
    home.world.unplug(EVSE)
    await home.poll()
    assert told == ["started", "failed"]


async def test_a_session_that_runs_at_set_up_is_not_reported(
    home: Home, told: list[str]
) -> None:
    """It began before anybody listened; its end is reported."""
    home.world.start(EVSE, DRIVER)
    await home.advance(60)
    await home.set_up()
    assert told == []
    assert home.value("session") == "unknown"
    home.world.unplug(EVSE)
    await home.poll()
    assert told == ["finished"]


async def test_a_restart_replays_nothing(home: Home, told: list[str]) -> None:
    """Neither while a session runs nor after it has ended."""
    await home.set_up()
    await begin(home)
    await home.reload()
    await home.poll()
    assert told == ["started"]
    home.world.unplug(EVSE)
    await home.poll()
    assert told == ["started", "finished"]
    await home.reload()
    await home.poll()
    assert told == ["started", "finished"]


@pytest.mark.parametrize(
    "profile",
    [Profile(), Profile(embeds_finished_for=7200)],
    ids=["gone", "still-shown"],
    indirect=True,
)
async def test_an_end_during_a_restart_is_reported_once(
    home: Home, told: list[str]
) -> None:
    """With the final cost, though nobody was there to see it."""
    await home.set_up()
    await begin(home)
    session = home.session()
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    await home.advance(1200)
    home.world.unplug(EVSE)
    await home.advance(60)
    await home.set_up()
    await home.poll()
    assert told == ["started", "finished"]
    assert attributes(home)["cost"] == float(home.world.bill(session.id))
    assert attributes(home)["cost_state"] == "final"


async def test_a_start_during_a_restart_is_not_reported(
    home: Home, told: list[str]
) -> None:
    """It is history by the time it is read; its end is not."""
    await home.set_up()
    await home.hass.config_entries.async_unload(home.entry.entry_id)
    home.world.start(EVSE, DRIVER)
    await home.advance(600)
    await home.set_up()
    assert told == []
    assert home.value("charging") == "on"


async def test_a_session_that_is_missing_once_is_not_over(
    home: Home, told: list[str]
) -> None:
    """The session itself says that it runs."""
    await home.set_up()
    await begin(home)
    home.emulator.faults.add(
        "mutate",
        path=LISTING,
        count=1,
        operations=[{"op": "set", "path": "/data/0/evses/0/session", "value": None}],
    )
    await home.poll()
    assert home.value("charging") == "on"
    await home.poll()
    assert told == ["started"]


async def test_an_end_that_cannot_be_read_is_taken_as_read_in_the_end(
    home: Home, told: list[str], impatient: None
) -> None:
    """Its last figures stand, after the last attempt."""
    await home.set_up()
    await begin(home)
    await home.advance(600)
    await home.poll()
    energy = home.value("session_energy")
    home.emulator.faults.add("status", status=500, path=DETAIL)
    home.world.unplug(EVSE)
    for _ in range(LAST_ATTEMPT - 1):
        await home.poll()
    assert told == ["started"]
    assert home.value("power") == "unknown"
    await home.poll()
    assert told == ["started", "finished"]
    assert home.value("session_energy") == energy
    assert attributes(home)["cost_state"] == "provisional"
    assert home.value("charging") == "off"


@operator(embeds_finished_for=600)
async def test_a_finished_session_that_is_shown_for_a_while_is_reported_once(
    home: Home, told: list[str]
) -> None:
    """First with its end, then not at all any more."""
    await home.set_up()
    await begin(home)
    home.world.unplug(EVSE)
    await home.poll()
    assert home.asked("session_detail") == 0
    await home.advance(900)
    await home.poll()
    assert told == ["started", "finished"]


@operator(embeds_finished_for=600)
async def test_a_session_between_two_polls_is_reported_whole(
    home: Home, told: list[str]
) -> None:
    """Its start and its end come together."""
    await home.set_up()
    home.world.start(EVSE, DRIVER)
    home.emulator.clock.advance(timedelta(seconds=90))
    home.world.unplug(EVSE)
    await home.poll()
    assert told == ["started", "finished"]
    assert attributes(home)["energy_kwh"] > 0


@operator(embeds_finished_for=600)
async def test_a_session_that_was_over_at_set_up_is_not_reported(
    home: Home, told: list[str]
) -> None:
    """Somebody who adds an account did not miss anything."""
    home.world.start(EVSE, DRIVER)
    await home.advance(60)
    home.world.unplug(EVSE)
    await home.set_up()
    await home.poll()
    assert told == []


async def test_two_sessions_between_two_polls_are_told_apart(
    home: Home, told: list[str]
) -> None:
    """The end of the first comes before the start of the second."""
    await home.set_up()
    await begin(home)
    first = home.session()
    home.world.stop(first.id)
    home.emulator.clock.advance(timedelta(seconds=10))
    home.world.start(EVSE, DRIVER)
    await home.poll()
    assert told == ["started", "finished", "started"]


@place(scenarios.fleet, charge_points=2, evses_each=1)
async def test_an_event_belongs_to_its_own_charger(home: Home, told: list[str]) -> None:
    """The other one stays silent."""
    await home.set_up()
    home.world.start("700002", DRIVER)
    await home.poll()
    assert told == ["started"]
    assert home.value("session", "700001") == "unknown"


async def test_an_event_names_nobody(home: Home) -> None:
    """No id of a session, driver or card is among the attributes."""
    await home.set_up()
    await begin(home)
    session = home.session().id
    home.world.unplug(EVSE)
    await home.poll()
    assert session not in str(attributes(home))
    assert DRIVER not in str(attributes(home).values())
