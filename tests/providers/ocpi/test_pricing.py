"""What a session costs, computed by hand (fact sheet ocpi 10)."""

from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.ocpi.pricing import (
    Amount,
    Element,
    Limit,
    Restrictions,
    Tariff,
    bill,
    is_free,
)

from .pricing_support import (
    AMSTERDAM,
    START,
    amount,
    charge,
    charging,
    element,
    energy,
    flat,
    limit,
    net,
    park,
    parking,
    session,
    tariff,
)

DAY = {"start_time": time(8), "end_time": time(22)}
# The tariff of section 10.
EXAMPLE = tariff(
    element(flat("0.5", "21"), energy("0.3", "21")),
    element(parking("2.0", "21", 300), **DAY),
)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        # 0.50 + 20 kWh x 0.30 = 6.50; x 1.21 = 7.865
        ([charge(120, "20")], amount("6.5", "7.865")),
        # and 28 minutes of parking, 30 by its step: + 0.5 h x 2.00 = 7.50
        ([charge(120, "20"), park(28)], amount("7.5", "9.075")),
        # nothing yet but the flat fee: 0.50, x 1.21 = 0.605
        ([charge(0)], amount("0.5", "0.605")),
    ],
)
def test_the_example(parts: list[dict[str, Any]], expected: Amount) -> None:
    """The tariff and the session of the fact sheet."""
    assert bill(EXAMPLE, session(*parts), AMSTERDAM) == expected


def test_a_zone_is_needed_only_where_it_changes_the_price() -> None:
    """Nobody parks, so it does not matter when parking has a price."""
    charged = [charge(120, "20")]
    assert bill(EXAMPLE, session(*charged), None) == amount("6.5", "7.865")
    assert bill(EXAMPLE, session(*charged, park(10)), None) is None


EVENING = {"start_time": time(17)}


@pytest.mark.parametrize(
    ("elements", "parts", "expected"),
    [
        # 4.3 kWh x 0.20 = 0.86; 5.4 kWh are billed as 5.5, so 1.2 x 0.27 = 0.324
        (
            [element(energy("0.27", step=500), **EVENING), element(energy("0.20"))],
            [charge(60, "4.3"), charge(60, "1.1")],
            "1.184",
        ),
        # the step of the first is not used: 4.3 x 0.20 + 1.1 x 0.27 = 1.157
        (
            [element(energy("0.27"), **EVENING), element(energy("0.20", step=500))],
            [charge(60, "4.3"), charge(60, "1.1")],
            "1.157",
        ),
        # 115.2 Wh by steps of 1, 25 and 500 Wh: 116, 125 and 500 Wh x 0.25
        ([element(energy("0.25"))], [charge(9, "0.1152")], "0.029"),
        ([element(energy("0.25", step=25))], [charge(9, "0.1152")], "0.03125"),
        ([element(energy("0.25", step=500))], [charge(9, "0.1152")], "0.125"),
        # a whole number of steps stays what it is: 125 Wh x 0.25
        ([element(energy("0.25", step=25))], [charge(9, "0.125")], "0.03125"),
        # no step at all: 0.1152 x 0.25
        ([element(energy("0.25", step=0))], [charge(9, "0.1152")], "0.0288"),
        # nothing used, nothing stepped
        ([element(energy("0.25", step=500))], [charge(9)], "0"),
        # floats add up to a little more than 5.5: still 11 steps x 0.5 x 0.20
        (
            [element(energy("0.20", step=500))],
            [charge(60, "5.500000000000001")],
            "1.1",
        ),
    ],
)
def test_steps_of_energy(
    elements: list[Element], parts: list[dict[str, Any]], expected: str
) -> None:
    """The total is rounded up once, at the price and with the step of the last.

    The second hour begins at 17:00 in Amsterdam.
    """
    start = START + timedelta(hours=5)
    assert net(tariff(*elements), session(*parts, start=start)) == Decimal(expected)


def test_rounding_of_periods_begins_no_step() -> None:
    """Six periods of a sixth of 10 kWh are not 10.5, one of 10.0001 is."""
    priced = tariff(element(energy("0.20", step=500)))
    sixths = net(priced, session(*[charge(10, "1.6666666667")] * 6))
    assert round(sixths, 6) == 2
    assert net(priced, session(charge(60, "10.0001"))) == Decimal("2.1")


