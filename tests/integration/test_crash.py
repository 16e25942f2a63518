"""A crash straight after a token rotation needs no reauthentication.

A Home Assistant process of its own is killed by SIGKILL. The emulator in the test's
process is strict: a refresh token is good once, and the old pair dies with it.
"""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
import socket
import sys
import time
from typing import Any

import msgspec
import orjson
import pytest

from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.storage import VERSION, _slug
from emulator import Emulator, RunningClock, scenarios
from emulator.request_log import RequestRecord
from homeassistant import config_entries

from .support import ACCOUNT, make_entry

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("lean_home_assistant.py")
CONFIGURATION = """\
homeassistant:
http:
  server_host: 127.0.0.1
  server_port: {port}
"""
LONGEST_WAIT = 120.0
CHARGE_POINTS = "charge_points"
TOKENS = f"{DOMAIN}.tokens.{_slug(ACCOUNT)}"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def custom_integrations(socket_enabled: None) -> None:
    """Leave out the Home Assistant inside the test's process."""


@dataclass(kw_only=True)
class Machine:
    """A folder in which one Home Assistant process after the other runs."""

    folder: Path
    emulator: Emulator

    def prepare(self, tokens: Tokens) -> None:
        """Write the configuration of an account with these tokens."""
        components = self.folder / "custom_components"
        components.mkdir()
        source = ROOT / "custom_components" / DOMAIN
        (components / DOMAIN).symlink_to(source)
        configuration = CONFIGURATION.format(port=_free_port())
        (self.folder / "configuration.yaml").write_text(configuration)
        (self.folder / ".storage").mkdir()
        entry = make_entry(self.emulator.url).as_dict()
        self._store(
            config_entries.STORAGE_KEY,
            config_entries.STORAGE_VERSION,
            config_entries.STORAGE_VERSION_MINOR,
            {"entries": [entry]},
        )
        self._store(TOKENS, VERSION, 1, msgspec.to_builtins(tokens))

    def _store(self, key: str, version: int, minor: int, data: Any) -> None:
        """Write a file in the form of Home Assistant's storage helper."""
        content = {"version": version, "minor_version": minor, "key": key, "data": data}
        (self.folder / ".storage" / key).write_bytes(orjson.dumps(content))

    def tokens(self) -> Tokens:
        """Return the tokens on disk, which must make sense at any moment."""
        content = orjson.loads((self.folder / ".storage" / TOKENS).read_bytes())
        return msgspec.convert(content["data"], Tokens)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Process]:
        """Start Home Assistant, and kill it in the end."""
        command = (sys.executable, str(SCRIPT), str(self.folder))
        log = self.folder / "output.txt"
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=DEVNULL, stdout=PIPE, stderr=output, cwd=ROOT
            )
            try:
                yield process
            finally:
                if process.returncode is None:
                    process.kill()
                await process.wait()

    async def until(self, process: Process, condition: Callable[[], bool]) -> None:
        """Wait until something holds, while the process lives."""
        async with asyncio.timeout(LONGEST_WAIT):
            while not condition():
                assert process.returncode is None, self.output()
                await asyncio.sleep(0.002)

    async def report(self, process: Process) -> dict[str, Any]:
        """Wait until the process has started, and return how the account came up."""
        assert process.stdout is not None
        async with asyncio.timeout(LONGEST_WAIT):
            line = await process.stdout.readline()
        assert line, self.output()
        found: dict[str, Any] = orjson.loads(line)
        return found

    def output(self) -> str:
        """Return what the processes have written."""
        return (self.folder / "output.txt").read_text()

    def asked(self, kind: str) -> list[RequestRecord]:
        """Return the requests of a kind."""
        return [one for one in self.emulator.requests if one.kind == kind]

    async def check_next_start(self, renewed: Tokens) -> None:
        """Start again: the account loads with the tokens on disk, asking for none."""
        self.emulator.faults.clear()
        self.emulator.requests.clear()
        assert self.tokens() == renewed
        async with self.running() as process:
            report = await self.report(process)
        assert report["entries"] == ["loaded"], self.output()
        assert report["flows"] == []
        assert report["states"]["sensor.garage_status"] == "preparing"
        assert [one.status for one in self.asked(CHARGE_POINTS)] == [200]
        assert self.asked("token") == []
        assert 401 not in {one.status for one in self.emulator.requests}
        assert self.tokens() == renewed


