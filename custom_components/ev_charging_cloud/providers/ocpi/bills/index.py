"""Finds things by any of the labels that they carry."""

from collections import defaultdict
from collections.abc import Iterable

type Label = tuple[object, ...]


class Index:
    """Knows which keys carry which labels."""

    def __init__(self) -> None:
        """Begin empty."""
        self._labels: dict[str, frozenset[Label]] = {}
        self._keys: dict[Label, set[str]] = defaultdict(set)

    def put(self, key: str, labels: Iterable[Label]) -> frozenset[Label]:
        """Label a key anew, and return the labels of before and of now."""
        new = frozenset(labels)
        old = self._labels.get(key, frozenset())
        for label in old - new:
            self._remove(key, label)
        for label in new - old:
            self._keys[label].add(key)
        self._labels[key] = new
        return old | new

    def drop(self, key: str) -> None:
        """Forget a key."""
        for label in self._labels.pop(key, ()):
            self._remove(key, label)

    def find(self, labels: Iterable[Label]) -> set[str]:
        """Return the keys that carry any of some labels."""
        found: set[str] = set()
        for label in labels:
            found |= self._keys.get(label, set())
        return found

    def _remove(self, key: str, label: Label) -> None:
        """Take a label from a key."""
        keys = self._keys[label]
        keys.discard(key)
        if not keys:
            del self._keys[label]
