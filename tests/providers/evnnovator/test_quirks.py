"""The twenty quirks of the fact sheet's section 6, one by one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.evnnovator.mapping.cdrs import (
    energy_kwh,
)
from custom_components.ev_charging_cloud.providers.model import (
    ChargingPeriod,
    EvseStatus,
    Session,
    SessionState,
)

from .support import CDR, LATEST, NOW, account, cdr_answer, report, session_answer

REPORTED = datetime(2026, 1, 5, 10, 20, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def shown(now: datetime = NOW, **changes: Any) -> Session:
    """Return the running session of the fact sheet, with changes."""
    async with account({LATEST: session_answer(**changes)}, now=now) as found:
        return await found.latest()


async def periods(*sent: Any, **changes: Any) -> tuple[ChargingPeriod, ...]:
    """Return the charging periods of a session."""
    return (await shown(charging_periods=list(sent), **changes)).periods


async def settled(**changes: Any) -> Session:
    """Return the stale session of the fact sheet with a CDR."""
    bodies = {LATEST: session_answer(), CDR: cdr_answer(**changes)}
    async with account(bodies, now=NOW + HOUR) as found:
        return await found.latest()


async def test_1_the_end_of_an_active_session_is_its_last_report() -> None:
    """It is no end."""
    session = await shown()
    assert session.state is SessionState.ACTIVE
    assert session.ended_at is None
    assert session.reported_at == REPORTED


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("ACTIVE", SessionState.ACTIVE),
        ("active", SessionState.ACTIVE),
        ("PENDING", SessionState.PENDING),
        ("COMPLETED", SessionState.COMPLETED),
        ("INVALID", SessionState.FAILED),
        ("RESERVATION", SessionState.RESERVED),
        ("LEVITATING", SessionState.ACTIVE),
        (None, SessionState.ACTIVE),
    ],
)
async def test_1_every_word_for_a_state(status: Any, state: SessionState) -> None:
    """An unknown word is no end either: an end cannot be taken back."""
    session = await shown(status=status)
    assert session.state is state
    assert (session.ended_at is not None) == (state in ("completed", "failed"))


async def test_1_a_session_is_stale_after_half_an_hour_without_a_change() -> None:
    """The gateway's own date counts as a sign of life as well."""
    modified = datetime(2026, 1, 5, 10, 20, 1, 500_000, tzinfo=UTC)
    silence = timedelta(minutes=30)
    assert not (await shown(modified + silence)).stale
    assert (await shown(modified + silence + timedelta(seconds=1))).stale


async def test_2_a_last_update_in_the_year_1_is_not_known() -> None:
    """The other dates are used."""
    session = await shown(end_datetime=None)
    assert session.reported_at == datetime(2026, 1, 5, 10, 20, 1, 500_000, UTC)
    assert not session.stale


async def test_2_a_known_last_update_is_used() -> None:
    """Where it is the latest date."""
    later = "2026-01-05T10:20:20.000+00:00"
    assert (await shown(end_datetime=None, last_updated=later)).reported_at == (
        datetime(2026, 1, 5, 10, 20, 20, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("2026-01-05T15:50:01.000", REPORTED),
        ("2026-01-05T10:20:01.000Z", REPORTED),
        ("2026-01-05T10:20:01.000+00:00", REPORTED),
    ],
)
async def test_3_a_period_without_a_zone_is_indias(sent: str, meant: datetime) -> None:
    """With a zone it is what it says."""
    assert [one.started_at for one in await periods({"start_date_time": sent})] == [
        meant
    ]


@pytest.mark.parametrize(
    "sent",
    [
        "2025-11-30T11:50:09.867",
        "2026-01-05T08:59:59Z",
        "2026-01-05T11:20:31Z",
        "soon",
        None,
        5,
    ],
)
async def test_4_a_period_outside_the_session_is_ignored(sent: Any) -> None:
    """Weeks before the start, or after now."""
    good = {"start_date_time": "2026-01-05T15:50:01.000"}
    found = await periods({"start_date_time": sent}, good)
    assert [one.started_at for one in found] == [REPORTED]


@pytest.mark.parametrize("dimensions", [None, [], "none", [None], [{}]])
async def test_5_a_period_without_dimensions_is_empty(dimensions: Any) -> None:
    """Its energy and its kind are not known."""
    sent = {"start_date_time": "2026-01-05T15:50:01.000", "dimensions": dimensions}
    (one,) = await periods(sent)
    assert one.energy_kwh is None
    assert one.kind is None


