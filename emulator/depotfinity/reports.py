"""One session report (fact sheet siemens_depot 4.1 to 4.3)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from ..charger import Evse
from ..session import Session
from ..world import World
from .profile import Profile
from .values import Json, whole, whole_wh, zulu_time

# Counters of a charger that has been in use for years.
CHARGE_BASE: Final = 1_009_136
PRIMARY_BASE: Final = 293_099_449
REQUESTED_BASE: Final = 1_016_608
REQUESTED_PERMILLE: Final = 1007
REPORT_ID_BASE: Final = 500_000
DC_VOLTAGE: Final = 690
MAX_VOLTAGE: Final = 750
MIN_VOLTAGE: Final = 400
STRAY_MOMENT: Final = datetime(2021, 3, 23, 16, 54, 56, 87000, tzinfo=UTC)
SECOND: Final = timedelta(seconds=1)

type Stamp = Callable[[datetime], str]


class ReportWriter:
    """Write the reports of one depot."""

    def __init__(self, view: World, profile: Profile) -> None:
        """Look at a view with the switches of a profile."""
        self._view = view
        self._profile = profile

    def write(self, evse: Evse, session: Session) -> Json:
        """Return the report of one charge."""
        written = {
            **self._identity(session),
            **self._charge_states(evse, session),
            **self._counters(session),
            **self._events(evse, session),
        }
        missing = self._profile.missing_blocks
        return {key: value for key, value in written.items() if key not in missing}

    def _identity(self, session: Session) -> Json:
        margin = timedelta(seconds=self._profile.report_margin)
        car = self._view.cars.get(session.car_id or "")
        return {
            "sessionId": REPORT_ID_BASE + int(session.id),
            "vehicleId": car.name if car else "",
            "sessionTimeStart": zulu_time(session.started_at - margin),
            "sessionTimeEnd": zulu_time(self._end(session) + margin),
        }

    def _end(self, session: Session) -> datetime:
        return session.stopped_at or self._view.time

    def _charge_states(self, evse: Evse, session: Session) -> Json:
        end = session.soc_end
        if end is None and session.is_open and evse.car is not None:
            end = evse.car.soc_percent
        first = session.soc_start or Decimal(0)
        return {
            "energySocStart": whole(first),
            "energySocEnd": whole(first if end is None else end),
        }

    def _counters(self, session: Session) -> Json:
        charge = session.meter_start_uj
        primary = session.drawn_start_uj
        requested = charge * REQUESTED_PERMILLE // 1000
        gained = session.energy_uj * REQUESTED_PERMILLE // 1000
        rows = (
            ("energyCharge", CHARGE_BASE, charge, session.energy_uj),
            ("energyPrimary", PRIMARY_BASE, primary, session.drawn_uj),
            ("energyRequested", REQUESTED_BASE, requested, gained),
        )
        return {
            f"{name}{edge}": self._counter(base, reading)
            for name, base, start, gain in rows
            for edge, reading in (("Start", start), ("End", start + gain))
        }

    def _counter(self, base: int, microjoules: int) -> int:
        reading = base + whole_wh(microjoules)
        modulus = self._profile.counter_modulus
        return reading if modulus is None else reading % modulus

    def _events(self, evse: Evse, session: Session) -> Json:
        stamp = _stray if self._profile.stray_events else zulu_time
        first, last = session.started_at, self._end(session)
        return {
            "ocppStatus": [
                {"value": value, "eventTimestamp": stamp(at)}
                for value, at in _statuses(session)
            ],
            "detailStatus": [
                {"key": key, "value": "0x00000000", "eventTimestamp": stamp(first)}
                for key in ("systemStatus", "operationalStatus")
            ],
            "deviceStatus": _devices(evse, session, last, stamp),
            "chargeParameters": _parameters(evse, stamp(first + SECOND)),
            "sessionMeterValues": _meter_values(session, stamp),
            "batteryAlignmentResults": {
                "inRange": True,
                "presentVoltage": DC_VOLTAGE,
                "requestedVoltage": DC_VOLTAGE,
                "eventTimestamp": stamp(first + SECOND),
            },
            "dcBreakerOpenConditions": {
                "current": 0,
                "voltage": DC_VOLTAGE,
                "eventTimestamp": stamp(last),
            },
        }


def _stray(moment: datetime) -> str:
    """Return a moment of another year, as in the documented sample."""
    return zulu_time(STRAY_MOMENT)


def _statuses(session: Session) -> Iterator[tuple[str, datetime]]:
    """Yield the status of the connector and when it came."""
    yield "Preparing", session.requested_at
    shown = "Preparing"
    for sample in session.samples:
        is_last = not session.is_open and sample is session.samples[-1]
        status = "Charging" if sample.power_w else "SuspendedEV"
        if status != shown and not is_last:
            yield status, sample.moment
            shown = status
    if session.stopped_at is not None:
        yield "Finishing", session.stopped_at


def _devices(evse: Evse, session: Session, last: datetime, stamp: Stamp) -> list[Json]:
    """Return the parts of the charger, with the errors of this session."""
    reported: dict[str, list[Json]] = {}
    for error in evse.errors:
        if session.requested_at <= error.moment <= last:
            row = {"errorCode": error.code, "errorCounter": error.counter}
            reported.setdefault(error.device, []).append(row)
    devices = []
    parts = {"Breaker": "OPEN", "Converter": "STANDBY"}
    parts |= {device: "STANDBY" for device in reported if device not in parts}
    for device, status in parts.items():
        written: Json = {
            "deviceId": device,
            "status": status,
            "eventTimestamp": stamp(last),
        }
        if device in reported:
            written["errorCodes"] = reported[device]
        devices.append(written)
    return devices


def _parameters(evse: Evse, at: str) -> list[Json]:
    power = evse.max_power_w
    return [
        {
            "paramType": kind,
            "minCurrent": 0,
            "maxCurrent": power // MAX_VOLTAGE,
            "minVoltage": lowest,
            "maxVoltage": MAX_VOLTAGE,
            "maxPower": power,
            "eventTimestamp": at,
        }
        for kind, lowest in (("Station", MIN_VOLTAGE), ("Request", 0))
    ]


def _meter_values(session: Session, stamp: Stamp) -> list[Json]:
    """Return current and voltage in the middle of the charge."""
    if not session.samples:
        return []
    sample = session.samples[len(session.samples) // 2]
    values = {
        "present_current": sample.power_w // DC_VOLTAGE,
        "present_voltage": DC_VOLTAGE,
    }
    at = stamp(sample.moment)
    return [
        {"key": key, "value": value, "eventTimestamp": at}
        for key, value in values.items()
    ]