def _free_port() -> int:
    """Return a port on loopback that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    """Return a machine with an account whose access token is due for renewal."""
    async with Emulator(scenarios.single(RunningClock())) as emulator:
        pair = emulator.ampeco.issue_tokens()
        tokens = Tokens(
            access=pair.access_token,
            refresh=pair.refresh_token,
            obtained_at=time.time() - pair.expires_in,
            lifetime=float(pair.expires_in),
        )
        found = Machine(folder=tmp_path, emulator=emulator)
        found.prepare(tokens)
        yield found


async def test_a_crash_at_the_first_request_with_the_rotated_token(
    machine: Machine,
) -> None:
    """The process dies while its first request with the new token is unanswered."""
    old = machine.tokens()
    machine.emulator.faults.add("hang", path="charge-points$")
    async with machine.running() as process:
        await machine.until(process, lambda: bool(machine.asked(CHARGE_POINTS)))
    assert [one.status for one in machine.asked("token")] == [200]
    renewed = machine.tokens()
    assert renewed.access != old.access
    await machine.check_next_start(renewed)


async def test_a_crash_as_soon_as_the_rotated_token_is_on_disk(
    machine: Machine,
) -> None:
    """The process dies when the file changes, before or at the token's first use."""
    old = machine.tokens()
    async with machine.running() as process:
        await machine.until(process, lambda: machine.tokens() != old)
    await machine.check_next_start(machine.tokens())


async def test_a_crash_after_the_first_answer_to_the_rotated_token(
    machine: Machine,
) -> None:
    """The process dies while the account is being set up."""
    async with machine.running() as process:
        await machine.until(
            process, lambda: any(one.status for one in machine.asked(CHARGE_POINTS))
        )
    await machine.check_next_start(machine.tokens())


async def test_a_crash_after_the_start_that_rotated_the_token(
    machine: Machine,
) -> None:
    """The process dies when everything is up."""
    async with machine.running() as process:
        report = await machine.report(process)
    assert report["entries"] == ["loaded"], machine.output()
    assert [one.status for one in machine.asked("token")] == [200]
    await machine.check_next_start(machine.tokens())


async def test_a_crash_after_a_rejected_token_was_rotated(machine: Machine) -> None:
    """The token looks good but is rejected; the process dies at the second try."""
    fresh = msgspec.structs.replace(machine.tokens(), obtained_at=time.time())
    machine._store(TOKENS, VERSION, 1, msgspec.to_builtins(fresh))
    machine.emulator.ampeco.tokens.expire_access()
    async with machine.running() as process:
        await machine.until(process, lambda: len(machine.asked(CHARGE_POINTS)) == 2)
    assert machine.asked(CHARGE_POINTS)[0].status == 401
    renewed = machine.tokens()
    assert renewed.access != fresh.access
    await machine.check_next_start(renewed)


async def test_a_crash_before_the_rotation_answers_asks_for_a_sign_in_once(
    machine: Machine,
) -> None:
    """Tokens that never arrived cannot be saved: the user is asked, in no loop."""
    old = machine.tokens()
    fault = machine.emulator.faults.add("hang_after", path="oauth/token$")
    async with machine.running() as process:
        await machine.until(process, lambda: fault.hits == 1)
    assert machine.tokens() == old
    machine.emulator.faults.clear()
    machine.emulator.requests.clear()
    async with machine.running() as process:
        report = await machine.report(process)
    assert report["entries"] == ["setup_error"]
    assert report["flows"] == ["reauth"]
    assert [one.status for one in machine.asked("token")] == [401]
