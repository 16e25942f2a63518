"""Finding a place to charge at."""

from copy import deepcopy
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.errors import ResponseError
from custom_components.ev_charging_cloud.providers.model import Connector, Location

from .support import account, document, example

PATH = "locations/search"


async def found_by(content: Any, text: str = "mall road") -> tuple[Location, ...]:
    """Search where the gateway has an answer."""
    body = content if isinstance(content, bytes) else {"content": content}
    async with account({PATH: body}) as opened:
        return await opened.provider.search(text)


async def test_a_search_sends_the_text() -> None:
    """As the fact sheet names it."""
    async with account({PATH: example("search")}) as opened:
        await opened.provider.search("Ring & Road")
        (sent,) = opened.gateway.seen
    assert sent.query == {"search-text": "Ring & Road"}


async def test_the_fact_sheets_location() -> None:
    """With what a start needs: the gateway's id and the EVSE's own."""
    (one,) = await found_by(example("search")["content"])
    assert (one.id, one.name) == ("2" * 32, "Example site")
    assert one.address is None
    (evse,) = one.evses
    assert evse.id == "AAAAAAAA-0000-4000-8000-000000000001"
    assert (evse.identifier, evse.status) == ("IN*ABC*1", None)


async def test_the_documents_location() -> None:
    """With a connector and an address with a blank at the end."""
    (one,) = await found_by([document("session_by_id")["data"]["location"]])
    assert one.address == "Radiant Heritage, Bangalore, 560099"
    (evse,) = one.evses
    assert evse.id == "AMP03*1"
    assert evse.connectors == (Connector(type="DOMESTIC_E", format="SOCKET"),)
    assert evse.max_power_kw == pytest.approx(3.22)
    assert evse.current_type == "ac"


@pytest.mark.parametrize(
    ("connectors", "power", "current"),
    [
        ([{"voltage": 0, "amperage": 0, "power_type": "DC"}], None, "dc"),
        (
            [{"voltage": "230", "amperage": 32, "power_type": "AC_3_PHASE"}],
            22.08,
            "ac",
        ),
        ([{"power_type": "AC_1_PHASE"}, {"power_type": "DC"}], None, None),
        ([None, 5, {"voltage": [], "amperage": 1}], None, None),
        ("none", None, None),
    ],
)
async def test_connectors(connectors: Any, power: float | None, current: Any) -> None:
    """A zero stands for unknown."""
    location = deepcopy(example("search")["content"][0])
    location["evses"][0]["connectors"] = connectors
    (one,) = await found_by([location])
    assert one.evses[0].max_power_kw == power
    assert one.evses[0].current_type == current


@pytest.mark.parametrize(
    "broken", [None, 5, "x", {}, {"id": None}, {"id": ""}, {"id": {}, "name": "x"}]
)
async def test_a_broken_location_costs_itself(broken: Any) -> None:
    """The others are found."""
    good = example("search")["content"]
    assert await found_by([broken, *good]) == await found_by(good)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"content":null}', b"<html>"])
async def test_an_answer_that_is_no_page(body: bytes) -> None:
    """One of our errors."""
    with pytest.raises(ResponseError):
        await found_by(body)
