"""A running Home Assistant with the emulator beside it, and a page in Chromium."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
import shutil

from PIL import Image
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
# Half a minute between two polls is a quarter of an hour of charging.
SPEED = 30
# Drawings move for less than this, in milliseconds.
SETTLE = 1_000


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run renew the pictures of the documentation."""
    parser.addoption(
        "--screenshots", action="store_true", help="write docs/images/*.png anew"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Run the emulator on a free port, faster than real time."""
    folder = tmp_path_factory.mktemp("emulator")
    with Emulator(folder, free_port(), speed=SPEED) as running:
        running.ready()
        yield running


@pytest.fixture(scope="session")
def steady_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """Run the emulator in real time, for back ends that are asked by the clock."""
    folder = tmp_path_factory.mktemp("steady_emulator")
    with Emulator(folder, free_port()) as running:
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
    _save(opened, _pictures(request.config) / f"{request.node.name}.png")
    context.close()


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Return what takes a picture, for the documentation only where asked to."""
    folder = _pictures(request.config)
    if request.config.getoption("--screenshots"):
        folder = request.config.rootpath / "docs" / "images"

    def take(opened: Page, name: str) -> None:
        # Neither a tooltip nor a ripple under the pointer.
        opened.mouse.move(640, 30)
        opened.wait_for_timeout(SETTLE)
        _save(opened, folder / f"{name}.png")

    return take


def _pictures(config: pytest.Config) -> Path:
    """Return the folder of the pictures that nobody keeps."""
    return config.rootpath / ".cache" / "browser"


def _save(opened: Page, path: Path) -> None:
    """Save what a page shows, with no more colours than an interface needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shown = Image.open(BytesIO(opened.screenshot()))
    shown.convert("RGB").quantize(256).save(path, optimize=True)
