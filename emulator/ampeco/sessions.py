"""Sessions as the back end writes them (fact sheet ampeco 5.3 and 6.3 to 6.8)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from ..charger import ChargePoint, Evse, EvseState
from ..session import Period, Session, SessionState
from ..units import MICROJOULES_PER_WH
from ..world import World
from .money import currency_id, currency_json, period_state
from .profile import Profile
from .values import Json, micro_time, number, offset_time, whole, zulu_time

SAMPLED_EVERY: Final = timedelta(seconds=15)

STATUS_TEXT: Final = {
    EvseState.SUSPENDED_EV: "suspended",
    EvseState.SUSPENDED_EVSE: "suspended",
}
CHARGING_STATE: Final = {
    EvseState.CHARGING: "charging",
    EvseState.SUSPENDED_EV: "suspendedEV",
    EvseState.SUSPENDED_EVSE: "suspendedEVSE",
}


@dataclass(frozen=True, kw_only=True)
class Extras:
    """Choose the parts that only some answers carry."""

    schedule: bool = False
    power: bool = False
    tax: bool = False
    periods: bool = False


def status_text(state: EvseState) -> str:
    """Return the EVSE status, which merges both suspended kinds."""
    return STATUS_TEXT.get(state, state.value)


def smart_charging_json(point: ChargePoint) -> Json:
    """Return the smart charging settings of a charge point."""
    return {
        "enabled": point.smart.enabled,
        "mode": "schedule",
        "target_charge": {"min_kwh": "50"},
        "use_solar": False,
        "use_all_generated_solar": None,
        "max_current_from_grid_a": None,
        "solar_stable_time_sec": None,
        "dynamic_rates_integration_id": None,
        "start_time": f"{point.smart.start:%H:%M:%S}",
        "end_time": f"{point.smart.end:%H:%M:%S}",
        "weekdays": None,
    }


class SessionWriter:
    """Write the sessions of one view of the world."""

    def __init__(self, view: World, profile: Profile) -> None:
        """Look at a view with the eyes of one operator."""
        self._view = view
        self._now = view.time
        self._profile = profile

    def write(self, session: Session, extras: Extras | None = None) -> Json:
        """Return one session object."""
        evse = self._view.evses[session.evse_id]
        written = self._base(session, evse)
        if session.periods:
            written["lastPeriod"] = self._period(session.periods[-1], session)
        return written | self._extras(session, evse, extras or Extras())

    def _base(self, session: Session, evse: Evse) -> Json:
        site = evse.charge_point.site
        duration = self._duration(session)
        return {
            "id": session.id,
            "startedAt": offset_time(self._started_at(session)),
            "duration": duration,
            "totalDuration": duration,
            "energy": session.energy_uj // MICROJOULES_PER_WH,
            "power": evse.power_w if session.is_open else 0,
            "locationId": site.id if site.public else None,
            "evseId": evse.identifier,
            "evseStatus": self._evse_status(session, evse),
            **self._payment(session),
            "status": session.state.value,
            "summarySeen": False,
            "isExtending": False,
            "isExtended": False,
            "isOptimized": False,
            "stopReason": None if session.is_open else session.stop_reason,
            "chargingState": self._charging_state(session, evse),
            "isSessionTimedOut": False,
            "stoppedAt": offset_time(session.stopped_at)
            if session.stopped_at
            else None,
            "isPersonal": evse.charge_point.owner_id is not None,
            "reimbursementEligibility": False,
            "canToggleReimbursementEligibility": False,
            "hasThirdPartyElectricityCostIntegrationEnabled": None,
            "nonBillableEnergy": 0,
            "smartCharging": smart_charging_json(evse.charge_point),
            "electricityCost": 0,
            "powerAvg": 0,
            "isUsingChargingAllowance": False,
            "freeEnergyWh": 0,
            "scaPendingTransaction": None,
            "idlePeriod": whole(session.idle_time(self._now)),
            "isRemoteStopEnabled": True,
            "isBalancePaymentPending": False,
            "idleFeeEligible": session.tariff.idle_fee_per_minute is not None,
        }

    def _payment(self, session: Session) -> Json:
        amount = number(session.amount(self._now), 2)
        paid = session.is_paid(self._now)
        driver = self._view.drivers.get(session.driver_id or "")
        method = driver.payment_method_id if driver else None
        return {
            "paymentMethodId": method,
            "paymentMethodType": "card" if method else None,
            "amount": amount,
            "totalAmount": amount,
            "amountDue": 0 if paid else amount,
            "paymentStatus": "paid" if paid else "pending",
            "paymentDetails": _card(method) if paid and method else None,
            "currencyId": currency_id(session.tariff.currency),
            "currency": currency_json(session.tariff.currency),
            "electricityCostCurrencyId": currency_id(session.tariff.currency),
        }

    def _started_at(self, session: Session) -> datetime:
        if session.state is SessionState.STARTING:
            return session.requested_at
        return session.requested_at + timedelta(seconds=self._profile.moved_start)

    def _lasts(self, session: Session) -> timedelta:
        """Return the length that fits the shown start."""
        if session.state is SessionState.STARTING:
            return timedelta(0)
        end = session.stopped_at or self._now
        return max(timedelta(0), end - self._started_at(session))

    def _duration(self, session: Session) -> int:
        # Fact sheet ampeco 5.3: server-sampled, 15 to 30 s behind while running.
        duration = self._lasts(session)
        if session.is_open:
            late = max(timedelta(0), duration - SAMPLED_EVERY)
            duration = late // SAMPLED_EVERY * SAMPLED_EVERY
        return whole(duration)

    def _evse_status(self, session: Session, evse: Evse) -> str:
        return status_text(evse.state) if session.is_open else "finishing"

    def _charging_state(self, session: Session, evse: Evse) -> str:
        if not session.is_open:
            return "eVConnected"
        return CHARGING_STATE.get(evse.state, "eVConnected")

    def _period(self, period: Period, session: Session) -> Json:
        stopped, grace = period.stopped_at, period.grace_end
        return {
            "startedAt": micro_time(period.started_at),
            "stoppedAt": micro_time(stopped) if stopped else None,
            "state": period_state(period, session.tariff),
            "durationInSeconds": whole(period.duration(self._now)) if stopped else None,
            "amount": number(period.amount(session.tariff, self._now)),
            "graceTimeEnd": micro_time(grace) if grace else None,
            "freeEnergyWh": 0,
            "maxAllowanceWh": 0,
        }

    def _extras(self, session: Session, evse: Evse, extras: Extras) -> Json:
        written: Json = {}
        if extras.schedule and session.periods:
            written["smartChargingSchedule"] = self._schedule(session, evse)
        if extras.power:
            average = self._average_w(session)
            written["powerAvg"] = number(average, 2)
            written["powerStats"] = self._power_stats(session, average)
        if extras.tax:
            written["taxName"] = "VAT"
        # A running period has no length, which clients of the detail do not expect.
        if extras.periods and not session.is_open:
            newest_first = reversed(session.periods)
            written["chargingPeriods"] = [
                self._period(p, session) for p in newest_first
            ]
        return written

    def _schedule(self, session: Session, evse: Evse) -> list[Json]:
        limit = number(Decimal(evse.max_power_w) / 1000, 3)
        start = zulu_time(self._started_at(session))
        return [{"timestamp": start, "limit": limit, "type": "boost-start"}]

    def _average_w(self, session: Session) -> Decimal:
        seconds = whole(self._lasts(session))
        return session.energy_wh * 3600 / seconds if seconds else Decimal(0)

    def _power_stats(self, session: Session, average: Decimal) -> Json:
        samples = [
            {
                "value": number(Decimal(sample.power_w) / 1000, 2),
                "timestamp": micro_time(sample.moment),
            }
            for sample in session.samples
        ]
        peak = max((sample.power_w for sample in session.samples), default=0)
        return {
            "averageKw": number(average / 1000, 4),
            "maxKw": number(Decimal(peak) / 1000, 2),
            # Fact sheet ampeco 15: the first sample comes twice.
            "history": samples[:1] + samples,
        }


def _card(method: str) -> Json:
    return {
        "cardNetwork": "visa",
        "card_type": "visa",
        "methodId": method,
        "methodType": "card",
        "name": "**** 0000",
        "type": "card",
    }
