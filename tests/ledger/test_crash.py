"""Killed at each named step and begun again: nothing is lost and nothing is double.

The reader is a process of its own. Between the mark and the telling of an event lies
the one moment at which a crash loses it; at no moment is one told twice.
"""

from collections import Counter
from pathlib import Path
import subprocess
import sys

import pytest

from tests.checks.sources import INTEGRATION

from .crash_scenario import LAST, live
from .support import rows

SCENARIO = Path(__file__).with_name("crash_scenario.py")
STEPS = (
    "answer read",
    "row written",
    "track written",
    "event written",
    "cursor written",
    "committed",
    "event marked",
    "event taken",
    "event fired",
)
EVENTS = [f"started live-{number}" for number in range(1, LAST + 1)] + [
    f"finished live-{number}" for number in range(1, LAST)
]
KEYS = [f"{kind}-{n}" for kind in ("live", "past") for n in range(1, LAST + 1)]


pytestmark = pytest.mark.slow


def killed(path: Path, fired: Path, step: str, nth: int, how: str = "kill") -> int:
    """Run the reader until it dies, and return how it ended."""
    command = [str(INTEGRATION), str(path), str(fired), step, str(nth), how]
    ran = subprocess.run(
        [sys.executable, str(SCENARIO), *command],
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert "Traceback" not in ran.stderr, ran.stderr
    return ran.returncode


async def finish(path: Path, fired: Path) -> None:
    """Read the rest without an accident, in the test's own process."""
    await live("custom_components.ev_charging_cloud", path, fired, lambda _: None)


def check_between(path: Path) -> int:
    """What the dead process left is whole; return how far it came."""
    cursor = int(dict(rows(path, "SELECT name, value FROM cursors")).get("list", 0))
    keys = {key for (key,) in rows(path, "SELECT key FROM sessions")}
    assert keys == {
        f"{kind}-{n}" for kind in ("live", "past") for n in range(1, cursor + 1)
    }
    assert rows(path, "SELECT session_key FROM tracks") == [
        (f"live-{cursor}",) for _ in range(min(cursor, 1))
    ]
    return cursor


@pytest.mark.parametrize(
    ("step", "how"), [*((step, "kill") for step in STEPS), ("cursor written", "exit")]
)
async def test_killed_at_each_step(
    path: Path, tmp_path: Path, step: str, how: str
) -> None:
    """At its second time, when a session also ends; then the rest is read."""
    fired = tmp_path / "fired"
    assert killed(path, fired, step, 2, how) == {"exit": 9, "kill": -9}[how]
    reached = check_between(path)
    assert reached == (1 if STEPS.index(step) < STEPS.index("committed") else 2)
    await finish(path, fired)

    assert check_between(path) == LAST
    found = rows(path, "SELECT key FROM sessions ORDER BY key")
    assert [key for (key,) in found] == KEYS
    running = rows(path, "SELECT key FROM sessions WHERE state = 'active'")
    assert running == [(f"live-{LAST}",)]
    told = Counter(fired.read_text().split("\n")[:-1])
    assert set(told.values()) == {1}
    lost = {
        "event taken": {"finished live-1", "started live-2"},
        "event fired": {"started live-2"},
    }
    assert set(told) == set(EVENTS) - lost.get(step, set())


async def test_killed_at_every_start(path: Path, tmp_path: Path) -> None:
    """A reader that never gets further than one update still gets to the end."""
    fired = tmp_path / "fired"
    for _ in range(LAST):
        killed(path, fired, "committed", 1)
    await finish(path, fired)
    assert Counter(fired.read_text().split("\n")[:-1]) == Counter(EVENTS)
