"""The twenty quirks of fact sheet evnnovator 6, each as an operator shows it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from emulator import Flavour
from emulator.evnnovator import FLAVOUR_A, FLAVOUR_B

from .conftest import Serve
from .evnnovator_api import LAB, OFFICE, Gateway, gateway, moment

NEVER = "0001-01-01T00:00:00.000+00:00"
INDIA = ZoneInfo("Asia/Kolkata")


@pytest.fixture
async def caller(serve: Serve) -> Gateway:
    """Return a customer of the gateway."""
    return await gateway(serve)


async def _charged(caller: Gateway, evse: str, *, stop: bool = True) -> Any:
    """Return what is shown of a charge of ten minutes, one minute after it."""
    driver = "driver-1" if evse == LAB else "driver-2"
    session = await caller.start(evse, driver)
    caller.pass_time(minutes=10, seconds=8)
    if stop:
        caller.world.stop(session.id)
        caller.pass_time(minutes=1)
    return await caller.latest(driver)


async def _cdr(caller: Gateway, evse: str) -> Any:
    shown = await _charged(caller, evse)
    caller.pass_time(hours=1)
    return await caller.data(f"/cdrs/session/{shown['session_id']}")


def test_flavours_differ_in_every_switch() -> None:
    """What the second flavour changes is all that its operator is known for."""
    switches, others = vars(FLAVOUR_A), vars(FLAVOUR_B)
    changed = {name for name in switches if switches[name] != others[name]}
    assert len(changed) >= 18
    assert Flavour() == FLAVOUR_A


async def test_1_end_while_active(caller: Gateway) -> None:
    """The end of an active session is its last report; one flavour stays active."""
    running = await _charged(caller, LAB, stop=False)
    assert running["status"] == "ACTIVE"
    assert moment(running["end_datetime"]) < caller.world.time
    assert (await _charged(caller, OFFICE))["status"] == "ACTIVE"
    caller.flavour("BBB", reaches_completed=True)
    assert (await caller.latest("driver-2"))["status"] == "COMPLETED"


async def test_2_last_update_of_the_year_1(caller: Gateway) -> None:
    """One flavour does not know when it last updated."""
    known = await _charged(caller, LAB)
    assert known["last_updated"] == known["end_datetime"]
    assert (await _charged(caller, OFFICE))["last_updated"] == NEVER
    caller.flavour("BBB", knows_last_update=True)
    assert (await caller.latest("driver-2"))["last_updated"] != NEVER


async def test_3_periods_in_local_time(caller: Gateway) -> None:
    """A period without a zone is Indian time, one with Z is UTC."""
    shown = await _charged(caller, OFFICE)
    (period,) = shown["charging_periods"]
    naive = datetime.fromisoformat(period["start_date_time"])
    assert naive.tzinfo is None
    assert naive.replace(tzinfo=INDIA) == moment(shown["end_datetime"])
    first = (await _charged(caller, LAB))["charging_periods"][0]["start_date_time"]
    assert first.endswith("Z")
    caller.flavour("AAA", local_periods=True)
    local = (await caller.latest())["charging_periods"][0]["start_date_time"]
    assert datetime.fromisoformat(local).replace(tzinfo=INDIA) == moment(first)


async def test_4_and_5_period_of_another_month(caller: Gateway) -> None:
    """A CDR's period may lie weeks before, and has no dimensions."""
    cdr = await _cdr(caller, OFFICE)
    (period,) = cdr["charging_periods"]
    assert period.keys() == {"start_date_time"}
    wrong = datetime.fromisoformat(period["start_date_time"]).replace(tzinfo=UTC)
    assert moment(cdr["start_date_time"]) - wrong > timedelta(days=30)
    caller.flavour("BBB", nonsense_periods_in_cdr=False, periods="none")
    again = await caller.data(f"/cdrs/{cdr['id']}")
    assert again["charging_periods"] == []


