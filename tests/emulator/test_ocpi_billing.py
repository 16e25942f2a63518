"""Bills by hand: what fact sheet ocpi 10 says, worked out on paper."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from emulator.ocpi import Component, Element, Limit, OcpiTariff, Restrictions
from emulator.ocpi.billing import bill
from emulator.ocpi.tariffs import DAY_TARIFF, component
from emulator.session import Period, PeriodKind, Sample, Session
from emulator.tariff import Tariff
from emulator.units import energy_uj

ZONE = "Europe/Amsterdam"
NOON = datetime(2025, 6, 2, 10, tzinfo=UTC)

type Part = tuple[int, int]


def _session(start: datetime, *parts: Part) -> tuple[Session, datetime]:
    """Return a session of parts: minutes and W; 0 W is parking."""
    session = Session(
        id="1",
        evse_id="E",
        driver_id=None,
        tariff=Tariff(id=1),
        requested_at=start,
        started_at=start,
        confirm_at=start,
    )
    moment, energy = start, 0
    price = session.tariff.price_at(start)
    for minutes, power in parts:
        session.samples.append(Sample(moment, power, energy))
        kind = PeriodKind.CHARGING if power else PeriodKind.IDLE
        session.periods.append(Period(kind=kind, price=price, started_at=moment))
        energy += energy_uj(power, timedelta(minutes=minutes))
        moment += timedelta(minutes=minutes)
    session.energy_uj = energy
    session.stopped_at = moment
    return session, moment


def _bill(
    elements: list[Element], *parts: Part, start: datetime = NOON, **limits: Any
) -> tuple[Decimal, Decimal | None]:
    tariff = OcpiTariff(id="T", elements=tuple(elements), **limits)
    found = bill(*_session(start, *parts), tariff, ZONE)
    return found.net, found.gross


def _element(*components: Component, **held: Any) -> Element:
    restrictions = Restrictions(**held) if held else None
    return Element(components=components, restrictions=restrictions)


def _one(kind: Any, price: str, step: int = 1, vat: str | None = None) -> Component:
    value = None if vat is None else Decimal(vat)
    return Component(type=kind, price=Decimal(price), step_size=step, vat=value)


def _is(found: tuple[Decimal, Decimal | None], net: str, gross: str | None) -> None:
    assert found == (Decimal(net), None if gross is None else Decimal(gross))


def test_example_of_the_sheet() -> None:
    """20 kWh without parking: 6.50 net, 7.865 gross."""
    found = bill(*_session(NOON, (120, 10_000)), DAY_TARIFF, ZONE)
    assert (found.net, found.gross) == (Decimal("6.5"), Decimal("7.865"))
    assert found.parts["ENERGY"] == (Decimal(6), Decimal("7.26"))
    assert found.parts["FLAT"] == (Decimal("0.5"), Decimal("0.605"))


def test_parking_of_the_example() -> None:
    """12 minutes at noon are billed as 15: 0.50; at night nothing is."""
    found = bill(*_session(NOON, (120, 10_000), (12, 0)), DAY_TARIFF, ZONE)
    assert found.net == Decimal("7.0")
    night = NOON + timedelta(hours=10)
    found = bill(*_session(night, (120, 10_000), (12, 0)), DAY_TARIFF, ZONE)
    assert found.net == Decimal("6.5")


def test_energy_is_stepped_once() -> None:
    """4.3 kWh and 1.1 kWh, in steps of 500 Wh: 5.5 kWh, the rest at the last price."""
    day = _element(component("ENERGY", "1", 500), end_time="13:00")
    evening = _element(component("ENERGY", "2", 500))
    start = NOON + timedelta(minutes=60 - 43)
    _is(_bill([day, evening], (54, 6_000), start=start), "6.7", "8.107")
    _is(_bill([_element(_one("ENERGY", "1", 500))], (54, 6_000)), "5.5", None)


def test_first_element_per_dimension() -> None:
    """The first that matches and has the dimension counts, for each on its own."""
    elements = [
        _element(_one("TIME", "6"), start_time="00:00", end_time="01:00"),
        _element(_one("ENERGY", "0.5")),
        _element(_one("ENERGY", "9"), _one("TIME", "1.2")),
    ]
    _is(_bill(elements, (60, 10_000)), "6.2", None)


def test_absent_vat_is_not_zero() -> None:
    """Without VAT of one price there is no gross; with 0 % it equals net."""
    taxed, untaxed = _one("ENERGY", "1", vat="21"), _one("FLAT", "1")
    _is(_bill([_element(taxed, untaxed)], (60, 10_000)), "11", None)
    free_of_tax = _one("FLAT", "1", vat="0")
    _is(_bill([_element(taxed, free_of_tax)], (60, 10_000)), "11", "13.1")


@pytest.mark.parametrize(
    ("limits", "net", "gross"),
    [
        (
            {"min_price": Limit(excl_vat=Decimal(20), incl_vat=Decimal(12))},
            "20",
            "12.1",
        ),
        ({"min_price": Limit(excl_vat=Decimal(5), incl_vat=Decimal(30))}, "10", "30"),
        ({"max_price": Limit(excl_vat=Decimal(4))}, "4", "12.1"),
        ({"max_price": Limit(excl_vat=Decimal(50), incl_vat=Decimal(9))}, "10", "9"),
    ],
)
def test_limits_hold_per_basis(limits: dict[str, Any], net: str, gross: str) -> None:
    """Net and gross are bounded apart from each other."""
    elements = [_element(component("ENERGY", "1"))]
    _is(_bill(elements, (60, 10_000), **limits), net, gross)


def test_time_and_parking_are_stepped_once_together() -> None:
    """50 and 12 minutes, parking in steps of a quarter: 13 more minutes to park."""
    elements = [_element(_one("TIME", "6", 60), _one("PARKING_TIME", "2", 900))]
    _is(_bill(elements, (50, 10_000), (12, 0)), "5.8333", None)
    # The other way round the last step is that of charging.
    _is(_bill(elements, (12, 0), (50, 10_000)), "5.4", None)


def test_over_midnight() -> None:
    """22:00 to 06:00 local wraps: two hours before and one after six."""
    elements = [
        _element(_one("ENERGY", "1"), start_time="22:00", end_time="06:00"),
        _element(_one("ENERGY", "3")),
    ]
    start = datetime(2025, 6, 2, 19, tzinfo=UTC)
    _is(_bill(elements, (180, 10_000), start=start), "50", None)
    _is(_bill(elements, (180, 10_000), start=start + timedelta(hours=7)), "50", None)


@pytest.mark.parametrize(
    ("start", "minutes", "net"),
    [
        # Half an hour before two o'clock and half an hour after three: no cheap hour.
        (datetime(2025, 3, 30, 0, 30, tzinfo=UTC), 60, "30"),
        # Half an hour before two o'clock, then the cheap hour twice.
        (datetime(2025, 10, 25, 23, 30, tzinfo=UTC), 150, "55"),
    ],
    ids=["spring", "autumn"],
)
def test_clock_changes(start: datetime, minutes: int, net: str) -> None:
    """Local time is what counts: 02:00 to 03:00 costs 2, the rest 3 a kWh."""
    elements = [
        _element(_one("ENERGY", "2"), start_time="02:00", end_time="03:00"),
        _element(_one("ENERGY", "3")),
    ]
    _is(_bill(elements, (minutes, 10_000), start=start), net, None)


def test_border_inside_the_hour_that_comes_twice() -> None:
    """02:30 to 03:00 is cheap, twice, and the half hour between is not."""
    elements = [
        _element(_one("ENERGY", "2"), start_time="02:30", end_time="03:00"),
        _element(_one("ENERGY", "3")),
    ]
    start = datetime(2025, 10, 25, 23, 30, tzinfo=UTC)
    _is(_bill(elements, (150, 10_000), start=start), "65", None)


def test_energy_restrictions() -> None:
    """min_kwh is inside, max_kwh outside: 5 kWh at 1, then 5 at 2."""
    elements = [
        _element(_one("ENERGY", "1"), max_kwh=Decimal(5)),
        _element(_one("ENERGY", "2"), min_kwh=Decimal(5)),
    ]
    _is(_bill(elements, (60, 10_000)), "15", None)
    # Neither counts a session that stops right there.
    _is(_bill(elements, (30, 10_000)), "5", None)


def test_restrictions_on_duration_power_and_day() -> None:
    """Each bounds what the first element covers."""
    rest = _element(_one("TIME", "1"))
    cheap = _one("TIME", "10")
    for held, net in (
        ({"max_duration": 1800}, "5.5"),
        ({"min_duration": 2700}, "3.25"),
        ({"min_power": Decimal(11)}, "1"),
        ({"max_power": Decimal(11)}, "10"),
        ({"min_current": Decimal(44)}, "1"),
        ({"max_current": Decimal(44)}, "10"),
        ({"day_of_week": ("MONDAY",)}, "10"),
        ({"day_of_week": ("TUESDAY", "SUNDAY")}, "1"),
        ({"start_date": "2025-06-02", "end_date": "2025-06-03"}, "10"),
        ({"end_date": "2025-06-02"}, "1"),
        ({"reservation": "RESERVATION"}, "1"),
    ):
        found = _bill([_element(cheap, **held), rest], (60, 10_000))
        assert found[0] == Decimal(net), held


def test_nothing_priced() -> None:
    """No element that matches costs nothing; a fee falls due with the first second."""
    _is(_bill([], (60, 10_000)), "0", "0")
    _is(_bill([_element(component("FLAT", "2"))]), "2", "2.42")
