"""A Home Assistant with an account at an operator's OCPI, and a clock for both."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
import json
from pathlib import Path
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components import ev_charging_cloud
from custom_components.ev_charging_cloud import records
from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.providers.catalogue import BACKENDS
from custom_components.ev_charging_cloud.providers.emabler import EmablerBackend
from custom_components.ev_charging_cloud.providers.model import Session
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.providers.ocpi import OcpiBackend
from custom_components.ev_charging_cloud.storage import TokenFile
from emulator import (
    EmablerProfile,
    Emulator,
    OcpiProfile,
    SimulatedClock,
    World,
    scenarios,
)
from emulator.session import Session as WorldSession
from homeassistant.config_entries import ConfigSubentryDataWithId
from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.util.async_ import get_scheduled_timer_handles

from .support import START, Home

TOKEN = "demo-token-42"
OWNER = "nl*xyz*"
# Where the app's token charges at the start, a free one beside it, and others.
AT_HOME, FREE = "loc-1/evse-1", "loc-1/evse-2"
CABLE, FAST = "loc-2/evse-3", "loc-3/evse-4"
APP, CARD = "token_app", "token_card"
# The session that runs at the start.
RUNNING = "5004"
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# The same key stands at a switch and at a binary sensor.
DOMAINS = {"charging": "switch", "is_charging": "binary_sensor"}

APP_PART: Mapping[str, str] = {
    "uid": "APP-1",
    "token_type": "app_user",
    "contract_id": "NL-HAX-C000001-5",
    "issuer": "Home",
    "label": "Phone",
}
CARD_PART: Mapping[str, str] = {
    "uid": "04AABBCC",
    "token_type": "rfid",
    "contract_id": "NL-HAX-C000002-4",
    "label": "Blue card",
}
BOTH = {"app": APP_PART, "card": CARD_PART}
PARTY = {"country_code": "NL", "party_id": "HAX"}

TEXTS: dict[str, Any] = json.loads(
    Path(ev_charging_cloud.__file__)
    .with_name("translations")
    .joinpath("en.json")
    .read_text(encoding="utf-8")
)


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How the operator behaves, and what the user has entered.

    ``included`` are the numbers of the locations that are shown, all without it.
    """

    ocpi: OcpiProfile = field(default_factory=OcpiProfile)
    emabler: EmablerProfile | None = None
    version: str | None = None
    parts: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: dict(BOTH))
    included: tuple[int, ...] | None = (1,)
    options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=lambda: dict(PARTY))
    world: Callable[..., World] = scenarios.party

    @property
    def backend(self) -> str:
        """Return the provider: its dialect is chosen by its profile."""
        return "ocpi" if self.emabler is None else "emabler"

    @property
    def owner(self) -> str:
        """Return what ids of places begin with; the first version has no owners."""
        return "" if self.version == "v2-1-1" else OWNER


def cpo(**switches: Any) -> OcpiProfile:
    """Return an operator with other habits."""
    return OcpiProfile(**switches)


def at(**changes: Any) -> pytest.MarkDecorator:
    """Run a test with another operator or another account."""
    return pytest.mark.parametrize(
        "home", [Setup(**changes)], indirect=True, ids=["home"]
    )


def crowd(**sizes: Any) -> Callable[..., World]:
    """Return what makes another world."""
    return partial(scenarios.party, **sizes)


@dataclass(kw_only=True)
class PartyHome(Home):
    """The home of a party that has tokens; EVSEs are named without their owner."""

    owner: str = OWNER

    @property
    def party(self) -> Any:
        """Return the operator's side."""
        return self.emulator.party(self.entry.data["backend"])

    @property
    def account(self) -> str:
        """Return by what the account is known."""
        found: str | None = self.entry.unique_id
        assert found is not None
        return found

    @override
    def asked(self, kind: str) -> int:
        """Return how many requests of a kind came in."""
        return super().asked(f"{self.entry.data['backend']}_{kind}")

    def sent(self, kind: str) -> list[Any]:
        """Return the bodies of the requests of a kind."""
        name = f"{self.entry.data['backend']}_{kind}"
        return [one.body for one in self.emulator.requests if one.kind == name]

    @override
    def session(self, evse: str = AT_HOME) -> WorldSession:
        """Return the charge that runs in the world at an EVSE."""
        return super().session(evse.rpartition("/")[2].upper())

    @override
    def entity_id(self, key: str, evse: str = AT_HOME) -> str:
        """Return the entity of an EVSE or token by the key of its description."""
        domain = DOMAINS.get(key)
        evse = self.full(evse)
        ending = f"_evse_{evse}_{key.removeprefix('is_')}"
        for one in self.entities():
            if one.unique_id.endswith(ending) and domain in (None, one.domain):
                return one.entity_id
        raise AssertionError(f"There is no entity {key} of {evse}")

    def full(self, evse: str) -> str:
        """Return the id of an EVSE or of a token's place as the provider has it."""
        return f"{self.owner}{evse}" if "/" in evse else evse

    def has(self, key: str, evse: str = AT_HOME) -> bool:
        """Tell whether an EVSE or token has an entity."""
        try:
            self.entity_id(key, evse)
        except AssertionError:
            return False
        return True

    @override
    def state(self, key: str, evse: str = AT_HOME) -> State:
        """Return the state of an entity."""
        return super().state(key, evse)

    @override
    def value(self, key: str, evse: str = AT_HOME) -> str:
        """Return the state of an entity as text."""
        return super().value(key, evse)

    def number(self, key: str, evse: str = AT_HOME) -> float:
        """Return the state of an entity as a number."""
        return float(self.value(key, evse))

    async def press(self, key: str, evse: str = AT_HOME) -> None:
        """Press a button, and wait until that is done."""
        await self.call("button", "press", self.entity_id(key, evse))

    def quiet(self) -> None:
        """Let nobody charge any more."""
        for one in list(self.world.sessions.values()):
            if one.is_open:
                self.world.stop(one.id)

    async def live(self, duration: timedelta) -> None:
        """Let time go by from timer to timer."""
        end, loop = self.world.clock.now() + duration, self.hass.loop
        while (left := end - self.world.clock.now()) > timedelta():
            timers = [one.when() for one in get_scheduled_timer_handles(loop)]
            soon = max(0.01, min(timers, default=60.0) - loop.time())
            await self.advance(min(left, timedelta(seconds=soon)))

    async def until_billed(self) -> None:
        """Let time go by until the operator's records have come."""
        await self.go_on(timedelta(minutes=35))

    async def go_on(self, duration: timedelta) -> None:
        """Let time go by from poll to poll, at least for so long."""
        end = self.world.clock.now() + duration
        while self.world.clock.now() < end:
            await self.next_poll()

    async def called_back(self) -> None:
        """Let the operator's calls come in; they are real ones."""
        await self.party.callbacks.settle()
        await self.settle()


