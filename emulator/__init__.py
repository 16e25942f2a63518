"""Stand-ins of charging back ends over one simulated world."""

from .ampeco import Profile
from .clock import RunningClock, SimulatedClock
from .depotfinity import Profile as DepotfinityProfile
from .emabler import EmablerProfile
from .evnnovator import Flavour, Profile as EvnnovatorProfile
from .faults import Fault
from .ocpi import OcpiProfile
from .server import Emulator
from .world import World

__all__ = [
    "DepotfinityProfile",
    "EmablerProfile",
    "Emulator",
    "EvnnovatorProfile",
    "Fault",
    "Flavour",
    "OcpiProfile",
    "Profile",
    "RunningClock",
    "SimulatedClock",
    "World",
]
