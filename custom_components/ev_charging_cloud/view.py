"""What entities read: one EVSE with its charge point and its session."""

from dataclasses import dataclass
from datetime import datetime

from .providers.model import ChargePoint, Evse, EvseStatus, PlaceKind, Session
from .tracking import Track

MAY_CHARGE = (None, EvseStatus.CHARGING, EvseStatus.OCCUPIED)


@dataclass(frozen=True, kw_only=True, slots=True)
class EvseView:
    """An EVSE as it is now."""

    charge_point: ChargePoint
    evse: Evse
    track: Track | None

    @property
    def session(self) -> Session | None:
        """Return the session that runs, or the last one that did."""
        return None if self.track is None else self.track.session

    @property
    def running(self) -> Session | None:
        """Return the session that runs."""
        session = self.session
        return session if session is not None and session.running else None

    @property
    def status(self) -> EvseStatus | None:
        """Return the status; the account's place elsewhere has its session's."""
        if self.evse.status is not None or self.running is None:
            return self.evse.status
        return self.running.evse_status

    @property
    def power_kw(self) -> float | None:
        """Return the power: that of the session, and nothing where none runs.

        Somebody may charge whose session nobody shows us.
        """
        if (session := self.running) is not None:
            return None if session.stale else session.power_kw
        if self.evse.status in MAY_CHARGE and self.charger:
            return None
        return 0.0

    @property
    def vehicle_battery_percent(self) -> float | None:
        """Return the charge of the connected car, where the charger knows it."""
        if self.evse.vehicle_battery_percent is not None or self.running is None:
            return self.evse.vehicle_battery_percent
        return self.running.vehicle_battery_percent

    @property
    def currency(self) -> str | None:
        """Return the currency of the session, or else of the tariff."""
        if self.session is not None and self.session.cost is not None:
            return self.session.cost.currency
        return self.evse.tariff.currency if self.evse.tariff else None

    @property
    def first_start(self) -> datetime | None:
        """Return the moment from which energy and cost are counted."""
        return None if self.track is None else self.track.first_start

    @property
    def elsewhere(self) -> bool:
        """Tell whether this stands for places of others."""
        return self.charge_point.kind is PlaceKind.ELSEWHERE

    @property
    def charger(self) -> bool:
        """Tell whether this is a charger, and not what stands for one."""
        return self.charge_point.kind is PlaceKind.CHARGE_POINT
