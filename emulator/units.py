"""Exact energy arithmetic.

Energy is counted in whole microjoules (watts times microseconds), so that cutting
an interval into pieces never changes the sum.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Final

MICROJOULES_PER_WH: Final = 3_600_000_000
MICROSECOND: Final = timedelta(microseconds=1)


def energy_uj(power_w: int, duration: timedelta) -> int:
    """Return the microjoules that a power delivers in a duration."""
    return power_w * (duration // MICROSECOND)


def to_wh(microjoules: int) -> Decimal:
    """Return microjoules as Wh."""
    return Decimal(microjoules) / MICROJOULES_PER_WH


def to_kwh(microjoules: int) -> Decimal:
    """Return microjoules as kWh."""
    return to_wh(microjoules) / 1000


def time_to_deliver(microjoules: int, power_w: int) -> timedelta:
    """Return how long a power needs for an energy, rounded up to a microsecond."""
    return MICROSECOND * -(-microjoules // power_w)
