"""The face of an AMPECO driver-app API."""

from .face import AmpecoFace
from .profile import Profile

__all__ = ["AmpecoFace", "Profile"]
