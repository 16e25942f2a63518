"""Joins CDRs to sessions, so that each charge stands once with what it cost (design 4).

A CDR joins the session that it names; else the one with its authorization reference;
else the one with its token and EVSE, its start within 5 minutes and its energy within
1 %.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import blake2s
from itertools import chain

import msgspec

from ...model import Session, SessionState
from ..mapping import Bill, Reading
from . import kept
from .charges import Charge, Charges
from .joining import billed, credited, unseen
from .marks import EARLIEST, known
from .papers import Paper, is_newer, parts
from .queue import Queue, Waiting
from .settling import filled, settled

UNBILLED = timedelta(days=30)
BILLED = timedelta(days=60)
# A session that ended lately will have its CDR soon.
SOON = timedelta(hours=1)
# How often it is looked for what is too old.
TIDY = timedelta(hours=1)
# In memory there is room for more than is kept.
MOST_CHARGES = 5000
MOST_OPEN = 2500
MOST_PAPERS = 2500


class Bills:
    """Knows the charges of an account, with a CDR and without."""

    def __init__(self, text: str | None) -> None:
        """Take what was kept."""
        found = kept.read(text)
        self._salt, self._blind = found.salt, found.blind
        self._all = Charges()
        self._queue = Queue(found.waiting)
        # When the charges ended that may soon get their CDR.
        self._ended: dict[str, datetime] = {}
        self._rows = deque(found.charges)
        # What CDRs tell beside their figures, until it is handed out.
        self._details: dict[str, Session] = {}
        self._touched: dict[str, None] = {}
        self._text: str | None = None
        self._tidied_at: datetime | None = None

    def load(self) -> Iterator[None]:
        """Make charges of what was kept, step by step; who needs them earlier waits."""
        while self._rows:
            self._put(kept.charge(self._rows.popleft()))
            yield

    @property
    def _charges(self) -> Charges:
        """Return all charges."""
        if self._rows:
            self._finish()
        return self._all

    def _finish(self) -> None:
        """Make charges of all that was kept."""
        for _ in self.load():
            pass

    @property
    def kept(self) -> str:
        """Return what is to be kept over a restart.

        What a session adds while it runs is read again then, so it is no reason to
        write everything anew.
        """
        if self._text is None:
            text = kept.write(self._salt, self._blind, self._charges, self._queue)
            self._text = text
        return self._text

    @property
    def oldest_held(self) -> datetime | None:
        """Return since when CDRs must be read again after a restart."""
        held = (one for one in self._queue if not one.doubt)
        moments = [one.paper.updated_at for one in held]
        return min((one for one in moments if one is not None), default=None)

    @property
    def unjoined(self) -> int:
        """Return of how many CDRs nobody can tell which charge they are for."""
        return sum(one.doubt for one in self._queue) + len(self._queue.lost)

    def want(self, now: datetime) -> bool:
        """Tell whether a session ended lately that has no CDR yet."""
        self._finish()
        for key in [key for key, at in self._ended.items() if now - at > SOON]:
            del self._ended[key]
        return bool(self._ended)

    def sessions(self, readings: Iterable[Reading]) -> None:
        """Take sessions as they were read, before they are handed out."""
        for reading in readings:
            if not reading.foreign:
                self._take(reading)

    def settled(self, session: Session) -> Session:
        """Return a session as its CDRs close it, under the key of its charge."""
        charge = self._charges.named(session.key)
        if charge is None or not charge.papers:
            return session
        session = msgspec.structs.replace(session, key=charge.key)
        return settled(filled(session, charge.session), charge.papers.values())

    def add(self, bills: Iterable[Bill], now: datetime) -> None:
        """Take CDRs; which charges they are for is found with the next news."""
        for bill in bills:
            if bill.foreign:
                continue
            one = self._of(bill, now)
            self._text = None
            charge = self._charges.with_paper(bill.id)
            before = self._queue.get(bill.id)
            if charge is not None:
                if is_newer(one.paper, charge.papers[bill.id]):
                    self._file(one, charge)
            elif before is None:
                self._queue.put(one)
            elif not is_newer(before.paper, one.paper):
                one.since, one.doubt = before.since, before.doubt
                self._queue.put(one)

    def news(self, now: datetime) -> Iterator[Session | None]:
        """Yield the charges whose bill is new or has changed, each once.

        In between it yields ``None``, so that each step is a short one.
        """
        yield from self._join(now)
        while self._touched:
            key = next(iter(self._touched))
            del self._touched[key]
            if (charge := self._charges.get(key)) is not None:
                yield self._news(charge)
        self._details.clear()
        yield from self._forget(now)
        if self._text is None:
            yield from kept.prepare(list(self._charges), self._queue)

    def _take(self, reading: Reading) -> None:
        """Take a session; one that comes after its CDRs joins them."""
        charge = self._charges.named(reading.session.key)
        if charge is None:
            new = self._charge(reading)
            charge = unseen(new, self._charges) or new
        elif charge.seen and _is_late(reading, charge):
            return
        if charge.papers and not charge.seen:
            self._touched[charge.key] = None
        goes_on = charge.seen and charge.session.running and reading.session.running
        if not goes_on:
            self._text = None
        charge.seen = True
        charge.names.add(reading.session.key)
        charge.session = msgspec.structs.replace(
            filled(reading.session, charge.session), key=charge.key, periods=()
        )
        charge.reference = self._hash(reading.reference) or charge.reference
        charge.tokens |= self._hashes(reading.tokens)
        charge.updated_at = reading.updated_at or charge.updated_at
        self._put(charge)

    def _put(self, charge: Charge) -> None:
        """Take a charge, or what has changed of it; CDRs near it may now join."""
        self._queue.wake(self._all.put(charge))
        session = charge.session
        ended = session.ended_at or charge.updated_at
        if charge.papers:
            self._ended.pop(charge.key, None)
        elif session.state is SessionState.COMPLETED and ended is not None:
            self._ended[charge.key] = ended

    def _join(self, now: datetime) -> Iterator[None]:
        """Join the CDRs that wait, as long as one helps others."""
        while due := self._queue.due(now):
            for one in due:
                if self._queue.get(one.paper.id) is one:
                    self._look(one, now)
                yield

    def _look(self, one: Waiting, now: datetime) -> None:
        """Look for the charge that a CDR belongs to, as far as anyone can tell."""
        before = one.doubt
        late = self._queue.tried(one, now)
        if one.paper.credit:
            found = credited(one, self._charges, self._queue, late=late)
        else:
            found = billed(one, self._charges, self._blind, late=late)
        if one.doubt != before:
            self._text = None
            self._queue.doubt(one)
        if found is not None:
            self._queue.drop(one.paper.id)
            self._file(one, found)

    def _file(self, one: Waiting, charge: Charge) -> None:
        """Put a CDR to those of its charge; what it changes is news."""
        self._text = None
        before = _bill(charge)
        charge.papers[one.paper.id] = one.paper
        if not one.paper.credit:
            # How long the car took nothing is a figure of each part.
            session = msgspec.structs.replace(one.session, idle=None)
            self._details[one.paper.id] = session
            session = filled(charge.session, session)
            charge.session = msgspec.structs.replace(session, periods=())
        self._put(charge)
        if _bill(charge) != before:
            self._touched[charge.key] = None

    def _news(self, charge: Charge) -> Session:
        """Return a charge as it is to be recorded, with the periods of all its parts."""
        papers = charge.papers.values()
        counted = sorted(parts(papers), key=lambda one: one.started_at or EARLIEST)
        details = [self._details.get(one.id) for one in counted]
        known_of = [one.periods for one in details if one is not None]
        session = charge.session
        if len(known_of) == len(details):
            periods = tuple(chain.from_iterable(known_of))
            session = msgspec.structs.replace(session, periods=periods)
        return settled(session, papers)

    def _forget(self, now: datetime) -> Iterator[None]:
        """Let go of what is too old, or too much, and remember how far one is blind."""
        self._queue.crop()
        crowded = len(self._charges) > MOST_CHARGES
        early = self._tidied_at is not None and now - self._tidied_at < TIDY
        if early and not crowded:
            return
        self._tidied_at, self._text = now, None
        for one in list(self._queue):
            if now - one.since > UNBILLED:
                self._queue.drop(one.paper.id)
            yield
        lost = []
        for charge in list(self._charges):
            if charge.touched_at is None:
                charge.updated_at = now
                self._put(charge)
            if _is_over(charge, now):
                lost.append(charge)
            yield
        if len(self._charges) - len(lost) > MOST_CHARGES:
            lost = kept.newest(self._charges, MOST_OPEN, MOST_PAPERS)[1]
        for charge in lost:
            self._drop(charge)
            yield

    def _drop(self, charge: Charge) -> None:
        """Forget a charge."""
        self._charges.drop(charge)
        self._ended.pop(charge.key, None)
        start = known(charge.session.started_at)
        if start is not None:
            self._blind = max(start, self._blind or start)

    def _of(self, bill: Bill, now: datetime) -> Waiting:
        """Return a CDR without what identifies a driver."""
        return Waiting(
            paper=_paper(bill),
            session=bill.session,
            name=bill.session_key,
            reference=self._hash(bill.reference),
            tokens=self._hashes(bill.tokens),
            since=now,
        )

    def _charge(self, reading: Reading) -> Charge:
        """Return a session as a charge without CDRs."""
        return Charge(
            session=reading.session,
            seen=False,
            names={reading.session.key},
            reference=self._hash(reading.reference),
            tokens=self._hashes(reading.tokens),
            updated_at=reading.updated_at,
            papers={},
        )

    def _hashes(self, values: Iterable[str]) -> frozenset[str]:
        """Return short hashes."""
        return frozenset(found for one in values if (found := self._hash(one)))

    def _hash(self, value: str | None) -> str | None:
        """Return a short hash of what is not to be kept in clear."""
        if not value:
            return None
        key = self._salt.encode()
        return blake2s(value.encode(), key=key, digest_size=6).hexdigest()


def _paper(bill: Bill) -> Paper:
    """Return the figures of a CDR."""
    session, cost = bill.session, bill.session.cost
    return Paper(
        id=bill.id,
        credit=bill.credit,
        credited=bill.credited,
        started_at=known(session.started_at),
        ended_at=known(session.ended_at),
        energy_kwh=session.energy_kwh,
        currency=None if cost is None else cost.currency,
        net=None if cost is None else cost.net,
        vat=None if cost is None else cost.vat,
        gross=None if cost is None else cost.gross,
        updated_at=bill.updated_at,
        idle=session.idle,
    )


def _bill(charge: Charge) -> Session | None:
    """Return a charge as its CDRs close it, nothing without any."""
    if not charge.papers:
        return None
    return settled(charge.session, charge.papers.values())


def _is_late(reading: Reading, charge: Charge) -> bool:
    """Tell whether a reading is an earlier state of a session."""
    new, old = reading.updated_at, charge.updated_at
    if new is None or old is None:
        return False
    reopens = reading.session.running and not charge.session.running
    return new < old or (new == old and reopens)


def _is_over(charge: Charge, now: datetime) -> bool:
    """Tell whether nothing more is to be heard of a charge."""
    touched = charge.touched_at
    limit = BILLED if charge.papers else UNBILLED
    return touched is not None and now - touched > limit
