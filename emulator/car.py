"""Cars that draw, taper and fill up."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from .units import MICROJOULES_PER_WH

TAPER_FROM_PERCENT: Final = 80
TAPER_LOSS: Final = Decimal("0.8")
VOLTAGE: Final = 230


@dataclass(kw_only=True)
class Car:
    """Hold the battery of one car and what it accepts.

    Above 80 % the accepted power falls in a straight line to a fifth at 100 %.
    """

    id: str
    name: str = "Car"
    battery_wh: int = 60_000
    max_power_w: int = 11_000
    phases: int = 3
    stored_uj: int = 0
    target_percent: int = 100
    wants_energy: bool = True

    @property
    def soc_percent(self) -> Decimal:
        """Return the state of charge in percent."""
        return Decimal(self.stored_uj) * 100 / self._capacity_uj

    def soc_after(self, soc_percent: Decimal, gained_uj: int) -> Decimal:
        """Return the state of charge that an energy leads to, in percent."""
        return soc_percent + Decimal(gained_uj) * 100 / self._capacity_uj

    @property
    def missing_uj(self) -> int:
        """Return the microjoules missing to the target."""
        return max(0, self._capacity_uj * self.target_percent // 100 - self.stored_uj)

    @property
    def is_full(self) -> bool:
        """Return whether the target is reached."""
        return self.missing_uj == 0

    def set_soc(self, percent: float) -> None:
        """Set the state of charge in percent."""
        self.stored_uj = int(self._capacity_uj * Decimal(str(percent)) / 100)

    def demand_w(self, limit_w: int, current_a: int | None) -> int:
        """Return the power the car draws within the charger's limits, in W.

        Without a current the limit is the power alone, as with direct current.
        """
        if not self.wants_energy or self.is_full:
            return 0
        offered = min(limit_w, self.max_power_w)
        if current_a is not None:
            offered = min(offered, current_a * self.phases * VOLTAGE)
        return max(1, int(offered * self._taper)) if offered > 0 else 0

    @property
    def _taper(self) -> Decimal:
        above = max(Decimal(0), self.soc_percent - TAPER_FROM_PERCENT)
        return 1 - TAPER_LOSS * above / (100 - TAPER_FROM_PERCENT)

    @property
    def _capacity_uj(self) -> int:
        return self.battery_wh * MICROJOULES_PER_WH
