"""The dialog that adds an operator or hub, or its dialect."""

from collections.abc import AsyncIterator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest
from yarl import URL

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.storage import TokenFile
from emulator import EmablerProfile, Emulator
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .dialog import Dialog
from .party_home import TEXTS, TOKEN, Setup, base, cpo, crowd, party_emulator
from .support import closed_port

pytestmark = pytest.mark.usefixtures("impatient")

DIALECT = Setup(emabler=EmablerProfile())
ENCODED = "ZGVtby10b2tlbi00Mg=="


@pytest.fixture
async def emulator(
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Emulator]:
    """Serve an operator."""
    setup = getattr(request, "param", DIALECT)
    async with party_emulator(freezer, monkeypatch, setup) as found:
        yield found


@pytest.fixture
async def dialog(hass: HomeAssistant) -> AsyncIterator[Dialog]:
    """Return a person in front of the dialog."""
    yield Dialog(hass)
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()


def operator(**switches: Any) -> pytest.MarkDecorator:
    """Run a test with an operator of other habits, or with more places."""
    world = switches.pop("world", crowd())
    setup = Setup(ocpi=cpo(**switches), world=world)
    return pytest.mark.parametrize("emulator", [setup], indirect=True, ids=["cpo"])


def versions(emulator: Emulator, **changes: str) -> dict[str, str]:
    """Return what a user enters who was given a versions address."""
    return {"versions_url": f"{emulator.url}/ocpi/versions", "token": TOKEN, **changes}


def modules(emulator: Emulator, version: str, *names: str) -> dict[str, str]:
    """Return what a user enters who was given addresses of modules."""
    root = f"{emulator.url}/ocpi/cpo/{version}"
    found = {f"{name}_url": f"{root}/{name}" for name in names}
    chosen = "v" + version.replace(".", "-")
    return {"token": TOKEN, "version": chosen, **found}


def said(dialog: Dialog) -> str:
    """Return the sentence that the form shows instead of going on."""
    (key,) = dialog.errors.values()
    named = dialog.shown["description_placeholders"] or {}
    found: str = TEXTS["config"]["error"][key]
    return found.format(**named)


async def fails(dialog: Dialog, errors: dict[str, str], **entered: str) -> str:
    """Enter something that leads to a sentence, which is returned."""
    await dialog.enter(**entered)
    assert (dialog.step, dialog.errors) == ("credentials", errors)
    return said(dialog)


def shown(dialog: Dialog) -> str:
    """Return what the form says."""
    named = dialog.shown["description_placeholders"] or {}
    text: str = TEXTS["config"]["step"][dialog.step]["description"]
    return text.format(**named)


async def test_an_account_by_a_versions_address(
    dialog: Dialog, emulator: Emulator
) -> None:
    """Whose sessions appear, and what their cost is, is said before it is added."""
    await dialog.begin("ocpi")
    assert dialog.offered() == ["versions", "modules"]
    await dialog.enter(method="versions")
    assert dialog.fields[:3] == ["versions_url", "token", "encoding"]
    assert dialog.suggested()["encoding"] == "auto"
    await dialog.enter(**versions(emulator, token=f"Token {TOKEN}"))
    assert dialog.step == "locations"
    assert "3 locations" in shown(dialog)
    assert "sessions of your own tokens only" in shown(dialog)
    assert "what you owe the provider" in shown(dialog)
    assert len(dialog.preselected()) == 3
    entry = await dialog.finish()
    assert entry.title == "OCPI (127.0.0.1)"
    for text in (TOKEN, ENCODED):
        assert text not in str(entry.as_dict())
    tokens = await TokenFile(dialog.hass, str(entry.unique_id)).load()
    assert tokens is not None
    assert tokens.access == TOKEN
    assert entry.supported_subentry_types == {"token": {"supports_reconfigure": True}}


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
async def test_an_account_by_addresses_of_modules(
    dialog: Dialog, emulator: Emulator, version: str
) -> None:
    """Nothing else is asked for: neither versions, nor modules that were left out."""
    await dialog.begin("ocpi", "modules")
    await dialog.enter(**modules(emulator, version, "sessions", "locations"))
    await dialog.finish()
    assert {one.kind for one in emulator.requests} == {
        "ocpi_sessions",
        "ocpi_locations",
    }
    assert all(f"/{version}/" in one.path for one in emulator.requests)


