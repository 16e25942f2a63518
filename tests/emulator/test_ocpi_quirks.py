"""What CPOs do differently, by switch (fact sheet ocpi 17)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from .conftest import START, Serve
from .evnnovator_api import moment
from .ocpi_api import EVER, Party, network, party, party_of


async def _cdrs(caller: Party) -> list[Any]:
    found: list[Any] = await caller.data("cdrs", params=EVER)
    return found


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        ("zulu", "2025-03-30T14:33:49Z"),
        ("offset", "2025-03-30T14:33:49+00:00"),
        ("naive", "2025-03-30T14:33:49"),
        ("space", "2025-03-30 14:33:49+00:00"),
        ("fraction", "2025-03-30T14:33:49.000Z"),
    ],
)
async def test_spellings_of_moments(serve: Serve, spelling: str, text: str) -> None:
    """The same moment five times."""
    caller = await party(serve, datetimes=spelling)
    assert (await caller.ask("locations"))[1]["timestamp"] == text
    assert len((await caller.latest())["start_date_time"]) == len(text)


async def test_ids_in_lower_case(serve: Serve) -> None:
    """Ids are lower-cased, words are not; ids are found in any case."""
    caller = await party(serve, lower_case_ids=True)
    latest = await caller.latest()
    shown = (latest["country_code"], latest["party_id"], latest["location_id"])
    assert shown == ("nl", "xyz", "loc-1")
    assert latest["cdr_token"]["uid"] == "app-1"
    assert latest["status"] == "ACTIVE"
    first = (await caller.data("locations"))[0]
    assert first["evses"][0]["connectors"][0]["tariff_ids"] == ["t1"]


async def test_numbers_as_strings(serve: Serve) -> None:
    """Inside data only, and truth values stay what they are."""
    caller = await party(serve)
    kwh = (await caller.latest())["kwh"]
    caller.switch(numbers_as_strings=True)
    latest = await caller.latest()
    assert latest["kwh"] == str(kwh)
    assert isinstance(latest["total_cost"]["excl_vat"], str)
    assert (await caller.data("locations"))[0]["publish"] is True


async def test_energy_in_wh(serve: Serve) -> None:
    """Dimensions are in Wh beside kwh."""
    caller = await party(serve, energy_in_wh=True)
    latest = await caller.latest()
    volumes = [p["dimensions"][0]["volume"] for p in latest["charging_periods"]]
    assert sum(volumes) == pytest.approx(latest["kwh"] * 1000)


async def test_costs_while_running(serve: Serve) -> None:
    """Absent until the end, or always nothing."""
    caller = await party(serve, cost="absent_while_running")
    ended, *_, running = await caller.sessions()
    assert "total_cost" in ended
    assert "total_cost" not in running
    caller.switch(cost="always_zero")
    for one in await caller.sessions():
        assert one["total_cost"] == {"excl_vat": 0, "incl_vat": 0}
    assert (await _cdrs(caller))[0]["total_cost"]["excl_vat"] > 1


async def test_stuck_active(serve: Serve) -> None:
    """It never ends and no longer changes, but a CDR comes."""
    caller = await party(serve, stuck_active=True)
    caller.world.stop((await caller.latest())["id"].removeprefix("SES-"))
    caller.pass_time(minutes=20)
    stuck = await caller.latest()
    assert stuck["status"] == "ACTIVE"
    assert "end_date_time" not in stuck
    assert moment(stuck["last_updated"]) <= START + timedelta(minutes=1)
    assert (await _cdrs(caller))[-1]["session_id"] == stuck["id"]


async def test_cdrs_without_keys(serve: Serve) -> None:
    """No session id, no reference, or none ever."""
    caller = await party(serve, cdr_session_id=False)
    found = await _cdrs(caller)
    assert len(found) == 2
    assert not any("session_id" in one for one in found)
    caller.switch(cdr_delay=None)
    assert await _cdrs(caller) == []


@pytest.mark.parametrize(("kind", "ids"), [("same_id", 2), ("new_id", 4)])
async def test_duplicate_cdrs(serve: Serve, kind: str, ids: int) -> None:
    """Twice the same, under one id or two."""
    caller = await party(serve, duplicate_cdrs=kind)
    found = await _cdrs(caller)
    assert len(found) == 4
    assert len({one["id"] for one in found}) == ids
    assert len({one["session_id"] for one in found}) == 2


async def test_credit(serve: Serve) -> None:
    """A CDR is taken back by another with negative costs, and billed anew."""
    caller = await party(serve)
    first, _ = await _cdrs(caller)
    caller.pass_time(minutes=1)
    caller.face.credit(first["session_id"], Decimal("0.5"))
    again, credit, anew = await _of(caller, first)
    assert again == first
    assert (credit["credit"], credit["credit_reference_id"]) == (True, first["id"])
    net = first["total_cost"]["excl_vat"]
    assert credit["total_cost"]["excl_vat"] == -net
    assert anew["total_cost"]["excl_vat"] == pytest.approx(net / 2, abs=1e-4)
    assert moment(credit["last_updated"]) == START + timedelta(minutes=1)
    assert len({one["id"] for one in (again, credit, anew)}) == 3


async def _of(caller: Party, first: Any) -> list[Any]:
    key = first["session_id"]
    return [one for one in await _cdrs(caller) if one["session_id"] == key]


async def test_control(serve: Serve) -> None:
    """Credits, tokens and costs over HTTP."""
    caller = await party(serve)
    first, _ = await _cdrs(caller)
    net, gross = caller.face.bill(first["session_id"])
    path = f"/_control/cost/{first['session_id']}"
    assert (await caller.ask(path))[1] == {"net": str(net), "gross": str(gross)}
    assert float(net) == first["total_cost"]["excl_vat"]
    for body, status in (
        ({"session": first["session_id"]}, 200),
        ({"session": "SES-1"}, 404),
        ({"session": (await caller.latest())["id"]}, 409),
        ({"session": first["session_id"], "face": "ampeco"}, 422),
        ({}, 422),
    ):
        answer = await caller.ask("/_control/credit", method="POST", json=body)
        assert answer[0] == status, answer
    assert len(await _of(caller, first)) == 2
    token = {"uid": "NEW-2", "contract_id": "NL-HAX-2"}
    assert (await caller.ask("/_control/token", method="POST", json=token))[0] == 200
    caller.world.start("EVSE-2", "ocpi-NEW-2")
    caller.pass_time(minutes=1)
    assert (await caller.latest())["cdr_token"]["contract_id"] == "NL-HAX-2"


async def test_discovery_gone_wrong(serve: Serve) -> None:
    """Missing commands, other hosts, relative addresses, words in another case."""
    caller = await party(serve, commands_listed=False, unlisted=frozenset({"cdrs"}))

    async def endpoints() -> dict[str, Any]:
        details = await caller.data("/ocpi/2.2.1")
        return {one["identifier"]: one for one in details["endpoints"]}

    assert not {"commands", "cdrs"} & (await endpoints()).keys()
    caller.switch(module_host="elsewhere.example.test:81", module_scheme="https")
    url = (await endpoints())["sessions"]["url"]
    assert url == "https://elsewhere.example.test:81/ocpi/cpo/2.2.1/sessions"
    versions = await caller.data("/ocpi/versions")
    assert versions[0]["url"].startswith(caller.emulator.url)
    caller.switch(relative_urls=True, lower_case_roles=True)
    sessions = (await endpoints())["sessions"]
    assert (sessions["url"], sessions["role"]) == ("/ocpi/cpo/2.2.1/sessions", "Sender")


async def test_versions_without_a_token(serve: Serve) -> None:
    """Open to everybody, and only they are."""
    caller = await party(serve, open_versions=True)
    assert (await caller.ask("/ocpi/versions", headers={}))[0] == 200
    assert (await caller.ask("locations", headers={}))[0] == 401


async def test_echo_off_and_objects_in_lists(serve: Serve) -> None:
    """Message ids are dropped, single objects come in a list."""
    caller = await party(serve, echo_message_ids=False, single_as_list=True)
    headers = caller.headers() | {"X-Request-ID": "one"}
    _, body, found = await caller.ask("locations/LOC-1", headers=headers)
    assert "X-Request-ID" not in found
    assert [one["id"] for one in body["data"]] == ["LOC-1"]


async def test_whole_location_in_a_session(serve: Serve) -> None:
    """2.1.1 sessions that name every EVSE, not theirs alone."""
    caller = await party(serve, "2.1.1")
    assert len((await caller.latest())["location"]["evses"]) == 1
    caller.switch(whole_location=True)
    assert len((await caller.latest())["location"]["evses"]) == 2


async def test_statuses_by_force(serve: Serve) -> None:
    """EVSEs that are planned or removed."""
    caller = await party(serve, statuses={"EVSE-2": "REMOVED"})
    assert (await caller.data("locations/LOC-1/EVSE-2"))["status"] == "REMOVED"


async def test_many_of_everything(serve: Serve) -> None:
    """A thousand EVSEs, twenty charging and a thousand past sessions are cheap."""
    world = network(locations=336, evses_each=3, charging=20, past_sessions=1000)
    caller = await party_of(serve, world, page_limit=500)
    assert len(world.evses) == 1003
    running = await caller.sessions(date_from="2025-03-30T14:30:00Z")
    assert sum(one["status"] == "ACTIVE" for one in running) == 21
    _, body, headers = await caller.ask("sessions", params=EVER)
    assert headers["X-Total-Count"] == "1023"
    assert {one["status"] for one in body["data"]} == {"COMPLETED"}
    keys = [one["id"] for one in body["data"]]
    assert len(set(keys)) == 500
