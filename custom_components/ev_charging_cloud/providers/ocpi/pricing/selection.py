"""Which component of a tariff applies at a moment."""

from .exact import UnpriceableError
from .restrictions import Moment, Rule
from .shapes import Component, Kind, Tariff


class Prices:
    """The components of a tariff, in the order in which they are tried."""

    def __init__(self, tariff: Tariff) -> None:
        """Take a tariff."""
        self.rules: list[Rule] = []
        self._by_kind: dict[Kind, list[tuple[Rule | None, Component]]] = {}
        for element in tariff.elements:
            given = element.restrictions
            # What has a price while it is reserved has none while it is used.
            if given is not None and given.reservation:
                continue
            rule = None if given is None else Rule(given)
            if rule is not None:
                self.rules.append(rule)
            for one in element.components:
                self._by_kind.setdefault(one.kind, []).append((rule, one))

    def has(self, kind: Kind) -> bool:
        """Tell whether there is any component of a kind."""
        return kind in self._by_kind

    def at(self, moment: Moment, kind: Kind) -> Component | None:
        """Return the first component of a kind that applies at a moment."""
        for rule, component in self._by_kind.get(kind, ()):
            verdict = rule is None or rule.holds(moment)
            if verdict is None:
                raise UnpriceableError
            if verdict:
                return component
        return None
