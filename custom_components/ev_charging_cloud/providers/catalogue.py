"""The back ends that there are."""

from .ampeco import AmpecoBackend
from .depotfinity import DepotfinityBackend
from .emabler import EmablerBackend
from .evnnovator import EvnnovatorBackend
from .ocpi import OcpiBackend
from .provider import Backend

BACKENDS: dict[str, Backend] = {
    backend.key: backend
    for backend in (
        AmpecoBackend(),
        EvnnovatorBackend(),
        DepotfinityBackend(),
        OcpiBackend(),
        EmablerBackend(),
    )
}
