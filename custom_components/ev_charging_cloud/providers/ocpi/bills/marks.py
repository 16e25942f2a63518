"""What a charge is recognised by, and how alike two of them are."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec

type Moment = Annotated[datetime, msgspec.Meta(tz=True)]

# How far a session and its CDR may differ (design 4).
START = timedelta(minutes=5)
ENERGY = 0.01
# A thousandth of a Wh: what binary fractions get wrong.
DUST_KWH = 1e-6
# What stands for an unknown moment is before this (11).
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one charge; ``name`` is the key of its session.

    ``reference`` and ``tokens`` are hashes. The energy of one that is ``running`` still
    grows.
    """

    name: str | None
    reference: str | None
    tokens: frozenset[str]
    evse_id: str | None
    started_at: datetime | None
    ended_at: datetime | None
    energy_kwh: float | None
    running: bool = False


def known(moment: datetime | None) -> datetime | None:
    """Return a moment unless it stands for an unknown one."""
    return moment if moment is not None and moment >= EARLIEST else None


def same_start(one: Marks, other: Marks) -> bool | None:
    """Tell whether two charges began together, ``None`` where that is not known."""
    if one.started_at is None or other.started_at is None:
        return None
    return abs(one.started_at - other.started_at) <= START


def same_reference(one: Marks, other: Marks) -> bool | None:
    """Tell whether two charges were authorised together."""
    if one.reference is None or other.reference is None:
        return None
    return one.reference == other.reference


def is_same(one: Marks, other: Marks) -> bool:
    """Tell whether token, EVSE, start and energy all agree, and nothing else objects."""
    return (
        same_start(one, other) is True
        and all(_agreements(one, other))
        and same_reference(one, other) is not False
    )


def is_stuck(one: Marks, other: Marks) -> bool:
    """Tell whether a session still seems to run that the other charge has closed."""
    if not one.running or not same_start(one, other):
        return False
    if same_reference(one, other) is False:
        return False
    less = (one.energy_kwh or 0.0) <= (other.energy_kwh or 0.0)
    return less and bool(_same_token(one, other) and _same_evse(one, other))


def may_be_same(one: Marks, other: Marks) -> bool:
    """Tell whether it would be daring to say that two charges are not the same one.

    A car, a place and an amount: one of them may be misreported where another agrees.
    Other energy at another time is another charge.
    """
    agreements = _agreements(one, other)
    if agreements[-1] is False and (
        _ends_before(one, other) or _ends_before(other, one)
    ):
        return False
    yes, no = agreements.count(True), agreements.count(False)
    start = same_start(one, other)
    if start is None:
        return no == 0 and yes >= 2
    return start and yes >= no


def contradicts(one: Marks, other: Marks) -> bool:
    """Tell whether two charges had different tokens or were at different EVSEs."""
    return False in (_same_token(one, other), _same_evse(one, other))


def _ends_before(one: Marks, other: Marks) -> bool:
    """Tell whether a charge was over when the other one began."""
    if one.ended_at is None or other.started_at is None:
        return False
    return one.ended_at <= other.started_at


def _agreements(one: Marks, other: Marks) -> tuple[bool | None, ...]:
    """Return what token, EVSE and energy say."""
    return _same_token(one, other), _same_evse(one, other), _same_energy(one, other)


def _same_token(one: Marks, other: Marks) -> bool | None:
    """Tell whether two charges have a token in common."""
    if not one.tokens or not other.tokens:
        return None
    return not one.tokens.isdisjoint(other.tokens)


def _same_evse(one: Marks, other: Marks) -> bool | None:
    """Tell whether two charges were at the same EVSE."""
    if one.evse_id is None or other.evse_id is None:
        return None
    return one.evse_id == other.evse_id


def _same_energy(one: Marks, other: Marks) -> bool | None:
    """Tell whether two charges had the same energy, measured by the larger one."""
    if one.energy_kwh is None or other.energy_kwh is None:
        return None
    allowed = ENERGY * max(abs(one.energy_kwh), abs(other.energy_kwh)) + DUST_KWH
    return abs(one.energy_kwh - other.energy_kwh) <= allowed
