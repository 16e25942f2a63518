"""The pages of a fleet, served by a process of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from .pages import Fleet

ROOT = "/api/v1/app"
PAGE_PATH = f"{ROOT}/personal/charge-points"


@contextmanager
def served(pages: int) -> Iterator[str]:
    """Serve so many polls of a fleet as a recording, and return the address.

    Writing a page takes the emulator longer than reading it takes anybody else, so the
    pages are written beforehand.
    """
    with TemporaryDirectory() as folder:
        _write(Path(folder), pages)
        command = [sys.executable, "-m", "emulator", "replay", folder, "--port", "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                yield process.stdout.readline().split()[1]
            finally:
                process.terminate()


def _write(folder: Path, pages: int) -> None:
    """Write a recording: who it is, no public session, and the polls."""
    fleet = Fleet()
    bodies: list[tuple[str, int, Any]] = [
        (f"{ROOT}/profile", 200, {"id": 3001}),
        (f"{ROOT}/session/active", 404, {"message": "No active session."}),
        (PAGE_PATH, 200, fleet.page().decode()),
    ]
    bodies += [(PAGE_PATH, 200, fleet.next_page().decode()) for _ in range(pages)]
    for number, (path, status, body) in enumerate(bodies, 1):
        exchange = {
            "request": {"method": "GET", "path": path, "query": {}, "body": None},
            "response": {
                "status": status,
                "headers": {"Content-Type": "application/json"},
                "body": body,
            },
        }
        (folder / f"{number:04}.json").write_bytes(orjson.dumps(exchange))
