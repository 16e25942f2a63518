"""Signing in at an AMPECO operator (fact sheet ampeco 3)."""

from collections.abc import Mapping
from http import HTTPStatus
import time

import jwt
import msgspec

from ..decoding import envelope
from ..errors import (
    AuthenticationError,
    ClientRejectedError,
    ResponseError,
    ServerError,
)
from ..oauth import Tokens
from ..transport import Answer, Transport, raise_for_status
from ..values import number
from . import wire
from .client import ROOT

CLIENT_ID = "client_id"
CLIENT_SECRET = "client_secret"


class PassportError(msgspec.Struct):
    """The part of a refusal that names its kind."""

    error: str | None = None


class TokenEndpoint:
    """The only call that sees passwords, secrets and refresh tokens."""

    def __init__(
        self, transport: Transport, settings: Mapping[str, str], country: str | None
    ) -> None:
        """Take a transport without a token, and the operator's app client."""
        self._transport = transport
        self._client = {
            "client_id": settings.get(CLIENT_ID, ""),
            "client_secret": settings.get(CLIENT_SECRET, ""),
        }
        query = f"?operatorCountry={country}" if country else ""
        self._path = f"{ROOT}/oauth/token{query}"

    async def by_password(self, username: str, password: str) -> Tokens:
        """Sign in with e-mail and password."""
        return await self._grant("password", username=username, password=password)

    async def by_refresh(self, tokens: Tokens) -> Tokens:
        """Exchange a refresh token, which dies with this call."""
        return await self._grant("refresh_token", refresh_token=tokens.refresh or "")

    async def _grant(self, grant: str, **fields: str) -> Tokens:
        """Ask for tokens once; the endpoint allows a handful of calls a minute."""
        body = {"grant_type": grant, **fields, **self._client}
        answer = await self._transport.write("POST", self._path, body)
        raise_for_refusal(answer)
        found = envelope(wire.TOKEN, answer.body)
        access = found.access_token or found.camel_access_token
        if not access:
            raise ResponseError("The answer holds no token")
        return Tokens(
            access=access,
            refresh=found.refresh_token
            or found.camel_refresh_token
            or fields.get("refresh_token"),
            obtained_at=time.time(),
            lifetime=number(found.expires_in or found.camel_expires_in, least=1),
        )


def raise_for_refusal(answer: Answer) -> None:
    """Raise the error that the token endpoint's answer stands for.

    Which status a wrong password gets differs, so every refusal that names no other
    cause is one of the credentials.
    """
    status = answer.status
    if status in (HTTPStatus.OK, HTTPStatus.CREATED):
        return
    if status in (400, 401, 403, 422):
        try:
            kind = msgspec.json.decode(answer.body, type=PassportError).error
        except msgspec.MsgspecError, RecursionError:
            kind = None
        if kind == "invalid_client":
            raise ClientRejectedError("The operator rejects the app's client")
        raise AuthenticationError("The operator rejects the credentials")
    raise_for_status(answer)
    raise ServerError("The operator gave no token", status=status)


def subject(access: str) -> str | None:
    """Return the user id inside an access token, without trusting it further."""
    try:
        claims = jwt.decode(
            access, options={"verify_signature": False, "verify_exp": False}
        )
    except jwt.PyJWTError:
        return None
    found = claims.get("sub")
    return str(found) if found else None
