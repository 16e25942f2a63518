"""What is left of OCPI's objects after redaction, in its names and in camel case."""

import json
from typing import Any

import pytest
from yarl import URL

from scripts.probing.lists import paged
from scripts.probing.providers import transport
from scripts.probing.redaction import Redactor
from scripts.probing.vocabulary import PAGED

from .test_redaction import redacted

TOKEN = {
    "uid": "04AABBCC",
    "contract_id": "NL-HAX-C000001-5",
    "auth_id": "NL-HAX-C000002-4",
    "visual_number": "NL 0815 4711",
    "issuer": "Ann's Home",
    "group_id": "FAMILY-1",
    "country_code": "NL",
    "party_id": "HAX",
    "type": "RFID",
    "whitelist": "ALWAYS",
    "valid": True,
}
SESSION = {
    "id": "SES-1",
    "cdr_token": TOKEN,
    "authorization_reference": "REF-0815",
    "location_id": "LOC-1",
    "evse_uid": "EVSE-1",
    "connector_id": "#NA",
    "meter_id": "METER-77",
    "kwh": 12.5,
    "status": "ACTIVE",
    "currency": "EUR",
    "start_date_time": "2026-01-05T10:00:00Z",
    "last_updated": "2026-01-05T10:25:00.123Z",
    "total_cost": {"excl_vat": 3.5, "incl_vat": 4.24},
    "charging_periods": [
        {
            "start_date_time": "2026-01-05T10:00:00Z",
            "dimensions": [{"type": "ENERGY", "volume": 12.5}],
            "tariff_id": "T1",
        }
    ],
}
STATION = {
    "name": "Ann's drive",
    "address": "Elm Street 1",
    "city": "Townsend",
    "postal_code": "1000 ZZ",
    "coordinates": {"latitude": "52.10000", "longitude": 5.1},
    "operator": {"name": "Volts & Co", "website": "https://volts.example.test"},
    "directions": [{"language": "en", "text": "Ring at Ann's"}],
    "images": [{"url": "https://volts.example.test/a.jpg", "category": "OWNER"}],
    "time_zone": "Europe/Amsterdam",
}
OTHERS = {
    "license_plate": "AB-123-C",
    "response_url": "https://ha.example.test/ocpi/commands/deadbeef",
    "token": "secret-token",
    "signed_data": {"public_key": "MIIB", "signed_values": [{"plain_data": "x;y"}]},
    "remark": "Ann pays",
    "invoice_reference_id": "INV-1",
    "status_message": "Hello Ann",
}


def camel(value: Any) -> Any:
    """Return a value with its keys in camel case."""
    if isinstance(value, dict):
        return {camel_key(key): camel(inner) for key, inner in value.items()}
    return [camel(one) for one in value] if isinstance(value, list) else value


def camel_key(key: str) -> str:
    """Return a key in camel case."""
    first, *rest = key.split("_")
    return first + "".join(one.capitalize() for one in rest)


def texts(value: Any) -> set[str]:
    """Return all leaves of a value as text."""
    if isinstance(value, dict):
        return {text for inner in value.values() for text in texts(inner)}
    if isinstance(value, list):
        return {text for inner in value for text in texts(inner)}
    return {str(value)}


SOMEBODYS = {
    *(text for text in texts(TOKEN) - {"RFID", "ALWAYS", "True"}),
    *(text for text in texts(STATION) - {"Europe/Amsterdam", "en"}),
    *texts(OTHERS),
    *("SES-1", "REF-0815", "LOC-1", "EVSE-1", "METER-77", "T1"),
}


@pytest.mark.parametrize("spelling", [lambda one: one, camel], ids=["ocpi", "camel"])
def test_driver_and_place_go(spelling: Any) -> None:
    """No value that is somebody's is left, not even inside another one."""
    body = spelling({"data": [{**SESSION, "location": STATION, **OTHERS}]})
    found = redacted(body)["response"]["body"]
    assert not SOMEBODYS & texts(found)
    text = json.dumps(found)
    assert not [one for one in SOMEBODYS if len(one) > 3 and one in text]


@pytest.mark.parametrize("spelling", [lambda one: one, camel], ids=["ocpi", "camel"])
def test_figures_stay(spelling: Any) -> None:
    """Energy, price, times and words are what a recording is for."""
    found = redacted(spelling(SESSION))["response"]["body"]
    for key in ("kwh", "status", "currency", "start_date_time", "last_updated"):
        assert found[camel_key(key) if spelling is camel else key] == SESSION[key]
    assert found[next(key for key in found if key.startswith("total"))] == spelling(
        SESSION["total_cost"]
    )
    (period,) = found[next(key for key in found if key.startswith("charging"))]
    assert period["dimensions"] == [{"type": "ENERGY", "volume": 12.5}]


