"""OCPI 2.1.1, 2.2.1 and 2.3.0, read by an eMSP (fact sheet ocpi)."""

from .backend import OcpiBackend

__all__ = ["OcpiBackend"]
