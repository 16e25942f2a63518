"""A reader of an account that can die at a named step; run as a program of its own.

Usage: crash_scenario.py INTEGRATION LEDGER FIRED STEP OCCURRENCE HOW

The back end lists a past session and begins a charge for each number up to the last.
The reader goes on after its cursor, as after a restart. The integration is loaded by
its place and without its Home Assistant side.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
import importlib
import os
from pathlib import Path
import signal
import sys
from types import ModuleType

LAST = 4
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def killer(name: str, occurrence: int, how: str) -> Callable[[str], None]:
    """Return what ends this process when a step is reached for the n-th time."""
    left = occurrence

    def step(reached: str) -> None:
        nonlocal left
        if reached != name:
            return
        left -= 1
        if left == 0 and how == "exit":
            os._exit(9)
        elif left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


async def live(
    package: str, path: Path, fired: Path, step: Callable[[str], None]
) -> None:
    """Read the account to its end, update by update."""
    ledger_module = importlib.import_module(f"{package}.ledger")
    tracking = importlib.import_module(f"{package}.tracking")
    happenings = importlib.import_module(f"{package}.happenings").happenings
    model = importlib.import_module(f"{package}.providers.model")

    ledger = await ledger_module.Ledger.open(path, step=step)
    account = await ledger.account("account")
    old = (await account.tracks()).get("evse")
    await tell(account, fired, step)
    done = int((await account.cursors()).get("list", "0"))
    for number in range(done + 1, LAST + 1):
        now = NOW + timedelta(hours=number)
        active = model.Session(
            key=f"live-{number}",
            id="x",
            state=model.SessionState.ACTIVE,
            evse_id="evse",
        )
        past = model.Session(
            key=f"past-{number}", id="x", state=model.SessionState.COMPLETED
        )
        step("answer read")
        before = old and tracking.settle(old, tracking.ended(old.session))
        track = tracking.follow(before, active, now)
        happened = [("evse", one) for one in happenings(old, track)]
        cursors = {"list": str(number)}
        await account.record({"evse": track}, [past], happened, cursors, now)
        await tell(account, fired, step)
        old = track
    await ledger.close()


async def tell(account: object, fired: Path, step: Callable[[str], None]) -> None:
    """Write down what happened, as the event entity would."""
    for _, one in await account.take():  # type: ignore[attr-defined]
        with fired.open("a") as file:
            file.write(f"{one.kind} {one.session.key}\n")
        step("event fired")


def main(folder: str, path: str, fired: str, name: str, nth: str, how: str) -> None:
    """Load the integration from its place and read the account."""
    package = sys.modules["charging"] = ModuleType("charging")
    package.__path__ = [folder]
    step = killer(name, int(nth), how)
    asyncio.run(live("charging", Path(path), Path(fired), step))
    assert "homeassistant" not in sys.modules


if __name__ == "__main__":
    main(*sys.argv[1:])
