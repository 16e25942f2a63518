"""eMabler: from an address and a token to a card's charge with its bill, in a browser."""

from collections.abc import Callable

from playwright.sync_api import Page

from scripts.demo_home_assistant.account import EMABLER
from scripts.demo_home_assistant.dashboard import write_dashboard
from scripts.demo_home_assistant.emulator import Emulator
from scripts.demo_home_assistant.home_assistant import HomeAssistant

from .accounts import add_card, add_emabler, wait_for
from .logs import complaints
from .pages import Board
from .roaming import REPORTS, charge, shows_the_bill

# What the card is called, and where it charges, as the dialog and as the world call it.
NAME, ENTITY = "Fleet", "fleet"
PLACE, EVSE = "Station 1, NL*XYZ*E0002*1", "EVSE-2"


def test_a_card_charges_at_emabler_from_token_to_bill(
    page: Page,
    home_assistant: HomeAssistant,
    steady_emulator: Emulator,
    picture: Callable[[Page, str], None],
) -> None:
    """Add account and token, charge by the switch, and read the bill."""
    steady_emulator.profile("emabler", report_every=REPORTS)
    add_emabler(page, steady_emulator, picture)
    add_card(page, EMABLER, NAME, PLACE)
    wait_for(home_assistant, EMABLER, f"event.{ENTITY}_session")
    write_dashboard(home_assistant.client, home_assistant.config)
    board = Board(page, "emabler", NAME)

    session = charge(board, steady_emulator, EVSE)
    shows_the_bill(board, home_assistant, steady_emulator, EVSE, ENTITY, session)
    assert complaints(home_assistant.output) == []