@pytest.mark.parametrize("volume", ["0.250", 0.25, " 0.25 "])
async def test_6_a_volume_may_be_text(volume: Any) -> None:
    """Energy is a number in any case."""
    dimensions = [{"type": "ENERGY", "volume": volume}]
    sent = {"start_date_time": "2026-01-05T10:10:00Z", "dimensions": dimensions}
    (one,) = await periods(sent)
    assert one.energy_kwh == 0.25
    assert one.started_at == datetime(2026, 1, 5, 10, 10, tzinfo=UTC)


async def test_7_the_sessions_energy_is_the_sum_of_nothing() -> None:
    """Rounded volumes do not replace it."""
    dimensions = [{"type": "ENERGY", "volume": "1.2"}]
    sent = {"start_date_time": "2026-01-05T10:10:00Z", "dimensions": dimensions}
    assert (await shown(charging_periods=[sent])).energy_kwh == 1.25


async def test_8_parking_time_is_no_energy() -> None:
    """A period of nothing else was idle."""
    dimensions = [{"type": "PARKING_TIME", "volume": "0.002"}]
    sent = {"start_date_time": "2026-01-05T10:10:00Z", "dimensions": dimensions}
    (one,) = await periods(sent)
    assert (one.kind, one.energy_kwh) == ("idle", None)


async def test_9_power_comes_from_two_readings_and_not_from_periods() -> None:
    """0.12 kWh in a minute are 7.2 kW."""
    dimensions = [{"type": "ENERGY", "volume": "9"}]
    sent = [{"start_date_time": "2026-01-05T10:20:00Z", "dimensions": dimensions}]
    async with account({LATEST: report(REPORTED, 1.25)}) as found:
        assert (await found.latest()).power_kw is None
        later = REPORTED + timedelta(minutes=1)
        found.gateway.answers[LATEST] = report(later, 1.37, charging_periods=sent)
        evse = await found.evse(wait=timedelta(minutes=1))
    assert evse.session is not None
    assert evse.session.power_kw == pytest.approx(7.2)
    assert evse.status is EvseStatus.CHARGING


@pytest.mark.parametrize(
    "sent",
    [
        "2026-01-05T10:20:01.000+00:00",
        "2026-01-05T10:20:01Z",
        "2026-01-05T10:20:01",
        "2026-01-05 10:20:01+00:00",
        "2026-01-05T15:50:01.000+05:30",
    ],
)
async def test_10_times_come_in_several_formats(sent: str) -> None:
    """Without a zone a session's own time is UTC, as the gateway's envelope is."""
    assert (await shown(end_datetime=sent)).reported_at == REPORTED


async def test_11_the_cost_is_without_tax() -> None:
    """What is due with tax is not derived."""
    cost = (await shown()).cost
    assert cost is not None
    assert (cost.net, cost.vat, cost.gross) == (Decimal("22.5"), None, None)


@pytest.mark.parametrize("total", [0, "0", None, "free", -1])
async def test_11_a_cost_that_cannot_be_is_not_known(total: Any) -> None:
    """Nothing for energy is no price."""
    assert (await shown(total_cost=total)).cost is None


async def test_11_nothing_for_nothing_is_a_cost() -> None:
    """A session that has just begun costs zero."""
    cost = (await shown(total_cost=0.0, kwh=0.0)).cost
    assert cost is not None
    assert cost.net == 0


async def test_12_a_cdr_counts_in_wh_and_minutes() -> None:
    """2500.0 for 2.5 kWh, 40.0 for 40 minutes and 20 seconds."""
    session = await settled()
    assert session.energy_kwh == 2.5
    assert session.duration == timedelta(minutes=40, seconds=20)
    assert session.cost is not None
    assert session.cost.vat == Decimal("8.1")


async def test_12_a_cdr_in_kwh_and_hours_is_understood() -> None:
    """As OCPI has it."""
    session = await settled(
        total_energy=2.5,
        total_time=0.6722,
        start_date_time=None,
        stop_date_time=None,
    )
    assert session.energy_kwh == 2.5
    assert session.duration is not None
    assert session.duration.total_seconds() == pytest.approx(2420, abs=1)
    assert session.ended_at is None


async def test_12_a_cdr_without_times_counts_in_minutes() -> None:
    """20 minutes were seen, 40 are nearer to that than 40 hours."""
    session = await settled(start_date_time=None, stop_date_time=None)
    assert session.duration == timedelta(minutes=40)


