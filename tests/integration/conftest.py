"""A real Home Assistant, a real socket, a simulated clock."""

from collections.abc import AsyncIterator

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ev_charging_cloud import connection
from custom_components.ev_charging_cloud.providers.transport import Limits
from emulator import Emulator, Profile, SimulatedClock, World, scenarios
from homeassistant.core import HomeAssistant

from .support import START, Home, make_entry, save_tokens


@pytest.fixture(autouse=True)
def custom_integrations(request: pytest.FixtureRequest) -> None:
    """Let Home Assistant find the integration; the recorder must start before it."""
    request.getfixturevalue("socket_enabled")
    if "recorder_mock" in request.fixturenames:
        request.getfixturevalue("recorder_mock")
    request.getfixturevalue("enable_custom_integrations")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep time-outs and waits between tries short."""
    limits = Limits(connect=2.0, total=2.0, first_wait=0.001, longest_wait=0.002)
    monkeypatch.setattr(connection, "LIMITS", limits)


@pytest.fixture
def profile() -> Profile:
    """Return how the operator behaves; tests override this."""
    return Profile()


@pytest.fixture
def world(freezer: FrozenDateTimeFactory) -> World:
    """Return the world; tests override this."""
    freezer.move_to(START)
    return scenarios.single(SimulatedClock(START))


@pytest.fixture
async def emulator(world: World, profile: Profile) -> AsyncIterator[Emulator]:
    """Serve the world."""
    async with Emulator(world, ampeco=profile) as found:
        yield found


@pytest.fixture
async def home(
    hass: HomeAssistant, emulator: Emulator, freezer: FrozenDateTimeFactory
) -> AsyncIterator[Home]:
    """Return a Home Assistant with an account that is not set up yet."""
    entry = make_entry(emulator.url)
    entry.add_to_hass(hass)
    await save_tokens(hass, emulator)
    found = Home(hass=hass, emulator=emulator, freezer=freezer, entry=entry)
    yield found
    if entry.state.recoverable:
        await hass.config_entries.async_unload(entry.entry_id)
    await found.settle()
