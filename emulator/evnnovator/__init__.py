"""The face of EVnnovator's gateway for app providers."""

from .face import EvnnovatorFace
from .profile import FLAVOUR_A, FLAVOUR_B, Flavour, Profile

__all__ = ["FLAVOUR_A", "FLAVOUR_B", "EvnnovatorFace", "Flavour", "Profile"]
