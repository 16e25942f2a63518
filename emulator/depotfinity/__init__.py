"""The face of Siemens DepotFinity."""

from .face import DepotfinityFace
from .profile import PACKAGES, Profile

__all__ = ["PACKAGES", "DepotfinityFace", "Profile"]
