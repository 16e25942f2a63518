"""From locations of all versions to the model (fact sheet ocpi 9)."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.model import Connector, EvseStatus
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Mapper

from .mapping_support import MISSING, REALM, example, place, raw

KEY = "nl*xyz*loc-1"
FIRST, SECOND = f"{KEY}/evse-1", f"{KEY}/evse-2"


def with_evses(*evses: Any) -> dict[str, Any]:
    """Return a change of the example's EVSEs."""
    return {"evses": list(evses)}


def evse(**changes: Any) -> dict[str, Any]:
    """Return the first EVSE of the example, with changes."""
    first: dict[str, Any] = example("location_221")["evses"][0]
    return {**first, **changes}


def with_connector(**changes: Any) -> dict[str, Any]:
    """Return a location of one EVSE with one connector."""
    (connector,) = evse()["connectors"]
    found = {**connector, **changes}
    cleaned = {key: value for key, value in found.items() if value is not MISSING}
    return with_evses(evse(connectors=[cleaned]))


def test_the_example() -> None:
    """Everything that commands and entities need."""
    found = place()
    assert (found.key, found.location_id) == (KEY, "LOC-1")
    assert found.owner == ("nl", "xyz")
    assert found.zone == "Europe/Amsterdam"
    assert found.address == "Example street 1, 1000 AA Town"
    assert found.updated_at == datetime(2026, 1, 5, 10, 0, 5, tzinfo=UTC)
    assert found.point.name == "Example garage"
    assert found.point.coordinates == (52.1, 5.1)
    first, second = found.point.evses
    assert (first.id, second.id) == (FIRST, SECOND)
    assert first.identifier == "NL*XYZ*E0001*1"
    assert (first.status, second.status) == (EvseStatus.AVAILABLE, EvseStatus.OCCUPIED)
    assert (first.max_power_kw, second.max_power_kw) == (22.0, 50.0)
    assert (first.current_type, second.current_type) == ("ac", "dc")
    assert first.connectors == (
        Connector(type="IEC_62196_T2", format="SOCKET", power_type="AC_3_PHASE"),
    )
    assert (first.unlocks, first.prefers) == (True, True)
    assert (second.unlocks, second.prefers) == (False, False)
    assert found.raw_status == {FIRST: "available", SECOND: "charging"}
    assert found.evse_uids == {FIRST: "EVSE-1", SECOND: "EVSE-2"}
    assert found.connector_ids == {FIRST: ("1",), SECOND: ("1",)}
    assert found.connector_required == {FIRST}
    assert found.tariff_ids == {FIRST: ("T1", "T2"), SECOND: ("T1",)}


def test_a_location_of_2_1_1() -> None:
    """It has no owner, and other names for volts, amperes and the tariff."""
    found = Mapper(REALM).location(raw(example("session_211")["location"]))
    assert found is not None
    assert (found.key, found.owner, found.zone) == ("loc-1", None, None)
    (only,) = found.point.evses
    assert only.max_power_kw == pytest.approx(11.04)
    assert found.tariff_ids == {"loc-1/evse-1": ("T1",)}


STATUSES: dict[Any, EvseStatus | None] = {
    "AVAILABLE": EvseStatus.AVAILABLE,
    "BLOCKED": EvseStatus.UNAVAILABLE,
    "CHARGING": EvseStatus.OCCUPIED,
    "INOPERATIVE": EvseStatus.UNAVAILABLE,
    "OUTOFORDER": EvseStatus.FAULTED,
    "RESERVED": EvseStatus.RESERVED,
    "UNKNOWN": None,
    "Out_Of_Order": EvseStatus.FAULTED,
    "LEVITATING": None,
    None: None,
    "": None,
    7: None,
}


@pytest.mark.parametrize("status", STATUSES)
def test_statuses(status: Any) -> None:
    """All of them, in any case; an unknown one is told of."""
    mapper = Mapper(REALM)
    found = place(mapper, **with_evses(evse(status=status)))
    assert found.point.evses[0].status is STATUSES[status]
    odd = {"LEVITATING": {"EVSE status levitating"}, 7: {"EVSE status 7"}}
    assert mapper.unknown == odd.get(status, set())


@pytest.mark.parametrize("status", ["PLANNED", "REMOVED", "removed"])
def test_what_is_not_there_is_left_out(status: str) -> None:
    """And a location with nothing else too."""
    gone = evse(status=status, uid="GONE")
    assert [one.id for one in place(**with_evses(gone, evse())).point.evses] == [FIRST]
    document = example("location_221", **with_evses(gone))
    assert Mapper(REALM).location(raw(document)) is None


@pytest.mark.parametrize("evses", [None, [], "x", [{}], [None], [{"uid": "#NA"}]])
def test_a_location_without_an_evse(evses: Any) -> None:
    """Nothing can be done at it."""
    assert Mapper(REALM).location(raw(example("location_221", evses=evses))) is None


@pytest.mark.parametrize("identity", [None, MISSING, "", "#NA", [], {}])
def test_a_location_without_an_id(identity: Any) -> None:
    """It is broken."""
    document = example("location_221", id=identity)
    assert Mapper(REALM).location(raw(document)) is None


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z", "new"),
        ("2026-01-05T11:00:00Z", "2026-01-05T10:00:00Z", "old"),
        ("2026-01-05T11:00:00Z", None, "old"),
        (None, "2026-01-05T10:00:00Z", "new"),
        (None, None, "new"),
    ],
)
def test_an_evse_that_is_listed_twice(
    old: str | None, new: str | None, kept: str
) -> None:
    """The newer one is meant; those with another uid are others (17, 29)."""
    found = place(
        **with_evses(
            evse(evse_id="old", last_updated=old),
            evse(uid="evse-1", evse_id="new", last_updated=new),
            evse(uid="EVSE-9", evse_id="old"),
        )
    )
    assert [one.identifier for one in found.point.evses] == [kept, "old"]


