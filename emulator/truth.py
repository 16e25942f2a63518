"""The whole world as plain data, for tests and people at a terminal."""

from decimal import Decimal
from typing import Any

from .car import Car
from .charger import ChargePoint, Evse
from .session import Invoice, Session
from .units import to_wh
from .world import World


def world_json(world: World) -> dict[str, Any]:
    """Return everything that is true now."""
    world.sync()
    return {
        "now": world.time.isoformat(),
        "charge_points": [_point(point) for point in world.charge_points.values()],
        "cars": [_car(car) for car in world.cars.values()],
        "sessions": [session_json(world, s) for s in world.sessions.values()],
    }


def session_json(world: World, session: Session) -> dict[str, Any]:
    """Return the truth about one session; energy in Wh, money as text."""
    stopped = session.stopped_at
    return {
        "id": session.id,
        "evse": session.evse_id,
        "driver": session.driver_id,
        "started_by": session.started_by,
        "state": session.state.value,
        "requested_at": session.requested_at.isoformat(),
        "started_at": session.started_at.isoformat(),
        "stopped_at": stopped.isoformat() if stopped else None,
        "stop_reason": session.stop_reason,
        "energy_wh": float(session.energy_wh),
        "drawn_wh": float(session.drawn_wh),
        "car": session.car_id,
        "soc_start": _percent(session.soc_start),
        "soc_end": _percent(session.soc_end),
        "bill": str(session.amount(world.time)),
        **invoice_json(session.invoice(world.time)),
        "idle_seconds": session.idle_time(world.time).total_seconds(),
        "paid": session.is_paid(world.time),
    }


def invoice_json(invoice: Invoice) -> dict[str, str]:
    """Return a bill with its tax shown; money as text."""
    return {
        "net": str(invoice.net),
        "tax": str(invoice.tax),
        "gross": str(invoice.gross),
        "currency": invoice.currency,
    }


def _percent(value: Decimal | None) -> float | None:
    return None if value is None else round(float(value), 3)


def _point(point: ChargePoint) -> dict[str, Any]:
    return {
        "id": point.id,
        "name": point.name,
        "site": point.site.name,
        "owner": point.owner_id,
        "operator": point.site.operator,
        "connected": point.lost_since is None,
        "max_current_a": point.max_current_a,
        "evses": [_evse(evse) for evse in point.evses],
    }


def _evse(evse: Evse) -> dict[str, Any]:
    return {
        "id": evse.id,
        "identifier": evse.identifier,
        "state": evse.state.value,
        "power_w": evse.power_w,
        "drawn_w": evse.drawn_w,
        "meter_wh": float(to_wh(evse.meter_uj)),
        "drawn_wh": float(to_wh(evse.drawn_uj)),
        "car": evse.car.id if evse.car else None,
        "session": evse.session.id if evse.session else None,
    }


def _car(car: Car) -> dict[str, Any]:
    return {
        "id": car.id,
        "name": car.name,
        "battery_wh": car.battery_wh,
        "soc_percent": round(float(car.soc_percent), 3),
        "target_percent": car.target_percent,
        "max_power_w": car.max_power_w,
        "wants_energy": car.wants_energy,
    }
