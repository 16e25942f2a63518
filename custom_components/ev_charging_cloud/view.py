"""What entities read: one EVSE with its charge point and its session."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from .const import ELSEWHERE
from .providers.model import ChargePoint, Evse, EvseStatus, PlaceKind, Session, Snapshot
from .tracking import Track


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
        """Return the power: that of the session, and nothing where none runs."""
        if (session := self.running) is not None:
            return None if session.stale else session.power_kw
        if self.evse.status in (None, EvseStatus.CHARGING) and self.charger:
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


def elsewhere(session: Session | None) -> ChargePoint:
    """Return the charge point that stands for places of others."""
    return ChargePoint(
        id=ELSEWHERE,
        name=ELSEWHERE,
        kind=PlaceKind.ELSEWHERE,
        evses=(Evse(id=ELSEWHERE, session=session),),
    )


def with_elsewhere(snapshot: Snapshot, previous: ChargePoint | None) -> Snapshot:
    """Return a snapshot with the place elsewhere among its charge points.

    Where nobody asked this time, the place stays as it was.
    """
    if snapshot.elsewhere is None:
        place = previous or elsewhere(None)
    else:
        place = elsewhere(snapshot.elsewhere[0] if snapshot.elsewhere else None)
    return msgspec.structs.replace(
        snapshot, charge_points={**snapshot.charge_points, ELSEWHERE: place}
    )
