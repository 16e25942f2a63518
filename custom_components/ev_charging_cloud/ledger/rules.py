"""What a further reading of a session changes in its row."""

from enum import StrEnum
from typing import Any

from ..providers.model import CostState, SessionState
from .rows import Row

_ENDED = frozenset({SessionState.COMPLETED, SessionState.FAILED})
# From here on an amount is the bill's; a mere session does not replace it.
_SETTLED = {CostState.FINAL: 1, CostState.CORRECTED: 2}
_COST = frozenset({"currency", "cost_state", "cost_basis", "net", "vat", "gross"})
_EMPTY = (None, "[]")


class Change(StrEnum):
    """Why a row was written last."""

    STARTED = "started"
    UPDATED = "updated"
    ENDED = "ended"
    CORRECTED = "corrected"


def ended(row: Row) -> bool:
    """Tell whether a session is over."""
    return row["state"] in _ENDED


def joined(old: Row | None, reading: Row, now: int) -> dict[str, Any] | None:
    """Return the row after a reading, or nothing where the row stays as it is.

    What ended never runs again. What is billed is replaced by a bill only; a lesser
    reading may still fill in what was not known.
    """
    if old is None:
        change = Change.ENDED if ended(reading) else Change.STARTED
        return _dated(reading, created_at=now, changed_at=now, change=change.value)
    if ended(old) and not ended(reading):
        return None
    lesser = ended(old) and _settled(reading) < _settled(old)
    new = _filled(old, reading) if lesser else _filled(reading, old)
    new["first_start"] = old["first_start"]
    differing = {name for name, value in new.items() if old[name] != value}
    if ended(old):
        differing.discard("reported_at")
    if not differing:
        return None
    change = _change(old, new)
    return _dated({**old, **new}, changed_at=now, change=change.value)


def _settled(row: Row) -> int:
    """Return how final the amounts of a row are."""
    return _SETTLED.get(row["cost_state"], 0)


def _filled(better: Row, other: Row) -> dict[str, Any]:
    """Return a reading with what it does not know taken from another.

    Amounts belong together and are never mixed. A running session has no end.
    """
    whole = {"ended_at"} if not ended(better) else set()
    if better["currency"] is not None:
        whole |= _COST
    return {
        name: other[name]
        if value in _EMPTY and name in other and name not in whole
        else value
        for name, value in better.items()
    }


def _change(old: Row, new: Row) -> Change:
    """Return why a row is written again."""
    if ended(old):
        return Change.CORRECTED
    return Change.ENDED if ended(new) else Change.UPDATED


def _dated(row: Row, **changes: object) -> dict[str, Any]:
    """Return a row with the moment that it is found by."""
    started = row["started_at"]
    began = row["first_start"] if started is None else started
    return {**row, "began": began, **changes}
