"""A Home Assistant with an account at the gateway, and a clock for both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_charging_cloud import records
from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.providers.catalogue import BACKENDS
from custom_components.ev_charging_cloud.providers.evnnovator import EvnnovatorBackend
from custom_components.ev_charging_cloud.providers.model import Session
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.storage import TokenFile
from emulator import Emulator, EvnnovatorProfile, SimulatedClock, scenarios
from emulator.evnnovator.locations import evse_uid, location_id
from emulator.evnnovator.profile import FLAVOUR_A, FLAVOUR_B, SAMPLE_BASE
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .support import START, Home

TOKEN = "emulator-evnnovator-token"
ACCOUNT = "evnnovator_gateway"
LAB, LAB_TOO = "800001", "800002"
OFFICE, OFFICE_TOO = "800011", "800012"
FIRST, SECOND = "driver_one", "driver_two"
ENTRY = {
    "backend": "evnnovator",
    "brand": "evnnovator",
    "method": "bearer",
}


@dataclass(frozen=True, kw_only=True)
class Part:
    """A driver as the user entered it, and the EVSE that was chosen."""

    driver: str
    label: str
    evse: str | None = None
    limit: str | None = None


TWO = {
    "one": Part(driver="driver-1", label="Asha", evse=LAB),
    "two": Part(driver="driver-2", label="Ravi", evse=OFFICE),
}


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How the gateway behaves, and which drivers the user has added."""

    profile: EvnnovatorProfile = field(default_factory=EvnnovatorProfile)
    parts: dict[str, Part] = field(default_factory=lambda: dict(TWO))
    options: dict[str, Any] = field(default_factory=dict)


def gateway(**switches: Any) -> EvnnovatorProfile:
    """Return a gateway with other habits."""
    return EvnnovatorProfile(**switches)


def office(**habits: Any) -> EvnnovatorProfile:
    """Return a gateway behind which the office's operator has other habits."""
    return gateway(flavours={"AAA": FLAVOUR_A, "BBB": replace(FLAVOUR_B, **habits)})


def at(**changes: Any) -> pytest.MarkDecorator:
    """Run a test with another gateway or other drivers."""
    return pytest.mark.parametrize(
        "home", [Setup(**changes)], indirect=True, ids=["home"]
    )


def base(url: str) -> str:
    """Return the gateway's address as it is kept."""
    return f"{url}{SAMPLE_BASE}/"


def values(emulator: Emulator, part: Part) -> dict[str, str]:
    """Return what a part keeps."""
    found = {"driver_id": part.driver, "label": part.label}
    if part.limit is not None:
        found["limit_kwh"] = part.limit
    if part.evse is not None:
        evse = emulator.world.evse(part.evse)
        site = evse.charge_point.site
        flavour = emulator.evnnovator.flavour(site)
        found["location_id"] = location_id(site)
        found["evse_uid"] = evse_uid(evse, flavour)
    return found


def make_entry(emulator: Emulator, setup: Setup) -> MockConfigEntry:
    """Return an account's entry with its drivers."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Gateway",
        unique_id=ACCOUNT,
        data={
            **ENTRY,
            "settings": {"host": base(emulator.url), "realm": "gateway"},
        },
        options=setup.options,
        subentries_data=[
            ConfigSubentryDataWithId(
                data=values(emulator, part),
                subentry_id=key,
                subentry_type="driver",
                title=part.label,
                unique_id=part.driver,
            )
            for key, part in setup.parts.items()
        ],
    )


@asynccontextmanager
async def gateway_emulator(
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    profile: EvnnovatorProfile,
) -> AsyncIterator[Emulator]:
    """Serve the gateway, and let the provider judge by the same clock."""
    freezer.move_to(START)
    clock = SimulatedClock(START)
    monkeypatch.setitem(BACKENDS, "evnnovator", EvnnovatorBackend(now=clock.now))
    world = scenarios.evnnovator(clock)
    async with Emulator(world, evnnovator=profile) as emulator:
        yield emulator


@asynccontextmanager
async def gateway_home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    setup: Setup,
) -> AsyncIterator[Home]:
    """Have a Home Assistant with an account that is not set up yet."""
    async with gateway_emulator(freezer, monkeypatch, setup.profile) as emulator:
        entry = make_entry(emulator, setup)
        entry.add_to_hass(hass)
        await TokenFile(hass, ACCOUNT).save(Tokens(access=TOKEN))
        home = Home(hass=hass, emulator=emulator, freezer=freezer, entry=entry)
        yield home
        known = hass.config_entries.async_get_entry(entry.entry_id) is not None
        if known and entry.state.recoverable:
            await hass.config_entries.async_unload(entry.entry_id)
        await home.settle()


async def press(home: Home, key: str, evse: str) -> None:
    """Press a button of a driver, and wait until that is done."""
    await home.call("button", "press", home.entity_id(key, evse))


async def refused(home: Home, *, on: bool, evse: str) -> str:
    """Turn the switch, which must fail, and return the sentence's key."""
    with pytest.raises(HomeAssistantError) as caught:
        await home.switch(on, evse)
    assert caught.value.translation_domain == DOMAIN
    assert caught.value.translation_key is not None
    return caught.value.translation_key


async def kept(hass: HomeAssistant, account: str = ACCOUNT) -> tuple[Session, ...]:
    """Return the sessions in the ledger."""
    async with records.borrowed(hass) as ledger:
        return tuple(await (await ledger.account(account)).sessions())


def kwh(home: Home, session_id: str) -> float:
    """Return the energy of a session by the world's meter."""
    return float(home.world.session(session_id).energy_wh) / 1000


close = partial(pytest.approx, abs=0.002)
