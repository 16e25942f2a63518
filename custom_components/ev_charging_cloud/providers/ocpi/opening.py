"""Put an account of OCPI or of one of its dialects together."""

from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec
from yarl import URL

from ..errors import AuthenticationError
from ..model import Account
from ..oauth import TokenStore
from ..provider import Kept
from ..transport import Connection
from .client import Access, Client, Module
from .provider import ENCODING, OcpiProvider, Translator
from .tokens import Party


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that an account is opened with besides its token."""

    account: Account
    base: URL
    versions_url: str | None
    modules: Mapping[str, str]
    version: str | None
    encoding: str
    party: Party | None
    partner: Party | None
    hosts: tuple[str, ...]
    translate: Translator | None
    tolerates_zero: bool
    now: Callable[[], datetime]


def open_account(
    connection: Connection, store: TokenStore, kept: Kept, opening: Opening
) -> OcpiProvider:
    """Open an account; nothing is asked yet."""

    async def load() -> str:
        tokens = await store.load()
        if tokens is None:
            raise AuthenticationError("There is no token")
        return tokens.access

    access = Access(
        base=opening.base,
        versions=opening.versions_url,
        overrides={Module(key): url for key, url in opening.modules.items()},
        hosts=opening.hosts,
        encoding=opening.encoding,
        accepted=kept.cursors.get(ENCODING),
        version=opening.version,
        ours=opening.party,
        theirs=opening.partner,
        tolerate_zero=opening.tolerates_zero,
    )
    return OcpiProvider(
        Client(connection, access, load),
        opening.translate,
        kept,
        account=opening.account,
        party=opening.party,
        now=opening.now,
    )
