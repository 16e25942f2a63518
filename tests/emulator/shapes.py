"""Comparison of JSON shapes: keys and types, never values."""

from collections.abc import Iterator
from typing import Any


def differences(
    wanted: Any, found: Any, path: str = "", extra: frozenset[str] = frozenset()
) -> Iterator[str]:
    """Yield what is missing, of another type, or neither wanted nor allowed."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key in wanted.keys() - found.keys():
            yield f"{path}/{key} is missing"
        for key in found.keys() - wanted.keys() - extra:
            yield f"{path}/{key} is too much"
        for key in wanted.keys() & found.keys():
            yield from differences(wanted[key], found[key], f"{path}/{key}", extra)
    elif isinstance(wanted, list) and isinstance(found, list):
        if wanted and not found:
            yield f"{path} is empty"
        for index, item in enumerate(found if wanted else []):
            yield from differences(wanted[0], item, f"{path}/{index}", extra)
    elif kind(wanted) != kind(found) and None not in (wanted, found):
        yield f"{path} is {kind(found)}, not {kind(wanted)}"


def kind(value: Any) -> str:
    """Return the JSON type of a value; whole numbers are numbers too."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return type(value).__name__
