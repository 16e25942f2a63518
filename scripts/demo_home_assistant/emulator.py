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
        self, folder: Path, port: int = 0, *, speed: float = 1.0, behind: float = 0.0
    ) -> None:
        """Start it so many seconds behind the present; ready waits for it."""
        command = [sys.executable, "-m", "emulator", "serve", "--port", str(port)]
        command += ["--scenario", "demo", "--speed", str(speed)]
        command += ["--behind", str(behind)]
        super().__init__("The emulator", command, folder / "emulator.log", cwd=ROOT)
        self.introduction: dict[str, str] = {}

    def ready(self) -> None:
        """Wait until it has introduced itself."""
        self.introduction = self.wait_for(self._introduced, START_TIMEOUT, "start")
        # What most operators speak today.
        self.profile("ocpi", versions=["2.1.1", "2.2.1"])

    @property
    def url(self) -> str:
        """Its address."""
        return self.introduction["address"]

    def answers(self) -> dict[str, str]:
        """Return what an AMPECO user would type into the dialog, by the fields' names."""
        said = self.introduction
        return {
            "host": said["address"],
            "username": said["e-mail"],
            "password": said["password"],
            "client_id": said["client id"],
            "client_secret": said["client secret"],
            "access_token": said["access token"],
        }

    def evnnovator_answers(self) -> dict[str, str]:
        """Return what a customer of EVnnovator would type into the dialog."""
        said = self.introduction
        return {
            "host": said["evnnovator base url"],
            "access_token": said["evnnovator token"],
        }

    def depotfinity_answers(self) -> dict[str, str]:
        """Return what an operator of a depot would type into the dialog."""
        said = self.introduction
        return {
            "api_url": said["depotfinity api url"],
            "token_url": said["depotfinity token url"],
            "client_id": said["depotfinity client id"],
            "client_secret": said["depotfinity client secret"],
            "id_tag": said["depotfinity id tag"],
        }

    def ocpi_answers(self) -> dict[str, str]:
        """Return what an OCPI party would type into the dialog."""
        said = self.introduction
        country, party = said["ocpi our party"].split("*")
        return {
            "versions_url": said["ocpi versions url"],
            "token": said["ocpi token"],
            "country_code": country,
            "party_id": party,
        }

    def emabler_answers(self) -> dict[str, str]:
        """Return what a roaming partner of eMabler would type into the dialog.

        Commands and tariffs have no documented place, so the partner was told theirs.
        """
        said = self.introduction
        base = said["emabler base url"]
        country, party = said["ocpi our party"].split("*")
        return {
            "base_url": base,
            "token": said["emabler token"],
            "commands_url": f"{base}/2.2.1/commands",
            "tariffs_url": f"{base}/2.2.1/tariffs",
            "country_code": country,
            "party_id": party,
        }

    def profile(self, face: str, **switches: Any) -> None:
        """Set switches of a face."""
        self.control("profile", {"face": face, **switches})

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
