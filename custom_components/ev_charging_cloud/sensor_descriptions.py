"""What the sensors show, and where there is one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import (
    PERCENTAGE,
    EntityCategory,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTime,
)
from homeassistant.helpers.typing import StateType

from .coordinator import ChargingCoordinator
from .providers.model import CostBasis, EvseStatus, Session
from .providers.provider import Capability
from .view import EvseView

type Value = StateType | datetime | Decimal


@dataclass(frozen=True, kw_only=True)
class EvseSensorDescription(SensorEntityDescription):
    """What a sensor of an EVSE shows, and where there is one.

    Where sessions are at places of others, money is what the account owes these.
    Such sensors have names of their own; ``roaming`` tells the two kinds apart.
    """

    value_fn: Callable[[EvseView], Value]
    unit_fn: Callable[[EvseView], str | None] | None = None
    exists_fn: Callable[[EvseView], bool] = lambda view: True
    capability: Capability | None = None
    basis: CostBasis | None = None
    roaming: bool | None = None
    of_charge_point: bool = False


@dataclass(frozen=True, kw_only=True)
class SessionSensorDescription(EvseSensorDescription):
    """What a sensor counts from the start of each session on."""

    session_fn: Callable[[Session], Value]


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """What a sensor of the account shows."""

    value_fn: Callable[[ChargingCoordinator], Value]


def _price_unit(view: EvseView) -> str | None:
    """Return the unit of a price of energy."""
    tariff = view.evse.tariff
    return f"{tariff.currency}/kWh" if tariff and tariff.currency else None


def _amount(basis: CostBasis) -> Callable[[Session], Value]:
    """Return what reads the cost of a session on one basis."""
    return lambda session: session.cost.by(basis) if session.cost else None


def _shows_price(key: str, *, roaming: bool = False) -> EvseSensorDescription:
    """Return the sensor of what energy costs now."""
    return EvseSensorDescription(
        key=key,
        translation_key=key,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=2,
        unit_fn=_price_unit,
        exists_fn=lambda view: view.evse.tariff is not None,
        capability=Capability.TARIFF,
        roaming=roaming,
        value_fn=lambda view: (
            view.evse.tariff.price_per_kwh if view.evse.tariff else None
        ),
    )


def _battery_size(end: int) -> Callable[[Session], Value]:
    """Return what reads one end of the range of a battery's size."""
    return lambda session: session.battery_size_kwh and session.battery_size_kwh[end]


def _counts_cost(
    key: str, basis: CostBasis, *, roaming: bool = False
) -> EvseSensorDescription:
    """Return the sensor of what a session costs, on one basis."""
    return SessionSensorDescription(
        key=key,
        translation_key=key,
        device_class=SensorDeviceClass.MONETARY,
        state_class=SensorStateClass.TOTAL,
        suggested_display_precision=2,
        unit_fn=lambda view: view.currency,
        capability=Capability.COST,
        basis=basis,
        roaming=roaming,
        value_fn=_of_session(_amount(basis)),
        session_fn=_amount(basis),
    )


def _of_session(
    value_fn: Callable[[Session], Value],
) -> Callable[[EvseView], Value]:
    """Return what reads a value of the session, if there is one."""
    return lambda view: None if view.session is None else value_fn(view.session)


def _is_charger(view: EvseView) -> bool:
    """Tell whether an EVSE is a charger of the account."""
    return view.charger


