"""What comes in envelopes and lists, and objects that are not as they should be."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from custom_components.ev_charging_cloud.providers.decoding import (
    converted,
    envelope,
    item,
    mended,
    tolerant,
)
from custom_components.ev_charging_cloud.providers.errors import ResponseError
from custom_components.ev_charging_cloud.providers.ocpi import wire

from .mapping_support import MISSING, example, raw


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"status_code":1000}', 1000),
        (b'{"statusCode":1000}', 1000),
        (b'{"statusCode":"1000","data":[]}', 1000),
        (b'{"status_code":null,"statusCode":2001}', 2001),
        (b'{"status_code":0,"statusCode":1000}', 0),
        (b'{"status_code":"three"}', None),
        (b"{}", None),
    ],
)
def test_the_status_code_of_an_answer(body: bytes, code: int | None) -> None:
    """Under the standard's name or the dialect's, as number or text."""
    assert envelope(wire.ENVELOPE, body).status_code == code
    assert wire.page(body).status_code == code


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b'[{"id":"A"}, {"id":"B"}]', [b'{"id":"A"}', b'{"id":"B"}']),
        (b"[]", []),
        (b' {"id":"A"}', [b'{"id":"A"}']),
        (b"null", []),
        (b"[1,null]", [b"1", b"null"]),
    ],
)
def test_a_list_a_single_object_and_nothing(data: bytes, rows: list[bytes]) -> None:
    """Where a list is expected, one object counts as a list of one (17, 24)."""
    assert [bytes(one).strip() for one in wire.rows(msgspec.Raw(data))] == rows
    body = b'{"data":' + data + b',"status_code":1000}'
    assert [bytes(one).strip() for one in wire.page(body).rows] == rows
    assert wire.page(b"{}").rows == []


@pytest.mark.parametrize("data", [b'"text"', b"7", b"true"])
def test_data_that_is_no_list(data: bytes) -> None:
    """It is refused, because nothing is not the same as no list."""
    with pytest.raises(ResponseError):
        wire.rows(msgspec.Raw(data))
    with pytest.raises(ResponseError):
        wire.page(b'{"data":' + data + b"}")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"<html>", b'{"data":[{]}'])
def test_an_answer_without_an_envelope(body: bytes) -> None:
    """It cannot be understood."""
    with pytest.raises(ResponseError):
        wire.page(body)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'{"id":"A"}', b'{"id":"A"}'),
        (b'[{"id":"A"}]', b'{"id":"A"}'),
        (b'"ACCEPTED"', b'"ACCEPTED"'),
        (b"null", None),
        (b"[]", None),
        (b'[{"id":"A"},{"id":"B"}]', None),
    ],
)
def test_one_object(data: bytes, found: bytes | None) -> None:
    """Where an object is expected, a list of one is unwrapped (17, 24)."""
    one = wire.one(msgspec.Raw(data))
    assert (None if one is None else bytes(one)) == found


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"country_code": "NL", "party_id": "xyz", "id": "A-1"}, "nl/xyz/a-1"),
        ({"id": 7}, "none/none/7"),
        ({"id": None}, ""),
        ({"name": "x"}, ""),
        ({"id": ["A"]}, ""),
        ([], ""),
    ],
)
def test_by_what_an_object_is_known_again(document: Any, name: str) -> None:
    """Compared without case (17, 10)."""
    assert wire.identity(raw(document)) == name


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("2026-01-05T10:00:00Z", "10:00"),
        ("2026-01-05T10:00:00", "10:00"),
        ("2026-01-05 10:00:00+00:00", "10:00"),
        ("2026-01-05T12:00:00+02:00", "10:00"),
        ("2026-01-05T10:00:00.123456789Z", "10:00"),
        ("2026-01-05T10:00Z", "10:00"),
        (" 2026-01-05T10:00:00Z ", "10:00"),
        ("yesterday", None),
        ("", None),
        (1767607200, None),
        (None, None),
    ],
)
def test_moments(sent: Any, found: str | None) -> None:
    """In all the forms that servers send (7 and 17, 11 and 12)."""
    session = tolerant(wire.SESSION, raw(example("session_221", last_updated=sent)))
    assert session is not None
    moment = session.last_updated
    if found is None:
        assert moment is None
    else:
        assert moment is not None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        assert f"{moment.astimezone(UTC):%H:%M}" == found


@pytest.mark.parametrize(
    ("field", "sent", "found"),
    [
        ("kwh", "3.25", 3.25),
        ("kwh", 3, 3.0),
        ("kwh", "much", None),
        ("kwh", True, None),
        ("id", 7, "7"),
        ("location_id", 12.5, "12.5"),
        ("location_id", {}, None),
        ("evse_uid", None, None),
        ("charging_periods", None, None),
        ("charging_periods", "none", None),
        ("cdr_token", [], None),
        ("total_cost", "1.19", Decimal("1.19")),
        ("total_cost", "dear", None),
        ("total_cost", 1e300, None),
    ],
)
def test_fields_of_another_type(field: str, sent: Any, found: Any) -> None:
    """They are taken as meant, or cost themselves only (17, 14, 15 and 22)."""
    document = example("session_221", **{field: sent})
    session = tolerant(wire.SESSION, raw(document))
    assert session is not None
    value = getattr(session, field)
    if field == "total_cost" and sent == 1e300:
        assert isinstance(value, Decimal)
        return
    assert value == found


def test_a_broken_element_of_a_list_is_left_out() -> None:
    """The others stay, and in them whatever can be read."""
    good = example("session_221")["charging_periods"]
    odd = {
        "start_date_time": "2026-01-05T10:15:00Z",
        "dimensions": [
            {"type": "energy", "volume": "0.5"},
            {"type": None, "volume": 1},
            {"type": "POWER"},
            {"type": "WIND", "volume": 2},
            None,
            7,
        ],
    }
    periods = [good[0], "broken", {"dimensions": []}, None, odd]
    session = tolerant(
        wire.SESSION, raw(example("session_221", charging_periods=periods))
    )
    assert session is not None
    assert session.charging_periods is not None
    first, second = session.charging_periods
    kinds = [(one.type, one.volume) for one in second.dimensions]
    assert [one.volume for one in first.dimensions] == [1.75, 10.5]
    assert kinds == [(wire.DimensionType.ENERGY, 0.5), (wire.DimensionType.OTHER, 2)]


@pytest.mark.parametrize("field", ["id", "status"])
@pytest.mark.parametrize("value", [None, MISSING, [], {}, ""])
def test_without_a_required_field_there_is_no_object(field: str, value: Any) -> None:
    """Nothing can be made of it."""
    document = example("session_221", **{field: value})
    assert tolerant(wire.SESSION, raw(document)) is None or value == ""


@pytest.mark.parametrize("text", ["", "null", "[]", "7", "{", '"\\ud800"', "[" * 9999])
def test_what_is_no_object(text: str) -> None:
    """It is broken, and nothing more."""
    assert tolerant(wire.SESSION, msgspec.Raw(text.encode())) is None
    assert item(wire.SESSION, msgspec.Raw(text.encode())) is None


def test_numbers_too_large_for_a_float_cost_their_field_only() -> None:
    """Such as 1e400, which is valid JSON."""
    body = b'{"id":"A","status":"ACTIVE","kwh":1e400,"currency":"EUR"}'
    session = tolerant(wire.SESSION, msgspec.Raw(body))
    assert session is not None
    assert (session.kwh, session.currency) == (None, "EUR")


class Things(msgspec.Struct):
    """All kinds of fields."""

    flag: bool | None = None
    count: int | None = None
    choice: str | float | None = None
    table: dict[str, int] | None = None
    kind: wire.DimensionType | None = None
    at: datetime | None = None


@pytest.mark.parametrize(
    ("field", "sent", "found"),
    [
        ("flag", "True", True),
        ("flag", 0, False),
        ("flag", "perhaps", None),
        ("count", "7", 7),
        ("count", 7.0, 7),
        ("count", 7.5, None),
        ("choice", 5.1, "5.1"),
        ("choice", [], None),
        ("table", [], None),
        ("table", {"a": 1}, {"a": 1}),
        ("kind", "parking_time", wire.DimensionType.PARKING_TIME),
        ("kind", 7, None),
        ("at", "2026-01-05T10:00Z", datetime(2026, 1, 5, 10, tzinfo=UTC)),
    ],
)
def test_what_is_mended(field: str, sent: Any, found: Any) -> None:
    """A field of another type becomes what was meant, or its default."""
    thing = mended(Things, {field: sent, "more": 1})
    assert thing is not None
    assert getattr(thing, field) == found
    if field != "choice":
        assert converted(Things, {field: sent}) == thing


def test_a_type_that_nobody_can_mend_is_an_error_of_ours() -> None:
    """It is found by the first object that is broken."""

    class Odd(msgspec.Struct):
        value: set[int]

    with pytest.raises(TypeError):
        mended(Odd, {"value": [1]})


@pytest.mark.parametrize(
    ("decoder", "name"),
    [
        (wire.SESSION, "session_221"),
        (wire.SESSION, "session_211"),
        (wire.CDR, "cdr_221"),
        (wire.CDR, "cdr_211"),
        (wire.CREDENTIALS, "credentials"),
        (wire.TOKEN, "token"),
    ],
)
def test_nothing_that_names_a_driver_is_shown(
    decoder: msgspec.json.Decoder[Any], name: str
) -> None:
    """Neither tokens nor contracts reach a log by way of a representation."""
    if name == "token":
        document = example("command_start")["token"]
    else:
        document = example(name)
    found = tolerant(decoder, raw(document))
    assert found is not None
    shown = repr(found)
    for secret in ("APP-1", "C000001", "tokenB"):
        assert secret not in shown
    party = getattr(found, "cdr_token", None)
    assert "APP-1" not in repr(party)


def test_the_examples_of_versions_and_credentials() -> None:
    """As the fact sheet shows them (3, 4 and 12)."""
    details = tolerant(
        wire.VERSION_DETAILS,
        envelope(wire.ENVELOPE, bytes(raw(example("version_details")))).data,
    )
    assert details is not None
    assert details.endpoints is not None
    pairs = [(one.identifier, one.role) for one in details.endpoints]
    assert ("sessions", "SENDER") in pairs
    assert ("commands", "RECEIVER") in pairs
    credentials = tolerant(wire.CREDENTIALS, raw(example("credentials")))
    assert credentials is not None
    assert credentials.roles is not None
    assert [one.party_id for one in credentials.roles] == ["HAX"]
