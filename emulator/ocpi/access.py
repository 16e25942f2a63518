"""Who may call, and the envelope around every answer (fact sheet ocpi 2 and 6)."""

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from aiohttp import web

from ..answers import ApiError, json_answer
from .values import Json, bent, written_time

if TYPE_CHECKING:
    from .face import OcpiFace

SUCCESS: Final = 1000
BAD_PARAMETERS: Final = 2001
NOT_ENOUGH: Final = 2002
UNKNOWN_LOCATION: Final = 2003
UNKNOWN_TOKEN: Final = 2004
SERVER_ERROR: Final = 3000
UNUSABLE_CLIENT: Final = 3001
UNSUPPORTED_VERSION: Final = 3002

ECHOED: Final = ("X-Request-ID", "X-Correlation-ID")
SWAPPED: Final = {
    "OCPI-to-party-id": "OCPI-from-party-id",
    "OCPI-to-country-code": "OCPI-from-country-code",
    "OCPI-from-party-id": "OCPI-to-party-id",
    "OCPI-from-country-code": "OCPI-to-country-code",
}

type Access = Literal["registered", "registration", "versions"]


class Gate:
    """Let requests in and put envelopes around what comes out."""

    def __init__(self, face: OcpiFace) -> None:
        """Serve one face."""
        self._face = face

    def check(self, request: web.Request, access: Access) -> None:
        """Refuse whoever has no token, and messages without ids where they must."""
        profile = self._face.profile
        if access == "versions" and profile.open_versions:
            return
        known = {profile.token} if self._face.registered else set()
        if access != "registered":
            known.add(profile.registration_token)
        if not any(self._is(request, token) for token in known):
            raise self._stranger()
        is_old = version_of(request) in (None, "2.1.1")
        if profile.require_message_ids and not is_old:
            if any(name not in request.headers for name in ECHOED):
                raise self.refusal(200, BAD_PARAMETERS, "A message id is missing")

    def registers(self, request: web.Request) -> bool:
        """Return whether a request comes with the token for registration."""
        return self._is(request, self._face.profile.registration_token)

    def _is(self, request: web.Request, token: str) -> bool:
        scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "token" and sent.strip() in self._forms(request, token)

    def _forms(self, request: web.Request, token: str) -> set[str]:
        encoded = base64.b64encode(token.encode()).decode()
        match self._face.encoding(version_of(request)):
            case "raw":
                return {token}
            case "base64":
                return {encoded}
            case _:
                return {token, encoded}

    def _stranger(self) -> ApiError:
        match self._face.profile.auth_error:
            case "403":
                return ApiError(403, {"detail": "Not authenticated"})
            case "500":
                return ApiError(500, {"message": "Internal Server Error"})
            case "3000":
                return self.refusal(200, SERVER_ERROR, "Generic server error")
            case _:
                return self.refusal(401, 2000, "The token is not known")

    def refusal(
        self, status: int, code: int, text: str, data: Json | None = None
    ) -> ApiError:
        """Return a refusal in an envelope."""
        return ApiError(status, self._enveloped(data, code, text))

    def answer(
        self,
        data: Any,
        *,
        status: int = 200,
        code: int = SUCCESS,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        """Return data in an envelope."""
        profile = self._face.profile
        if profile.single_as_list and isinstance(data, dict):
            data = [data]
        envelope = self._enveloped(bent(data, profile), code, "Success")
        return json_answer(envelope, status, headers)

    def _enveloped(self, data: Any, code: int, text: str) -> Json:
        envelope: Json = {} if data is None else {"data": data}
        envelope |= {
            "status_code": code,
            "status_message": text,
            "timestamp": written_time(self._face.world.clock.now(), self._face.profile),
        }
        return self._face.enveloped(envelope)

    def headers(self, request: web.Request) -> dict[str, str]:
        """Return the message ids of a request and its addresses, swapped."""
        if not self._face.profile.echo_message_ids:
            return {}
        sent = request.headers
        echoed = {name: sent[name] for name in ECHOED if name in sent}
        return echoed | {
            name: sent[other] for name, other in SWAPPED.items() if other in sent
        }


def version_of(request: web.Request) -> str | None:
    """Return the version that a path names."""
    return request.match_info.get("version")
