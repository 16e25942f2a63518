"""Changing an account at an operator: a new token, new addresses, the user's tokens."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from yarl import URL

from custom_components.ev_charging_cloud.const import DOMAIN
from emulator import EmablerProfile, Emulator
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryState,
    SubentryFlowResult,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType

from .dialog import Dialog
from .party_home import (
    APP,
    APP_PART,
    FAST,
    PARTY,
    TEXTS,
    TOKEN,
    PartyHome,
    Setup,
    at,
    base,
    issues,
    kept,
    party_home,
)

pytestmark = pytest.mark.usefixtures("flowing")

FRESH = "fresh-token-43"
NEW = {"uid": "04AABBCC", "token_type": "rfid", "contract_id": "NL-HAX-C000002-4"}
STEPS = TEXTS["config_subentries"]["token"]


@pytest.fixture
async def home(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[PartyHome]:
    """Return a Home Assistant with an account."""
    setup = getattr(request, "param", Setup())
    async with party_home(hass, freezer, monkeypatch, setup) as found:
        yield found


@dataclass
class TokenDialog:
    """One run of the dialog that adds or changes a token."""

    home: PartyHome
    shown: SubentryFlowResult = field(init=False)

    async def begin(self, part: str | None = None) -> None:
        """Begin to add a token, or to change one."""
        context: Any = {"source": SOURCE_USER if part is None else SOURCE_RECONFIGURE}
        if part is not None:
            context["subentry_id"] = part
        flows = self.home.hass.config_entries.subentries
        self.shown = await flows.async_init(
            (self.home.entry.entry_id, "token"), context=context
        )
        assert self.step == ("user" if part is None else "reconfigure")

    async def enter(self, **entered: Any) -> None:
        """Fill in the form that is shown and send it."""
        flows = self.home.hass.config_entries.subentries
        self.shown = await flows.async_configure(self.shown["flow_id"], entered)
        await self.home.settle()

    @property
    def step(self) -> str:
        """Return which form is shown; each has its texts."""
        assert self.shown["type"] is FlowResultType.FORM
        found: str = self.shown["step_id"]
        assert STEPS["step"][found]["title"]
        return found

    @property
    def errors(self) -> dict[str, str]:
        """Return what the form says is wrong; each has its sentence."""
        found = self.shown["errors"] or {}
        assert all(STEPS["error"][key] for key in found.values())
        return found

    def offered(self) -> list[str]:
        """Return the places that can be chosen."""
        schema = self.shown["data_schema"]
        assert schema is not None
        options = next(iter(schema.schema.values())).config["options"]
        return [one["value"] for one in options]


def parts(home: PartyHome) -> dict[str, dict[str, Any]]:
    """Return the tokens of the account by their title."""
    found = home.entry.subentries.values()
    return {one.title: dict(one.data) for one in found}


@at(parts={"app": APP_PART})
async def test_a_token_is_added_with_its_place(home: PartyHome) -> None:
    """Its sessions become own ones, and its charges begin at the place."""
    await home.set_up()
    assert {one.ownership.value for one in (await kept(home)).values()} == {
        "own",
        "foreign",
    }
    dialog = TokenDialog(home)
    await dialog.begin()
    await dialog.enter(**NEW, label="Blue card")
    assert dialog.step == "search"
    await dialog.enter(search="nowhere at all")
    assert dialog.errors == {"base": "nothing_found"}
    await dialog.enter(search="street 3")
    assert dialog.step == "place"
    assert dialog.offered() == ["Station 3, NL*XYZ*E0004*1"]
    await dialog.enter(place=dialog.offered()[0])
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY
    added = parts(home)["Blue card"]
    assert added["location_id"] == "nl*xyz*loc-3"
    assert added["evse_uid"] == home.full(FAST)
    assert home.entry.state is ConfigEntryState.LOADED
    (key,) = [one.subentry_id for one in home.entry.subentries.values()][1:]
    token = f"token_{key}"
    await home.switch(True, token)
    assert home.session(FAST).is_open
    assert home.value("charging", token) == "on"


@at(parts={"app": APP_PART})
async def test_a_place_can_be_left_out(home: PartyHome) -> None:
    """The token's sessions are shown all the same."""
    await home.set_up()
    dialog = TokenDialog(home)
    await dialog.begin()
    await dialog.enter(**NEW)
    await dialog.enter(search=" ")
    assert dialog.shown["type"] is FlowResultType.CREATE_ENTRY
    # Without a name of its own the list of tokens has to show the uid.
    assert list(parts(home)) == ["Phone", "04AABBCC"]
    names = {state.name for state in home.hass.states.async_all()}
    assert not [name for name in names if "04AABBCC" in name]


