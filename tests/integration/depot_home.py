"""A Home Assistant with one account at the emulator's depot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.notices import refused_issue
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.storage import TokenFile
from emulator import Emulator
from emulator.depot_scenario import TAG
from emulator.session import Session
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import issue_registry as ir

from .support import Home

CLIENT = {
    "client_id": "emulator-depot-client",
    "client_secret": "emulator-depot-secret",
}
ACCOUNT = "depotfinity_depot"
CONNECTOR = "CH-1/1"
KIND = "depotfinity_"


def depot_settings(url: str, **changes: str) -> dict[str, str]:
    """Return what a sign-in at the emulator keeps."""
    return {
        "realm": "depot",
        "api_url": url,
        "token_url": f"{url}/oauth2/token",
        "id_tag": TAG,
        **CLIENT,
        **changes,
    }


def depot_entry(url: str, **changes: str) -> MockConfigEntry:
    """Return a depot's entry."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Depot",
        unique_id=ACCOUNT,
        data={
            "backend": "depotfinity",
            "brand": "depotfinity",
            "method": "urls",
            "settings": depot_settings(url, **changes),
        },
    )


class DepotHome(Home):
    """The home of a depot."""

    @override
    def asked(self, kind: str) -> int:
        """Return how many requests of a kind came in."""
        return super().asked(KIND + kind)

    @override
    def session(self, evse: str = CONNECTOR) -> Session:
        """Return the charge that runs in the world at a connector."""
        return super().session(evse.removeprefix("CH-").replace("/", "-"))

    @override
    def entity_id(self, key: str, evse: str = CONNECTOR) -> str:
        """Return the entity of a connector by the key of its description."""
        return super().entity_id(key, evse)

    @override
    def state(self, key: str, evse: str = CONNECTOR) -> State:
        """Return the state of a connector's entity."""
        return super().state(key, evse)

    @override
    def value(self, key: str, evse: str = CONNECTOR) -> str:
        """Return the state of a connector's entity as text."""
        return super().value(key, evse)

    def number(self, key: str, evse: str = CONNECTOR) -> float:
        """Return the state of a connector's entity as a number."""
        return float(self.state(key, evse).state)

    async def polls(self, count: int) -> None:
        """Let the account be read so many times, when it is due."""
        for _ in range(count):
            await self.next_poll()

    def keys(self, domain: str, evse: str = CONNECTOR) -> set[str]:
        """Return the keys of a connector's entities in a domain."""
        start = f"{ACCOUNT}_evse_{evse}_"
        return {
            one.unique_id.removeprefix(start)
            for one in self.entities()
            if one.domain == domain and one.unique_id.startswith(start)
        }


async def save_depot_token(hass: HomeAssistant, emulator: Emulator) -> None:
    """Give Home Assistant a token of the depot."""
    profile = emulator.depotfinity.profile
    tokens = Tokens(
        access=emulator.depotfinity.tokens.issue(
            profile.token_lifetime, profile.token_calls
        ),
        obtained_at=datetime.now(UTC).timestamp(),
        lifetime=float(profile.token_lifetime),
    )
    await TokenFile(hass, ACCOUNT).save(tokens)


@asynccontextmanager
async def depot_home(
    hass: HomeAssistant,
    emulator: Emulator,
    freezer: FrozenDateTimeFactory,
    **changes: Any,
) -> AsyncIterator[DepotHome]:
    """Have an account of the depot that is not set up yet."""
    entry = depot_entry(emulator.url, **changes)
    entry.add_to_hass(hass)
    await save_depot_token(hass, emulator)
    found = DepotHome(hass=hass, emulator=emulator, freezer=freezer, entry=entry)
    yield found
    known = hass.config_entries.async_get_entry(entry.entry_id) is not None
    if known and entry.state.recoverable:
        await hass.config_entries.async_unload(entry.entry_id)
    await found.settle()


def kwh(session: Session) -> tuple[float, float]:
    """Return what the meters say that a charge gave and took."""
    return float(session.energy_wh) / 1000, float(session.drawn_wh) / 1000


def arrive(home: DepotHome, evse: str, bus: str) -> None:
    """Plug in an empty bus."""
    if home.world.evse(evse).car is not None:
        home.world.unplug(evse)
    home.world.set_car(bus, soc_percent=40)
    home.world.plug(evse, bus)


async def charge_anew(home: DepotHome) -> None:
    """Begin another charge, and let the back end hear of it."""
    arrive(home, "1-1", "bus-1")
    home.world.start("1-1", "depot", by="rfid")
    await home.advance(timedelta(minutes=2))
    await home.polls(4)


def issue(home: DepotHome, feature: str) -> ir.IssueEntry | None:
    """Return the repair issue about a feature."""
    registry = ir.async_get(home.hass)
    return registry.async_get_issue(DOMAIN, refused_issue(home.entry, feature))


def issues(home: DepotHome) -> set[str]:
    """Return the keys of the repair issues that there are."""
    found = ir.async_get(home.hass).issues.values()
    return {
        str(one.translation_key) for one in found if one.domain == DOMAIN and one.active
    }


def shown(home: DepotHome) -> dict[str, str]:
    """Return the states of all connectors."""
    entities = [one.entity_id for one in home.entities()]
    found = (home.hass.states.get(one) for one in entities)
    return {one.entity_id: one.state for one in found if one is not None}
