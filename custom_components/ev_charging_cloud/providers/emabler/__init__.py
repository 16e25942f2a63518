"""eMabler's dialect of OCPI (fact sheet emabler_ocpi)."""

from .backend import EmablerBackend

__all__ = ["EmablerBackend"]
