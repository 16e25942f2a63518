"""What holds for the price of any session by any tariff."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from hypothesis import given, settings, strategies as st
import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.ocpi.pricing import (
    Amount,
    Component,
    Element,
    Kind,
    Limit,
    Restrictions,
    Segment,
    Tariff,
    bill,
)

from .pricing_support import (
    AMSTERDAM,
    charge,
    charging,
    element,
    energy,
    flat,
    park,
    parking,
    session,
    tariff,
)

SECOND = timedelta(seconds=1)
# Clocks are set forward and back, a day, a week and a month end.
STARTS = [
    datetime(2026, 3, 29, 0, 50, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 50, tzinfo=UTC),
    datetime(2026, 1, 5, 22, 50, tzinfo=UTC),
    datetime(2026, 8, 30, 21, 50, tzinfo=UTC),
]
TIMES = [time(0), time(0, 5), time(1, 55), time(2), time(2, 5), time(3), time(23, 55)]
DATES = [date(2026, 1, 6), date(2026, 3, 29), date(2026, 8, 31), date(2026, 10, 25)]
POWERS = [Decimal(5), Decimal(10), Decimal(20)]


# All energy flows with this many Wh a second, and all thresholds are multiples of it, so
# that none is passed within a second.
FLOW = 3
AMOUNTS = [Decimal(FLOW * count) / 1000 for count in (0, 100, 301, 500)]
LENGTHS = [timedelta(seconds=count) for count in (0, 100, 301, 500)]


def span(name: str, values: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw where a range begins, where it ends, or both."""
    value = st.sampled_from(values)
    both = {"least": value, "below": value}
    names = {"least": name.format("min", "start"), "below": name.format("max", "end")}
    drawn = st.one_of(
        st.fixed_dictionaries(both),
        *(st.fixed_dictionaries({one: value}) for one in both),
    )
    return drawn.map(lambda found: {names[one]: at for one, at in found.items()})


ASPECTS = st.one_of(
    span("{1}_time", TIMES),
    span("{1}_date", DATES),
    span("{0}_kwh", AMOUNTS),
    span("{0}_duration", LENGTHS),
    span("{0}_power", POWERS),
    span("{0}_current", POWERS),
    st.just({"days": frozenset({0, 6})}),
    st.just({"reservation": True}),
)
RESTRICTIONS = st.lists(ASPECTS, min_size=1, max_size=2).map(
    lambda found: Restrictions(
        **{name: value for one in found for name, value in one.items()}
    )
)


def components(*steps: int) -> st.SearchStrategy[Component]:
    """Draw prices with one of some steps."""
    return st.builds(
        Component,
        kind=st.sampled_from(Kind),
        price=st.sampled_from([Decimal(one) for one in ("0", "0.25", "1.1", "3", "7")]),
        vat=st.sampled_from([Decimal(0), Decimal(21), Decimal(21), None]),
        step=st.sampled_from(steps),
    )


def tariffs(*steps: int, most: int = 3, **fields: Any) -> st.SearchStrategy[Tariff]:
    """Draw tariffs with one of some steps."""
    one = st.builds(
        Element,
        components=st.lists(components(*steps), min_size=1, max_size=most).map(tuple),
        restrictions=st.one_of(st.none(), RESTRICTIONS, RESTRICTIONS, RESTRICTIONS),
    )
    return st.builds(
        Tariff,
        id=st.just("t1"),
        currency=st.just("EUR"),
        elements=st.lists(one, min_size=2, max_size=6).map(tuple),
        **fields,
    )


def part(seconds: int, flows: bool, charging: bool, measured: int) -> dict[str, Any]:
    """Return a part of a session, with power and current or without."""
    found = charge(seconds / 60, str(Decimal(flows * FLOW * seconds) / 1000))
    power = None if measured < 0 else POWERS[measured]
    return found | {"charging": charging, "power_kw": power, "current_a": power}


PARTS = st.builds(
    part,
    st.one_of(st.integers(240, 480), st.integers(0, 3)),
    st.sampled_from([True, True, False]),
    st.booleans(),
    st.sampled_from([-1, 0, 0, 1, 1, 2, 2]),
)
SESSIONS = st.builds(
    lambda parts, start: session(*parts, start=start),
    st.lists(PARTS, min_size=1, max_size=5),
    st.sampled_from(STARTS),
)
LIMITS = st.one_of(
    st.none(),
    st.builds(Limit, net=st.just(Decimal("0.6")), gross=st.just(Decimal("0.7"))),
)


