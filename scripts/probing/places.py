"""What says where a back end is and how it is spoken to; none of it is a secret."""

from argparse import ArgumentTypeError
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import override

from yarl import URL

from .providers import provider
from .redaction import Redactor

# Where `python -m emulator replay` answers, unless it is told otherwise.
REPLAY = "http://127.0.0.1:8765"

type Fields = Mapping[str, provider.Field]


@dataclass(frozen=True, kw_only=True)
class Place:
    """An option, with the settings that it stands for.

    A ``listed`` one adds to what was given before; any other takes its place.
    """

    option: str
    keys: tuple[str, ...]
    help: str
    metavar: str = "TEXT"
    listed: bool = False

    @property
    def dest(self) -> str:
        """Return the name under which the parser keeps what was given."""
        return self.option.removeprefix("--").replace("-", "_")

    def given_as(self, key: str) -> str:
        """Return how a setting is given."""
        return self.option

    def read(self, text: str, fields: Fields) -> dict[str, str]:
        """Return the settings that a text means at a back end with these fields."""
        return {next(key for key in self.keys if key in fields): text}

    def again(self, given: Mapping[str, str], redactor: Redactor) -> list[str]:
        """Return what is given in its place to a replay."""
        return []


class Address(Place):
    """An address: a replay has the same path on another host."""

    @override
    def again(self, given: Mapping[str, str], redactor: Redactor) -> list[str]:
        """Return the option with the address of the replay."""
        found = [given[key] for key in self.keys if key in given]
        return [word for url in found for word in (self.option, moved(url, redactor))]


class Modules(Place):
    """Addresses by the name of what is there."""

    @override
    def given_as(self, key: str) -> str:
        """Return the option with the name."""
        return f"{self.option} {key.removesuffix('_url')}"

    @override
    def read(self, text: str, fields: Fields) -> dict[str, str]:
        """Return the setting that the name belongs to."""
        name, _, url = text.partition("=")
        key = f"{name}_url"
        known = [one for one in self.keys if one in fields]
        if key not in known or not url:
            names = ", ".join(one.removesuffix("_url") for one in known)
            raise ArgumentTypeError(f"it must be NAME=URL with one of {names}")
        return {key: url}

    @override
    def again(self, given: Mapping[str, str], redactor: Redactor) -> list[str]:
        """Return the options with the addresses of the replay."""
        return [
            word
            for key in self.keys
            if key in given
            for word in (
                self.option,
                f"{key.removesuffix('_url')}={moved(given[key], redactor)}",
            )
        ]


class Choice(Place):
    """One of some words, or a version number for the word that stands for it."""

    @override
    def read(self, text: str, fields: Fields) -> dict[str, str]:
        """Return the setting, if the back end knows the word."""
        (key,) = self.keys
        word = f"v{text.replace('.', '-')}" if text[:1].isdigit() else text
        if word not in fields[key].options:
            raise ArgumentTypeError(f"it must be one of {shown(fields[key].options)}")
        return {key: word}

    @override
    def again(self, given: Mapping[str, str], redactor: Redactor) -> list[str]:
        """Return the option as it was given."""
        (key,) = self.keys
        return [self.option, plain(given[key])] if key in given else []


class Party(Place):
    """A country code and a party id."""

    @override
    def read(self, text: str, fields: Fields) -> dict[str, str]:
        """Return the two settings."""
        parts = text.split("/")
        if len(parts) != len(self.keys) or not all(parts):
            raise ArgumentTypeError("it must be a country and a party, as NL/ABC")
        return dict(zip(self.keys, parts, strict=True))

    @override
    def again(self, given: Mapping[str, str], redactor: Redactor) -> list[str]:
        """Return the option with what stands for the party."""
        if self.keys[0] not in given:
            return []
        names = (redactor.pseudonym(given[key].upper()) for key in self.keys)
        return [self.option, "/".join(names)]


def moved(url: str, redactor: Redactor) -> str:
    """Return where a replay has what is at an address."""
    return REPLAY + redactor.address(URL(url).path)


def plain(word: str) -> str:
    """Return a version number without what a setting needs."""
    return word[1:].replace("-", ".") if word[1:2].isdigit() else word


def shown(options: Iterable[str]) -> str:
    """Return the words of a choice as they can be given."""
    return ", ".join(plain(one) for one in options)


MODULES = ("sessions", "locations", "tariffs", "cdrs", "commands", "tokens")

PLACES: tuple[Place, ...] = (
    Address(
        option="--url",
        keys=("host", "api_url", "versions_url", "base_url"),
        help="the address of the back end, if it is not known or not the usual one",
    ),
    Place(
        option="--token-url",
        keys=("token_url",),
        help="the full address that gives out tokens",
    ),
    Modules(
        option="--module",
        keys=tuple(f"{name}_url" for name in MODULES),
        metavar="NAME=URL",
        help="the address of one module; can be repeated",
    ),
    Place(
        option="--region",
        keys=("region",),
        help="the region in the addresses; without it, eu",
    ),
    Place(
        option="--chargers",
        keys=("chargers",),
        help="chargers to know of, such as 'CH-1:1,2; CH-2:1'",
    ),
    Choice(option="--version", keys=("version",), help="the version to speak"),
    Choice(
        option="--encoding", keys=("encoding",), help="how the token is to be written"
    ),
    Choice(
        option="--numbering",
        keys=("numbering",),
        help="which version's order the numbers of words have",
    ),
    Party(
        option="--party",
        keys=("country_code", "party_id"),
        metavar="CC/PTY",
        help="the country and id of your own party",
    ),
    Party(
        option="--to-party",
        keys=("to_country_code", "to_party_id"),
        metavar="CC/PTY",
        help="the country and id of the other party, behind a hub",
    ),
    Place(
        option="--host",
        keys=("hosts",),
        help="another host that the token may go to; can be repeated",
        listed=True,
    ),
)

# How each setting is given, for sentences.
OPTIONS = {key: place.given_as(key) for place in PLACES for key in place.keys}


def merged(found: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    """Take what was read of the options out of the parser's values, as settings."""
    given: dict[str, str] = {}
    for place in PLACES:
        for settings in found.pop(place.dest, ()):
            for key, text in settings.items():
                before = given.get(key) if place.listed else None
                given[key] = f"{before} {text}" if before else text
    return given


def again(given: Mapping[str, str], redactor: Redactor) -> list[str]:
    """Return the options of a replay of what was reached by some settings."""
    return [word for place in PLACES for word in place.again(given, redactor)]
