"""The face of eMabler's OCPI endpoint."""

from .face import EmablerFace
from .profile import EmablerProfile

__all__ = ["EmablerFace", "EmablerProfile"]
