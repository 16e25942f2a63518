"""What is left of an exchange after redaction."""

import json
from typing import Any

from hypothesis import given, strategies as st
import pytest
from yarl import URL

from scripts.probing.providers import transport
from scripts.probing.redaction import Redactor

SECRETS = {"email": "ann@example.test", "ownerName": "Ann", "phone": 4512345678}
HARMLESS = {
    "status": "suspended",
    "startedAt": "2025-03-30T14:33:49+00:00",
    "totalAmount": 19.6,
    "allowed_max_power_kw": "11.1",
    "currency": {"code": "DKK"},
    "state": "charging@price|-7.0E-5&markup|1",
    "connectors": [{"name": "Type 2", "format": "cable"}],
    "isPersonal": True,
    "stoppedAt": None,
}


def redacted(body: Any, path: str = "/api/v1/app/profile", **changes: Any) -> Any:
    """Return what a recording holds of an exchange."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    exchange = transport.Exchange(
        method="GET",
        url=URL(f"https://charge.example.test{path}"),
        sent=changes.get("sent"),
        status=200,
        headers=changes.get("headers", {}),
        body=raw,
    )
    redactor = Redactor()
    redactor.see(exchange)
    return redactor.exchange(exchange)


def test_harmless_values_stay() -> None:
    """What the model is made of is not touched."""
    assert redacted(HARMLESS)["response"]["body"] == HARMLESS


def test_everything_else_goes() -> None:
    """Nobody has to foresee a field for it to be taken out."""
    found = redacted(SECRETS)["response"]["body"]
    assert found == {"email": "redacted", "ownerName": "redacted", "phone": 0}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("status", "Ann lives at no. 5, call her!"),
        ("state", "texas"),
        ("startedAt", "yesterday at Ann's"),
        ("code", "ann"),
        ("allowed_max_power_kw", "Ann"),
        ("name", "Type 2"),
    ],
)
def test_known_key_with_another_shape_goes(key: str, value: str) -> None:
    """A key alone does not make a value harmless."""
    assert redacted({key: value})["response"]["body"] == {key: "redacted"}


def test_ids_are_the_same_everywhere() -> None:
    """Text, number, list and path agree on what stands for an id."""
    found = redacted(
        {"id": "900001", "tariffId": 900001, "subscriptionPlanIds": ["900001"]},
        path="/api/v1/app/session/900001?withTaxName=1&start_date=2025-03-30",
        sent={"evseId": "900001"},
    )
    body, request = found["response"]["body"], found["request"]
    fake = body["id"]
    assert fake != "900001"
    assert fake.isdecimal()
    assert len(fake) == 6
    assert body == {"id": fake, "tariffId": int(fake), "subscriptionPlanIds": [fake]}
    assert request["path"] == f"/api/v1/app/session/{fake}"
    assert request["query"] == {"withTaxName": "1"}
    assert request["body"] == {"evseId": fake}


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("/api/ocpi/api/v1/sessions/latest/latest", 6),
        ("/api/ocpi/api/v1/sessions/search", 6),
        ("/api/ocpi/api/v1/sessions/Ann%2Flatest/latest", 6),
        ("/api/ocpi/api/v1/whitelist/driver/ann@example.test", 7),
        ("/api/ocpi/api/v1/whitelist/driver/v1/location/22", 7),
        ("/api/ocpi/api/v1/whitelist/driver/22/location/api", 9),
        ("/v1/chargerStatus/chargers/active/connectors/1/availabilityStatus", 4),
    ],
)
def test_what_follows_a_collection_is_an_id(path: str, at: int) -> None:
    """An id may look like a word that is kept elsewhere."""
    parts = path.split("/")
    found = redacted({}, path=path)["request"]["path"].split("/")
    assert len(found) == len(parts)
    assert found[at] != parts[at]
    assert found[:4] == parts[:4]


def test_case_is_kept_apart_and_together() -> None:
    """Ids that differ in case only still do, and nothing else."""
    body = {"uid": "AB12-cd", "evseId": "ab12-CD", "token_uid": "x9", "idTag": "T1"}
    found = redacted(body)["response"]["body"]
    assert found["uid"].lower() == found["evseId"].lower()
    assert found["uid"] != found["evseId"]
    assert not set(found.values()) & set(body.values())


def test_plain_text_that_is_sent_goes() -> None:
    """A driver's id is sent as it is, without a key that names it."""
    path = "/api/ocpi/api/v1/whitelist/driver"
    request = redacted({}, path=path, sent="driver-1")["request"]
    assert (request["path"], request["body"]) == (path, "redacted")


def test_parameters_are_chosen() -> None:
    """Places stay apart, words that were searched for do not stay."""
    path = "/v1/sessionReports?chargerId=CH-1&connectorId=1&page=2&from=2026-01-05"
    query = redacted({}, path=f"{path}&search-text=Ann")["request"]["query"]
    assert query.keys() == {"chargerId", "connectorId", "page"}
    assert query["page"] == "2"
    assert query["chargerId"] != "CH-1"


def test_id_that_is_a_key_goes() -> None:
    """A table by id does not give the ids away."""
    (key,) = redacted({"900001": {"power": 5}})["response"]["body"]
    assert key != "900001"


def test_headers_are_chosen() -> None:
    """What names the account or its session with the server is left out."""
    headers = {
        "Content-Type": "application/json",
        "Retry-After": "30",
        "Set-Cookie": "session=1",
        "x-req-trace-id": "Root=1-2",
        "Location": "https://login.example.test/?token=1",
    }
    assert redacted({}, headers=headers)["response"]["headers"] == {
        "Content-Type": "application/json",
        "Retry-After": "30",
    }


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b"", None),
        (b"<html>Ann</html>", "redacted"),
        (b'{"ann": NaN}', "redacted"),
        (b'"Ann"', "redacted"),
        (b"[" * 100_000, "redacted"),
        (b"\xff\xfe\x00", "redacted"),
    ],
    ids=["empty", "html", "nan", "text", "nested", "bytes"],
)
def test_bodies_that_are_no_objects(body: bytes, left: str | None) -> None:
    """An answer of another kind is recorded as such, without its text."""
    assert redacted(body)["response"]["body"] == left


@pytest.mark.parametrize(
    ("message", "left"),
    [
        ("The route api/v1/app/session/active could not be found.", "redacted route"),
        ("Ann has no active session.", "redacted"),
    ],
)
def test_missing_route_stays_known(message: str, left: str) -> None:
    """A replay must not offer a call that the operator does not have."""
    assert redacted({"message": message})["response"]["body"] == {"message": left}


IDS = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1)


@given(st.lists(IDS, unique=True, max_size=40))
def test_no_two_ids_become_one(ids: list[str]) -> None:
    """Different things stay different, and nothing keeps a real id."""
    found = redacted([{"id": one} for one in ids])["response"]["body"]
    fakes = [one["id"] for one in found]
    assert len(set(fakes)) == len(ids)
    assert not set(fakes) & set(ids)
