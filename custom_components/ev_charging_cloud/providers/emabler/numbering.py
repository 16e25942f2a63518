"""Finding out which of two orders eMabler's numbers follow.

The 13 connector standards, two power types and one capability that OCPI 2.2.1 added
may stand where its tables have them ("2.2.1"), or behind those of OCPI 2.2 ("2.2"), and
all three lists change together (fact sheet emabler_ocpi, section 6). No number alone
shows which: up to 39, 12 and 4 each has a meaning in both. A connector shows it where
its numbers make sense in one order only. In the other one they would be

- a connector that cannot carry the power type: 25 with 3 is Type 2 on three phases, or
  a Roadster's connector on two; 19 with 1 is a 16 A single-phase socket on two phases,
  or Type 2 on three; 20 with 2 is a three-phase socket on a split phase, or CCS on DC,
- more current than the socket takes: 19 with 32 A can only be Type 2,
- a voltage that the power type does not have: 4 with 500 V can only be DC.

A 0 shows nothing, as it also stands for what was never set, and is itself only believed
where it fits the rest of the connector. Type 2 on one phase is 25
with 0, which is a Roadster's connector as well: it stays open until another connector
decides.
"""

from collections.abc import Hashable
from typing import Any, TypeGuard

from ..values import number
from .tables import CARRIES, MOST_AMPERES, POWER_TYPE, STANDARD, VOLTS, Enumeration

ORDERS = ("2.2.1", "2.2")
_REMEMBERED = 2000
# One connector that an operator described wrongly decides nothing against many.
_MAJORITY = 4


class Vote:
    """Which of two readings the evidence leaves, each piece counted once."""

    def __init__(self, fixed: int | None = None) -> None:
        """Take the reading where it is known from elsewhere."""
        self._fixed = fixed
        self._against = [0, 0]
        self._counted: set[Hashable] = set()

    def is_new(self, piece: Hashable) -> bool:
        """Tell whether a piece of evidence was not counted yet, and remember it."""
        if piece in self._counted or len(self._counted) >= _REMEMBERED:
            return False
        self._counted.add(piece)
        return True

    def count(self, fits: tuple[bool, bool]) -> None:
        """Count a piece that makes sense in one of the two readings."""
        if fits[0] is not fits[1]:
            self._against[fits.index(False)] += 1

    @property
    def reading(self) -> int | None:
        """Return 0 or 1, and nothing while the evidence is missing or divided."""
        if self._fixed is not None:
            return self._fixed
        first, second = self._against
        if second and second >= _MAJORITY * first:
            return 0
        if first and first >= _MAJORITY * second:
            return 1
        return None


def is_open(value: object, kind: Enumeration) -> TypeGuard[int]:
    """Tell whether a value is a number that needs a reading."""
    return type(value) is int and 0 <= value < len(kind.members)


def named(kind: Enumeration, value: Any, reading: int | None) -> Any:
    """Return a number's name, nothing where it is open; anything else as it is."""
    if not is_open(value, kind):
        return value
    # The other order of the standards is only known up to its 27th.
    first = kind.members[value]
    second = kind.other[value] if value < len(kind.other) else None
    if reading is None:
        return first if first == second else None
    return second if reading else first


type Profile = tuple[int | str | None, int | str | None, float | None, float | None]


def profile(connector: dict[str, Any], standard: str, power: str) -> Profile:
    """Return what of a connector shows the order: standard, power type, V and A."""
    return (
        _sign(STANDARD, connector.get(standard)),
        _sign(POWER_TYPE, connector.get(power)),
        number(connector.get("max_voltage"))
        or number(connector.get("voltage"))
        or None,
        number(connector.get("max_amperage"))
        or number(connector.get("amperage"))
        or None,
    )


def _sign(kind: Enumeration, value: Any) -> int | str | None:
    known = is_open(value, kind) or (type(value) is str and value in kind.members)
    return value if known else None


def is_plausible(
    standard: str | None, power: str | None, volts: float | None, amperes: float | None
) -> bool:
    """Tell whether a connector can be built; what is not known contradicts nothing."""
    carried = None if standard is None else CARRIES.get(standard)
    if carried is not None and power is not None and power not in carried:
        return False
    most = None if standard is None else MOST_AMPERES.get(standard)
    if most is not None and amperes is not None and amperes > most:
        return False
    if volts is None or power is None:
        return True
    least, highest = VOLTS[power]
    return least <= volts <= highest


class Numbering:
    """The order of a connection's numbers, learned from its connectors."""

    def __init__(self, order: str) -> None:
        """Take an order, or ``auto`` to learn it."""
        if order not in {*ORDERS, "auto"}:
            raise ValueError(f"{order!r} is not a numbering")
        self._vote = Vote(None if order == "auto" else ORDERS.index(order))
        self._names: dict[tuple[int | None, Profile], tuple[Any, Any]] = {}
        self.asked = False

    @property
    def reading(self) -> int | None:
        """Return the place of the order in ``ORDERS``, where it is known."""
        return self._vote.reading

    def learn(self, found: Profile) -> None:
        """Take a connector as evidence."""
        if not self._vote.is_new(found):
            return
        standard, power, volts, amperes = found
        if not any(isinstance(one, int) and one > 0 for one in (standard, power)):
            return
        self.asked = True
        first, second = (
            is_plausible(
                named(STANDARD, standard or None, reading),
                named(POWER_TYPE, power or None, reading),
                volts,
                amperes,
            )
            for reading in (0, 1)
        )
        self._vote.count((first, second))

    def connector(self, found: Profile) -> tuple[Any, Any]:
        """Return the names of a connector's standard and power type, where certain."""
        key = (self.reading, found)
        names = self._names.get(key)
        if names is None:
            names = _names(*key)
            if len(self._names) < _REMEMBERED:
                self._names[key] = names
        return names


def _names(reading: int | None, found: Profile) -> tuple[Any, Any]:
    standard, power, *facts = found
    possible = (0, 1) if reading is None else (reading,)
    # What was never set is sent as 0 too, so a 0 must fit the rest of the connector.
    is_set = all(
        is_plausible(
            named(STANDARD, standard, one), named(POWER_TYPE, power, one), *facts
        )
        for one in possible
    )
    return (
        named(STANDARD, standard, reading) if standard != 0 or is_set else None,
        named(POWER_TYPE, power, reading) if power != 0 or is_set else None,
    )
