"""Finds the charge of a CDR, of a credit, and of a session that comes late."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from .charges import Charge, Charges
from .papers import has_open
from .queue import Queue, Waiting


def unseen(new: Charge, charges: Charges) -> Charge | None:
    """Return the charge of CDRs alone that a new session is."""
    for found in (charges.referred(new.marks), charges.same(new.marks, late=True)):
        charge = _only([one for one in found if not one.seen])
        if charge is not None:
            return charge
    return None


def billed(
    one: Waiting, charges: Charges, blind: datetime | None, *, late: bool
) -> Charge | None:
    """Return the charge that a CDR bills, made where it is ``late`` and surely new.

    Says in the CDR whether there is a doubt. Charges that began at or before ``blind``
    may be forgotten.
    """
    marks = one.marks
    referred = charges.referred(marks)
    charge = charges.named(one.name) or _only(referred)
    if charge is None and not referred:
        charge = charges.twin(marks, one.paper)
    if charge is not None:
        return charge
    same = [each for each in charges.same(marks, late=late) if each.suits(one.paper)]
    if referred:
        keys = {each.key for each in referred}
        same = [each for each in same if each.key in keys]
    one.doubt = len(same) != 1 and bool(same or referred)
    if one.doubt or same:
        return _only(same)
    if not late:
        return None
    one.doubt = one.name is None and _may_be_known(one, charges, blind)
    return None if one.doubt else _own(one)


def credited(
    one: Waiting, charges: Charges, queue: Queue, *, late: bool
) -> Charge | None:
    """Return the charge of which a credit takes back a CDR.

    Where that CDR is unknown even ``late``, the charge is at least known to be
    corrected.
    """
    original = one.paper.credited
    if (charge := charges.with_paper(original)) is not None:
        return charge
    if original is not None and (target := queue.get(original)) is not None:
        one.doubt = target.doubt
        return None
    charge = charges.named(one.name) or _only(charges.referred(one.marks))
    if charge is None:
        same = charges.same(one.marks, late=late)
        charge = _only([each for each in same if each.papers])
    if charge is not None and original is None and has_open(charge.papers.values()):
        return charge
    if not late:
        return None
    if charge is None and one.name is not None:
        return _own(one)
    one.doubt = charge is None
    return charge


def _may_be_known(one: Waiting, charges: Charges, blind: datetime | None) -> bool:
    """Tell whether a CDR without a session's name may bill a known charge."""
    start = one.paper.started_at
    if start is None or (blind is not None and start <= blind):
        return True
    return any(each.suits(one.paper) for each in charges.possible(one.marks))


def _own(one: Waiting) -> Charge:
    """Return a CDR as a charge of its own; what a credit takes back is not charged."""
    session = msgspec.structs.replace(one.session, periods=(), idle=None)
    if one.paper.credit:
        session = msgspec.structs.replace(session, energy_kwh=None, cost=None)
    return Charge(
        session=session,
        seen=False,
        names=set() if one.name is None else {one.name},
        reference=one.reference,
        tokens=one.tokens,
        updated_at=None,
        papers={},
    )


def _only(charges: Sequence[Charge]) -> Charge | None:
    """Return the one charge that there is, nothing where there are more."""
    return charges[0] if len(charges) == 1 else None
