"""Long work in short steps, so that the event loop may do other things in between."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import batched
from time import perf_counter

import msgspec

from .feed import Rows

# How many objects are mapped before the time is looked at, and how many seconds may
# pass before the event loop does other things.
SLICE = 20
LONGEST = 0.003
# Where a single step may take milliseconds, it begins soon after a pause.
SHORT = 0.002


async def drained(steps: Iterable[None]) -> None:
    """Take small steps; in between the event loop may do other things."""
    async for _ in sliced(steps):
        pass


async def sliced[T](steps: Iterable[T]) -> AsyncIterator[T]:
    """Yield the results of small steps; in between the event loop may do other things."""
    begun = perf_counter()
    for one in steps:
        yield one
        if perf_counter() - begun > SHORT:
            await asyncio.sleep(0)
            begun = perf_counter()


async def in_slices(rows: Rows, take: Callable[[msgspec.Raw], None]) -> None:
    """Take each object; in between the event loop may do other things."""
    begun = perf_counter()
    for chunk in batched(rows, SLICE, strict=False):
        for raw in chunk:
            take(raw)
        if perf_counter() - begun > LONGEST:
            await asyncio.sleep(0)
            begun = perf_counter()
