"""What can go wrong with the ledger; no message quotes what it holds."""


class LedgerError(Exception):
    """The ledger could not be read or written; what was asked for did not happen."""


class LedgerClosedError(LedgerError):
    """The ledger was closed before."""


class LedgerTooNewError(LedgerError):
    """A newer release wrote the file; nothing was changed."""

    def __init__(self, found: int, known: int) -> None:
        """Keep the schema version of the file and the newest one known here."""
        super().__init__(
            f"The ledger has schema version {found}, but this release knows {known} "
            "at most; install the newer release again"
        )
        self.found = found
        self.known = known


class BrokenFileError(LedgerError):
    """The file is not a ledger, or damaged; it must be put aside."""
