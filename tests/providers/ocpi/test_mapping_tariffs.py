"""From tariffs of all versions to what prices sessions (fact sheet ocpi 10 and 16)."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.ocpi import pricing
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Mapper
from custom_components.ev_charging_cloud.providers.ocpi.pricing import (
    Component,
    Element,
    Kind,
    Limit,
    Restrictions,
)

from .mapping_support import MISSING, REALM, element, example, raw, tariff

SINCE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_the_example() -> None:
    """Everything that it says, and what it makes of 20 kWh."""
    found = tariff()
    vat = Decimal("21.0")
    assert found == pricing.Tariff(
        id="t1",
        currency="EUR",
        use="regular",
        owner=("nl", "xyz"),
        elements=(
            Element(
                components=(
                    Component(kind=Kind.FLAT, price=Decimal("0.5"), vat=vat),
                    Component(kind=Kind.ENERGY, price=Decimal("0.3"), vat=vat),
                )
            ),
            Element(
                components=(
                    Component(
                        kind=Kind.PARKING_TIME, price=Decimal("2.0"), vat=vat, step=300
                    ),
                ),
                restrictions=Restrictions(start_time=time(8), end_time=time(22)),
            ),
        ),
    )
    use = pricing.Segment(
        start=SINCE, end=SINCE + timedelta(hours=2), energy_kwh=Decimal(20)
    )
    amount = pricing.bill(found, [use], UTC)
    assert amount is not None
    assert (amount.net, amount.gross) == (Decimal("6.5"), Decimal("7.865"))


@pytest.mark.parametrize(
    ("sent", "use"),
    [
        ("AD_HOC_PAYMENT", "adhocpayment"),
        ("Profile_Fast", "profilefast"),
        (None, None),
        ("", None),
        ("TYPE_OF_TOMORROW", "typeoftomorrow"),
    ],
)
def test_for_whom_a_tariff_is(sent: str | None, use: str | None) -> None:
    """It is priced all the same."""
    found = tariff(type=sent)
    assert (found.use, found.priced) == (use, True)


def test_a_tariff_of_2_1_1() -> None:
    """Without an owner and without VAT, which is not a VAT of 0."""
    bare = element("TIME", vat=MISSING, step_size=300)
    del bare["price_components"][0]["vat"]
    found = tariff(country_code=MISSING, party_id=MISSING, elements=[bare])
    assert found.owner is None
    assert found.key == (None, "t1")
    (component,) = found.elements[0].components
    assert component == Component(
        kind=Kind.TIME, price=Decimal("0.3"), vat=None, step=300
    )
    assert found.priced


@pytest.mark.parametrize(
    ("sent", "included", "priced"),
    [
        ("YES", True, True),
        ("yes", True, True),
        ("NO", False, True),
        ("N/A", False, True),
        (True, True, True),
        (False, False, True),
        (None, False, True),
        ("PERHAPS", False, False),
    ],
)
def test_tax_included(sent: Any, included: bool, priced: bool) -> None:
    """The words of 2.3.0 (16)."""
    found = tariff(tax_included=sent)
    assert (found.tax_included, found.priced) == (included, priced)


@pytest.mark.parametrize(
    ("sent", "limit"),
    [
        ({"excl_vat": 1, "incl_vat": 1.21}, ("1", "1.21")),
        ({"excl_vat": 1}, ("1", None)),
        ({"before_taxes": 1.0, "after_taxes": 1.2}, ("1.0", "1.2")),
        ({"before_taxes": 1.0}, ("1.0", None)),
        ({"incl_vat": "1.21"}, (None, "1.21")),
        (1.5, ("1.5", None)),
        (None, None),
        ({}, None),
    ],
)
@pytest.mark.parametrize("field", ["min_price", "max_price"])
def test_limits(field: str, sent: Any, limit: tuple[str | None, ...] | None) -> None:
    """As Price or as PriceLimit, each basis for itself (16)."""
    found = tariff(**{field: sent})
    assert found.priced
    expected = None
    if limit is not None:
        net, gross = (None if one is None else Decimal(one) for one in limit)
        expected = Limit(net=net, gross=gross)
    assert (found.minimum if field == "min_price" else found.maximum) == expected


RESTRICTIONS: dict[str, tuple[dict[str, Any], Restrictions | None]] = {
    "nothing": ({}, None),
    "nulls": ({"start_time": None, "day_of_week": [], "later": None}, None),
    "times": (
        {"start_time": "22:00", "end_time": "06:30"},
        Restrictions(start_time=time(22), end_time=time(6, 30)),
    ),
    "to-midnight": (
        {"start_time": "22:00", "end_time": "24:00"},
        Restrictions(start_time=time(22), end_time=time(0)),
    ),
    "whole-day": ({"end_time": "24:00"}, None),
    "with-seconds": (
        {"start_time": "08:00:30"},
        Restrictions(start_time=time(8, 0, 30)),
    ),
    "dates": (
        {"start_date": "2026-01-01", "end_date": "2026-02-01"},
        Restrictions(start_date=date(2026, 1, 1), end_date=date(2026, 2, 1)),
    ),
    "energy": (
        {"min_kwh": 0, "max_kwh": "20.5"},
        Restrictions(min_kwh=Decimal(0), max_kwh=Decimal("20.5")),
    ),
    "current": (
        {"min_current": 6, "max_current": 32},
        Restrictions(min_current=Decimal(6), max_current=Decimal(32)),
    ),
    "power": (
        {"min_power": 11.5, "max_power": 50},
        Restrictions(min_power=Decimal("11.5"), max_power=Decimal(50)),
    ),
    "duration": (
        {"min_duration": 1800, "max_duration": "3600"},
        Restrictions(
            min_duration=timedelta(minutes=30), max_duration=timedelta(hours=1)
        ),
    ),
    "days": (
        {"day_of_week": ["MONDAY", "sunday"]},
        Restrictions(days=frozenset({0, 6})),
    ),
    "one-day": ({"day_of_week": "SATURDAY"}, Restrictions(days=frozenset({5}))),
    "reservation": ({"reservation": "RESERVATION"}, Restrictions(reservation=True)),
    "expired": ({"reservation": "RESERVATION_EXPIRES"}, Restrictions(reservation=True)),
}


@pytest.mark.parametrize("name", RESTRICTIONS)
def test_restrictions(name: str) -> None:
    """All that the standard knows (10)."""
    sent, expected = RESTRICTIONS[name]
    found = tariff(elements=[element(restrictions=sent)])
    assert found.priced
    assert found.elements[0].restrictions == expected


UNKNOWN: dict[str, Any] = {
    "component": [element("WIND")],
    "no-component": [element(type=None)],
    "no-price": [element(price=None)],
    "odd-price": [element(price="dear")],
    "price-in-object": [element(price={"excl_vat": 1})],
    "huge-price": [element(price=1e300)],
    "odd-vat": [element(vat="some")],
    "negative-vat": [element(vat=-1)],
    "odd-step": [element(step_size="some")],
    "half-step": [element(step_size=0.5)],
    "no-components": [{"price_components": []}],
    "components-missing": [{}],
    "one-broken-element": [element(), None],
    "one-broken-component": [{"price_components": [*element()["price_components"], 7]}],
    "elements-missing": None,
    "elements-empty": [],
    "elements-no-list": "x",
    "restriction": [element(restrictions={"moon_phase": "FULL"})],
    "restrictions-no-object": [element(restrictions=[1])],
    "day": [element(restrictions={"day_of_week": ["MONDAY", "HOLIDAY"]})],
    "reservation": [element(restrictions={"reservation": "MAYBE"})],
    "time": [element(restrictions={"start_time": "morning"})],
    "time-number": [element(restrictions={"start_time": 8})],
    "date": [element(restrictions={"start_date": "2026-02-30"})],
    "amount": [element(restrictions={"min_kwh": "some"})],
    "negative-amount": [element(restrictions={"min_kwh": -1})],
    "amount-flag": [element(restrictions={"min_kwh": True})],
    "duration": [element(restrictions={"max_duration": "long"})],
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_understood_prices_nothing(name: str) -> None:
    """Never a lower price, and never free; it is told of in our own words."""
    mapper = Mapper(REALM)
    found = tariff(mapper, elements=UNKNOWN[name])
    assert not found.priced
    assert not pricing.is_free(found)
    use = pricing.Segment(
        start=SINCE, end=SINCE + timedelta(hours=2), energy_kwh=Decimal(20)
    )
    assert pricing.bill(found, [use], UTC) is None
    (told,) = mapper.unknown
    assert told.startswith("tariff ")
    assert "2026-02-30" not in told


@pytest.mark.parametrize("field", ["min_price", "max_price"])
@pytest.mark.parametrize("value", ["much", {"excl_vat": "x"}, [1], True])
def test_a_limit_that_is_not_understood(field: str, value: Any) -> None:
    """Without it a session might seem cheaper than it is."""
    assert not tariff(**{field: value}).priced


@pytest.mark.parametrize(
    ("sent", "known", "priced"),
    [
        ("2026-01-01T00:00:00Z", datetime(2026, 1, 1, tzinfo=UTC), True),
        ("2026-01-01 00:00:00", datetime(2026, 1, 1, tzinfo=UTC), True),
        ("2099-12-31T00:00:00Z", datetime(2099, 12, 31, tzinfo=UTC), True),
        ("0001-01-01T00:00:00", None, True),
        ("1970-01-01T00:00:00Z", None, True),
        ("", None, True),
        (None, None, True),
        ("spring", None, False),
        (7, None, False),
    ],
)
@pytest.mark.parametrize("field", ["start_date_time", "end_date_time"])
def test_since_and_until(
    field: str, sent: Any, known: datetime | None, priced: bool
) -> None:
    """A tariff may hold from a moment that is yet to come."""
    found = tariff(**{field: sent})
    value = found.starts_at if field == "start_date_time" else found.ends_at
    assert (value, found.priced) == (known, priced)


@pytest.mark.parametrize("field", ["id", "currency"])
@pytest.mark.parametrize("value", [None, MISSING, "", [], "#NA"])
def test_a_tariff_without_an_id_or_a_currency(field: str, value: Any) -> None:
    """It is broken."""
    document = example("tariff_221", **{field: value})
    assert Mapper(REALM).tariff(raw(document)) is None


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        ([{"language": "nl", "text": "Dal"}, {"language": "en", "text": "Low"}], "Low"),
        ([{"language": "EN", "text": "Low"}], "Low"),
        ([{"language": "nl", "text": "Dal"}, {"language": "fr", "text": "Bas"}], "Dal"),
        ([{"text": "Dal"}], "Dal"),
        ([{"language": "en", "text": ""}], None),
        ([], None),
        (None, None),
        ("x", None),
    ],
)
def test_names(texts: Any, name: str | None) -> None:
    """In English where it is, else in the first language."""
    assert tariff(tariff_alt_text=texts).name == name
