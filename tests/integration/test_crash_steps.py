"""kill -9 at each named step of an update, in a Home Assistant process of its own.

The depot's back end lists past charges, which move cursors, and begins and ends others.
After each crash Home Assistant starts again over the same folder.
"""

import asyncio
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
import signal
import socket
import sqlite3
import sys
from typing import Any

import msgspec
import orjson
import pytest

from custom_components.ev_charging_cloud import records
from custom_components.ev_charging_cloud.const import DOMAIN
from custom_components.ev_charging_cloud.providers.oauth import Tokens
from custom_components.ev_charging_cloud.storage import VERSION, _slug
from emulator import DepotfinityProfile, Emulator, SimulatedClock, scenarios
from homeassistant import config_entries

from .crash_home import ROOT, STEPS
from .depot_home import ACCOUNT, depot_entry
from .support import START

SCRIPT = Path(__file__).with_name("crash_home.py")
CONFIGURATION = """\
homeassistant:
http:
  server_host: 127.0.0.1
  server_port: {port}
"""
LONGEST_WAIT = 30.0
TOKENS = f"{DOMAIN}.tokens.{_slug(ACCOUNT)}"
BUS, EVSE = "bus-1", "1-1"
# So many charges begin while Home Assistant looks on, one after the other.
CHARGES = 4

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def custom_integrations(socket_enabled: None) -> None:
    """Leave out the Home Assistant inside the test's process."""


class Dead(Exception):
    """The process has ended."""


