"""Getting a token with client credentials (fact sheet evnnovator 3)."""

from http import HTTPStatus
import time

import msgspec
from yarl import URL

from ..decoding import envelope, item
from ..errors import AuthenticationError, ClientRejectedError, ResponseError
from ..oauth import Tokens
from ..transport import Answer, Connection, Transport, checked_base, raise_for_status
from ..values import number
from . import wire

REFUSED = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
)


def checked_address(text: str) -> str:
    """Return the address of a token endpoint as it was entered, or raise.

    Unlike the base of an API its path gets no slash at the end.
    """
    base = checked_base(text)
    entered = URL(text if "://" in text else f"https://{text}")
    if entered.path.strip("/") == "":
        raise ValueError("not an endpoint")
    return str(base.with_path(entered.raw_path, encoded=True))


class TokenEndpoint:
    """The only call that sees the client's secret."""

    def __init__(
        self, connection: Connection, address: str, client_id: str, secret: str
    ) -> None:
        """Take the address, which is the user's, and the client."""
        url = URL(checked_address(address))
        private = msgspec.structs.replace(connection, record=None)
        self._transport = Transport(private, url.origin())
        self._path = url.raw_path
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
        }

    async def grant(self, _: Tokens | None = None) -> Tokens:
        """Get a token; nothing renews it but the client itself."""
        answer = await self._transport.send_form(self._path, self._form)
        _raise_for_refusal(answer)
        found = envelope(wire.TOKEN, answer.body)
        if not found.access_token:
            raise ResponseError("The answer holds no token")
        return Tokens(
            access=found.access_token,
            obtained_at=time.time(),
            lifetime=number(found.expires_in, least=1),
        )


def _raise_for_refusal(answer: Answer) -> None:
    """Raise the error that the token endpoint's answer stands for."""
    if answer.status in REFUSED:
        refusal = item(wire.REFUSAL, msgspec.Raw(answer.body))
        if refusal is not None and refusal.error == "invalid_client":
            raise ClientRejectedError("The token endpoint rejects the client")
        raise AuthenticationError("The token endpoint rejects the credentials")
    raise_for_status(answer)
