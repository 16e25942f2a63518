"""The simulated world: who owns what, what happens and what is true."""

from collections.abc import Callable
import copy
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import wraps
import heapq
import random
from typing import Any, Concatenate, Final

from .car import Car
from .charger import ChargePoint, DeviceError, Evse, EvseState
from .clock import Clock, SimulatedClock
from .engine import advance, finish, settle
from .people import Command, Driver, Meter, NotPossibleError, UnknownObjectError
from .session import Invoice, Session, SessionState
from .units import MICROJOULES_PER_WH, to_wh

# Fact sheet ampeco 14: the charger answers "within seconds", with its own start time.
START_SHIFT: Final = timedelta(seconds=2)
CONFIRM_AFTER: Final = timedelta(seconds=4)
REBOOT_TIME: Final = timedelta(seconds=60)


def command[**P, R](
    method: Callable[Concatenate[World, P], R],
) -> Callable[Concatenate[World, P], R]:
    """Apply a method at the current moment and tell the listeners about it."""

    @wraps(method)
    def apply(world: World, /, *args: P.args, **kwargs: P.kwargs) -> R:
        world.sync()
        result = method(world, *args, **kwargs)
        world.publish(Command(world.time, method.__name__, args, kwargs))
        return result

    return apply


@dataclass(kw_only=True)
class World:
    """Simulate sites, chargers, cars and drivers on one clock."""

    clock: Clock
    seed: int = 0
    next_session_id: int = 900001
    drivers: dict[str, Driver] = field(default_factory=dict)
    charge_points: dict[str, ChargePoint] = field(default_factory=dict)
    evses: dict[str, Evse] = field(default_factory=dict)
    cars: dict[str, Car] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin at the clock's present."""
        self.time = self.clock.now()
        self.random = random.Random(self.seed)
        self._listeners: list[Callable[[Command], None]] = []
        self._agenda: list[tuple[datetime, int, str, dict[str, Any]]] = []
        self._planned = 0
        self._busy = False

    def sync(self) -> None:
        """Live up to the clock's present, with all that was planned until then."""
        if self._busy:
            return
        self._busy = True
        try:
            now = max(self.time, self.clock.now())
            while self._agenda and self._agenda[0][0] <= now:
                moment, _, name, kwargs = heapq.heappop(self._agenda)
                self._advance(moment)
                self._try(name, kwargs)
            self._advance(now)
        finally:
            self._busy = False

    def _advance(self, until: datetime) -> None:
        for evse in self.evses.values():
            advance(evse, self.time, until)
        self.time = max(self.time, until)

    def _try(self, name: str, kwargs: dict[str, Any]) -> None:
        # Plans are made early; a driver who finds the car gone simply does nothing.
        try:
            getattr(self, name)(**kwargs)
        except NotPossibleError:
            return

    def plans(self) -> list[tuple[datetime, str, dict[str, Any]]]:
        """Return what is still to happen by itself, the next first."""
        planned = sorted(self._agenda, key=lambda plan: plan[:2])
        return [(moment, name, arguments) for moment, _, name, arguments in planned]

    def listen(self, listener: Callable[[Command], None]) -> None:
        """Call back after every command from outside."""
        self._listeners.append(listener)

    def publish(self, done: Command) -> None:
        """Tell the listeners about a command, unless it came from a plan."""
        if not self._busy:
            for listener in self._listeners:
                listener(done)

    def replica(self, clock: SimulatedClock) -> World:
        """Return an independent copy of this world on another clock."""
        memo: dict[int, Any] = {id(self.clock): clock, id(self._listeners): []}
        return copy.deepcopy(self, memo)

    def add_charge_point(self, charge_point: ChargePoint) -> ChargePoint:
        """Put a charge point with its EVSEs into the world."""
        self.charge_points[charge_point.id] = charge_point
        self.evses |= {evse.id: evse for evse in charge_point.evses}
        return charge_point

    def add_driver(self, driver: Driver) -> Driver:
        """Let a driver have an account."""
        self.drivers[driver.id] = driver
        return driver

    def add_car(self, car: Car) -> Car:
        """Put a car into the world."""
        self.cars[car.id] = car
        return car

    def charge_point(self, charge_point_id: str) -> ChargePoint:
        """Return a charge point by its id, as it is now."""
        self.sync()
        return _known(self.charge_points, charge_point_id, "charge point")

    def evse(self, evse_id: str) -> Evse:
        """Return an EVSE by its id or printed identifier, as it is now."""
        self.sync()
        if evse_id not in self.evses:
            for evse in self.evses.values():
                if evse.identifier == evse_id:
                    return evse
        return _known(self.evses, evse_id, "EVSE")

    def session(self, session_id: str) -> Session:
        """Return a session by its id, as it is now."""
        self.sync()
        return _known(self.sessions, session_id, "session")

    def meter(self, evse_id: str) -> Meter:
        """Return the true energy of an EVSE, in Wh."""
        evse = self.evse(evse_id)
        sessions = [s for s in self.sessions.values() if s.evse_id == evse.id]
        return Meter(
            total_wh=to_wh(evse.meter_uj),
            sessions={session.id: session.energy_wh for session in sessions},
            drawn_wh=to_wh(evse.drawn_uj),
            drawn_sessions={session.id: session.drawn_wh for session in sessions},
        )

    def bill(self, session_id: str) -> Decimal:
        """Return the true amount of a session with tax."""
        return self.session(session_id).amount(self.time)

    def invoice(self, session_id: str) -> Invoice:
        """Return the true bill of a session with its tax shown."""
        return self.session(session_id).invoice(self.time)

    @command
    def plan(self, moment: datetime, name: str, arguments: dict[str, Any]) -> None:
        """Let a command happen by itself at a later moment."""
        self._planned += 1
        heapq.heappush(self._agenda, (moment, self._planned, name, arguments))

    @command
    def plug(self, evse_id: str, car_id: str) -> None:
        """Plug a car into an EVSE."""
        evse, car = self.evse(evse_id), _known(self.cars, car_id, "car")
        if evse.car is not None:
            raise NotPossibleError(f"A car is already plugged in at EVSE {evse.id}.")
        if any(other.car is car for other in self.evses.values()):
            raise NotPossibleError(f"Car {car.id} is plugged in elsewhere.")
        evse.car = car
        evse.moved_at = self.time
        evse.was_used = False
        if evse.charge_point.plug_and_charge and not car.is_full:
            self._begin(evse, evse.charge_point.owner_id, "autocharge")

    @command
    def unplug(self, evse_id: str) -> None:
        """Pull the cable, which ends an open session."""
        evse = self.evse(evse_id)
        if evse.car is None:
            raise NotPossibleError(f"No car is plugged in at EVSE {evse.id}.")
        finish(evse, self.time, "evdisconnected")
        evse.car = None
        evse.moved_at = self.time
        evse.was_used = False

    @command
    def start(
        self,
        evse_id: str,
        driver_id: str | None,
        by: str = "app",
        limit_wh: int | None = None,
    ) -> Session:
        """Start a session, from the app, by RFID or by the plug."""
        session = self._begin(self.evse(evse_id), driver_id, by)
        if limit_wh is not None:
            session.limit_uj = limit_wh * MICROJOULES_PER_WH
        return session

    @command
    def stop(self, session_id: str, reason: str = "remote") -> Session:
        """Ask for the end of a session; the charger takes a few seconds."""
        session = self.session(session_id)
        if not session.is_open:
            raise NotPossibleError(f"Session {session.id} is already over.")
        if session.state is not SessionState.STOPPING:
            session.state = SessionState.STOPPING
            session.stop_reason = reason
            session.finish_at = self.time + CONFIRM_AFTER
        return session

    @command
    def set_car(
        self,
        car_id: str,
        *,
        soc_percent: float | None = None,
        target_percent: int | None = None,
        wants_energy: bool | None = None,
        max_power_w: int | None = None,
    ) -> None:
        """Change a car."""
        car = _known(self.cars, car_id, "car")
        if soc_percent is not None:
            car.set_soc(soc_percent)
        _assign(
            car,
            target_percent=target_percent,
            wants_energy=wants_energy,
            max_power_w=max_power_w,
        )
        self._settle_all()

    @command
    def set_evse(
        self,
        evse_id: str,
        *,
        held: bool | None = None,
        max_power_w: int | None = None,
        state: str | None = None,
        efficiency_permille: int | None = None,
    ) -> None:
        """Change an EVSE; the state is faulted, unavailable or in_order."""
        evse = self.evse(evse_id)
        if state is not None:
            evse.out_of_order = None if state == "in_order" else EvseState(state)
            evse.moved_at = self.time
        _assign(
            evse,
            held=held,
            max_power_w=max_power_w,
            efficiency_permille=efficiency_permille,
        )
        self._settle_all()

    @command
    def configure(
        self,
        charge_point_id: str,
        *,
        name: str | None = None,
        max_current_a: int | None = None,
        plug_and_charge: bool | None = None,
        smart_enabled: bool | None = None,
        smart_start: str | None = None,
        smart_end: str | None = None,
        connected: bool | None = None,
    ) -> None:
        """Change the owner's settings; window times are HH:MM[:SS], local.

        A charge point that is not connected charges on, but its back end hears nothing.
        """
        point = self.charge_point(charge_point_id)
        if connected is not None:
            point.lost_since = None if connected else point.lost_since or self.time
        _assign(
            point.smart,
            enabled=smart_enabled,
            start=time.fromisoformat(smart_start) if smart_start else None,
            end=time.fromisoformat(smart_end) if smart_end else None,
        )
        _assign(
            point,
            name=name,
            max_current_a=max_current_a,
            plug_and_charge=plug_and_charge,
        )
        self._settle_all()

    @command
    def report_error(self, evse_id: str, device: str, code: str) -> None:
        """Let a part of a charger report an error, warning or notice."""
        evse = self.evse(evse_id)
        seen = sum((e.device, e.code) == (device, code) for e in evse.errors)
        error = DeviceError(
            moment=self.time, device=device, code=code, counter=seen + 1
        )
        evse.errors.append(error)

    @command
    def reboot(self, charge_point_id: str) -> None:
        """Restart a charge point, which takes a minute."""
        point = self.charge_point(charge_point_id)
        point.rebooting_until = self.time + REBOOT_TIME

    def _settle_all(self) -> None:
        for evse in self.evses.values():
            settle(evse, self.time)

    def _begin(self, evse: Evse, driver_id: str | None, by: str) -> Session:
        _check_startable(evse)
        session = Session(
            id=str(self.next_session_id),
            evse_id=evse.id,
            driver_id=driver_id,
            tariff=evse.tariff,
            requested_at=self.time,
            started_at=self.time + START_SHIFT,
            confirm_at=self.time + CONFIRM_AFTER,
            started_by=by,
            meter_start_uj=evse.meter_uj,
            drawn_start_uj=evse.drawn_uj,
            car_id=evse.car.id if evse.car else None,
            soc_start=evse.car.soc_percent if evse.car else None,
        )
        self.next_session_id += 1
        self.sessions[session.id] = evse.session = session
        return session


def _check_startable(evse: Evse) -> None:
    if evse.session is not None:
        raise NotPossibleError(f"A session is already running at EVSE {evse.id}.")
    if evse.car is None:
        raise NotPossibleError(f"No car is plugged in at EVSE {evse.id}.")
    if evse.car.is_full:
        raise NotPossibleError(f"The car at EVSE {evse.id} is full.")
    if evse.out_of_order is not None:
        raise NotPossibleError(f"EVSE {evse.id} is {evse.out_of_order}.")


def _known[T](objects: dict[str, T], key: str, what: str) -> T:
    try:
        return objects[key]
    except KeyError:
        raise UnknownObjectError(f"There is no {what} {key!r}.") from None


def _assign(target: object, **values: Any) -> None:
    for name, value in values.items():
        if value is not None:
            setattr(target, name, value)