def test_joins_are_kept() -> None:
    """A bill and its session still name the same start, contract and party."""
    known = {key: TOKEN[key] for key in ("contract_id", "party_id", "country_code")}
    known["authorization_reference"] = SESSION["authorization_reference"]
    found = redacted([known, camel(known)])["response"]["body"]
    assert list(found[0].values()) == list(found[1].values())
    assert not {*found[0].values()} & {*known.values(), "redacted"}


def test_no_id_stays_none() -> None:
    """What stands for an id that nobody knows does not become one."""
    found = redacted(SESSION)["response"]["body"]
    assert found["connector_id"] == "#NA"


@pytest.mark.parametrize(
    ("key", "value", "left"),
    [
        ("status", 2, 2),
        ("capabilities", [7, 12], [7, 12]),
        ("standard", 25, 25),
        ("status", 4512345678, 0),
        ("status", -1, 0),
        ("floor", 7, 0),
    ],
)
def test_numbers_of_words_stay(key: str, value: Any, left: Any) -> None:
    """Some send the number of a word; a large one is something else."""
    assert redacted({key: value})["response"]["body"] == {key: left}


@pytest.mark.parametrize(
    ("url", "left"),
    [
        (
            "https://charge.example.test/ocpi/2.2.1/sessions?code=hunter2",
            "/ocpi/2.2.1/sessions",
        ),
        ("/ocpi/cpo/2.2.1/sessions", "/ocpi/cpo/2.2.1/sessions"),
        (
            "https://volts.example.test/ocpi/2.2.1/sessions",
            "https://elsewhere.invalid/ocpi/2.2.1/sessions",
        ),
        ("https://[", "redacted"),
    ],
)
def test_addresses_lead_to_the_replay(url: str, left: str) -> None:
    """A host goes, and with it whatever a path or a query says of somebody."""
    endpoints = [{"identifier": "sessions", "role": "SENDER", "url": url}]
    found = redacted({"data": {"version": "2.2.1", "endpoints": endpoints}})
    data = found["response"]["body"]["data"]
    assert data["version"] == "2.2.1"
    assert data["endpoints"][0] == {**endpoints[0], "url": left}


def test_names_in_addresses_go() -> None:
    """Partners and modules of somebody are not named by where they are."""
    url = "https://charge.example.test/volts/hunter2/2.2.1/nlvlt-loyalty"
    endpoints = [{"identifier": "nlvlt-loyalty", "url": url}]
    found = redacted({"data": {"endpoints": endpoints}})["response"]["body"]["data"]
    one = found["endpoints"][0]
    assert one["url"].split("/")[3] == "2.2.1"
    assert not {"volts", "hunter2", "nlvlt-loyalty"} & {
        one["identifier"],
        *one["url"].split("/"),
    }
    assert one["url"].endswith(one["identifier"])


def page(path: str, rows: list[Any], **headers: str) -> transport.Exchange:
    """Return the exchange of a page, or of a redirect where it has no rows."""
    return transport.Exchange(
        method="GET",
        url=URL(f"https://charge.example.test{path}"),
        sent=None,
        status=200 if rows else 307,
        headers=headers,
        body=json.dumps({"data": rows, "status_code": 1000}).encode() if rows else b"",
    )


def test_spans_of_time_become_one_list() -> None:
    """Later states replace earlier ones; links and redirects belong to their list."""
    raw = [
        page("/ocpi/sessions?limit=2&date_from=2026-01-05", [], Location="/x?limit=2"),
        page("/x?limit=2", [row("a", 1), row("b", 1)], Link='</y/3?k=9>; rel="next"'),
        page("/y/3?k=9", [row("c", 1)]),
        page("/ocpi/sessions?limit=2&date_from=2026-01-01", [row("a", 2)]),
    ]
    redactor = Redactor()
    for one in raw:
        redactor.see(one)
    plain = [redactor.exchange(one) for one in raw]
    found = paged(raw, plain, PAGED["ocpi"])
    assert [one["request"]["path"] for one in found] == ["/ocpi/sessions"] * 2
    assert [one["request"]["query"] for one in found] == [{}, {"offset": "2"}]
    rows = [row for one in found for row in one["response"]["body"]["data"]]
    assert [row["kwh"] for row in rows] == [2, 1, 1]
    assert found[0]["response"]["headers"] == {
        "Link": '</ocpi/sessions?offset=2&limit=2>; rel="next"'
    }


def row(key: str, kwh: float) -> dict[str, Any]:
    """Return a session."""
    return {"country_code": "NL", "party_id": "XYZ", "id": key, "kwh": kwh}