# Charging 1.20 an hour until 17:00 and 2.40 after, parking 1.20 until 20:00.
BY_TIME = [
    element(charging("1.20", step=1800), end_time=time(17)),
    element(charging("2.40", step=900), start_time=time(17)),
    element(parking("1.20", step=900), end_time=time(20)),
]
TIMES = [element(charging("3.00", step=3600), parking("6.00", step=600))]


@pytest.mark.parametrize(
    ("elements", "begin", "parts", "expected"),
    [
        # 16:35: 25 min x 1.20 = 0.50; 35 are billed as 45, so 20 min x 2.40 = 0.80
        (BY_TIME, (16, 35), [charge(35)], "1.30"),
        # 16:35 to 16:50: 15 are billed as 30 min x 1.20
        (BY_TIME, (16, 35), [charge(15)], "0.60"),
        # 16:55: 5 min x 1.20 = 0.10 and 5 x 2.40 = 0.20; 12 min are billed as 15, so
        # parking is 5 min x 1.20 = 0.10
        (BY_TIME, (16, 55), [charge(10), park(2)], "0.40"),
        # 19:55: 10 min of charging are billed as 15 x 2.40; parking has no price any
        # more at 20:05, so it is neither the last nor a part of what is rounded
        (BY_TIME, (19, 55), [charge(10), park(2)], "0.60"),
        # 20 min x 3.00 = 1.00; 36 are billed as 40, so parking is 20 min x 6.00 = 2.00
        (TIMES, (9, 0), [charge(20), park(16)], "3.00"),
        # the other way round the step is an hour: 16 min x 6.00 = 1.60, and 36 are
        # billed as 60, so charging is 44 min x 3.00 = 2.20
        (TIMES, (9, 0), [park(16), charge(20)], "3.80"),
        # back and forth, rounded once: 20 min x 3.00 = 1.00; 41 are billed as 50, so
        # parking is 30 min x 6.00 = 3.00
        (TIMES, (9, 0), [park(5), charge(20), park(16)], "4.00"),
        # energy is rounded for itself: 1.1 kWh as 1.5 x 0.20 = 0.30, and 20 min as an
        # hour x 3.00
        (
            [element(energy("0.20", step=500)), *TIMES],
            (9, 0),
            [charge(20, "1.1")],
            "3.3",
        ),
    ],
)
def test_steps_of_time(
    elements: list[Element],
    begin: tuple[int, int],
    parts: list[dict[str, Any]],
    expected: str,
) -> None:
    """Charging and parking are rounded once, with the step of what came last."""
    hour, minute = begin
    start = START.astimezone(AMSTERDAM).replace(hour=hour, minute=minute)
    assert net(tariff(*elements), session(*parts, start=start)) == Decimal(expected)


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        # the first that has the dimension: 10 x 0.10 + 2 h x 3.00
        ([[energy("0.10")], [energy("0.20"), charging("3.00")]], "7"),
        # the other way round: 10 x 0.20 + 2 h x 3.00
        ([[energy("0.20"), charging("3.00")], [energy("0.10"), charging("1")]], "8"),
        # the first of two in one element
        ([[energy("0.20"), energy("0.10")]], "2"),
        # one flat fee, not two
        ([[flat("1.00"), energy("0.10")], [flat("5.00")]], "2"),
        # a price for parking has nothing to do with charging
        ([[parking("4.00")]], "0"),
    ],
)
def test_the_first_element_of_each_dimension(
    elements: list[list[Any]], expected: str
) -> None:
    """10 kWh in two hours, with elements that apply always."""
    priced = tariff(*(element(*components) for components in elements))
    assert net(priced, session(charge(120, "10"))) == Decimal(expected)


