"""Charge points as the back end writes them (fact sheet ampeco 5.1, 5.2 and 6.1)."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Final

from ..charger import ChargePoint, Evse
from ..session import Session
from ..units import to_kwh
from ..world import World
from .money import currency_id, tariff_json
from .profile import Profile
from .sessions import Extras, SessionWriter, smart_charging_json, status_text
from .values import Json, fixed, number

EMBEDDED: Final = Extras(schedule=True)


@dataclass(kw_only=True)
class OwnerSettings:
    """Keep the settings that change nothing in the world."""

    connector_lock: bool = False
    requires_authorization: bool = True
    light_intensity: int = 100
    allowed_solar_min_power_kw: float = 2
    target_kwh: str = "50"


class ChargePointWriter:
    """Write the charge points of one view of the world."""

    def __init__(self, view: World, profile: Profile) -> None:
        """Look at a view with the eyes of one operator."""
        self._view = view
        self._profile = profile
        self._sessions = SessionWriter(view, profile)

    def write(self, point: ChargePoint, settings: OwnerSettings) -> Json:
        """Return one charge point with its EVSEs and their sessions."""
        return {
            **self._identity(point),
            **self._limits(point),
            **self._settings(point, settings),
            **self._last_month(point),
            "evses": [self._evse(evse, settings) for evse in point.evses],
        }

    def _identity(self, point: ChargePoint) -> Json:
        # Fact sheet ampeco 5.1: the photo's address is signed anew on every read.
        stamp = f"{self._view.time:%Y%m%dT%H%M%SZ}"
        return {
            "id": point.id,
            "name": point.name,
            "location": {"latitude": None, "longitude": None},
            "location_id": None,
            "postcode": None,
            "photo": f"https://example.test/p.jpg?X-Amz-Date={stamp}",
            "status": "available",
            "is_rebooting": point.is_rebooting(self._view.time),
            "subscription": {"subscriptionRequired": False, "subscriptionPlanIds": []},
            "firmware_version": point.firmware,
            "isFirmwareUpdatesSupported": False,
            "isFirmwareUpdating": False,
            "latestFirmwareUpdateExecution": None,
            "user_manual_url": None,
            "isTamperDetectionNotifications": False,
        }

    def _limits(self, point: ChargePoint) -> Json:
        power = max((evse.max_power_w for evse in point.evses), default=0)
        return {
            "allowed_min_current_a": point.min_current_a,
            "allowed_max_current_a": point.allowed_current_a,
            "min_charging_current": point.min_current_a,
            "max_current_a": point.max_current_a,
            "allowed_max_power_kw": str(Decimal(power) / 1000),
        }

    def _settings(self, point: ChargePoint, settings: OwnerSettings) -> Json:
        smart = smart_charging_json(point)
        smart["target_charge"] = {"min_kwh": settings.target_kwh}
        return {
            "plug_and_charge": point.plug_and_charge,
            "smart_charging_enabled": point.smart.enabled,
            "smart_charging": smart,
            "scheduling_intervals": {
                "off_peak_is_set": False,
                "solar_is_set": False,
                "off_peak_start_time": "23:00",
                "off_peak_end_time": "06:00",
                "solar_start_time": None,
                "solar_end_time": None,
                "solar_max_power": None,
            },
            "allowed_solar_min_power_kw": settings.allowed_solar_min_power_kw,
            "requires_authorization": settings.requires_authorization,
            "enable_keep_awake": False,
            "connector_lock": settings.connector_lock,
            "is_connector_lock_supported": True,
            "is_light_intensity_supported": True,
            "light_intensity": settings.light_intensity,
            "allowed_smart_charging_modes": [],
            "randomised_delay_enabled": False,
        }

    def _last_month(self, point: ChargePoint) -> Json:
        tariff = point.evses[0].tariff
        return {
            "track_electricity_cost": None,
            "isElectricityCostTrackingAvailable": False,
            "has_electricity_tax_reimbursement": False,
            "has_third_party_electricity_cost_integration_enabled": None,
            "electricity_cost_tax_name": "VAT",
            "electricity_cost_tax_percent": number(tariff.tax_percent),
            "electricity_cost_currency_id": currency_id(tariff.currency),
            "last_month_energy_kwh": fixed(self._last_month_kwh(point)),
            "last_month_electricity_cost": "0.000",
        }

    def _last_month_kwh(self, point: ChargePoint) -> Decimal:
        local = self._view.time.astimezone(point.evses[0].tariff.tzinfo)
        end = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        start = (end - timedelta(days=1)).replace(day=1)
        ids = {evse.id for evse in point.evses}
        sessions = (s for s in self._view.sessions.values() if s.evse_id in ids)
        return to_kwh(sum(s.energy_uj for s in sessions if start <= s.started_at < end))

    def _evse(self, evse: Evse, settings: OwnerSettings) -> Json:
        session = self._embedded(evse)
        written: Json | None = None
        if session is not None:
            written = self._sessions.write(session, EMBEDDED)
            written["smartCharging"]["target_charge"]["min_kwh"] = settings.target_kwh
        evse_json = {
            "id": evse.id,
            "maxPower": evse.max_power_w,
            "identifier": evse.identifier,
            "currentType": evse.current_type,
            "status": status_text(evse.state),
            "connectors": [connector_json(evse)],
            "session": written,
            "tariffId": evse.tariff.id,
            "tariff": tariff_json(evse.tariff, self._view.time),
        }
        if self._profile.car_battery_percent:
            evse_json["carBatteryPercent"] = battery_percent(evse)
        return evse_json

    def _embedded(self, evse: Evse) -> Session | None:
        """Return the running session, or a finished one for a while."""
        if evse.session is not None:
            return evse.session
        last = evse.last_session
        if last is None or last.stopped_at is None:
            return None
        shown_for = timedelta(seconds=self._profile.embeds_finished_for)
        return last if self._view.time < last.stopped_at + shown_for else None


def connector_json(evse: Evse) -> Json:
    """Return the connector, whose status is an on/off flag."""
    return {
        "name": evse.connector,
        "icon": evse.connector.lower().replace(" ", ""),
        "format": "cable",
        "status": "active",
    }


def battery_percent(evse: Evse) -> int | str:
    """Return the car's state of charge, or an empty text without a car."""
    return int(evse.car.soc_percent) if evse.car is not None else ""
