"""Child processes that leave nothing behind."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
import fcntl
import os
from pathlib import Path
import signal
import socket
import subprocess
import time
from types import TracebackType
from typing import Self

STOP_TIMEOUT = 20.0


class StartError(Exception):
    """Raised with one sentence for the person at the terminal."""


def free_port(preferred: int = 0) -> int:
    """Return the preferred port of the loopback, or another one when it is taken."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise StartError("No port of the loopback is free.")


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Refuse a second run in the same folder, whose files it would overwrite."""
    with lock.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StartError("The demo already runs here: end that one.") from error
        yield


class Child:
    """One process with all its descendants, its output kept in a log."""

    def __init__(self, name: str, command: Sequence[str], log: Path, cwd: Path) -> None:
        """Start the process in a group of its own."""
        self.name = name
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        """Return the running process."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it."""
        self.stop()

    @property
    def running(self) -> bool:
        """Whether it has not ended by itself."""
        return self._process.poll() is None

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_for[T](self, look: Callable[[], T | None], timeout: float, what: str) -> T:
        """Return what looking finds, once it finds something."""
        deadline = time.monotonic() + timeout
        while (found := look()) is None:
            if not self.running:
                raise StartError(f"{self.name} ended early: see {self.log}.")
            if time.monotonic() > deadline:
                raise StartError(f"{self.name} did not {what}: see {self.log}.")
            time.sleep(0.1)
        return found

    def stop(self) -> None:
        """Ask the whole group to end, and insist after a while."""
        try:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            pass
        except ProcessLookupError:
            self._process.wait()
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self._process.wait()
