"""Search and look-up of locations."""

import pytest

from .conftest import Serve
from .evnnovator_api import LAB, OFFICE, Gateway, gateway

BOTH = {"Example lab", "Example office"}
LAB_ONLY = {"Example lab"}
OFFICE_ONLY = {"Example office"}
NEAR_LAB = {"latitude": "12.9", "longitude": "77.7"}


@pytest.fixture
async def caller(serve: Serve) -> Gateway:
    """Return a customer of the gateway."""
    return await gateway(serve)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, BOTH),
        ({"sort_by": "lastModifiedDate"}, BOTH),
        ({"party_id": "AAA"}, LAB_ONLY),
        ({"party_id": "BBB", "country_code": "IN"}, OFFICE_ONLY),
        ({"country_code": "DE"}, set()),
        ({"search-text": "vadodara"}, OFFICE_ONLY),
        ({"power_type": "AC_1_PHASE"}, BOTH),
        ({"power_type": "DC"}, set()),
        ({"standard": "DOMESTIC_E"}, LAB_ONLY),
        ({"status": "CHARGING"}, OFFICE_ONLY),
        ({"status": "AVAILABLE"}, set()),
        ({"status": "BLOCKED"}, BOTH),
        (NEAR_LAB | {"distance": "10"}, LAB_ONLY),
        (NEAR_LAB | {"distance": "2000"}, BOTH),
        (NEAR_LAB | {"distance": "far"}, BOTH),
        (NEAR_LAB, BOTH),
    ],
)
async def test_filters(caller: Gateway, query: dict[str, str], names: set[str]) -> None:
    """Each filter of the documents narrows the search."""
    answer = await caller.get("/locations/search", params=query)
    assert answer.keys() == {"content"}
    assert {found["name"] for found in answer["content"]} == names


async def test_free_place_is_available(caller: Gateway) -> None:
    """Without a car a place is free, and a broken one is not."""
    caller.world.unplug(LAB)
    free = await caller.get("/locations/search", params={"status": "AVAILABLE"})
    assert {found["name"] for found in free["content"]} == LAB_ONLY
    caller.world.set_evse(LAB, state="faulted")
    assert (await caller.place(LAB))[1]["status"] == "OUTOFORDER"


async def test_pages(caller: Gateway) -> None:
    """As a switch the further members of a page are there and pages are cut."""
    caller.switch(page_members=True)
    whole = await caller.get("/locations/search")
    assert (whole["totalElements"], whole["totalPages"], whole["size"]) == (2, 1, 20)
    names = set()
    for number in (0, 1):
        query = {"page": str(number), "size": "1"}
        page = await caller.get("/locations/search", params=query)
        assert (page["first"], page["last"]) == (number == 0, number == 1)
        names |= {found["name"] for found in page["content"]}
    assert names == BOTH
    beyond = await caller.get("/locations/search", params={"page": "7"})
    assert beyond["empty"]


@pytest.mark.parametrize("evse", [LAB, OFFICE])
async def test_both_ids_lead_to_a_location(caller: Gateway, evse: str) -> None:
    """The gateway's id and the operator's id are both good."""
    location, _ = await caller.place(evse)
    assert await caller.data(f"/locations/{location['id']}") == location
    party, key = location["party_id"], location["location_id"]
    assert await caller.data(f"/locations/IN/{party}/{key}") == location
    assert await caller.status(f"/locations/{key}") == 404
    assert await caller.status(f"/locations/IN/CCC/{key}") == 404


async def test_only_known_operators_are_shown(caller: Gateway) -> None:
    """Stations of an operator that is not connected stay hidden."""
    caller.switch(flavours={})
    assert await caller.get("/locations/search") == {"content": []}
    assert await caller.status("/sessions/driver-1/latest") == 404
