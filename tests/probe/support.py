"""Running the probe as a program."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
import json
import os
from pathlib import Path
from typing import Any

from emulator import Emulator

ROOT = Path(__file__).parents[2]
CHARGE_POINT, EVSE, IDENTIFIER = "CP0012345", "148964", "2317"
# Too short for a test to wait for, long enough for the world to answer.
GAPS = "--gaps=0.1,0.2,0.4,0.8,1.6"


@dataclass(frozen=True)
class Ran:
    """What a run left."""

    code: int
    out: str
    err: str


@dataclass
class Probe:
    """The probe with the credentials of the emulator's driver."""

    interpreter: str
    emulator: Emulator
    folder: Path
    url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    backend: str = "ampeco"
    # The operator has a time zone, thus a forecast.
    options: tuple[str, ...] = ("--operator", "drivee")
    # Without the address of the back end.
    bare: bool = False

    def __post_init__(self) -> None:
        """Sign in with e-mail and password."""
        driver = next(iter(self.emulator.world.drivers.values()))
        self.url = self.emulator.url
        self.environment = {
            "EV_CHARGING_CLOUD_USERNAME": driver.email,
            "EV_CHARGING_CLOUD_PASSWORD": driver.password,
            "EV_CHARGING_CLOUD_CLIENT_SECRET": self.emulator.ampeco.profile.client_secret
            or "",
        }

    async def run(self, verb: str, *arguments: str) -> Ran:
        """Run a verb to its end."""
        process = await self.begin(verb, *arguments)
        out, err = await process.communicate()
        assert process.returncode is not None
        return Ran(process.returncode, out.decode(), err.decode())

    async def begin(self, verb: str, *arguments: str) -> asyncio.subprocess.Process:
        """Begin to run a verb."""
        return await asyncio.create_subprocess_exec(
            *self._command(verb, *arguments),
            cwd=self.folder,
            env=self._surroundings(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    def _command(self, verb: str, *arguments: str) -> list[str]:
        """Return the command line."""
        module = [self.interpreter, "-P", "-m", "scripts.probing", self.backend]
        address = () if self.bare else ("--url", self.url)
        return [*module, *self.options, *address, verb, *arguments]

    def _surroundings(self) -> dict[str, str]:
        """Return the environment, with nothing of this process's packages."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "XDG_STATE_HOME": str(self.folder / "state"),
            **self.environment,
        }

    async def json(self, verb: str, *arguments: str) -> Any:
        """Return what a successful run prints."""
        ran = await self.run(verb, *arguments)
        assert ran.code == 0, ran.err
        return json.loads(ran.out)

    async def command_json(self, verb: str, *arguments: str) -> Any:
        """Return what a command prints, while the charger lives on for a moment."""
        kind = f"session_{verb.replace('stop', 'end')}"
        if self.backend != "ampeco":
            kind = f"{self.backend}_{verb}"
        if self.backend == "depotfinity":
            kind = "depotfinity_command"
        _, answer = await asyncio.gather(
            self._live(kind),
            self.json(verb, *arguments, GAPS),
        )
        return answer

    async def _live(self, kind: str) -> None:
        """Let the charger carry out the command once it has been sent."""
        await self.wait_for(kind)
        self.advance(seconds=6)
        if self.backend != "ampeco":
            # Until the back end has heard of it.
            self.advance(seconds=40)

    async def wait_for(self, kind: str) -> None:
        """Wait until a call has come in."""
        async with asyncio.timeout(20):
            while not self.asked(kind):
                await asyncio.sleep(0.01)

    def advance(self, **step: float) -> None:
        """Let time pass in the world."""
        self.emulator.clock.advance(timedelta(**step))
        self.emulator.world.sync()

    def asked(self, kind: str) -> int:
        """Return how often a call was made."""
        return sum(one.kind == kind for one in self.emulator.requests)
