"""The dialog that adds an account at the gateway."""

from collections.abc import AsyncIterator
from dataclasses import replace

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.ev_charging_cloud.providers.evnnovator.backend import (
    DEFAULT_HOST,
)
from custom_components.ev_charging_cloud.storage import TokenFile
from emulator import Emulator, EvnnovatorProfile
from emulator.evnnovator.profile import OTHER_BASE, TOKEN_PATH
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .dialog import Dialog
from .evnnovator_home import TOKEN, base, gateway_emulator
from .support import closed_port

pytestmark = pytest.mark.usefixtures("impatient")

SEARCH = r"/locations/search$"
ISSUES = r"/oauth/token$"
CLIENT = "emulator-evnnovator-client"
SECRET = "emulator-evnnovator-secret"


@pytest.fixture
async def emulator(
    freezer: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Emulator]:
    """Serve the gateway."""
    async with gateway_emulator(freezer, monkeypatch, EvnnovatorProfile()) as found:
        yield found


@pytest.fixture
def dialog(hass: HomeAssistant) -> Dialog:
    """Return the dialog."""
    return Dialog(hass)


def client(emulator: Emulator, **changes: str) -> dict[str, str]:
    """Return what a user with client credentials enters."""
    return {
        "host": base(emulator.url),
        "token_url": f"{emulator.url}{TOKEN_PATH}",
        "client_id": CLIENT,
        "client_secret": SECRET,
        **changes,
    }


async def test_both_ways_are_offered(dialog: Dialog) -> None:
    """The gateway's usual address is filled in."""
    await dialog.begin("evnnovator")
    assert dialog.step == "method"
    assert dialog.offered() == ["bearer", "client_credentials"]
    await dialog.enter(method="bearer")
    assert dialog.fields == ["host", "access_token"]
    assert dialog.suggested()["host"] == DEFAULT_HOST


async def test_an_account_is_added_by_a_token(
    dialog: Dialog, emulator: Emulator
) -> None:
    """There is nothing to pick, and nothing to see until a driver is added."""
    await dialog.begin("evnnovator", "bearer")
    await dialog.enter(host=base(emulator.url), access_token=f"Bearer {TOKEN}")
    entry = await dialog.finish()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.title == "EVnnovator (127.0.0.1)"
    assert TOKEN not in str(entry.data)
    assert TOKEN not in str(entry.unique_id)
    tokens = await TokenFile(dialog.hass, str(entry.unique_id)).load()
    assert tokens is not None
    assert tokens.access == TOKEN
    assert entry.supported_subentry_types == {"driver": {"supports_reconfigure": True}}
    assert await dialog.hass.config_entries.async_unload(entry.entry_id)


async def test_an_account_is_added_by_client_credentials(
    dialog: Dialog, emulator: Emulator
) -> None:
    """The token is renewed by the same credentials later on."""
    await dialog.begin("evnnovator", "client_credentials")
    assert dialog.fields == ["host", "token_url", "client_id", "client_secret"]
    await dialog.enter(**client(emulator))
    entry = await dialog.finish()
    assert entry.state is ConfigEntryState.LOADED
    assert sum(one.kind == "evnnovator_token" for one in emulator.requests) == 1
    assert await dialog.hass.config_entries.async_unload(entry.entry_id)