@pytest.mark.parametrize(
    ("components", "expected"),
    [
        # 0.50 x 1.20 + 5.00 x 1.10
        ([flat("0.50", "20"), energy("0.25", "10")], amount("5.5", "6.1")),
        # 0 % is known to be nothing
        ([flat("0.50", "0"), energy("0.25", "0")], amount("5.5", "5.5")),
        # "not applicable" is not 0 %
        ([flat("0.50", "20"), energy("0.25")], amount("5.5", None)),
        # version 2.1.1 knows no VAT
        ([energy("0.25")], amount("5", None)),
        # no tax on nothing, whatever its rate: 5.00 x 1.10
        ([flat("0"), energy("0.25", "10")], amount("5", "5.5")),
        # what was not used does not count
        ([parking("2.00"), energy("0.25", "10")], amount("5", "5.5")),
        # free of charge
        ([flat("0.00")], amount("0", "0")),
        # money is not rounded: 20 x 0.12345 = 2.469; x 1.077 = 2.659113
        ([energy("0.12345", "7.7")], amount("2.469", "2.659113")),
    ],
)
def test_vat(components: list[Any], expected: Amount) -> None:
    """20 kWh; the amount with VAT is known where each part of it is."""
    priced = tariff(element(*components))
    assert bill(priced, session(charge(120, "20")), None) == expected


@pytest.mark.parametrize(
    ("components", "expected"),
    [
        # 20 x 0.242 = 4.84 with tax; / 1.21 = 4.00
        ([energy("0.242", "21")], amount("4", "4.84")),
        ([energy("0.242")], amount(None, "4.84")),
        # 4.84 + 1.10 with tax; 4.00 + 1.00 without
        ([energy("0.242", "21"), flat("1.10", "10")], amount("5", "5.94")),
        ([energy("0.242", "21"), flat("1.10")], amount(None, "5.94")),
    ],
)
def test_prices_that_include_tax(components: list[Any], expected: Amount) -> None:
    """Version 2.3.0 lets an operator say so."""
    priced = tariff(element(*components), tax_included=True)
    assert bill(priced, session(charge(120, "20")), None) == expected


@pytest.mark.parametrize(
    ("minimum", "maximum", "expected"),
    [
        (limit("4", "5"), None, amount("5", "6.05")),
        (limit("8", "9.68"), None, amount("8", "9.68")),
        # each basis for itself
        (limit("5.5", "6"), None, amount("5.5", "6.05")),
        (limit("4", "7"), None, amount("5", "7")),
        (None, limit("4", "4.84"), amount("4", "4.84")),
        (None, limit("4", "9"), amount("4", "6.05")),
        (None, limit("9", "6"), amount("5", "6")),
        (limit("1", "1"), limit("9", "9"), amount("5", "6.05")),
        # 8.00 is not 6.05 with VAT, and nobody says what it is
        (limit("8"), None, amount("8", None)),
        (None, limit("4"), amount("4", None)),
        (None, limit(None, "6"), amount(None, "6")),
        # a limit that is not reached changes nothing
        (limit("4"), limit("9"), amount("5", "6.05")),
        (limit(), limit(), amount("5", "6.05")),
    ],
)
def test_limits(minimum: Limit | None, maximum: Limit | None, expected: Amount) -> None:
    """20 kWh x 0.25 = 5.00, 6.05 with VAT, within limits for the whole session."""
    priced = tariff(element(energy("0.25", "21")), minimum=minimum, maximum=maximum)
    assert bill(priced, session(charge(120, "20")), None) == expected


@pytest.mark.parametrize(
    ("tax_included", "minimum", "expected"),
    [
        # 5.00 with a VAT that nobody knows
        (False, limit("8", "9.68"), amount("8", None)),
        (False, limit("4", "9.68"), amount("5", None)),
        # whether 5.00 with tax are less than 3.00 without is not known
        (True, limit("3"), None),
        (True, limit("3", "3.3"), amount(None, "5")),
        (True, limit("8", "9.68"), amount(None, "9.68")),
    ],
)
def test_limits_of_what_is_not_known(
    tax_included: bool, minimum: Limit, expected: Amount | None
) -> None:
    """A limit does not tell an amount, and an unknown amount keeps no limit."""
    priced = tariff(element(energy("0.25")), minimum=minimum, tax_included=tax_included)
    assert bill(priced, session(charge(120, "20")), None) == expected


