"""Time of which nobody knows whether the car was charging or parking."""

from datetime import time, timedelta
from decimal import Decimal

import pytest

from custom_components.ev_charging_cloud.providers.ocpi.pricing import Element

from .pricing_support import (
    charge,
    charging,
    element,
    energy,
    flat,
    maybe,
    net,
    park,
    parking,
    session,
    tariff,
)

HOUR = timedelta(hours=1)
BASE = element(flat("0.5"), energy("0.3"))

# Prices beside 0.50 and 0.30 per kWh, and what 10 kWh in two hours cost.
PRICES: dict[str, tuple[list[Element], str | None]] = {
    "no price for time": ([], "3.5"),
    "a price for parking": ([element(parking("2"))], None),
    "a price for charging": ([element(charging("2"))], None),
    "two prices": ([element(charging("1"), parking("2"))], None),
    "two steps": ([element(charging("2", step=60), parking("2"))], None),
    "two taxes": ([element(charging("2", "21"), parking("2"))], None),
    "one price": ([element(charging("2"), parking("2"))], "7.5"),
    "one price in two elements": (
        [element(charging("2")), element(parking("2"))],
        "7.5",
    ),
    "parking that costs nothing": ([element(parking("0", step=60))], "3.5"),
    "nothing costs anything": ([element(charging("0"), parking("0"))], "3.5"),
    "later than the session": ([element(parking("2"), min_duration=2 * HOUR)], "3.5"),
    "while the session lasts": ([element(parking("2"), min_duration=HOUR)], None),
    "another hour of the day": (
        [element(parking("2"), start_time=time(20), end_time=time(23))],
        "3.5",
    ),
}


@pytest.mark.parametrize("case", PRICES)
def test_a_session_of_unknown_kind(case: str) -> None:
    """It has a price where the kind does not matter."""
    elements, cost = PRICES[case]
    found = net(tariff(BASE, *elements), session(maybe(120, "10")))
    assert found == (None if cost is None else Decimal(cost))


def test_only_the_time_that_nobody_knows_matters() -> None:
    """Where a price holds for the rest alone, the session has one."""
    found = tariff(BASE, element(parking("2"), max_duration=HOUR))
    parts = park(60), maybe(60, "10")
    assert net(found, session(*parts)) == Decimal("5.5")
    assert net(found, session(*reversed(parts))) is None


def test_free_time_that_may_belong_to_a_step() -> None:
    """Whether it counts towards the total decides where the last step begins."""
    free = element(charging("0"), max_duration=HOUR)
    for step, cost in ((1, "1.5"), (2700, None)):
        paid = element(charging("1", step=step))
        whole = session(maybe(60), charge(60))
        found = net(tariff(element(flat("0.5")), free, paid), whole)
        assert found == (None if cost is None else Decimal(cost))
