"""From an empty Home Assistant to a charge with its cost, in a browser."""

from collections.abc import Callable
import time
from typing import Any

from playwright.sync_api import Page, expect

from scripts.demo_home_assistant.dashboard import write_dashboard
from scripts.demo_home_assistant.emulator import Emulator
from scripts.demo_home_assistant.home_assistant import HomeAssistant

from .accounts import add_ampeco
from .logs import complaints
from .pages import Board

CHARGER = "Garage"
EVSE = "700123"
EVENT = "event.garage_session"
# A re-read after a command comes within seconds, a poll within half a minute.
COMMAND_TIMEOUT = 30_000
POLL_TIMEOUT = 45.0
# How much older than the meter a number may be when it is on the page.
DELAY = 5.0
LOOK_EVERY = 0.25
# The back end counts whole watt-hours; a page shows two decimals of a kWh.
WATT_HOUR = 0.001
ROUNDING = 0.006


def test_a_charge_from_sign_in_to_its_cost(
    page: Page,
    home_assistant: HomeAssistant,
    emulator: Emulator,
    picture: Callable[[Page, str], None],
) -> None:
    """Add the account, charge by the switch, and read energy and cost."""
    add_ampeco(page, emulator, picture)
    write_dashboard(home_assistant.client, home_assistant.config)
    board = Board(page)
    board.shows("Status", "Preparing", COMMAND_TIMEOUT)
    assert board.number("Power") == 0

    _charges(board, emulator)
    session = _evse(emulator)["session"]
    board.toggle()
    board.shows("Last event", "Finished", COMMAND_TIMEOUT)
    expect(board.tile("Power")).to_have_text("0.00 kW")
    assert _evse(emulator)["session"] is None
    _shows_the_bill(board, home_assistant, emulator, session)
    picture(page, "session")

    _charges(board, emulator)
    assert _evse(emulator)["session"] != session
    expect(board.past(CHARGER)).to_have_count(1)
    picture(page, "charging")
    assert complaints(home_assistant.output) == []


def _charges(board: Board, emulator: Emulator) -> None:
    """Turn the switch on and see the car charge, its energy counted from 0."""
    board.toggle()
    board.shows("Status", "Charging", COMMAND_TIMEOUT)
    board.shows("Last event", "Started", COMMAND_TIMEOUT)
    first = _risen(board, emulator, above=0)
    second = _risen(board, emulator, above=first)
    assert second > first
    assert board.number("Power") == _evse(emulator)["power_w"] / 1000 > 0


def _risen(board: Board, emulator: Emulator, above: float) -> float:
    """Wait until the session's energy has risen; it must be what the meter said."""
    meter: list[tuple[float, float]] = []
    deadline = time.monotonic() + POLL_TIMEOUT
    while time.monotonic() < deadline:
        shown = board.number("Session energy")
        now = time.monotonic()
        meter.append((now, _energy(emulator)))
        if shown > above:
            past = [kwh for moment, kwh in meter if moment <= now - DELAY]
            least = past[-1] if past else above
            assert least - ROUNDING <= shown <= meter[-1][1] + ROUNDING
            return shown
        time.sleep(LOOK_EVERY)
    raise AssertionError(f"The session's energy stayed at {above} kWh on the page.")


def _shows_the_bill(
    board: Board, home_assistant: HomeAssistant, emulator: Emulator, session: str
) -> None:
    """Compare what the page and the event say with the world's meter and bill."""
    bill = emulator.control(f"bill/{session}")
    energy = emulator.control(f"meter/{EVSE}")["sessions"][session] / 1000
    told = home_assistant.client.get(f"/api/states/{EVENT}")["attributes"]
    assert told["event_type"] == "finished"
    assert 0 <= energy - told["energy_kwh"] < WATT_HOUR
    assert (told["cost"], told["currency"]) == (float(bill["amount"]), bill["currency"])
    assert told["cost"] > 0
    row = board.past(CHARGER).first
    expect(row).to_contain_text(f"{told['cost']:.2f} {bill['currency']}")
    expect(row).to_contain_text(f"{told['energy_kwh']:.2f} kWh")
    assert board.number("Session cost") == told["cost"]
    assert abs(board.number("Session energy") - energy) <= ROUNDING


def _energy(emulator: Emulator) -> float:
    """Return the true energy of the session at the EVSE, in kWh."""
    sessions = emulator.control(f"meter/{EVSE}")["sessions"]
    return float(sessions.get(_evse(emulator)["session"], 0)) / 1000


def _evse(emulator: Emulator) -> dict[str, Any]:
    """Return the truth about the EVSE."""
    points = emulator.control("state")["charge_points"]
    found: dict[str, Any] = next(
        evse for point in points for evse in point["evses"] if evse["id"] == EVSE
    )
    return found
