"""EVnnovator: from an access token to a driver's charge with its cost, in a browser."""

from collections.abc import Callable
from functools import partial
import time

from playwright.sync_api import Page, expect

from scripts.demo_home_assistant.account import EVNNOVATOR
from scripts.demo_home_assistant.dashboard import entities, write_dashboard
from scripts.demo_home_assistant.emulator import Emulator
from scripts.demo_home_assistant.home_assistant import HomeAssistant

from .logs import complaints
from .pages import AddDialog, Board, DriverDialog
from .truth import energy, evse, risen

NAME = "Asha"
DRIVER = "driver-1"
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
    _add_account(page, steady_emulator)
    _add_driver(page, picture)
    _wait_for(home_assistant, EVENT)
    write_dashboard(home_assistant.client, home_assistant.config)
    board = Board(page, "drivers", NAME)

    board.toggle()
    board.tells("This driver is not registered with the provider.")
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


def _add_account(page: Page, emulator: Emulator) -> None:
    """Add the account through the dialog, with a slip in the token."""
    said = emulator.evnnovator_answers()
    dialog = AddDialog(page)
    dialog.choose_provider("EVnnovator (IN)")
    dialog.choose("Access token")
    dialog.fill({"Host": said["host"], "Access token": "not-it"})
    dialog.submit()
    dialog.says("The provider does not accept these credentials.")
    dialog.fill({"Access token": said["access_token"]})
    dialog.submit()
    dialog.finish()


def _add_driver(page: Page, picture: Callable[[Page, str], None]) -> None:
    """Add a driver, with a word that finds nothing before one that does."""
    dialog = DriverDialog(page)
    dialog.titled("Add a driver")
    dialog.fill({"Driver ID": DRIVER, "Name": NAME})
    dialog.submit()
    dialog.titled("Where charges start")
    dialog.fill({"Site": "nowhere"})
    dialog.submit()
    dialog.says("Nothing was found. Try another word.")
    dialog.fill({"Site": "lab"})
    dialog.submit()
    dialog.titled("Choose the charger")
    dialog.offers("Example lab, IN*AAA*ELAB02*1")
    picture(page, "driver")
    dialog.choose(PLACE)
    dialog.finish()


def _wait_for(home_assistant: HomeAssistant, entity_id: str) -> None:
    """Wait until the account was loaded anew with its driver."""
    title = f"{EVNNOVATOR} (127.0.0.1)"
    deadline = time.monotonic() + 20
    while entity_id not in entities(home_assistant.client, title):
        assert time.monotonic() < deadline, "the driver has no entities"
        time.sleep(0.2)


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
