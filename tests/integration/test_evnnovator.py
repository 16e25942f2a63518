"""EVnnovator in Home Assistant: never a false success, always a sentence."""

from collections.abc import AsyncIterator
from datetime import timedelta
import json
from pathlib import Path
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components import ev_charging_cloud
from custom_components.ev_charging_cloud.const import DOMAIN
from emulator.evnnovator.account_routes import token_uid
from emulator.evnnovator.profile import FLAVOUR_A, FLAVOUR_B
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir

from .evnnovator_home import (
    FIRST,
    LAB,
    OFFICE,
    SECOND,
    TWO,
    Part,
    Setup,
    at,
    close,
    gateway,
    gateway_home,
    kept,
    kwh,
    office,
    press,
    refused,
    values,
)
from .support import Home

pytestmark = pytest.mark.usefixtures("flowing")

SENTENCES: dict[str, dict[str, str]] = json.loads(
    Path(ev_charging_cloud.__file__)
    .with_name("translations")
    .joinpath("en.json")
    .read_text(encoding="utf-8")
)["exceptions"]


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


def starts(home: Home) -> list[Any]:
    """Return what the gateway was told to start."""
    return [
        one.body for one in home.emulator.requests if one.kind == "evnnovator_start"
    ]


async def ready(home: Home, evse: str = FIRST) -> None:
    """Set the account up, and register a driver as the user does."""
    await home.set_up()
    await press(home, "register", evse)


async def fails(home: Home, key: str, *, on: bool = True, evse: str = FIRST) -> None:
    """Turn the switch, which fails with a sentence, and leaves the truth shown."""
    assert await refused(home, on=on, evse=evse) == key
    assert SENTENCES[key]["message"]


async def test_the_last_sessions_are_shown(home: Home) -> None:
    """As their CDRs close them, without tax."""
    await home.set_up()
    for evse, at_evse, price in ((FIRST, LAB, 15), (SECOND, OFFICE, 18)):
        last = home.world.evse(at_evse).last_session
        assert last is not None
        assert home.value("charging", evse) == "off"
        assert home.value("power", evse) == "0.0"
        energy = kwh(home, last.id)
        assert float(home.value("session_energy", evse)) == close(energy)
        cost = home.state("session_net_cost", evse)
        assert float(cost.state) == close(round(energy, 3) * price)
        assert cost.attributes["unit_of_measurement"] == "INR"


@pytest.mark.parametrize("evse", [FIRST, SECOND])
async def test_a_driver_is_registered_by_a_click_only(home: Home, evse: str) -> None:
    """Before it a start is refused, and nothing but reads is sent."""
    await home.set_up()
    await fails(home, "refused_unknown_driver", evse=evse)
    assert starts(home) == []
    assert home.asked("evnnovator_whitelist") == 0
    assert home.asked("evnnovator_token_uid") == 0
    await press(home, "register", evse)
    assert home.asked("evnnovator_whitelist") == 1
    await home.switch(True, evse)
    assert home.value("charging", evse) == "on"
    await home.reload()
    assert home.value("charging", evse) == "on"


async def test_a_registration_is_remembered(home: Home) -> None:
    """After a restart a start asks for nothing again."""
    await ready(home)
    asked = home.asked("evnnovator_token_uid")
    await home.advance(60)
    await home.reload()
    await home.switch(True, FIRST)
    assert home.value("charging", FIRST) == "on"
    assert home.asked("evnnovator_token_uid") == asked
    assert home.asked("evnnovator_whitelist") == 1


@at(
    profile=gateway(foreign_drivers="404"),
    parts={"one": Part(driver="driver-9", label="Mira", evse=LAB)},
)
async def test_a_driver_the_gateway_does_not_know(home: Home) -> None:
    """Neither the click nor a start is taken for a success."""
    await home.set_up()
    with pytest.raises(Exception, match="registered") as caught:
        await press(home, "register", FIRST)
    assert caught.value.translation_key == "refused_unknown_driver"  # type: ignore[attr-defined]
    await fails(home, "refused_unknown_driver")
    assert starts(home) == []
    assert home.value("charging", FIRST) == "off"


@at(parts={"one": Part(driver="driver-1", label="Asha")})
async def test_without_a_place_nothing_is_started(home: Home) -> None:
    """The sentence says to choose one."""
    await ready(home)
    await fails(home, "refused_no_place")
    assert starts(home) == []
    assert home.value("charging", FIRST) == "off"


