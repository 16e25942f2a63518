"""Faults on demand."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
import re
from typing import Any, Final

from aiohttp import web

KINDS: Final = (
    "status",
    "hang",
    "hang_after",
    "reset",
    "reset_mid_body",
    "truncated",
    "html",
    "redirect",
    "huge",
    "gzip_bomb",
    "nested",
    "mutate",
    "replace",
    "lose_answer",
    "date_skew",
)


@dataclass(kw_only=True, eq=False)
class Fault:
    """Spoil the answers to matching requests, a number of times or until cleared.

    What each kind reads: `status` status, headers and body (text as it is, anything
    else as JSON); `redirect` location and status; `huge` size in bytes; `gzip_bomb`
    size in bytes after unpacking; `nested` depth; `mutate` operations, each
    {"op": "set" or "delete", "path": JSON pointer, "value": ...}, on the real answer;
    `replace` body; `date_skew` seconds by which the Date header is wrong.
    `lose_answer` applies the request and drops the connection; `hang` handles the
    request only after the fault is cleared, `hang_after` handles it at once and keeps
    the answer back; `truncated` and `reset_mid_body` cut the real answer.
    """

    kind: str
    method: str = "*"
    path: str = ""
    count: int | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    location: str = "https://login.example.test/"
    size: int | None = None
    depth: int = 100_000
    operations: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0
    id: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        """Refuse a kind that does not exist."""
        if self.kind not in KINDS:
            raise ValueError(
                f"There is no fault {self.kind!r}; use {', '.join(KINDS)}."
            )
        self._pattern = re.compile(self.path)
        self.released = asyncio.Event()

    def matches(self, request: web.Request) -> bool:
        """Return whether a request is to be spoiled; the path is searched."""
        return (
            not self.is_used_up
            and self.method.upper() in ("*", request.method)
            and self._pattern.search(request.path) is not None
        )

    @property
    def is_used_up(self) -> bool:
        """Return whether the fault has been served as often as asked."""
        return self.count is not None and self.hits >= self.count


class Faults:
    """Hold the faults in the order in which they were added."""

    def __init__(self) -> None:
        """Start without faults."""
        self._faults: list[Fault] = []
        self._ids = count(1)

    def __iter__(self) -> Iterator[Fault]:
        """Return the faults that can still strike."""
        return iter([fault for fault in self._faults if not fault.is_used_up])

    def add(self, kind: str, **options: Any) -> Fault:
        """Add a fault of a kind with the options of Fault."""
        fault = Fault(kind=kind, **options)
        fault.id = next(self._ids)
        self._faults.append(fault)
        return fault

    def clear(self, fault: Fault | None = None) -> None:
        """Remove one fault or all, and let hanging requests go on."""
        for gone in [fault] if fault is not None else list(self._faults):
            gone.released.set()
            self._faults.remove(gone)

    def strike(self, request: web.Request) -> list[Fault]:
        """Return what spoils a request: clock skews, then at most one other fault."""
        struck: list[Fault] = []
        others = False
        for fault in self._faults:
            is_skew = fault.kind == "date_skew"
            if (is_skew or not others) and fault.matches(request):
                fault.hits += 1
                others = others or not is_skew
                struck.append(fault)
        return struck
