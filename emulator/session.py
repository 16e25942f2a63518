"""Charging sessions with their periods, and the true bill."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Final

from .tariff import Price, Tariff
from .units import energy_uj, to_kwh, to_wh

PAYMENT_DELAY: Final = timedelta(seconds=10)
CENT: Final = Decimal("0.01")
ZERO: Final = timedelta(0)


class SessionState(StrEnum):
    """Name the stages of a session."""

    STARTING = "starting"
    ACTIVE = "active"
    STOPPING = "stopping"
    FINISHED = "finished"


class PeriodKind(StrEnum):
    """Tell whether a billing period charges or idles."""

    CHARGING = "charging"
    IDLE = "idle"


@dataclass(kw_only=True)
class Period:
    """Bill one stretch of a session at one price."""

    kind: PeriodKind
    price: Price
    started_at: datetime
    stopped_at: datetime | None = None
    grace_end: datetime | None = None
    energy_uj: int = 0

    def duration(self, now: datetime) -> timedelta:
        """Return how long the period lasts so far."""
        return (self.stopped_at or now) - self.started_at

    def amount(self, tariff: Tariff, now: datetime) -> Decimal:
        """Return the exact cost with tax, energy and idle fee."""
        return to_kwh(self.energy_uj) * self.price.all_in + self._idle_fee(tariff, now)

    def _idle_fee(self, tariff: Tariff, now: datetime) -> Decimal:
        if self.grace_end is None or tariff.idle_fee_per_minute is None:
            return Decimal(0)
        since = max(self.started_at, self.grace_end)
        billed = max(ZERO, (self.stopped_at or now) - since)
        seconds = Decimal(billed // timedelta(microseconds=1)) / 1_000_000
        return seconds / 60 * tariff.idle_fee_per_minute


@dataclass(frozen=True)
class Sample:
    """Keep one meter reading."""

    moment: datetime
    power_w: int
    energy_uj: int
    drawn_w: int = 0
    drawn_uj: int = 0


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """State what a session costs."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    currency: str


@dataclass(kw_only=True)
class Session:
    """Follow one charging session from request to payment."""

    id: str
    evse_id: str
    driver_id: str | None
    tariff: Tariff
    requested_at: datetime
    started_at: datetime
    confirm_at: datetime
    started_by: str = "app"
    state: SessionState = SessionState.STARTING
    finish_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_reason: str | None = None
    quiet_since: datetime | None = None
    idle_since: datetime | None = None
    energy_uj: int = 0
    drawn_uj: int = 0
    limit_uj: int | None = None
    meter_start_uj: int = 0
    drawn_start_uj: int = 0
    car_id: str | None = None
    soc_start: Decimal | None = None
    soc_end: Decimal | None = None
    periods: list[Period] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Return whether the session has not ended."""
        return self.state is not SessionState.FINISHED

    @property
    def energy_wh(self) -> Decimal:
        """Return the delivered energy in Wh."""
        return to_wh(self.energy_uj)

    @property
    def drawn_wh(self) -> Decimal:
        """Return the energy taken from the grid in Wh."""
        return to_wh(self.drawn_uj)

    @property
    def missing_to_limit_uj(self) -> int | None:
        """Return the microjoules until the limit, if there is one."""
        return None if self.limit_uj is None else max(0, self.limit_uj - self.energy_uj)

    def reading_at(self, moment: datetime) -> Sample:
        """Return what the meter read at a moment of the session."""
        index = bisect_right(self.samples, moment, key=lambda sample: sample.moment)
        if index == 0:
            return Sample(moment, 0, 0)
        last = self.samples[index - 1]
        lasted = moment - last.moment
        return Sample(
            moment,
            last.power_w,
            last.energy_uj + energy_uj(last.power_w, lasted),
            last.drawn_w,
            last.drawn_uj + energy_uj(last.drawn_w, lasted),
        )

    def is_paid(self, now: datetime) -> bool:
        """Return whether the payment has gone through."""
        return self.stopped_at is not None and now >= self.stopped_at + PAYMENT_DELAY

    def idle_time(self, now: datetime) -> timedelta:
        """Return the time spent in idle periods."""
        idle = (p.duration(now) for p in self.periods if p.kind is PeriodKind.IDLE)
        return sum(idle, ZERO)

    def accrued(self, now: datetime) -> Decimal:
        """Return the exact sum of the period amounts."""
        return sum((p.amount(self.tariff, now) for p in self.periods), Decimal(0))

    def amount(self, now: datetime) -> Decimal:
        """Return the bill with tax: rounded once, then at least the minimum price.

        The minimum holds once something was delivered; a session that has only just
        started shows 0 (fact sheet ampeco 6.4 and 10).
        """
        accrued = self.accrued(now)
        rounded = accrued.quantize(CENT, ROUND_HALF_UP)
        if self.tariff.min_price is None or not (self.energy_uj or accrued):
            return rounded
        return max(rounded, self.tariff.min_price)

    def invoice(self, now: datetime) -> Invoice:
        """Return the bill with its tax shown."""
        gross = self.amount(now)
        net = (gross / (1 + self.tariff.tax_percent / 100)).quantize(
            CENT, ROUND_HALF_UP
        )
        return Invoice(
            net=net, tax=gross - net, gross=gross, currency=self.tariff.currency
        )