@at(profile=gateway(starts_nothing=True))
async def test_an_accepted_start_without_a_session(home: Home) -> None:
    """The switch goes back, and the session before stays what it was."""
    await ready(home)
    energy = home.value("session_energy", FIRST)
    await fails(home, "start_not_confirmed")
    assert len(starts(home)) == 1
    assert home.value("charging", FIRST) == "off"
    assert home.value("session_energy", FIRST) == energy
    assert len(await kept(home.hass)) == 2


@at(profile=gateway(rejects_commands=True))
async def test_a_rejected_start(home: Home) -> None:
    """It is told at once, without waiting for a session."""
    await ready(home)
    before = home.asked("evnnovator_latest")
    await fails(home, "refused_rejected")
    # One look before it, and one at both drivers after it.
    assert home.asked("evnnovator_latest") <= before + 3
    assert home.value("charging", FIRST) == "off"


@pytest.mark.parametrize(
    ("home", "seen"),
    [
        (Setup(profile=gateway(latest_lag=45)), True),
        (Setup(profile=gateway(latest_lag=3600)), False),
    ],
    indirect=["home"],
    ids=["late", "never"],
)
async def test_latest_still_returns_the_previous_session(
    home: Home, seen: bool
) -> None:
    """A completed one: nothing is confirmed until the new one is shown."""
    await home.advance(4000)
    await ready(home)
    before = home.value("session_energy", FIRST)
    action = await home.begin_switch(True, FIRST)
    await home.advance(5)
    assert not action.done()
    assert home.value("session_energy", FIRST) == before
    if seen:
        await home.finish(action)
        assert home.value("charging", FIRST) == "on"
        assert home.session(LAB).started_by == "app"
        return
    with pytest.raises(Exception, match="has not started") as caught:
        await home.finish(action)
    assert caught.value.translation_key == "start_not_confirmed"  # type: ignore[attr-defined]
    assert home.value("charging", FIRST) == "off"
    assert home.value("session_energy", FIRST) == before


@pytest.mark.parametrize("home", [Setup(profile=office(cdr_delay=None))], indirect=True)
@pytest.mark.parametrize("lag", [45, 3600], ids=["late", "never"])
async def test_the_previous_session_is_said_to_run_still(home: Home, lag: int) -> None:
    """Some operators never tell an end: such a session does not confirm a start."""
    home.world.start(OFFICE, "driver-2")
    await home.advance(600)
    home.world.stop(home.session(OFFICE).id)
    await ready(home, SECOND)
    assert home.value("charging", SECOND) == "on"
    await home.advance(300)
    home.emulator.switch("evnnovator", latest_lag=lag)
    assert home.value("charging", SECOND) == "on"
    action = await home.begin_switch(True, SECOND)
    assert len(starts(home)) == 1
    assert not action.done()
    if lag == 45:
        await home.finish(action)
        now = home.coordinator.view(SECOND, SECOND)
        assert now is not None and now.running is not None
        assert now.running.reference == home.session(OFFICE).id
        assert not now.running.stale
    else:
        with pytest.raises(Exception, match="has not started"):
            await home.finish(action)


@at(parts={"one": Part(driver="driver-1", label="Asha", evse=LAB, limit="0,5")})
async def test_a_start_with_a_limit(home: Home) -> None:
    """The charger ends the charge by itself."""
    await ready(home)
    await home.switch(True, FIRST)
    evse = home.world.evse(LAB)
    assert starts(home) == [
        {
            "location_id": values(home.emulator, TWO["one"])["location_id"],
            "evse_uid": evse.identifier,
            "token_uid": token_uid(
                home.world.drivers["driver-1"], evse.charge_point.site
            ),
            "autostop_session": {"type": "ENERGY", "value": 0.5},
        }
    ]
    await home.advance(3600)
    await home.poll()
    assert home.value("charging", FIRST) == "off"
    assert float(home.value("session_energy", FIRST)) == close(0.5)


async def test_a_start_without_a_limit_sends_none(home: Home) -> None:
    """The gateway is not told when to stop unless the user wants it to."""
    await ready(home)
    await home.switch(True, FIRST)
    (body,) = starts(home)
    assert "autostop_session" not in body


@at(parts={"one": Part(driver="driver-1", label="Asha", evse=LAB, limit="a lot")})
async def test_a_limit_that_says_nothing(home: Home) -> None:
    """Rather no charge than one without the limit."""
    await ready(home)
    await fails(home, "refused_not_startable")
    assert starts(home) == []


