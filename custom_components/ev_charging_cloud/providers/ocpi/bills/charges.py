"""The charges that bills are joined to, found by what they are recognised by."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

import msgspec

from ...model import Session, SessionState
from . import labels
from .index import Index, Label
from .marks import (
    EARLIEST,
    Marks,
    contradicts,
    is_same,
    is_stuck,
    known,
    may_be_same,
    same_start,
)
from .papers import Paper, apart


class Charge(msgspec.Struct, kw_only=True):
    """A session, or a CDR that has none, with all its CDRs.

    ``session`` is what was read last, without its periods, under the key that the
    ledger knows; ``names`` are the keys under which the session itself comes. It was
    ``seen`` in a list of sessions, or is known by its CDRs alone. ``age`` is what to
    sort charges by, the one that was heard of last at the end. ``packed`` is what is
    kept of it, until it changes.
    """

    session: Session
    seen: bool
    names: set[str]
    reference: str | None
    tokens: frozenset[str]
    updated_at: datetime | None
    papers: dict[str, Paper]
    age: tuple[float, str] = (0.0, "")
    packed: bytes | None = None

    @property
    def key(self) -> str:
        """Return the key in the ledger."""
        return self.session.key

    @property
    def marks(self) -> Marks:
        """Return what the charge is recognised by."""
        return Marks(
            name=next(iter(self.names), None),
            reference=self.reference,
            tokens=self.tokens,
            evse_id=self.session.evse_id,
            started_at=known(self.session.started_at),
            ended_at=known(self.session.ended_at),
            energy_kwh=self.session.energy_kwh,
            running=self.session.running,
        )

    @property
    def touched_at(self) -> datetime | None:
        """Return when it was last heard of."""
        moments = [one.updated_at or one.ended_at for one in self.papers.values()]
        found = [one for one in (self.updated_at, *moments) if one is not None]
        return max(found, default=self.session.ended_at or self.session.started_at)

    def objects(self, marks: Marks) -> bool:
        """Tell whether both name their session, and not the same one."""
        return (
            marks.name is not None and bool(self.names) and marks.name not in self.names
        )

    def suits(self, paper: Paper) -> bool:
        """Tell whether a CDR may be one more of this charge."""
        return not any(apart(one, paper) for one in self.papers.values())

    def labels(self) -> Iterator[Label]:
        """Yield what the charge is found by."""
        yield from map(labels.named, self.names)
        yield from map(labels.numbered, self.papers)
        if self.reference is not None:
            yield labels.referred(self.reference)
        yield from chain.from_iterable(map(labels.billed, self.papers.values()))
        yield from labels.begun(self.marks)


class Charges:
    """All charges that a CDR may still belong to."""

    def __init__(self) -> None:
        """Begin empty."""
        self._by_key: dict[str, Charge] = {}
        self._index = Index()

    def __iter__(self) -> Iterator[Charge]:
        """Yield all charges."""
        return iter(self._by_key.values())

    def __len__(self) -> int:
        """Return how many charges there are."""
        return len(self._by_key)

    def get(self, key: str) -> Charge | None:
        """Return a charge by its key in the ledger."""
        return self._by_key.get(key)

    def named(self, name: str | None) -> Charge | None:
        """Return the charge of a session."""
        found = [] if name is None else self._found([labels.named(name)])
        return found[0] if found else None

    def with_paper(self, paper_id: str | None) -> Charge | None:
        """Return the charge that has a CDR."""
        found = [] if paper_id is None else self._found([labels.numbered(paper_id)])
        return found[0] if found else None

    def put(self, charge: Charge) -> frozenset[Label]:
        """Take a charge, or what has changed of it.

        Returns what it was found by, and what it is found by from now on.
        """
        charge.packed = None
        charge.age = ((charge.touched_at or EARLIEST).timestamp(), charge.key)
        self._by_key[charge.key] = charge
        return self._index.put(charge.key, charge.labels())

    def drop(self, charge: Charge) -> None:
        """Forget a charge."""
        self._index.drop(charge.key)
        self._by_key.pop(charge.key, None)

    def referred(self, marks: Marks) -> list[Charge]:
        """Return the charges with the same reference.

        One of a session with another name counts only where the start agrees.
        """
        if marks.reference is None:
            return []
        return [
            one
            for one in self._found([labels.referred(marks.reference)])
            if not one.objects(marks) or same_start(one.marks, marks) is not False
        ]

    def same(self, marks: Marks, *, late: bool) -> list[Charge]:
        """Return the charges that all marks agree with.

        Where it is ``late``, the session may be called otherwise, if energy tells it
        from a failed attempt, or may never have been told to end.
        """
        return [
            one
            for one in self._found(labels.at_the_spot(marks))
            if (is_same(one.marks, marks) or (late and _is_stuck(one.marks, marks)))
            and (not one.objects(marks) or (late and bool(marks.energy_kwh)))
        ]

    def twin(self, marks: Marks, paper: Paper) -> Charge | None:
        """Return the charge that has the same bill already, under another id."""
        for one in self._found(labels.billed(paper)):
            if not one.objects(marks) and not contradicts(one.marks, marks):
                return one
        return None

    def possible(self, marks: Marks) -> Iterator[Charge]:
        """Yield the charges that may be the same one for all that is known."""
        for key in self._index.find(labels.alike(marks)):
            one = self._by_key[key]
            failed = one.session.state is SessionState.FAILED
            if not failed and may_be_same(one.marks, marks):
                yield one

    def _found(self, wanted: Iterable[Label]) -> list[Charge]:
        """Return charges by what they are found by, in a fixed order."""
        return [self._by_key[key] for key in sorted(self._index.find(wanted))]


def _is_stuck(one: Marks, other: Marks) -> bool:
    """Tell whether either of two was never told to end."""
    return is_stuck(one, other) or is_stuck(other, one)
