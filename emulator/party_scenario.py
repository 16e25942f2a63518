"""A charging network that other parties' drivers use, as OCPI shows it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from .car import Car
from .charger import ChargePoint, Evse, Site
from .clock import Clock, SimulatedClock
from .session import Period, PeriodKind, Sample, Session, SessionState
from .tariff import FlatCurve, Tariff
from .units import energy_uj
from .world import Driver, World

ZONE: Final = "Europe/Amsterdam"
OPERATOR: Final = "XYZ"
PAST: Final = timedelta(hours=30)
RUNNING_FOR: Final = timedelta(minutes=25)
LONGEST: Final = timedelta(hours=3)
POWERS_W: Final = (3_680, 7_360, 11_000)
AC_W: Final = 11_000
DC_W: Final = 50_000
FIRST_SESSION: Final = 5001


def party(
    clock: Clock,
    *,
    seed: int = 0,
    locations: int = 3,
    evses_each: int = 1,
    past_sessions: int = 0,
    past_days: int = 30,
    charging: int = 0,
) -> World:
    """Return the stations of the operator XYZ and the drivers who charge there.

    LOC-1 has EVSE-1 and EVSE-2 (sockets), LOC-2 has EVSE-3 (cable) and LOC-3 has
    EVSE-4 (CCS); a car is plugged in at each. APP-1 and 04AABBCC are tokens of ours,
    FOREIGN-1 is another party's. Each charged in the last 30 hours; APP-1 charges at
    EVSE-1 and FOREIGN-1 at EVSE-3 now. More locations have so many EVSEs each; so many
    of these charge with APP-1. Past sessions, spread over days, are made without being
    lived through; many of them overlap.
    """
    past = SimulatedClock(clock.now() - PAST)
    world = World(clock=past, seed=seed, next_session_id=FIRST_SESSION)
    drivers = [_driver(world, uid) for uid in ("APP-1", "04AABBCC", "FOREIGN-1")]
    for index in range(locations):
        _location(world, index, 2 if index == 0 else evses_each if index > 2 else 1)
    evses = list(world.evses.values())
    for key in range(past_sessions):
        before = timedelta(days=past_days) * (past_sessions - key) / past_sessions
        start = (world.time - LONGEST - before).replace(microsecond=0)
        power = POWERS_W[world.random.randrange(len(POWERS_W))]
        _past_session(world, start, evses[key % 2], drivers[key % 2], power)
    for index, evse in enumerate(evses[: 4 + charging]):
        _plug(world, evse, index)
    _live(world, past, evses, drivers)
    for evse in evses[4 : 4 + charging]:
        world.start(evse.id, drivers[0].id, by="rfid")
    past.advance(RUNNING_FOR)
    world.sync()
    world.clock = clock
    return world


def _live(
    world: World, past: SimulatedClock, evses: list[Evse], drivers: list[Driver]
) -> None:
    """Let every driver charge once, and two of them again."""
    evses = evses[:4]
    begun = [
        world.start(evse.id, driver.id, by="rfid")
        for evse, driver in zip(
            evses[1:], [drivers[1], drivers[2], drivers[0]], strict=False
        )
    ]
    past.advance(timedelta(hours=1, minutes=20))
    for session in begun:
        if session.is_open:
            world.stop(session.id)
    past.advance(timedelta(minutes=5))
    for evse in evses:
        if (car := evse.car) is not None:
            world.unplug(evse.id)
            world.set_car(car.id, soc_percent=30)
            world.plug(evse.id, car.id)
    past.advance(PAST - timedelta(hours=1, minutes=25) - RUNNING_FOR)
    world.sync()
    world.start(evses[0].id, drivers[0].id, by="rfid")
    if len(evses) > 2:
        world.start(evses[2].id, drivers[2].id, by="rfid")


def _driver(world: World, uid: str) -> Driver:
    return world.add_driver(
        Driver(
            id=f"party-{uid}",
            email="",
            password="",
            name=uid,
            payment_method_id=None,
            auth_id=uid,
        )
    )


def _location(world: World, index: int, evses: int) -> None:
    number = index + 1
    site = Site(
        id=5100 + index,
        name=f"Station {number}",
        address=f"Example street {number}",
        city="Town",
        zone=ZONE,
        latitude=f"{52.1 + index / 1000:.5f}",
        longitude=f"{5.1 + index / 1000:.5f}",
        operator=OPERATOR,
    )
    is_fast = number == 3
    point = ChargePoint(id=f"LOC-{number}", name=site.name, site=site, max_current_a=32)
    for _ in range(evses):
        key = sum(evse.id.startswith("EVSE-") for evse in world.evses.values())
        key += len(point.evses) + 1
        point.evses.append(_evse(point, key, is_fast=is_fast))
    world.add_charge_point(point)


def _evse(point: ChargePoint, key: int, *, is_fast: bool) -> Evse:
    return Evse(
        id=f"EVSE-{key}",
        identifier=f"NL*XYZ*E{key:04}*1",
        charge_point=point,
        tariff=_tariff("T2" if is_fast else "T1", 522 if is_fast else 521),
        max_power_w=DC_W if is_fast else AC_W,
        current_type="dc" if is_fast else "ac",
        connector="IEC_62196_T2_COMBO" if is_fast else "IEC_62196_T2",
    )


def _tariff(name: str, key: int) -> Tariff:
    # The world's own price plays no part: OCPI's tariff of this name does.
    return Tariff(
        id=key,
        name=name,
        kind="energy",
        currency="EUR",
        zone=ZONE,
        slot=timedelta(days=1),
        curve=FlatCurve(Decimal("0.3")),
        tax_percent=Decimal(21),
        markups=(Decimal(0),) * 24,
        min_price=None,
    )


def _plug(world: World, evse: Evse, index: int) -> None:
    power = DC_W if evse.current_type == "dc" else AC_W
    car = world.add_car(
        Car(id=f"party-car-{index + 1}", name=f"Car {index + 1}", max_power_w=power)
    )
    car.set_soc(30)
    world.plug(evse.id, car.id)


def _past_session(
    world: World, start: datetime, evse: Evse, driver: Driver, power_w: int
) -> None:
    """Put an ended session into the books, with steady power."""
    lasted = timedelta(minutes=world.random.randrange(40, 150))
    started = start + timedelta(seconds=2)
    stopped = started + lasted
    energy = energy_uj(power_w, lasted)
    session = Session(
        id=str(world.next_session_id),
        evse_id=evse.id,
        driver_id=driver.id,
        tariff=evse.tariff,
        requested_at=start,
        started_at=started,
        confirm_at=start + timedelta(seconds=4),
        started_by="rfid",
        state=SessionState.FINISHED,
        stopped_at=stopped,
        stop_reason="local",
        energy_uj=energy,
        drawn_uj=energy,
        periods=[_period(evse, started, stopped, energy)],
        samples=[
            Sample(started, power_w, 0, power_w, 0),
            Sample(stopped, 0, energy, 0, energy),
        ],
    )
    world.next_session_id += 1
    world.sessions[session.id] = session


def _period(evse: Evse, started: datetime, stopped: datetime, energy: int) -> Period:
    return Period(
        kind=PeriodKind.CHARGING,
        price=evse.tariff.price_at(started),
        started_at=started,
        stopped_at=stopped,
        energy_uj=energy,
    )