@pytest.mark.parametrize(
    ("sent", "had", "minutes", "meant"),
    [
        (160.0, 0.16, 4, 0.16),
        (160.0, 0.16, 60, 0.16),
        (0.16, 0.16, 4, 0.16),
        (40.0, 0.16, 60, 40.0),
        (40_000.0, 0.16, 60, 40.0),
        (160.0, None, 4, 0.16),
        (160.0, 0.0, 4, 0.16),
        (2.5, None, 40, 2.5),
        (0.0, None, 40, 0.0),
        (0.0, 1.0, 40, None),
        (5.0, 9.0, 1, None),
        (250.0, None, None, 0.25),
        (None, 1.0, 4, None),
    ],
)
def test_12_energy_by_plausibility(
    sent: float | None, had: float | None, minutes: float | None, meant: float | None
) -> None:
    """Not below what the session had, and not faster than a charger can be."""
    lasted = None if minutes is None else timedelta(minutes=minutes)
    assert energy_kwh(sent, had, lasted) == pytest.approx(meant)


@pytest.mark.parametrize("status", ["AVAILABLE", "OUTOFORDER", "CHARGING", None])
async def test_13_the_locations_status_says_nothing(status: Any) -> None:
    """It is a snapshot of unknown age."""
    answer = session_answer()
    answer["data"]["location"]["evses"][0]["status"] = status
    async with account({LATEST: answer}) as found:
        evse = await found.evse()
    assert evse.status is EvseStatus.OCCUPIED
    assert evse.session is not None
    assert evse.session.evse_status is EvseStatus.OCCUPIED


async def test_14_a_session_is_known_by_the_gateways_id() -> None:
    """The operator's id is only a reference."""
    session = await shown()
    assert session.id == "0123456789abcdef0123456789abcdef"
    assert session.key == f"realm/{session.id}"
    assert session.reference == "90000001"


async def test_14_an_evse_is_found_by_its_uid_among_twins() -> None:
    """Several may carry the same printed id."""
    answer = session_answer()
    (evse,) = answer["data"]["location"]["evses"]
    answer["data"]["location"]["evses"] = [
        {**evse, "uid": "other", "evse_id": "IN*ABC*9"},
        {"uid": None},
        {**evse, "evse_id": "IN*ABC*1"},
    ]
    async with account({LATEST: answer}) as found:
        assert (await found.latest()).evse_identifier == "IN*ABC*1"


async def test_15_an_evse_is_found_whatever_its_case() -> None:
    """The session writes small, the location large."""
    assert (await shown()).evse_identifier == "IN*ABC*1"
    assert (await shown(evseId="Elsewhere")).evse_identifier == "Elsewhere"


@pytest.mark.parametrize(
    "coordinates",
    [{}, None, {"latitude": "12.9", "longitude": "77.6"}, [1, 2], "here"],
)
async def test_16_coordinates_may_be_anything(coordinates: Any) -> None:
    """They are not used."""
    answer = session_answer()
    answer["data"]["location"]["coordinates"] = coordinates
    answer["data"]["location"]["evses"][0]["coordinates"] = coordinates
    async with account({LATEST: answer}) as found:
        assert (await found.latest()).evse_identifier == "IN*ABC*1"


@pytest.mark.parametrize("zone", ["IST", "Asia/Kolkata", None, "Mars/Olympus", 5])
async def test_17_ist_is_india(zone: Any) -> None:
    """So is a zone that is missing or unknown."""
    answer = session_answer()
    answer["data"]["location"]["time_zone"] = zone
    async with account({LATEST: answer}) as found:
        assert (await found.latest()).periods[0].started_at == REPORTED


async def test_18_a_location_may_be_strange() -> None:
    """Nothing of it is checked; a name loses its blanks."""
    strange = {
        "type": "PARKING_TOP",
        "name": " Roof ",
        "address": "Road 1 ",
        "postal_code": "",
        "evses": None,
    }
    session = await shown(location=strange)
    assert session.place == "Roof"
    assert (await shown(location={"address": "Road 1 "})).place == "Road 1"
    assert (await shown(location=None)).place is None


async def test_19_both_spellings_of_a_name_are_read() -> None:
    """``evseId`` beside ``session_id``."""
    session = await shown(evseId="one", evse_id="two", session_id="3", sessionId="4")
    assert (session.evse_identifier, session.reference) == ("one", "3")


@pytest.mark.parametrize("method", ["COMMAND", "AUTH_REQUEST", "WHITELIST", None, 1])
async def test_20_the_way_of_authorization_changes_nothing(method: Any) -> None:
    """It is only informational."""
    assert await shown(auth_method=method) == await shown()
