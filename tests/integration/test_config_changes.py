"""The dialogs that change an account: sign in again, reconfigure, pick again."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.ampeco import AmpecoBackend
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.storage import TokenFile
from emulator import scenarios
from emulator.world import Driver
from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.data_entry_flow import FlowResultType

from .dialog import CREDENTIALS, Dialog
from .support import ACCOUNT, Home, place, settings

pytestmark = pytest.mark.usefixtures("flowing")

TOKEN = r"/oauth/token$"
LISTING = r"/personal/charge-points$"


@dataclass
class Change:
    """A dialog that changes an account, and how it ends."""

    id: str
    success: str

    async def begin(self, home: Home) -> Dialog:
        """Open the dialog and come to the choice of the way to sign in."""
        dialog = Dialog(home.hass)
        if self.id == "reconfigure":
            dialog.shown = await home.entry.start_reconfigure_flow(home.hass)
        else:
            dialog.shown = await home.entry.start_reauth_flow(home.hass)
            assert dialog.step == "reauth_confirm"
            await dialog.enter()
        return dialog


CHANGES = [
    Change("reauth", "reauth_successful"),
    Change("reconfigure", "reconfigure_successful"),
]
EACH_CHANGE = pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.id)


@dataclass
class Mistake:
    """What goes wrong while signing in again, and what the form says then."""

    error: str
    values: dict[str, str] = field(default_factory=dict)
    fault: dict[str, Any] | None = None
    field: str = "base"


MISTAKES = [
    Mistake("invalid_host", {"host": "not a host"}, field="host"),
    Mistake("cannot_connect", fault={"kind": "reset", "path": TOKEN}),
    Mistake("invalid_auth", {"password": "wrong"}),
    Mistake("invalid_client", {"client_secret": "wrong"}),
    Mistake("forbidden", fault={"kind": "status", "status": 403, "path": LISTING}),
    Mistake("rate_limited", fault={"kind": "status", "status": 429, "path": TOKEN}),
    Mistake("server_error", fault={"kind": "status", "status": 500, "path": TOKEN}),
    Mistake("unexpected_answer", fault={"kind": "html", "path": TOKEN}),
]


async def kept_tokens(home: Home) -> Tokens:
    """Return the tokens that Home Assistant would use after a restart."""
    found = await TokenFile(home.hass, ACCOUNT).load()
    assert found is not None
    return found


@EACH_CHANGE
async def test_the_present_way_to_sign_in_is_preselected(
    home: Home, change: Change
) -> None:
    """Most users only renew what they had."""
    dialog = await change.begin(home)
    assert dialog.step == "method"
    assert next(iter(dialog.schema)).default() == "password"


@EACH_CHANGE
async def test_only_what_may_be_seen_is_suggested(home: Home, change: Change) -> None:
    """Host and client id are, the client secret is not."""
    dialog = await change.begin(home)
    await dialog.enter(method="password")
    suggested = dialog.suggested()
    assert suggested["host"] == f"{home.emulator.url}/"
    assert suggested["client_id"] == "1"
    assert suggested["client_secret"] is None
    assert suggested["password"] is None


@EACH_CHANGE
async def test_a_new_sign_in_replaces_the_tokens_and_reloads(
    home: Home, change: Change
) -> None:
    """The same account goes on with what was entered."""
    await home.set_up()
    before = await kept_tokens(home)
    runtime = home.entry.runtime_data
    dialog = await change.begin(home)
    await dialog.enter(method="password")
    await dialog.enter(host=home.emulator.url, **CREDENTIALS)
    assert dialog.reason == change.success
    await home.settle()
    assert home.entry.state is ConfigEntryState.LOADED
    assert home.entry.runtime_data is not runtime
    assert (await kept_tokens(home)).access != before.access
    assert home.value("status") == "preparing"


@EACH_CHANGE
async def test_the_way_to_sign_in_can_be_changed(home: Home, change: Change) -> None:
    """The client secret is then no longer kept."""
    await home.set_up()
    pair = home.emulator.ampeco.issue_tokens()
    dialog = await change.begin(home)
    await dialog.enter(method="access_token")
    await dialog.enter(host=home.emulator.url, access_token=pair.access_token)
    assert dialog.reason == change.success
    await home.settle()
    assert home.entry.data["method"] == "access_token"
    assert await kept_tokens(home) == Tokens(access=pair.access_token)
    assert home.entry.state is ConfigEntryState.LOADED


@EACH_CHANGE
@pytest.mark.parametrize("case", MISTAKES, ids=lambda one: one.error)
async def test_a_mistake_can_be_put_right(
    home: Home, change: Change, case: Mistake
) -> None:
    """Each error ends in success in the same dialog."""
    right = {"host": home.emulator.url, **CREDENTIALS}
    if case.fault is not None:
        home.emulator.faults.add(**case.fault)
    dialog = await change.begin(home)
    await dialog.enter(method="password")
    await dialog.enter(**{**right, **case.values})
    assert dialog.errors == {case.field: case.error}
    home.emulator.faults.clear()
    await dialog.enter(**right)
    assert dialog.reason == change.success
    await home.settle()


@EACH_CHANGE
async def test_another_account_is_refused(home: Home, change: Change) -> None:
    """The entities of one driver never show another one's charger."""
    home.world.add_driver(
        Driver(id="3002", email="other@example.test", password="sesame")
    )
    before = await kept_tokens(home)
    dialog = await change.begin(home)
    await dialog.enter(method="password")
    other = {**CREDENTIALS, "username": "other@example.test", "password": "sesame"}
    await dialog.enter(host=home.emulator.url, **other)
    assert dialog.reason == "wrong_account"
    assert await kept_tokens(home) == before


