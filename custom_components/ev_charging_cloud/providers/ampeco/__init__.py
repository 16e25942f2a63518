"""AMPECO: one back end with many operators, each under its own name."""

from .backend import AmpecoBackend

__all__ = ["AmpecoBackend"]
