"""Finding out what eMabler's numbered dimensions of charging periods mean.

Fact sheet emabler_ocpi, section 6: 0 to 3 are certain, unless the amounts say otherwise.
From 4 on there are two orders, as nobody knows whether FLAT comes last or at 4: a 9 is
kW or hours of parking. TIME and PARKING_TIME of a CDR add up to its total time in one
order only; until a CDR has shown that, these numbers stay numbers, which nobody knows.
"""

import math
from typing import Any

from ..values import number
from .numbering import Vote, is_open, named
from .tables import DIMENSION

_ENERGY = DIMENSION.members.index("ENERGY")
_ENERGIES = {1, 2, 3}
# The numbers of TIME and PARKING_TIME in either order.
_TIMES = ((12, 8), (13, 9))


class Amounts:
    """The order of a connection's dimensions, learned from its CDRs."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._vote = Vote()

    def settle(self, dimensions: list[dict[str, Any]], whole: dict[str, Any]) -> None:
        """Name the numbered dimensions of a session or CDR, in place."""
        totals = _totals(dimensions)
        if not totals:
            return
        self._learn(totals, number(whole.get("total_time")))
        kwh = number(whole.get("kwh")) or number(whole.get("total_energy"))
        names = self._names(totals, doubted=_is_doubtful(totals, kwh))
        for one in dimensions:
            if is_open(kind := one.get("type"), DIMENSION):
                one["type"] = names[kind]

    def _learn(self, totals: dict[int, float], hours: float | None) -> None:
        if not hours or hours < 0:
            return
        first, second = (
            time in totals
            and math.isclose(
                totals[time] + totals.get(parking, 0.0),
                hours,
                rel_tol=0.01,
                abs_tol=0.001,
            )
            for time, parking in _TIMES
        )
        if first is not second and self._vote.is_new((hours, *sorted(totals.items()))):
            self._vote.count((first, second))

    def _names(self, totals: dict[int, float], *, doubted: bool) -> dict[int, str]:
        reading = self._vote.reading
        return {
            kind: (None if doubted else named(DIMENSION, kind, reading)) or str(kind)
            for kind in totals
        }


def _totals(dimensions: list[dict[str, Any]]) -> dict[int, float]:
    """Add up the amounts by their number; nothing where there are no numbers."""
    totals: dict[int, float] = {}
    has_numbers = False
    for one in dimensions:
        kind = one.get("type")
        if kind == "ENERGY":
            kind = _ENERGY
        elif is_open(kind, DIMENSION):
            has_numbers = True
        else:
            continue
        totals[kind] = totals.get(kind, 0.0) + (number(one.get("volume")) or 0.0)
    return totals if has_numbers else {}


def _is_doubtful(totals: dict[int, float], kwh: float | None) -> bool:
    """Tell whether a dimension that is not energy adds up to the energy."""
    if not kwh or math.isclose(totals.get(_ENERGY, 0.0), kwh, rel_tol=0.1):
        return False
    return any(
        kind not in _ENERGIES and math.isclose(total, kwh, rel_tol=0.001)
        for kind, total in totals.items()
    )
