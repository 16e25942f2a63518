"""From AMPECO's words to the model (fact sheet ampeco 7, 8 and 10)."""

from functools import lru_cache

import msgspec

from ...decoding import item
from ...model import (
    ChargePoint,
    ChargingPeriod,
    Connector,
    Cost,
    CostState,
    Evse,
    EvseStatus,
    Ownership,
    PeriodKind,
    Session,
    SessionState,
    Tariff,
)
from ...values import OCPP_STATUS, kilo, moment, money, number, seconds, text, word
from .. import wire

EVSE_STATUS: dict[str, EvseStatus] = {
    **OCPP_STATUS,
    "suspended": EvseStatus.SUSPENDED,
    "outoforder": EvseStatus.FAULTED,
    "blocked": EvseStatus.UNAVAILABLE,
    "inoperative": EvseStatus.UNAVAILABLE,
    "planned": EvseStatus.UNAVAILABLE,
    "removed": EvseStatus.UNAVAILABLE,
}
CHARGING_STATE: dict[str, EvseStatus] = {
    "charging": EvseStatus.CHARGING,
    "suspendedev": EvseStatus.SUSPENDED_EV,
    "suspendedevse": EvseStatus.SUSPENDED_EVSE,
}
SESSION_STATE: dict[str, SessionState] = {
    "starting": SessionState.PENDING,
    "pending": SessionState.PENDING,
    "active": SessionState.ACTIVE,
    "stopping": SessionState.STOPPING,
    "finished": SessionState.COMPLETED,
    "expired": SessionState.COMPLETED,
    "failed": SessionState.FAILED,
}
ENDED = frozenset({SessionState.COMPLETED, SessionState.FAILED})
IN_USE = frozenset(
    {EvseStatus.CHARGING, EvseStatus.SUSPENDED, EvseStatus.SUSPENDED_EVSE}
)


