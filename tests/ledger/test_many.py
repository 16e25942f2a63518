"""Many tasks at once, and many sessions."""

import asyncio
from datetime import timedelta
import logging
import time

import pytest

from custom_components.ev_charging_cloud.ledger import AccountLedger, Ledger

from .support import FULL, NOW, ended, record, session, started, track

_LOGGER = logging.getLogger(__name__)

MANY = 100_000


async def test_many_tasks_at_once(ledger: Ledger) -> None:
    """Each account is read and written by several tasks; every event is taken once."""
    taken: list[tuple[str, str]] = []

    async def read(name: str, number: int) -> None:
        account = await ledger.account(name)
        mine = session(f"{number}")
        await record(
            account,
            ended("shared", energy_kwh=float(number)),
            ended(f"past-{number}"),
            tracks={f"e{number}": track(mine)},
            happenings=[(f"e{number}", started(mine))],
            cursors={"list": str(number), f"own-{number}": "x"},
        )
        for _, one in await account.take():
            taken.append((name, one.session.key))
        assert len(await account.sessions()) >= 2

    names = ("a", "b", "c")
    await asyncio.gather(*(read(name, n) for n in range(20) for name in names))
    assert sorted(taken) == sorted((name, str(n)) for n in range(20) for name in names)
    for name in names:
        account = await ledger.account(name)
        assert len(await account.sessions(limit=999)) == 41
        assert len(await account.tracks()) == 20
        assert len(await account.cursors()) == 21


async def test_a_cancelled_update_is_whole(account: AccountLedger) -> None:
    """Whoever stops waiting stops no transaction."""
    past = [ended(f"s{number}") for number in range(2000)]
    task = asyncio.create_task(record(account, *past, cursors={"list": "1"}))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    found = len(await account.sessions(limit=9999))
    assert (found, await account.cursors()) in [(2000, {"list": "1"}), (0, {})]


@pytest.mark.slow
async def test_a_hundred_thousand_sessions(account: AccountLedger) -> None:
    """Written, written again and read; how long that took is printed, not judged."""
    past = [
        ended(
            f"s{number}",
            started_at=NOW + timedelta(minutes=number),
            cost=FULL.cost,
            periods=FULL.periods,
            evse_id=f"e{number % 300}",
        )
        for number in range(MANY)
    ]
    done: dict[str, float] = {}
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - begun - 0.001)

    watcher = asyncio.create_task(watch())
    for name, work in {
        "write": record(account, *past),
        "write again": record(account, *past),
        "one session": record(account, tracks={"e1": track(session("new"))}),
        "a month": account.sessions(
            since=NOW, until=NOW + timedelta(days=30), limit=MANY
        ),
        "last session": account.last_session("e7"),
        "read all": account.sessions(limit=MANY + 1),
    }.items():
        begun = time.perf_counter()
        result = await work
        done[name] = time.perf_counter() - begun
    watcher.cancel()
    assert isinstance(result, list) and len(result) == MANY + 1
    for name, seconds in {**done, "longest wait of the loop": longest}.items():
        _LOGGER.info("%s: %.1f ms", name, 1000 * seconds)