class Second(NamedTuple):
    """What holds during one second."""

    at: datetime
    past: int
    used: int
    power: Decimal | None


def inside(value: Any, least: Any, below: Any) -> bool:
    """Tell whether a value is in a range."""
    return not (least is not None and value < least) and not (
        below is not None and value >= below
    )


def applies(given: Restrictions | None, now: Second) -> bool | None:
    """Tell whether restrictions match, read one by one."""
    if given is None:
        return True
    wall = now.at.astimezone(AMSTERDAM)
    clock, begin, end = wall.time(), given.start_time, given.end_time
    if begin is not None and end is not None and end <= begin:
        # Only the time from the end to the start is outside.
        in_time = not end <= clock < begin
    else:
        in_time = inside(clock, begin, end)
    kwh, past = Decimal(now.used) / 1000, now.past * SECOND
    if not (
        in_time
        and not given.reservation
        and inside(wall.date(), given.start_date, given.end_date)
        and (not given.days or wall.weekday() in given.days)
        and inside(kwh, given.min_kwh, given.max_kwh)
        and inside(past, given.min_duration, given.max_duration)
    ):
        return False
    bounds = (
        (given.min_power, given.max_power),
        (given.min_current, given.max_current),
    )
    if now.power is None:
        return None if any(one is not None for pair in bounds for one in pair) else True
    return all(inside(now.power, *pair) for pair in bounds)


class UnknownError(Exception):
    """Nobody measured what decides."""


def chosen(priced: Tariff, kind: Kind, now: Second) -> Component | None:
    """Return the first component that matches."""
    for one in priced.elements:
        found = [component for component in one.components if component.kind is kind]
        if found:
            verdict = applies(one.restrictions, now)
            if verdict is None:
                raise UnknownError
            if verdict:
                return found[0]
    return None


def second_by_second(
    priced: Tariff, segments: list[Segment]
) -> tuple[Fraction, Fraction | None] | None:
    """Return what a session costs without steps and limits, the long way."""
    lines: list[tuple[Component | None, Fraction]] = []
    past = used = 0
    try:
        first = Second(segments[0].start, 0, 0, segments[0].power_kw)
        lines.append((chosen(priced, Kind.FLAT, first), Fraction(1)))
        for one in segments:
            seconds = (one.end - one.start) // SECOND
            flow = int(one.energy_kwh * 1000) // seconds if seconds else 0
            kind = Kind.TIME if one.charging else Kind.PARKING_TIME
            for _ in range(seconds):
                at = segments[0].start + past * SECOND
                now = Second(at, past, used, one.power_kw)
                lines.append((chosen(priced, kind, now), Fraction(1, 3600)))
                if flow:
                    found = chosen(priced, Kind.ENERGY, now)
                    lines.append((found, Fraction(flow, 1000)))
                past += 1
                used += flow
    except UnknownError:
        return None
    net = gross = Fraction(0)
    known = True
    for component, units in lines:
        if component is not None and component.price:
            cost = Fraction(component.price) * units
            net += cost
            known = known and component.vat is not None
            gross += cost * (1 + Fraction(component.vat or 0) / 100)
    return net, gross if known else None


def near(found: Decimal | None, expected: Fraction | None) -> bool:
    """Tell whether two amounts differ by no more than a last digit."""
    if found is None or expected is None:
        return found is None and expected is None
    return abs(Fraction(found) - expected) < Fraction(1, 10**20)


@settings(deadline=None, max_examples=400)
@given(tariffs(0), SESSIONS)
def test_every_second_has_its_price(priced: Tariff, segments: list[Segment]) -> None:
    """Cutting at thresholds gives what counting every second gives."""
    found = bill(priced, segments, AMSTERDAM)
    expected = second_by_second(priced, segments)
    if found is None or expected is None:
        assert found is None
        assert expected is None
    else:
        assert near(found.net, expected[0])
        assert near(found.gross, expected[1])