@EACH_CHANGE
async def test_an_operator_that_moved_keeps_its_account(
    home: Home, change: Change
) -> None:
    """Another host of the same operator is the same account."""
    kept = settings("http://127.0.0.1:1", realm="old.example.test")
    home.hass.config_entries.async_update_entry(
        home.entry,
        unique_id="ampeco_old.example.test_3001",
        data={**home.entry.data, "settings": kept},
    )
    dialog = await change.begin(home)
    await dialog.enter(method="password")
    await dialog.enter(host=home.emulator.url, **CREDENTIALS)
    assert dialog.reason == change.success
    await home.settle()
    assert home.entry.data["settings"]["host"] == f"{home.emulator.url}/"
    assert home.entry.data["settings"]["realm"] == "old.example.test"
    assert home.entry.state is ConfigEntryState.LOADED


@EACH_CHANGE
async def test_a_renewal_under_way_cannot_overwrite_the_new_tokens(
    home: Home, change: Change
) -> None:
    """What the running account still saves comes before what was entered."""
    await home.set_up()
    pair = home.emulator.ampeco.issue_tokens()
    home.emulator.faults.add("status", status=401, path=LISTING, count=1)
    slow = home.emulator.faults.add("hang", path=TOKEN)
    poll = asyncio.create_task(home.coordinator.async_refresh())
    await until_asked(home, "token")
    dialog = await change.begin(home)
    await dialog.enter(method="access_token")
    entered = asyncio.create_task(
        dialog.enter(host=home.emulator.url, access_token=pair.access_token)
    )
    for _ in range(2000):
        await asyncio.sleep(0)
    home.emulator.faults.clear(slow)
    await entered
    await asyncio.wait([poll])
    assert dialog.reason == change.success
    await home.settle()
    assert (await kept_tokens(home)).access == pair.access_token


async def test_a_single_way_to_sign_in_is_not_asked_for_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reconfiguring then begins with the credentials."""
    only = msgspec.structs.replace(
        AmpecoBackend.brands["ampeco"], methods=("password",)
    )
    monkeypatch.setitem(AmpecoBackend.brands, "ampeco", only)
    dialog = Dialog(home.hass)
    dialog.shown = await home.entry.start_reconfigure_flow(home.hass)
    assert dialog.step == "credentials"


async def test_reauthentication_names_the_account(home: Home) -> None:
    """The user sees which of several accounts wants attention."""
    shown = await home.entry.start_reauth_flow(home.hass)
    placeholders = shown["description_placeholders"]
    assert placeholders is not None
    assert placeholders["provider"] == "Test operator"


async def options(home: Home) -> ConfigFlowResult:
    """Open the options."""
    return await home.hass.config_entries.options.async_init(home.entry.entry_id)


async def choose(home: Home, *chosen: str) -> None:
    """Pick charge points in the options."""
    shown = await options(home)
    done = await home.hass.config_entries.options.async_configure(
        shown["flow_id"], {"charge_points": list(chosen), "control_all": False}
    )
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await home.settle()


@place(scenarios.fleet, charge_points=3, evses_each=1)
async def test_a_charge_point_can_be_hidden_and_shown_again(home: Home) -> None:
    """A changed choice reloads the account."""
    await home.set_up()
    await choose(home, "CP0000001", "CP0000003")
    assert home.entry.options == {"excluded": ["CP0000002"], "control_all": False}
    assert not any("_evse_700002_" in one.unique_id for one in home.entities())
    await choose(home, "CP0000001", "CP0000002", "CP0000003")
    assert home.value("status", "700002") == "preparing"


@place(scenarios.fleet, charge_points=21, evses_each=1)
async def test_a_large_account_remembers_what_was_picked(home: Home) -> None:
    """Later charge points then do not appear by themselves."""
    await home.set_up()
    await choose(home, "CP0000004")
    assert home.entry.options == {"included": ["CP0000004"], "control_all": False}


@place(scenarios.fleet, charge_points=3, evses_each=1)
async def test_the_options_show_the_present_choice(home: Home) -> None:
    """The place elsewhere is not among them: it is no charge point."""
    home.hass.config_entries.async_update_entry(
        home.entry, options={"excluded": ["CP0000001"]}
    )
    await home.set_up()
    dialog = Dialog(home.hass)
    dialog.shown = await options(home)
    assert dialog.offered() == ["CP0000001", "CP0000002", "CP0000003"]
    assert dialog.preselected() == ["CP0000002", "CP0000003"]


async def test_the_options_need_a_loaded_account(home: Home) -> None:
    """Without it nobody knows which charge points there are."""
    dialog = Dialog(home.hass)
    dialog.shown = await options(home)
    assert dialog.reason == "not_loaded"


async def test_an_account_that_needs_a_sign_in_recovers(home: Home) -> None:
    """From the dead token to the running account."""
    home.emulator.ampeco.tokens.revoke_all()
    await home.set_up(ConfigEntryState.SETUP_ERROR)
    flows = home.flows()
    assert [one["context"]["source"] for one in flows] == ["reauth"]
    dialog = Dialog(home.hass)
    dialog.shown = flows[0]
    await dialog.enter()
    await dialog.enter(method="password")
    await dialog.enter(host=home.emulator.url, **CREDENTIALS)
    assert dialog.reason == "reauth_successful"
    await home.settle()
    assert home.entry.state is ConfigEntryState.LOADED


async def until_asked(home: Home, kind: str) -> None:
    """Wait until a request of a kind has come in."""
    for _ in range(100_000):
        if home.asked(kind):
            return
        await asyncio.sleep(0)
    raise AssertionError(f"Nobody asked for {kind}")
