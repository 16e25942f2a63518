"""Versions and credentials (fact sheet ocpi 3 and 4)."""

from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from .access import UNUSABLE_CLIENT
from .values import Json

if TYPE_CHECKING:
    from .face import OcpiFace

SENDERS: Final = ("locations", "sessions", "tariffs", "cdrs")
RECEIVERS: Final = ("commands", "tokens")
NAME: Final = "Emulated CPO"


class VersionRoutes:
    """Answer what this party speaks and who it is."""

    def __init__(self, face: OcpiFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        face, root = self._face, self._face.root
        one = root + "/{version}"
        credentials = f"{one}/credentials"
        return [
            face.route("GET", f"{root}/versions", self._list, "versions", "versions"),
            face.route("GET", one, self._details, "version", "versions"),
            face.route(
                "GET", credentials, self._credentials, "credentials", "registration"
            ),
            *(
                face.route(method, credentials, answer, kind, "registration")
                for method, answer, kind in (
                    ("POST", self._register, "register"),
                    ("PUT", self._renew, "renew"),
                    ("DELETE", self._unregister, "unregister"),
                )
            ),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        shown = [
            {"version": version, "url": self._url(request, f"/{version}")}
            for version in self._face.profile.versions
        ]
        return self._answer("versions", shown)

    async def _details(self, request: web.Request) -> web.Response:
        version = request.match_info["version"]
        data = {"version": version, "endpoints": self._endpoints(request, version)}
        return self._answer("version", data)

    def _endpoints(self, request: web.Request, version: str) -> list[Json]:
        profile = self._face.profile
        unlisted = set(profile.unlisted)
        if not profile.commands_listed:
            unlisted.add("commands")
        credentials = self._url(request, f"/{version}/credentials")
        found = [_endpoint("credentials", "SENDER", credentials)]
        for name in (*SENDERS, *RECEIVERS):
            role = "SENDER" if name in SENDERS else "RECEIVER"
            path = self._face.modules.removeprefix(self._face.root)
            path = path.format(version=version)
            found.append(_endpoint(name, role, self._url(request, f"{path}/{name}")))
        for endpoint in found:
            if version == "2.1.1":
                del endpoint["role"]
            elif profile.lower_case_roles:
                endpoint["role"] = endpoint["role"].capitalize()
        return [
            one
            for one in found
            if one["identifier"] not in unlisted
            and self._face.offers(version, one["identifier"])
        ]

    def _url(self, request: web.Request, path: str) -> str:
        profile = self._face.profile
        if profile.relative_urls:
            return f"{self._face.root}{path}"
        is_module = path.count("/") > 1
        host = (profile.module_host if is_module else None) or request.host
        scheme = (profile.module_scheme if is_module else None) or request.scheme
        return f"{scheme}://{host}{self._face.root}{path}"

    def _answer(self, kind: str, data: Any) -> web.Response:
        return self._face.gate.answer(self._face.rendered(kind, data))

    async def _credentials(self, request: web.Request) -> web.Response:
        profile = self._face.profile
        country, party = profile.party
        details = {"name": NAME}
        written: Json = {
            "token": profile.token,
            "url": self._url(request, "/versions"),
        }
        whose = {
            "business_details": details,
            "party_id": party,
            "country_code": country,
        }
        if request.match_info["version"] == "2.1.1":
            written |= whose
        else:
            written["roles"] = [{"role": "CPO", **whose}]
        return self._answer("credentials", written)

    async def _register(self, request: web.Request) -> web.Response:
        if not self._face.gate.registers(request):
            raise self._face.gate.refusal(405, 2000, "Already registered")
        return self._no_call_back()

    async def _renew(self, request: web.Request) -> web.Response:
        if self._face.gate.registers(request):
            raise self._face.gate.refusal(405, 2000, "Not registered")
        return self._no_call_back()

    def _no_call_back(self) -> web.Response:
        # This CPO never reaches the versions of the party that registers.
        text = "Your versions cannot be read"
        raise self._face.gate.refusal(200, UNUSABLE_CLIENT, text)

    async def _unregister(self, request: web.Request) -> web.Response:
        if self._face.gate.registers(request):
            raise self._face.gate.refusal(405, 2000, "Not registered")
        self._face.registered = False
        return self._face.gate.answer(None)


def _endpoint(identifier: str, role: str, url: str) -> Json:
    return {"identifier": identifier, "role": role, "url": url}