class Mapper:
    """Maps the objects of one operator, and remembers what repeats.

    The same tariff and the same currency come with every EVSE and every session, so
    they are mapped once per distinct text.
    """

    def __init__(self, realm: str) -> None:
        """Take the operator's realm, which with the id makes a session's key."""
        self._realm = realm
        self._tariffs: dict[bytes, Tariff | None] = {}
        self._currencies: dict[bytes, str | None] = {}
        self.unknown: set[str] = set()

    def charge_point(self, source: wire.ChargePoint) -> ChargePoint:
        """Map a personal charge point; it is the driver's own."""
        identity = str(source.id)
        return ChargePoint(
            id=identity,
            name=source.name or identity,
            ownership=Ownership.OWN,
            evses=tuple([self.evse(evse) for evse in source.evses or ()]),
            firmware=text(source.firmware_version),
            restarting=source.is_rebooting,
            last_month_energy_kwh=number(source.last_month_energy_kwh, least=0),
            last_month_cost=money(source.last_month_electricity_cost),
        )

    def evse(self, source: wire.Evse) -> Evse:
        """Map an EVSE with the session that runs or has just ended at it."""
        tariff = self.tariff(source.tariff)
        session = None
        if source.session is not None:
            session = self.session(
                source.session,
                evse_id=str(source.id),
                battery=source.car_battery_percent,
                free=_is_free(tariff),
            )
        return Evse(
            id=str(source.id),
            identifier=text(source.identifier),
            status=self.status(source, session),
            max_power_kw=kilo(source.max_power),
            current_type=text(source.current_type),
            connectors=tuple(
                [_connector(one.name, one.format) for one in source.connectors or ()]
            ),
            session=session,
            tariff=tariff,
            vehicle_battery_percent=percent(source.car_battery_percent),
        )

    def status(self, source: wire.Evse, session: Session | None) -> EvseStatus | None:
        """Return an EVSE's status; a running session knows why it is suspended.

        The EVSE's own word merges both kinds of suspension and can stay at charging
        while the charger withholds (7.1).
        """
        status = self._evse_status(source.status)
        running = session is not None and session.running
        if not running or status not in IN_USE or source.session is None:
            return status
        cause = CHARGING_STATE.get(word(source.session.charging_state))
        return status if cause is None else cause

    def session(
        self,
        source: wire.Session,
        *,
        evse_id: str | None = None,
        battery: wire.Number = None,
        place: str | None = None,
        free: bool = False,
    ) -> Session:
        """Map a session; the driver's API shows no others than the driver's own."""
        state = self._state(source)
        return Session(
            key=f"{self._realm}/{source.id}",
            id=str(source.id),
            state=state,
            ownership=Ownership.OWN,
            evse_id=evse_id,
            evse_identifier=text(source.evse_id),
            place=place,
            started_at=moment(source.started_at),
            ended_at=moment(source.stopped_at),
            duration=seconds(source.duration),
            idle=seconds(source.idle_period),
            energy_kwh=kilo(source.energy),
            power_kw=0.0 if state in ENDED else kilo(source.power),
            cost=self.cost(source, state, free=free),
            evse_status=self._evse_status(source.evse_status),
            vehicle_battery_percent=percent(battery),
            stop_reason=text(source.stop_reason),
            can_stop=source.is_remote_stop_enabled,
            periods=self.periods(source.charging_periods),
        )

    def cost(
        self, source: wire.Session, state: SessionState, *, free: bool
    ) -> Cost | None:
        """Map what a session costs: the total, tax included, never what is due.

        Nothing for energy is not believed unless the tariff is free.
        """
        currency = self._currency(source.currency)
        gross = money(source.total_amount)
        if currency is None or gross is None:
            return None
        if not gross and kilo(source.energy) and not free:
            return None
        if state not in ENDED:
            cost_state = CostState.RUNNING
        elif word(source.payment_status) == "paid":
            cost_state = CostState.FINAL
        else:
            cost_state = CostState.PROVISIONAL
        return Cost(currency=currency, gross=gross, state=cost_state)

    def periods(self, raw: msgspec.Raw) -> tuple[ChargingPeriod, ...]:
        """Map charging periods, oldest first; they come newest first."""
        if raw is wire.ABSENT:
            return ()
        found = item(wire.PERIODS, raw) or []
        return tuple(
            ChargingPeriod(
                started_at=start,
                ended_at=moment(one.stopped_at),
                kind=_period_kind(one.state),
                amount=money(one.amount),
            )
            for one in reversed(found)
            if (start := moment(one.started_at)) is not None
        )

    def tariff(self, raw: msgspec.Raw) -> Tariff | None:
        """Map a tariff; the same text always gives the same object."""
        if raw is wire.ABSENT:
            return None
        content = bytes(raw)
        if content not in self._tariffs:
            if len(self._tariffs) >= 512:
                self._tariffs.clear()
            source = item(wire.TARIFF, raw)
            self._tariffs[content] = None if source is None else _tariff(source)
        return self._tariffs[content]

    def _currency(self, raw: msgspec.Raw) -> str | None:
        """Map a currency to its ISO 4217 code."""
        content = bytes(raw)
        if content not in self._currencies:
            if len(self._currencies) >= 64:
                self._currencies.clear()
            source = item(wire.CURRENCY, raw)
            code = text(source.code) if source else None
            self._currencies[content] = code.upper() if code else None
        return self._currencies[content]

    def _state(self, source: wire.Session) -> SessionState:
        """Return a session's state; an unknown word runs until an end is named."""
        folded = word(source.status)
        if (state := SESSION_STATE.get(folded)) is not None:
            return state
        self.unknown.add(f"session status {folded[:40]}")
        if source.stopped_at is not None:
            return SessionState.COMPLETED
        return SessionState.ACTIVE

    def _evse_status(self, value: str | None) -> EvseStatus | None:
        """Return an EVSE status, ``None`` for a word that is not known."""
        if value in EVSE_STATUS:
            return EVSE_STATUS[value]
        folded = word(value)
        status = EVSE_STATUS.get(folded)
        if status is None and folded not in ("", "unknown"):
            self.unknown.add(f"EVSE status {folded[:40]}")
        return status


@lru_cache(maxsize=64)
def _connector(name: str | None, form: str | None) -> Connector:
    """Return a connector; there are few different ones."""
    return Connector(type=name, format=form)


def percent(value: wire.Number) -> float | None:
    """Return a percentage between 0 and 100."""
    if value is None:
        return None
    result = number(value, least=0)
    return result if result is not None and result <= 100 else None


def _period_kind(state: str | None) -> PeriodKind | None:
    """Return what a period bills, from a state such as ``charging@price|1``."""
    kind = (state or "").partition("@")[0].casefold()
    return PeriodKind(kind) if kind in set(PeriodKind) else None


def _is_free(tariff: Tariff | None) -> bool:
    """Tell whether a tariff says that charging costs nothing."""
    if tariff is None:
        return False
    return word(tariff.kind) == "free" or tariff.price_per_kwh == 0


def _tariff(source: wire.Tariff) -> Tariff:
    """Map a tariff."""
    pricing = source.pricing or wire.Pricing()
    grace = number(pricing.idle_fee_grace_period_minutes, least=0)
    return Tariff(
        id=str(source.id),
        currency=text(source.currency),
        name=text(source.name),
        kind=text(source.type),
        price_per_kwh=money(pricing.price_per_kwh),
        minimum=money(pricing.min_price),
        connection_fee=money(pricing.connection_fee),
        idle_fee_per_minute=money(pricing.idle_fee_per_minute),
        idle_grace=None if grace is None else seconds(grace * 60),
    )
