"""Whatever a server writes: the others stay, and nothing impossible comes out."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from typing import Any

from hypothesis import given, settings as hypothesis_settings, strategies as st
import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.errors import ProviderError
from custom_components.ev_charging_cloud.providers.ocpi import wire
from custom_components.ev_charging_cloud.providers.ocpi.mapping import (
    Mapper,
    Own,
    command_result,
    mapper as mapper_module,
    preference_result,
)

from ..test_mutations import JSON, VALUES, assert_possible, changed, encoded, paths
from .mapping_support import REALM, at, element, example, period, raw

OWN = Own(tokens=frozenset({"app-1"}), party=("nl", "hax"))
NOW = at("14:00:00")

type Read = Callable[[Mapper, msgspec.Raw], Any]


def full_session() -> dict[str, Any]:
    """Return a session that uses everything that is read."""
    found: dict[str, Any] = example("session_221", end_date_time="2026-01-05T10:20:00Z")
    found["charging_periods"][1] = period(
        "10:10:00", ENERGY=1.5, TIME=0.1, PARKING_TIME=0.05, STATE_OF_CHARGE=44
    )
    return found


def full_tariff() -> dict[str, Any]:
    """Return a tariff that uses everything that is read."""
    found: dict[str, Any] = example(
        "tariff_221",
        min_price={"excl_vat": 1, "incl_vat": 1.21},
        max_price={"before_taxes": 50, "after_taxes": 60},
        start_date_time="2025-01-01T00:00:00Z",
        end_date_time="2027-01-01T00:00:00Z",
        tax_included="NO",
        tariff_alt_text=[{"language": "en", "text": "Low"}],
    )
    every = {
        "start_time": "08:00",
        "end_time": "22:00",
        "start_date": "2026-01-01",
        "end_date": "2026-12-31",
        "min_kwh": 1,
        "max_kwh": 50,
        "min_current": 6,
        "max_current": 32,
        "min_power": 1,
        "max_power": 50,
        "min_duration": 60,
        "max_duration": 3600,
        "day_of_week": ["MONDAY"],
        "reservation": "RESERVATION",
    }
    found["elements"].append(element("TIME", restrictions=every))
    return found


def full_cdr() -> dict[str, Any]:
    """Return a CDR that uses everything that is read."""
    found: dict[str, Any] = example(
        "cdr_221", credit=False, credit_reference_id="CDR-0000"
    )
    return found


def cdr_of_2_3_0() -> dict[str, Any]:
    """Return a CDR with taxes apart and without a time."""
    found: dict[str, Any] = example(
        "cdr_221",
        total_cost={"before_taxes": 10, "taxes": [{"name": "VAT", "amount": 2.1}]},
        start_date_time="1970-01-01T00:00:00Z",
    )
    return found


def session(mapper: Mapper, row: msgspec.Raw) -> Any:
    """Map a session, and what it used."""
    return mapper.session(row, OWN, NOW), mapper.usage(row, NOW)


def location(mapper: Mapper, row: msgspec.Raw) -> Any:
    """Map a location."""
    return mapper.location(row)


def tariff(mapper: Mapper, row: msgspec.Raw) -> Any:
    """Map a tariff."""
    return mapper.tariff(row)


def cdr(mapper: Mapper, row: msgspec.Raw) -> Any:
    """Map a CDR, and what it used."""
    return mapper.cdr(row, OWN, NOW), mapper.usage(row, NOW)


KINDS: dict[str, tuple[dict[str, Any], Read]] = {
    "session-221": (full_session(), session),
    "session-211": (example("session_211"), session),
    "location": (example("location_221"), location),
    "tariff": (full_tariff(), tariff),
    "cdr-221": (full_cdr(), cdr),
    "cdr-230": (cdr_of_2_3_0(), cdr),
    "cdr-211": (example("cdr_211"), cdr),
}


def neighbours(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return three objects; the second is to be changed."""
    return [{**deepcopy(document), "id": f"ID-{number}"} for number in range(3)]


def mapped(read: Read, body: bytes) -> list[Any]:
    """Map what is on a page, as a provider does."""
    mapper = Mapper(REALM)
    found = [read(mapper, row) for row in wire.page(body).rows]
    assert_possible(found)
    assert all(len(one) < 100 for one in mapper.unknown)
    return found