@pytest.mark.parametrize(
    ("latitude", "longitude", "position"),
    [
        ("52.1", "5.1", (52.1, 5.1)),
        (52.1, 5.1, (52.1, 5.1)),
        ("-33.9", "151.2", (-33.9, 151.2)),
        ("151.2", "-33.9", None),
        ("52.1", "190", None),
        ("-91", "5.1", None),
        ("0", "0", None),
        ("0.0", 0, None),
        ("0", "5.1", (0.0, 5.1)),
        ("string", "string", None),
        ("", None, None),
        ("NaN", "5.1", None),
    ],
)
def test_positions(
    latitude: Any, longitude: Any, position: tuple[float, float] | None
) -> None:
    """Text or number; what is nowhere, or swapped, is not known (9)."""
    found = place(coordinates={"latitude": latitude, "longitude": longitude})
    assert found.point.coordinates == position


@pytest.mark.parametrize("coordinates", [None, [], "52,5", {}, {"latitude": "52"}])
def test_no_position(coordinates: Any) -> None:
    """It costs itself only."""
    assert place(coordinates=coordinates).point.coordinates is None


NAMES: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({}, "Example garage"),
    "address": ({"name": None}, "Example street 1, 1000 AA Town"),
    "no-code": ({"name": "", "postal_code": ""}, "Example street 1, Town"),
    "only-town": ({"name": None, "postal_code": None, "address": "#NA"}, "Town"),
    "nothing": (
        {"name": None, "address": None, "city": None, "postal_code": None},
        "LOC-1",
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str) -> None:
    """By its name, else by where it is, else by its id."""
    changes, expected = NAMES[name]
    assert place(**changes).point.name == expected


@pytest.mark.parametrize(
    ("changes", "power"),
    [
        ({}, 22.0),
        ({"max_electric_power": None}, 22.08),
        ({"max_electric_power": 0}, 22.08),
        ({"max_electric_power": "11000"}, 11.0),
        ({"max_electric_power": -5}, 22.08),
        ({"max_electric_power": None, "power_type": "AC_1_PHASE"}, 7.36),
        ({"max_electric_power": None, "power_type": "AC_2_PHASE"}, 14.72),
        ({"max_electric_power": None, "power_type": "AC_2_PHASE_SPLIT"}, 14.72),
        ({"max_electric_power": None, "power_type": "DC"}, 7.36),
        ({"max_electric_power": None, "power_type": "ac_3_phase"}, 22.08),
        ({"max_electric_power": None, "power_type": None}, 7.36),
        ({"max_electric_power": None, "max_voltage": None}, None),
        ({"max_electric_power": None, "max_voltage": 0}, None),
        (
            {
                "max_electric_power": None,
                "max_voltage": None,
                "max_amperage": None,
                "voltage": 230,
                "amperage": 16,
            },
            11.04,
        ),
        ({"max_electric_power": 1e300}, 22.08),
        ({"max_electric_power": None, "max_voltage": 1e12}, None),
    ],
)
def test_the_power_of_a_connector(changes: dict[str, Any], power: float | None) -> None:
    """As it was sent, else of volts, amperes and phases (9); 0 stands for unknown."""
    (found,) = place(**with_connector(**changes)).point.evses
    assert found.max_power_kw == (None if power is None else pytest.approx(power))


def test_an_evse_with_several_connectors() -> None:
    """The most powerful counts; both kinds of current are none in particular."""
    (connector,) = evse()["connectors"]
    second = {**connector, "id": "2", "power_type": "DC", "max_electric_power": 50_000}
    third = {"id": None, "tariff_id": "T9", "tariff_ids": None}
    found = place(**with_evses(evse(connectors=[connector, second, third, None, 7])))
    (only,) = found.point.evses
    assert only.max_power_kw == 50.0
    assert only.current_type is None
    assert found.connector_ids == {FIRST: ("1", "2")}
    assert found.tariff_ids == {FIRST: ("T1", "T2", "T9")}


def test_words_of_another_version() -> None:
    """They stay as they were sent (17, 20)."""
    (found,) = place(**with_connector(standard="MCS", format="cable")).point.evses
    assert found.connectors[0].type == "MCS"
    assert found.connectors[0].format == "cable"


def test_the_bare_minimum() -> None:
    """An id and an EVSE with an id (17, 15)."""
    found = Mapper(REALM).location(raw({"id": 7, "evses": [{"uid": 1}]}))
    assert found is not None
    assert (found.key, found.point.name) == ("7", "7")
    (only,) = found.point.evses
    assert (only.id, only.identifier, only.status) == ("7/1", "1", None)
    assert found.raw_status == {}


def test_null_is_absent() -> None:
    """All that is optional may be there as null (17, 14)."""
    bare = {"id": "L", "evses": [{"uid": "E"}]}
    nulls = {
        **dict.fromkeys(example("location_221")),
        "id": "L",
        "evses": [{**dict.fromkeys(evse()), "uid": "E"}],
    }
    mapper = Mapper(REALM)
    assert mapper.location(raw(bare)) == mapper.location(raw(nulls)) is not None
