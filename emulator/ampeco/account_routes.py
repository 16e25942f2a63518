"""Sign-in, profile, settings and plans (fact sheet ampeco 3 and 6.9)."""

from typing import TYPE_CHECKING, Final

from aiohttp import web

from ..answers import ApiError, json_answer, json_object
from .tokens import TokenPair
from .values import Json

if TYPE_CHECKING:
    from .face import AmpecoFace

NO_STORE: Final = {"Cache-Control": "no-store, private", "Pragma": "no-cache"}
MISMATCH: Final = "These credentials do not match our records."


class AccountRoutes:
    """Answer what concerns the account."""

    def __init__(self, face: AmpecoFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        root = "/api/v1/app"
        return [
            web.post(f"{root}/oauth/token", self._token, name="token"),
            web.get(f"{root}/profile", self._profile, name="profile"),
            web.get(f"{root}/settings/global", self._settings, name="settings_global"),
            web.get(
                f"{root}/subscription_plans", self._plans, name="subscription_plans"
            ),
        ]

    async def _token(self, request: web.Request) -> web.Response:
        headers = NO_STORE | self._count_request()
        try:
            pair = self._grant(await json_object(request))
        except ApiError as error:
            raise ApiError(error.status, error.body, headers) from error
        return json_answer(pair.as_json(), headers=headers)

    def _count_request(self) -> dict[str, str]:
        face = self._face
        limit = face.profile.token_limit
        left = face.tokens.attempts_left(limit)
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, left)),
        }
        if left < 0:
            headers["Retry-After"] = str(face.tokens.seconds_to_wait())
            raise ApiError(429, {"message": "Too Many Attempts."}, headers)
        return headers

    def _grant(self, body: Json) -> TokenPair:
        profile = self._face.profile
        secret = body.get("client_secret")
        if body.get("grant_type") not in ("password", "refresh_token"):
            raise _refusal(400, "unsupported_grant_type", "Grant type not supported.")
        if body.get("client_id") != profile.client_id or (
            profile.client_secret is not None and secret != profile.client_secret
        ):
            raise _refusal(401, "invalid_client", "Client authentication failed")
        if body["grant_type"] == "password":
            return self._by_password(body)
        pair = self._face.tokens.rotate(body.get("refresh_token"), profile)
        if pair is None:
            raise _refusal(401, "invalid_request", "The refresh token is invalid.")
        return pair

    def _by_password(self, body: Json) -> TokenPair:
        profile = self._face.profile
        for driver in self._face.world.drivers.values():
            if driver.email == body.get("username"):
                if driver.password == body.get("password"):
                    return self._face.tokens.issue(driver.id, profile)
        raise _refusal(profile.bad_login_status, "invalid_grant", MISMATCH)

    async def _profile(self, request: web.Request) -> web.Response:
        driver = self._face.driver(request)
        return json_answer({"id": int(driver.id), "email": driver.email})

    async def _settings(self, request: web.Request) -> web.Response:
        broadcast = {"url": "https://echo.example.test", "channelPrefix": "emulator"}
        return json_answer({"broadcast": broadcast})

    async def _plans(self, request: web.Request) -> web.Response:
        self._face.driver(request)
        return json_answer({"data": [_plan_json()]})


def _refusal(status: int, error: str, text: str) -> ApiError:
    body = {"error": error, "error_description": text, "message": text}
    return ApiError(status, body)


def _plan_json() -> Json:
    return {
        "id": "7",
        "name": "Service",
        "description": "Support for your charger",
        "order": 5,
        "renewal_cycle": "monthly",
        "price": 29,
        "currency": {"code": "DKK"},
        "currency_id": "2",
        "charging_allowance_type": "none",
        "charging_allowance_renewal_cycle": "as_renewal_cycle",
        "ac_charging_allowance_kwh": 0,
        "dc_charging_allowance_kwh": 0,
        "combined_charging_allowance_kwh": 0,
        "type": "pre-paid",
        "fee_per_each_personal_charge_point": None,
        "usage_threshold": None,
        "post_paid_charging_sessions_accumulation": "none",
    }
