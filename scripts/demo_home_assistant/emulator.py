"""The emulated back end that the demonstration charges at."""

from pathlib import Path
import re
import sys
from typing import Any

import requests

from .config import ROOT
from .processes import Child

START_TIMEOUT = 20.0


class Emulator(Child):
    """A running emulator and the account it lets in."""

    def __init__(
        self, folder: Path, port: int = 0, *, speed: float = 1.0, scenario: str = "demo"
    ) -> None:
        """Start it; ready waits for it."""
        command = [sys.executable, "-m", "emulator", "serve", "--port", str(port)]
        command += ["--scenario", scenario, "--speed", str(speed)]
        super().__init__("The emulator", command, folder / "emulator.log", cwd=ROOT)
        self.introduction: dict[str, str] = {}

    def ready(self) -> None:
        """Wait until it has introduced itself."""
        self.introduction = self.wait_for(self._introduced, START_TIMEOUT, "start")

    @property
    def url(self) -> str:
        """Its address."""
        return self.introduction["address"]

    def answers(self) -> dict[str, str]:
        """Return what a user would type into the dialog, by the fields' names."""
        said = self.introduction
        return {
            "host": said["address"],
            "username": said["e-mail"],
            "password": said["password"],
            "client_id": said["client id"],
            "client_secret": said["client secret"],
            "access_token": said["access token"],
        }

    def control(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the world for something, or change it."""
        method = "GET" if body is None else "POST"
        response = requests.request(
            method, f"{self.url}/_control/{path}", json=body, timeout=10
        )
        response.raise_for_status()
        return response.json()

    def _introduced(self) -> dict[str, str] | None:
        lines = re.findall(r"^([a-z][a-z -]*?) {2,}(\S+)$", self.output, re.MULTILINE)
        return dict(lines) if any(name == "control" for name, _ in lines) else None
