"""EVnnovator: a gateway to charge point operators in India, one driver at a time."""

from .backend import EvnnovatorBackend

__all__ = ["EvnnovatorBackend"]
