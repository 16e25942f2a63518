"""The tokens that parties tell the CPO of (fact sheet ocpi 13)."""

from typing import TYPE_CHECKING

from aiohttp import web

from .access import BAD_PARAMETERS, UNKNOWN_TOKEN
from .locations import BUILT
from .profile import KnownToken
from .tokens import token_from, token_json
from .values import Json

if TYPE_CHECKING:
    from .face import OcpiFace


class TokenRoutes:
    """Take and show tokens."""

    def __init__(self, face: OcpiFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        face = self._face
        path = f"{face.modules}/tokens/{{country:[^/]+}}/{{party:[^/]+}}/{{uid:[^/]+}}"
        return [
            face.route("GET", path, self._get, "token"),
            face.route("PUT", path, self._put, "put_token"),
            face.route("PATCH", path, self._patch, "patch_token"),
        ]

    async def _get(self, request: web.Request) -> web.Response:
        return self._face.gate.answer(
            self._face.rendered("token", self._shown(request))
        )

    def _shown(self, request: web.Request) -> Json:
        asked = request.match_info
        found = self._face.tokens.find(
            self._face.profile, self._party(request), asked["uid"]
        )
        wanted = request.query.get("type", "RFID")
        if found is None or found[0].type != wanted:
            raise self._face.gate.refusal(404, UNKNOWN_TOKEN, "Unknown token")
        token, told = found
        profile = self._face.profile
        shown: Json = token_json(token, asked["version"], told or BUILT, profile)
        return shown

    def _party(self, request: web.Request) -> tuple[str, str]:
        party = request.match_info["country"], request.match_info["party"]
        ours = self._face.profile.our_party
        if tuple(map(str.lower, party)) != tuple(map(str.lower, ours)):
            raise self._face.gate.refusal(404, UNKNOWN_TOKEN, "Not your token")
        return ours

    async def _put(self, request: web.Request) -> web.Response:
        party = self._party(request)
        body = await self._face.body(request)
        known = self._face.tokens.find(
            self._face.profile, party, request.match_info["uid"]
        )
        return self._keep(request, body, status=200 if known else 201)

    async def _patch(self, request: web.Request) -> web.Response:
        body = await self._face.body(request)
        if "last_updated" not in body:
            raise self._face.gate.refusal(200, BAD_PARAMETERS, "No last_updated")
        return self._keep(request, self._shown(request) | body, status=200)

    def _keep(self, request: web.Request, body: Json, status: int) -> web.Response:
        token = token_from(body, self._party(request))
        if token is None or not self._fits(request, token):
            raise self._face.gate.refusal(200, BAD_PARAMETERS, "Not a token")
        self._face.tokens.put(token)
        self._face.tokens.driver_of(token)
        return self._face.gate.answer(None, status=status)

    def _fits(self, request: web.Request, token: KnownToken) -> bool:
        asked = request.match_info
        wanted = (asked["country"], asked["party"], asked["uid"])
        found = (*token.party, token.uid)
        return [w.lower() for w in wanted] == [f.lower() for f in found]
