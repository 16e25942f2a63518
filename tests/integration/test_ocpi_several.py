"""One token that charges at two places at once, and starts right after an end."""

from collections.abc import AsyncIterator

from freezegun.api import FrozenDateTimeFactory
import pytest

from homeassistant.core import HomeAssistant

from .party_home import APP, AT_HOME, FREE, MINUTE, PartyHome, Setup, kept, party_home

pytestmark = pytest.mark.usefixtures("flowing")


@pytest.fixture
async def home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[PartyHome]:
    """Return an account with its tokens, at the emulator's operator."""
    async with party_home(hass, freezer, monkeypatch, Setup()) as found:
        yield found


async def test_the_first_of_two_sessions_is_followed_to_its_end(
    home: PartyHome,
) -> None:
    """Nothing is told as finished that still runs, and the second comes after it."""
    await home.set_up()
    first = home.session(AT_HOME)
    second = home.world.start("EVSE-2", "party-APP-1", by="rfid")
    for _ in range(3):
        await home.advance(MINUTE)
        await home.poll()
        assert home.state("session", APP).attributes.get("event_type") != "finished"
        assert home.value("session_energy", APP) == home.value("session_energy")
    home.world.stop(first.id)
    for _ in range(2):
        await home.advance(MINUTE)
        await home.poll()
    assert home.value("charging", APP) == "on"
    assert home.value("session_energy", APP) == home.value("session_energy", FREE)
    home.world.stop(second.id)
    for _ in range(2):
        await home.advance(MINUTE)
        await home.poll()
    assert home.value("charging", APP) == "off"
    await kept(home)


async def test_a_start_right_after_an_end_is_sent(home: PartyHome) -> None:
    """What the last poll saw may be over."""
    await home.set_up()
    session = home.session(AT_HOME)
    home.world.stop(session.id, reason="local")
    await home.advance(MINUTE / 4)
    await home.switch(True, AT_HOME)
    assert len(home.sent("start")) == 1
    assert home.session(AT_HOME).id != session.id
    assert home.value("charging", AT_HOME) == "on"
