"""Change JSON by pointer (RFC 6901)."""

from collections.abc import Iterable
from typing import Any


def apply(document: Any, operations: Iterable[dict[str, Any]]) -> Any:
    """Return a document with operations applied: set or delete at a path."""
    for operation in operations:
        steps = [_step(part) for part in operation["path"].split("/")[1:]]
        if not steps:
            document = operation.get("value")
            continue
        target = document
        for step in steps[:-1]:
            target = target[_key(target, step)]
        _change(target, _key(target, steps[-1]), operation)
    return document


def _change(target: Any, key: Any, operation: dict[str, Any]) -> None:
    match operation["op"]:
        case "set" if isinstance(target, list) and key == len(target):
            target.append(operation.get("value"))
        case "set":
            target[key] = operation.get("value")
        case "delete":
            del target[key]
        case other:
            raise ValueError(f"There is no operation {other!r}; use set or delete.")


def _key(target: Any, step: str) -> int | str:
    if isinstance(target, list):
        return len(target) if step == "-" else int(step)
    return step


def _step(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
