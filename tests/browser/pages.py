"""What a person does and reads in Home Assistant's pages."""

from collections.abc import Mapping
import re

from playwright.sync_api import Locator, Page, expect

STEP_TIMEOUT = 15_000


class AddDialog:
    """The dialog that adds the integration."""

    def __init__(self, page: Page) -> None:
        """Open it from the list of integrations."""
        self._page = page
        self._form = page.locator("step-flow-form")
        page.goto("/config/integrations/dashboard")
        page.get_by_role("button", name="Add integration").click()
        page.get_by_placeholder("Search for a brand name").fill("EV Charging")
        page.get_by_text("EV Charging Cloud", exact=True).click()

    def choose_provider(self, name: str) -> None:
        """Choose the operator from the list."""
        self.titled("Choose your provider")
        self._form.locator("ha-select").click()
        self._form.get_by_text(name, exact=True).click()
        self.submit()

    def choose_method(self, name: str) -> None:
        """Choose the way to sign in."""
        self._form.get_by_text(name, exact=True).click()
        self.submit()

    def fill(self, texts: Mapping[str, str]) -> None:
        """Type into the fields with these labels."""
        for label, text in texts.items():
            self._form.get_by_role("textbox", name=f"{label}*", exact=True).fill(text)

    def titled(self, title: str) -> None:
        """Wait for a step."""
        expect(self._page.get_by_text(title, exact=True)).to_be_visible()

    def says(self, sentence: str) -> None:
        """Wait for a sentence of the form."""
        expect(self._form.get_by_text(sentence)).to_be_visible(timeout=STEP_TIMEOUT)

    def submit(self) -> None:
        """Go on to the next step."""
        self._page.get_by_role("button", name="Submit").click()

    def finish(self) -> None:
        """Close the dialog after its success."""
        self._page.get_by_role("button", name="finish").click(timeout=STEP_TIMEOUT)
        expect(self._page.locator("dialog-data-entry-flow ha-dialog")).to_have_count(0)


class Board:
    """The dashboard, and the first charger on it."""

    def __init__(self, page: Page) -> None:
        """Open it."""
        self._page = page
        page.goto("/ev-charging")
        self._charger = page.locator("hui-grid-section").first

    def toggle(self) -> None:
        """Click the switch that starts and stops charging."""
        self._charger.locator("ha-control-switch").click()

    def shows(self, name: str, text: str, timeout: int) -> None:
        """Wait until a tile shows a text."""
        expect(self.tile(name)).to_contain_text(text, timeout=timeout)

    def number(self, name: str) -> float:
        """Read the number of a tile, 0 while there is none."""
        found = re.search(r"\d+(\.\d+)?", self.tile(name).inner_text())
        return float(found[0]) if found else 0.0

    def past(self, charger: str) -> Locator:
        """Return the rows of a charger in the list of past charges."""
        rows = self._page.locator("hui-markdown-card tbody tr")
        return rows.filter(has_text=charger)

    def tile(self, name: str) -> Locator:
        """Return where a tile of the charger shows its state."""
        tile = self._charger.locator("hui-tile-card").filter(
            has=self._page.get_by_text(name, exact=True)
        )
        return tile.locator("state-display")
