"""Tariffs by the hour."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
import math
import random
from typing import Final
from zoneinfo import ZoneInfo

TIME_OF_USE: Final = "energy tou"
STEP: Final = Decimal("0.00001")

type Curve = Callable[[datetime], Decimal]


@dataclass(frozen=True, kw_only=True)
class Price:
    """Price one kWh: electricity without tax, markup with tax.

    The relation of the parts is that of fact sheet ampeco 10.
    """

    electricity: Decimal
    markup: Decimal
    tax_percent: Decimal

    @property
    def all_in(self) -> Decimal:
        """Return the price per kWh with tax and markup."""
        return self.electricity * (1 + self.tax_percent / 100) + self.markup

    @property
    def net(self) -> Decimal:
        """Return the price per kWh without tax."""
        return self.all_in / (1 + self.tax_percent / 100)


@dataclass(frozen=True)
class DailyCurve:
    """Make up an electricity price per slot: dear evenings, cheap nights."""

    seed: int = 0
    level: Decimal = Decimal("0.6")

    def __call__(self, moment: datetime) -> Decimal:
        """Return the price per kWh without tax for the slot that starts then."""
        wave = math.sin((moment.hour - 11) / 24 * 2 * math.pi)
        noise = random.Random(f"{self.seed}:{moment.isoformat()}").uniform(-0.15, 0.15)
        return (self.level * Decimal(str(1 + 0.6 * wave + noise))).quantize(STEP)


@dataclass(frozen=True)
class FlatCurve:
    """Keep one electricity price for all hours."""

    price: Decimal

    def __call__(self, moment: datetime) -> Decimal:
        """Return the price per kWh without tax."""
        return self.price


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """Describe what a session costs, in the zone of the operator."""

    id: int
    name: str = "Spot + fee"
    kind: str = TIME_OF_USE
    currency: str = "DKK"
    zone: str = "Europe/Copenhagen"
    slot: timedelta = timedelta(hours=1)
    curve: Curve = field(default_factory=DailyCurve)
    tax_percent: Decimal = Decimal(25)
    markups: tuple[Decimal, ...] = (Decimal(1),) * 24
    min_price: Decimal | None = Decimal("2.5")
    idle_fee_per_minute: Decimal | None = None
    idle_grace: timedelta = timedelta(0)

    @cached_property
    def tzinfo(self) -> ZoneInfo:
        """Return the operator's time zone."""
        return ZoneInfo(self.zone)

    def price_at(self, moment: datetime) -> Price:
        """Return the price that holds at a moment."""
        start = self.slot_start(moment)
        return Price(
            electricity=self.curve(start),
            markup=self.markups[start.astimezone(self.tzinfo).hour],
            tax_percent=self.tax_percent,
        )

    def slot_start(self, moment: datetime) -> datetime:
        """Return the start of the price slot around a moment, in UTC."""
        local = moment.astimezone(self.tzinfo)
        since_midnight = timedelta(
            hours=local.hour,
            minutes=local.minute,
            seconds=local.second,
            microseconds=local.microsecond,
        )
        return moment.astimezone(UTC) - since_midnight % self.slot

    def next_change(self, moment: datetime) -> datetime:
        """Return the start of the next price slot, in UTC."""
        return self.slot_start(moment) + self.slot

    def slots_of(self, day: date) -> list[datetime]:
        """Return the slot starts of one local day, in UTC."""
        first = datetime(day.year, day.month, day.day, tzinfo=self.tzinfo)
        moment, slots = first.astimezone(UTC), []
        while moment.astimezone(self.tzinfo).date() == day:
            slots.append(moment)
            moment += self.slot
        return slots
