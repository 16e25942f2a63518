"""Home Assistant's interface opens."""

from playwright.sync_api import Page, expect

from scripts.demo_home_assistant.home_assistant import HomeAssistant

from .logs import complaints


def test_the_overview_opens_without_a_form(
    page: Page, home_assistant: HomeAssistant
) -> None:
    """The page comes up signed in, with the demo's dashboard in its sidebar."""
    page.goto("/")

    expect(page.get_by_text("Overview").first).to_be_visible()
    expect(page.get_by_text("EV charging").first).to_be_visible()
    assert complaints(home_assistant.output) == []
