"""How to sign in at an AMPECO operator, and how to open the account."""

from collections.abc import Mapping
from typing import override

import msgspec

from ..oauth import TokenKeeper, Tokens, TokenStore
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
from .auth import CLIENT_ID, CLIENT_SECRET, TokenEndpoint
from .operators import ACCESS_TOKEN, OPERATORS, OTHER, PASSWORD, REFRESH_TOKEN, Operator
from .provider import AmpecoProvider

HOST = "host"
BRAND = "brand"
CLIENT = (
    Field(key=CLIENT_ID, default="1"),
    Field(key=CLIENT_SECRET, kind=FieldKind.SECRET),
)


def known_operator(brand: str, host: str) -> Operator:
    """Return the operator whose host this is, whatever name it was entered under."""
    name = checked_base(host).host
    for operator in OPERATORS.values():
        if operator.host and operator.host == name:
            return operator
    return OPERATORS[brand]


def realm(operator: Operator, host: str) -> str:
    """Return what tells the users of one operator from those of another.

    It stays when an operator moves to another host.
    """
    return operator.key if operator.host else checked_base(host).host or operator.key


class AmpecoBackend(Backend):
    """All operators on AMPECO."""

    key = "ampeco"
    name = "AMPECO"
    brands = {
        one.key: Brand(
            key=one.key,
            name=one.name,
            country=one.country,
            general=one.key == OTHER,
            methods=one.methods,
        )
        for one in OPERATORS.values()
    }
    methods = {
        method.key: method
        for method in (
            SignInMethod(
                key=PASSWORD,
                fields=(
                    Field(key="username", kind=FieldKind.EMAIL),
                    Field(key="password", kind=FieldKind.PASSWORD),
                    *CLIENT,
                ),
            ),
            SignInMethod(
                key=REFRESH_TOKEN,
                fields=(Field(key="refresh_token", kind=FieldKind.SECRET), *CLIENT),
            ),
            SignInMethod(
                key=ACCESS_TOKEN,
                fields=(Field(key="access_token", kind=FieldKind.SECRET),),
            ),
        )
    }

    @override
    def fields(self, brand: str, method: str) -> tuple[Field, ...]:
        """Return what to ask for; the host can always be changed."""
        host = OPERATORS[brand].host or None
        return (
            Field(key=HOST, kind=FieldKind.URL, default=host),
            *super().fields(brand, method),
        )

    @override
    def normalize(self, brand: str, values: Mapping[str, str]) -> dict[str, str]:
        """Return trimmed values with the host as an address."""
        found = {
            key: value if key == "password" else value.strip()
            for key, value in values.items()
        }
        for key in ("access_token", "refresh_token"):
            if key in found:
                found[key] = found[key].removeprefix("Bearer ").strip()
        try:
            found[HOST] = str(checked_base(found.get(HOST) or OPERATORS[brand].host))
        except ValueError:
            raise ValueError(HOST) from None
        return found

    @override
    async def sign_in(
        self,
        connection: Connection,
        brand: str,
        method: str,
        values: Mapping[str, str],
    ) -> SignIn:
        """Get tokens from the operator, or take the one that was entered."""
        operator = known_operator(brand, values[HOST])
        settings = {
            BRAND: operator.key,
            REALM: values.get(REALM) or realm(operator, values[HOST]),
            **{
                key: values[key]
                for key in (HOST, CLIENT_ID, CLIENT_SECRET)
                if key in values
            },
        }
        tokens = await self._tokens(connection, settings, method, values)
        return SignIn(settings=settings, tokens=tokens)

    @override
    def open(
        self,
        connection: Connection,
        settings: Mapping[str, str],
        tokens: TokenStore,
        kept: Kept = Kept(),
    ) -> Provider:
        """Open an account; tokens are renewed where the app client is known."""
        operator = OPERATORS[settings[BRAND]]
        endpoint = self._endpoint(connection, settings, operator)
        keeper = TokenKeeper(
            tokens,
            endpoint.by_refresh if settings.get(CLIENT_SECRET) else None,
            monotonic=connection.monotonic,
        )
        base = checked_base(settings[HOST])
        transport = Transport(connection, base, authorizer=keeper)
        title = operator.name if operator.host else f"{operator.name} ({base.host})"
        return AmpecoProvider(
            transport,
            keeper,
            operator,
            realm=settings.get(REALM) or realm(operator, settings[HOST]),
            title=title,
        )

    async def _tokens(
        self,
        connection: Connection,
        settings: Mapping[str, str],
        method: str,
        values: Mapping[str, str],
    ) -> Tokens:
        """Return the first tokens of a sign-in."""
        if method == ACCESS_TOKEN:
            return Tokens(access=values["access_token"])
        endpoint = self._endpoint(connection, settings, OPERATORS[settings[BRAND]])
        if method == PASSWORD:
            return await endpoint.by_password(values["username"], values["password"])
        return await endpoint.by_refresh(
            Tokens(access="", refresh=values["refresh_token"])
        )

    def _endpoint(
        self,
        connection: Connection,
        settings: Mapping[str, str],
        operator: Operator,
    ) -> TokenEndpoint:
        """Return the token endpoint of the account's host; it is not recorded."""
        private = msgspec.structs.replace(connection, record=None)
        base = checked_base(settings[HOST])
        return TokenEndpoint(Transport(private, base), settings, operator.country)