SENSORS: tuple[EvseSensorDescription, ...] = (
    EvseSensorDescription(
        key="status",
        translation_key="status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in EvseStatus],
        value_fn=lambda view: view.status,
    ),
    EvseSensorDescription(
        key="power",
        device_class=SensorDeviceClass.POWER,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=UnitOfPower.KILO_WATT,
        value_fn=lambda view: view.power_kw,
    ),
    SessionSensorDescription(
        key="session_energy",
        translation_key="session_energy",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        value_fn=_of_session(lambda session: session.energy_kwh),
        session_fn=lambda session: session.energy_kwh,
    ),
    _counts_cost("session_cost", CostBasis.GROSS),
    _counts_cost("session_net_cost", CostBasis.NET),
    _counts_cost("roaming_cost", CostBasis.NET, roaming=True),
    SessionSensorDescription(
        key="session_drawn",
        translation_key="session_drawn",
        device_class=SensorDeviceClass.ENERGY,
        state_class=SensorStateClass.TOTAL,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        suggested_display_precision=2,
        capability=Capability.DRAWN,
        value_fn=_of_session(lambda session: session.drawn_kwh),
        session_fn=lambda session: session.drawn_kwh,
    ),
    EvseSensorDescription(
        key="session_efficiency",
        translation_key="session_efficiency",
        native_unit_of_measurement=PERCENTAGE,
        suggested_display_precision=1,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        capability=Capability.DRAWN,
        value_fn=_of_session(lambda session: session.efficiency_percent),
    ),
    *(
        EvseSensorDescription(
            key=key,
            translation_key=key,
            device_class=SensorDeviceClass.ENERGY_STORAGE,
            native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
            suggested_display_precision=0,
            entity_category=EntityCategory.DIAGNOSTIC,
            entity_registry_enabled_default=False,
            capability=Capability.BATTERY_SIZE,
            value_fn=_of_session(_battery_size(end)),
        )
        for end, key in enumerate(("battery_size_least", "battery_size_most"))
    ),
    EvseSensorDescription(
        key="device_errors",
        translation_key="device_errors",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        capability=Capability.ERRORS,
        value_fn=_of_session(lambda session: len(session.errors)),
    ),
    EvseSensorDescription(
        key="status_time",
        translation_key="status_time",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        exists_fn=lambda view: view.evse.status_at is not None,
        value_fn=lambda view: view.evse.status_at,
    ),
    EvseSensorDescription(
        key="session_start",
        translation_key="session_start",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_registry_enabled_default=False,
        value_fn=_of_session(lambda session: session.started_at),
    ),
    _shows_price("price"),
    _shows_price("roaming_price", roaming=True),
    EvseSensorDescription(
        key="vehicle_battery",
        translation_key="vehicle_battery",
        device_class=SensorDeviceClass.BATTERY,
        state_class=SensorStateClass.MEASUREMENT,
        native_unit_of_measurement=PERCENTAGE,
        exists_fn=lambda view: view.vehicle_battery_percent is not None,
        capability=Capability.VEHICLE_BATTERY,
        value_fn=lambda view: view.vehicle_battery_percent,
    ),
    EvseSensorDescription(
        key="session_duration",
        translation_key="session_duration",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        value_fn=_of_session(
            lambda one: one.duration.total_seconds() if one.duration else None
        ),
    ),
    EvseSensorDescription(
        key="session_idle",
        translation_key="session_idle",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        suggested_unit_of_measurement=UnitOfTime.MINUTES,
        suggested_display_precision=0,
        entity_registry_enabled_default=False,
        value_fn=_of_session(
            lambda one: None if one.idle is None else one.idle.total_seconds()
        ),
    ),
    EvseSensorDescription(
        key="month_energy",
        of_charge_point=True,
        translation_key="month_energy",
        device_class=SensorDeviceClass.ENERGY,
        native_unit_of_measurement=UnitOfEnergy.KILO_WATT_HOUR,
        entity_registry_enabled_default=False,
        exists_fn=_is_charger,
        capability=Capability.MONTH,
        value_fn=lambda view: view.charge_point.last_month_energy_kwh,
    ),
)

ACCOUNT_SENSORS: tuple[AccountSensorDescription, ...] = (
    AccountSensorDescription(
        key="contact",
        translation_key="contact",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda coordinator: coordinator.data.contact,
    ),
    AccountSensorDescription(
        key="requests",
        translation_key="requests",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda coordinator: coordinator.provider.transport.last_hour,
    ),
)
