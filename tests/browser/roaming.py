"""A token's charge at a charging network, as its account's page shows it."""

from functools import partial

from playwright.sync_api import expect

from scripts.demo_home_assistant.emulator import Emulator
from scripts.demo_home_assistant.home_assistant import HomeAssistant

from .accounts import CARD
from .pages import Board
from .truth import energy, evse, reaches, risen

# The network hears of a charge as often as this, in seconds; by itself each minute.
REPORTS = 10
# A command is followed at growing gaps for more than three minutes.
COMMAND_TIMEOUT = 210_000
# Polls come each minute while a session runs.
POLL_TIMEOUT = 160.0
AGE = 90.0
ROUNDING = 0.006
# A power is the mean since the start, and energy flows some seconds after that.
SHARE = 0.1
# The network counts in tenths of a watt-hour, and prices in hundredths of a cent.
TENTH = 0.0001


def charge(board: Board, emulator: Emulator, key: str) -> str:
    """Charge by the switch and stop again; return the session that the world had."""
    assert evse(emulator, key)["session"] is None
    board.toggle()
    board.shows("Last event", "Started", COMMAND_TIMEOUT)
    session = str(evse(emulator, key)["session"])
    sessions = emulator.control("state")["sessions"]
    drivers = [one["driver"] for one in sessions if one["id"] == session]
    assert drivers == [f"party-{CARD}"]
    risen(
        lambda: board.number("Session energy"),
        partial(energy, emulator, key),
        above=0,
        timeout=POLL_TIMEOUT,
        age=AGE,
        rounding=ROUNDING,
    )
    board.shows("Status", "Charging", int(POLL_TIMEOUT * 1000))
    reaches(
        lambda: board.number("Power"),
        lambda: float(evse(emulator, key)["power_w"]) / 1000,
        within=SHARE,
        timeout=POLL_TIMEOUT,
    )

    board.toggle()
    board.shows("Last event", "Finished", COMMAND_TIMEOUT)
    assert evse(emulator, key)["session"] is None
    return session


def shows_the_bill(
    board: Board,
    home_assistant: HomeAssistant,
    emulator: Emulator,
    key: str,
    name: str,
    session: str,
) -> None:
    """Compare sensors, event and page with the world's meter and bill without tax."""
    net = float(emulator.control(f"cost/{session}")["net"])
    kwh = emulator.control(f"meter/{key}")["sessions"][session] / 1000
    client = home_assistant.client
    told = client.get(f"/api/states/event.{name}_session")["attributes"]
    assert told["event_type"] == "finished"
    assert abs(told["energy_kwh"] - kwh) <= TENTH
    assert told["currency"] == "EUR"
    cost = client.get(f"/api/states/sensor.{name}_roaming_cost")
    assert abs(float(cost["state"]) - net) <= TENTH
    assert net > 0
    assert cost["attributes"]["unit_of_measurement"] == "EUR"
    assert abs(board.number("Roaming cost") - net) <= ROUNDING
    assert abs(board.number("Session energy") - kwh) <= ROUNDING
    expect(board.tile("Power")).to_have_text("0.00 kW")
