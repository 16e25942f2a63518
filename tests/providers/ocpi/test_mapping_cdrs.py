"""From CDRs of all versions to the model (fact sheet ocpi 11)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.model import (
    Cost,
    CostState,
    Ownership,
    PeriodKind,
    SessionState,
)
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Mapper, Own

from .mapping_support import (
    MISSING,
    REALM,
    VERSIONS,
    at,
    bill,
    element,
    example,
    period,
    raw,
    reading,
    tariff,
)

FREE = {**example("tariff_221"), "elements": [element(price=0)]}
NO_TIMES: dict[str, Any] = {"start_date_time": None, "end_date_time": None}


def test_the_example_of_2_2_1() -> None:
    """The session that it closes, for good."""
    found = bill()
    session = found.session
    assert found.id == "nl/xyz/cdr-0001"
    assert found.session_key == session.key == reading().session.key
    assert session.id == "SES-0001"
    assert session.state is SessionState.COMPLETED
    assert session.evse_id == "nl*xyz*loc-1/evse-1"
    assert session.evse_identifier == "NL*XYZ*E0001*1"
    assert session.place == "Example garage"
    assert (session.started_at, session.ended_at) == (at("10:00:00"), at("12:00:00"))
    assert session.duration == timedelta(hours=2)
    assert session.idle == timedelta(minutes=30)
    assert session.energy_kwh == 20.0
    assert session.power_kw == 0.0
    assert session.can_stop is False
    assert session.cost == Cost(
        currency="EUR",
        state=CostState.FINAL,
        net=Decimal("7.5"),
        vat=Decimal("1.58"),
        gross=Decimal("9.08"),
    )
    assert [one.kind for one in session.periods] == [
        PeriodKind.CHARGING,
        PeriodKind.IDLE,
    ]
    assert session.periods[-1].ended_at == at("12:00:00")
    assert found.reference == "ha-7f3a"
    assert found.token == "app-1"
    assert found.tokens == {"app-1", "nl-hax-c000001-5"}
    assert (found.credit, found.credited, found.foreign) == (False, None, False)
    assert found.updated_at == at("13:00:00")
    assert found.zero_cost is False


def test_the_example_of_2_1_1() -> None:
    """It names no session, has another name for its end, and a whole location."""
    found = bill("211")
    session = found.session
    assert found.id == "cdr-0001"
    assert found.session_key is None
    assert session.key == "ocpi/cdr/cdr-0001"
    assert session.id == "CDR-0001"
    assert (session.started_at, session.ended_at) == (at("10:00:00"), at("12:00:00"))
    assert session.evse_id == "loc-1/evse-1"
    assert session.evse_identifier == "NL*XYZ*E0001*1"
    assert session.place == "Example street 1, 1000 AA Town"
    assert session.cost == Cost(
        currency="EUR", state=CostState.FINAL, net=Decimal("7.5")
    )
    assert found.token == "nl-hax-c000001-5"


def test_a_cdr_of_2_3_0() -> None:
    """Its taxes are apart."""
    found = bill(total_cost={"before_taxes": 10, "taxes": [{"amount": 2.1}]})
    assert found.session.cost is not None
    assert found.session.cost.gross == Decimal("12.1")


CREDITS: dict[str, tuple[dict[str, Any], bool, str | None]] = {
    "none": ({}, False, None),
    "flag": ({"credit": True}, True, None),
    "said-to-be-none": ({"credit": False}, False, None),
    "with-reference": (
        {"credit": True, "credit_reference_id": "CDR-0000"},
        True,
        "nl/xyz/cdr-0000",
    ),
    "reference-only": ({"credit_reference_id": "CDR-0000"}, True, "nl/xyz/cdr-0000"),
    "negative": (
        {"total_cost": {"excl_vat": -7.5, "incl_vat": -9.08}},
        True,
        None,
    ),
    "both": (
        {"credit": True, "total_cost": {"excl_vat": -7.5, "incl_vat": -9.08}},
        True,
        None,
    ),
}


@pytest.mark.parametrize("name", CREDITS)
def test_credits(name: str) -> None:
    """Their amounts are negative, whatever sign was sent."""
    changes, credit, credited = CREDITS[name]
    found = bill(**changes)
    assert (found.credit, found.credited) == (credit, credited)
    cost = found.session.cost
    assert cost is not None
    sign = -1 if credit else 1
    assert (cost.net, cost.vat, cost.gross) == (
        sign * Decimal("7.5"),
        sign * Decimal("1.58"),
        sign * Decimal("9.08"),
    )


def test_a_credit_of_2_1_1() -> None:
    """It has only the sign to say so."""
    found = bill("211", total_cost=-7.5)
    assert found.credit is True
    assert found.session.cost is not None
    assert found.session.cost.net == Decimal("-7.5")


@pytest.mark.parametrize(
    ("changes", "believed"),
    [
        ({}, False),
        ({"tariffs": []}, False),
        ({"tariffs": "x"}, False),
        ({"tariffs": [FREE]}, True),
        ({"tariffs": [FREE, example("tariff_221")]}, False),
        ({"tariffs": [FREE, None]}, False),
        ({"tariffs": [{**FREE, "elements": [element("WIND", price=0)]}]}, False),
        ({"total_energy": 0, "charging_periods": []}, True),
        ({"total_energy": None}, False),
    ],
)
def test_nothing_for_energy(changes: dict[str, Any], believed: bool) -> None:
    """It is believed where the CDR's own tariffs are free (8.5)."""
    found = bill(total_cost={"excl_vat": 0.0, "incl_vat": 0.0}, **changes)
    assert found.zero_cost is not believed
    assert (found.session.cost is not None) is believed


