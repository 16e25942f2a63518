"""The back ends that there are."""

from .ampeco import AmpecoBackend
from .provider import Backend

BACKENDS: dict[str, Backend] = {backend.key: backend for backend in (AmpecoBackend(),)}
