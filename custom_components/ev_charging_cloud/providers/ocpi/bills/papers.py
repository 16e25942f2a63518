"""What the CDRs of one charge come to."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import zip_longest

import msgspec

from ...model import Cost, CostState
from .marks import EARLIEST, Moment


class Paper(msgspec.Struct, frozen=True, array_like=True):
    """The figures of a CDR; a credit takes back those of the CDR ``credited``."""

    id: str
    credit: bool
    credited: str | None
    started_at: Moment | None
    ended_at: Moment | None
    energy_kwh: float | None
    currency: str | None
    net: Decimal | None
    vat: Decimal | None
    gross: Decimal | None
    updated_at: Moment | None
    idle: timedelta | None = None

    @property
    def figures(self) -> tuple[object, ...]:
        """Return what two CDRs of the same charge have in common."""
        money = (self.currency, self.net, self.vat, self.gross)
        return (self.started_at, self.ended_at, self.energy_kwh, *money)


def apart(one: Paper, other: Paper) -> bool:
    """Tell whether two CDRs are surely about different times."""
    if one.started_at == other.started_at:
        return False
    return _before(one, other) or _before(other, one)


def is_newer(one: Paper, other: Paper) -> bool:
    """Tell whether a CDR was updated after the other state of it."""
    return _age(one) > _age(other)


def has_open(papers: Collection[Paper]) -> bool:
    """Tell whether there is a CDR that no credit takes back."""
    targets = {paper.id for _, paper in _taken_back(papers) if paper is not None}
    return any(not one.credit and one.id not in targets for one in papers)


def parts(papers: Collection[Paper]) -> list[Paper]:
    """Return the CDRs whose energy and times count, oldest first.

    They are those that are billed; where nothing is, those that once were.
    """
    charged = sorted((one for one in papers if not one.credit), key=_age)
    return _latest(_billed(papers) or charged)


def cost(papers: Collection[Paper]) -> Cost | None:
    """Return what a charge costs by its CDRs, ``None`` where they do not say.

    Amounts are unknown where a credit takes back an unknown CDR.
    """
    taken_back = _taken_back(papers)
    state = CostState.CORRECTED if taken_back else CostState.FINAL
    targets = {None if paper is None else paper.id for _, paper in taken_back}
    counted = [one for one in papers if one.id in targets and not one.credit]
    counted += [credit for credit, _ in taken_back]
    counted += [one for one in _latest(_billed(papers)) if one.id not in targets]
    currencies = {one.currency for one in counted}
    currency = next((one.currency for one in counted[::-1] if one.currency), None)
    if currency is None:
        return None
    if None in targets or len(currencies) > 1:
        return Cost(currency=currency, state=state)
    return Cost(
        currency=currency,
        state=state,
        net=_sum((one.credit, one.net) for one in counted),
        vat=_sum((one.credit, one.vat) for one in counted),
        gross=_sum((one.credit, one.gross) for one in counted),
    )


def _latest(papers: Iterable[Paper]) -> list[Paper]:
    """Return of CDRs, sorted by age, the latest for each time.

    Those of one time bill the same charge again, those of different times its parts.
    """
    found: list[Paper] = []
    for one in reversed(list(papers)):
        if all(apart(one, other) for other in found):
            found.append(one)
    return found[::-1]


def _billed(papers: Collection[Paper]) -> list[Paper]:
    """Return the CDRs that credits do not take back entirely, oldest first."""
    given: dict[str, list[Paper]] = {}
    for credit, paper in _taken_back(papers):
        if paper is not None:
            given.setdefault(paper.id, []).append(credit)
    charged = sorted((one for one in papers if not one.credit), key=_age)
    return [
        one for one in charged if one.id not in given or _is_more(one, given[one.id])
    ]


def _is_more(paper: Paper, credits: Iterable[Paper]) -> bool:
    """Tell whether a CDR surely has a larger amount than what takes it back."""
    given = _sum((False, one.net and abs(one.net)) for one in credits)
    return given is not None and paper.net is not None and given < paper.net


def _taken_back(papers: Collection[Paper]) -> list[tuple[Paper, Paper | None]]:
    """Return the credits with the CDR that each takes back, as far as it is known.

    A credit that names none takes back the oldest that no other credit does.
    """
    found = _credits(papers)
    charged = {one.id: one for one in papers if not one.credit}
    named = [
        (one, charged.get(one.credited)) for one in found if one.credited is not None
    ]
    targets = {paper.id for _, paper in named if paper is not None}
    free = [one for one in sorted(charged.values(), key=_age) if one.id not in targets]
    nameless = [one for one in found if one.credited is None]
    return named + list(zip_longest(nameless, free[: len(nameless)]))


def _credits(papers: Iterable[Paper]) -> list[Paper]:
    """Return the credits, those that take back the same with the same words once."""
    found = {
        (one.credited or one.id, one.figures): one
        for one in sorted(papers, key=_age)
        if one.credit
    }
    return list(found.values())


def _sum(parts: Iterable[tuple[bool, Decimal | None]]) -> Decimal | None:
    """Return a sum, unknown where a part is; servers send credits with either sign."""
    total = Decimal()
    for credit, amount in parts:
        if amount is None:
            return None
        total += -abs(amount) if credit else amount
    return total


def _age(paper: Paper) -> tuple[datetime, str]:
    """Return what to sort CDRs by, the latest last."""
    return paper.updated_at or paper.ended_at or EARLIEST, paper.id


def _before(one: Paper, other: Paper) -> bool:
    """Tell whether what a CDR is about was surely over when the other one's began."""
    over, begun = one.ended_at, other.started_at
    return over is not None and begun is not None and over <= begun