async def test_an_account_is_added_once(dialog: Dialog, emulator: Emulator) -> None:
    """It is known by its host and its credentials."""
    await dialog.begin("evnnovator", "bearer")
    await dialog.enter(host=base(emulator.url), access_token=TOKEN)
    entry = await dialog.finish()
    await dialog.begin("evnnovator", "bearer")
    await dialog.enter(host=base(emulator.url), access_token=TOKEN)
    assert dialog.reason == "already_configured"
    assert await dialog.hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"access_token": "wrong"}, {"base": "invalid_auth"}),
        ({"host": "not a host"}, {"host": "invalid_host"}),
        ({"host": "http://gateway.example.test/"}, {"host": "invalid_host"}),
    ],
)
async def test_a_wrong_token_or_host_can_be_corrected(
    dialog: Dialog,
    emulator: Emulator,
    changes: dict[str, str],
    errors: dict[str, str],
) -> None:
    """The form stays, with what was entered but for the secret."""
    right = {"host": base(emulator.url), "access_token": TOKEN}
    await dialog.begin("evnnovator", "bearer")
    await dialog.enter(**{**right, **changes})
    assert (dialog.step, dialog.errors) == ("credentials", errors)
    assert dialog.suggested() == {
        "host": {**right, **changes}["host"],
        "access_token": None,
    }
    await dialog.enter(**right)
    entry = await dialog.finish()
    assert await dialog.hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"client_secret": "wrong"}, {"base": "invalid_client"}),
        ({"client_id": "wrong"}, {"base": "invalid_client"}),
        (
            {"token_url": "https://gateway.example.test/"},
            {"token_url": "invalid_token_url"},
        ),
        (
            {"token_url": "http://gateway.example.test/t"},
            {"token_url": "invalid_token_url"},
        ),
    ],
)
async def test_wrong_client_credentials_can_be_corrected(
    dialog: Dialog,
    emulator: Emulator,
    changes: dict[str, str],
    errors: dict[str, str],
) -> None:
    """As can the address of the token endpoint, which nothing documents."""
    await dialog.begin("evnnovator", "client_credentials")
    await dialog.enter(**client(emulator, **changes))
    assert (dialog.step, dialog.errors) == ("credentials", errors)
    assert dialog.suggested()["client_secret"] is None
    await dialog.enter(**client(emulator))
    entry = await dialog.finish()
    assert await dialog.hass.config_entries.async_unload(entry.entry_id)


@pytest.mark.parametrize(
    ("kind", "options", "error"),
    [
        ("status", {"status": 403}, "forbidden"),
        ("status", {"status": 429}, "rate_limited"),
        ("status", {"status": 500}, "server_error"),
        ("html", {}, "unexpected_answer"),
        ("reset", {}, "cannot_connect"),
    ],
)
@pytest.mark.parametrize("path", [SEARCH, ISSUES], ids=["proof", "token"])
async def test_a_gateway_in_trouble(
    dialog: Dialog,
    emulator: Emulator,
    kind: str,
    options: dict[str, int],
    error: str,
    path: str,
) -> None:
    """Each failure has its sentence, and trying again works."""
    if path == ISSUES and options.get("status") == 403:
        # There it means the credentials.
        error = "invalid_auth"
    fault = emulator.faults.add(kind, path=path, status=options.get("status"))
    await dialog.begin("evnnovator", "client_credentials")
    await dialog.enter(**client(emulator))
    assert (dialog.step, dialog.errors) == ("credentials", {"base": error})
    emulator.faults.clear(fault)
    await dialog.enter(**client(emulator))
    entry = await dialog.finish()
    assert await dialog.hass.config_entries.async_unload(entry.entry_id)


async def test_nobody_answers(dialog: Dialog, emulator: Emulator) -> None:
    """Neither at the gateway's address nor at the token endpoint's."""
    nowhere = f"http://127.0.0.1:{closed_port()}"
    await dialog.begin("evnnovator", "client_credentials")
    await dialog.enter(**client(emulator, token_url=f"{nowhere}/token"))
    assert dialog.errors == {"base": "cannot_connect"}
    await dialog.enter(**client(emulator, host=f"{nowhere}/"))
    assert dialog.errors == {"base": "cannot_connect"}


async def test_the_other_base_of_the_documents(
    dialog: Dialog, emulator: Emulator
) -> None:
    """Which of the two is live is unknown, so both can be entered."""
    face = emulator.evnnovator
    face.profile = replace(face.profile, base_paths=frozenset({OTHER_BASE}))
    await dialog.begin("evnnovator", "bearer")
    await dialog.enter(host=base(emulator.url), access_token=TOKEN)
    assert dialog.step == "credentials"
    assert dialog.errors
    await dialog.enter(host=f"{emulator.url}{OTHER_BASE}", access_token=TOKEN)
    entry = await dialog.finish()
    assert await dialog.hass.config_entries.async_unload(entry.entry_id)
