"""eMabler's dialect comes out as OCPI, however names and words are written."""

from collections.abc import Iterator
from copy import deepcopy
from hashlib import sha256
import json
from typing import Any

from hypothesis import given, settings as hypothesis_settings, strategies as st
import pytest

from custom_components.ev_charging_cloud.providers.emabler.dialect import Dialect, snake

from ..support import FIXTURES
from .support import CANONICAL, DOCUMENTED, mixed, with_names, with_texts

DOCUMENTS = FIXTURES / "documents"
KINDS = ["session", "location", "tariff", "cdr", "token", "command", "evse", "other"]


def ours(kind: str, source: Any) -> Any:
    """Translate with a dialect that saw nothing before."""
    return Dialect()(kind, source)


@pytest.mark.parametrize(
    "source",
    [DOCUMENTED, with_texts(), with_names(), CANONICAL, mixed()],
    ids=["numbers", "texts", "names", "standard", "mixed"],
)
def test_five_renderings_of_one_session(source: Any) -> None:
    """All five are the session that is written by hand; none is changed by it."""
    before = deepcopy(source)
    assert ours("session", source) == CANONICAL
    assert source == before


def test_the_renderings_differ() -> None:
    """Otherwise the test before shows nothing."""
    found = [DOCUMENTED, with_texts(), with_names(), CANONICAL, mixed()]
    assert len({json.dumps(one) for one in found}) == 5


@pytest.mark.parametrize("name", ["emabler-ocpi-sessions.txt", "emabler_sessions.json"])
def test_the_document_is_unchanged(name: str) -> None:
    """It is what the fact sheet was written from."""
    lines = (DOCUMENTS / "SHA256SUMS").read_text().splitlines()
    sums = {line.split()[1]: line.split()[0] for line in lines}
    assert sha256((DOCUMENTS / name).read_bytes()).hexdigest() == sums[name]


def document() -> Any:
    """Return the one session of the document."""
    answer = json.loads((DOCUMENTS / "emabler_sessions.json").read_bytes())
    (session,) = answer["data"]
    return session


def test_the_names_of_the_document() -> None:
    """All of its fields, as OCPI 2.1.1 writes them."""
    session = ours("session", document())
    assert set(session) == {
        *("id", "start_datetime", "end_datetime", "kwh", "auth_id", "auth_method"),
        *("location", "meter_id", "currency", "charging_periods", "total_cost"),
        *("status", "last_updated"),
    }
    place = session["location"]
    assert set(place) == {
        *("id", "type", "name", "address", "city", "postal_code", "country"),
        *("coordinates", "related_locations", "evses", "directions", "operator"),
        *("suboperator", "owner", "facilities", "time_zone", "opening_times"),
        *("charging_when_closed", "images", "energy_mix", "last_updated"),
    }
    assert set(place["opening_times"]) == {
        *("twentyfourseven", "regular_hours"),
        *("exceptional_openings", "exceptional_closings"),
    }
    assert set(place["opening_times"]["regular_hours"][0]) == {
        *("weekday", "period_begin", "period_end"),
    }
    assert set(place["energy_mix"]) == {
        *("is_green_energy", "energy_sources", "environ_impact"),
        *("supplier_name", "energy_product_name"),
    }
    (evse,) = place["evses"]
    assert set(evse) == {
        *("uid", "evse_id", "status", "status_schedule", "capabilities", "connectors"),
        *("floor_level", "coordinates", "physical_reference", "directions"),
        *("parking_restrictions", "images", "last_updated"),
    }
    assert set(evse["status_schedule"][0]) == {"period_begin", "period_end", "status"}
    assert set(evse["connectors"][0]) == {
        *("id", "standard", "format", "power_type", "voltage", "amperage"),
        *("tariff_id", "terms_and_conditions", "last_updated"),
    }
    (period,) = session["charging_periods"]
    assert set(period) == {"start_date_time", "dimensions", "tariff_id"}


