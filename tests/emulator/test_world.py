"""The simulated world: energy, periods, bills and determinism."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from emulator import SimulatedClock, World, scenarios
from emulator.session import PeriodKind, SessionState
from emulator.tariff import FlatCurve, Tariff
from emulator.truth import world_json
from emulator.world import NotPossibleError, UnknownObjectError

from .conftest import START

EVSE = "148964"
OWNER = "3001"


def _advance(world: World, **step: float) -> None:
    world.clock.advance(timedelta(**step))
    world.sync()


def _flat(price: str, **values: Any) -> Tariff:
    return Tariff(id=1, curve=FlatCurve(Decimal(price)), **values)


def _charged(world: World, **step: float) -> str:
    session = world.start(EVSE, OWNER)
    _advance(world, **step)
    return session.id


def test_energy_is_conserved(world: World) -> None:
    """What the meter counts is what the battery gained, to the microjoule."""
    before = world.cars["car-1"].stored_uj
    session = world.session(_charged(world, hours=9))
    evse = world.evse(EVSE)
    assert evse.meter_uj == world.cars["car-1"].stored_uj - before > 0
    assert evse.meter_uj == session.energy_uj
    assert session.energy_uj == sum(period.energy_uj for period in session.periods)


def test_car_tapers_and_fills_up(world: World) -> None:
    """Above 80 % the power falls, at 100 % it is zero and the session stays open."""
    session = world.session(_charged(world, hours=2))
    full_power = world.evse(EVSE).power_w
    world.set_car("car-1", soc_percent=90)
    assert world.evse(EVSE).power_w == full_power * 0.6
    _advance(world, hours=6)
    assert world.cars["car-1"].is_full
    assert world.evse(EVSE).power_w == 0
    assert session.is_open


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(st.integers(1, 4_000_000), min_size=1, max_size=60))
def test_reading_changes_nothing(steps: list[int]) -> None:
    """However often somebody looks, the same world comes out."""
    watched = scenarios.single(SimulatedClock(START))
    alone = scenarios.single(SimulatedClock(START))
    for world in (watched, alone):
        world.start(EVSE, OWNER)
    for step in steps:
        _advance(watched, milliseconds=step)
    _advance(alone, milliseconds=sum(steps))
    assert world_json(watched) == world_json(alone)
    (session,) = alone.sessions.values()
    assert watched.session(session.id).periods == session.periods


def test_same_seed_same_world() -> None:
    """A seed determines the past sessions and the prices."""
    worlds = [scenarios.demo(SimulatedClock(START), seed=seed) for seed in (7, 7, 8)]
    truths = [world_json(world) for world in worlds]
    assert truths[0] == truths[1] != truths[2]
    assert len(truths[0]["sessions"]) > 14


def test_idle_begins_301_seconds_after_the_energy(world: World) -> None:
    """The last charging period lasts 301 s and costs nothing."""
    session = world.session(_charged(world, minutes=20))
    world.set_car("car-1", wants_energy=False)
    quiet = world.time
    _advance(world, minutes=6)
    last, idle = session.periods[-2:]
    assert (last.kind, idle.kind) == (PeriodKind.CHARGING, PeriodKind.IDLE)
    assert last.started_at == quiet
    assert last.duration(world.time) == timedelta(seconds=301)
    assert last.amount(session.tariff, world.time) == 0
    assert session.idle_time(world.time) == timedelta(seconds=360 - 301)


def test_waiting_car_idles_after_301_seconds(world: World) -> None:
    """A car that waits from the start also gets one charging period of 301 s."""
    world.set_car("car-1", wants_energy=False)
    session = world.session(_charged(world, minutes=10))
    first, idle = session.periods
    assert first.started_at == session.started_at
    assert first.duration(world.time) == timedelta(seconds=301)
    assert idle.kind is PeriodKind.IDLE


def test_drawing_again_ends_idle(world: World) -> None:
    """A car that wakes up charges in a new period."""
    world.set_car("car-1", wants_energy=False)
    session = world.session(_charged(world, minutes=10))
    world.set_car("car-1", wants_energy=True)
    _advance(world, minutes=10)
    kinds = [period.kind for period in session.periods]
    assert kinds == [PeriodKind.CHARGING, PeriodKind.IDLE, PeriodKind.CHARGING]
    assert session.periods[-1].energy_uj == session.energy_uj > 0


def test_each_price_opens_a_period(world: World) -> None:
    """Prices change on the hour, and periods follow one another without a gap."""
    session = world.session(_charged(world, hours=3))
    starts = [period.started_at for period in session.periods]
    ends = [period.stopped_at for period in session.periods]
    assert (
        starts[1:]
        == ends[:-1]
        == [START.replace(hour=h, minute=0, second=0) for h in (15, 16, 17)]
    )
    assert len({period.price.electricity for period in session.periods}) == 4


def test_period_amounts_give_back_the_energy(world: World) -> None:
    """Each amount is energy times (price * (1 + tax) + markup)."""
    session = world.session(_charged(world, hours=3))
    for period in session.periods:
        price = period.price.electricity * Decimal("1.25") + period.price.markup
        kwh = period.amount(session.tariff, world.time) / price
        assert kwh * 3_600_000_000_000 == pytest.approx(period.energy_uj, rel=1e-12)


def test_bill_is_the_rounded_sum(world: World) -> None:
    """Period amounts are added exactly and rounded once, to the cent."""
    key = _charged(world, hours=3)
    accrued = world.session(key).accrued(world.time)
    assert abs(world.bill(key) - accrued) <= Decimal("0.005")
    assert world.bill(key) == round(world.bill(key), 2)


def test_minimum_price_holds_from_the_first_energy(clock: SimulatedClock) -> None:
    """A session costs 0 before energy flows and the minimum afterwards."""
    world = scenarios.single(clock, tariff=_flat("0.4", min_price=Decimal("2.5")))
    session = world.start(EVSE, OWNER)
    assert world.bill(session.id) == 0
    _advance(world, minutes=1)
    assert world.bill(session.id) == Decimal("2.5")
    _advance(world, hours=2)
    assert world.bill(session.id) > Decimal("2.5")


def test_idle_fee_starts_after_the_grace_time(clock: SimulatedClock) -> None:
    """Idle minutes cost only beyond the grace time."""
    tariff = _flat(
        "0.4",
        min_price=None,
        idle_fee_per_minute=Decimal("0.5"),
        idle_grace=timedelta(minutes=10),
    )
    world = scenarios.single(clock, tariff=tariff)
    world.set_car("car-1", wants_energy=False)
    key = _charged(world, seconds=2 + 301 + 600)
    assert world.bill(key) == 0
    _advance(world, minutes=90)
    assert world.bill(key) == Decimal(45)


def test_charger_confirms_within_seconds(world: World) -> None:
    """Starting turns active, stopping turns finished, then the payment goes through."""
    session = world.start(EVSE, OWNER)
    states = [session.state]
    _advance(world, seconds=4)
    states.append(session.state)
    assert session.started_at == START + timedelta(seconds=2)
    world.stop(session.id)
    states.append(session.state)
    _advance(world, seconds=4)
    assert [*states, session.state] == list(SessionState)
    assert session.stop_reason == "remote"
    assert not session.is_paid(world.time)
    _advance(world, seconds=10)
    assert session.is_paid(world.time)


def test_stop_before_confirmation_delivers_nothing(world: World) -> None:
    """A session that is stopped at once ends without energy."""
    session = world.start(EVSE, OWNER)
    world.stop(session.id)
    _advance(world, minutes=5)
    assert session.state is SessionState.FINISHED
    assert session.energy_uj == 0


def test_unplugging_ends_the_session(world: World) -> None:
    """Pulling the cable finishes at once and frees the EVSE."""
    key = _charged(world, minutes=30)
    world.unplug(EVSE)
    assert world.session(key).stop_reason == "evdisconnected"
    assert world.session(key).stopped_at == world.time
    assert world.evse(EVSE).state == "available"


def test_evse_shows_the_cable(world: World) -> None:
    """Preparing before, finishing after, available without a cable."""
    assert world.evse(EVSE).state == "preparing"
    world.stop(_charged(world, minutes=5))
    _advance(world, seconds=5)
    assert world.evse(EVSE).state == "finishing"
    world.unplug(EVSE)
    world.plug(EVSE, "car-1")
    assert world.evse("2317").state == "preparing"


@pytest.mark.parametrize(
    ("obstacle", "reason"),
    [
        pytest.param(lambda w: w.unplug(EVSE), "No car", id="no car"),
        pytest.param(lambda w: w.start(EVSE, OWNER), "already", id="running"),
        pytest.param(lambda w: w.set_car("car-1", soc_percent=100), "full", id="full"),
        pytest.param(
            lambda w: w.set_evse(EVSE, state="faulted"), "faulted", id="fault"
        ),
    ],
)
def test_start_is_refused(world: World, obstacle: object, reason: str) -> None:
    """No car, a running session, a full car and a fault stand in the way."""
    assert callable(obstacle)
    obstacle(world)
    with pytest.raises(NotPossibleError, match=reason):
        world.start(EVSE, OWNER)


def test_smart_charging_holds_back_until_its_window(world: World) -> None:
    """Outside the window the session is open without energy."""
    world.configure(
        "CP0012345", smart_enabled=True, smart_start="22:00", smart_end="06:00"
    )
    session = world.session(_charged(world, hours=1))
    assert world.evse(EVSE).state == "suspended_evse"
    assert session.energy_uj == 0
    _advance(world, hours=5)
    assert world.evse(EVSE).state == "charging"
    assert session.samples[0].moment == datetime(2025, 3, 30, 20, tzinfo=UTC)


def test_current_limit_lowers_the_power(world: World) -> None:
    """6 A on three phases are 4140 W."""
    _charged(world, minutes=5)
    world.configure("CP0012345", max_current_a=6)
    assert world.evse(EVSE).power_w == 4140


def test_plug_and_charge_needs_nobody(world: World) -> None:
    """With plug and charge the cable starts the session."""
    world.unplug(EVSE)
    world.configure("CP0012345", plug_and_charge=True)
    world.plug(EVSE, "car-1")
    (session,) = world.sessions.values()
    assert session.started_by == "autocharge"


def test_unknown_objects_are_named(world: World) -> None:
    """A wrong id is told in a sentence."""
    with pytest.raises(UnknownObjectError, match="no EVSE 'x'"):
        world.meter("x")


def test_summer_time_has_days_of_23_and_25_hours() -> None:
    """The forecast follows the operator's clock."""
    tariff = Tariff(id=1)
    days = [datetime(2025, 3, 30).date(), datetime(2025, 10, 26).date()]
    assert [len(tariff.slots_of(day)) for day in days] == [23, 25]


def test_clock_never_runs_backwards(clock: SimulatedClock) -> None:
    """A negative step is a mistake."""
    with pytest.raises(ValueError, match="forward"):
        clock.advance(timedelta(seconds=-1))
