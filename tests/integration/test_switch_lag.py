"""The charging switch where the back end is behind, fails or asks for a pause."""

import asyncio

import pytest

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.providers.model import Session
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir

from .support import EVSE, Home, operator

LISTING = r"/personal/charge-points$"
POINT = "CP0012345"
DETAIL = r"/session/\d+$"


async def refused(home: Home, on: bool) -> str:
    """Turn the switch, which must fail, and return the key of the sentence."""
    with pytest.raises(HomeAssistantError) as caught:
        await home.switch(on)
    assert caught.value.translation_key is not None
    return caught.value.translation_key


@operator(lag=12)
async def test_off_right_after_on_stops_a_charge_that_is_not_shown_yet(
    home: Home,
) -> None:
    """What the start's answer named is stopped."""
    await home.set_up()
    first = await home.begin_switch(True)
    await home.advance(2)
    await home.switch(False)
    await home.finish(first)
    await home.advance(60)
    assert home.asked("session_end") == 1
    assert home.world.evse(EVSE).session is None
    assert home.value("charging") == "off"


@operator(lag=12)
async def test_on_right_after_off_begins_a_new_charge(home: Home) -> None:
    """A session whose stop was sent is not taken for the new one."""
    await home.set_up()
    await home.switch(True)
    await home.advance(60)
    old = home.world.evse(EVSE).session
    assert old is not None
    first = await home.begin_switch(False)
    await home.advance(1)
    await home.switch(True)
    await home.finish(first)
    await home.advance(60)
    new = home.world.evse(EVSE).session
    assert new is not None
    assert new.id != old.id
    assert home.value("charging") == "on"


@pytest.mark.usefixtures("impatient")
async def test_a_charge_that_shows_up_again_can_be_stopped(home: Home) -> None:
    """An end that was only assumed does not last."""
    await home.set_up()
    await home.switch(True)
    faults = home.emulator.faults
    hide = faults.add(
        "mutate",
        path=LISTING,
        operations=[{"op": "set", "path": "/data/0/evses/0/session", "value": None}],
    )
    silence = faults.add("status", status=500, path=DETAIL)
    for _ in range(12):
        await home.poll()
    assert home.value("charging") == "off"
    faults.clear(hide)
    faults.clear(silence)
    await home.poll()
    assert home.value("charging") == "on"
    await home.switch(False)
    assert home.world.evse(EVSE).session is None


@pytest.mark.usefixtures("impatient")
async def test_a_stop_that_cannot_be_checked_accuses_nobody(home: Home) -> None:
    """No repair says that the session still runs."""
    await home.set_up()
    await home.switch(True)
    home.emulator.faults.add("status", status=500, path=LISTING)
    assert await refused(home, False) == "stop_not_checked"
    issues = ir.async_get(home.hass).issues
    assert not [one for domain, one in issues if domain == DOMAIN]


@pytest.mark.usefixtures("impatient")
async def test_a_start_that_was_never_sent_says_why(home: Home) -> None:
    """Where the charge points cannot be read, nobody needs to look at the cable."""
    await home.set_up()
    home.emulator.faults.add("status", status=500, path=LISTING)
    assert await refused(home, True) == "server_error"
    assert home.asked("session_start") == 0


async def test_a_pause_that_the_operator_asks_for_is_kept(home: Home) -> None:
    """The command says so instead of asking on."""
    await home.set_up()
    home.emulator.faults.add(
        "status", status=429, headers={"Retry-After": "600"}, path=LISTING, count=2
    )
    await home.poll()
    before = home.asked("charge_points")
    assert await refused(home, False) == "rate_limited"
    assert home.asked("charge_points") <= before + 1


@pytest.mark.parametrize(
    ("headers", "seconds"), [({"Retry-After": "600"}, 600), ({}, 60)]
)
async def test_a_pause_that_a_command_is_asked_for_is_kept(
    home: Home, headers: dict[str, str], seconds: int
) -> None:
    """Nothing more is sent before it is over, also where its length is not said."""
    await home.set_up()
    path = r"/session/start$"
    home.emulator.faults.add("status", status=429, headers=headers, path=path, count=1)
    assert await refused(home, True) == "rate_limited"
    assert home.asked("session_start") == 1
    await home.advance(seconds - 2)
    assert await refused(home, True) == "rate_limited"
    assert home.asked("session_start") == 1
    await home.advance(3)
    await home.switch(True)
    assert home.asked("session_start") == 2
    assert home.value("charging") == "on"


async def test_off_before_the_start_is_answered_stops_the_charge(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both commands end without an error, and no energy flows."""
    await home.set_up()
    runtime = home.entry.runtime_data
    answered = asyncio.Event()
    start = runtime.coordinator.provider.start

    async def slow(charge_point_id: str, evse_id: str) -> Session | None:
        await answered.wait()
        found: Session | None = await start(charge_point_id, evse_id)
        return found

    monkeypatch.setattr(runtime.coordinator.provider, "start", slow)
    on = asyncio.create_task(runtime.commands.start(POINT, EVSE))
    await asyncio.sleep(0)
    off = asyncio.create_task(runtime.commands.stop(POINT, EVSE))
    await home.advance(1)
    answered.set()
    for _ in range(200):
        await home.advance(1)
        if on.done() and off.done():
            break
    await asyncio.gather(on, off)
    assert home.asked("session_end") == 1
    assert home.world.evse(EVSE).session is None


async def test_a_pause_after_the_start_is_no_refusal(home: Home) -> None:
    """What was sent cannot be called refused."""
    await home.set_up()
    action = await home.begin_switch(True)
    home.emulator.faults.add(
        "status", status=429, headers={"Retry-After": "600"}, path=LISTING
    )
    with pytest.raises(HomeAssistantError) as caught:
        await home.finish(action)
    assert caught.value.translation_key == "start_not_confirmed"
    assert home.asked("session_start") == 1
