"""What a request says about who sends it (fact sheet ocpi 2 and 6)."""

from base64 import b64encode
from collections.abc import Mapping
from enum import StrEnum
from typing import override
from uuid import uuid4

from ..errors import AuthenticationError, ForbiddenError, ProviderError, ServerError

AUTO = "auto"
RAW_VERSION = "2.1.1"


class Encoding(StrEnum):
    """How the token is written into the header."""

    RAW = "raw"
    BASE64 = "base64"


class Use(StrEnum):
    """What a request is for; servers treat the token differently in each."""

    VERSIONS = "versions"
    DETAILS = "details"
    MODULES = "modules"


type Party = tuple[str, str]


class Signature:
    """Makes the headers, and knows in which form the token is accepted."""

    def __init__(
        self,
        token: str,
        *,
        encoding: str = AUTO,
        hint: str | None = None,
        ours: Party | None = None,
        theirs: Party | None = None,
    ) -> None:
        """Take the token, how it is to be written, and how it was accepted last."""
        self._version: str | None = None
        self._forms = _forms(token)
        self._wished = _known(encoding)
        self._hint = _known(hint)
        self._proven: dict[Use, Encoding] = {}
        self._from, self._to = _routing("from", ours), _routing("to", theirs)

    @override
    def __repr__(self) -> str:
        """Show nothing of the token."""
        return "Signature()"

    @property
    def encoding(self) -> Encoding:
        """Return the form that modules accept, as far as that is known."""
        return self._order(Use.MODULES)[0]

    def take(self, token: str) -> None:
        """Take the token, where it was not known from the start."""
        self._forms = _forms(token)

    def speak(self, version: str) -> None:
        """Take the version that is spoken; another one may want another form."""
        if version != self._version:
            self._proven.pop(Use.DETAILS, None)
            self._proven.pop(Use.MODULES, None)
        self._version = version

    def candidates(self, use: Use) -> tuple[Encoding, ...]:
        """Return the forms to try in turn: one, once it has been accepted."""
        found = tuple(one for one in self._order(use) if one in self._forms)
        if not found:
            raise AuthenticationError("This cannot be an access token")
        return found

    def proven(self, use: Use) -> bool:
        """Tell whether a form has been accepted for a use."""
        return use in self._proven

    def prove(self, use: Use, encoding: Encoding) -> None:
        """Remember that a form has been accepted."""
        self._proven[use] = encoding

    def doubt(self, use: Use) -> None:
        """Forget which form has been accepted, so that all are tried again."""
        self._proven.pop(use, None)

    def verdict(self, failures: list[ProviderError]) -> ProviderError:
        """Return the error that stands for those of all forms.

        A server that fails with one form and refuses the other refuses the token,
        unless the failing form was accepted in an earlier run.
        """
        first = failures[0]
        refused = any(isinstance(one, REFUSALS) for one in failures)
        if not refused or (isinstance(first, ServerError) and self._hint is not None):
            return first
        return AuthenticationError("The back end does not accept the token")

    def headers(
        self,
        use: Use,
        encoding: Encoding,
        correlation: str,
        *,
        routed: bool,
        to: Party | None = None,
    ) -> Mapping[str, str]:
        """Return the headers of one request; each gets a number of its own.

        Where a hub is between, it is asked for lists, and ``to`` for anything else.
        """
        found = {
            "Authorization": f"Token {self._forms[encoding]}",
            "X-Request-ID": str(uuid4()),
            "X-Correlation-ID": correlation,
        }
        if routed and use is Use.MODULES and self._version != RAW_VERSION:
            found |= self._from
            found |= (self._to and _routing("to", to)) or self._to
        return found

    def _order(self, use: Use) -> tuple[Encoding, ...]:
        """Return the forms, the likeliest first."""
        if use in self._proven:
            return (self._proven[use],)
        if self._wished is not None:
            return (self._wished,)
        if use is Use.VERSIONS:
            first = Encoding.BASE64
        else:
            usual = Encoding.RAW if self._version == RAW_VERSION else Encoding.BASE64
            first = self._hint or self._proven.get(Use.DETAILS) or usual
        return (first, *(one for one in reversed(Encoding) if one is not first))


REFUSALS = (AuthenticationError, ForbiddenError)


def _known(name: str | None) -> Encoding | None:
    """Return the encoding of a name, if it is one."""
    return Encoding(name) if name is not None and name in Encoding else None


def _forms(token: str) -> dict[Encoding, str]:
    """Return how a token can be written; nothing can be made of an empty one."""
    if not token:
        return {}
    found = {Encoding.BASE64: b64encode(token.encode(errors="replace")).decode()}
    if token.isascii() and token.isprintable() and " " not in token:
        found[Encoding.RAW] = token
    return found


def _routing(direction: str, party: Party | None) -> dict[str, str]:
    """Return the headers that name a party, as far as it is one."""
    if party is None or not all(one.isascii() and one.isalnum() for one in party):
        return {}
    country, party_id = party
    return {
        f"OCPI-{direction}-country-code": country.upper(),
        f"OCPI-{direction}-party-id": party_id.upper(),
    }