@pytest.mark.parametrize("translated", [False, True], ids=["plain", "translated"])
@pytest.mark.parametrize(
    ("kind", "path"),
    [(kind, path) for kind, (document, _) in KINDS.items() for path in paths(document)],
    ids=str,
)
def test_one_changed_value_leaves_the_others(
    kind: str, path: tuple[Any, ...], translated: bool
) -> None:
    """Every value of every object, changed in every way."""
    document, read = KINDS[kind]
    rows = neighbours(document)
    clean = mapped(read, encoded({"data": rows}))
    assert None not in clean
    for value in VALUES:
        mutant = changed(rows[1], path, value)
        body = encoded({"data": [rows[0], mutant, rows[2]]})
        first, _, last = mapped(read, body)
        assert [first, last] == [clean[0], clean[2]], value
        dialect = Mapper(REALM, lambda _, plain: plain)
        assert_possible(read(dialect, msgspec.Raw(encoded(mutant))))


def test_broken_objects_cost_only_themselves() -> None:
    """One of a hundred, with a status that is no text."""
    rows = [{**full_session(), "id": f"ID-{number}"} for number in range(200)]
    clean = mapped(session, encoded({"data": rows}))
    for number in (50, 150):
        rows[number] = {**rows[number], "status": ["COMPLETED"]}
    found = mapped(session, encoded({"data": rows}))
    assert [number for number, one in enumerate(found) if one[0] is None] == [50, 150]
    del clean[150], clean[50], found[150], found[50]
    assert found == clean


@pytest.mark.parametrize("error", [OverflowError, ZeroDivisionError, ValueError])
@pytest.mark.parametrize("kind", KINDS)
def test_what_no_check_has_foreseen_costs_the_object(
    kind: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers have more ways to go wrong than anybody thinks of."""

    def fail(*_: object) -> None:
        raise error

    for name in (
        "sessions.reading",
        "locations.place_of",
        "tariffs.tariff",
        "cdrs.bill",
        "usage.segments",
    ):
        monkeypatch.setattr(f"{mapper_module.__name__}.{name}", fail)
    document, read = KINDS[kind]
    assert read(Mapper(REALM), raw(document)) in (None, (None, ()))


@pytest.mark.parametrize("read", [command_result, preference_result])
def test_one_changed_value_of_an_answer(read: Callable[[msgspec.Raw], str]) -> None:
    """It ends in a word, or in none."""
    document = example("command_response")
    for path in paths(document):
        for value in VALUES:
            body = encoded(changed(document, path, value))
            assert isinstance(read(msgspec.Raw(body)), str)


@pytest.mark.parametrize("path", list(paths(example("version_details"))), ids=str)
def test_one_changed_value_of_an_envelope(path: tuple[Any, ...]) -> None:
    """It ends in objects, or in a provider's error."""
    document = example("version_details")
    for value in VALUES:
        body = encoded(changed(document, path, value))
        try:
            rows = wire.page(body).rows
        except ProviderError:
            continue
        assert all(isinstance(wire.identity(one), str) for one in rows)
        assert all(wire.one(one) is None or wire.one(one) for one in rows)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b'{"id":"\xff","status":"ACTIVE"}',
        b'{"id":"\\ud800","status":"ACTIVE"}',
        b"NaN",
        b'{"id":"1","status":"ACTIVE","kwh":NaN}',
        b'{"id":"1","status":"ACTIVE"} trailing',
        b"[" * 200_000,
        b'{"id":' * 100_000,
        b'{"id":"1","status":"ACTIVE","location":' + b"[" * 9999 + b"]" * 9999 + b"}",
        b'{"id":"1","currency":"EUR","elements":' + b"[" * 9999 + b"]" * 9999 + b"}",
    ],
    ids=lambda body: f"{body[:40]!r}-{len(body)}",
)
@pytest.mark.parametrize("kind", KINDS)
def test_objects_that_are_no_json(kind: str, body: bytes) -> None:
    """They end in nothing, or in what is readable of them."""
    _, read = KINDS[kind]
    for translate in (None, lambda _, plain: plain):
        assert_possible(read(Mapper(REALM, translate), msgspec.Raw(body)))
    assert command_result(msgspec.Raw(body)) == ""


@hypothesis_settings(max_examples=600, deadline=None)
@given(data=st.data(), kind=st.sampled_from(list(KINDS)), value=JSON)
def test_any_json_at_any_place(data: st.DataObject, kind: str, value: Any) -> None:
    """What was not thought of above."""
    document, read = KINDS[kind]
    path = data.draw(st.sampled_from(list(paths(document))))
    row = raw(changed(document, path, value))
    for mapper in (Mapper(REALM), Mapper(REALM, lambda _, plain: plain)):
        assert_possible(read(mapper, row))


@pytest.mark.parametrize("kind", KINDS)
def test_a_translation_may_return_anything(kind: str) -> None:
    """A dialect that goes wrong costs the object."""
    document, read = KINDS[kind]
    answers: list[Any] = [None, 7, "x", [], {}, [document]]
    for value in answers:
        mapper = Mapper(REALM, partial(lambda value, *_: value, value))
        found = read(mapper, raw(document))
        assert_possible(found)
        assert found in (None, (None, ()))
