"""Ready-made worlds."""

from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from .car import Car
from .charger import ChargePoint, Evse, Site
from .clock import Clock, SimulatedClock
from .depot_scenario import depot
from .party_scenario import party
from .roaming_scenario import evnnovator
from .tariff import DailyCurve, Tariff
from .world import Driver, World

__all__ = [
    "demo",
    "depot",
    "evnnovator",
    "fleet",
    "party",
    "public",
    "showcase",
    "single",
]

HISTORY: Final = timedelta(days=21)
ROUTINE_DAYS: Final = 60
PARTY_SESSIONS: Final = 40
SECOND: Final = timedelta(seconds=1)
# The demo's buses charge for hours, so that there is something to see.
DEPOT_CHARGERS: Final = 4
BUSES_CHARGING: Final = 3
BUS_POWER_W: Final = 40_000
BUS_SOC: Final = 25
BUSES_SINCE: Final = timedelta(minutes=40)


def single(clock: Clock, *, seed: int = 0, tariff: Tariff | None = None) -> World:
    """Return one charge point with one EVSE and a car that is plugged in.

    The ids are those of the recorded start exchange: EVSE 148964, identifier 2317,
    first session 648418, payment method 6813.
    """
    world = World(clock=clock, seed=seed, next_session_id=648418)
    owner = _owner(world, payment_method_id="6813")
    tariff = tariff or Tariff(id=321, curve=DailyCurve(seed))
    _charger(world, "CP0012345", "Garage", "148964", "2317", owner, tariff)
    world.plug("148964", _car(world, "car-1", "Family car", 35).id)
    return world


def demo(clock: Clock, *, seed: int = 0) -> World:
    """Return an account with two chargers and three weeks of past sessions.

    "Garage" has a car that waits to be started; "Carport" is used every evening.
    """
    now = clock.now()
    past = SimulatedClock(now - HISTORY)
    world = World(clock=past, seed=seed)
    owner = _owner(world)
    tariff = Tariff(id=321, curve=DailyCurve(seed))
    garage = _charger(world, "CP0012345", "Garage", "700123", "4711", owner, tariff)
    carport = _charger(world, "CP0012346", "Carport", "700124", "4712", owner, tariff)
    commuter = _car(world, "car-2", "Commuter", 40, phases=1)
    _plan_evenings(world, carport, commuter, owner, days=ROUTINE_DAYS)
    past.advance(HISTORY)
    world.sync()
    world.clock = clock
    world.plug(garage.id, _car(world, "car-1", "Family car", 35).id)
    return world


def showcase(clock: Clock, *, seed: int = 0) -> World:
    """Return the demo with an account behind every face.

    Beside the chargers at home there are the drivers of two sites, a depot where three
    buses have charged for a while and a fourth waits to be started, and the stations
    of a charging network.
    """
    world = demo(clock, seed=seed)
    earlier = SimulatedClock(clock.now() - BUSES_SINCE)
    yard = depot(earlier, DEPOT_CHARGERS, seed=seed, charging=BUSES_CHARGING)
    for bus in list(yard.cars)[: BUSES_CHARGING + 1]:
        yard.set_car(bus, soc_percent=BUS_SOC, max_power_w=BUS_POWER_W)
    earlier.advance(BUSES_SINCE)
    yard.sync()
    waiting, bus = list(zip(yard.evses, yard.cars, strict=True))[BUSES_CHARGING]
    if yard.evse(waiting).car is None:
        yard.plug(waiting, bus)
    _join(world, yard)
    _join(world, evnnovator(clock, seed=seed, routine_days=ROUTINE_DAYS))
    _join(world, party(clock, seed=seed, past_sessions=PARTY_SESSIONS))
    return world


