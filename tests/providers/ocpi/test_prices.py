"""Which tariff a session has, and when it is priced by it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.model import Cost
from custom_components.ev_charging_cloud.providers.ocpi.book import Known
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Mapper, Own
from custom_components.ev_charging_cloud.providers.ocpi.prices import Prices, costed
from custom_components.ev_charging_cloud.providers.ocpi.pulse import Pulse

from .mapping_support import MISSING, example, raw

NOW = datetime(2026, 1, 5, 10, 20, tzinfo=UTC)
KWH = Decimal("3.25")


@dataclass
class Desk:
    """A session at an EVSE with tariffs, each with a price of its own per kWh."""

    prices: Prices
    mapper: Mapper

    def cost(
        self, *at_place: str, preference: str | None = None, **changes: Any
    ) -> Cost | None:
        """Return what the session of the fact sheet costs there."""
        sent = raw(example("session_221", **{"total_cost": MISSING, **changes}))
        reading = self.mapper.session(sent, Own(), NOW)
        place = self.mapper.location(raw(example("location_221")))
        assert reading is not None
        assert place is not None
        place = msgspec.structs.replace(
            place, tariff_ids=dict.fromkeys(place.tariff_ids, at_place)
        )
        known = Known(reading=reading, pulse=Pulse(), raw=sent, preference=preference)
        return costed(self.prices, self.mapper, known, reading.session, place, NOW)

    def at(self, *names: str, **values: Any) -> Decimal | None:
        """Return the price per kWh by which the session is priced at its place."""
        cost = self.cost(*names, charging_periods=[], **values)
        return None if cost is None or cost.net is None else cost.net / KWH

    def shown(self, *names: str) -> Decimal | None:
        """Return the price per kWh that an EVSE shows."""
        found = self.prices.shown(("nl", "xyz"), names, "Europe/Amsterdam", NOW)
        return None if found is None else found.price_per_kwh


@pytest.fixture
def desk() -> Desk:
    """Know tariffs of all types."""
    found = Desk(Prices(), Mapper("cpo.example"))
    types = {
        "R": "REGULAR",
        "N": None,
        "A": "AD_HOC_PAYMENT",
        "F": "PROFILE_FAST",
        "C": "PROFILE_CHEAP",
        "X": "TYPE_OF_TOMORROW",
    }
    for number, (name, kind) in enumerate(types.items(), start=1):
        price = {"type": "ENERGY", "price": number, "step_size": 1}
        tariff = found.mapper.tariff(
            raw(
                example(
                    "tariff_221",
                    id=name,
                    type=kind,
                    elements=[{"price_components": [price]}],
                )
            )
        )
        assert tariff is not None
        found.prices.add(tariff)
    return found


REGULAR, ANYBODY, AD_HOC, FAST = (Decimal(number) for number in range(1, 5))


@pytest.mark.parametrize(
    ("names", "preference", "price"),
    [
        ("R", None, REGULAR),
        ("N", None, ANYBODY),
        ("A", None, None),
        ("F", None, None),
        ("X", None, None),
        ("RAFCX", None, REGULAR),
        ("NA", None, ANYBODY),
        ("NR", None, None),
        ("AF", None, None),
        ("R?", None, None),
        ("?", None, None),
        ("", None, None),
        ("rR", None, REGULAR),
        ("F", "fast", FAST),
        ("RFC", "fast", FAST),
        ("RC", "fast", REGULAR),
        ("RFC", "regular", REGULAR),
        ("F?", "fast", None),
    ],
)
def test_the_tariff_of_a_place(
    desk: Desk, names: str, preference: str | None, price: Decimal | None
) -> None:
    """One for cards of anybody is not that of a driver with a contract."""
    assert desk.at(*names, preference=preference) == price
    if preference is None:
        assert desk.shown(*names) == price


def test_a_tariff_that_is_not_known_is_missing(desk: Desk) -> None:
    """It is asked for again soon."""
    desk.at("R")
    assert not desk.prices.missing
    desk.at("R", "?")
    assert desk.prices.missing


@pytest.mark.parametrize("name", ["R", "A", "F", "X"])
def test_the_tariff_that_a_session_names(desk: Desk, name: str) -> None:
    """The operator says that it holds, whatever its type."""
    period = {
        "start_date_time": "2026-01-05T10:00:00Z",
        "tariff_id": name,
        "dimensions": [{"type": "ENERGY", "volume": 3.25}],
    }
    cost = desk.cost("N", charging_periods=[period])
    assert cost is not None
    assert cost.net == KWH * ("RNAFCX".index(name) + 1)


@pytest.mark.parametrize(
    ("currency", "price"),
    [("EUR", REGULAR), ("eur", REGULAR), (MISSING, REGULAR), ("SEK", None)],
)
def test_a_tariff_in_another_currency(
    desk: Desk, currency: Any, price: Decimal | None
) -> None:
    """It is not what the session is billed by."""
    assert desk.at("R", currency=currency) == price


def test_a_total_of_nothing_in_another_currency(desk: Desk) -> None:
    """No tariff says that it is free."""
    free = example(
        "tariff_221",
        id="0",
        elements=[{"price_components": [{"type": "ENERGY", "price": 0}]}],
    )
    tariff = desk.mapper.tariff(raw(free))
    assert tariff is not None
    desk.prices.add(tariff)
    nothing: dict[str, Any] = {"total_cost": {"excl_vat": 0}, "charging_periods": []}
    for currency, cost in (("EUR", 0), ("SEK", None)):
        found = desk.cost("0", currency=currency, **nothing)
        assert (None if found is None else found.net) == cost


def test_parking_that_is_priced_and_not_told(desk: Desk) -> None:
    """Ten hours at a place that asks money for parking are not estimated by energy."""
    sent = example("tariff_221", id="P")
    sent["elements"][1].pop("restrictions")
    tariff = desk.mapper.tariff(raw(sent))
    assert tariff is not None
    desk.prices.add(tariff)
    begun = (NOW - timedelta(hours=10)).isoformat()
    silent: dict[str, Any] = {"start_date_time": begun, "charging_periods": []}
    assert desk.cost("P", **silent) is None
    told = {
        "start_date_time": begun,
        "dimensions": [
            {"type": "ENERGY", "volume": 3.25},
            {"type": "PARKING_TIME", "volume": 8},
        ],
    }
    cost = desk.cost("P", start_date_time=begun, charging_periods=[told])
    assert cost is not None
    assert cost.net == Decimal("0.5") + KWH * Decimal("0.3") + 16