async def test_6_to_8_period_volumes(caller: Gateway) -> None:
    """Volumes are text, cut to three decimals; the last one is hours of parking."""
    shown = await _charged(caller, LAB)
    dimensions = [d for p in shown["charging_periods"] for d in p["dimensions"]]
    assert all(isinstance(d["volume"], str) for d in dimensions)
    energies = [Decimal(d["volume"]) for d in dimensions if d["type"] == "ENERGY"]
    assert len(energies) == 20
    assert 0 < Decimal(str(shown["kwh"])) - sum(energies) < Decimal("0.021")
    last = shown["charging_periods"][-1]
    assert last["dimensions"] == [{"type": "PARKING_TIME", "volume": "0.002"}]
    assert last["start_date_time"][:-1] == shown["end_datetime"][:-6]
    caller.flavour("AAA", volumes_as_text=False, parking_period=False)
    period = (await caller.latest())["charging_periods"][-1]
    assert period["dimensions"] == [{"type": "ENERGY", "volume": 0.027}]


async def test_volumes_before_or_after_the_stamp(caller: Gateway) -> None:
    """The first volume of the sample fits the time before its stamp only."""
    session = await caller.start(LAB)
    car = caller.world.evse(LAB).car
    assert car is not None
    caller.world.plan(
        session.started_at + timedelta(seconds=30),
        "set_car",
        {"car_id": car.id, "wants_energy": False},
    )
    caller.pass_time(minutes=5)
    shown = (await caller.latest())["charging_periods"]
    assert shown[0]["dimensions"][0]["volume"] > "0.01"
    caller.flavour("AAA", volume_of="time_after")
    shown = (await caller.latest())["charging_periods"]
    assert shown[0]["dimensions"][0]["volume"] == "0.000"


async def test_9_and_10_reports_and_formats(caller: Gateway) -> None:
    """Reports come every half minute; three formats of time are in one answer."""
    shown = await _charged(caller, LAB, stop=False)
    stamps = [p["start_date_time"] for p in shown["charging_periods"]]
    steps = {moment(later) - moment(earlier) for earlier, later in pairwise(stamps)}
    assert steps == {timedelta(seconds=30)}
    assert shown["end_datetime"].endswith(".000+00:00")
    envelope = await caller.get("/sessions/driver-1/latest")
    assert datetime.fromisoformat(envelope["timestamp"]).tzinfo is None
    caller.flavour("AAA", report_every=120)
    assert len((await caller.latest())["charging_periods"]) == 5


async def test_11_cost_of_rounded_energy(caller: Gateway) -> None:
    """The cost is net, and that of three decimals of the energy."""
    shown = await _charged(caller, LAB)
    assert shown["kwh"] != round(shown["kwh"], 3)
    assert shown["total_cost"] == round(round(shown["kwh"], 3) * 15, 4)
    caller.flavour("AAA", cost_from_rounded_kwh=False)
    exact = (await caller.latest())["total_cost"]
    assert exact != shown["total_cost"]
    assert exact == pytest.approx(shown["total_cost"], abs=0.01)


async def test_12_units_of_the_cdr(caller: Gateway) -> None:
    """Energy in Wh and time in minutes, or as OCPI has them."""
    cdr = await _cdr(caller, LAB)
    session = caller.world.session(cdr["cdr_id"])
    assert cdr["total_energy"] == pytest.approx(float(session.energy_wh), abs=0.5)
    assert cdr["total_time"] == 10
    (element,) = cdr["tariffs"][0]["elements"]
    assert element["price_components"][0]["price"] == "15.00"
    caller.flavour("AAA", cdr_units="kwh_and_hours")
    cdr = await caller.data(f"/cdrs/{cdr['id']}")
    assert cdr["total_energy"] == pytest.approx(
        float(session.energy_wh) / 1000, abs=1e-4
    )
    assert cdr["total_time"] == pytest.approx(610 / 3600, abs=1e-3)


