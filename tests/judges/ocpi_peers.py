"""Foreign OCPI servers for a test: started, watched and ended."""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
import os
from pathlib import Path
import select
import subprocess
import tempfile
from typing import Any, Literal

import aiohttp

ROOT = Path(__file__).parents[2]
PEERS = Path(__file__).with_name("peers")
MODULES = {"extrawest": "extrawest_peer", "py-ocpi": "sloppy_peer"}
START_LIMIT = 30  # s, also for a slow machine

type Name = Literal["extrawest", "py-ocpi"]


class Peer:
    """A running peer."""

    def __init__(self, host: str) -> None:
        """Know a peer by its host and port."""
        self.host = host
        self.url = f"http://{host}"
        self.versions = f"{self.url}/ocpi/versions"

    async def requests(self) -> list[dict[str, Any]]:
        """Return what came in: method, path, query and headers in small letters."""
        told: list[dict[str, Any]] = await self._control("GET", "requests")
        return told

    async def reset(self, world: dict[str, Any]) -> None:
        """Give the peer a new world and let it forget everything else."""
        await self._control("PUT", "world", world)

    async def put(self, version: str, module: str, row: dict[str, Any]) -> None:
        """Replace or add an object."""
        await self._control("PUT", f"objects/{version}/{module}", row)

    async def reply(self, **replies: str) -> None:
        """Decide on commands: the `response` at once and the `result` afterwards."""
        await self._control("PUT", "replies", replies)

    async def _control(self, method: str, path: str, body: Any = None) -> Any:
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, f"{self.url}/_peer/{path}", json=body) as response,
        ):
            response.raise_for_status()
            return await response.json()


@cache
def interpreter(name: Name) -> str:
    """Return the peer's own Python, made first if need be."""
    made = subprocess.run(
        [ROOT / "scripts" / "venv", f"judge-{name}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, f"The judge is missing: {made.stderr}"
    return made.stdout.strip()


@contextmanager
def running(name: Name) -> Iterator[Peer]:
    """Run a peer on a free port, without a world."""
    command: list[str | Path] = [interpreter(name), PEERS / "serve.py", MODULES[name]]
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=PEERS,
            env={"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        ) as process,
    ):
        try:
            yield Peer(f"127.0.0.1:{_port(process)}")
        except _NotStarted:
            process.kill()
            process.wait()
            log.seek(0)
            raise AssertionError(f"{name} did not start: {log.read()}") from None
        finally:
            process.kill()


def authorization(token: str, *, is_encoded: bool = True) -> dict[str, str]:
    """Return the header with a token, as 2.2.1 encodes it or raw."""
    value = b64encode(token.encode()).decode() if is_encoded else token
    return {"Authorization": f"Token {value}"}


class _NotStarted(Exception):
    """The peer has not told its port."""


def _port(process: subprocess.Popen[str]) -> str:
    """Return the port, which the peer tells as soon as it is open."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_LIMIT)
    line = process.stdout.readline() if ready else ""
    if not line:
        raise _NotStarted
    return line.strip()
