"""Rounding what was used up to whole steps (fact sheet ocpi 10)."""

from .exact import ONE, SECOND, Number, UnpriceableError
from .shapes import Component, Kind

# A step of 1: energy is counted in kWh and stepped in Wh, time is stepped in seconds.
_UNITS = {Kind.ENERGY: ONE // 1000, Kind.TIME: SECOND, Kind.PARKING_TIME: SECOND}
# What is less than so small a part of a unit comes from the rounding of each period, and
# begins no step.
_NOISE = 1000
# What is rounded together.
_TIMES = (Kind.TIME, Kind.PARKING_TIME)
_TOTALS = ((Kind.ENERGY,), _TIMES)


class Usage:
    """How much of each component a session used.

    It is ``vague`` where free time was left out that may be a part of the total.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.amounts: dict[Component, Number] = {}
        self.vague = False
        self._last: dict[Kind, Component] = {}

    def add(self, component: Component, amount: Number) -> None:
        """Count what was used after all that was counted before."""
        self.amounts[component] = self.amounts.get(component, 0) + amount
        # The order of keys is the order of use.
        self._last.pop(component.kind, None)
        self._last[component.kind] = component

    def step(self) -> None:
        """Round each total up once.

        The step, and the price of what it adds, are those of the component that was
        used last.
        """
        for kinds in _TOTALS:
            used = [one for kind, one in self._last.items() if kind in kinds]
            if not used or used[-1].step < 1:
                continue
            if self.vague and kinds is _TIMES and used[-1].price and used[-1].step > 1:
                raise UnpriceableError
            self.amounts[used[-1]] += self._missing(kinds, used[-1])

    def _missing(self, kinds: tuple[Kind, ...], last: Component) -> Number:
        """Return how much a total lacks to whole steps."""
        total = sum(amount for one, amount in self.amounts.items() if one.kind in kinds)
        unit = _UNITS[last.kind]
        begun = total % (last.step * unit)
        return 0 if begun <= unit // _NOISE else last.step * unit - begun
