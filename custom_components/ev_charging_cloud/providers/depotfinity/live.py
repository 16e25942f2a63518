"""What connectors do now: those in use at each poll, the others in turn."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from ..errors import ResponseError, ServerError
from ..model import PLUGGED_IN, Evse, EvseStatus, Session
from .client import Client
from .connectors import Place
from .features import CHARGER_STATUS, TIME_SERIES
from .gate import Gate
from .mapping import Reading, Statuses, samples
from .meter import Meter

DRAWING = frozenset(
    {
        EvseStatus.CHARGING,
        EvseStatus.SUSPENDED,
        EvseStatus.SUSPENDED_EV,
        EvseStatus.SUSPENDED_EVSE,
    }
)
AT_ONCE = 4
# A charge may take so long to show in the status of its connector.
SETTLING = timedelta(minutes=10)
# Where a vehicle waits, something happens sooner.
WAITING_WEIGHT = 4


class State(msgspec.Struct, kw_only=True):
    """What is known of one connector."""

    reading: Reading = Reading()
    read_at: datetime | None = None
    asked_at: datetime | None = None
    meter: Meter | None = None
    charge: str | None = None


class Live:
    """Reads status and time series of connectors."""

    def __init__(self, client: Client, gate: Gate) -> None:
        """Start without knowing a connector."""
        self._client, self._gate = client, gate
        self._states: dict[Place, State] = {}
        self.statuses = Statuses()

    def stale(self, place: Place, session: Session) -> bool:
        """Tell whether a connector says that its running charge is long over."""
        state = self._states.get(place)
        if state is None or state.read_at is None or session.started_at is None:
            return False
        free = state.reading.status in (EvseStatus.AVAILABLE, EvseStatus.UNAVAILABLE)
        return free and state.read_at > session.started_at + SETTLING

    def drawing(self, place: Place) -> bool:
        """Tell whether a connector said last that a charge is under way."""
        state = self._states.get(place)
        return state is not None and state.reading.status in DRAWING

    async def read_statuses(
        self, places: Iterable[Place], now: datetime, *, reserve: int = 0
    ) -> bool:
        """Read connectors, the longest unread first, as far as the allowance goes.

        Tell whether a charge seems to have begun or ended at one of them.
        """
        before = {place: self._state(place).reading.status for place in places}
        await self._several(
            sorted(before, key=self._age(now), reverse=True),
            lambda place: self._status(place, now),
            lambda: self._gate.open(CHARGER_STATUS) and self._gate.left() > reserve,
        )
        return any(
            status is not None and (status in DRAWING) != self.drawing(place)
            for place, status in before.items()
        )

    async def read_series(
        self, charges: Mapping[Place, Session], now: datetime
    ) -> None:
        """Read one time series of each running charge."""
        await self._several(
            list(charges),
            lambda place: self._measure(place, charges[place], now),
            lambda: self._gate.open(TIME_SERIES) and self._gate.left() > 0,
        )

    def evse(self, place: Place, session: Session | None, now: datetime) -> Evse:
        """Return a connector with its charge."""
        state = self._state(place)
        battery = None
        if session is not None and session.running:
            session = self._running(state, place, session, now)
            battery = session.vehicle_battery_percent
        return Evse(
            id=place.evse_id,
            identifier=place.connector,
            status=state.reading.status,
            status_at=state.read_at,
            session=session,
            vehicle_battery_percent=battery,
        )

    def _running(
        self, state: State, place: Place, session: Session, now: datetime
    ) -> Session:
        """Return a running charge with what its connector says.

        What a transaction says of its own energy is only believed above nothing.
        """
        stale = self.stale(place, session)
        meter = state.meter if state.charge == session.key else None
        changes: dict[str, object] = {
            "stale": stale,
            "evse_status": state.reading.status,
            "errors": state.reading.errors,
            "energy_kwh": session.energy_kwh or None,
            "reported_at": state.reading.moment,
            "power_kw": None,
        }
        if meter is not None:
            if (energy := meter.energy_kwh) is not None:
                changes["energy_kwh"] = max(energy, session.energy_kwh or 0.0)
            changes["drawn_kwh"] = meter.drawn_kwh
            changes["vehicle_battery_percent"] = meter.battery_percent(now)
            changes["reported_at"] = meter.reported_at or state.reading.moment
            changes["power_kw"] = None if stale else meter.power_kw(now)
        return msgspec.structs.replace(session, **changes)

    def _state(self, place: Place) -> State:
        """Return what is known of a connector."""
        return self._states.setdefault(place, State())

    def _age(self, now: datetime) -> Callable[[Place], float]:
        """Return what tells how urgent it is to ask a connector again."""

        def age(place: Place) -> float:
            state = self._state(place)
            if state.asked_at is None:
                return float("inf")
            waits = state.reading.status in PLUGGED_IN
            seconds = (now - state.asked_at).total_seconds()
            return seconds * WAITING_WEIGHT if waits else seconds

        return age

    async def _several(
        self,
        places: list[Place],
        read: Callable[[Place], Awaitable[None]],
        goes_on: Callable[[], bool],
    ) -> None:
        """Read a few connectors at a time while there is something left to spend."""
        for position in range(0, len(places), AT_ONCE):
            if not goes_on():
                return
            several = [read(place) for place in places[position : position + AT_ONCE]]
            for outcome in await asyncio.gather(*several, return_exceptions=True):
                if outcome is not None:
                    raise outcome

    async def _status(self, place: Place, now: datetime) -> None:
        """Read the status of one connector; a failure keeps what was known."""
        state = self._state(place)
        state.asked_at = now
        body = await self._gate.may(
            CHARGER_STATUS, f"of {place.evse_id}", self._read_status(place)
        )
        if body is not None:
            state.reading, state.read_at = body, now

    async def _read_status(self, place: Place) -> Reading | None:
        """Return what a connector says."""
        return self.statuses.latest(await self._client.status(*place))

    async def _measure(self, place: Place, session: Session, now: datetime) -> None:
        """Read the next time series of a charge."""
        if session.started_at is None:
            return
        state = self._state(place)
        if state.meter is None or state.charge != session.key:
            state.meter, state.charge = Meter(session.started_at), session.key
        meter = state.meter
        measurand, since = meter.next()

        async def ask() -> None:
            try:
                body = await self._client.series(*place, measurand, since, now)
            except ServerError:
                raise
            except ResponseError as error:
                if error.status is None:
                    raise
                meter.take(measurand, [])
                return
            meter.take(measurand, samples(body))

        await self._gate.may(TIME_SERIES, f"{measurand} of {place.evse_id}", ask())
