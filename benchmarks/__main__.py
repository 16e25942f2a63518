"""Print the figures, and fail when a limit is broken."""

from collections.abc import Sequence
import logging
import sys

from . import account, decoding

PARTS = {"decoding": decoding.figures, "home": account.figures}


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
