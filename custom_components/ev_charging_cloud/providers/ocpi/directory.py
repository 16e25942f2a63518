"""Which version is spoken, and where its modules are (fact sheet ocpi 3)."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
import logging

import msgspec
from yarl import URL

from ..decoding import tolerant
from ..errors import (
    AuthenticationError,
    ForeignHostError,
    ProviderError,
    ResponseError,
    UnsupportedError,
)
from . import wire
from .channel import DIRECTORY, Call, Channel
from .replies import Replies
from .signature import RAW_VERSION, REFUSALS, Use

_LOGGER = logging.getLogger(__name__)

# The highest first; what 2.1.1 came after is no longer spoken.
VERSIONS = ("2.3.0", "2.2.1", "2.2", RAW_VERSION)
ASSUMED = "2.2.1"
HOUR = 3600.0
# A module that was not found is looked for again as rarely as that.
DAY = 86_400.0


class Module(StrEnum):
    """A module, by its identifier."""

    SESSIONS = "sessions"
    LOCATIONS = "locations"
    TARIFFS = "tariffs"
    CDRS = "cdrs"
    COMMANDS = "commands"
    TOKENS = "tokens"
    CREDENTIALS = "credentials"


# A hub lists a module once for each side of it. This is the operator's side; the
# credentials have none.
ROLES = {
    Module.SESSIONS: "sender",
    Module.LOCATIONS: "sender",
    Module.TARIFFS: "sender",
    Module.CDRS: "sender",
    Module.COMMANDS: "receiver",
    Module.TOKENS: "receiver",
}


class Directory:
    """What the versions URL leads to, read once and again when a module has gone."""

    def __init__(
        self,
        channel: Channel,
        replies: Replies,
        monotonic: Callable[[], float],
        *,
        versions: str | None,
        overrides: Mapping[Module, str],
        wish: str | None,
    ) -> None:
        """Take the versions URL, modules that the user knows better, and a version."""
        self.version = wish or ASSUMED
        self._channel, self._replies, self._monotonic = channel, replies, monotonic
        self._versions, self._overrides, self._wish = versions, overrides, wish
        self._found: dict[Module, URL] = {}
        self._absent: dict[Module, float] = {}
        self._read_at: float | None = None
        self._lock = asyncio.Lock()

    def url(self, module: Module) -> URL | None:
        """Return where a module is, ``None`` where there is none."""
        gone = self._absent.get(module)
        if gone is not None and self._monotonic() - gone < DAY:
            return None
        return self._found.get(module)

    def settle(self, module: Module, url: URL) -> None:
        """Take the address at which a module answered in the end."""
        self._found[module] = url

    async def open(self) -> None:
        """Read the directory, unless that is done.

        Where it leads to hosts that are not asked, it is read again each day.
        """
        async with self._lock:
            if self._read_at is None:
                await self._discover()
            elif self._channel.refuses(DIRECTORY) and self._age >= DAY:
                with suppress(ProviderError):
                    await self._discover()
                self._read_at = self._monotonic()

    async def admits(self) -> bool:
        """Ask the versions URL whether it still takes the token.

        Returns ``False`` where there is none, and raises `AuthenticationError` where
        the token is refused.
        """
        if self._versions is None:
            return False
        try:
            await self._offered(self._channel.resolve(self._versions))
        except REFUSALS:
            raise AuthenticationError("The token is no longer accepted") from None
        except ProviderError as err:
            _LOGGER.debug("The versions could not be read: %s", err)
        return True

    async def again(self, module: Module) -> URL | None:
        """Return where a module went that is not where it was.

        The directory is read again at most once an hour. A module that is not found
        is absent, but without sessions there is nothing to do.
        """
        async with self._lock:
            old = self._found.get(module)
            now = self._monotonic()
            fresh = self._read_at is not None and self._age < HOUR
            if not fresh and module not in self._overrides:
                await self._discover()
            found = self._found.get(module)
            if found is not None and found != old:
                return found
            if module is not Module.SESSIONS:
                self._absent[module] = now
            return None

    @property
    def _age(self) -> float:
        """Return how long ago the directory was read, in seconds."""
        return self._monotonic() - (self._read_at or 0.0)

    async def _discover(self) -> None:
        """Read which version there is and where its modules are."""
        found = {
            module: self._channel.resolve(named)
            for module, named in self._overrides.items()
        }
        self._channel.signature.speak(self.version)
        if self._versions is not None:
            found = (
                dict(await self._listed(self._channel.resolve(self._versions))) | found
            )
        if Module.SESSIONS not in found:
            raise UnsupportedError("The back end offers no sessions")
        self._found = found
        self._absent.clear()
        self._read_at = self._monotonic()

    async def _listed(self, url: URL) -> list[tuple[Module, URL]]:
        """Return the modules of the best version."""
        rows, url = await self._offered(url)
        self._channel.forget(DIRECTORY)
        details = tolerant(wire.VERSION_DETAILS, rows[0]) if len(rows) == 1 else None
        if details is None or details.endpoints is None:
            offered = [tolerant(wire.VERSION, raw) for raw in rows]
            best = choose((one for one in offered if one is not None), self._wish)
            url = self._channel.resolve(best.url, url)
            self._speak(folded(best.version))
            call = Call(use=Use.DETAILS, shown="version details", routed=False)
            raw, _, url = await self._channel.read(url, call, self._replies.data)
            one = wire.one(raw)
            details = None if one is None else tolerant(wire.VERSION_DETAILS, one)
        elif details.version is not None:
            self._speak(folded(details.version))
        if details is None or details.endpoints is None:
            raise ResponseError("The answer lists no modules")
        return list(self._modules(details.endpoints, url))

    async def _offered(self, url: URL) -> tuple[list[msgspec.Raw], URL]:
        """Return the versions, and where they were found in the end."""
        call = Call(use=Use.VERSIONS, shown="versions", routed=False)
        rows, _, url = await self._channel.read(url, call, self._replies.rows)
        return rows, url

    def _speak(self, version: str) -> None:
        """Take the version that is spoken from now on."""
        self.version = version
        self._channel.signature.speak(version)

    def _modules(
        self, endpoints: list[wire.Endpoint], against: URL
    ) -> Iterator[tuple[Module, URL]]:
        """Yield where the modules are, without those that the token may not go to."""
        for module in Module:
            if module in self._overrides:
                continue
            named = [one.url for one in matching(endpoints, module, self.version)]
            if (url := self._first(named, module, against)) is not None:
                yield module, url

    def _first(self, named: list[str], module: Module, against: URL) -> URL | None:
        """Return the first address that may be used; without sessions all is lost."""
        foreign = None
        for one in named:
            try:
                return self._channel.resolve(one, against)
            except ForeignHostError as err:
                foreign = foreign or err
            except ResponseError:
                _LOGGER.debug("The address of the %s cannot be used", module.value)
        if foreign is not None and module is Module.SESSIONS:
            raise foreign
        return None


def folded(version: str) -> str:
    """Return a version number as the standard writes it."""
    return version.strip().casefold().removeprefix("v")


def choose(offered: Iterable[wire.Version], wish: str | None) -> wire.Version:
    """Return the highest version that both sides know, or the one wished for."""
    known = {folded(one.version): one for one in offered}
    for version in VERSIONS if wish is None else (wish,):
        if version in known:
            return known[version]
    raise UnsupportedError("The back end offers no version that is known here")


def matching(
    endpoints: Iterable[wire.Endpoint], module: Module, version: str
) -> list[wire.Endpoint]:
    """Return the entries of a module, the likeliest first.

    One without a role may be meant for both sides. 2.1.1 knows no roles, so there a
    wrong one is better than nothing.
    """
    wanted = ROLES.get(module)
    any_role = wanted is None or version == RAW_VERSION

    def rank(endpoint: wire.Endpoint) -> int:
        role = (endpoint.role or "").strip().casefold()
        return 0 if role == wanted else 1 if not role else 2

    found = (
        one for one in endpoints if one.identifier.strip().casefold() == module.value
    )
    return sorted((one for one in found if any_role or rank(one) < 2), key=rank)
