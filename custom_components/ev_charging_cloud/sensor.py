"""Sensors of EVSEs and of the account."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import override

from homeassistant.components.sensor import SensorEntity
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .coordinator import ChargingCoordinator, EvChargingConfigEntry, Runtime
from .entity import EvseEntity, account_device, account_id, async_add_evse_entities
from .providers.catalogue import BACKENDS
from .providers.provider import Capability
from .sensor_descriptions import (
    ACCOUNT_SENSORS,
    SENSORS,
    AccountSensorDescription,
    EvseSensorDescription,
    SessionSensorDescription,
    Value,
)
from .view import EvseView

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant,
    entry: EvChargingConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Set up the sensors of an account."""
    runtime = entry.runtime_data
    async_add_entities(
        AccountSensor(runtime.coordinator, description)
        for description in ACCOUNT_SENSORS
    )
    await async_add_evse_entities(
        hass,
        entry,
        async_add_entities,
        SENSORS,
        platform=Platform.SENSOR,
        exists=_exists,
        create=partial(_create, hass, runtime),
    )


def _exists(
    coordinator: ChargingCoordinator, view: EvseView, description: EvseSensorDescription
) -> bool:
    """Tell whether an EVSE has a sensor."""
    able = coordinator.provider.capabilities
    if description.capability is not None and description.capability not in able:
        return False
    if description.basis not in (None, coordinator.provider.cost_basis):
        return False
    if description.roaming not in (None, Capability.ROAMING in able):
        return False
    return description.exists_fn(view)


def _create(
    hass: HomeAssistant,
    runtime: Runtime,
    view: EvseView,
    description: EvseSensorDescription,
) -> SensorEntity:
    """Return a sensor of an EVSE."""
    if isinstance(description, SessionSensorDescription):
        return SessionSensor(hass, runtime, view, description)
    return EvseSensor(hass, runtime, view, description)


class EvseSensor(EvseEntity, SensorEntity):
    """A sensor of an EVSE."""

    entity_description: EvseSensorDescription

    @property
    @override
    def native_value(self) -> Value:
        """Return the value as it is now."""
        return self.entity_description.value_fn(self.view)

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """Return the unit, which may come with the value."""
        return self._unit(self.view)

    def _unit(self, view: EvseView) -> str | None:
        """Return the unit for an EVSE."""
        if (unit_fn := self.entity_description.unit_fn) is not None:
            return unit_fn(view)
        return self.entity_description.native_unit_of_measurement

    @override
    def shown(self) -> object:
        """Return value, unit and beginning of the count."""
        return self.native_value, self.native_unit_of_measurement, self.last_reset


@dataclass(frozen=True, slots=True)
class Step:
    """What is written before the present state, counted since its last reset."""

    value: Value
    last_reset: datetime
    unit: str | None


class SessionSensor(EvseSensor):
    """A sensor that counts anew in each session.

    Statistics take the first state that they see of a count as where it begins, and
    never another unit than the first. So a new session is first written as zero, once
    something is known of it, and the end of the one before is written in full, even
    where both came with one reading.
    """

    entity_description: SessionSensorDescription
    _counted: str | None = None
    _begins: bool = False
    _steps: tuple[Step, ...] = ()

    @property
    @override
    def native_value(self) -> Value:
        """Return the value as it is now, or what is written just before it."""
        return self._steps[0].value if self._steps else super().native_value

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """Return the unit of the value."""
        if self._steps:
            return self._steps[0].unit
        return super().native_unit_of_measurement

    @property
    @override
    def last_reset(self) -> datetime | None:
        """Return the first start that was seen for this session."""
        return self._steps[0].last_reset if self._steps else self.view.first_start

    @override
    async def async_added_to_hass(self) -> None:
        """Go on counting the session that was followed before a restart.

        A session that was over before anybody looked is not counted.
        """
        await super().async_added_to_hass()
        remembered = self.coordinator.remembered
        if (before := remembered.get(self.view.evse.id)) is not None:
            self._counted = before.session.key
            unknown = self.entity_description.session_fn(before.session) is None
            self._begins = before.session.running and unknown
        steps = self._turn(self.view)
        if not self.view.running and self.view.evse.id not in remembered:
            self._begins = False
        elif steps:
            # Home Assistant writes the first of them when this returns.
            self._steps = steps
            self.hass.loop.call_soon(self._finish_turn)

    @override
    @callback
    def _handle_coordinator_update(self) -> None:
        """Write the turn from one session to the next in its steps."""
        self._finish_turn()
        view = self.coordinator.view(self.view.charge_point.id, self.view.evse.id)
        if view is not None and self.available:
            for step in self._turn(view):
                self._steps = (step,)
                self.async_write_ha_state()
            self._steps = ()
        super()._handle_coordinator_update()

    def _turn(self, view: EvseView) -> tuple[Step, ...]:
        """Return what is written before a session that is counted from now on."""
        if (track := view.track) is None:
            return ()
        steps: list[Step] = []
        session_fn = self.entity_description.session_fn
        if track.session.key != self._counted:
            self._counted, self._begins = track.session.key, True
            if track.predecessor is not None and track.predecessor_start is not None:
                value, since = session_fn(track.predecessor), track.predecessor_start
                steps.append(Step(value, since, self._unit(self.view)))
        if self._begins and (value := session_fn(track.session)) is not None:
            self._begins = False
            if value:
                steps.append(Step(0, track.first_start, self._unit(view)))
        return tuple(steps)

    @callback
    def _finish_turn(self) -> None:
        """Write what is left of a turn, and the present state after it."""
        while self._steps:
            self._steps = self._steps[1:]
            self.async_write_ha_state()


class AccountSensor(CoordinatorEntity[ChargingCoordinator], SensorEntity):
    """A sensor of the account."""

    entity_description: AccountSensorDescription
    _attr_has_entity_name = True

    def __init__(
        self, coordinator: ChargingCoordinator, description: AccountSensorDescription
    ) -> None:
        """Take the account's coordinator."""
        super().__init__(coordinator)
        self.entity_description = description
        entry = coordinator.config_entry
        self._attr_unique_id = f"{account_id(entry)}_account_{description.key}"
        backend = BACKENDS[entry.data["backend"]].name
        self._attr_device_info = account_device(entry, backend)

    @property
    @override
    def available(self) -> bool:
        """Stay available: these tell about the contact itself."""
        return True

    @property
    @override
    def native_value(self) -> Value:
        """Return the value as it is now."""
        return self.entity_description.value_fn(self.coordinator)