async def test_modules_need_versions_or_sessions(
    dialog: Dialog, emulator: Emulator
) -> None:
    """One of the two addresses must be there."""
    await dialog.begin("ocpi", "modules")
    entered = modules(emulator, "2.2.1", "locations")
    await fails(dialog, {"versions_url": "invalid_versions_url"}, **entered)
    assert emulator.requests == []


async def test_the_dialect(dialog: Dialog, emulator: Emulator) -> None:
    """It has one way to sign in, and no step to choose it."""
    await dialog.begin("emabler")
    assert dialog.step == "credentials"
    assert dialog.fields[:4] == ["base_url", "token", "version", "numbering"]
    await dialog.enter(**base(emulator, DIALECT), token=TOKEN)
    assert dialog.step == "locations"
    assert "sessions of your own tokens only" in shown(dialog)
    entry = await dialog.finish()
    assert entry.title == "eMabler (127.0.0.1)"
    sent = {one.headers.get("Authorization") for one in emulator.requests}
    assert {one.path for one in emulator.requests} >= {
        "/emabler/ocpi/2.2.1/sessions",
        "/emabler/ocpi/2.2.1/locations",
    }
    assert sent == {None}


async def test_an_account_is_added_once(dialog: Dialog, emulator: Emulator) -> None:
    """It is known by its host and its token."""
    for _ in range(2):
        await dialog.begin("ocpi", "versions")
        await dialog.enter(**versions(emulator))
        if dialog.shown["type"] == "form":
            await dialog.finish()
    assert dialog.reason == "already_configured"


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"token": "wrong-token"}, {"base": "invalid_auth"}),
        ({"token": "two words"}, {"token": "invalid_token"}),
        ({"versions_url": "not a host"}, {"versions_url": "invalid_versions_url"}),
        (
            {"versions_url": "http://cpo.example.test/versions"},
            {"versions_url": "invalid_versions_url"},
        ),
        ({"country_code": "NLD"}, {"country_code": "invalid_country_code"}),
        ({"country_code": "NL"}, {"party_id": "invalid_party_id"}),
        ({"to_party_id": "XYZ"}, {"to_country_code": "invalid_to_country_code"}),
        ({"hosts": "not/a host"}, {"hosts": "invalid_hosts"}),
    ],
)
async def test_what_is_wrong_can_be_corrected(
    dialog: Dialog,
    emulator: Emulator,
    changes: dict[str, str],
    errors: dict[str, str],
) -> None:
    """The form stays, with what was entered but for the secret."""
    await dialog.begin("ocpi", "versions")
    assert await fails(dialog, errors, **versions(emulator, **changes))
    assert dialog.suggested()["token"] is None
    await dialog.enter(**versions(emulator))
    await dialog.finish()


@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        ("status", {"status": 403}, "invalid_auth"),
        ("status", {"status": 429}, "rate_limited"),
        ("status", {"status": 502}, "server_error"),
        ("html", {}, "unexpected_answer"),
        ("reset", {}, "cannot_connect"),
    ],
)
@pytest.mark.parametrize("path", ["versions$", "locations$"], ids=["versions", "lists"])
async def test_an_operator_in_trouble(
    dialog: Dialog,
    emulator: Emulator,
    kind: str,
    options: dict[str, int],
    error: str,
    path: str,
) -> None:
    """Each failure has its sentence, and trying again works."""
    fault = emulator.faults.add(kind, path=path, status=options.get("status"))
    await dialog.begin("ocpi", "versions")
    assert await fails(dialog, {"base": error}, **versions(emulator))
    emulator.faults.clear(fault)
    await dialog.enter(**versions(emulator))
    await dialog.finish()


async def test_an_address_at_which_there_is_nothing(
    dialog: Dialog, emulator: Emulator
) -> None:
    """Nobody there, or somebody who speaks of other things."""
    await dialog.begin("ocpi", "versions")
    nowhere = f"http://127.0.0.1:{closed_port()}/versions"
    entered = versions(emulator, versions_url=nowhere)
    await fails(dialog, {"base": "cannot_connect"}, **entered)
    entered = versions(emulator, versions_url=f"{emulator.url}/elsewhere")
    await fails(dialog, {"base": "unexpected_answer"}, **entered)


