"""Where a session is, by what it is called, and whose (fact sheet ocpi 8 and design 2)."""

from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.decoding import tolerant
from custom_components.ev_charging_cloud.providers.model import Ownership
from custom_components.ev_charging_cloud.providers.ocpi import wire
from custom_components.ev_charging_cloud.providers.ocpi.mapping import Own
from custom_components.ev_charging_cloud.providers.ocpi.mapping.drivers import driver_of

from .mapping_support import MISSING, VERSIONS, example, raw, reading

MINE = Own(
    tokens=frozenset({"app-1", "nl-hax-c000001-5"}),
    references=frozenset({"ha-7f3a"}),
    party=("nl", "hax"),
)


def test_names_without_case_or_value() -> None:
    """Compared without case, shown as received; #NA stands for none (2, 7, 17, 10)."""
    found = reading(
        country_code="nl",
        party_id="xYz",
        id="ses-0001",
        location_id="LoC-1",
        evse_uid="#na",
        connector_id="#NA",
        authorization_reference="#NA",
    )
    assert found.session.key == reading().session.key
    assert found.session.evse_id is None
    assert found.location_id == "LoC-1"
    assert found.evse_uid is found.connector_id is found.reference is None
    same = reading(location_id="LOC-1", evse_uid="evse-1")
    assert same.session.evse_id == reading().session.evse_id


def test_a_number_as_id() -> None:
    """It is a name like any other (17, 22)."""
    found = reading(id=7, evse_uid=12)
    assert found.session.key == "ocpi/nl/xyz/7"
    assert found.session.evse_id == "nl*xyz*loc-1/12"


@pytest.mark.parametrize("missing", ["country_code", "party_id"])
def test_without_an_owner_only_the_id_counts(missing: str) -> None:
    """As in 2.1.1, where the owner is the party of the connection."""
    changes: dict[str, Any] = {missing: MISSING}
    found = reading(**changes)
    assert found.owner is None
    assert found.session.key == "ocpi/ses-0001"
    assert found.session.evse_id == "loc-1/evse-1"


def evses(*names: str) -> dict[str, Any]:
    """Return the location of the 2.1.1 example with other EVSEs."""
    location: dict[str, Any] = example("session_211")["location"]
    (evse,) = location["evses"]
    location["evses"] = [{**evse, "uid": name} for name in names]
    return location


@pytest.mark.parametrize(
    ("names", "evse_id", "count"),
    [
        (("EVSE-1",), "loc-1/evse-1", 1),
        (("EVSE-1", "EVSE-2"), None, 2),
        ((), None, 0),
    ],
)
def test_a_whole_location_tells_the_evse_only_where_it_has_one(
    names: tuple[str, ...], evse_id: str | None, count: int
) -> None:
    """The location itself is known in any case (17, 16)."""
    found = reading("211", location=evses(*names))
    assert found.session.evse_id == evse_id
    assert found.location is not None
    assert len(found.location.point.evses) == count
    assert found.location.key == "loc-1"


def test_ids_beside_a_whole_location() -> None:
    """A mixture of two versions is read field by field (1)."""
    found = reading(
        "211", location=evses("A", "B"), evse_uid="b", country_code="NL", party_id="XYZ"
    )
    assert found.session.evse_id == "nl*xyz*loc-1/b"
    assert found.location is not None
    assert found.location.key == "nl*xyz*loc-1"
    assert found.session.evse_identifier == "NL*XYZ*E0001*1"


@pytest.mark.parametrize("location", [None, {}, [], "x", {"id": None}, {"id": "#NA"}])
def test_a_location_that_cannot_be_read(location: Any) -> None:
    """It costs itself only."""
    found = reading("211", location=location)
    assert found.location is None
    assert found.session.evse_id is None
    assert found.session.energy_kwh == 3.25


OTHER_TOKEN = {
    "country_code": "NL",
    "party_id": "HAX",
    "uid": "APP-9",
    "type": "RFID",
    "contract_id": "NL-HAX-C000009-5",
}
THEIRS = {**OTHER_TOKEN, "party_id": "OTH"}
WHOSE: dict[str, tuple[dict[str, Any], Own, Ownership, bool]] = {
    "uid": ({}, Own(tokens=frozenset({"app-1"})), Ownership.OWN, False),
    "contract": ({}, Own(tokens=frozenset({"nl-hax-c000001-5"})), Ownership.OWN, False),
    "other": ({"cdr_token": OTHER_TOKEN}, MINE, Ownership.OWN, False),
    "other-driver": (
        {"cdr_token": OTHER_TOKEN, "authorization_reference": None},
        MINE,
        Ownership.FOREIGN,
        False,
    ),
    "other-party": (
        {"cdr_token": THEIRS, "authorization_reference": "x"},
        MINE,
        Ownership.FOREIGN,
        True,
    ),
    "our-start": ({"cdr_token": THEIRS}, MINE, Ownership.OWN, False),
    "no-tokens-known": ({}, Own(party=("nl", "hax")), Ownership.UNKNOWN, False),
    "party-unknown": (
        {"cdr_token": THEIRS, "authorization_reference": None},
        Own(),
        Ownership.UNKNOWN,
        False,
    ),
    "no-token": (
        {"cdr_token": None, "authorization_reference": None},
        MINE,
        Ownership.UNKNOWN,
        False,
    ),
    "no-party": (
        {"cdr_token": {"uid": "APP-9"}, "authorization_reference": None},
        MINE,
        Ownership.FOREIGN,
        False,
    ),
}


@pytest.mark.parametrize("name", WHOSE)
def test_whose_a_session_is(name: str) -> None:
    """Own by a token or by our own reference; another party's is not for us."""
    changes, own, ownership, foreign = WHOSE[name]
    found = reading(own=own, **changes)
    assert found.session.ownership is ownership
    assert found.foreign is foreign


def test_whose_a_session_of_2_1_1_is() -> None:
    """There the contract is the only name."""
    assert reading("211", own=MINE).session.ownership is Ownership.OWN
    other = reading("211", own=MINE, auth_id="NL-HAX-C000009-5")
    assert other.session.ownership is Ownership.FOREIGN
    assert other.foreign is False


@pytest.mark.parametrize("version", VERSIONS)
def test_nobodys_token_is_shown(version: str) -> None:
    """Neither by a reading nor by what is ours."""
    shown = repr(reading(version, own=MINE)) + repr(MINE)
    shown += repr(reading(version).session)
    assert "app-1" not in shown.lower()
    assert "c000001" not in shown.lower()


def test_a_driver_is_not_shown() -> None:
    """Not even by what only the mapping sees."""
    source = tolerant(wire.SESSION, raw(example("session_221")))
    assert source is not None
    driver = driver_of(source, None, MINE)
    assert driver.token == "app-1"
    assert "app-1" not in repr(driver)