def counted(*volumes: float) -> list[dict[str, Any]]:
    """Return periods of ten minutes with energy."""
    return [
        period(f"10:{10 * number:02}:00", ENERGY=volume)
        for number, volume in enumerate(volumes)
    ]


ENERGIES: dict[str, tuple[dict[str, Any], float | None]] = {
    "kwh": ({"total_energy": 20}, 20.0),
    "text": ({"total_energy": "20"}, 20.0),
    "wh": ({"total_energy": 20_000}, 20.0),
    "all-in-wh": ({"total_energy": 20_000, "charging_periods": counted(20_000)}, 20.0),
    "periods-in-wh": ({"total_energy": 20, "charging_periods": counted(20_000)}, 20.0),
    "without-periods": ({"total_energy": 20, "charging_periods": []}, 20.0),
    "wh-without-periods": ({"total_energy": 20_000, "charging_periods": []}, 20.0),
    "wh-without-times": ({"total_energy": 20_000, **NO_TIMES}, 20.0),
    "kwh-without-times": ({"total_energy": 20, **NO_TIMES}, 20.0),
    "small": ({"total_energy": 0.02, "charging_periods": counted(0.02)}, 0.02),
    "zero": ({"total_energy": 0, "charging_periods": []}, 0.0),
    "some-periods-missing": ({"total_energy": 20}, 20.0),
    "fits-nothing": ({"total_energy": 9e8}, None),
    "not-its-periods": ({"total_energy": 500, "charging_periods": counted(5)}, None),
    "negative": ({"total_energy": -20}, None),
    "huge": ({"total_energy": 1e300}, None),
    "missing": ({"total_energy": None}, None),
}


@pytest.mark.parametrize("name", ENERGIES)
def test_energy(name: str) -> None:
    """In kWh or Wh, whichever fits periods and time; else not known (17, 17)."""
    changes, kwh = ENERGIES[name]
    assert bill(**changes).session.energy_kwh == (
        None if kwh is None else pytest.approx(kwh)
    )


TIMES: dict[str, tuple[dict[str, Any], timedelta | None]] = {
    "times": ({}, timedelta(hours=2)),
    "times-win": ({"total_time": 7}, timedelta(hours=2)),
    "hours": (NO_TIMES, timedelta(hours=2)),
    "minutes": ({**NO_TIMES, "total_time": 120}, timedelta(hours=2)),
    "hours-alone": (
        {**NO_TIMES, "charging_periods": [], "total_time": 2},
        timedelta(hours=2),
    ),
    "long-alone": (
        {**NO_TIMES, "charging_periods": [], "total_time": 600},
        timedelta(hours=10),
    ),
    "fits-nothing": ({**NO_TIMES, "total_time": 9e9}, None),
    "negative": ({**NO_TIMES, "total_time": -2}, None),
    "missing": ({**NO_TIMES, "total_time": None}, None),
    "unknown-start": (
        {"start_date_time": "1970-01-01T00:00:00Z"},
        timedelta(hours=2),
    ),
}