def base(emulator: Emulator, setup: Setup) -> dict[str, str]:
    """Return the address of the operator as it is kept."""
    if setup.emabler is not None:
        root = f"{emulator.url}/emabler/ocpi"
        beside = ("commands", "tokens", "tariffs") if setup.owner else ()
        return {
            "base_url": root,
            **{f"{name}_url": f"{root}/2.2.1/{name}" for name in beside},
        }
    return {"versions_url": f"{emulator.url}/ocpi/versions"}


def party_entry(emulator: Emulator, setup: Setup) -> MockConfigEntry:
    """Return an account's entry with its tokens."""
    choice = {} if setup.version is None else {"version": setup.version}
    options = dict(setup.options)
    if setup.included is not None:
        options["included"] = [f"{setup.owner}loc-{one}" for one in setup.included]
    return MockConfigEntry(
        domain=DOMAIN,
        title="Roaming",
        unique_id=f"{setup.backend}_127.0.0.1_0123456789ab",
        data={
            "backend": setup.backend,
            "brand": setup.backend,
            "method": "direct" if setup.emabler is not None else "versions",
            "settings": {
                "realm": "127.0.0.1_0123456789ab",
                **base(emulator, setup),
                **choice,
                **setup.settings,
            },
        },
        options=options,
        subentries_data=[
            ConfigSubentryDataWithId(
                data=dict(part),
                subentry_id=key,
                subentry_type="token",
                title=part.get("label") or part["uid"],
                unique_id=part["uid"],
            )
            for key, part in setup.parts.items()
        ],
    )


@asynccontextmanager
async def party_emulator(
    freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch, setup: Setup
) -> AsyncIterator[Emulator]:
    """Serve the operator, and let the providers judge by the same clock."""
    freezer.move_to(START)
    clock = SimulatedClock(START)
    for backend in (OcpiBackend, EmablerBackend):
        monkeypatch.setitem(BACKENDS, backend.key, backend(now=clock.now))
    world = setup.world(clock)
    async with Emulator(world, ocpi=setup.ocpi, emabler=setup.emabler) as emulator:
        yield emulator


@asynccontextmanager
async def party_home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    setup: Setup,
) -> AsyncIterator[PartyHome]:
    """Have a Home Assistant with an account that is not set up yet."""
    async with party_emulator(freezer, monkeypatch, setup) as emulator:
        entry = party_entry(emulator, setup)
        entry.add_to_hass(hass)
        home = PartyHome(
            hass=hass,
            emulator=emulator,
            freezer=freezer,
            entry=entry,
            owner=setup.owner,
        )
        await TokenFile(hass, home.account).save(Tokens(access=TOKEN))
        yield home
        known = hass.config_entries.async_get_entry(entry.entry_id) is not None
        if known and entry.state.recoverable:
            await hass.config_entries.async_unload(entry.entry_id)
        await home.settle()


async def refused(home: PartyHome, *, on: bool, evse: str = AT_HOME) -> str:
    """Turn the switch, which must fail with a sentence, and return its key."""
    with pytest.raises(HomeAssistantError) as caught:
        await home.switch(on, evse)
    assert caught.value.translation_domain == DOMAIN
    key = caught.value.translation_key
    assert key is not None
    assert TEXTS["exceptions"][key]["message"]
    return key


async def kept(home: PartyHome) -> dict[str, Session]:
    """Return the sessions in the ledger by the world's number; each is there once."""
    async with records.borrowed(home.hass) as ledger:
        rows = await (await ledger.account(home.account)).sessions(limit=10_000)
    found = {one.id.upper().removeprefix("SES-"): one for one in rows}
    assert len(found) == len(rows)
    return found


def issues(home: PartyHome) -> dict[str, dict[str, str]]:
    """Return the repair issues that there are by key, with what they name."""
    found = {
        str(one.translation_key): dict(one.translation_placeholders or {})
        for one in ir.async_get(home.hass).issues.values()
        if one.domain == DOMAIN and one.active
    }
    assert not [key for key in found if key not in TEXTS["issues"]]
    return found


def disabled(home: PartyHome) -> list[er.RegistryEntry]:
    """Return the entities that the user would have to enable."""
    return [one for one in home.entities() if one.disabled]


def kwh(session: WorldSession) -> float:
    """Return the energy of a session by the world's meter."""
    return float(session.energy_wh) / 1000
