"""Home Assistant's interface opens, and shows every account in the end."""

from collections.abc import Callable

from playwright.sync_api import Page, expect
import pytest

from scripts.demo_home_assistant.account import AMPECO, DOMAIN, ENTRIES, EVNNOVATOR
from scripts.demo_home_assistant.dashboard import TABS, write_dashboard
from scripts.demo_home_assistant.emulator import Emulator
from scripts.demo_home_assistant.home_assistant import HomeAssistant

from .accounts import ADD, add_driver, title, wait_for
from .logs import complaints
from .pages import PAGE, Board

PLACE = "Example lab, IN*AAA*ELAB01*1"


def test_the_overview_opens_without_a_form(
    page: Page, home_assistant: HomeAssistant
) -> None:
    """The page comes up signed in, with the demo's dashboard in its sidebar."""
    page.goto("/")

    expect(page.get_by_text("Overview").first).to_be_visible()
    expect(page.get_by_text("EV charging").first).to_be_visible()
    assert complaints(home_assistant.output) == []


def test_one_home_assistant_has_an_account_of_each_provider(
    page: Page,
    home_assistant: HomeAssistant,
    request: pytest.FixtureRequest,
    picture: Callable[[Page, str], None],
) -> None:
    """Those that no test before has added are added through the dialog too."""
    for name in [one for one in ADD if one not in _states(home_assistant)]:
        emulator: Emulator = request.getfixturevalue(
            "emulator" if name == AMPECO else "steady_emulator"
        )
        ADD[name](page, emulator, picture)
        if name == EVNNOVATOR:
            add_driver(page, PLACE, picture)
        wait_for(home_assistant, name)

    page.goto(PAGE)
    for name in ADD:
        expect(page.get_by_text(title(name), exact=True).first).to_be_visible()
    write_dashboard(home_assistant.client, home_assistant.config)
    for tab in ("charging", *(one.lower() for one in TABS.values())):
        shown = Board(page, tab).tile("Status")
        expect(shown).to_be_visible()
        expect(shown).not_to_have_text("Unavailable")
    assert _states(home_assistant) == dict.fromkeys(ADD, "loaded")
    assert complaints(home_assistant.output) == []


def _states(home_assistant: HomeAssistant) -> dict[str, str]:
    """Return whether each account works, by its provider."""
    found = home_assistant.client.get(f"{ENTRIES}?domain={DOMAIN}")
    names = {title(name): name for name in ADD}
    return {names[one["title"]]: one["state"] for one in found}
