"""DepotFinity: from a client's secret to charging buses, in a browser."""

from collections.abc import Callable
from functools import partial

from playwright.sync_api import Page

from scripts.demo_home_assistant.dashboard import write_dashboard
from scripts.demo_home_assistant.emulator import Emulator
from scripts.demo_home_assistant.home_assistant import HomeAssistant

from .accounts import add_depotfinity
from .logs import complaints
from .pages import Board
from .truth import energy, evse, risen

# A bus that charges and one that waits, as the page and as the world call their places.
CHARGING, CHARGING_EVSE = "Ch 1 socket 1", "1-1"
WAITING, WAITING_EVSE = "Ch 2 socket 2", "2-2"
# The first poll comes at once, a start is followed for more than a minute.
COMMAND_TIMEOUT = 100_000
POLL_TIMEOUT = 160.0
# A poll each minute and a series each minute.
AGE = 140.0
ROUNDING = 0.006


def test_buses_charge_in_the_depot(
    page: Page,
    home_assistant: HomeAssistant,
    steady_emulator: Emulator,
    picture: Callable[[Page, str], None],
) -> None:
    """Add the account, see a bus charge, and start another one."""
    add_depotfinity(page, steady_emulator, picture)
    write_dashboard(home_assistant.client, home_assistant.config)
    meter = partial(energy, steady_emulator, CHARGING_EVSE)

    board = Board(page, "depot", CHARGING)
    board.shows("Status", "Charging", COMMAND_TIMEOUT)
    board.shows("Session energy", "kWh", COMMAND_TIMEOUT)
    first = board.number("Session energy")
    assert 0 < first <= meter() + ROUNDING

    _start(Board(page, "depot", WAITING), steady_emulator)

    board = Board(page, "depot", CHARGING)
    shown = risen(
        lambda: board.number("Session energy"),
        meter,
        above=first,
        timeout=POLL_TIMEOUT,
        age=AGE,
        rounding=ROUNDING,
    )
    assert shown > first
    picture(page, "depotfinity")
    assert complaints(home_assistant.output) == []


def _start(board: Board, emulator: Emulator) -> None:
    """Start a bus by its button, and see that the depot's own card has done it."""
    assert evse(emulator, WAITING_EVSE)["session"] is None
    board.press("Start charging")
    board.shows("Status", "Charging", COMMAND_TIMEOUT)
    board.shows("Last event", "Started", COMMAND_TIMEOUT)
    board.shows("Plugged in", "Plugged in", COMMAND_TIMEOUT)
    board.shows("Start charging", "Unavailable", COMMAND_TIMEOUT)
    session = evse(emulator, WAITING_EVSE)["session"]
    sessions = emulator.control("state")["sessions"]
    assert [one["driver"] for one in sessions if one["id"] == session] == ["depot"]
