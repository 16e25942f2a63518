"""A running Home Assistant with the emulator beside it, and a page in Chromium."""

from collections.abc import Iterator
from pathlib import Path
import shutil

from playwright.sync_api import Browser, Page, sync_playwright
import pytest

from scripts.demo_home_assistant.emulator import Emulator
from scripts.demo_home_assistant.home_assistant import HomeAssistant
from scripts.demo_home_assistant.processes import free_port

# A browser in a container runs as root, has no graphics and reaches nobody.
CHROMIUM_OPTIONS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]
PAGE_TIMEOUT = 30_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Run the emulator on a free port, ten times faster than real time."""
    folder = tmp_path_factory.mktemp("emulator")
    with Emulator(folder, free_port(), speed=10) as running:
        running.ready()
        yield running


@pytest.fixture(scope="session")
def home_assistant(
    tmp_path_factory: pytest.TempPathFactory, emulator: Emulator
) -> Iterator[HomeAssistant]:
    """Run Home Assistant on a free port, signed in, without an account."""
    folder = tmp_path_factory.mktemp("home_assistant")
    with HomeAssistant(folder, free_port(), fresh=True) as running:
        running.ready()
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the Chromium of the system."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=path, args=CHROMIUM_OPTIONS
        )
        yield running
        running.close()


@pytest.fixture
def page(
    browser: Browser, home_assistant: HomeAssistant, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """Open a page at Home Assistant and keep a picture of its end."""
    context = browser.new_context(
        base_url=home_assistant.url,
        locale="en-GB",
        timezone_id="Europe/Copenhagen",
        viewport={"width": 1280, "height": 900},
    )
    opened = context.new_page()
    opened.set_default_timeout(PAGE_TIMEOUT)
    yield opened
    pictures = Path(request.config.rootpath, ".cache", "browser")
    pictures.mkdir(parents=True, exist_ok=True)
    opened.screenshot(path=pictures / f"{request.node.name}.png")
    context.close()