async def test_modules_on_another_host(dialog: Dialog, emulator: Emulator) -> None:
    """The sentence names the host; entering it lets the token go there."""
    async with Emulator(emulator.world, ocpi=emulator.ocpi.profile) as second:
        other = URL(second.url).authority
        emulator.switch("ocpi", module_host=other)
        await dialog.begin("ocpi", "versions")
        text = await fails(dialog, {"base": "foreign_host"}, **versions(emulator))
        assert text.count(other) == 2
        assert "Further hosts" in text
        assert second.requests == []
        await dialog.enter(**versions(emulator, hosts=other))
        entry = await dialog.finish()
        assert entry.state is ConfigEntryState.LOADED
        assert {one.kind for one in second.requests} >= {"ocpi_sessions", "ocpi_cdrs"}
        assert await dialog.hass.config_entries.async_unload(entry.entry_id)
    assert not [one for one in emulator.requests if "/cpo/" in one.path]


@pytest.mark.parametrize(
    "emulator",
    [
        Setup(ocpi=cpo(versions=())),
        Setup(ocpi=cpo(versions=("2.0", "3.0"))),
        Setup(ocpi=cpo(unlisted=frozenset({"sessions"}))),
    ],
    indirect=True,
    ids=["no-version", "unknown-versions", "no-sessions"],
)
async def test_what_cannot_be_used(dialog: Dialog, emulator: Emulator) -> None:
    """Neither a version that is known, nor a list of sessions."""
    await dialog.begin("ocpi", "versions")
    text = await fails(dialog, {"base": "unsupported"}, **versions(emulator))
    assert "no known OCPI version, or no sessions module" in text


@operator(versions=("2.1.1",))
async def test_a_version_that_is_wished_for(dialog: Dialog, emulator: Emulator) -> None:
    """It must be offered; the best one is taken where none is wished for."""
    await dialog.begin("ocpi", "modules")
    entered = versions(emulator, version="v2-2-1")
    await fails(dialog, {"base": "unsupported"}, **entered)
    await dialog.enter(**versions(emulator, version="auto"))
    await dialog.finish()


@pytest.mark.parametrize("chosen", ["auto", "raw", "base64"])
@pytest.mark.parametrize(
    "emulator",
    [Setup(ocpi=cpo(token_encoding=one)) for one in ("raw", "base64")],
    indirect=True,
    ids=["wants-raw", "wants-base64"],
)
async def test_how_a_token_is_written(
    dialog: Dialog, emulator: Emulator, chosen: str
) -> None:
    """Automatic finds it and remembers; a choice is what is sent."""
    wanted = emulator.ocpi.profile.token_encoding
    await dialog.begin("ocpi", "versions")
    entered = versions(emulator, encoding=chosen)
    if chosen not in ("auto", wanted):
        await fails(dialog, {"base": "invalid_auth"}, **entered)
        return
    await dialog.enter(**entered)
    entry = await dialog.finish()
    emulator.requests.clear()
    assert await dialog.hass.config_entries.async_reload(entry.entry_id)
    await dialog.hass.async_block_till_done()
    modules = [one.status for one in emulator.requests if "/cpo/" in one.path]
    assert modules
    assert set(modules) == {200}


@operator(world=crowd(locations=21))
async def test_of_many_locations_none_is_picked(
    dialog: Dialog, emulator: Emulator
) -> None:
    """The user picks some, and the rest stays out."""
    await dialog.begin("ocpi", "versions")
    await dialog.enter(**versions(emulator))
    assert "21 locations" in shown(dialog)
    assert dialog.preselected() == []
    await dialog.enter(charge_points=["nl*xyz*loc-7"])
    entry = await dialog.finish()
    assert entry.options == {"included": ["nl*xyz*loc-7"]}
    points = entry.runtime_data.coordinator.shown()
    assert {one.charge_point.id for one in points} == {"nl*xyz*loc-7", "elsewhere"}


@operator(operator="NOBODY")
async def test_an_empty_account(dialog: Dialog, emulator: Emulator) -> None:
    """It says so, and is added all the same."""
    await dialog.begin("ocpi", "versions")
    await dialog.enter(**versions(emulator))
    assert dialog.step == "no_locations"
    assert "shows no locations yet" in shown(dialog)
    assert "when one of your tokens charges" in shown(dialog)
    entry = await dialog.finish()
    assert entry.state is ConfigEntryState.LOADED
