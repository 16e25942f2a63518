"""How long the integration holds the event loop."""

from asyncio import events
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
import gc
from pathlib import Path
import sys
import time
from types import CodeType
from unittest.mock import patch

OWN = str(Path("custom_components", "ev_charging_cloud"))
# One of the ids that no debugger, coverage or profiler takes.
TOOL = 3
STARTS = (sys.monitoring.events.PY_START, sys.monitoring.events.PY_RESUME)


@dataclass
class Steps:
    """The steps of the event loop that entered the integration.

    ``taken`` holds the seconds of each and the function that it entered first.
    """

    entered: str = ""
    collecting: float = 0.0
    taken: list[tuple[float, str]] = field(default_factory=list)

    @property
    def longest(self) -> float:
        """Return the seconds of the longest step."""
        return max(self.taken, default=(0.0, ""))[0]

    def timed(self, run: Callable[[], object]) -> None:
        """Run a step, and note it if a part of it is our own."""
        self.entered, self.collecting = "", 0.0
        begun = time.perf_counter()
        run()
        seconds = time.perf_counter() - begun - self.collecting
        if self.entered:
            self.taken.append((seconds, self.entered))

    def enter(self, code: CodeType, _: int) -> object:
        """Note that a function begins, and look away from those of others."""
        if OWN not in code.co_filename:
            return sys.monitoring.DISABLE
        self.entered = self.entered or code.co_qualname
        return None

    def collect(self, phase: str, _: dict[str, int]) -> None:
        """Count the time of the garbage collector, which belongs to everybody."""
        moment = time.perf_counter()
        self.collecting += -moment if phase == "start" else moment


@contextmanager
def watched() -> Iterator[Steps]:
    """Time each step of the event loop, and keep those with a part of our own.

    All that such a step does counts, also what Home Assistant does in it for us.
    """
    steps = Steps()
    run = events.Handle._run  # noqa: SLF001

    def timed(handle: events.Handle) -> None:
        steps.timed(lambda: run(handle))

    gc.callbacks.append(steps.collect)
    sys.monitoring.use_tool_id(TOOL, "steps")
    try:
        for event in STARTS:
            sys.monitoring.register_callback(TOOL, event, steps.enter)
        sys.monitoring.set_events(TOOL, STARTS[0] | STARTS[1])
        sys.monitoring.restart_events()
        with patch.object(events.Handle, "_run", timed):
            yield steps
    finally:
        sys.monitoring.set_events(TOOL, 0)
        sys.monitoring.free_tool_id(TOOL)
        gc.callbacks.remove(steps.collect)
