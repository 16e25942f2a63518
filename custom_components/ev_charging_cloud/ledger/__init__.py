"""Every session kept, in SQL; knows nothing of Home Assistant."""

from .errors import LedgerClosedError, LedgerError, LedgerTooNewError
from .ledger import AccountLedger, Ledger

__all__ = [
    "AccountLedger",
    "Ledger",
    "LedgerClosedError",
    "LedgerError",
    "LedgerTooNewError",
]
