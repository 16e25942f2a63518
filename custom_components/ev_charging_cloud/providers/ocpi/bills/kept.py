"""What is kept of charges and of waiting CDRs over a restart, and how much of it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import nlargest
from operator import attrgetter
import secrets

import msgspec

from ...model import Ownership, Session, SessionState, plain
from .charges import Charge
from .marks import Moment, known
from .papers import Paper
from .queue import Queue, Waiting

MOST_OPEN = 300
MOST_PAPERS = 1000
MOST_WAITING = 200


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A charge without what the ledger knows better."""

    key: str
    id: str
    state: SessionState
    ownership: Ownership
    evse_id: str | None
    started_at: Moment | None
    ended_at: Moment | None
    energy_kwh: float | None
    seen: bool
    names: tuple[str, ...]
    reference: str | None
    tokens: tuple[str, ...]
    updated_at: Moment | None
    papers: tuple[Paper, ...]


class Kept(msgspec.Struct, kw_only=True):
    """Everything that is kept.

    ``salt`` goes into each hash. Charges that began at or before ``blind`` may be
    forgotten.
    """

    salt: str = msgspec.field(default_factory=lambda: secrets.token_hex(8))
    blind: Moment | None = None
    charges: list[Row] = []
    waiting: list[Waiting] = []


DECODER = msgspec.json.Decoder(Kept)


def read(text: str | None) -> Kept:
    """Return what was kept, nothing where it makes no sense."""
    try:
        return DECODER.decode(text) if text else Kept()
    except msgspec.MsgspecError, UnicodeError:
        return Kept()


def write(
    salt: str, blind: datetime | None, charges: Iterable[Charge], queue: Queue
) -> str:
    """Return as text what is to be kept, the newest of each."""
    rows, lost = newest(charges, MOST_OPEN, MOST_PAPERS)
    starts = [known(one.session.started_at) for one in lost]
    blind = max((one for one in (blind, *starts) if one is not None), default=None)
    state = {
        "salt": salt,
        "blind": plain(blind),
        "charges": [msgspec.Raw(_packed(one)) for one in rows],
        "waiting": [msgspec.Raw(queue.packed(one)) for one in _held(queue)],
    }
    return msgspec.json.encode(state).decode()


def prepare(charges: Iterable[Charge], queue: Queue) -> Iterator[None]:
    """Make ready what ``write`` needs, in small steps."""
    for one in newest(charges, MOST_OPEN, MOST_PAPERS)[0]:
        _packed(one)
        yield
    for waiting in _held(queue):
        queue.packed(waiting)
        yield


def charge(row: Row) -> Charge:
    """Return a charge as far as it was kept."""
    return Charge(
        session=Session(
            key=row.key,
            id=row.id,
            state=row.state,
            ownership=row.ownership,
            evse_id=row.evse_id,
            started_at=row.started_at,
            ended_at=row.ended_at,
            energy_kwh=row.energy_kwh,
        ),
        seen=row.seen,
        names=set(row.names),
        reference=row.reference,
        tokens=frozenset(row.tokens),
        updated_at=row.updated_at,
        papers={one.id: one for one in row.papers},
    )


def _packed(charge: Charge) -> bytes:
    """Return a charge as text, which is made once for each of its states."""
    if charge.packed is None:
        charge.packed = msgspec.json.encode(plain(_row(charge)))
    return charge.packed


def _row(charge: Charge) -> Row:
    """Return what is kept of a charge."""
    session = charge.session
    return Row(
        key=session.key,
        id=session.id,
        state=session.state,
        ownership=session.ownership,
        evse_id=session.evse_id,
        started_at=session.started_at,
        ended_at=session.ended_at,
        energy_kwh=session.energy_kwh,
        seen=charge.seen,
        names=tuple(sorted(charge.names)),
        reference=charge.reference,
        tokens=tuple(sorted(charge.tokens)),
        updated_at=charge.updated_at,
        papers=tuple(charge.papers.values()),
    )


def newest(
    charges: Iterable[Charge], most_open: int, most_papers: int
) -> tuple[list[Charge], list[Charge]]:
    """Return the charges to keep, and those to forget."""
    opened, papers = 0, 0
    rows: list[Charge] = []
    lost: list[Charge] = []
    charges = list(charges)
    # Most accounts are far from the limits, and sorting takes its time.
    if len(charges) <= min(most_open, most_papers) and not any(
        len(one.papers) > 1 for one in charges
    ):
        return charges, lost
    for one in sorted(charges, key=attrgetter("age"), reverse=True):
        opened += not one.papers
        papers += len(one.papers)
        full = papers > most_papers if one.papers else opened > most_open
        (lost if full else rows).append(one)
    return rows[::-1], lost


def _held(queue: Queue) -> list[Waiting]:
    """Return the CDRs that came last, the oldest first."""
    found = nlargest(MOST_WAITING, queue, key=lambda one: (one.since, one.paper.id))
    return found[::-1]
