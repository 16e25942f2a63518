"""What charging costs: amounts, their state, and the tariffs behind them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.ampeco import mapping
from custom_components.ev_charging_cloud.providers.model import CostState

from .support import evse_of, example, session_of


@pytest.mark.parametrize(
    "value",
    ["NaN", "sNaN", "inf", "-inf", "1e13", "1e9999999", "9" * 5000, 1e300, "", "x"],
    ids=lambda value: str(value)[:10],
)
def test_an_amount_that_cannot_be_is_no_cost(value: Any) -> None:
    """Money has bounds too."""
    assert session_of(totalAmount=value).cost is None


@pytest.mark.parametrize("value", [1e300, "1e300", -1, "NaN", "x"], ids=str)
def test_a_grace_period_that_cannot_be_is_not_known(value: Any) -> None:
    """It costs neither the tariff nor the charge point."""
    tariff = example("charge_points")["data"][0]["evses"][0]["tariff"]
    tariff["pricing"]["idleFeeGracePeriodMinutes"] = value
    found = evse_of(tariff=tariff).tariff
    assert found is not None
    assert found.idle_grace is None
    assert found.price_per_kwh == Decimal("1.5")


def test_idle_fees() -> None:
    """Money per minute, after minutes of grace."""
    tariff = example("charge_points")["data"][0]["evses"][0]["tariff"]
    tariff["pricing"] |= {"idleFeePerMinute": 0.5, "idleFeeGracePeriodMinutes": 15}
    found = evse_of(tariff=tariff).tariff
    assert found is not None
    assert found.idle_fee_per_minute == Decimal("0.5")
    assert found.idle_grace == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("status", "payment", "state"),
    [
        ("starting", "pending", CostState.RUNNING),
        ("active", "pending", CostState.RUNNING),
        ("active", "paid", CostState.RUNNING),
        ("stopping", "pending", CostState.RUNNING),
        ("finished", "pending", CostState.PROVISIONAL),
        ("finished", "partially", CostState.PROVISIONAL),
        ("finished", "failed", CostState.PROVISIONAL),
        ("finished", None, CostState.PROVISIONAL),
        ("finished", "paid", CostState.FINAL),
        ("finished", "Paid", CostState.FINAL),
        ("expired", "paid", CostState.FINAL),
        ("failed", "pending", CostState.PROVISIONAL),
    ],
)
def test_cost_state(status: str, payment: str | None, state: CostState) -> None:
    """Running, then the operator's figure, then paid (fact sheet ampeco 7.4)."""
    cost = session_of(status=status, paymentStatus=payment).cost
    assert cost is not None
    assert cost.state is state


def test_the_cost_is_the_total_and_not_what_is_due() -> None:
    """A paid session is due nothing and has still cost something."""
    cost = session_of(status="finished", amountDue=0, amount=9.9, totalAmount=12.3).cost
    assert cost is not None
    assert (cost.gross, cost.net, cost.vat) == (Decimal("12.3"), None, None)
    assert cost.amount == Decimal("12.3")


def test_the_minimum_price_is_taken_as_the_operator_applied_it() -> None:
    """0.706 accrued, 2.5 charged (fact sheet ampeco 10)."""
    periods = [
        {
            "startedAt": "2025-05-04T20:00:00.000000Z",
            "state": "charging",
            "amount": 0.706,
        }
    ]
    session = session_of(totalAmount=2.5, energy=660, chargingPeriods=periods)
    assert session.cost is not None
    assert session.cost.gross == Decimal("2.5")
    assert session.periods[0].amount == Decimal("0.706")


@pytest.mark.parametrize(
    ("energy", "known"), [(0, True), (None, True), (1, False), (8200, False)]
)
def test_nothing_for_energy_is_not_believed(energy: int | None, known: bool) -> None:
    """A zero with energy above zero is unknown."""
    cost = session_of(totalAmount=0, energy=energy).cost
    assert (cost is not None) is known


@pytest.mark.parametrize(
    ("tariff", "known"),
    [
        ({"id": 1, "type": "free"}, True),
        ({"id": 1, "type": "Free"}, True),
        ({"id": 1, "type": "standard", "pricing": {"pricePerKwh": 0}}, True),
        ({"id": 1, "type": "standard", "pricing": {"pricePerKwh": "0.00"}}, True),
        ({"id": 1, "type": "standard", "pricing": {"pricePerKwh": 1.5}}, False),
        ({"id": 1, "type": "standard"}, False),
        (None, False),
    ],
    ids=["free", "case", "zero", "zero-text", "price", "no-price", "no-tariff"],
)
def test_nothing_for_energy_is_believed_where_the_tariff_says_free(
    tariff: Any, known: bool
) -> None:
    """Free charging exists, and then the cost is a true zero."""
    free = {**example("session_running")["session"], "totalAmount": 0}
    session = evse_of(session=free, tariff=tariff).session
    assert session is not None
    assert (session.cost is not None) is known


@pytest.mark.parametrize(
    ("currency", "code"),
    [
        ({"code": "DKK"}, "DKK"),
        ({"code": " eur "}, "EUR"),
        ({"code": ""}, None),
        ({"code": None}, None),
        ({}, None),
        (None, None),
        ("DKK", None),
        ({"code": 5}, None),
    ],
    ids=str,
)
def test_currency(currency: Any, code: str | None) -> None:
    """An amount without a currency is no cost."""
    cost = session_of(currency=currency).cost
    assert (cost.currency if cost else None) == code


def test_the_same_tariff_is_mapped_once() -> None:
    """It comes with every EVSE of every answer."""
    mapper = mapping.Mapper("drivee")
    raw = msgspec.Raw(b'{"id":1,"name":"Spot"}')
    first = mapper.tariff(raw)
    assert first is not None
    assert mapper.tariff(raw) is first


def test_ever_new_tariffs_do_not_fill_the_memory() -> None:
    """An operator that stamps every tariff anew must not make us grow."""
    mapper = mapping.Mapper("drivee")
    for number in range(2000):
        mapper.tariff(msgspec.Raw(b'{"id":%d}' % number))
        mapper._currency(msgspec.Raw(b'{"code":"X%d"}' % number))
    assert len(mapper._tariffs) <= 512
    assert len(mapper._currencies) <= 64