@dataclass(kw_only=True)
class Machine:
    """A folder in which one Home Assistant process after the other runs."""

    folder: Path
    emulator: Emulator
    process: Process | None = None
    deaths: list[int] = field(default_factory=list)

    def prepare(self) -> None:
        """Write the configuration of a depot's account."""
        components = self.folder / "custom_components"
        components.mkdir()
        (components / DOMAIN).symlink_to(ROOT / "custom_components" / DOMAIN)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            configuration = CONFIGURATION.format(port=free.getsockname()[1])
        (self.folder / "configuration.yaml").write_text(configuration)
        (self.folder / ".storage").mkdir()
        self._store(
            config_entries.STORAGE_KEY,
            config_entries.STORAGE_VERSION,
            config_entries.STORAGE_VERSION_MINOR,
            {"entries": [depot_entry(self.emulator.url).as_dict()]},
        )
        tokens = Tokens(
            access=self.emulator.depotfinity.tokens.issue(10**6),
            obtained_at=START.timestamp(),
            lifetime=1e6,
        )
        self._store(TOKENS, VERSION, 1, msgspec.to_builtins(tokens))

    def _store(self, key: str, version: int, minor: int, data: Any) -> None:
        """Write a file in the form of Home Assistant's storage helper."""
        content = {"version": version, "minor_version": minor, "key": key, "data": data}
        (self.folder / ".storage" / key).write_bytes(orjson.dumps(content))

    @property
    def now(self) -> str:
        """Return what time it is in the world."""
        return self.emulator.clock.now().isoformat()

    async def start(self, step: str = "") -> None:
        """Start Home Assistant, which may die at a step of its first update."""
        assert self.process is None
        with (self.folder / "output.txt").open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(SCRIPT),
                str(self.folder),
                self.now,
                step,
                stdin=PIPE,
                stdout=PIPE,
                stderr=output,
                cwd=ROOT,
            )
        await self._answer()

    async def poll(self, step: str = "") -> None:
        """Let Home Assistant read the account, which may be its last deed."""
        assert self.process is not None and self.process.stdin is not None
        self.process.stdin.write(orjson.dumps([self.now, step]) + b"\n")
        await self._answer()

    async def _answer(self) -> None:
        """Wait until the process says how the account is, or is dead."""
        assert self.process is not None and self.process.stdout is not None
        async with asyncio.timeout(LONGEST_WAIT):
            line = await self.process.stdout.readline()
        if line:
            assert orjson.loads(line) == {"state": "loaded", "well": True}, self.output
            return
        self.deaths.append(await self.process.wait())
        self.process = None
        raise Dead

    async def kill(self) -> None:
        """Kill the process wherever it is."""
        if self.process is not None:
            self.process.kill()
            await self.process.wait()
            self.process = None

    @property
    def output(self) -> str:
        """Return what the processes have written."""
        return (self.folder / "output.txt").read_text()

    def fired(self) -> list[str]:
        """Return what event entities have reported, in order."""
        path = self.folder / "fired"
        return path.read_text().splitlines() if path.exists() else []

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Look into the ledger that a dead process has left."""
        connection = sqlite3.connect(self.folder / records.FILE)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def keys(self) -> list[str]:
        """Return the keys of the charges that the world has seen, oldest first."""
        return list(self.emulator.world.sessions)

    def charge(self) -> None:
        """Ten minutes later one charge has ended and the next has begun."""
        world, clock = self.emulator.world, self.emulator.clock
        assert isinstance(clock, SimulatedClock)
        clock.advance(timedelta(minutes=5))
        if world.evse(EVSE).car is not None:
            world.unplug(EVSE)
        world.set_car(BUS, soc_percent=40)
        world.plug(EVSE, BUS)
        clock.advance(timedelta(minutes=1))
        world.start(EVSE, "depot", by="rfid")
        clock.advance(timedelta(minutes=4))


@asynccontextmanager
async def machine(folder: Path) -> AsyncIterator[Machine]:
    """Have a machine whose depot has a past of some charges."""
    clock = SimulatedClock(START)
    world = scenarios.depot(clock, 1, 1, past_days=4, future_days=-2, legacy_every=0)
    profile = DepotfinityProfile(insert_delay=0, token_lifetime=10**6)
    async with Emulator(world, depotfinity=profile) as emulator:
        found = Machine(folder=folder, emulator=emulator)
        found.prepare()
        yield found
        await found.kill()


def check(machine: Machine) -> None:
    """What a dead process has left: each charge of the world once, as it was."""
    world = machine.emulator.world
    found = machine.rows("SELECT session_id, state, energy FROM sessions")
    assert sorted(key for key, *_ in found) == sorted(world.sessions)
    for key, state, energy in found:
        truth = world.session(key)
        assert (state == "completed") == (truth.stopped_at is not None)
        if truth.stopped_at is not None:
            assert energy == pytest.approx(float(truth.energy_wh) * 1000, abs=2000)
    [(running,)] = machine.rows("SELECT session_key FROM tracks")
    assert running == f"depot/{machine.keys()[-1]}"
    assert machine.rows("SELECT told FROM outbox WHERE NOT told") == []
    assert set(Counter(machine.fired()).values()) == {1}
    assert set(machine.deaths) <= {-signal.SIGKILL}


def happened(machine: Machine, past: int) -> list[str]:
    """Return what happened while somebody could look on, in order."""
    keys = [f"depot/{key}" for key in machine.keys()[past:]]
    found = [f"started {keys[0]}"]
    for before, after in pairwise(keys):
        found += [f"finished {before}", f"started {after}"]
    return found


async def go_on(machine: Machine, charges: int) -> None:
    """Let charges come and go, one for each poll."""
    for _ in range(charges):
        machine.charge()
        await machine.poll()


# Which of the end of one charge and the begin of the next is not told after a crash.
# A charge that begins while Home Assistant does not run is none it has seen begin.
LOST = {
    **dict.fromkeys(STEPS[: STEPS.index("committed")], ("started",)),
    "committed": (),
    "event marked": (),
    "event taken": ("finished", "started"),
    "event fired": ("started",),
}


@pytest.mark.parametrize("step", STEPS)
async def test_killed_where_one_charge_ends_and_the_next_begins(
    tmp_path: Path, step: str
) -> None:
    """After the restart no charge is missing, none is double, and no event is."""
    async with machine(tmp_path) as found:
        past = len(found.keys())
        await found.start()
        await go_on(found, 1)
        found.charge()
        with pytest.raises(Dead):
            await found.poll(step)
        assert found.deaths == [-signal.SIGKILL]
        await found.start()
        await go_on(found, CHARGES - 2)
        await found.kill()
        check(found)
        everything = happened(found, past)
        assert len(everything) == 2 * CHARGES - 1
        ended, begun = everything[1:3]
        missing = {one for one in (ended, begun) if one.split()[0] in LOST[step]}
        assert found.fired() == [one for one in everything if one not in missing]


@pytest.mark.parametrize("step", STEPS[: STEPS.index("committed") + 1])
async def test_killed_while_the_past_is_kept_for_the_first_time(
    tmp_path: Path, step: str
) -> None:
    """The past is read again where its cursors were not kept; it is no event."""
    async with machine(tmp_path) as found:
        past = len(found.keys())
        assert past == 2
        with pytest.raises(Dead):
            await found.start(step)
        kept = [] if step == "answer read" else found.rows("SELECT key FROM sessions")
        assert len(kept) == (past if step == "committed" else 0)
        assert found.fired() == []
        await found.start()
        assert found.fired() == []
        await go_on(found, 2)
        await found.kill()
        check(found)
        assert found.fired() == happened(found, past)


@pytest.mark.parametrize("step", ["event marked", "event taken", "event fired"])
async def test_killed_again_while_the_events_of_a_crash_are_told(
    tmp_path: Path, step: str
) -> None:
    """What waits in the ledger is told at the next start, or the one after it."""
    async with machine(tmp_path) as found:
        past = len(found.keys())
        await found.start()
        await go_on(found, 1)
        found.charge()
        with pytest.raises(Dead):
            await found.poll("committed")
        assert len(found.rows("SELECT 1 FROM outbox WHERE NOT told")) == 2
        with pytest.raises(Dead):
            await found.start(step)
        await found.start()
        await go_on(found, 1)
        await found.kill()
        check(found)
        everything = happened(found, past)
        missing = {one for one in everything[1:3] if one.split()[0] in LOST[step]}
        assert found.fired() == [one for one in everything if one not in missing]


@pytest.mark.timeout(180)
async def test_killed_at_every_step_in_turn(tmp_path: Path) -> None:
    """A crash at each charge, and whoever starts again finds all that was kept."""
    async with machine(tmp_path) as found:
        past = len(found.keys())
        await found.start()
        await go_on(found, 1)
        for step in STEPS:
            found.charge()
            with pytest.raises(Dead):
                await found.poll(step)
            await found.start()
        await go_on(found, 1)
        await found.kill()
        check(found)
        told, everything = found.fired(), happened(found, past)
        assert set(told) < set(everything)
        assert [one for one in everything if one in told] == told
        assert len(found.deaths) == len(STEPS)
        print(  # noqa: T201
            f"\n{len(found.deaths)} crashes: {len(told)} of {len(everything)} events "
            f"told, {len(found.keys())} charges kept"
        )
