"""Which CDR belongs to which session, and what a session costs by its CDRs."""

from .desk import Bills

__all__ = ["Bills"]
