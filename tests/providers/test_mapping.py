"""From the words on the wire to the model: every row of the fact sheet's tables."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.model import (
    ChargePoint,
    EvseStatus,
    Ownership,
    PeriodKind,
    SessionState,
)

from .support import evse_of, example, point_of, session_of


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("available", EvseStatus.AVAILABLE),
        ("Available", EvseStatus.AVAILABLE),
        ("preparing", EvseStatus.PREPARING),
        ("charging", EvseStatus.CHARGING),
        ("suspended", EvseStatus.SUSPENDED),
        ("suspendedEV", EvseStatus.SUSPENDED_EV),
        ("suspendedEVSE", EvseStatus.SUSPENDED_EVSE),
        ("suspended_ev", EvseStatus.SUSPENDED_EV),
        ("SUSPENDED-EVSE", EvseStatus.SUSPENDED_EVSE),
        ("finishing", EvseStatus.FINISHING),
        ("reserved", EvseStatus.RESERVED),
        ("unavailable", EvseStatus.UNAVAILABLE),
        ("faulted", EvseStatus.FAULTED),
        ("occupied", EvseStatus.OCCUPIED),
        ("out of order", EvseStatus.FAULTED),
        ("outoforder", EvseStatus.FAULTED),
        ("blocked", EvseStatus.UNAVAILABLE),
        ("inoperative", EvseStatus.UNAVAILABLE),
        ("planned", EvseStatus.UNAVAILABLE),
        ("removed", EvseStatus.UNAVAILABLE),
        ("unknown", None),
        ("pending", None),
        ("ready", None),
        ("", None),
        (None, None),
    ],
)
def test_evse_status(value: str | None, status: EvseStatus | None) -> None:
    """Fact sheet ampeco 7.1, row by row."""
    assert evse_of(status=value, session=None).status is status


@pytest.mark.parametrize(
    ("status", "plugged"),
    [
        ("available", False),
        ("preparing", True),
        ("charging", True),
        ("suspended", True),
        ("suspendedEV", True),
        ("suspendedEVSE", True),
        ("finishing", True),
        ("occupied", True),
        ("reserved", False),
        ("unavailable", False),
        ("faulted", False),
        ("unknown", None),
    ],
)
def test_plugged_in(status: str, plugged: bool | None) -> None:
    """Connected is what fact sheet ampeco 7.1 calls connected."""
    assert evse_of(status=status, session=None).plugged_in is plugged


@pytest.mark.parametrize(
    ("cause", "status", "expected"),
    [
        ("suspendedEV", "suspended", EvseStatus.SUSPENDED_EV),
        ("suspendedEVSE", "suspended", EvseStatus.SUSPENDED_EVSE),
        ("suspendedEVSE", "charging", EvseStatus.SUSPENDED_EVSE),
        ("charging", "charging", EvseStatus.CHARGING),
        ("SuspendedEV", "Suspended", EvseStatus.SUSPENDED_EV),
        ("eVConnected", "suspended", EvseStatus.SUSPENDED),
        ("eVConnected", "preparing", EvseStatus.PREPARING),
        ("idle", "charging", EvseStatus.CHARGING),
        ("later", "suspended", EvseStatus.SUSPENDED),
        (None, "suspended", EvseStatus.SUSPENDED),
        ("charging", "faulted", EvseStatus.FAULTED),
        ("charging", "available", EvseStatus.AVAILABLE),
    ],
)
def test_charging_state_tells_why(
    cause: str | None, status: str, expected: EvseStatus
) -> None:
    """A running session knows which side suspends (fact sheet ampeco 7.1 and 7.3)."""
    running = {**example("session_running")["session"], "chargingState": cause}
    assert evse_of(status=status, session=running).status is expected


def test_an_ended_session_does_not_tell_why() -> None:
    """What has ended says nothing about now."""
    ended = {
        **example("session_running")["session"],
        "status": "finished",
        "chargingState": "suspendedEV",
    }
    assert evse_of(status="suspended", session=ended).status is EvseStatus.SUSPENDED


@pytest.mark.parametrize(
    ("value", "state", "running"),
    [
        ("starting", SessionState.PENDING, True),
        ("pending", SessionState.PENDING, True),
        ("active", SessionState.ACTIVE, True),
        ("stopping", SessionState.STOPPING, True),
        ("finished", SessionState.COMPLETED, False),
        ("expired", SessionState.COMPLETED, False),
        ("failed", SessionState.FAILED, False),
        ("Finished", SessionState.COMPLETED, False),
        ("unknown", SessionState.ACTIVE, True),
        ("levitating", SessionState.ACTIVE, True),
        (None, SessionState.ACTIVE, True),
    ],
)
def test_session_status(value: str | None, state: SessionState, running: bool) -> None:
    """Fact sheet ampeco 7.2, row by row; an unknown word is no end."""
    session = session_of(status=value)
    assert session.state is state
    assert session.running is running


def test_an_unknown_status_with_an_end_has_ended() -> None:
    """A named end is one, whatever the word."""
    session = session_of(status="levitating", stoppedAt="2025-05-05T05:12:00+00:00")
    assert session.state is SessionState.COMPLETED


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("energy", 8200, "energy_kwh", 8.2),
        ("energy", "8200", "energy_kwh", 8.2),
        ("energy", 10_873, "energy_kwh", 10.873),
        ("energy", 7, "energy_kwh", 0.007),
        ("energy", 0, "energy_kwh", 0.0),
        ("power", 3460, "power_kw", 3.46),
        ("power", 900.5, "power_kw", 0.9005),
        ("duration", 9000, "duration", timedelta(seconds=9000)),
        ("duration", "9000", "duration", timedelta(seconds=9000)),
        ("idlePeriod", 29_000, "idle", timedelta(seconds=29_000)),
        ("stopReason", "remote", "stop_reason", "remote"),
        ("isRemoteStopEnabled", False, "can_stop", False),
    ],
)
def test_units_of_a_session(
    name: str, value: Any, attribute: str, expected: Any
) -> None:
    """Wh, W and seconds become kWh, kW and durations (fact sheet ampeco 8)."""
    assert getattr(session_of(**{name: value}), attribute) == expected


def test_units_of_a_charge_point() -> None:
    """Watts of the EVSE, kWh as text, money as text."""
    point = point_of(example("charge_points")["data"][0])
    assert point.evses[0].max_power_kw == 11.0
    assert point.last_month_energy_kwh == 37.221
    assert point.last_month_cost == Decimal("0.000")


@pytest.mark.parametrize("name", ["energy", "power", "duration", "idlePeriod"])
@pytest.mark.parametrize(
    "value",
    ["NaN", "inf", "-Infinity", "1e400", 10**400, -1, "-1", 1e300, 10**15, "", "x"],
    ids=lambda value: (
        f"{value:.9}"
        if isinstance(value, str)
        else f"{value:.3e}"
        if isinstance(value, float)
        else f"int-{str(value)[:4]}-{len(str(value))}"
    ),
)
def test_a_figure_that_cannot_be_is_not_known(name: str, value: Any) -> None:
    """Neither a wrong figure nor a lost session."""
    session = session_of(**{name: value})
    found = {
        "energy": session.energy_kwh,
        "power": session.power_kw,
        "duration": session.duration,
        "idlePeriod": session.idle,
    }
    assert found[name] is None


@pytest.mark.parametrize(
    ("value", "percent"),
    [
        ("", None),
        (None, None),
        (62, 62.0),
        ("62", 62.0),
        (0, 0.0),
        (100, 100.0),
        (101, None),
        (-1, None),
        ("NaN", None),
    ],
    ids=repr,
)
def test_battery(value: Any, percent: float | None) -> None:
    """An empty text is not an empty battery."""
    found = evse_of(carBatteryPercent=value)
    assert found.vehicle_battery_percent == percent
    assert found.session is not None
    assert found.session.vehicle_battery_percent == percent


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-03-30T14:33:49+00:00", datetime(2025, 3, 30, 14, 33, 49, tzinfo=UTC)),
        ("2025-03-30T16:33:49+02:00", datetime(2025, 3, 30, 14, 33, 49, tzinfo=UTC)),
        ("2025-03-30T14:33:49.000000Z", datetime(2025, 3, 30, 14, 33, 49, tzinfo=UTC)),
        ("2025-03-30T14:33:49", None),
        ("2025-03-30", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_moments_are_aware(value: str | None, expected: datetime | None) -> None:
    """A moment without an offset could be any hour, so it is not known."""
    assert session_of(startedAt=value).started_at == expected


def test_a_session_key_is_that_of_its_operator() -> None:
    """Two operators may use the same numbers."""
    assert session_of().key == "drivee/900001"


def test_what_ended_draws_no_power() -> None:
    """The last figure is not still true."""
    assert session_of(status="finished", power=3460).power_kw == 0.0


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("charging@price|0.4&markup|1", PeriodKind.CHARGING),
        ("idle@price|-7.0E-5&markup|1", PeriodKind.IDLE),
        ("charging", PeriodKind.CHARGING),
        ("idle@night", PeriodKind.IDLE),
        ("Charging@boosted", PeriodKind.CHARGING),
        ("parked", None),
        (None, None),
    ],
)
def test_period_kind(state: str | None, kind: PeriodKind | None) -> None:
    """The part before the price (fact sheet ampeco 5.3)."""
    period = {"startedAt": "2025-05-04T20:00:00.000000Z", "state": state}
    assert session_of(chargingPeriods=[period]).periods[0].kind is kind


def test_periods_are_the_oldest_first() -> None:
    """They come newest first."""
    hours = ["22", "21", "20"]
    rows = [{"startedAt": f"2025-05-04T{hour}:00:00Z"} for hour in hours]
    found = [one.started_at.hour for one in session_of(chargingPeriods=rows).periods]
    assert found == [20, 21, 22]


@pytest.mark.parametrize("rows", [None, [], {}, [None], "x"], ids=repr)
def test_periods_that_are_none_cost_nothing_else(rows: Any) -> None:
    """A session without readable periods is still a session."""
    session = session_of(chargingPeriods=rows)
    assert session.periods == ()
    assert session.energy_kwh == 8.2


def test_personal_sessions_are_own() -> None:
    """The driver's API shows no others."""
    assert session_of().ownership is Ownership.OWN
    assert point_of({"id": 5}).ownership is Ownership.OWN


def test_a_charge_point_needs_only_an_id() -> None:
    """Its name is then the id, as text."""
    assert point_of({"id": 5}) == ChargePoint(id="5", name="5", ownership=Ownership.OWN)
