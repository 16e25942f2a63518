"""An operator's modules, as an eMSP asks them (fact sheet ocpi 3, 5, 12 and 13)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, override
from urllib.parse import quote

import msgspec
from yarl import URL

from ..errors import ForbiddenError, ResponseError, UnsupportedError
from ..transport import Connection, Transport
from . import wire
from .addresses import Addresses
from .channel import Call, Channel
from .directory import Directory, Module
from .paging import Crawl, Manners, Page, Target, page_of
from .replies import UNKNOWN_LOCATION, RefusedError, Replies
from .signature import AUTO, Party, Signature, Use

__all__ = ["Access", "Client", "Module"]

# How many objects are wished for in one page; many servers give fewer.
LIMIT = 100
NOT_FOUND = 404


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """What opens an account, as a user entered it.

    ``versions`` and ``overrides`` are addresses, or paths below ``base``. ``hosts`` are
    further hosts that the token may go to. ``encoding`` is auto, raw or base64;
    ``accepted`` the encoding that an earlier run found. A party is a country code and
    a party id, and ``theirs`` is needed where a hub is between.
    """

    base: URL
    token: str = ""
    versions: str | None = None
    overrides: Mapping[Module, str] = {}
    hosts: tuple[str, ...] = ()
    encoding: str = AUTO
    accepted: str | None = None
    version: str | None = None
    ours: Party | None = None
    theirs: Party | None = None
    tolerate_zero: bool = False

    @override
    def __repr__(self) -> str:
        """Show nothing of the contents."""
        return "Access()"


class Client:
    """The calls of one account.

    ``troubles`` holds what a user should know: ``foreign_host`` and
    ``insecure_address`` name a host that the operator's answers lead to and that got
    nothing, ``endless_pages`` a module whose list has no end.
    """

    def __init__(
        self,
        connection: Connection,
        access: Access,
        load: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        """Take what opens the account; nothing is asked before `open`.

        Where the token is kept elsewhere, ``load`` gets it.
        """
        self._load = load
        entered = [*access.overrides.values(), access.versions or ""]
        hosts = (*access.hosts, *(one for one in entered if "://" in one))
        signature = Signature(
            access.token,
            encoding=access.encoding,
            hint=access.accepted,
            ours=access.ours,
            theirs=access.theirs,
        )
        self.transport = Transport(connection, access.base)
        self._replies = Replies(tolerate_zero=access.tolerate_zero)
        self._channel = Channel(
            self.transport, Addresses(access.base, hosts), signature
        )
        self._directory = Directory(
            self._channel,
            self._replies,
            connection.monotonic,
            versions=access.versions,
            overrides=access.overrides,
            wish=access.version,
        )
        self._manners: dict[Module, Manners] = {}
        self._endless: dict[Module, None] = {}

    @property
    def version(self) -> str:
        """Return the version that is spoken; before `open` the likeliest one."""
        return self._directory.version

    @property
    def encoding(self) -> str:
        """Return how modules want the token, to be kept for the next run."""
        return self._channel.signature.encoding.value

    @property
    def troubles(self) -> dict[str, str]:
        """Return what a user should know."""
        found = self._channel.troubles
        for module in self._endless:
            found.setdefault("endless_pages", module.value)
        return found

    async def open(self) -> None:
        """Find the modules, unless that is done."""
        if self._load is not None:
            self._channel.signature.take(await self._load())
            self._load = None
        await self._directory.open()

    def offers(self, module: Module) -> bool:
        """Tell whether a module is there, as far as it is known."""
        return self._directory.url(module) is not None

    def pages(
        self,
        module: Module,
        *,
        date_from: datetime | None = None,
        date_to: datetime | None = None,
        limit: int = LIMIT,
    ) -> Crawl:
        """Return what yields the pages of a list; the dates bound ``last_updated``.

        The objects are views of a page, so whoever keeps one copies it. Between what
        reads a page and what is done with it the event loop may do other things.
        """
        query = {"limit": str(limit)}
        if date_from is not None:
            query["date_from"] = written(date_from)
        if date_to is not None:
            query["date_to"] = written(date_to + timedelta(microseconds=999_999))
        call = _call(module)
        manners = self._manners.setdefault(module, Manners())

        async def fetch(target: Target) -> Page:
            page = await self._page(module, call, target, query)
            await asyncio.sleep(0)
            return page

        self._channel.forget(module.value)
        resolve = partial(self._channel.resolve, about=module.value)
        return Crawl(fetch, resolve, manners, limit, partial(self._ended, module))

    async def get(self, module: Module, *segments: str) -> msgspec.Raw | None:
        """Return one object, ``None`` where it is not known."""
        url = _below(await self._place(module), segments)
        try:
            data, _, _ = await self._channel.read(
                url, _call(module), self._replies.data
            )
        except RefusedError as err:
            if err.code != UNKNOWN_LOCATION:
                raise
            return None
        except ResponseError as err:
            if err.status != NOT_FOUND:
                raise
            return None
        return wire.one(data)

    async def put(
        self,
        module: Module,
        *segments: str,
        body: Any,
        params: Mapping[str, str] | None = None,
        to: Party | None = None,
    ) -> msgspec.Raw:
        """Put an object in its place once, and return what the answer holds.

        Behind a hub, ``to`` is the party whose object it is about.
        """
        url = _below(await self._place(module), segments).update_query(params or {})
        self._channel.forget(module.value)
        return await self._channel.write(
            "PUT", url, _call(module, to), body, self._replies.written
        )

    async def post(
        self, module: Module, *segments: str, body: Any, to: Party | None = None
    ) -> msgspec.Raw:
        """Send a command once, and return what the answer holds.

        Behind a hub, ``to`` is the party that is to carry it out.
        """
        url = _below(await self._place(module), segments)
        self._channel.forget(module.value)
        return await self._channel.write(
            "POST", url, _call(module, to), body, self._replies.commanded
        )

    def _ended(self, module: Module, endless: bool) -> None:
        """Remember whether a list had an end."""
        self._endless.pop(module, None)
        if endless:
            self._endless[module] = None

    async def _place(self, module: Module) -> URL:
        """Return where a module is, or raise."""
        await self.open()
        if (url := self._directory.url(module)) is None:
            raise UnsupportedError(f"The back end offers no {module.value}")
        return url

    async def _page(
        self, module: Module, call: Call, target: Target, query: Mapping[str, str]
    ) -> Page:
        """Return a page; a module that is not where it was is looked for again."""
        if isinstance(target, URL):
            return page_of(*await self._channel.read(target, call, self._replies.rows))
        place = await self._place(module)
        try:
            return await self._page_at(place, module, call, target, query)
        except ForbiddenError:
            if module is not Module.SESSIONS:
                raise
            # Many servers say 403 of a token that they do not know (2).
            if await self._directory.admits():
                raise
            self._channel.signature.doubt(Use.MODULES)
            moved = place
        except ResponseError as err:
            if err.status != NOT_FOUND or target:
                raise
            found = await self._directory.again(module)
            if found is None:
                raise
            moved = found
        return await self._page_at(moved, module, call, target, query)

    async def _page_at(
        self,
        place: URL,
        module: Module,
        call: Call,
        offset: int,
        query: Mapping[str, str],
    ) -> Page:
        """Return the page that begins at an offset."""
        url = place.update_query({**query, "offset": str(offset)} if offset else query)
        rows, answer, found = await self._channel.read(url, call, self._replies.rows)
        # Some servers redirect what lacks a slash, or has one too many, each time.
        paths = {url.raw_path, found.raw_path}
        if url.origin() == found.origin() and len(paths) == 2:
            if len({path.rstrip("/") for path in paths}) == 1:
                settled = place.with_path(found.raw_path, encoded=True, keep_query=True)
                self._directory.settle(module, settled)
        return page_of(rows, answer, found)


def _call(module: Module, to: Party | None = None) -> Call:
    """Return what a request to a module says of itself."""
    routed = module is not Module.CREDENTIALS
    return Call(use=Use.MODULES, shown=module.value, routed=routed, to=to)


def _below(url: URL, segments: tuple[str, ...]) -> URL:
    """Return the address of something in a module; dots alone would lead elsewhere."""
    if any(not one.strip(".") for one in segments):
        raise ResponseError("This cannot be an id")
    path = "/".join([url.raw_path.rstrip("/"), *(quote(one, "") for one in segments)])
    return url.with_path(path, encoded=True, keep_query=True)


def written(moment: datetime) -> str:
    """Return a moment as every version writes it, in whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
