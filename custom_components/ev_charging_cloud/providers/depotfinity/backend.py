"""How to sign in at DepotFinity, and how to open the account."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
import re
from typing import override

import msgspec
from yarl import URL

from ..oauth import TokenKeeper, TokenStore
from ..provider import (
    REALM,
    Backend,
    Brand,
    Field,
    FieldKind,
    Kept,
    Provider,
    SignIn,
    SignInMethod,
)
from ..transport import Connection, Transport, checked_base
from .auth import TokenEndpoint
from .connectors import parse
from .provider import DepotfinityProvider

REGION = "region"
API_URL = "api_url"
TOKEN_URL = "token_url"
CLIENT_ID = "client_id"
CLIENT_SECRET = "client_secret"
ID_TAG = "id_tag"
CHARGERS = "chargers"
KEPT = (REGION, API_URL, TOKEN_URL, CLIENT_ID, CLIENT_SECRET, ID_TAG, CHARGERS)

HOST = "depot.emobility.io"
# It becomes part of a host name, to which the secret is sent.
REGION_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
# A 403 may mean an expired token as well as a missing package.
RENEW_ON = (401, 403)

COMMON = (
    Field(key=CLIENT_ID),
    Field(key=CLIENT_SECRET, kind=FieldKind.SECRET),
    Field(key=ID_TAG, kind=FieldKind.SECRET, required=False),
    Field(key=CHARGERS, required=False),
)


def utcnow() -> datetime:
    """Return the present."""
    return datetime.now(UTC)


class DepotfinityBackend(Backend):
    """Siemens DepotFinity in any of its regions."""

    key = "depotfinity"
    name = "Siemens DepotFinity"
    methods = {
        REGION: SignInMethod(
            key=REGION, fields=(Field(key=REGION, default="eu"), *COMMON)
        ),
        "urls": SignInMethod(
            key="urls",
            fields=(
                Field(key=API_URL, kind=FieldKind.URL),
                Field(key=TOKEN_URL, kind=FieldKind.URL),
                *COMMON,
            ),
        ),
    }
    brands = {key: Brand(key=key, name=name, methods=tuple(methods))}

    def __init__(self, now: Callable[[], datetime] = utcnow) -> None:
        """Take what tells the time."""
        self._now = now

    @override
    def normalize(self, brand: str, values: Mapping[str, str]) -> dict[str, str]:
        """Return trimmed values with checked addresses."""
        found = {key: value.strip() for key, value in values.items()}
        if not (found.get(API_URL) or found.get(TOKEN_URL)):
            found[REGION] = (found.get(REGION) or "eu").casefold()
            if not REGION_NAME.fullmatch(found[REGION]):
                raise ValueError(REGION)
        else:
            for key in (API_URL, TOKEN_URL):
                try:
                    found[key] = str(checked_base(found.get(key, ""))).rstrip("/")
                except ValueError:
                    raise ValueError(key) from None
        for key in (CLIENT_ID, CLIENT_SECRET):
            if not found.get(key):
                raise ValueError(key)
        try:
            parse(found.get(CHARGERS, ""))
        except ValueError:
            raise ValueError(CHARGERS) from None
        return found

    @override
    async def sign_in(
        self,
        connection: Connection,
        brand: str,
        method: str,
        values: Mapping[str, str],
    ) -> SignIn:
        """Get a token for the client."""
        settings = {key: values[key] for key in KEPT if values.get(key)}
        known = values.get(REALM, "")
        fresh = _realm(settings)
        # It stays when the addresses change, but another client is another account.
        same = known.rpartition("_")[2] == fresh.rpartition("_")[2]
        settings[REALM] = known if same else fresh
        tokens = await self._endpoint(connection, settings).grant()
        return SignIn(settings=settings, tokens=tokens)

    @override
    def open(
        self,
        connection: Connection,
        settings: Mapping[str, str],
        tokens: TokenStore,
        kept: Kept = Kept(),
    ) -> Provider:
        """Open an account; a token is renewed with the client itself."""
        keeper = TokenKeeper(
            tokens,
            self._endpoint(connection, settings).grant,
            needs_refresh_token=False,
            now=lambda: self._now().timestamp(),
            monotonic=connection.monotonic,
        )
        base = _api(settings)
        return DepotfinityProvider(
            Transport(connection, base, authorizer=keeper, renew_on=RENEW_ON),
            keeper,
            realm=settings.get(REALM) or _realm(settings),
            title=f"{self.name} ({settings.get(REGION) or base.host})",
            id_tag=settings.get(ID_TAG) or None,
            entered=parse(settings.get(CHARGERS, "")),
            cursors=kept.cursors,
            now=self._now,
        )

    def _endpoint(
        self, connection: Connection, settings: Mapping[str, str]
    ) -> TokenEndpoint:
        """Return the token endpoint, which is not recorded."""
        private = msgspec.structs.replace(connection, record=None)
        client = (settings[CLIENT_ID], settings[CLIENT_SECRET])
        return TokenEndpoint(private, _token(settings), client, self._now)


def _api(settings: Mapping[str, str]) -> URL:
    """Return the address of the APIs (fact sheet siemens_depot 2)."""
    region = settings.get(REGION)
    return checked_base(settings.get(API_URL) or f"https://api.{region}.{HOST}")


def _token(settings: Mapping[str, str]) -> URL:
    """Return the address that gives tokens."""
    region = settings.get(REGION)
    entered = settings.get(TOKEN_URL)
    return URL(entered or f"https://clientapp-auth.{region}.{HOST}/oauth2/token")


def _realm(settings: Mapping[str, str]) -> str:
    """Return what tells this client from those of other depots and regions."""
    digest = sha256(settings[CLIENT_ID].encode()).hexdigest()[:12]
    place = settings.get(REGION) if API_URL not in settings else _api(settings).host
    return f"{place}_{digest}"
