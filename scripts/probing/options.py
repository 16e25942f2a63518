"""What the command line says. Credentials are not part of it."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
import sys
from typing import Any, NoReturn, override

from .parts import Kind, Parts, kind_of
from .places import PLACES, merged, shown
from .providers import catalogue, provider

EPILOG = """\
Credentials come from the environment, or are asked for at a terminal:
  EV_CHARGING_CLOUD_USERNAME, EV_CHARGING_CLOUD_PASSWORD,
  EV_CHARGING_CLOUD_CLIENT_ID, EV_CHARGING_CLOUD_CLIENT_SECRET,
  EV_CHARGING_CLOUD_REFRESH_TOKEN, EV_CHARGING_CLOUD_ACCESS_TOKEN,
  EV_CHARGING_CLOUD_TOKEN,
  EV_CHARGING_CLOUD_ID_TAG (the card that a depot's charges are started with),
  EV_CHARGING_CLOUD_TOKEN_UID, EV_CHARGING_CLOUD_CONTRACT_ID (a token of your own,
  in place of --token-uid and --contract-id)

The tokens of a sign-in are kept in a private file and used by later runs, which then
need no credentials.

Exit codes: 0 done, 1 the back end or the charger said no, 2 wrong usage, 3 a command
was sent and the charger has not shown its effect in time, 130 interrupted.
"""


class UsageError(Exception):
    """Something that only the person at the terminal can put right."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """One run."""

    backend: str
    verb: str
    operator: str
    given: Mapping[str, str] = field(default_factory=dict)
    parts: Parts = ()
    method: str | None = None
    token_file: Path | None = None
    sign_in: bool = False
    gaps: tuple[float, ...] | None = None
    days: int = 30
    charge_point: str = ""
    evse: str = ""
    session: str = ""
    text: str = ""
    profile: str = ""
    departure: datetime | None = None
    energy: float | None = None
    directory: Path = Path()


class Parser(argparse.ArgumentParser):
    """A parser that never repeats a value, which may be a misplaced secret."""

    @override
    def parse_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: None = None
    ) -> argparse.Namespace:
        """Parse, and name unknown options without their values."""
        found, rest = self.parse_known_args(args, namespace)
        if rest:
            names = [one.partition("=")[0] for one in rest if one.startswith("-")]
            self.error(f"unknown: {' '.join(names) or 'an argument too many'}")
        return found

    @override
    def error(self, message: str) -> NoReturn:
        """End with the usage and one sentence."""
        self.print_usage(sys.stderr)
        self.exit(2, f"error: {message}\n")


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    found = vars(_parser().parse_args(arguments))
    backend = catalogue.BACKENDS[found["backend"]]
    found.setdefault("operator", backend.key)
    given = merged(found)
    kind = kind_of(backend)
    parts = () if kind is None else kind.take(found)
    return Options(**found, given=given, parts=parts)


def _parser() -> Parser:
    """Return the parser of all back ends and verbs."""
    parser = Parser(
        prog="scripts/probe",
        description="Ask a charging cloud from the command line.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    backends = parser.add_subparsers(dest="backend", required=True, metavar="BACKEND")
    for backend in catalogue.BACKENDS.values():
        common = _common(backend)
        one = backends.add_parser(
            backend.key, help=backend.name, parents=[common], **_like(parser)
        )
        verbs = one.add_subparsers(dest="verb", required=True, metavar="VERB")
        for name, help_text, arguments in verbs_of(backend):
            verb = verbs.add_parser(
                name, help=help_text, parents=[common], **_like(parser)
            )
            for argument, settings in arguments:
                verb.add_argument(argument, **settings)
    return parser


def _like(parser: argparse.ArgumentParser) -> dict[str, Any]:
    """Return what the parsers below have in common with the first."""
    return {
        "epilog": parser.epilog,
        "formatter_class": parser.formatter_class,
        "allow_abbrev": False,
    }


def _common(backend: provider.Backend) -> Parser:
    """Return the options of every verb, usable before and after it."""
    common = Parser(
        add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False
    )
    common.add_argument(
        "--operator",
        choices=backend.brands,
        metavar="KEY",
        help=f"one of {', '.join(backend.brands)}; without it, {backend.key}",
    )
    fields = _fields(backend)
    for place in PLACES:
        if fields.keys().isdisjoint(place.keys):
            continue
        options = fields[place.keys[0]].options if len(place.keys) == 1 else ()
        among = f": {shown(options)}" if options else ""
        common.add_argument(
            place.option,
            type=partial(place.read, fields=fields),
            action="append",
            dest=place.dest,
            metavar=place.metavar,
            help=place.help + among,
        )
    if backend.part is not None and (kind := kind_of(backend)) is not None:
        kind.add(common, backend.part)
    common.add_argument(
        "--method", choices=backend.methods, help="how to sign in, if not evident"
    )
    common.add_argument(
        "--token-file", type=Path, metavar="FILE", help="where the tokens are kept"
    )
    common.add_argument(
        "--sign-in", action="store_true", help="sign in anew despite kept tokens"
    )
    common.add_argument(
        "--gaps",
        type=_gaps,
        metavar="S,S,...",
        help="seconds between the looks after a command, if not the back end's own",
    )
    return common


def verbs_of(backend: provider.Backend) -> tuple[Verb, ...]:
    """Return the verbs of a back end; one with parts knows more of them."""
    kind = kind_of(backend)
    if kind is None:
        return VERBS
    optional = {"start": (CHARGE_POINT, (EVSE[0], {**EVSE[1], "nargs": "?"}))}
    return (
        *((name, text, optional.get(name, given)) for name, text, given in VERBS),
        *_of_parts(kind),
    )


def _of_parts(kind: Kind) -> tuple[Verb, ...]:
    """Return the verbs of a back end with parts."""
    part = {"metavar": kind.metavar, "nargs": "?", "default": argparse.SUPPRESS}
    return (
        (
            "register",
            f"make a {kind.metavar.lower()} known to the back end",
            (("charge_point", part),),
        ),
        ("search", "find sites by name or address", (("text", {"metavar": "TEXT"}),)),
    )


def _fields(backend: provider.Backend) -> dict[str, provider.Field]:
    """Return everything that a back end's sign-ins ask for."""
    return {
        one.key: one
        for brand, found in backend.brands.items()
        for method in found.methods
        for one in backend.fields(brand, method)
    }


def _departure(text: str) -> datetime:
    """Read a moment; one without a zone is by this machine's clock."""
    return datetime.fromisoformat(text).astimezone()


def _gaps(text: str) -> tuple[float, ...]:
    """Read seconds separated by commas."""
    return tuple(float(part) for part in text.split(","))


type Argument = tuple[str, dict[str, Any]]
type Verb = tuple[str, str, tuple[Argument, ...]]

DAYS: Argument = ("--days", {"type": int, "default": argparse.SUPPRESS})
CHARGE_POINT: Argument = ("charge_point", {"metavar": "CHARGE_POINT"})
EVSE: Argument = (
    "evse",
    {"metavar": "EVSE", "help": "its id or printed number", "default": ""},
)
SESSION: Argument = ("session", {"metavar": "SESSION"})
PROFILE: Argument = (
    "profile",
    {"choices": tuple(one.value for one in provider.Profile)},
)

DETAILS: tuple[Argument, ...] = (
    (
        "--departure",
        {"type": _departure, "metavar": "TIME", "help": "when the car leaves"},
    ),
    (
        "--energy",
        {"type": float, "metavar": "KWH", "help": "how much it needs by then"},
    ),
)

VERBS: tuple[Verb, ...] = (
    ("account", "who is signed in", ()),
    ("charge-points", "the charge points with their EVSEs", ()),
    ("snapshot", "what every EVSE does now", ()),
    ("sessions", "past sessions of the last 30 days", (DAYS,)),
    ("start", "start charging", (CHARGE_POINT, EVSE)),
    ("stop", "end a session", (SESSION,)),
    ("unlock", "release the cable of an EVSE", (EVSE,)),
    (
        "prefer",
        "say how a session is to be charged",
        (SESSION, PROFILE, *DETAILS),
    ),
    ("tariff", "the tariff of an EVSE and its price forecast", (EVSE,)),
    (
        "record",
        "write a redacted recording of real exchanges",
        (("directory", {"type": Path, "metavar": "DIR"}), DAYS),
    ),
)