def test_the_words_of_the_document() -> None:
    """A connector of which nothing was set is of no known kind; the rest is first."""
    session = ours("session", document())
    assert (session["status"], session["auth_method"]) == ("ACTIVE", "AUTH_REQUEST")
    place = session["location"]
    assert (place["type"], place["facilities"]) == ("ALONG_MOTORWAY", ["HOTEL"])
    assert place["operator"]["logo"]["category"] == "CHARGER"
    assert place["operator"]["logo"]["type"] == "string"
    assert place["energy_mix"]["energy_sources"][0]["source"] == "NUCLEAR"
    assert place["energy_mix"]["environ_impact"][0]["source"] == "NUCLEAR_WASTE"
    (evse,) = place["evses"]
    assert evse["status"] == evse["status_schedule"][0]["status"] == "AVAILABLE"
    assert evse["capabilities"] == ["CHARGING_PROFILE_CAPABLE"]
    assert evse["parking_restrictions"] == ["EV_ONLY"]
    (connector,) = evse["connectors"]
    assert connector["standard"] is connector["power_type"] is None
    assert connector["format"] == "SOCKET"
    (dimension,) = session["charging_periods"][0]["dimensions"]
    assert dimension == {"type": "CURRENT", "volume": 0}


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("startDatetime", "start_datetime"),
        ("startDateTime", "start_date_time"),
        ("StartDateTime", "start_date_time"),
        ("start_date_time", "start_date_time"),
        ("evseId", "evse_id"),
        ("evseUID", "evse_uid"),
        ("evseUIDList", "evse_uid_list"),
        ("EVSE_UID", "evse_uid"),
        ("twentyfourseven", "twentyfourseven"),
        ("twentyFourSeven", "twentyfourseven"),
        ("maxVoltage", "max_voltage"),
        ("exclVat", "excl_vat"),
        ("x-ms-visibility", "x-ms-visibility"),
        ("Größe", "Größe"),
        ("_etag", "_etag"),
        ("", ""),
    ],
)
def test_names_of_fields(spelling: str, name: str) -> None:
    """Humps become underscores; what is no name stays as it is."""
    assert snake(spelling) == Dialect.snake(spelling) == name
    assert snake(name) == name


def test_a_session_of_the_newer_page() -> None:
    """The fields that only OCPI 2.2.1 has."""
    source = {
        "countryCode": "FI",
        "partyId": "XYZ",
        "startDateTime": "2026-01-05T10:00:00Z",
        "cdrToken": {"uid": "U", "type": 3, "contractId": "C", "countryCode": "FI"},
        "authorizationReference": "R",
        "evseUid": "E",
        "totalCost": {"exclVat": 1.26, "inclVat": 1.5624},
        "status": 4,
    }
    assert ours("session", source) == {
        "country_code": "FI",
        "party_id": "XYZ",
        "start_date_time": "2026-01-05T10:00:00Z",
        "cdr_token": {
            "uid": "U",
            "type": "RFID",
            "contract_id": "C",
            "country_code": "FI",
        },
        "authorization_reference": "R",
        "evse_uid": "E",
        "total_cost": {"excl_vat": 1.26, "incl_vat": 1.5624},
        "status": "RESERVATION",
    }


def test_the_end_of_a_session_that_says_active_is_left_to_others() -> None:
    """Whether it is over is decided in one place, for all of OCPI."""
    source = {"status": 0, "endDatetime": "2026-01-05T10:25:00Z"}
    assert ours("session", source)["status"] == "ACTIVE"


@pytest.mark.parametrize(
    "status", [True, None, 1.5, [], {}, {"a": 1}, "", "Levitating"]
)
def test_what_is_no_word_of_the_enumeration_passes(status: Any) -> None:
    """Nothing is made of it here."""
    assert ours("session", {"status": status}) == {"status": status}


@pytest.mark.parametrize(
    ("status", "word"),
    [(5, "5"), (-1, "-1"), ("7", "7"), (10**12, 10**12), (2.0, "INVALID")],
)
def test_numbers_outside_of_the_enumeration(status: Any, word: Any) -> None:
    """They are unknown words, which do not cost the session."""
    assert ours("session", {"status": status}) == {"status": word}


