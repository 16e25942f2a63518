"""What a person does and reads in Home Assistant's pages."""

from collections.abc import Mapping
import re

from playwright.sync_api import Locator, Page, expect

STEP_TIMEOUT = 15_000
PAGE = "/config/integrations/integration/ev_charging_cloud"


class Dialog:
    """A dialog of several steps."""

    def __init__(self, page: Page) -> None:
        """Look at what is on the page."""
        self._page = page
        self._form = page.locator("step-flow-form")

    def choose(self, name: str) -> None:
        """Choose from the options that are listed."""
        self._form.get_by_text(name, exact=True).click()
        self.submit()

    def fill(self, texts: Mapping[str, str]) -> None:
        """Type into the fields with these labels; a star marks what is required."""
        for label, text in texts.items():
            name = re.compile(rf"^{re.escape(label)}\*?$")
            self._form.get_by_role("textbox", name=name).fill(text)

    def select(self, name: str) -> None:
        """Choose from the only list of the form that drops down."""
        self._form.locator("ha-select").click()
        self._form.get_by_text(name, exact=True).click()

    def titled(self, title: str) -> None:
        """Wait for a step."""
        flow = self._page.locator("dialog-data-entry-flow")
        expect(flow.get_by_text(title, exact=True)).to_be_visible()

    def offers(self, name: str) -> None:
        """Wait for an option that can be chosen."""
        expect(self._form.get_by_text(name, exact=True)).to_be_visible()

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


class AddDialog(Dialog):
    """The dialog that adds the integration."""

    def __init__(self, page: Page) -> None:
        """Open it from the list of integrations."""
        super().__init__(page)
        page.goto("/config/integrations/dashboard")
        page.get_by_role("button", name="Add integration").click()
        page.get_by_placeholder("Search for a brand name").fill("EV Charging")
        found = page.locator("dialog-add-integration")
        found.get_by_text("EV Charging Cloud", exact=True).click()

    def choose_provider(self, name: str) -> None:
        """Choose the operator from the list."""
        self.titled("Choose your provider")
        self.select(name)
        self.submit()


class PartDialog(Dialog):
    """The dialog that adds a part to an account, such as a driver."""

    def __init__(self, page: Page, button: str, account: str) -> None:
        """Open it from the page of the integration.

        Which account it is for is asked where more than one could have the part.
        """
        super().__init__(page)
        page.goto(PAGE)
        page.get_by_role("button", name=button).click()
        picker = page.locator("dialog-pick-config-entry")
        name = picker.get_by_text(account, exact=True)
        expect(name.or_(self._form).first).to_be_visible()
        if name.is_visible():
            name.click()


class Board:
    """A tab of the dashboard, and one charger on it; the first unless it is named."""

    def __init__(self, page: Page, tab: str = "charging", name: str = "") -> None:
        """Open it."""
        self._page = page
        page.goto(f"/ev-charging/{tab}")
        heading = page.get_by_text(name, exact=True) if name else None
        self._charger = page.locator("hui-grid-section").filter(has=heading).first

    def toggle(self) -> None:
        """Click the switch that starts and stops charging."""
        self._charger.locator("ha-control-switch").click()

    def press(self, name: str) -> None:
        """Click the tile of a button."""
        self._tile(name).click()

    def tells(self, sentence: str) -> None:
        """Wait for a sentence that the page shows for a while."""
        told = self._page.get_by_text(sentence).first
        expect(told).to_be_visible(timeout=STEP_TIMEOUT)

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
        return self._tile(name).locator("state-display")

    def _tile(self, name: str) -> Locator:
        """Return a tile of the charger."""
        return self._charger.locator("hui-tile-card").filter(
            has=self._page.get_by_text(name, exact=True)
        )
