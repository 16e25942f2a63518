"""Signing in with a client's id and secret (fact sheet siemens_depot 3)."""

from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from yarl import URL

from ..decoding import envelope
from ..errors import AuthenticationError, ResponseError
from ..oauth import Tokens
from ..transport import Connection, Transport, raise_for_status
from ..values import number
from . import wire

REFUSED = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
)


class TokenEndpoint:
    """The only call that sees the client's secret."""

    def __init__(
        self,
        connection: Connection,
        url: URL,
        client: tuple[str, str],
        now: Callable[[], datetime],
    ) -> None:
        """Take a connection that records nothing, the address and the client."""
        basic = b64encode(":".join(client).encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        self._transport = Transport(connection, url.origin(), headers=headers)
        self._path = url.raw_path
        self._now = now

    async def grant(self, _: Tokens | None = None) -> Tokens:
        """Get a token; there is nothing to renew it with but the client itself.

        What is wrong with a request is always told with a 403.
        """
        form = {"grant_type": "client_credentials"}
        answer = await self._transport.send_form(self._path, form)
        if answer.status in REFUSED:
            raise AuthenticationError("The back end rejects the client")
        raise_for_status(answer)
        found = envelope(wire.TOKEN, answer.body)
        if not found.access_token:
            raise ResponseError("The answer holds no token")
        return Tokens(
            access=found.access_token,
            obtained_at=self._now().timestamp(),
            lifetime=number(found.expires_in, least=1),
        )
