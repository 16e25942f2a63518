"""Sites, charge points and their EVSEs."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from .car import Car
from .session import Session, SessionState
from .tariff import Tariff


class EvseState(StrEnum):
    """Name what an EVSE does, whatever a back end calls it."""

    AVAILABLE = "available"
    PREPARING = "preparing"
    CHARGING = "charging"
    SUSPENDED_EV = "suspended_ev"
    SUSPENDED_EVSE = "suspended_evse"
    FINISHING = "finishing"
    UNAVAILABLE = "unavailable"
    FAULTED = "faulted"


@dataclass(kw_only=True)
class Site:
    """Place charge points somewhere; a public site has a number for drivers."""

    id: int
    name: str
    address: str = ""
    zone: str = "Europe/Copenhagen"
    latitude: str = "55.6940900"
    longitude: str = "12.6252190"
    public: bool = False
    # Whose stations these are, for back ends that show those of several operators.
    operator: str = ""
    city: str = ""


@dataclass(kw_only=True)
class SmartCharging:
    """Allow charging inside a daily window only, in local time."""

    enabled: bool = False
    start: time = time(23)
    end: time = time(6)

    def allows(self, local: datetime) -> bool:
        """Return whether the window is open at a local time."""
        clock = local.time()
        if self.start <= self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def next_edge(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return when the window opens or closes next, in UTC."""
        today = moment.astimezone(zone).date()
        edges = [
            datetime.combine(today + timedelta(days=day), edge, zone).astimezone(UTC)
            for day in (0, 1, 2)
            for edge in (self.start, self.end)
        ]
        return min(edge for edge in edges if edge > moment)


@dataclass(kw_only=True)
class ChargePoint:
    """Describe one charger with its owner's settings."""

    id: str
    name: str
    site: Site
    owner_id: str | None = None
    evses: list[Evse] = field(default_factory=list)
    max_current_a: int = 16
    min_current_a: int = 6
    allowed_current_a: int = 16
    firmware: str = "6.3.0"
    plug_and_charge: bool = False
    smart: SmartCharging = field(default_factory=SmartCharging)
    rebooting_until: datetime | None = None
    lost_since: datetime | None = None
    legacy_controller: bool = False

    def heard_until(self, moment: datetime) -> datetime:
        """Return up to when a back end has heard of this charge point."""
        return min(moment, self.lost_since) if self.lost_since else moment

    def is_rebooting(self, now: datetime) -> bool:
        """Return whether a restart is under way."""
        return self.rebooting_until is not None and now < self.rebooting_until

    def holds_back(self, moment: datetime) -> bool:
        """Return whether smart charging withholds energy."""
        if not self.smart.enabled:
            return False
        return not self.smart.allows(moment.astimezone(ZoneInfo(self.site.zone)))


@dataclass(frozen=True, kw_only=True)
class DeviceError:
    """Keep what a part of a charger reported, and how often."""

    moment: datetime
    device: str
    code: str
    counter: int = 1


@dataclass(kw_only=True)
class Evse:
    """Charge one car at a time and count every microjoule."""

    id: str
    identifier: str
    charge_point: ChargePoint
    tariff: Tariff
    max_power_w: int = 11_000
    current_type: str = "ac"
    connector: str = "Type 2"
    car: Car | None = None
    session: Session | None = None
    last_session: Session | None = None
    power_w: int = 0
    meter_uj: int = 0
    drawn_uj: int = 0
    efficiency_permille: int = 1000
    ends_when_full: bool = False
    moved_at: datetime | None = None
    errors: list[DeviceError] = field(default_factory=list)
    held: bool = False
    withheld: bool = False
    was_used: bool = False
    out_of_order: EvseState | None = None

    @property
    def drawn_w(self) -> int:
        """Return the power taken from the grid, losses included, in W."""
        return self.power_w * 1000 // self.efficiency_permille

    @property
    def state(self) -> EvseState:
        """Return what the EVSE does now."""
        if self.out_of_order is not None:
            return self.out_of_order
        if self.session is None or self.session.state is SessionState.STARTING:
            return self._state_without_energy()
        if self.power_w:
            return EvseState.CHARGING
        return EvseState.SUSPENDED_EVSE if self.withheld else EvseState.SUSPENDED_EV

    def _state_without_energy(self) -> EvseState:
        if self.car is None:
            return EvseState.AVAILABLE
        over = self.session is None and self.was_used
        return EvseState.FINISHING if over else EvseState.PREPARING

    def demand_w(self) -> int:
        """Return the power that the car takes if a session is active, in W."""
        if self.car is None or self.out_of_order is not None:
            return 0
        current = self.charge_point.max_current_a if self.current_type == "ac" else None
        return self.car.demand_w(self.max_power_w, current)
