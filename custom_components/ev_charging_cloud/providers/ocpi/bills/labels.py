"""What charges and CDRs are found by; the two meet where they share a label."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from .index import Label
from .marks import START, Marks, known
from .papers import Paper

# Two that began together are in the same span of time or in neighbouring ones.
SLOT = START
# Stands for any token, or for any EVSE.
ANY = object()


def named(name: str) -> Label:
    """Return the label of the session of that name."""
    return "name", name


def referred(reference: str) -> Label:
    """Return the label of what was authorised with a reference."""
    return "reference", reference


def numbered(paper_id: str) -> Label:
    """Return the label of what has a CDR, or takes it back."""
    return "paper", paper_id


def billed(paper: Paper) -> Iterator[Label]:
    """Yield the label of what has a bill of the same time and amounts."""
    if paper.started_at is not None and paper.ended_at is not None:
        yield "bill", paper.figures


def begun(marks: Marks) -> Iterator[Label]:
    """Yield the labels of a charge by when and where it began."""
    slot = _slot(marks.started_at)
    if slot is None:
        yield from _timeless(marks)
        return
    yield "slot", slot
    if marks.evse_id is not None:
        yield "spot", slot, marks.evse_id


def at_the_spot(marks: Marks) -> list[Label]:
    """Return the labels of charges that began there at about the same time."""
    if marks.evse_id is None:
        return []
    return [("spot", slot, marks.evse_id) for slot in _around(marks)]


def alike(marks: Marks) -> list[Label]:
    """Return the labels of charges that began at about the same time anywhere.

    One of unknown start has at least the token or the EVSE in common, and no other one.
    """
    found: list[Label] = [("slot", slot) for slot in _around(marks)]
    evse = marks.evse_id
    if evse is None:
        return found + [("timeless", one, ANY) for one in marks.tokens]
    if not marks.tokens:
        return [*found, ("timeless", ANY, evse)]
    found += [("timeless", one, at) for one in marks.tokens for at in (evse, None)]
    return [*found, ("timeless", None, evse)]


def _timeless(marks: Marks) -> Iterator[Label]:
    """Yield the labels of a charge of unknown start."""
    tokens: Iterable[str | None] = marks.tokens or (None,)
    for token in tokens:
        yield "timeless", token, marks.evse_id
        yield "timeless", token, ANY
    yield "timeless", ANY, marks.evse_id


def _around(marks: Marks) -> Iterable[int]:
    """Return the spans of time in which the same charge may have begun."""
    slot = _slot(marks.started_at)
    return () if slot is None else (slot - 1, slot, slot + 1)


def _slot(moment: datetime | None) -> int | None:
    """Return the number of the span of time that a moment is in."""
    found = known(moment)
    if found is None:
        return None
    return int(found.timestamp() // SLOT.total_seconds())
