"""From eMabler's dialect to OCPI as the standard writes it.

Its documents show camelCase names and numbers in place of words; what is really sent is
not known, and may be either, or a mixture (fact sheet emabler_ocpi, section 4). So every
name and every word is read by itself. The value 0 for what was never set is left to
those who read the result: ACTIVE with an end is over.
"""

from collections import defaultdict
import re
from typing import Any

from ..values import word
from .amounts import Amounts
from .numbering import ORDERS, Numbering, is_open, named, profile
from .tables import CAPABILITY, OBJECTS, POWER_TYPE, STANDARD, Enumeration

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NAME = re.compile(r"[A-Za-z0-9_]+")
_ALIASES = {"twenty_four_seven": "twentyfourseven"}
# Deeper than any object of OCPI; below it nothing is translated.
_DEEPEST = 40
# How many spellings are remembered, and how long they may be.
_SPELLINGS, _LONGEST = 1000, 64
_LARGEST = 10**9
_NESTED = frozenset({dict, list})

type Doubtful = defaultdict[str, list[dict[str, Any]]]


class _Words:
    """Reads the words and numbers of an enumeration."""

    def __init__(self, kind: Enumeration) -> None:
        """Take the members, all of which have names."""
        names = (*kind.members, *kind.other, *kind.unnumbered)
        self._folded = {word(name): name for name in names}
        certain = len(kind.members) if kind.doubtful is None else kind.doubtful
        numbers = range(len(kind.members))
        self._numbers: dict[int, str | int] = {
            one: kind.members[one] if one < certain else one for one in numbers
        }
        self._known: dict[str, str | int] = {name: name for name in names}

    def read(self, value: Any, _doubtful: Doubtful, _depth: int) -> Any:
        """Return the name, or a number that is doubtful, of a value or of a list's."""
        if type(value) is str and (found := self._known.get(value)) is not None:
            return found
        if type(value) is list:
            return [self._one(item) for item in value]
        return self._one(value)

    def _one(self, value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return self._text(value)
        if kind is not int and not (kind is float and value.is_integer()):
            return value
        # A number outside is an unknown word, of which its readers know what to make.
        found = self._numbers.get(value)
        if found is None and abs(value) < _LARGEST:
            return str(int(value))
        return value if found is None else found

    def _text(self, value: str) -> str | int:
        found = self._known.get(value)
        if found is not None:
            return found
        stripped = value.strip()
        if stripped.isascii() and stripped.isdigit() and len(stripped) < 10:
            found = self._numbers.get(int(stripped))
        else:
            found = self._folded.get(word(value))
        if found is None:
            return value
        if len(self._known) < _SPELLINGS and len(value) <= _LONGEST:
            self._known[value] = found
        return found


class _Object:
    """Reads the names of an object, and what its fields hold."""

    def __init__(self, name: str) -> None:
        """Take the name that the tables know it by, empty for an unknown one."""
        self._name = name
        self._parts: dict[str, _Words | _Object] = {}
        self._known: dict[str, tuple[str, _Words | _Object | None]] = {}
        self._is_doubtful = False

    def fill(self, fields: dict[str, Enumeration | str]) -> None:
        """Take what the fields hold, once all objects are there."""
        for field, kind in fields.items():
            if isinstance(kind, str):
                self._parts[field] = _READERS[kind]
                continue
            self._parts[field] = _Words(kind)
            self._is_doubtful |= kind.doubtful is not None

    def read(self, value: Any, doubtful: Doubtful, depth: int = 0) -> Any:
        """Translate an object, or a list of them, and note it where it is doubtful.

        Where one field comes in two spellings, OCPI's own is taken, unless it is null.
        """
        kind = type(value)
        if kind not in _NESTED or depth > _DEEPEST:
            return value
        if kind is list:
            return [self.read(item, doubtful, depth + 1) for item in value]
        result: dict[str, Any] = {}
        known = self._known
        for spelling, item in value.items():
            name, part = known.get(spelling) or self._learn(spelling)
            if name in result:
                is_own = name == spelling or result[name] is None
                if item is None or not is_own:
                    continue
            if part is not None:
                item = part.read(item, doubtful, depth + 1)
            elif type(item) in _NESTED:
                item = _ANY.read(item, doubtful, depth + 1)
            result[name] = item
        if self._is_doubtful:
            doubtful[self._name].append(result)
        return result

    def _learn(self, spelling: str) -> tuple[str, _Words | _Object | None]:
        name = snake(spelling)
        found = name, self._parts.get(name)
        if len(self._known) < _SPELLINGS and len(spelling) <= _LONGEST:
            self._known[spelling] = found
        return found


_ANY = _Object("")
_READERS = {name: _Object(name) for name in OBJECTS}
for _name, _fields in OBJECTS.items():
    _READERS[_name].fill(_fields)


def snake(key: str) -> str:
    """Return a field's name as OCPI writes it; what is no name stays as it is."""
    if not _NAME.fullmatch(key):
        return key
    name = _HUMP.sub("_", key).lower()
    return _ALIASES.get(name, name)


class Dialect:
    """Translates the decoded objects of one connection.

    It remembers what it saw: a number that can mean two things comes out as its name
    only once something has shown which (see ``numbering`` and ``amounts``). Until then
    a connector's standard and power type are null, and other words are the number as
    text, which is a word that nobody knows.
    """

    def __init__(self, numbering: str = "auto") -> None:
        """Take the order of the numbers: 2.2.1, 2.2, or auto to find it out."""
        self._numbering = Numbering(numbering)
        self._amounts = Amounts()

    @property
    def numbering(self) -> str | None:
        """Return the order of the numbers, where it is known."""
        reading = self._numbering.reading
        return None if reading is None else ORDERS[reading]

    @property
    def ambiguous(self) -> bool:
        """Tell whether numbers were seen that need the order, and nothing shows it."""
        return self._numbering.asked and self._numbering.reading is None

    snake = staticmethod(snake)

    def __call__(self, kind: str, source: Any) -> Any:
        """Return an object as OCPI writes it; the source is left as it is.

        ``kind`` is a name of the tables, such as session, location, tariff or cdr; of
        any other one only the names are translated. Nothing that JSON can hold raises.
        """
        doubtful: Doubtful = defaultdict(list)
        result = _READERS.get(kind, _ANY).read(source, doubtful)
        if doubtful:
            whole = result if isinstance(result, dict) else {}
            self._settle(doubtful, whole)
        return result

    def _settle(self, doubtful: Doubtful, whole: dict[str, Any]) -> None:
        self._settle_connectors(doubtful["connector"], "standard", "power_type")
        self._settle_connectors(
            doubtful["cdr_location"], "connector_standard", "connector_power_type"
        )
        self._settle_capabilities(doubtful["evse"])
        if dimensions := doubtful["dimension"]:
            self._amounts.settle(dimensions, whole)

    def _settle_connectors(
        self, connectors: list[dict[str, Any]], standard: str, power: str
    ) -> None:
        numbered = [
            (one, profile(one, standard, power))
            for one in connectors
            if is_open(one.get(standard), STANDARD)
            or is_open(one.get(power), POWER_TYPE)
        ]
        # All of an object's connectors count before any is named.
        for _, found in numbered:
            self._numbering.learn(found)
        for one, found in numbered:
            names = self._numbering.connector(found)
            if is_open(one.get(standard), STANDARD):
                one[standard] = names[0]
            if is_open(one.get(power), POWER_TYPE):
                one[power] = names[1]

    def _settle_capabilities(self, evses: list[dict[str, Any]]) -> None:
        for evse in evses:
            found = evse.get("capabilities")
            if type(found) is not list:
                continue
            if any(is_open(one, CAPABILITY) for one in found):
                self._numbering.asked = True
                evse["capabilities"] = [self._capability(one) for one in found]

    def _capability(self, value: Any) -> Any:
        if not is_open(value, CAPABILITY):
            return value
        return named(CAPABILITY, value, self._numbering.reading) or str(value)