def test_what_is_not_known_is_not_lost() -> None:
    """Unknown fields keep their values, down to the last name."""
    source = {"newField": [{"innerField": 1, "status": 3}], "$odd": {"aB": [None]}}
    assert ours("session", source) == {
        "new_field": [{"inner_field": 1, "status": 3}],
        "$odd": {"a_b": [None]},
    }


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ({"evseId": "a", "evse_id": "b"}, "b"),
        ({"evse_id": "b", "evseId": "a"}, "b"),
        ({"evse_id": None, "evseId": "a"}, "a"),
        ({"evseId": "a", "evse_id": None}, "a"),
        ({"evseId": "a", "EvseId": "c"}, "a"),
    ],
)
def test_one_field_in_two_spellings(source: Any, value: str) -> None:
    """The standard's own is taken, unless it is empty."""
    assert ours("evse", source) == {"evse_id": value}


def test_lists_of_objects() -> None:
    """A kind stands for a list of its objects too."""
    assert ours("session", [{"status": 1}, 7]) == [{"status": "COMPLETED"}, 7]


def test_very_deep_nesting_passes() -> None:
    """No answer can exhaust the stack."""
    source: Any = 1
    for _ in range(900):
        source = {"evseId": [source]}
    assert list(ours("session", source)) == ["evse_id"]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the path of every value inside an object."""
    yield path
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in inside:
            yield from paths(item, (*path, key))


def changed(path: tuple[Any, ...], value: Any) -> Any:
    """Return the document's session with one value changed."""
    session = document()
    holder = session
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return session


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -1,
        0,
        4,
        41,
        2.5,
        1e300,
        10**30,
        -(10**30),
        "",
        "4",
        "DC",
        [],
        {},
        [None],
        [{}],
    ],
    ids=str,
)
def test_any_value_anywhere_in_the_document(value: Any) -> None:
    """Whatever stands in one place, nothing raises and the source stays."""
    for path in filter(None, paths(document())):
        source = changed(path, value)
        before = deepcopy(source)
        once = ours("session", source)
        assert source == before
        assert ours("session", once) == once
        assert set(once) == set(ours("session", document()))


FIELDS = sorted(
    {
        *("standard", "powerType", "power_type", "capabilities", "type", "volume"),
        *("connectors", "evses", "location", "status", "chargingPeriods", "dimensions"),
        *("voltage", "max_voltage", "amperage", "kwh", "totalTime", "cdr_location"),
        *("connectorStandard", "connector_power_type", "tariffs", "elements"),
        *("price_components", "restrictions", "dayOfWeek", "cdrToken", "images"),
    }
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-1, 41)
    | st.integers(0, 41).map(str)
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(
        ["ENERGY", "AC_3_PHASE", "Ac3Phase", "IEC_62196_T2", "DC", "1e400"]
    )
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(), inner, max_size=5)
    ),
    max_leaves=40,
)


@hypothesis_settings(deadline=None)
@given(kind=st.sampled_from(KINDS), source=JSON)
def test_whatever_json_holds(kind: str, source: Any) -> None:
    """Nothing raises, the source stays, and a second time changes nothing."""
    before = deepcopy(source)
    once = ours(kind, source)
    assert source == before
    assert ours(kind, once) == once


@hypothesis_settings(deadline=None)
@given(
    source=JSON, kind=st.sampled_from(KINDS), order=st.sampled_from(["2.2.1", "2.2"])
)
def test_whatever_json_holds_in_a_known_order(
    source: Any, kind: str, order: str
) -> None:
    """As before, where the order of the numbers was chosen."""
    once = Dialect(order)(kind, source)
    assert Dialect(order)(kind, once) == once


def test_the_standards_own_writing_is_not_changed() -> None:
    """Translating twice is translating once, with a dialect that learned meanwhile."""
    dialect = Dialect()
    once = dialect("session", DOCUMENTED)
    assert dialect("session", once) == once == CANONICAL
