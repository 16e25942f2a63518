"""From sessions of all versions and states to the model (fact sheet ocpi 8)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.model import (
    Cost,
    CostState,
    PeriodKind,
    SessionState,
)
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Mapper, Own

from .mapping_support import MISSING, NOW, REALM, VERSIONS, at, example, raw, reading

END = {"221": "end_date_time", "211": "end_datetime"}


def test_the_example_of_2_2_1() -> None:
    """Everything that it says."""
    found = reading()
    session = found.session
    assert session.key == "ocpi/nl/xyz/ses-0001"
    assert session.id == "SES-0001"
    assert session.state is SessionState.ACTIVE
    assert session.evse_id == "nl*xyz*loc-1/evse-1"
    assert session.started_at == at("10:00:00")
    assert session.ended_at is None
    assert session.energy_kwh == 3.25
    assert session.power_kw is None
    assert session.reported_at == found.updated_at == at("10:20:00")
    assert session.can_stop is True
    assert found.owner == ("nl", "xyz")
    assert (found.location_id, found.evse_uid) == ("LOC-1", "EVSE-1")
    assert found.connector_id == "1"
    assert found.token == "app-1"
    assert found.tokens == {"app-1", "nl-hax-c000001-5"}
    assert found.reference == "ha-7f3a"
    assert found.power_kw == 9.0
    assert found.tariff_ids == ("T1",)
    assert found.location is None
    assert session.cost == Cost(
        currency="EUR",
        state=CostState.RUNNING,
        net=Decimal("0.98"),
        vat=Decimal("0.21"),
        gross=Decimal("1.19"),
    )


def test_the_example_of_2_1_1() -> None:
    """It has no owner, no periods and no tax, but a whole location."""
    found = reading("211")
    session = found.session
    assert session.key == "ocpi/ses-0001"
    assert session.evse_id == "loc-1/evse-1"
    assert session.evse_identifier == "NL*XYZ*E0001*1"
    assert session.place == "Example street 1, 1000 AA Town"
    assert session.started_at == at("10:00:00")
    assert session.cost == Cost(
        currency="EUR", state=CostState.RUNNING, net=Decimal("0.98")
    )
    assert found.token == "nl-hax-c000001-5"
    assert (found.location_id, found.evse_uid) == ("LOC-1", "EVSE-1")
    assert found.connector_id == "1"
    assert found.location is not None
    assert found.location.evse_uids == {"loc-1/evse-1": "EVSE-1"}
    assert found.location.point.coordinates == (52.1, 5.1)


STATES: dict[Any, SessionState | None] = {
    "PENDING": SessionState.PENDING,
    "ACTIVE": SessionState.ACTIVE,
    "active": SessionState.ACTIVE,
    "COMPLETED": SessionState.COMPLETED,
    "Completed": SessionState.COMPLETED,
    "INVALID": SessionState.FAILED,
    "RESERVATION": SessionState.RESERVED,
    "RESERVED": SessionState.RESERVED,
    "SUSPENDED": SessionState.ACTIVE,
    "": None,
    "3": None,
    3: None,
    None: None,
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("status", STATES)
def test_states(status: Any, version: str) -> None:
    """All of both versions, in any case; an unknown word runs, and is told of."""
    mapper = Mapper(REALM)
    document = example(f"session_{version}", status=status)
    found = mapper.session(raw(document), Own(), NOW)
    assert (None if found is None else found.session.state) == STATES[status]
    unknown = {"session status suspended"} if status == "SUSPENDED" else set()
    assert mapper.unknown == unknown


@pytest.mark.parametrize("status", ["COMPLETED", "INVALID"])
def test_a_session_that_is_over(status: str) -> None:
    """It draws nothing, cannot be stopped, and its cost may still change."""
    found = reading(status=status, end_date_time="2026-01-05T10:15:00Z")
    session = found.session
    assert session.ended_at == session.reported_at == at("10:15:00")
    assert session.duration == timedelta(minutes=15)
    assert session.power_kw == 0.0
    assert session.can_stop is False
    assert session.cost is not None
    assert session.cost.state is CostState.PROVISIONAL
    assert found.power_kw is None
    assert session.periods[-1].ended_at == at("10:15:00")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("status", "end", "state"),
    [
        ("ACTIVE", "2026-01-05T10:15:00Z", SessionState.COMPLETED),
        ("ACTIVE", "2026-01-05T10:20:30Z", SessionState.COMPLETED),
        ("ACTIVE", "2026-01-05T10:21:00Z", SessionState.ACTIVE),
        ("ACTIVE", "2027-01-05T10:15:00Z", SessionState.ACTIVE),
        ("ACTIVE", "0001-01-01T00:00:00", SessionState.ACTIVE),
        ("ACTIVE", "1970-01-01T00:00:00Z", SessionState.ACTIVE),
        ("ACTIVE", "2026-01-05T09:00:00Z", SessionState.ACTIVE),
        ("ACTIVE", None, SessionState.ACTIVE),
        ("PENDING", "2026-01-05T10:15:00Z", SessionState.PENDING),
        ("RESERVATION", "2026-01-05T10:15:00Z", SessionState.RESERVED),
    ],
)
def test_a_status_that_was_never_set(
    version: str, status: str, end: str | None, state: SessionState
) -> None:
    """ACTIVE beside an end that has passed is over (emabler_ocpi 6)."""
    changes: dict[str, Any] = {"status": status, END[version]: end}
    found = reading(version, **changes)
    assert found.session.state is state
    assert (found.session.ended_at is None) == (state is not SessionState.COMPLETED)


@pytest.mark.parametrize(
    ("sent", "known"),
    [
        ("2026-01-05T10:00:00", True),
        ("2026-01-05 10:00:00+00:00", True),
        ("2026-01-05T11:00:00+01:00", True),
        ("0001-01-01T00:00:00", False),
        ("1970-01-01T00:00:00Z", False),
        ("2027-01-01T00:00:00Z", False),
        ("9999-12-31T23:59:59-14:00", False),
        (None, False),
        ("soon", False),
    ],
)
def test_moments_that_are_meant(sent: str | None, known: bool) -> None:
    """The years 1 and 1970 stand for unknown, and nothing is from next year (7)."""
    found = reading(start_date_time=sent, last_updated=sent)
    assert found.session.started_at == (at("10:00:00") if known else None)
    assert found.updated_at == (at("10:00:00") if known else None)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("sent", "kwh"),
    [
        (3, 3.0),
        ("3.25", 3.25),
        (0, 0.0),
        (-1, None),
        (1e300, None),
        (200_000, None),
        (None, None),
        ("NaN", None),
    ],
)
def test_energy(version: str, sent: Any, kwh: float | None) -> None:
    """Negative or huge is not known."""
    assert reading(version, kwh=sent).session.energy_kwh == kwh


COSTS = {
    "2.2.1": ({"excl_vat": 0.98, "incl_vat": 1.19}, ("0.98", "0.21", "1.19")),
    "2.2.1-no-tax": ({"excl_vat": 0.98, "incl_vat": None}, ("0.98", None, None)),
    "2.2.1-gross-only": ({"incl_vat": 1.19}, (None, None, "1.19")),
    "2.2.1-text": ({"excl_vat": "0.98", "incl_vat": "1.19"}, ("0.98", "0.21", "1.19")),
    "2.1.1": (0.98, ("0.98", None, None)),
    "2.1.1-text": ("0.98", ("0.98", None, None)),
    "2.3.0": (
        {"before_taxes": 1.0, "taxes": [{"name": "VAT", "amount": 0.2}]},
        ("1.0", "0.2", "1.2"),
    ),
    "2.3.0-two": (
        {"before_taxes": 1.0, "taxes": [{"amount": 0.05}, {"amount": "0.1"}]},
        ("1.0", "0.15", "1.15"),
    ),
    "2.3.0-no-taxes": ({"before_taxes": 1.0}, ("1.0", None, None)),
    "2.3.0-empty": ({"before_taxes": 1.0, "taxes": []}, ("1.0", None, None)),
    "2.3.0-tax-unknown": (
        {"before_taxes": 1.0, "taxes": [{"amount": 0.1}, {"name": "VAT"}]},
        ("1.0", None, None),
    ),
    "gross-below-net": ({"excl_vat": 1.0, "incl_vat": 0.9}, ("1.0", None, None)),
    "negative": ({"excl_vat": -1.0}, None),
    "huge": (1e300, None),
    "not-a-number": ("NaN", None),
    "absent": (None, None),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", COSTS)
def test_cost(version: str, name: str) -> None:
    """In the words of all versions; net is never taken for gross (7 and 8.5)."""
    sent, expected = COSTS[name]
    found = reading(version, total_cost=sent)
    assert found.zero_cost is False
    if expected is None:
        assert found.session.cost is None
        return
    net, vat, gross = (None if one is None else Decimal(one) for one in expected)
    assert found.session.cost == Cost(
        currency="EUR", state=CostState.RUNNING, net=net, vat=vat, gross=gross
    )


@pytest.mark.parametrize("total", [0, {"excl_vat": 0.0, "incl_vat": 0.0}])
@pytest.mark.parametrize(
    ("kwh", "believed"), [(0, True), (3.25, False), (None, False), (-1, False)]
)
def test_nothing_for_energy_is_not_believed(
    total: Any, kwh: float | None, believed: bool
) -> None:
    """Only a free tariff makes it so, which is not known here (8.5 and 17, 18)."""
    found = reading(total_cost=total, kwh=kwh)
    assert (found.session.cost is not None) is believed
    assert found.zero_cost is not believed
    assert found.currency == "EUR"


@pytest.mark.parametrize("currency", [None, "string", "E1R", "€€€", 978, ""])
def test_without_a_currency_there_is_no_cost(currency: Any) -> None:
    """An amount of nothing known is none."""
    assert reading(currency=currency).session.cost is None
    assert reading(currency="eur").currency == "EUR"


def test_null_is_absent() -> None:
    """All that is optional may be there as null or as an empty list (17, 14)."""
    bare = reading(
        charging_periods=MISSING,
        authorization_reference=MISSING,
        total_cost=MISSING,
        end_date_time=MISSING,
    )
    nulls = reading(
        charging_periods=None,
        authorization_reference=None,
        total_cost=None,
        end_date_time=None,
        meter_id=None,
        auth_id=None,
        location=None,
    )
    empty = reading(
        charging_periods=[], authorization_reference="", total_cost={}, auth_id=""
    )
    assert bare == nulls == empty
    assert bare.session.periods == ()


def test_a_dialect_is_translated_first() -> None:
    """The same session comes out, in the same way."""

    def translate(kind: str, document: Any) -> Any:
        assert kind == "session"
        return {name.removeprefix("x-"): value for name, value in document.items()}

    strange = {f"x-{name}": value for name, value in example("session_221").items()}
    mapper = Mapper(REALM, translate)
    assert mapper.session(raw(strange), Own(), NOW) == reading()
    strange["x-kwh"] = "3.25"
    strange["x-start_date_time"] = "2026-01-05T10:00Z"
    assert mapper.session(raw(strange), Own(), NOW) == reading()
    assert mapper.session(msgspec.Raw(b"[]"), Own(), NOW) is None
    assert mapper.session(msgspec.Raw(b"{"), Own(), NOW) is None


def test_periods_of_the_example() -> None:
    """Each ends where the next one begins; that of a running session is open."""
    first, second = reading().session.periods
    assert (first.started_at, first.ended_at) == (at("10:00:00"), at("10:10:00"))
    assert (second.started_at, second.ended_at) == (at("10:10:00"), None)
    assert [one.energy_kwh for one in (first, second)] == [1.75, 1.5]
    assert {first.kind, second.kind} == {PeriodKind.CHARGING}


def test_a_clock_that_is_behind() -> None:
    """A moment within the next hour may be meant, as clocks differ."""
    early = datetime.fromisoformat("2026-01-05T09:55:00+00:00")
    assert reading(now=early).session.started_at == at("10:00:00")
