"""Figures, their limits, and how they are measured."""

from collections.abc import Callable
from dataclasses import dataclass
import gc
import time
from typing import override


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured figure and what it may be at most."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def broken(self) -> bool:
        """Tell whether the limit is exceeded."""
        return self.limit is not None and self.value > self.limit

    @override
    def __str__(self) -> str:
        """Return the line to print."""
        line = f"{self.name} {self.value:.3f} {self.unit}"
        return f"{line}  ABOVE {self.limit}" if self.broken else line


def least_seconds(
    runs: dict[str, Callable[[], object]], rounds: int
) -> dict[str, float]:
    """Return the least time of each run.

    The runs take turns, so that a slow moment of the machine hits all of them, and no
    garbage is collected in between.
    """
    least = dict.fromkeys(runs, float("inf"))
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, run in runs.items():
                begun = time.perf_counter()
                run()
                least[name] = min(least[name], time.perf_counter() - begun)
    finally:
        gc.enable()
    return least
