"""EVnnovator: from an access token to a driver's charge with its cost, in a browser."""

from collections.abc import Callable
from functools import partial

from playwright.sync_api import Page, expect

from scripts.demo_home_assistant.account import EVNNOVATOR
from scripts.demo_home_assistant.dashboard import write_dashboard
from scripts.demo_home_assistant.emulator import Emulator
from scripts.demo_home_assistant.home_assistant import HomeAssistant

from .accounts import DRIVER_NAME, add_driver, add_evnnovator, wait_for
from .logs import complaints
from .pages import Board
from .truth import energy, evse, risen

# Where the driver charges, as the dialog and as the world call it.
PLACE = "Example lab, IN*AAA*ELAB01*1"
EVSE = "800001"
EVENT = "event.asha_session"
# The gateway hears of a charge late, and a command is followed at growing gaps.
COMMAND_TIMEOUT = 90_000
# Power takes two polls of a minute with reports of half a minute between them.
POLL_TIMEOUT = 160.0
AGE = 110.0
ROUNDING = 0.006
# The gateway prices whole watt-hours, at 15 INR a kWh, and the bill whole paise.
WATT_HOUR = 0.001
PAISA = 0.0126


def test_a_driver_charges_from_token_to_cost(
    page: Page,
    home_assistant: HomeAssistant,
    steady_emulator: Emulator,
    picture: Callable[[Page, str], None],
) -> None:
    """Add account and driver, register, charge by the switch, and read the bill."""
    add_evnnovator(page, steady_emulator, picture)
    add_driver(page, PLACE, picture)
    wait_for(home_assistant, EVNNOVATOR, EVENT)
    write_dashboard(home_assistant.client, home_assistant.config)
    board = Board(page, "drivers", DRIVER_NAME)

    board.toggle()
    board.tells("This driver or token is not registered with the provider.")
    assert evse(steady_emulator, EVSE)["session"] is None
    board.press("Register with the provider")
    board.shows("Register with the provider", "ago", COMMAND_TIMEOUT)

    board.toggle()
    board.shows("Last event", "Started", COMMAND_TIMEOUT)
    session = evse(steady_emulator, EVSE)["session"]
    assert session is not None
    risen(
        lambda: board.number("Session energy"),
        partial(energy, steady_emulator, EVSE),
        above=0,
        timeout=POLL_TIMEOUT,
        age=AGE,
        rounding=ROUNDING,
    )
    board.shows("Status", "Charging", int(POLL_TIMEOUT * 1000))
    assert 0 < board.number("Power") <= 3.4
    picture(page, "evnnovator")

    board.toggle()
    board.shows("Last event", "Finished", COMMAND_TIMEOUT)
    assert evse(steady_emulator, EVSE)["session"] is None
    _shows_the_bill(board, home_assistant, steady_emulator, session)
    assert complaints(home_assistant.output) == []


def _shows_the_bill(
    board: Board, home_assistant: HomeAssistant, emulator: Emulator, session: str
) -> None:
    """Compare event and page with the world's meter and bill without tax."""
    bill = emulator.control(f"invoice/{session}")
    kwh = emulator.control(f"meter/{EVSE}")["sessions"][session] / 1000
    told = home_assistant.client.get(f"/api/states/{EVENT}")["attributes"]
    assert told["event_type"] == "finished"
    assert abs(told["energy_kwh"] - kwh) <= WATT_HOUR
    assert abs(told["cost"] - float(bill["net"])) <= PAISA
    assert told["cost"] > 0
    assert told["currency"] == bill["currency"] == "INR"
    assert abs(board.number("Session energy") - kwh) <= ROUNDING
    assert abs(board.number("Session cost without VAT") - told["cost"]) <= ROUNDING
    expect(board.tile("Power")).to_have_text("0.00 kW")
