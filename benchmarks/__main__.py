"""Print the figures, and fail when a limit is broken."""

from collections.abc import Iterator, Sequence
import logging
import sys

from . import account, decoding, ocpi_bills, ocpi_decoding, ocpi_stream
from .figures import Figure


def ocpi() -> Iterator[Figure]:
    """Measure pages of sessions, alone and by way of the provider, and their CDRs."""
    # Memory first, while the process has not yet taken that of other pages.
    yield from ocpi_stream.figures()
    yield from ocpi_bills.figures()
    yield from ocpi_decoding.figures()


PARTS = {"decoding": decoding.figures, "ocpi": ocpi, "home": account.figures}


def main(arguments: Sequence[str]) -> int:
    """Measure all parts or the named ones."""
    logging.disable(logging.WARNING)
    broken = False
    for name in arguments or PARTS:
        for figure in PARTS[name]():
            print(figure, flush=True)
            broken |= figure.broken
    return int(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
