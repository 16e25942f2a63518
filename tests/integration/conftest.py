"""A real Home Assistant, a real socket, a simulated clock."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
import time

from freezegun import api
from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ev_charging_cloud import connection, records
from custom_components.ev_charging_cloud.providers.oauth import TokenKeeper
from custom_components.ev_charging_cloud.providers.transport import Connection, Limits
from emulator import Emulator, Profile, SimulatedClock, World, scenarios
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import Entity

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
    limits = Limits(connect=20.0, total=20.0, first_wait=0.001, longest_wait=0.002)
    monkeypatch.setattr(connection, "LIMITS", limits)


@pytest.fixture(autouse=True)
def own_ledger(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give each test a ledger of its own; their configuration folder is shared."""
    monkeypatch.setattr(records, "ledger_path", lambda _: tmp_path / records.FILE)


@pytest.fixture(autouse=True)
def simulated_monotonic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let providers measure by the simulated clock too, where there is one.

    Their defaults were bound before any clock was simulated.
    """
    lent = partial(Connection, monotonic=lambda: time.monotonic())
    monkeypatch.setattr(connection, "Connection", lent)
    defaults = TokenKeeper.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "now", lambda: time.time())


@pytest.fixture(autouse=True)
def no_reports(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail where Home Assistant reports a use that it will not support for long."""
    yield
    for phase in ("setup", "call"):
        for record in caplog.get_records(phase):
            assert "Detected that custom integration" not in record.getMessage()


@pytest.fixture
def profile(request: pytest.FixtureRequest) -> Profile:
    """Return how the operator behaves; `operator` changes it for a test."""
    found: Profile = getattr(request, "param", Profile())
    return found


@pytest.fixture
def world(request: pytest.FixtureRequest, freezer: FrozenDateTimeFactory) -> World:
    """Return the world; `place` changes it for a test."""
    freezer.move_to(START)
    scenario = getattr(request, "param", scenarios.single)
    found: World = scenario(SimulatedClock(START))
    return found


@pytest.fixture
async def flowing(
    freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let real time pass for the event loop between the steps of the clock.

    Without it no time-out is ever reached, because all clocks stand still.
    """
    loop = asyncio.get_running_loop()
    simulated, begun = loop.time, api.real_monotonic()
    monkeypatch.setattr(
        loop, "time", lambda: simulated() + api.real_monotonic() - begun
    )


@pytest.fixture
def impatient(
    request: pytest.FixtureRequest, flowing: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Give up after 0.2 s of real time where a back end does not answer.

    Where it does, a busy machine may take longer.
    """
    answers = "fault" in request.fixturenames and (
        request.getfixturevalue("fault").kind != "hang"
    )
    limit = 10.0 if answers else 0.2
    limits = Limits(connect=limit, total=limit, first_wait=0.001, longest_wait=0.002)
    monkeypatch.setattr(connection, "LIMITS", limits)


@pytest.fixture
def everything_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enable the entities that a user would have to enable."""
    monkeypatch.setattr(Entity, "entity_registry_enabled_default", True)


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
    known = hass.config_entries.async_get_entry(entry.entry_id) is not None
    if known and entry.state.recoverable:
        await hass.config_entries.async_unload(entry.entry_id)
    await found.settle()
