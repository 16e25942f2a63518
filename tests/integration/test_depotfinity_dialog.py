"""The dialog that adds a depot by its addresses."""

from collections.abc import AsyncIterator
from typing import Any

from freezegun.api import FrozenDateTimeFactory
import pytest

from emulator import DepotfinityProfile, Emulator, World, scenarios
from emulator.depotfinity.profile import PACKAGES
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant

from .depot_home import CLIENT
from .dialog import Dialog
from .support import START, closed_port, place

pytestmark = pytest.mark.usefixtures("impatient")

depot = place(scenarios.depot, chargers=3, connectors_each=2, past_days=4)
large = place(scenarios.depot, chargers=24, connectors_each=1, past_days=4)
unused = place(scenarios.depot, chargers=2, connectors_each=1, past_days=0)


@pytest.fixture
async def emulator(world: World) -> AsyncIterator[Emulator]:
    """Serve the depot."""
    async with Emulator(world, depotfinity=DepotfinityProfile()) as found:
        yield found


@pytest.fixture
def dialog(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Dialog:
    """Return the dialog."""
    freezer.move_to(START)
    return Dialog(hass)


def right(emulator: Emulator, **changes: str) -> dict[str, str]:
    """Return what is entered where nothing is wrong."""
    token_url = f"{emulator.url}/oauth2/token"
    return {"api_url": emulator.url, "token_url": token_url, **CLIENT, **changes}


@depot
async def test_both_ways_to_sign_in(dialog: Dialog, emulator: Emulator) -> None:
    """By region, or by both addresses."""
    await dialog.begin("depotfinity")
    assert dialog.step == "method"
    assert dialog.offered() == ["region", "urls"]


@depot
async def test_chargers_are_learnt_and_all_are_picked(
    dialog: Dialog, emulator: Emulator
) -> None:
    """A small depot is shown as a whole."""
    await dialog.begin("depotfinity", "urls")
    assert set(dialog.fields) == {
        "api_url",
        "token_url",
        "client_id",
        "client_secret",
        "id_tag",
        "chargers",
    }
    await dialog.enter(**right(emulator))
    assert dialog.step == "charge_points"
    assert dialog.offered() == ["CH-1", "CH-2", "CH-3"]
    assert dialog.preselected() == ["CH-1", "CH-2", "CH-3"]
    entry = await dialog.finish()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.options == {"excluded": []}
    assert entry.data["backend"] == "depotfinity"
    assert entry.data["settings"]["api_url"] == emulator.url
    shown = entry.runtime_data.coordinator.shown()
    assert len(shown) == 6


@large
async def test_of_more_than_twenty_chargers_those_picked_are_shown(
    dialog: Dialog, emulator: Emulator
) -> None:
    """None is picked beforehand."""
    await dialog.begin("depotfinity", "urls")
    await dialog.enter(**right(emulator))
    assert dialog.step == "charge_points"
    assert len(dialog.offered()) == 24
    assert dialog.preselected() == []
    await dialog.enter(charge_points=["CH-3", "CH-20"])
    entry = dialog.shown["result"]
    await dialog.hass.async_block_till_done()
    assert entry.options == {"included": ["CH-20", "CH-3"]}
    shown = {view.charge_point.id for view in entry.runtime_data.coordinator.shown()}
    assert shown == {"CH-20", "CH-3"}


@unused
async def test_a_depot_without_a_charge_so_far(
    dialog: Dialog, emulator: Emulator
) -> None:
    """There is nothing to learn from, and the account is there all the same."""
    await dialog.begin("depotfinity", "urls")
    await dialog.enter(**right(emulator))
    entry = await dialog.finish()
    assert entry.state is ConfigEntryState.LOADED
    assert entry.runtime_data.coordinator.shown() == []


@unused
async def test_entered_chargers_need_no_charge(
    dialog: Dialog, emulator: Emulator
) -> None:
    """They are shown with their status."""
    await dialog.begin("depotfinity", "urls")
    await dialog.enter(**right(emulator, chargers="CH-1:1; CH-2:1"))
    assert dialog.offered() == ["CH-1", "CH-2"]
    entry = await dialog.finish()
    states = dialog.hass.states.async_all("sensor")
    found = {one.entity_id: one.state for one in states}
    assert found["sensor.ch_1_status"] == "available"
    assert entry.state is ConfigEntryState.LOADED


MISTAKES: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "api-url": ({"api_url": "not an address"}, {"api_url": "invalid_api_url"}),
    "token-url": ({"token_url": "ftp://x"}, {"token_url": "invalid_token_url"}),
    "blank-client": ({"client_id": "  "}, {"client_id": "invalid_client_id"}),
    "blank-secret": (
        {"client_secret": " "},
        {"client_secret": "invalid_client_secret"},
    ),
    "chargers": ({"chargers": "CH-1:1,,2"}, {"chargers": "invalid_chargers"}),
    "wrong-client": ({"client_id": "nobody"}, {"base": "invalid_auth"}),
    "wrong-secret": ({"client_secret": "guessed"}, {"base": "invalid_auth"}),
    "nobody-there": (
        {"api_url": f"http://127.0.0.1:{closed_port()}"},
        {"base": "cannot_connect"},
    ),
}


