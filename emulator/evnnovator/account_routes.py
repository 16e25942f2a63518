"""Sign-in and the whitelist (fact sheet evnnovator 3 and 4, calls 1 and 2)."""

from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..answers import ApiError, json_answer
from ..bearer import basic_of, form_of
from ..charger import Site
from ..world import Driver
from .locations import location_id
from .profile import TOKEN_PATH
from .values import gateway_id

if TYPE_CHECKING:
    from .face import EvnnovatorFace

BASE: Final = "/{base:api/ocpi/api/v1|api/v1}"


class AccountRoutes:
    """Answer what concerns the customer and its drivers."""

    def __init__(self, face: EvnnovatorFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        root = f"{BASE}/whitelist/driver"
        one = root + "/{driver}/location/{location}"
        return [
            # Guess: no document names a token endpoint.
            web.post(TOKEN_PATH, self._token, name="evnnovator_token"),
            # Documented: plain text in, "Success" out.
            web.post(root, self._register, name="evnnovator_whitelist"),
            # Documented; whitelists first if necessary.
            web.get(one, self._token_uid, name="evnnovator_token_uid"),
        ]

    async def _token(self, request: web.Request) -> web.Response:
        profile, form = self._face.profile, await form_of(request)
        name, secret = basic_of(request)
        client = form.get("client_id", name), form.get("client_secret", secret)
        if profile.client_id is None:
            raise self._face.refusal(request, 404)
        if form.get("grant_type") != "client_credentials":
            raise ApiError(400, {"error": "unsupported_grant_type"})
        if client != (profile.client_id, profile.client_secret):
            raise ApiError(profile.bad_client_status, {"error": "invalid_client"})
        token = self._face.tokens.issue(profile.token_lifetime, profile.token_calls)
        return json_answer(
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": profile.token_lifetime,
            }
        )

    async def _register(self, request: web.Request) -> web.Response:
        self._face.enter(request, "whitelist")
        auth_id = (await request.text()).strip()
        if request.content_type != "text/plain" or not auth_id:
            raise self._face.refusal(request, 400)
        driver = self._face.driver(auth_id) or self._new_driver(auth_id)
        self._face.check_driver(request, driver)
        self._face.whitelist.add(driver.id)
        return self._face.envelope("Success")

    def _new_driver(self, auth_id: str) -> Driver:
        driver = Driver(
            id=f"evnnovator-{auth_id}",
            email="",
            password="",
            name=auth_id,
            auth_id=auth_id,
            customer=self._face.profile.customer,
        )
        return self._face.world.add_driver(driver)

    async def _token_uid(self, request: web.Request) -> web.Response:
        self._face.enter(request, "whitelist")
        driver = self._face.driver(request.match_info["driver"])
        wanted = request.match_info["location"]
        sites = (s for s in self._face.sites() if location_id(s) == wanted)
        site = next(sites, None)
        if driver is None or site is None:
            raise self._face.refusal(request, 404)
        self._face.check_driver(request, driver)
        self._face.whitelist.add(driver.id)
        return self._face.envelope({"uid": token_uid(driver, site)})


def token_uid(driver: Driver, site: Site) -> str:
    """Return by what a location's operator knows a driver."""
    return gateway_id("token", driver.id, site.operator)
