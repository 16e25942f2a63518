"""Start a real Home Assistant and sign in."""

from pathlib import Path
import sys

from .client import HomeAssistantClient
from .config import ROOT, write_config
from .processes import Child

START_TIMEOUT = 60.0


class HomeAssistant(Child):
    """A running Home Assistant with one user and the integration at hand."""

    def __init__(self, folder: Path, port: int, *, fresh: bool = False) -> None:
        """Start it; ready waits for it."""
        config = folder / "config"
        write_config(config, port, fresh=fresh)
        self.config = config
        self.url = f"http://127.0.0.1:{port}"
        self.client = HomeAssistantClient(self.url)
        # Everything is in the environment: nothing is installed at run time.
        command = [sys.executable, "-m", "homeassistant", "--skip-pip"]
        command += ["--config", str(config)]
        super().__init__(
            "Home Assistant", command, folder / "home-assistant.log", cwd=ROOT
        )

    def ready(self) -> None:
        """Wait until it serves and has finished starting, signed in."""
        self.wait_for(self.client.answers, START_TIMEOUT, "answer")
        self.client.sign_in()
        self.wait_for(self._started, START_TIMEOUT, "finish starting")

    def _started(self) -> bool | None:
        return True if self.client.get("/api/config")["state"] == "RUNNING" else None
