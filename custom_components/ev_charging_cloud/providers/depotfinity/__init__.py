"""Siemens DepotFinity: chargers of a bus or truck depot, without an inventory."""

from .backend import DepotfinityBackend

__all__ = ["DepotfinityBackend"]