@pytest.mark.parametrize("name", TIMES)
def test_time(name: str) -> None:
    """From start to end, else in hours or minutes, whichever fits (17, 17)."""
    changes, duration = TIMES[name]
    found = bill(**changes).session
    if duration is None:
        assert found.duration is None
    else:
        assert found.duration is not None
        assert found.duration == duration


@pytest.mark.parametrize(
    ("parked", "total", "idle"),
    [
        (0.5, 2.0, timedelta(minutes=30)),
        (30, 120, timedelta(minutes=30)),
        (0, 2.0, timedelta(minutes=30)),
        (30, 2.0, timedelta(minutes=30)),
        (0.25, None, timedelta(minutes=15)),
        (None, 2.0, timedelta(minutes=30)),
    ],
)
def test_idle_time(
    parked: float | None, total: float | None, idle: timedelta | None
) -> None:
    """In the unit of the total time, else what the periods say, which is 30 minutes."""
    found = bill(total_parking_time=parked, total_time=total)
    assert found.session.idle == idle


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("1970-01-01T00:00:00Z", "2026-01-05T12:00:00Z", (None, at("12:00:00"))),
        ("2026-01-05T10:00:00Z", "1970-01-01T00:00:00Z", (at("10:00:00"), None)),
        ("2026-01-05T12:00:00Z", "2026-01-05T10:00:00Z", (at("12:00:00"), None)),
        ("2026-01-05 10:00:00+00:00", None, (at("10:00:00"), None)),
    ],
)
def test_moments(start: str | None, end: str | None, expected: Any) -> None:
    """1970 stands for unknown, and nothing ends before it begins (11)."""
    session = bill(start_date_time=start, end_date_time=end).session
    assert (session.started_at, session.ended_at) == expected


def test_names_without_case() -> None:
    """Compared without case (17, 10)."""
    lower = bill(
        country_code="nl", party_id="xyz", id="cdr-0001", session_id="ses-0001"
    )
    assert (lower.id, lower.session_key) == (bill().id, bill().session_key)


def test_a_cdr_that_names_no_session() -> None:
    """It stands for itself."""
    found = bill(session_id=None)
    assert found.session_key is None
    assert found.session.key == "ocpi/cdr/nl/xyz/cdr-0001"
    assert bill(session_id="#NA") == found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("identity", [None, MISSING, "", [], "#NA"])
def test_a_cdr_without_an_id(version: str, identity: Any) -> None:
    """It is broken."""
    document = example(f"cdr_{version}", id=identity)
    assert Mapper(REALM).cdr(raw(document), Own(), at("14:00:00")) is None


@pytest.mark.parametrize("version", VERSIONS)
def test_whose_a_cdr_is(version: str) -> None:
    """As with sessions."""
    mine = Own(tokens=frozenset({"nl-hax-c000001-5"}), party=("nl", "hax"))
    found = bill(version, own=mine)
    assert found.session.ownership is Ownership.OWN
    other = Own(tokens=frozenset({"x"}), party=("nl", "oth"))
    found = bill(version, own=other)
    assert found.session.ownership is Ownership.FOREIGN
    assert found.foreign is (version == "221")
    assert "c000001" not in repr(found).lower()


@pytest.mark.parametrize("location", [None, {}, "x", {"id": "LOC-1"}])
def test_a_cdr_without_a_place(location: Any) -> None:
    """It costs itself only."""
    found = bill(cdr_location=location)
    assert found.session.evse_id is None
    assert found.session.energy_kwh == 20.0


def test_null_is_absent() -> None:
    """All that is optional may be there as null (17, 14)."""
    names = ("credit", "credit_reference_id", "remark", "auth_id", "location")
    nulls: dict[str, Any] = dict.fromkeys(names)
    assert bill(**nulls) == bill()


def test_the_tariff_inside_is_the_tariff() -> None:
    """The example holds that of its session."""
    found = Mapper(REALM).tariff(raw(example("cdr_221")["tariffs"][0]))
    assert found == tariff()
