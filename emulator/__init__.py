"""Stand-ins of charging back ends over one simulated world."""

from .ampeco import Profile
from .clock import RunningClock, SimulatedClock
from .faults import Fault
from .server import Emulator
from .world import World

__all__ = [
    "Emulator",
    "Fault",
    "Profile",
    "RunningClock",
    "SimulatedClock",
    "World",
]