def fleet(
    clock: Clock,
    charge_points: int = 10,
    evses_each: int = 3,
    *,
    seed: int = 0,
    charging: int = 0,
    busy: bool = False,
) -> World:
    """Return many charge points of one owner, each EVSE with a car plugged in.

    So many EVSEs charge from the beginning; in a busy fleet the others live their own
    evenings: plug in, charge, fill up and leave in the morning.
    """
    world = World(clock=clock, seed=seed)
    owner = _owner(world)
    tariff = Tariff(id=321, curve=DailyCurve(seed))
    for index in range(charge_points):
        site = Site(id=1 + index, name=f"Site {index + 1}")
        point = ChargePoint(
            id=f"CP{index + 1:07}",
            name=f"Charger {index + 1}",
            site=site,
            owner_id=owner.id,
        )
        for position in range(evses_each):
            key = index * evses_each + position
            evse = Evse(
                id=str(700001 + key),
                identifier=str(4001 + key),
                charge_point=point,
                tariff=tariff,
            )
            point.evses.append(evse)
        world.add_charge_point(point)
    for key, evse in enumerate(world.evses.values()):
        car = _car(world, f"car-{key + 1}", f"Car {key + 1}", 20 + key % 50)
        if key < charging or not busy:
            world.plug(evse.id, car.id)
        if key < charging:
            world.start(evse.id, owner.id)
        elif busy:
            _plan_evenings(world, evse, car, owner, days=7)
    return world


def public(clock: Clock, *, seed: int = 0) -> World:
    """Return a driver's own charger and a running session at a public station."""
    world = single(clock, seed=seed)
    site = Site(id=2100, name="Mall", address="Road 1", public=True)
    point = ChargePoint(id="PUB2100", name="Mall", site=site)
    tariff = Tariff(id=19, name="Public", kind="duration+energy")
    evse = Evse(id="800500", identifier="6400", charge_point=point, tariff=tariff)
    point.evses.append(evse)
    world.add_charge_point(point)
    world.plug(evse.id, _car(world, "car-9", "Rental", 30).id)
    world.start(evse.id, next(iter(world.drivers)))
    return world


def _join(world: World, other: World) -> None:
    """Move everything of another world into this one; no ids may be alike."""
    world.drivers |= other.drivers
    world.charge_points |= other.charge_points
    world.evses |= other.evses
    world.cars |= other.cars
    world.sessions |= other.sessions
    for moment, name, arguments in other.plans():
        world.plan(moment, name, arguments)
    world.sync()


def _owner(world: World, payment_method_id: str = "555") -> Driver:
    driver = Driver(
        id="3001",
        email="driver@example.test",
        password="charge-me-up",
        payment_method_id=payment_method_id,
    )
    return world.add_driver(driver)


def _car(world: World, key: str, name: str, soc: int, phases: int = 3) -> Car:
    car = world.add_car(Car(id=key, name=name, phases=phases))
    car.set_soc(soc)
    return car


def _charger(
    world: World,
    key: str,
    name: str,
    evse_id: str,
    identifier: str,
    owner: Driver,
    tariff: Tariff,
) -> Evse:
    site = Site(id=len(world.charge_points) + 1, name=name, address=name)
    point = ChargePoint(id=key, name=name, site=site, owner_id=owner.id)
    evse = Evse(id=evse_id, identifier=identifier, charge_point=point, tariff=tariff)
    point.evses.append(evse)
    world.add_charge_point(point)
    return evse


def _plan_evenings(
    world: World, evse: Evse, car: Car, owner: Driver, days: int
) -> None:
    """Let a car come home in the evening, charge, and leave in the morning."""
    zone = ZoneInfo(evse.charge_point.site.zone)
    first = world.time.astimezone(zone).date()
    for day in range(days):
        evening = first + timedelta(days=day)
        midnight = datetime(evening.year, evening.month, evening.day, tzinfo=zone)
        arrives = midnight.astimezone(UTC) + timedelta(
            hours=17, minutes=world.random.randrange(180)
        )
        leaves = arrives + timedelta(hours=12, minutes=world.random.randrange(120))
        soc = world.random.randrange(30, 70)
        if arrives <= world.time:
            continue
        at_home = {"evse_id": evse.id}
        new_soc = {"car_id": car.id, "soc_percent": soc}
        driver = {"driver_id": owner.id}
        world.plan(arrives - SECOND, "set_car", new_soc)
        world.plan(arrives, "plug", at_home | {"car_id": car.id})
        world.plan(arrives + 30 * SECOND, "start", at_home | driver)
        world.plan(leaves, "unplug", at_home)
