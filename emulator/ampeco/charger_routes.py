"""Personal charge points, their settings and prices (fact sheet ampeco 6.1, 9, 10)."""

from datetime import time
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from ..answers import ApiError, json_answer, json_object, message
from ..charger import ChargePoint
from ..tariff import TIME_OF_USE
from .chargers import ChargePointWriter, OwnerSettings
from .money import price_periods_json
from .values import Json

if TYPE_CHECKING:
    from .face import AmpecoFace

OWNER_SETTINGS: Final = (
    "connector_lock",
    "requires_authorization",
    "light_intensity",
    "allowed_solar_min_power_kw",
)


class ChargerRoutes:
    """Answer what concerns an owner's charge points."""

    def __init__(self, face: AmpecoFace) -> None:
        """Serve one face."""
        self._face = face

    def routes(self) -> list[web.RouteDef]:
        """Return the routes, named by kind."""
        root = "/api/v1/app/personal/charge-points"
        prices = "/api/v1/app/tariffs/tou/{evse}/price-periods"
        return [
            web.get(root, self._list, name="charge_points"),
            web.get(root + "/{id}", self._detail, name="charge_point"),
            web.patch(root + "/{id}", self._patch, name="charge_point_patch"),
            web.post(root + "/{id}/reboot", self._reboot, name="reboot"),
            web.get(prices, self._prices, name="price_periods"),
        ]

    def _writer(self) -> ChargePointWriter:
        return ChargePointWriter(self._face.view(), self._face.profile)

    async def _list(self, request: web.Request) -> web.Response:
        driver = self._face.driver(request)
        view, writer = self._face.view(), self._writer()
        own = (p for p in view.charge_points.values() if p.owner_id == driver.id)
        settings = self._face.settings
        return json_answer({"data": [writer.write(p, settings(p.id)) for p in own]})

    async def _detail(self, request: web.Request) -> web.Response:
        return self._answer(request)

    def _answer(self, request: web.Request) -> web.Response:
        driver, key = self._face.driver(request), request.match_info["id"]
        point = self._face.charge_point(self._face.view(), driver, key)
        written = self._writer().write(point, self._face.settings(key))
        return json_answer({"data": written})

    async def _patch(self, request: web.Request) -> web.Response:
        driver, key = self._face.driver(request), request.match_info["id"]
        point = self._face.charge_point(self._face.world, driver, key)
        body = await json_object(request)
        if values := _world_settings(body, point):
            self._face.world.configure(key, **values)
        _apply_owner_settings(body, self._face.settings(key))
        if self._face.profile.patch_answer == "empty204":
            return web.Response(status=204)
        return self._answer(request)

    async def _reboot(self, request: web.Request) -> web.Response:
        driver, key = self._face.driver(request), request.match_info["id"]
        self._face.charge_point(self._face.world, driver, key)
        self._face.world.reboot(key)
        return json_answer({}, status=202)

    async def _prices(self, request: web.Request) -> web.Response:
        driver, view = self._face.driver(request), self._face.view()
        evse = view.evses.get(request.match_info["evse"])
        profile = self._face.profile
        if evse is None or evse.charge_point.owner_id not in (driver.id, None):
            raise message(404, "No query results for model [Evse].")
        if not profile.price_forecast or evse.tariff.kind != TIME_OF_USE:
            raise message(404, "No query results for model [Tariff].")
        shift = profile.naive_times_shift_hours
        return json_answer(price_periods_json(evse.tariff, view.time, shift))


def _world_settings(body: Json, point: ChargePoint) -> dict[str, Any]:
    """Return the settings that change what the world does."""
    smart = body.get("smart_charging") or {}
    wanted = {
        "max_current_a": _current(body.get("max_current_a"), point),
        "plug_and_charge": body.get("plug_and_charge"),
        "smart_enabled": smart.get("enabled", body.get("smart_charging_enabled")),
        "smart_start": _clock_time("start_time", smart.get("start_time")),
        "smart_end": _clock_time("end_time", smart.get("end_time")),
    }
    return {name: value for name, value in wanted.items() if value is not None}


def _apply_owner_settings(body: Json, settings: OwnerSettings) -> None:
    for name in OWNER_SETTINGS:
        if name in body:
            setattr(settings, name, body[name])
    target = (body.get("smart_charging") or {}).get("target_charge") or {}
    if "min_kwh" in target:
        settings.target_kwh = str(target["min_kwh"])


def _current(value: Any, point: ChargePoint) -> int | None:
    if value is None:
        return None
    lowest, highest = point.min_current_a, point.allowed_current_a
    if not isinstance(value, int) or not lowest <= value <= highest:
        text = f"The max current a must be between {lowest} and {highest}."
        raise invalid("max_current_a", text)
    return value


def _clock_time(name: str, value: Any) -> str | None:
    if value is None:
        return None
    try:
        return time.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        text = "The time format is invalid."
        raise invalid(f"smart_charging.{name}", text) from error


def invalid(name: str, text: str) -> ApiError:
    """Return a refusal of one field, in the framework's default form."""
    body = {"message": "The given data was invalid.", "errors": {name: [text]}}
    return ApiError(422, body)
