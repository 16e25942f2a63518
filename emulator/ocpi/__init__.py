"""The face of an OCPI party that owns charge points."""

from .callbacks import Callback
from .face import OcpiFace
from .profile import KnownToken, OcpiProfile
from .sessions import session_key
from .tariffs import Component, Element, Limit, OcpiTariff, Restrictions

__all__ = [
    "Callback",
    "Component",
    "Element",
    "KnownToken",
    "Limit",
    "OcpiFace",
    "OcpiProfile",
    "OcpiTariff",
    "Restrictions",
    "session_key",
]
