"""What is not understood: noted, or refused where leaving it out changes the rest."""

from collections.abc import Mapping
from typing import Any, override

from ...values import word

# What an optional field holds where it holds nothing.
NOTHING: tuple[object, ...] = (None, [], {}, "")


# An operator that never stops to invent words is not listened to any longer.
MOST_WORDS = 50


class Words(set[str]):
    """Words that are not known; ``more`` tells that some found no room."""

    more = False

    @override
    def add(self, element: str, /) -> None:
        """Take a word while there is room."""
        if element in self or len(self) < MOST_WORDS:
            super().add(element)
        else:
            self.more = True


class UnknownPartError(Exception):
    """A part is not understood; the message names it in words of our own."""


def fields(source: Any, what: str) -> dict[str, Any]:
    """Return an object that must be one."""
    if not isinstance(source, dict):
        raise UnknownPartError(what)
    return source


def looked_up[T](table: Mapping[str, T], source: Any, what: str) -> T:
    """Return what a word stands for, in any case."""
    name = str(source).casefold() if isinstance(source, bool) else word(source)
    if name not in table:
        raise UnknownPartError(f"{what} {name[:40]}".strip())
    return table[name]