@pytest.mark.parametrize("uid", ["APP-1", "app-1", " APP-1 "])
async def test_a_token_is_added_once(home: PartyHome, uid: str) -> None:
    """In whatever case."""
    await home.set_up()
    dialog = TokenDialog(home)
    await dialog.begin()
    await dialog.enter(uid=uid)
    assert dialog.shown["type"] is FlowResultType.ABORT
    assert dialog.shown["reason"] == "already_configured"
    assert STEPS["abort"]["already_configured"]


async def test_a_token_needs_its_uid(home: PartyHome) -> None:
    """Blanks are none."""
    await home.set_up()
    dialog = TokenDialog(home)
    await dialog.begin()
    await dialog.enter(uid="  ")
    assert dialog.errors == {"uid": "invalid_uid"}


async def test_a_token_is_changed_and_removed(home: PartyHome) -> None:
    """Its device keeps its entities, and they go with it."""
    await home.set_up()
    before = {one.entity_id for one in home.entities()}
    dialog = TokenDialog(home)
    await dialog.begin("app")
    await dialog.enter(**{**APP_PART, "label": "New phone"})
    await dialog.enter(search="Station 1")
    assert len(dialog.offered()) == 2
    await dialog.enter(place=dialog.offered()[1])
    assert dialog.shown["type"] is FlowResultType.ABORT
    assert dialog.shown["reason"] == "reconfigure_successful"
    assert {one.entity_id for one in home.entities()} == before
    assert home.value("charging", APP) == "on"
    home.hass.config_entries.async_remove_subentry(home.entry, "app")
    await home.settle()
    assert not home.has("charging", APP)


@pytest.mark.parametrize(
    "home",
    [Setup(), Setup(emabler=EmablerProfile())],
    indirect=True,
    ids=["ocpi", "emabler"],
)
async def test_a_new_token_after_the_old_one_was_refused(home: PartyHome) -> None:
    """The account stays the same one, with its past and its entities."""
    await home.set_up()
    before = await kept(home)
    name = home.party.name
    home.emulator.switch(name, token=FRESH)
    await home.next_poll()
    assert [flow["context"]["source"] for flow in home.flows()] == ["reauth"]
    dialog = Dialog(home.hass)
    flows = home.hass.config_entries.flow
    dialog.shown = await flows.async_configure(home.flows()[0]["flow_id"], {})
    if name == "ocpi":
        await dialog.enter(method="versions")
    assert dialog.step == "credentials"
    setup = Setup(emabler=EmablerProfile() if name == "emabler" else None)
    known = {**base(home.emulator, setup), **PARTY}
    suggested = dialog.suggested()
    assert {key: suggested[key] for key in known} == known
    await dialog.enter(**known, token="still-wrong")
    assert dialog.errors == {"base": "invalid_auth"}
    await dialog.enter(**known, token=FRESH)
    assert dialog.reason == "reauth_successful"
    await home.settle()
    assert home.entry.state is ConfigEntryState.LOADED
    assert (await kept(home)).keys() == before.keys()
    assert home.value("charging") == "on"
    await home.next_poll()
    assert home.flows() == []


async def test_an_account_is_changed(home: PartyHome) -> None:
    """What is left out now is gone; the account stays the same one."""
    await home.set_up()
    known = home.account
    dialog = Dialog(home.hass)
    flows = home.hass.config_entries.flow
    dialog.shown = await flows.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": home.entry.entry_id},
    )
    await dialog.enter(method="modules")
    root = f"{home.emulator.url}/ocpi/cpo/2.2.1"
    await dialog.enter(
        token=TOKEN,
        version="v2-2-1",
        sessions_url=f"{root}/sessions",
        locations_url=f"{root}/locations",
    )
    assert dialog.reason == "reconfigure_successful"
    await home.settle()
    assert home.account == known
    assert home.entry.data["method"] == "modules"
    assert "party_id" not in home.entry.data["settings"]
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.value("is_charging") == "on"


async def test_a_host_that_was_not_allowed_is_allowed_later(home: PartyHome) -> None:
    """By a change of the account, whose failure to be set up has named it."""
    await home.set_up()
    async with Emulator(home.world, ocpi=home.party.profile) as second:
        other = URL(second.url).authority
        home.emulator.switch("ocpi", module_host=other)
        await home.reload()
        assert home.entry.error_reason_translation_key == "foreign_host"
        assert other in str(home.entry.reason)
        dialog = Dialog(home.hass)
        flows = home.hass.config_entries.flow
        dialog.shown = await flows.async_init(
            DOMAIN,
            context={"source": SOURCE_RECONFIGURE, "entry_id": home.entry.entry_id},
        )
        await dialog.enter(method="versions")
        known = {**base(home.emulator, Setup()), **PARTY}
        await dialog.enter(**known, token=TOKEN, hosts=other)
        assert dialog.reason == "reconfigure_successful"
        await home.settle()
        assert home.entry.state is ConfigEntryState.LOADED
        assert issues(home) == {}
        assert home.value("charging") == "on"
        await home.hass.config_entries.async_unload(home.entry.entry_id)
