"""Taking out of an exchange what belongs to somebody."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
import hmac
import json
import secrets
import string
from typing import Any
from urllib.parse import unquote

from yarl import URL

from . import vocabulary
from .providers import transport
from .vocabulary import KINDS, KINDS_BELOW, SHAPES, Kind

REDACTED = "redacted"
# An address that the recording knows nothing of; the name is reserved for that.
ELSEWHERE = "https://elsewhere.invalid"


class Pseudonyms:
    """Other ids of the same shape, the same one every time, and never a real one."""

    def __init__(self) -> None:
        """Draw a salt that nobody ever sees."""
        self._salt = secrets.token_bytes(32)
        self._found: dict[str, tuple[int, str]] = {}
        self._taken: set[str] = set()

    def reserve(self, value: object) -> None:
        """Keep a real id from becoming a pseudonym."""
        self._taken.add(str(value).lower())

    def of(self, value: str | int) -> str:
        """Return the pseudonym of an id; ids that differ in case stay such."""
        text = str(value)
        if not text:
            return ""
        if (key := text.lower()) not in self._found:
            self._found[key] = self._free(text)
        turn, suffix = self._found[key]
        return self._shaped(text, turn) + suffix

    def _free(self, text: str) -> tuple[int, str]:
        """Return which pseudonym of an id nothing else has, and what to add to it."""
        for turn in range(10_000):
            found = self._shaped(text, turn).lower()
            if found not in self._taken:
                self._taken.add(found)
                return turn, ""
        suffix = f"{len(self._taken):06}"
        self._taken.add(self._shaped(text, 0).lower() + suffix)
        return 0, suffix

    def _shaped(self, text: str, turn: int) -> str:
        """Replace letters by letters and digits by digits."""
        stream = self._stream(f"{turn} {text.lower()}")
        return "".join(
            _like(char, next(stream), first=not position)
            for position, char in enumerate(text)
        )

    def _stream(self, text: str) -> Iterator[int]:
        """Return numbers that depend on nothing but the text and the salt."""
        block = text.encode()
        while True:
            block = hmac.digest(self._salt, block, sha256)
            yield from block


def _like(char: str, number: int, *, first: bool) -> str:
    """Return a character of the same kind; a number starts with no zero."""
    if char.isdigit():
        return str(1 + number % 9 if first else number % 10)
    if char.isalpha():
        letters = string.ascii_uppercase if char.isupper() else string.ascii_lowercase
        return letters[number % 26]
    return char if char in "-._:*" else "-"


class Redactor:
    """Redacts the exchanges of one recording.

    All ids must have been seen before the first exchange is redacted, so that none of
    them becomes the pseudonym of another.
    """

    def __init__(self) -> None:
        """Start without knowing any id."""
        self._pseudonyms = Pseudonyms()
        self._hosts: set[str] = set()

    def see(self, exchange: transport.Exchange) -> None:
        """Note the ids in an exchange, and who was asked."""
        self._hosts.add(exchange.url.authority)
        self._see(exchange.sent)
        self._see(_parsed(exchange.body))
        for segment in (*_segments(exchange.url), *exchange.url.query.values()):
            self._pseudonyms.reserve(segment)

    def see_ids(self, ids: Iterable[str]) -> None:
        """Note ids that may be in no exchange."""
        for one in ids:
            self._pseudonyms.reserve(one)

    def pseudonym(self, identity: str) -> str:
        """Return what stands for an id."""
        return self._pseudonyms.of(identity)

    def _see(self, value: Any, key: str = "") -> None:
        """Note the ids in a value."""
        if isinstance(value, dict):
            for name, inner in value.items():
                self._see(inner, name)
        elif isinstance(value, list):
            for inner in value:
                self._see(inner, key)
        elif vocabulary.ID.search(key):
            self._pseudonyms.reserve(value)

    def exchange(self, exchange: transport.Exchange) -> dict[str, Any]:
        """Return an exchange in the form that the emulator replays."""
        return {
            "request": {
                "method": exchange.method,
                "path": self._path(_segments(exchange.url)),
                "query": self._query(exchange.url.query),
                "body": self.value(exchange.sent),
            },
            "response": {
                "status": exchange.status,
                "headers": _kept(exchange.headers, vocabulary.HEADERS),
                "body": self.value(_parsed(exchange.body)),
            },
        }

    def value(self, value: Any, key: str = "", parent: str = "") -> Any:
        """Return a value with nothing left in it that is not known to be harmless."""
        if isinstance(value, dict):
            return {
                self._key(name): self.value(inner, name, key)
                for name, inner in value.items()
            }
        if isinstance(value, list):
            return [self.value(inner, key, parent) for inner in value]
        if value is None or isinstance(value, bool) or value == "":
            return value
        kind = KINDS_BELOW.get((parent, key))
        if kind is None:
            if vocabulary.ID.search(key) or (parent, key) in vocabulary.IDS_BELOW:
                return self._identity(value)
            kind = KINDS.get(key)
        if isinstance(value, str):
            return self._known_text(value, key, kind)
        return value if kind is Kind.NUMBER or _is_word(value, kind) else 0

    def _known_text(self, value: str, key: str, kind: Kind | None) -> str:
        """Return what a text of some kind becomes."""
        if kind is Kind.ADDRESS:
            return self.address(value)
        return self._path([value]) if kind is Kind.SEGMENT else _text(value, key, kind)

    def address(self, text: str) -> str:
        """Return an address without its host, so that it leads to the replay.

        One on a host that was not asked leads nowhere.
        """
        try:
            url = URL(text)
            host = url.authority
        except ValueError:
            return REDACTED
        path = self._path(_segments(url))
        return path if not host or host in self._hosts else ELSEWHERE + path

    def _identity(self, value: str | float) -> str | int:
        """Return a pseudonym, a number for a number."""
        if value == vocabulary.NO_ID:
            return vocabulary.NO_ID
        if isinstance(value, str):
            return self._pseudonyms.of(value)
        return int(self._pseudonyms.of(abs(int(value))))

    def _key(self, name: str) -> str:
        """Return a key, unless it is an id that serves as one."""
        if vocabulary.KEY.fullmatch(name):
            return name
        return self._pseudonyms.of(name)

    def _path(self, segments: list[str]) -> str:
        """Return a path with pseudonyms where its ids were."""
        before = ["", *segments]
        return "/".join(
            part
            if part in vocabulary.PATH and last not in vocabulary.PATH_BEFORE_ID
            else self._pseudonyms.of(part)
            for last, part in zip(before, segments, strict=False)
        )

    def _query(self, query: Mapping[str, str]) -> dict[str, str]:
        """Return the known parameters, with pseudonyms where ids were."""
        ids = _kept(query, vocabulary.QUERY_IDS)
        return {
            **_kept(query, vocabulary.QUERY),
            **{name: self._pseudonyms.of(value) for name, value in ids.items()},
        }


def _segments(url: URL) -> list[str]:
    """Return the parts of a path, each decoded by itself."""
    return [unquote(part) for part in url.raw_path.split("/")]


def _parsed(body: bytes) -> Any:
    """Return what a body holds; whatever is not JSON becomes one word."""
    if not body:
        return None
    try:
        return json.loads(body, parse_constant=_refuse)
    except ValueError, RecursionError:
        return REDACTED


def _refuse(constant: str) -> None:
    """Refuse what JSON does not know."""
    raise ValueError(constant)


def _is_word(value: float, kind: Kind | None) -> bool:
    """Tell whether a number stands for a word."""
    is_small = isinstance(value, int) and 0 <= value < vocabulary.MOST_WORDS
    return kind is Kind.WORD and is_small


def _text(value: str, key: str, kind: Kind | None) -> str:
    """Return a text of a known kind, and of the others only a word."""
    if kind is not None and SHAPES[kind].fullmatch(value):
        return value
    # A 404 for an unknown route reads otherwise than one for an unknown thing.
    if key == "message" and "route" in value.casefold():
        return f"{REDACTED} route"
    return REDACTED


def _kept(source: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    """Return the known entries of a query or of headers."""
    return {
        name: value
        for name, value in source.items()
        if name in names or name.lower() in names
    }
