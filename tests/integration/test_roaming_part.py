"""The dialog that adds tokens to an account."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.catalogue import BACKENDS
from custom_components.ev_charging_cloud.providers.errors import ForeignHostError
from custom_components.ev_charging_cloud.providers.provider import Capability
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.selector import SelectSelector

from .roaming import KEY, RoamingBackend
from .roaming_home import RoamingHome, make_entry, roaming_home

CARD = {"uid": "CARD-1", "token_type": "rfid", "contract_id": "NL-ABC-C1"}


@pytest.fixture
async def home(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RoamingHome]:
    """Return an account with one token."""
    backend = RoamingBackend()
    monkeypatch.setitem(BACKENDS, KEY, backend)
    async with roaming_home(hass, backend.place, make_entry(CARD)) as found:
        await found.set_up()
        yield found


async def begin(home: RoamingHome, part: str | None = None) -> SubentryFlowResult:
    """Open the dialog for a new token, or for one that there is."""
    context: Any = {"source": SOURCE_USER}
    if part is not None:
        context = {"source": SOURCE_RECONFIGURE, "subentry_id": part}
    flows = home.hass.config_entries.subentries
    return await flows.async_init((home.entry.entry_id, "token"), context=context)


async def enter(
    home: RoamingHome, shown: SubentryFlowResult, **values: str
) -> SubentryFlowResult:
    """Fill in a form and send it."""
    flows = home.hass.config_entries.subentries
    shown = await flows.async_configure(shown["flow_id"], values)
    await home.settle()
    return shown


def schema(shown: SubentryFlowResult) -> dict[Any, Any]:
    """Return the fields of a form."""
    assert shown["data_schema"] is not None
    found: dict[Any, Any] = shown["data_schema"].schema
    return found


async def test_a_token_is_added_with_its_kind_and_place(home: RoamingHome) -> None:
    """A kind that nobody touches is the first one."""
    shown = await begin(home)
    selector = schema(shown)["token_type"]
    assert isinstance(selector, SelectSelector)
    assert selector.config["translation_key"] == "token_type"
    assert "rfid" in selector.config["options"]
    assert [str(key) for key in schema(shown)] == [
        "uid",
        "token_type",
        "contract_id",
        "issuer",
        "label",
    ]
    shown = await enter(home, shown, uid=" APP-1 ", contract_id="NL-ABC-C2", label="Me")
    assert shown["step_id"] == "search"
    shown = await enter(home, shown, search="Location")
    assert shown["step_id"] == "place"
    shown = await enter(home, shown, place="Location 1, NL*XYZ*E1")
    assert shown["type"] is FlowResultType.CREATE_ENTRY
    part = list(home.entry.subentries.values())[-1]
    assert (part.subentry_type, part.title, part.unique_id) == ("token", "Me", "APP-1")
    assert dict(part.data) == {
        "uid": "APP-1",
        "token_type": "app_user",
        "contract_id": "NL-ABC-C2",
        "label": "Me",
        "location_id": "L1",
        "evse_uid": "L1/E1",
    }


async def test_a_token_is_changed(home: RoamingHome) -> None:
    """What was chosen is shown, and stays where nobody changes it."""
    shown = await begin(home, "part0")
    (kind,) = (key for key in schema(shown) if key == "token_type")
    assert kind.description == {"suggested_value": "rfid"}
    shown = await enter(home, shown, **{**CARD, "token_type": "emaid"})
    shown = await enter(home, shown)
    assert shown["reason"] == "reconfigure_successful"
    assert home.entry.subentries["part0"].data["token_type"] == "emaid"


async def test_one_token_is_added_once(home: RoamingHome) -> None:
    """However its UID is written."""
    shown = await begin(home)
    shown = await enter(home, shown, uid="card-1", contract_id="NL-ABC-C1")
    assert shown["reason"] == "already_configured"
    shown = await begin(home, "part0")
    shown = await enter(home, shown, **CARD)
    assert shown["step_id"] == "search"


async def test_what_is_required_must_be_more_than_blanks(home: RoamingHome) -> None:
    """Every such field says so itself."""
    shown = await begin(home)
    shown = await enter(home, shown, uid=" ", contract_id=" ", label=" ")
    assert shown["errors"] == {
        "uid": "invalid_uid",
        "contract_id": "invalid_contract_id",
    }


async def test_a_search_that_leads_elsewhere_names_the_host(home: RoamingHome) -> None:
    """And can be tried again."""
    shown = await begin(home)
    shown = await enter(home, shown, uid="APP-1", contract_id="NL-ABC-C2")
    home.place.failure = ForeignHostError("api.other.example")
    shown = await enter(home, shown, search="Location")
    assert shown["errors"] == {"base": "foreign_host"}
    assert shown["description_placeholders"] == {"host": "api.other.example"}
    home.place.failure = None
    shown = await enter(home, shown)
    assert shown["type"] is FlowResultType.CREATE_ENTRY


async def test_without_a_search_the_token_is_all(home: RoamingHome) -> None:
    """No place is asked for."""
    home.place.capabilities -= {Capability.SEARCH}
    home.coordinator.provider.capabilities = home.place.capabilities
    shown = await begin(home)
    shown = await enter(home, shown, uid="APP-1", contract_id="NL-ABC-C2")
    assert shown["type"] is FlowResultType.CREATE_ENTRY


async def test_where_nothing_starts_no_place_is_asked_for(
    home: RoamingHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part without fields for one has none."""
    part = BACKENDS[KEY].part
    assert part is not None
    plain = msgspec.structs.replace(part, fields=part.fields[:-2])
    monkeypatch.setattr(BACKENDS[KEY], "part", plain)
    shown = await begin(home)
    shown = await enter(home, shown, uid="APP-1", contract_id="NL-ABC-C2")
    assert shown["type"] is FlowResultType.CREATE_ENTRY


async def test_a_token_has_a_place_of_its_own(home: RoamingHome) -> None:
    """At which it can be registered."""
    button = home.entity_id("register", "part0")
    await home.act("button", "press", button)
    assert home.place.commands == [("register", "part0")]
