"""Stations of two operators and the drivers of a customer of the gateway."""

from datetime import timedelta
from decimal import Decimal
from typing import Final

from .car import Car
from .charger import ChargePoint, Evse, Site
from .clock import Clock, SimulatedClock
from .tariff import FlatCurve, Tariff
from .world import Driver, World

PAST: Final = timedelta(hours=20)
ROUTINE: Final = timedelta(hours=24)
ZONE: Final = "Asia/Kolkata"


def evnnovator(clock: Clock, *, seed: int = 0, routine_days: int = 0) -> World:
    """Return two locations with two EVSEs each, and a car at every one.

    The lab (operator AAA) and the office (BBB) differ in how they report. driver-1
    and driver-2 are customers of "emulator" and charged 20 hours ago, one at each
    location; driver-9 is somebody else's and has charged at the office for half an
    hour. With a routine driver-2 charges there at that hour of every further day.
    """
    past = SimulatedClock(clock.now() - PAST)
    world = World(clock=past, seed=seed, next_session_id=20_796_751)
    drivers = [
        _driver(world, "driver-1", "emulator"),
        _driver(world, "driver-2", "emulator"),
        _driver(world, "driver-9", "somebody-else"),
    ]
    lab, office = _lab(world), _office(world)
    for index, evse in enumerate([*lab, *office]):
        car = Car(id=f"scooter-{index + 1}", name=f"Car {index + 1}", phases=1)
        world.add_car(car).set_soc(20 + 10 * index)
        world.plug(evse.id, car.id)
    first = world.start(lab[0].id, drivers[0].id)
    second = world.start(office[0].id, drivers[1].id)
    past.advance(timedelta(hours=1, minutes=3))
    world.stop(first.id)
    world.stop(second.id)
    for day in range(1, routine_days + 1):
        _plan_charge(world, office[0], drivers[1], ROUTINE * day)
    past.advance(PAST - timedelta(hours=1, minutes=33))
    world.start(office[1].id, drivers[2].id)
    past.advance(timedelta(minutes=30))
    world.sync()
    world.clock = clock
    return world


def _driver(world: World, auth_id: str, customer: str) -> Driver:
    return world.add_driver(
        Driver(
            id=auth_id,
            email="",
            password="",
            name=auth_id,
            payment_method_id=None,
            auth_id=auth_id,
            customer=customer,
        )
    )


def _lab(world: World) -> list[Evse]:
    site = Site(
        id=21,
        name="Example lab",
        address="1 Lab Road",
        city="Bangalore",
        zone=ZONE,
        latitude="12.87667",
        longitude="77.67912",
        operator="AAA",
    )
    tariff = _tariff(15, "15")
    return [
        _evse(world, site, tariff, f"80000{number}", f"LAB0{number}*1", 3_300)
        for number in (1, 2)
    ]


def _office(world: World) -> list[Evse]:
    site = Site(
        id=22,
        name="Example office",
        address="2 Office Road",
        city="Vadodara",
        zone=ZONE,
        latitude="22.30731",
        longitude="73.15442",
        operator="BBB",
    )
    tariff = _tariff(9, "18")
    return [
        _evse(world, site, tariff, f"80001{number}", f"OFF0{number}", 7_400)
        for number in (1, 2)
    ]


def _tariff(key: int, price: str) -> Tariff:
    return Tariff(
        id=key,
        name="Energy",
        kind="energy",
        currency="INR",
        zone=ZONE,
        curve=FlatCurve(Decimal(price)),
        tax_percent=Decimal(18),
        markups=(Decimal(0),) * 24,
        min_price=None,
    )


def _evse(
    world: World, site: Site, tariff: Tariff, key: str, identifier: str, power_w: int
) -> Evse:
    point = ChargePoint(
        id=f"IN{key}", name=identifier, site=site, max_current_a=32, min_current_a=6
    )
    evse = Evse(
        id=key,
        identifier=identifier,
        charge_point=point,
        tariff=tariff,
        max_power_w=power_w,
        connector="DOMESTIC_E" if power_w < 7_000 else "IEC_60309_2_three_16",
    )
    point.evses.append(evse)
    world.add_charge_point(point)
    return evse


def _plan_charge(world: World, evse: Evse, driver: Driver, after: timedelta) -> None:
    """Let a driver come back with an empty battery and charge for an hour."""
    assert evse.car is not None
    moment, car = world.time + after, evse.car.id
    begin = {"evse_id": evse.id, "driver_id": driver.id}
    world.plan(moment, "set_car", {"car_id": car, "soc_percent": 30})
    world.plan(moment, "start", begin | {"limit_wh": 6000})
