"""A bus depot with a history."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from .car import Car
from .charger import ChargePoint, Evse, Site
from .clock import Clock, SimulatedClock
from .tariff import FlatCurve, Tariff
from .world import Driver, World

ZONE: Final = "Europe/Berlin"
DAY: Final = timedelta(days=1)
POWER_W: Final = 150_000
LEAVES_AFTER: Final = timedelta(hours=8)
BATTERIES_WH: Final = (250_000, 350_000, 450_000)
TAG: Final = "DEPOT-TAG"
# One night in so many brings a warning of the converter.
NIGHTS_PER_WARNING: Final = 5


def depot(
    clock: Clock,
    chargers: int = 6,
    connectors_each: int = 2,
    *,
    seed: int = 0,
    past_days: int = 2,
    future_days: int = 7,
    legacy_every: int = 2,
    charging: int = 0,
) -> World:
    """Return a depot whose buses charge every night.

    Every so many chargers, from the first, have a legacy controller. So many
    connectors charge from the beginning, whatever the hour; their buses stay.
    """
    past = SimulatedClock(clock.now() - past_days * DAY)
    world = World(clock=past, seed=seed, next_session_id=41_001)
    site = Site(id=31, name="Depot", address="Depot", zone=ZONE, operator="DEPOT")
    driver = world.add_driver(
        Driver(id="depot", email="", password="", name="Depot", auth_id=TAG)
    )
    for index in range(chargers):
        _charger(world, site, index, connectors_each, legacy_every)
    evses = list(world.evses.values())
    for index, evse in enumerate(evses):
        bus = _bus(world, index)
        last_day = past_days - 2 if index < charging else past_days + future_days
        _plan_nights(world, evse, bus, driver, range(-1, last_day))
    past.advance(past_days * DAY)
    world.sync()
    world.clock = clock
    for evse, bus in zip(evses[:charging], world.cars.values(), strict=False):
        _begin(world, evse, bus, driver)
    return world


def _charger(
    world: World, site: Site, index: int, connectors: int, legacy_every: int
) -> None:
    tariff = Tariff(
        id=31,
        name="Own use",
        currency="EUR",
        zone=ZONE,
        slot=DAY,
        curve=FlatCurve(Decimal("0.2")),
        tax_percent=Decimal(19),
        markups=(Decimal(0),) * 24,
        min_price=None,
    )
    point = ChargePoint(
        id=f"CH-{index + 1}",
        name=f"Charger {index + 1}",
        site=site,
        legacy_controller=legacy_every > 0 and index % legacy_every == 0,
    )
    for position in range(connectors):
        evse = Evse(
            id=f"{index + 1}-{position + 1}",
            identifier=f"{point.id}*{position + 1}",
            charge_point=point,
            tariff=tariff,
            max_power_w=POWER_W,
            current_type="dc",
            connector="CCS",
            efficiency_permille=world.random.randrange(940, 961),
            ends_when_full=True,
        )
        point.evses.append(evse)
    world.add_charge_point(point)


def _bus(world: World, index: int) -> Car:
    bus = Car(
        id=f"bus-{index + 1}",
        name=f"BUS-{index + 1}",
        battery_wh=BATTERIES_WH[index % len(BATTERIES_WH)],
        max_power_w=POWER_W,
        target_percent=95,
    )
    bus.set_soc(40)
    return world.add_car(bus)


def _begin(world: World, evse: Evse, bus: Car, driver: Driver) -> None:
    if evse.car is not None:
        world.unplug(evse.id)
    world.set_car(bus.id, soc_percent=40)
    world.plug(evse.id, bus.id)
    world.start(evse.id, driver.id)


def _plan_nights(
    world: World, evse: Evse, bus: Car, driver: Driver, days: range
) -> None:
    """Let a bus come home in the evening, charge, and leave in the morning."""
    first = world.time.astimezone(ZoneInfo(ZONE)).date()
    for day in days:
        evening = first + timedelta(days=day)
        midnight = datetime(
            evening.year, evening.month, evening.day, tzinfo=ZoneInfo(ZONE)
        )
        minutes = world.random.randrange(19 * 60, 23 * 60)
        arrives = midnight.astimezone(UTC) + timedelta(minutes=minutes)
        soc, warns = world.random.randrange(25, 70), world.random.random()
        if arrives <= world.time:
            continue
        at_home = {"evse_id": evse.id}
        new_soc = {"car_id": bus.id, "soc_percent": soc}
        begin = at_home | {"driver_id": driver.id, "by": "rfid"}
        world.plan(arrives, "set_car", new_soc)
        world.plan(arrives, "plug", at_home | {"car_id": bus.id})
        world.plan(arrives + timedelta(seconds=30), "start", begin)
        if warns < 1 / NIGHTS_PER_WARNING:
            warning = {"device": "Converter", "code": "WARN: converter : example(no:1)"}
            later = arrives + timedelta(minutes=10)
            world.plan(later, "report_error", at_home | warning)
        world.plan(arrives + LEAVES_AFTER, "unplug", at_home)
