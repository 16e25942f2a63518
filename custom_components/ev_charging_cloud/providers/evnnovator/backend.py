"""How to sign in at EVnnovator's gateway, and how to open the account."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import override
from urllib.parse import quote

from ..oauth import TokenKeeper, Tokens, TokenStore
from ..provider import (
    REALM,
    Backend,
    Brand,
    Field,
    FieldKind,
    Kept,
    Part,
    Provider,
    SignIn,
    SignInMethod,
)
from ..transport import Connection, Transport, checked_base
from .auth import TokenEndpoint, checked_address
from .drivers import DRIVER_ID, EVSE_UID, LABEL, LIMIT_KWH, LOCATION_ID
from .provider import EvnnovatorProvider

HOST = "host"
TOKEN_URL = "token_url"
CLIENT_ID = "client_id"
CLIENT_SECRET = "client_secret"
ACCESS_TOKEN = "access_token"
BEARER = "bearer"
CLIENT_CREDENTIALS = "client_credentials"
DEFAULT_HOST = "https://api-gateway-evnnovator.com/api/ocpi/api/v1/"
KEPT = {
    BEARER: (HOST,),
    CLIENT_CREDENTIALS: (HOST, TOKEN_URL, CLIENT_ID, CLIENT_SECRET),
}


def utc_now() -> datetime:
    """Return the moment by this machine's clock."""
    return datetime.now(UTC)


class EvnnovatorBackend(Backend):
    """The gateway, for its customers."""

    key = "evnnovator"
    name = "EVnnovator"
    brands = {
        "evnnovator": Brand(
            key="evnnovator",
            name="EVnnovator",
            country="IN",
            methods=(BEARER, CLIENT_CREDENTIALS),
        )
    }
    methods = {
        method.key: method
        for method in (
            SignInMethod(
                key=BEARER,
                fields=(
                    Field(key=HOST, kind=FieldKind.URL, default=DEFAULT_HOST),
                    Field(key=ACCESS_TOKEN, kind=FieldKind.SECRET),
                ),
            ),
            SignInMethod(
                key=CLIENT_CREDENTIALS,
                fields=(
                    Field(key=HOST, kind=FieldKind.URL, default=DEFAULT_HOST),
                    Field(key=TOKEN_URL, kind=FieldKind.URL),
                    Field(key=CLIENT_ID),
                    Field(key=CLIENT_SECRET, kind=FieldKind.SECRET),
                ),
            ),
        )
    }
    part = Part(
        key="driver",
        identity=DRIVER_ID,
        title=LABEL,
        fields=(
            Field(key=DRIVER_ID),
            Field(key=LABEL, required=False),
            Field(key=LOCATION_ID, kind=FieldKind.LOCATION, required=False),
            Field(key=EVSE_UID, kind=FieldKind.EVSE, required=False),
            Field(key=LIMIT_KWH, required=False),
        ),
    )

    def __init__(self, now: Callable[[], datetime] = utc_now) -> None:
        """Take the clock that staleness is judged by."""
        self._now = now

    @override
    def normalize(self, brand: str, values: Mapping[str, str]) -> dict[str, str]:
        """Return trimmed values with checked addresses and a bare token."""
        found = {key: value.strip() for key, value in values.items()}
        if ACCESS_TOKEN in found:
            kind, _, token = found[ACCESS_TOKEN].rpartition(" ")
            if kind.strip().casefold() == BEARER:
                found[ACCESS_TOKEN] = token
        try:
            found[HOST] = str(checked_base(found.get(HOST) or DEFAULT_HOST))
        except ValueError:
            raise ValueError(HOST) from None
        if found.get(TOKEN_URL):
            try:
                found[TOKEN_URL] = checked_address(found[TOKEN_URL])
            except ValueError:
                raise ValueError(TOKEN_URL) from None
        return found

    @override
    async def sign_in(
        self,
        connection: Connection,
        brand: str,
        method: str,
        values: Mapping[str, str],
    ) -> SignIn:
        """Get a token with client credentials, or take the one that was entered."""
        settings = {key: values[key] for key in KEPT[method]}
        named = values[ACCESS_TOKEN if method == BEARER else CLIENT_ID]
        settings[REALM] = values.get(REALM) or realm(values[HOST], named)
        if method == BEARER:
            tokens = Tokens(access=values[ACCESS_TOKEN])
        else:
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
        """Open an account; only client credentials renew its token."""
        renew = None
        if settings.get(CLIENT_SECRET):
            renew = self._endpoint(connection, settings).grant
        keeper = TokenKeeper(
            tokens,
            renew,
            needs_refresh_token=False,
            monotonic=connection.monotonic,
        )
        base = checked_base(settings[HOST])
        ids = (part.values.get(DRIVER_ID, "").strip() for part in kept.parts)
        transport = Transport(
            connection,
            base,
            authorizer=keeper,
            hidden=[quote(one, "") for one in ids if one],
        )
        default = base.host == checked_base(DEFAULT_HOST).host
        return EvnnovatorProvider(
            transport,
            keeper,
            kept,
            realm=settings[REALM],
            title=self.name if default else f"{self.name} ({base.host})",
            now=self._now,
        )

    def _endpoint(
        self, connection: Connection, settings: Mapping[str, str]
    ) -> TokenEndpoint:
        """Return the token endpoint that the user entered."""
        return TokenEndpoint(
            connection,
            settings[TOKEN_URL],
            settings[CLIENT_ID],
            settings[CLIENT_SECRET],
        )


def realm(host: str, named: str) -> str:
    """Return what an account is known by: the gateway has no name for it."""
    digest = sha256(named.encode()).hexdigest()[:12]
    return f"{checked_base(host).host}_{digest}"
