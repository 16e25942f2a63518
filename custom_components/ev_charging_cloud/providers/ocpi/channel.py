"""One request to an OCPI party: signed, and kept where the token may go."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import msgspec
from yarl import URL

from ..answers import Answer, raise_for_status
from ..errors import ForeignHostError, ProviderError
from ..transport import Transport
from .addresses import Addresses, InsecureAddressError
from .replies import doubtful
from .signature import REFUSALS, Encoding, Party, Signature, Use

MOST_REDIRECTS = 3
READ_REDIRECTS = frozenset({301, 302, 307, 308})
# Of these the standard of HTTP says that method and body stay as they are.
WRITE_REDIRECTS = frozenset({307, 308})
# What addresses are about that do not belong to one module.
DIRECTORY = "directory"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What a request is for.

    ``shown`` is all that a log line says of where it goes: servers put ids of drivers,
    and some even secrets, into paths. ``to`` is the party behind a hub that it is for.
    ``correlation`` is shared by the requests that belong together.
    """

    use: Use
    shown: str
    routed: bool = True
    to: Party | None = None
    correlation: str = msgspec.field(default_factory=lambda: str(uuid4()))


class Channel:
    """Sends requests, and follows only what leads to an allowed place."""

    def __init__(
        self, transport: Transport, addresses: Addresses, signature: Signature
    ) -> None:
        """Take the transport, the rules for hosts, and what signs."""
        self.signature = signature
        self._refused: dict[str, dict[str, str]] = {}
        self._transport, self._addresses = transport, addresses

    @property
    def troubles(self) -> dict[str, str]:
        """Return the hosts that were refused and not forgotten, one of a kind."""
        found: dict[str, str] = {}
        for refused in self._refused.values():
            found = {**refused, **found}
        return found

    def refuses(self, about: str) -> bool:
        """Tell whether a host was refused."""
        return about in self._refused

    def forget(self, about: str) -> None:
        """Forget what was refused, because it is looked at anew."""
        self._refused.pop(about, None)

    def resolve(
        self, named: str, against: URL | None = None, *, about: str = DIRECTORY
    ) -> URL:
        """Return an address that was named as it may be asked for, or raise.

        What is refused for its host is remembered for the user, by what it is about.
        """
        try:
            return self._addresses.resolve(named, against)
        except InsecureAddressError as err:
            self._refuse(about, "insecure_address", err.host)
            raise
        except ForeignHostError as err:
            self._refuse(about, "foreign_host", err.host)
            raise

    def _refuse(self, about: str, kind: str, host: str) -> None:
        """Remember a host that is not asked."""
        self._refused.setdefault(about, {}).setdefault(kind, host)

    async def read[T](
        self, url: URL, call: Call, understand: Callable[[Answer], T]
    ) -> tuple[T, Answer, URL]:
        """Return what an answer holds, with the answer and where it came from.

        While it is not known how the token is to be written, both ways are tried.
        """

        async def once(encoding: Encoding) -> tuple[T, Answer, URL]:
            answer, found = await self._read(url, call, encoding)
            # Receiving a large page and taking it apart are two steps.
            await asyncio.sleep(0)
            return understand(answer), answer, found

        return await self._tried(call, once, doubtful)

    async def write[T](
        self, method: str, url: URL, call: Call, body: Any, understand: Callable[..., T]
    ) -> T:
        """Send a command once, and return what its answer holds.

        Only where it was surely not carried out is it sent again: after a refusal of
        the token, written the other way, and after a redirect.
        """

        async def once(encoding: Encoding) -> T:
            answer = await self._write(method, url, call, body, encoding)
            return understand(answer)

        return await self._tried(call, once, lambda err: isinstance(err, REFUSALS))

    async def _tried[T](
        self,
        call: Call,
        once: Callable[[Encoding], Any],
        passing: Callable[[ProviderError], bool],
    ) -> T:
        """Return the first success among the ways to write the token."""
        known = self.signature.proven(call.use)
        failures: list[ProviderError] = []
        for encoding in self.signature.candidates(call.use):
            try:
                found: T = await once(encoding)
            except ProviderError as err:
                if known or not passing(err):
                    raise
                failures.append(err)
            else:
                self.signature.prove(call.use, encoding)
                return found
        raise self.signature.verdict(failures) from None

    async def _read(
        self, url: URL, call: Call, encoding: Encoding
    ) -> tuple[Answer, URL]:
        """Return the answer to a GET, and where it was found in the end."""
        for left in reversed(range(MOST_REDIRECTS + 1)):
            answer = await self._transport.ask(
                url,
                accept=range(300, 400),
                signer=self._signer(call, encoding),
                shown=call.shown,
            )
            if not left or answer.status not in READ_REDIRECTS:
                break
            url = self._next(answer, url, call)
        raise_for_status(answer)
        return answer, url

    async def _write(
        self, method: str, url: URL, call: Call, body: Any, encoding: Encoding
    ) -> Answer:
        """Return the answer to a command, whatever its status."""
        for left in reversed(range(MOST_REDIRECTS + 1)):
            answer = await self._transport.write(
                method,
                url,
                body,
                signer=self._signer(call, encoding),
                shown=call.shown,
            )
            if not left or answer.status not in WRITE_REDIRECTS:
                break
            url = self._next(answer, url, call)
        return answer

    def _next(self, answer: Answer, url: URL, call: Call) -> URL:
        """Return where a redirect leads, if the token may go there."""
        location = answer.headers.get("Location", "")
        if not location:
            raise_for_status(answer)
        about = call.shown if call.use is Use.MODULES else DIRECTORY
        return self.resolve(location, url, about=about)

    def _signer(
        self, call: Call, encoding: Encoding
    ) -> Callable[[], Mapping[str, str]]:
        """Return what makes the headers of each try."""
        return lambda: self.signature.headers(
            call.use, encoding, call.correlation, routed=call.routed, to=call.to
        )