async def test_13_status_is_a_snapshot(caller: Gateway) -> None:
    """A session shows a free EVSE, the search shows it in use."""
    shown = await _charged(caller, OFFICE, stop=False)
    assert shown["location"]["evses"][0]["status"] == "AVAILABLE"
    _, evse = await caller.place(OFFICE)
    assert evse["status"] == "CHARGING"
    caller.flavour("BBB", stale_status=False)
    shown = await caller.latest("driver-2")
    assert shown["location"]["evses"][0]["status"] == "CHARGING"


async def test_14_and_15_ids(caller: Gateway) -> None:
    """EVSEs share a printed id, and a session spells the uid in other letters."""
    location, evse = await caller.place(OFFICE)
    assert len({each["evse_id"] for each in location["evses"]}) == 1
    assert len({each["uid"] for each in location["evses"]}) == 2
    shown = await _charged(caller, OFFICE)
    assert shown["evseId"] != evse["uid"]
    assert shown["evseId"].upper() == evse["uid"]
    assert shown["location_id"] == location["location_id"] != location["id"]
    assert shown["cpoId"] == location["cpo_resource_id"] != location["cpo_id"]
    assert shown["connectorId"] == "1"
    other = await _charged(caller, LAB)
    assert other["connectorId"] == other["location"]["evses"][0]["evse_id"]
    assert len({shown["id"], shown["session_id"], shown["cpoId"]}) == 3
    caller.flavour("BBB", lower_case_in_session=False, evse_ids="own")
    assert (await caller.latest("driver-2"))["evseId"] == evse["uid"]
    location, _ = await caller.place(OFFICE)
    assert len({each["evse_id"] for each in location["evses"]}) == 2


async def test_16_coordinates(caller: Gateway) -> None:
    """Numbers, text, or nothing at all."""
    location, evse = await caller.place(LAB)
    assert location["coordinates"] == {"latitude": 12.87667, "longitude": 77.67912}
    assert evse["coordinates"] == {"latitude": "12.87667", "longitude": "77.67912"}
    assert "coordinates" not in (await caller.place(OFFICE))[1]
    assert (await _cdr(caller, LAB))["location"]["coordinates"] == {}


async def test_17_and_18_odd_words(caller: Gateway) -> None:
    """A zone that is none, a type that OCPI lacks, blanks and gaps."""
    office, _ = await caller.place(OFFICE)
    assert office["time_zone"] == "IST"  # codespell:ignore ist
    assert office["type"] == "PARKING_TOP"
    assert (office["country"], office["postal_code"]) == ("IND", "")
    lab, _ = await caller.place(LAB)
    assert not {"time_zone", "country"} & lab.keys()
    assert lab["address"].endswith(" ")
    assert (lab["type"], lab["publish"]) == ("UNKNOWN", False)


async def test_19_and_20_names_and_methods(caller: Gateway) -> None:
    """Two spellings in one object; a start at the charger is known by a hash."""
    shown = await _charged(caller, LAB)
    assert {"evseId", "connectorId", "cpoId", "session_id"} <= shown.keys()
    assert (shown["auth_method"], shown["auth_id"]) == ("COMMAND", "driver-1")
    caller.world.start(LAB, "driver-1", by="rfid")
    caller.pass_time(minutes=1)
    shown = await caller.latest()
    assert shown["auth_method"] == "AUTH_REQUEST"
    assert len(shown["auth_id"]) == 32
    caller.flavour("AAA", hashes_card_holders=False)
    assert (await caller.latest())["auth_id"] == "driver-1"


async def test_no_cdr_at_all(caller: Gateway) -> None:
    """An operator may never send a CDR."""
    shown = await _charged(caller, LAB)
    caller.flavour("AAA", cdr_delay=None)
    caller.pass_time(days=9)
    assert await caller.status(f"/cdrs/session/{shown['session_id']}") == 404