@settings(deadline=None, max_examples=300)
@given(tariffs(0, minimum=LIMITS, maximum=LIMITS), SESSIONS, PARTS)
def test_going_on_is_never_cheaper(
    priced: Tariff, segments: list[Segment], more: dict[str, Any]
) -> None:
    """What was used costs what it did, whatever comes after."""
    before = bill(priced, segments, AMSTERDAM)
    longer = [*segments, *session(more, start=segments[-1].end)]
    after = bill(priced, longer, AMSTERDAM)
    if before is None or after is None:
        assert after is None
        return
    for less, rest in ((before.net, after.net), (before.gross, after.gross)):
        assert rest is None or (less is not None and less <= rest)


@settings(deadline=None)
@given(
    st.integers(0, 40_000),
    st.integers(0, 40_000),
    st.integers(0, 300),
    st.integers(0, 300),
    st.sampled_from([0, 1, 60, 500, 3600]),
)
def test_using_more_is_never_cheaper(
    energy_wh: int, more_wh: int, minutes: int, more_minutes: int, step: int
) -> None:
    """Neither energy nor time, whatever the steps; and steps are whole."""
    priced = tariff(
        element(
            energy("0.3", "21", step),
            charging("1.5", "21", step),
            parking("1.5", "21", step),
            flat("0.5", "21"),
        )
    )

    def price(wh: int, charged: int, parked: int) -> Decimal:
        kwh = str(Decimal(wh) / 1000)
        parts = [charge(charged, kwh), park(parked)]
        found = bill(priced, session(*parts), None)
        assert found is not None
        assert found.net is not None
        return found.net

    least = price(energy_wh, minutes, 7)
    assert least <= price(energy_wh + more_wh, minutes, 7)
    assert least <= price(energy_wh, minutes + more_minutes, 7)
    assert least <= price(energy_wh, minutes, 7 + more_minutes)


@settings(deadline=None, max_examples=300)
@given(tariffs(0, 1, 60, 500), SESSIONS, st.integers(0), st.integers(0))
def test_cutting_a_session_changes_nothing(
    priced: Tariff, segments: list[Segment], position: int, second: int
) -> None:
    """An operator may begin a period whenever it likes."""
    position %= len(segments)
    whole = segments[position]
    seconds = (whole.end - whole.start) // SECOND
    second %= seconds + 1
    middle = whole.start + second * SECOND
    first_kwh = whole.energy_kwh / seconds * second if seconds else Decimal(0)
    cut = [
        msgspec.structs.replace(whole, end=middle, energy_kwh=first_kwh),
        msgspec.structs.replace(
            whole, start=middle, energy_kwh=whole.energy_kwh - first_kwh
        ),
    ]
    finer = [*segments[:position], *cut, *segments[position + 1 :]]
    assert bill(priced, finer, AMSTERDAM) == bill(priced, segments, AMSTERDAM)


@settings(deadline=None, max_examples=300)
@given(
    st.data(),
    tariffs(0, 60, 500, most=1, minimum=LIMITS, maximum=LIMITS),
    SESSIONS,
)
def test_the_order_of_elements_matters_within_a_dimension_only(
    data: st.DataObject, priced: Tariff, segments: list[Segment]
) -> None:
    """Prices for energy may come before or after those for time."""
    waiting: dict[Kind, list[Element]] = {}
    for one in priced.elements:
        waiting.setdefault(one.components[0].kind, []).append(one)
    kinds = [one.components[0].kind for one in priced.elements]
    order = data.draw(st.permutations(kinds))
    mixed = tuple(waiting[kind].pop(0) for kind in order)
    other = msgspec.structs.replace(priced, elements=mixed)
    assert bill(other, segments, AMSTERDAM) == bill(priced, segments, AMSTERDAM)


@pytest.mark.parametrize("vat", [None, Decimal(0), Decimal(21)])
@given(st.integers(1, 10**9), st.integers(0, 10**6))
def test_money_has_all_its_digits(
    vat: Decimal | None, wh: int, millionths: int
) -> None:
    """The amount is the product, not a rounded one."""
    price = Decimal(millionths) / 10**6
    priced = tariff(element(Component(kind=Kind.ENERGY, price=price, vat=vat)))
    net = price * wh / 1000
    gross = None if vat is None and net else net * (100 + (vat or 0)) / 100
    found = bill(priced, session(charge(60, str(Decimal(wh) / 1000))), None)
    assert found == Amount(net=net, gross=gross)
