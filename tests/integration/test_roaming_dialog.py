"""The dialog of an account with sessions at places of others."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.providers.catalogue import BACKENDS
from custom_components.ev_charging_cloud.providers.errors import (
    ForeignHostError,
    ProviderError,
    ResponseError,
    UnsupportedError,
)
from custom_components.ev_charging_cloud.providers.provider import Capability, FieldKind
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import InvalidData
from homeassistant.helpers.selector import SelectSelector
from homeassistant.helpers.translation import async_get_translations

from .dialog import Dialog
from .roaming import KEY, Place, RoamingBackend

VALUES = {"versions_url": "https://cpo.example/versions", "token": "secret-token"}


@pytest.fixture(name="place")
def fixture_place(monkeypatch: pytest.MonkeyPatch) -> Place:
    """Add the back end to the catalogue, and return what it shows."""
    backend = RoamingBackend()
    monkeypatch.setitem(BACKENDS, KEY, backend)
    return backend.place


@pytest.fixture
async def dialog(hass: HomeAssistant, place: Place) -> AsyncIterator[Dialog]:
    """Return a person in front of the dialog."""
    yield Dialog(hass)
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()


async def texts(hass: HomeAssistant, category: str) -> dict[str, str]:
    """Return the English texts of the integration in one category."""
    found = await async_get_translations(hass, "en", category, {DOMAIN})
    start = f"component.{DOMAIN}.{category}."
    return {key.removeprefix(start): text for key, text in found.items()}


async def test_a_choice_is_a_list_with_translated_options(dialog: Dialog) -> None:
    """Its default is taken where nobody touches it."""
    await dialog.begin(KEY, "versions")
    selector = dialog.schema["encoding"]
    assert isinstance(selector, SelectSelector)
    assert selector.config["options"] == ["auto", "raw", "base64"]
    assert selector.config["translation_key"] == "encoding"
    assert selector.config["mode"] == "dropdown"
    assert dialog.suggested()["encoding"] == "auto"
    await dialog.enter(**VALUES)
    entry = await dialog.finish()
    assert entry.data["settings"]["encoding"] == "auto"
    assert "secret-token" not in str(entry.as_dict())


async def test_a_choice_is_kept_and_shown_again(dialog: Dialog) -> None:
    """When the account is changed."""
    await dialog.begin(KEY, "versions")
    await dialog.enter(**VALUES, encoding="base64", hosts="api.cpo.example")
    entry = await dialog.finish()
    assert entry.data["settings"]["encoding"] == "base64"
    flows = dialog.hass.config_entries.flow
    dialog.shown = await flows.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    await dialog.enter(method="versions")
    assert dialog.suggested()["encoding"] == "base64"
    assert dialog.suggested()["hosts"] == "api.cpo.example"
    assert dialog.suggested()["token"] is None


async def test_what_is_no_option_is_not_taken(dialog: Dialog) -> None:
    """Nor is it sent anywhere."""
    await dialog.begin(KEY, "versions")
    with pytest.raises(InvalidData):
        await dialog.enter(**VALUES, encoding="rot13")


async def test_a_choice_without_default_can_be_left_out(dialog: Dialog) -> None:
    """Where it is not required."""
    await dialog.begin(KEY, "modules")
    await dialog.enter(token="secret-token")
    assert "version" not in (await dialog.finish()).data["settings"]


@pytest.mark.parametrize(
    ("failure", "error", "named"),
    [
        (ForeignHostError("api.other.example"), "foreign_host", "api.other.example"),
        (UnsupportedError("No known version"), "unsupported", None),
        (ResponseError("Nonsense"), "unexpected_answer", None),
    ],
    ids=["foreign", "unsupported", "response"],
)
async def test_an_error_of_the_sign_in_says_what_to_do(
    dialog: Dialog,
    place: Place,
    failure: ProviderError,
    error: str,
    named: str | None,
) -> None:
    """And names the host; once it is right, the name is gone."""
    await dialog.begin(KEY, "versions")
    place.failure = failure
    await dialog.enter(**VALUES)
    assert dialog.step == "credentials"
    assert dialog.errors == {"base": error}
    placeholders = dialog.shown["description_placeholders"] or {}
    assert placeholders.get("host") == named
    text = (await texts(dialog.hass, "config"))[f"error.{error}"].format(**placeholders)
    assert named is None or text.count(named) == 2
    place.failure = None
    await dialog.enter(**VALUES, hosts="a b")
    assert dialog.errors == {"hosts": "invalid_hosts"}
    assert "host" not in (dialog.shown["description_placeholders"] or {})


async def test_the_set_up_says_whose_sessions_appear(
    dialog: Dialog, place: Place
) -> None:
    """Before the locations are chosen."""
    place.sizes = 3
    await dialog.begin(KEY, "versions")
    await dialog.enter(**VALUES)
    assert dialog.step == "locations"
    assert dialog.preselected() == ["L1", "L2", "L3"]
    found = (await texts(dialog.hass, "config"))["step.locations.description"]
    assert "your own tokens only" in found
    assert (dialog.shown["description_placeholders"] or {})["count"] == "3"
    await dialog.enter(charge_points=["L2"])
    assert (await dialog.finish()).options == {"excluded": ["L1", "L3"]}


async def test_of_many_locations_none_is_picked(dialog: Dialog, place: Place) -> None:
    """The user picks some, and the rest stay out."""
    place.sizes = 21
    await dialog.begin(KEY, "versions")
    await dialog.enter(**VALUES)
    assert dialog.step == "locations"
    assert dialog.preselected() == []
    await dialog.enter(charge_points=["L7"])
    assert (await dialog.finish()).options == {"included": ["L7"]}


async def test_an_empty_account_says_so(dialog: Dialog, place: Place) -> None:
    """And is added all the same: sessions come when somebody charges."""
    place.sizes = 0
    await dialog.begin(KEY, "versions")
    await dialog.enter(**VALUES)
    assert dialog.step == "no_locations"
    assert dialog.fields == []
    found = (await texts(dialog.hass, "config"))["step.no_locations.description"]
    assert "your own tokens only" in found.format(provider="Roaming")
    await dialog.enter()
    assert (await dialog.finish()).title == "Roaming"


async def test_accounts_without_roaming_have_the_steps_they_had(
    dialog: Dialog, place: Place
) -> None:
    """An empty one is added without another word."""
    place.capabilities -= {Capability.ROAMING}
    await dialog.begin(KEY, "versions")
    await dialog.enter(**VALUES)
    assert dialog.step == "charge_points"
    place.sizes = 0
    await dialog.begin(KEY, "versions")
    await dialog.enter(**VALUES)
    await dialog.finish()


def described(backend: Any) -> dict[str, set[str]]:
    """Return the keys of the texts that a back end's dialogs need, by category."""
    config = {
        f"step.credentials.data{kind}.{field.key}"
        for method in backend.methods.values()
        for field in method.fields
        for kind in ("", "_description")
    }
    fields = [one for method in backend.methods.values() for one in method.fields]
    part: set[str] = set()
    if backend.part is not None:
        asked = [
            field
            for field in backend.part.fields
            if field.kind not in (FieldKind.LOCATION, FieldKind.EVSE)
        ]
        fields += asked
        start = f"{backend.part.key}.step"
        part = {
            f"{start}.{step}.data{kind}.{field.key}"
            for step in ("user", "reconfigure")
            for field in asked
            for kind in ("", "_description")
        } | {
            f"{backend.part.key}.error.invalid_{field.key}"
            for field in asked
            if field.required and field.default is None
        }
    options = {
        f"{field.key}.options.{option}" for field in fields for option in field.options
    } | {f"method.options.{method}" for method in backend.methods}
    return {"config": config, "config_subentries": part, "selector": options}


@pytest.mark.parametrize("key", [*BACKENDS, KEY])
async def test_every_field_of_a_dialog_has_its_texts(
    hass: HomeAssistant, place: Place, key: str
) -> None:
    """Name, description, options and what is said when it is missing."""
    for category, keys in described(BACKENDS[key]).items():
        assert keys - (await texts(hass, category)).keys() == set()


async def test_the_dialog_offers_the_back_end(dialog: Dialog) -> None:
    """Among all others, with both ways to sign in."""
    flows = dialog.hass.config_entries.flow
    dialog.shown = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    assert KEY in dialog.offered()
    await dialog.enter(provider=KEY)
    assert dialog.offered() == ["versions", "modules"]
