"""Stand-ins of charging back ends over one simulated world."""

from .ampeco import Profile
from .clock import RunningClock, SimulatedClock
from .depotfinity import Profile as DepotfinityProfile
from .evnnovator import Flavour, Profile as EvnnovatorProfile
from .faults import Fault
from .server import Emulator
from .world import World

__all__ = [
    "DepotfinityProfile",
    "Emulator",
    "EvnnovatorProfile",
    "Fault",
    "Flavour",
    "Profile",
    "RunningClock",
    "SimulatedClock",
    "World",
]