@depot
@pytest.mark.parametrize(("wrong", "errors"), MISTAKES.values(), ids=MISTAKES)
async def test_a_mistake_is_explained_and_can_be_put_right(
    dialog: Dialog, emulator: Emulator, wrong: dict[str, str], errors: dict[str, str]
) -> None:
    """Each error recovers in the same dialog."""
    await dialog.begin("depotfinity", "urls")
    await dialog.enter(**right(emulator, **wrong))
    assert dialog.step == "credentials"
    assert dialog.errors == errors
    assert "client_secret" not in {
        key for key, value in dialog.suggested().items() if value
    }
    await dialog.enter(**right(emulator))
    entry = await dialog.finish()
    assert entry.state is ConfigEntryState.LOADED


FAULTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "token-500": ("status", {"path": "/oauth2/token$", "status": 500}, "server_error"),
    "token-html": (
        "replace",
        {"path": "/oauth2/token$", "body": "<html>"},
        "unexpected_answer",
    ),
    "list-500": ("status", {"path": "transactions$", "status": 500}, "server_error"),
    "list-429": ("status", {"path": "transactions$", "status": 429}, "rate_limited"),
    "list-html": (
        "replace",
        {"path": "transactions$", "body": "<html>"},
        "unexpected_answer",
    ),
    "list-hangs": ("hang", {"path": "transactions$"}, "timeout_connect"),
}


@depot
@pytest.mark.parametrize(("kind", "options", "error"), FAULTS.values(), ids=FAULTS)
async def test_a_back_end_with_problems_of_its_own(
    dialog: Dialog, emulator: Emulator, kind: str, options: dict[str, Any], error: str
) -> None:
    """The user can try again later with what was entered."""
    emulator.faults.add(kind, **options)
    await dialog.begin("depotfinity", "urls")
    await dialog.enter(**right(emulator))
    assert dialog.errors == {"base": error}
    emulator.faults.clear()
    await dialog.enter(**right(emulator))
    entry = await dialog.finish()
    assert entry.state is ConfigEntryState.LOADED


@depot
async def test_an_account_without_any_package(
    dialog: Dialog, emulator: Emulator
) -> None:
    """It knows the client and refuses everything; packages can be ordered."""
    emulator.switch("depotfinity", packages=frozenset())
    await dialog.begin("depotfinity", "urls")
    await dialog.enter(**right(emulator))
    assert dialog.errors == {"base": "forbidden"}
    emulator.switch("depotfinity", packages=PACKAGES)
    await dialog.enter(**right(emulator))
    await dialog.finish()


@depot
async def test_the_same_depot_cannot_be_added_twice(
    dialog: Dialog, emulator: Emulator
) -> None:
    """The client and the address tell."""
    for reason in (None, "already_configured"):
        await dialog.begin("depotfinity", "urls")
        await dialog.enter(**right(emulator))
        if reason is None:
            await dialog.finish()
        else:
            assert dialog.reason == reason
