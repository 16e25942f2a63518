"""When the elements of a tariff apply, computed by hand (fact sheet ocpi 10)."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from time import process_time
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.ocpi.pricing import (
    Element,
    Kind,
    bill,
    rate,
)

from .pricing_support import (
    AMSTERDAM,
    KOLKATA,
    START,
    amount,
    charge,
    charging,
    component,
    element,
    energy,
    flat,
    net,
    park,
    parking,
    session,
    tariff,
)

TEN = Decimal(10)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("restrictions", "kwh", "expected"),
    [
        # exactly 10 kWh are all below 10
        ({"max_kwh": TEN}, "10", "1"),
        # 10 x 0.10 + 1 Wh x 1.00
        ({"max_kwh": TEN}, "10.001", "1.001"),
        # 10 x 0.10 + 20 x 1.00
        ({"max_kwh": TEN}, "30", "21"),
        # from the tenth on: 10 x 1.00 + 20 x 0.10
        ({"min_kwh": TEN}, "30", "12"),
        ({"min_kwh": TEN}, "10", "10"),
        # 10 x 1.00 + 5 x 0.10 + 15 x 1.00
        ({"min_kwh": TEN, "max_kwh": Decimal(15)}, "30", "25.5"),
        # 30 kWh in 3 hours: the first 2 hours are 20 x 0.10, then 10 x 1.00
        ({"max_duration": 2 * HOUR}, "30", "12"),
        ({"max_duration": 3 * HOUR}, "30", "3"),
        ({"min_duration": 2 * HOUR}, "30", "21"),
        ({"min_duration": 3 * HOUR}, "30", "30"),
        # both: 20 x 0.10 until 2 hours, though 25 kWh were allowed
        ({"max_duration": 2 * HOUR, "max_kwh": Decimal(25)}, "30", "12"),
    ],
)
@pytest.mark.parametrize("parts", [1, 2, 5, 8])
def test_energy_and_duration(
    restrictions: dict[str, Any], kwh: str, expected: str, parts: int
) -> None:
    """0.10 within the restriction and 1.00 else, however 3 hours are cut."""
    priced = tariff(element(energy("0.10"), **restrictions), element(energy("1.00")))
    share = f"{Decimal(kwh) / parts:f}"
    used = session(*[charge(180 / parts, share)] * parts)
    assert net(priced, used) == Decimal(expected)


def test_energy_at_which_time_gets_another_price() -> None:
    """A third of 9 kWh: 1 hour x 6.00, then 2 hours x 3.00."""
    priced = tariff(
        element(charging("6.00"), max_kwh=Decimal(3)), element(charging("3.00"))
    )
    assert net(priced, session(charge(180, "9"))) == 12


def test_parking_counts_from_the_start_of_the_session() -> None:
    """An hour of charging, then parking: 1 hour free, 1 x 2.00, 1 x 3.00."""
    priced = tariff(
        element(parking("0"), max_duration=2 * HOUR),
        element(parking("2.00"), max_duration=3 * HOUR),
        element(parking("3.00")),
    )
    assert net(priced, session(charge(60, "7"), park(180))) == 5


def test_energy_that_flows_in_no_time() -> None:
    """A period without length still has amounts: 10 x 0.10 + 2 x 1.00."""
    priced = tariff(element(energy("0.10"), max_kwh=TEN), element(energy("1.00")))
    assert net(priced, session(charge(0, "12"), charge(60))) == 3


@pytest.mark.parametrize(
    ("power", "expected"),
    [
        # 1 kWh at 6 kW x 0.20, 40 at 48 x 0.50 and 0.5 at 4 x 0.20
        (("6", "48", "4"), "20.3"),
        # not below 16 is 0.35, not below 32 is 0.50: 0.35 + 20.00 + 0.10
        (("16", "32", "4"), "20.45"),
        (("6", None, "4"), None),
    ],
)
@pytest.mark.parametrize("measure", ["power", "current"])
def test_power_and_current(
    power: tuple[str | None, ...], expected: str | None, measure: str
) -> None:
    """0.20 below 16, 0.35 below 32, else 0.50; not priced where nobody measured."""
    unit, more = {"power": ("power_kw", "power"), "current": ("current_a", "current")}[
        measure
    ]
    priced = tariff(
        element(energy("0.20"), **{f"max_{more}": Decimal(16)}),
        element(
            energy("0.35"),
            **{f"min_{more}": Decimal(16), f"max_{more}": Decimal(32)},
        ),
        element(energy("0.50")),
    )
    parts = [
        charge(60, kwh, **{unit: None if one is None else Decimal(one)})
        for kwh, one in zip(("1", "40", "0.5"), power, strict=True)
    ]
    found = net(priced, session(*parts))
    assert found == (None if expected is None else Decimal(expected))


def test_power_matters_only_where_it_decides() -> None:
    """An element that does not apply anyway, or comes too late, asks for nothing."""
    strong = {"min_power": Decimal(16)}
    late = element(energy("9"), min_kwh=Decimal(100), **strong)
    other = element(charging("9"), **strong)
    after = element(energy("8"), **strong)
    priced = tariff(late, element(energy("0.20")), after)
    assert net(priced, session(charge(60, "10"))) == 2
    assert net(tariff(other, *priced.elements), session(charge(60, "10"))) is None
    assert net(tariff(other, *priced.elements), session(park(60))) == 0


def test_a_flat_fee_is_that_of_the_start() -> None:
    """12:00 and 13:00 in Amsterdam: 1.00 before 12:30, else 2.00, once."""
    priced = tariff(element(flat("1"), end_time=time(12, 30)), element(flat("2")))
    parts = [charge(120, "5"), park(60)]
    assert net(priced, session(*parts, start=START + HOUR)) == 1
    assert net(priced, session(*parts, start=START + 2 * HOUR)) == 2
    weak = tariff(element(flat("1"), max_power=TEN), element(flat("2")))
    strong = charge(60, power_kw=Decimal(11))
    assert net(weak, session(charge(60, power_kw=Decimal(9)), strong)) == 1
    assert net(weak, session(strong, charge(60, power_kw=Decimal(9)))) == 2


def local(zone: tzinfo, *moment: int) -> datetime:
    """Return the moment when clocks show something, for the first time."""
    year, month, day, hour = moment
    return datetime(year, month, day, hour, tzinfo=zone).astimezone(UTC)


NIGHT = {"start_time": time(22), "end_time": time(6)}
SMALL_HOURS = {"start_time": time(1), "end_time": time(4)}
GAP = {"start_time": time(2, 30), "end_time": time(5)}
MIDNIGHTS = {"start_time": time(0), "end_time": time(0)}


@pytest.mark.parametrize(
    ("restrictions", "start", "hours", "cheap"),
    [
        # Monday 20:00 to Tuesday 08:00, of which 22:00 to 06:00
        (NIGHT, (2026, 1, 5, 20), 12, 8),
        # Monday 04:00 to 24:00, of which until 06:00 and from 22:00
        (NIGHT, (2026, 1, 5, 4), 20, 4),
        # a start alone lasts until midnight, an end alone from midnight on
        ({"start_time": time(22)}, (2026, 1, 5, 20), 12, 2),
        ({"end_time": time(6)}, (2026, 1, 5, 20), 12, 6),
        # the same time twice is the whole day
        (MIDNIGHTS, (2026, 1, 5, 20), 12, 12),
        # the moment of the start is inside, that of the end is not
        (NIGHT, (2026, 1, 5, 22), 1, 1),
        (NIGHT, (2026, 1, 6, 6), 1, 0),
        # three nights in a row: Monday 12:00 to Thursday 12:00
        (NIGHT, (2026, 1, 5, 12), 72, 24),
        # Saturday and Sunday, from Friday 12:00 to Monday 12:00
        ({"days": frozenset({5, 6})}, (2026, 1, 9, 12), 72, 48),
        ({"days": frozenset({0})}, (2026, 1, 9, 12), 72, 12),
        # nights of Fridays: until 06:00 and from 22:00 on that day, not on the next
        (NIGHT | {"days": frozenset({4})}, (2026, 1, 8, 20), 48, 8),
        # from the 6th, before the 8th; Monday the 5th 12:00 to Thursday 12:00
        ({"start_date": date(2026, 1, 6)}, (2026, 1, 5, 12), 72, 60),
        ({"end_date": date(2026, 1, 8)}, (2026, 1, 5, 12), 72, 60),
        (
            {"start_date": date(2026, 1, 6), "end_date": date(2026, 1, 8)},
            (2026, 1, 5, 12),
            72,
            48,
        ),
        # clocks are set forward at 02:00 on 29 March: 01:00 to 04:00 lasts 2 hours
        (SMALL_HOURS, (2026, 3, 29, 0), 5, 2),
        # what begins at 02:30, which there is not, begins at 03:00
        (GAP, (2026, 3, 29, 0), 5, 2),
        (GAP, (2026, 3, 28, 0), 5, 2.5),
        # what ends at 02:30 ends at 03:00 too, which is the second after 01:59:59
        ({"start_time": time(1), "end_time": time(2, 30)}, (2026, 3, 29, 0), 5, 1),
        # the day has 23 hours
        ({"days": frozenset({6})}, (2026, 3, 28, 12), 48, 23),
        # clocks are set back at 03:00 on 25 October: 01:00 to 04:00 lasts 4 hours
        (SMALL_HOURS, (2026, 10, 25, 0), 7, 4),
        # 02:30 to 03:00, and after 02:00 came again, 02:30 to 05:00
        (GAP, (2026, 10, 25, 0), 7, 3),
        # 02:00 to 02:30 comes twice
        ({"start_time": time(2), "end_time": time(2, 30)}, (2026, 10, 25, 0), 7, 1),
        # the day has 25 hours
        ({"days": frozenset({6})}, (2026, 10, 24, 12), 48, 25),
        # durations do not care for clocks
        ({"max_duration": 3 * HOUR}, (2026, 10, 25, 0), 7, 3),
        ({"max_duration": 3 * HOUR}, (2026, 3, 29, 0), 5, 3),
    ],
)
@pytest.mark.parametrize("cut", [False, True])
def test_clocks_of_the_location(
    restrictions: dict[str, Any],
    start: tuple[int, ...],
    hours: int,
    cheap: float,
    cut: bool,
) -> None:
    """In Amsterdam, 10 kWh an hour, for 0.10 within the restriction and 1.00 else."""
    priced = tariff(element(energy("0.10"), **restrictions), element(energy("1.00")))
    used = [charge(60 * hours, f"{10 * hours}")]
    if cut:
        used = [charge(36, "6"), charge(60 * hours - 36, f"{10 * hours - 6}")]
    expected = 10 * hours - 9 * Decimal(str(cheap))
    assert net(priced, session(*used, start=local(AMSTERDAM, *start))) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # 6 hours from midnight on, 3 of them cheap, on any day: 30 x 0.10 + 30 x 1.00
        ((2026, 3, 29, 0), "33"),
        ((2026, 10, 25, 0), "33"),
    ],
)
def test_a_zone_whose_clocks_are_never_set(
    start: tuple[int, ...], expected: str
) -> None:
    """India is half an hour off, and the same all year."""
    priced = tariff(element(energy("0.10"), **SMALL_HOURS), element(energy("1.00")))
    used = session(charge(360, "60"), start=local(KOLKATA, *start))
    assert net(priced, used, KOLKATA) == Decimal(expected)


def test_clocks_of_an_unknown_place() -> None:
    """A price by the time of day needs to know whose."""
    for restrictions in (
        NIGHT,
        {"days": frozenset({0})},
        {"start_date": date(2026, 1, 1)},
    ):
        priced = tariff(element(energy("0.1"), **restrictions), element(energy("1")))
        assert net(priced, session(charge(60, "5")), None) is None


NOON = {"start_time": time(12), "end_time": time(13)}
RATED = tariff(
    element(energy("0.20", "21"), charging("1.00"), **NOON),
    element(energy("0.30", "21"), max_kwh=TEN),
    element(energy("0.40", "21"), min_duration=HOUR),
    element(parking("2.00", "0"), min_power=TEN),
    element(flat("0.50", "21"), end_time=time(11, 30)),
)


@pytest.mark.parametrize(
    ("hours", "use", "expected"),
    [
        # 11:00, at the start of a session
        (0, {}, ("0.3", "0", None, "0.5")),
        # 12:00
        (1, {}, ("0.2", "1", None, "0")),
        # 12:00 in a session that began at 11:00, with power and without
        (1, {"duration": HOUR}, ("0.2", "1", None, "0.5")),
        (1, {"power_kw": TEN}, ("0.2", "1", "2", "0")),
        (1, {"power_kw": Decimal(9)}, ("0.2", "1", "0", "0")),
        # 14:00, after 10 kWh and less or more than an hour
        (3, {"energy_kwh": TEN, "duration": HOUR / 2}, ("0", "0", None, "0")),
        (3, {"energy_kwh": TEN, "duration": HOUR}, ("0.4", "0", None, "0")),
    ],
)
def test_prices_of_a_moment(
    hours: int, use: dict[str, Any], expected: tuple[str | None, ...]
) -> None:
    """Which element holds now, for one who charged so much for so long."""
    found = rate(RATED, AMSTERDAM, START + hours * HOUR, **use)
    assert found is not None
    prices = (found.energy, found.time, found.parking, found.flat)
    shown = tuple(None if one is None else one.net for one in prices)
    assert shown == tuple(None if one is None else Decimal(one) for one in expected)


def test_prices_of_a_moment_with_tax() -> None:
    """0.30 x 1.21; 1.00 has no VAT; the other way round 0.30 / 1.21 if included."""
    found = rate(RATED, AMSTERDAM, START)
    assert found is not None
    assert found.energy == amount("0.3", "0.363")
    found = rate(RATED, AMSTERDAM, START + HOUR)
    assert found is not None
    assert found.time == amount("1", None)
    included = tariff(element(energy("0.242", "21")), tax_included=True)
    found = rate(included, None, START)
    assert found is not None
    assert found.energy == amount("0.2", "0.242")


def test_a_price_that_there_is_not() -> None:
    """A tariff by the hour has no price per kWh, and one for reservations none at all."""
    reserved = element(component(Kind.TIME, "9"), reservation=True)
    found = rate(tariff(reserved, element(parking("1"))), None, START)
    assert found is not None
    assert (found.energy, found.time, found.flat) == (None, None, None)
    assert found.parking == amount("1", None)


@pytest.mark.parametrize(
    "changes",
    [
        {"priced": False},
        {"starts_at": START + HOUR},
        {"ends_at": START},
        {"elements": (element(energy("1"), min_kwh=Decimal("NaN")),)},
    ],
)
def test_no_prices_of_a_tariff_that_cannot_be_used(changes: dict[str, Any]) -> None:
    """As with bills."""
    assert rate(tariff(element(energy("1")), **changes), None, START) is None


def test_the_end_of_time() -> None:
    """A moment that calendars do not hold costs nobody an exception."""
    priced = tariff(element(energy("0.1"), **NIGHT))
    last = datetime(9999, 12, 31, 23, tzinfo=UTC)
    assert net(priced, session(charge(30, "5"), start=last)) is None
    assert rate(priced, AMSTERDAM, last) is None
    assert rate(priced, AMSTERDAM, START, duration=timedelta.max) is None


def test_clocks_of_an_unknown_place_hide_only_what_depends_on_them() -> None:
    """Parking has a price at noon, energy always."""
    priced = tariff(element(parking("1"), **NOON), element(energy("0.3", "21")))
    found = rate(priced, None, START)
    assert found is not None
    assert found.energy == amount("0.3", "0.363")
    assert found.parking is None


def test_a_long_session_is_priced_fast() -> None:
    """50 segments by 10 elements take well below 5 ms."""
    elements: list[Element] = [
        element(
            energy(f"0.{number}", "21", 100),
            charging("1.1", "21", 60),
            parking("2.1", "21", 60),
            start_time=time(number),
            end_time=time(number + 10, 30),
            min_kwh=Decimal(number),
            max_kwh=Decimal(number + 20),
            days=frozenset({0, 1, 2, 3, 4}),
            max_power=Decimal(50),
            min_duration=number * HOUR / 10,
        )
        for number in range(1, 10)
    ]
    priced = tariff(*elements, element(energy("0.5", "21"), parking("1", "21")))
    power = {"power_kw": Decimal("4.9")}
    parts = [charge(15, "1.234", **power)] * 40 + [park(15, **power)] * 10
    used = session(*parts)
    spent = []
    for _ in range(7):
        began = process_time()
        assert bill(priced, used, AMSTERDAM) is not None
        spent.append(process_time() - began)
    assert min(spent) < 0.005