async def test_a_stop(home: Home) -> None:
    """Confirmed by the session's end, then closed by its CDR."""
    await ready(home)
    await home.switch(True, FIRST)
    session = home.session(LAB)
    await home.advance(600)
    await home.poll()
    assert home.value("status", FIRST) == "charging"
    assert float(home.value("power", FIRST)) == pytest.approx(3.3, rel=0.05)
    await home.switch(False, FIRST)
    assert session.stopped_at is not None
    assert home.value("charging", FIRST) == "off"
    await home.advance(120)
    await home.poll()
    assert home.state("session", FIRST).attributes["event_type"] == "finished"
    (row,) = [one for one in await kept(home.hass) if one.reference == session.id]
    assert row.energy_kwh == close(kwh(home, session.id))
    assert row.cost is not None
    assert row.cost.state == "final"


@at(profile=gateway(stops_nothing=True))
async def test_an_accepted_stop_that_comes_to_nothing(home: Home) -> None:
    """The switch stays on, and a repair issue says that energy may flow."""
    home.world.start(LAB, "driver-1")
    await home.advance(120)
    await home.set_up()
    await fails(home, "stop_not_confirmed", on=False)
    assert home.value("charging", FIRST) == "on"
    assert ir.async_get(home.hass).issues
    home.world.stop(home.session(LAB).id)
    await home.advance(120)
    await home.poll()
    assert home.value("charging", FIRST) == "off"
    assert not ir.async_get(home.hass).issues


@at(profile=gateway(rejects_commands=True))
async def test_a_rejected_stop(home: Home) -> None:
    """The switch stays on."""
    home.world.start(LAB, "driver-1")
    await home.advance(120)
    await home.set_up()
    await fails(home, "refused_not_stoppable", on=False)
    assert home.value("charging", FIRST) == "on"


async def test_a_stop_whose_end_is_never_told_is_confirmed_by_the_cdr(
    home: Home,
) -> None:
    """Until then it is no success; then the issue goes by itself."""
    await ready(home, SECOND)
    await home.switch(True, SECOND)
    await home.advance(600)
    await home.poll()
    session = home.session(OFFICE)
    await fails(home, "stop_not_confirmed", on=False, evse=SECOND)
    assert session.stopped_at is not None
    assert ir.async_get(home.hass).async_get_issue(
        DOMAIN, f"still_charging_{home.entry.entry_id}_{SECOND}"
    )
    for _ in range(40):
        await home.next_poll()
        if home.value("charging", SECOND) == "off":
            break
    assert home.value("charging", SECOND) == "off"
    assert not ir.async_get(home.hass).issues
    assert home.world.time - session.stopped_at < timedelta(minutes=36)


@pytest.mark.parametrize(
    ("home", "key"),
    [
        (Setup(profile=gateway(forbidden=frozenset({"commands"}))), "forbidden"),
        (Setup(profile=gateway(forbidden=frozenset({"cdrs"}))), None),
    ],
    indirect=["home"],
    ids=["commands", "cdrs"],
)
async def test_a_refused_package(home: Home, key: str | None) -> None:
    """A right that is missing costs its feature, and is told."""
    await ready(home)
    assert home.entry.state is ConfigEntryState.LOADED
    issue = f"refused_{home.entry.entry_id}_cdrs"
    told = ir.async_get(home.hass).async_get_issue(DOMAIN, issue)
    if key is not None:
        assert told is None
        await fails(home, key)
        assert home.value("charging", FIRST) == "off"
        return
    assert told is not None
    assert told.translation_key == "refused_cdrs"
    await home.switch(True, FIRST)
    assert home.value("charging", FIRST) == "on"


async def test_a_lost_answer_to_a_start(home: Home) -> None:
    """Only a look can tell, and it does; the start is not sent twice."""
    await ready(home)
    home.emulator.faults.add("lose_answer", path=r"START_SESSION$", count=1)
    await home.switch(True, FIRST)
    assert home.value("charging", FIRST) == "on"
    assert len(starts(home)) == 1


async def test_a_token_that_is_no_longer_accepted(home: Home) -> None:
    """The command fails with its sentence, and the user is asked to sign in."""
    await ready(home)
    home.emulator.switch("evnnovator", static_token="another")
    await fails(home, "invalid_auth")
    assert [flow["context"]["source"] for flow in home.flows()] == ["reauth"]


def test_every_flavour_is_used() -> None:
    """The lab tells ends, the office never does."""
    assert FLAVOUR_A.reaches_completed
    assert not FLAVOUR_B.reaches_completed