@pytest.mark.parametrize(
    ("changes", "free"),
    [
        ({}, True),
        ({"minimum": limit("0", "0")}, True),
        ({"maximum": limit("5")}, True),
        ({"minimum": limit("1")}, False),
        ({"minimum": limit(None, "1")}, False),
        ({"priced": False}, False),
        ({"elements": ()}, False),
        ({"elements": (element(flat("0"), parking("0.01")),)}, False),
        ({"elements": (element(flat("0")), element(energy("1"), **DAY))}, False),
    ],
)
def test_free_of_charge(changes: dict[str, Any], free: bool) -> None:
    """Nothing has a price, and somebody says so."""
    priced = tariff(element(flat("0"), energy("0.00", "21")))
    assert is_free(msgspec.structs.replace(priced, **changes)) is free


HOUR = timedelta(hours=1)
BROKEN: dict[str, list[dict[str, Any]]] = {
    "nothing": [],
    "energy below 0": [charge(60, "5"), charge(60, "-0.1")],
    "energy that is no number": [charge(60, "NaN")],
    "more energy than there is": [charge(60, "1e12")],
    "an end before the start": [charge(60, "5"), charge(-30)],
    "a year": [charge(60 * 24 * 365, "5")],
    "another tariff": [charge(60, "5", tariff_id="T1"), charge(60, tariff_id="t2")],
}


@pytest.mark.parametrize("parts", BROKEN.values(), ids=list(BROKEN))
def test_a_session_that_cannot_be_priced(parts: list[dict[str, Any]]) -> None:
    """What cannot be said for sure is not said."""
    assert bill(EXAMPLE, session(*parts), AMSTERDAM) is None


@pytest.mark.parametrize("seconds", [-1, 1])
def test_segments_follow_each_other(seconds: int) -> None:
    """A gap may be a part that got lost, and nothing is paid twice."""
    first, second = session(charge(60, "5"), charge(60, "5"))
    start = second.start + timedelta(seconds=seconds)
    moved = msgspec.structs.replace(second, start=start)
    assert bill(EXAMPLE, [first, moved], AMSTERDAM) is None
    assert bill(EXAMPLE, [second, first], AMSTERDAM) == bill(
        EXAMPLE, [first, second], AMSTERDAM
    )


@pytest.mark.parametrize(
    ("changes", "priced"),
    [
        ({"priced": False}, False),
        ({"starts_at": START}, True),
        ({"starts_at": START + HOUR / 2}, False),
        ({"ends_at": START}, False),
        # what holds when a session begins holds until it ends
        ({"ends_at": START + HOUR / 2}, True),
        ({"elements": (element(energy("NaN")),)}, False),
        ({"elements": (element(energy("1e12")),)}, False),
        ({"elements": (element(energy("1", "-1")),)}, False),
        ({"elements": (element(energy("1"), max_kwh=Decimal("inf")),)}, False),
        # too small to be meant, and nothing to calculate with
        ({"elements": (element(energy("1e-999999")),)}, True),
    ],
)
def test_a_tariff_that_cannot_be_used(changes: dict[str, Any], priced: bool) -> None:
    """One that nobody here understands, or that holds at other times."""
    used: Tariff = msgspec.structs.replace(EXAMPLE, **changes)
    found = bill(used, session(charge(60, "5", tariff_id="T1")), AMSTERDAM)
    assert (found is not None) is priced


def test_the_key_tells_operators_apart() -> None:
    """Two of them may call their tariffs alike."""
    assert EXAMPLE.key == (None, "t1")
    owned = msgspec.structs.replace(EXAMPLE, owner=("nl", "xyz"))
    assert owned.key == (("nl", "xyz"), "t1")


def test_prices_of_a_reservation_are_not_those_of_charging() -> None:
    """10 kWh x 0.20 and one flat fee of 0.50, none of 9.00."""
    reserved = Element(
        components=(flat("9"), charging("9"), parking("9"), energy("9")),
        restrictions=Restrictions(reservation=True),
    )
    priced = tariff(reserved, element(flat("0.50"), energy("0.20")))
    found = net(priced, session(charge(60, "10"), park(60)))
    assert found == Decimal("2.50")
