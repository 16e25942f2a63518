"""The CDRs that wait for their charge, and when to look for it again."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import msgspec

from ...model import Session, plain
from . import labels
from .index import Index, Label
from .marks import EARLIEST, Marks, Moment
from .papers import Paper

# A CDR waits so long for its session, or a credit for what it takes back, and is then
# looked at as often.
PATIENCE = timedelta(days=1)
# Those that nobody can tell the charge of, and all.
MOST_DOUBTS = 2000
MOST_WAITING = 5000


class Waiting(msgspec.Struct, kw_only=True):
    """A CDR that belongs to no charge yet, and since when it is known.

    It is in ``doubt`` where it may belong to a charge, but nobody can tell for sure.
    """

    paper: Paper
    session: Session
    name: str | None
    reference: str | None
    tokens: frozenset[str]
    since: Moment
    doubt: bool = False

    @property
    def marks(self) -> Marks:
        """Return what the charge is recognised by; a credit may count backwards."""
        energy = self.paper.energy_kwh
        return Marks(
            name=self.name,
            reference=self.reference,
            tokens=self.tokens,
            evse_id=self.session.evse_id,
            started_at=self.paper.started_at,
            ended_at=self.paper.ended_at,
            energy_kwh=abs(energy) if energy and self.paper.credit else energy,
        )

    def labels(self) -> Iterator[Label]:
        """Yield what the charge would be found by, where one suits."""
        if self.name is not None:
            yield labels.named(self.name)
        if self.reference is not None:
            yield labels.referred(self.reference)
        if self.paper.credited is not None:
            yield labels.numbered(self.paper.credited)
        yield from labels.billed(self.paper)
        yield from labels.at_the_spot(self.marks)


class Queue:
    """Holds CDRs; one is due when it is new, when something near it changes, or daily.

    ``lost`` are those for which there was no room.
    """

    def __init__(self, waiting: Iterable[Waiting] = ()) -> None:
        """Take what was kept."""
        self.lost: dict[str, None] = {}
        self._by_id: dict[str, Waiting] = {}
        self._index = Index()
        self._again: dict[str, datetime] = {}
        self._packed: dict[str, bytes] = {}
        for one in waiting:
            self.put(one)

    def __iter__(self) -> Iterator[Waiting]:
        """Yield all of them."""
        return iter(self._by_id.values())

    def __len__(self) -> int:
        """Return how many wait."""
        return len(self._by_id)

    def get(self, paper_id: str) -> Waiting | None:
        """Return a CDR by its id."""
        return self._by_id.get(paper_id)

    def put(self, one: Waiting) -> None:
        """Take a CDR, or what has changed of it."""
        name = one.paper.id
        self._by_id[name] = one
        self._again[name] = EARLIEST
        self._packed.pop(name, None)
        self._index.put(name, one.labels())
        self.wake([labels.numbered(name)])

    def drop(self, name: str) -> None:
        """Let go of a CDR."""
        self._index.drop(name)
        for each in (self._by_id, self._again, self._packed):
            each.pop(name, None)

    def wake(self, found: Iterable[Label]) -> None:
        """Make due what may have to do with something that has changed."""
        for name in self._index.find(found):
            self._again[name] = EARLIEST

    def due(self, now: datetime) -> list[Waiting]:
        """Return what is to be looked at, in the order of writing."""
        names = (name for name, again in self._again.items() if again <= now)
        return sorted((self._by_id[name] for name in names), key=_turn)

    def tried(self, one: Waiting, now: datetime) -> bool:
        """Note that the charge is looked for, and tell whether it is late for that."""
        late = now - one.since >= PATIENCE
        self._again[one.paper.id] = (now if late else one.since) + PATIENCE
        return late

    def doubt(self, one: Waiting) -> None:
        """Note that a doubt came or went, which is also one of its credits."""
        self._packed.pop(one.paper.id, None)
        self.wake([labels.numbered(one.paper.id)])

    def packed(self, one: Waiting) -> bytes:
        """Return a CDR as text, which is made once, without what is not known of it."""
        name = one.paper.id
        if name not in self._packed:
            row = plain(one)
            session = {
                field: value
                for field, value in row["session"].items()
                if value not in (None, []) and field != "periods"
            }
            self._packed[name] = msgspec.json.encode({**row, "session": session})
        return self._packed[name]

    def crop(self) -> None:
        """Let go of the oldest that there is no room for."""
        doubts = [one for one in self if one.doubt]
        self._shorten(doubts, MOST_DOUBTS)
        if len(self) > MOST_WAITING:
            self._shorten(list(self), MOST_WAITING)

    def _shorten(self, found: list[Waiting], most: int) -> None:
        """Keep the newest of some CDRs."""
        if len(found) <= most:
            return
        for one in sorted(found, key=_turn)[:-most]:
            self.drop(one.paper.id)
            self.lost[one.paper.id] = None
        while len(self.lost) > MOST_WAITING:
            del self.lost[next(iter(self.lost))]


def _turn(one: Waiting) -> tuple[float, str]:
    """Return what to sort CDRs by: joins are made in the order of writing."""
    return (one.paper.updated_at or EARLIEST).timestamp(), one.paper.id
