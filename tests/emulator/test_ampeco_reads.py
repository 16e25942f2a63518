"""Charge points, settings, prices, history and public data of the AMPECO face."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator import SimulatedClock, World, scenarios
from emulator.ampeco.values import php_float

from .api import ROOT, Api
from .conftest import Serve

POINT = "/personal/charge-points/CP0012345"
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


async def _patch(api: Api, body: dict[str, Any]) -> tuple[int, Any]:
    status, answer, _ = await api.call("PATCH", ROOT + POINT, json=body)
    return status, answer


async def test_list_and_detail_agree(api: Api) -> None:
    """One charge point is the same object as in the list."""
    listed = await api.get("/personal/charge-points")
    assert (await api.get(POINT))["data"] == listed["data"][0]


async def test_photo_is_signed_anew(api: Api) -> None:
    """The photo's address changes on every poll."""
    before = (await api.get(POINT))["data"]["photo"]
    api.pass_time(seconds=30)
    assert (await api.get(POINT))["data"]["photo"] != before


@pytest.mark.parametrize(
    ("body", "key", "value"),
    [
        ({"max_current_a": 10}, "max_current_a", 10),
        ({"plug_and_charge": True}, "plug_and_charge", True),
        ({"connector_lock": True}, "connector_lock", True),
        ({"requires_authorization": False}, "requires_authorization", False),
        ({"light_intensity": 60}, "light_intensity", 60),
        ({"allowed_solar_min_power_kw": 2.5}, "allowed_solar_min_power_kw", 2.5),
        ({"smart_charging": {"enabled": True}}, "smart_charging_enabled", True),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
async def test_settings_are_read_back(
    api: Api, body: dict[str, Any], key: str, value: object
) -> None:
    """What is written is in the answer and in the next read."""
    status, answer = await _patch(api, body)
    assert status == 200
    assert answer["data"][key] == value
    assert (await api.get(POINT))["data"][key] == value


async def test_nested_settings_are_partial(api: Api) -> None:
    """A window is written as HH:MM and read as HH:MM:SS; other keys stay."""
    await _patch(api, {"smart_charging": {"start_time": "21:30"}})
    await _patch(api, {"smart_charging": {"target_charge": {"min_kwh": "20"}}})
    smart = (await api.get(POINT))["data"]["smart_charging"]
    assert (smart["start_time"], smart["end_time"]) == ("21:30:00", "06:00:00")
    assert smart["target_charge"] == {"min_kwh": "20"}
    await api.start()
    session = (await api.evse())["session"]
    assert session["smartCharging"] == smart


@pytest.mark.parametrize(
    "body",
    [
        {"max_current_a": 5},
        {"max_current_a": "10"},
        {"smart_charging": {"start_time": "late"}},
        {"smart_charging": {"end_time": "25:00"}},
    ],
)
async def test_settings_out_of_bounds_are_422(api: Api, body: dict[str, Any]) -> None:
    """Bounds and forms are checked, and nothing is changed."""
    before = (await api.get(POINT))["data"]["max_current_a"]
    assert (await _patch(api, body))[0] == 422
    assert (await api.get(POINT))["data"]["max_current_a"] == before


async def test_empty_answer_to_settings(serve: Serve, world: World) -> None:
    """Some operators answer a change without a body."""
    api = await serve(world, patch_answer="empty204")
    assert await _patch(api, {"light_intensity": 20}) == (204, None)


async def test_reboot_shows_for_a_minute(api: Api) -> None:
    """A restart is visible while it lasts."""
    assert await api.status("POST", f"{POINT}/reboot", json={}) == 202
    assert (await api.get(POINT))["data"]["is_rebooting"] is True
    api.pass_time(minutes=1)
    assert (await api.get(POINT))["data"]["is_rebooting"] is False


async def test_forecast_matches_the_price_now(api: Api) -> None:
    """The row that covers now has the tariff's price; tomorrow comes after 13."""
    rows = (await api.get("/tariffs/tou/148964/price-periods"))["periods"]
    now = next(
        r for r in rows if (r["atDay"], r["atTime"]) == ("2025-03-30", "16:00:00")
    )
    pricing = (await api.evse())["tariff"]["pricing"]
    assert now["pricePerKwh"] == pricing["pricePerKwh"]
    assert len(pricing["flexibleMarkUpAsFixedPerKwh"]["intervalPricing"]) == 24
    assert len(rows) == 23 + 24
    api.pass_time(hours=12)
    assert len((await api.get("/tariffs/tou/148964/price-periods"))["periods"]) == 24


@pytest.mark.parametrize(
    ("month", "first"), [(1, "01:00:00"), (6, "00:00:00")], ids=["winter", "summer"]
)
async def test_naive_times_run_ahead_in_winter(
    serve: Serve, month: int, first: str
) -> None:
    """The reported fault shifts winter times only."""
    clock = SimulatedClock(datetime(2025, month, 10, 8, tzinfo=UTC))
    api = await serve(scenarios.single(clock), naive_times_shift_hours=1)
    rows = (await api.get("/tariffs/tou/148964/price-periods"))["periods"]
    assert rows[0]["atTime"] == first


async def test_no_forecast(serve: Serve, world: World) -> None:
    """Other tariffs have no forecast."""
    api = await serve(world, price_forecast=False)
    assert await api.status("GET", "/tariffs/tou/148964/price-periods") == 404


async def test_history_is_newest_first_and_bounded_by_days(serve: Serve) -> None:
    """Weeks of sessions carry their true cost; dates bound them."""
    api = await serve(scenarios.demo(SimulatedClock(NOW)))
    entries = (await api.get("/profile/session_history"))["session_history"]
    starts = [entry["session"]["startedAt"] for entry in entries]
    assert len(entries) >= 20
    assert starts == sorted(starts, reverse=True)
    for entry in entries:
        assert entry["session"]["amount"] == float(
            api.world.bill(entry["session"]["id"])
        )
        assert (entry["note"], entry["type"]) == ("Carport", "private")
    days = {"start_date": "2025-05-20", "end_date": "2025-05-22"}
    some = (await api.get("/profile/session_history", params=days))["session_history"]
    assert {entry["session"]["startedAt"][:10] for entry in some} == {
        "2025-05-20",
        "2025-05-21",
        "2025-05-22",
    }
    wrong = {"start_date": "May"}
    assert await api.status("GET", "/profile/session_history", params=wrong) == 422


async def test_paged_history(serve: Serve) -> None:
    """The newer form comes in pages and names the EVSE."""
    world = scenarios.demo(SimulatedClock(NOW))
    api = await serve(world, history_form="paged")
    seen: list[str] = []
    for page in (1, 2, 3):
        query = {"page": str(page), "perPage": "8"}
        body = await api.get("/profile/session_history", params=query)
        assert (body["meta"]["current_page"], body["meta"]["last_page"]) == (page, 3)
        seen += [entry["session"]["id"] for entry in body["data"]]
    ended = [session.id for session in world.sessions.values() if not session.is_open]
    assert sorted(seen) == sorted(ended)
    assert body["data"][0]["evse"] == {"identifier": "4712", "label": None}


async def test_pins_follow_the_app_version(serve: Serve) -> None:
    """The counts become text when an app version is sent; nobody signs in."""
    api = await serve(scenarios.public(SimulatedClock(NOW)))
    api.headers = {}
    (pin,) = (await api.get("/pins"))["pins"]
    assert pin["av"] == {"ava": 0, "unk": 0, "una": 1, "flt": 0}
    api.headers = {"x-internal-app-version": "3.242.1"}
    (pin,) = (await api.get("/pins"))["pins"]
    assert pin["av"] == "0,0,1,0"


async def test_locations_know_public_sites_only(serve: Serve) -> None:
    """A private site is in nobody's list."""
    api = await serve(scenarios.public(SimulatedClock(NOW)))
    body = {"locations": {"2100": "", "1": None}}
    for version in ("v1", "v2"):
        path = f"/api/{version}/app/locations"
        _, answer, _ = await api.call("POST", path, json=body, headers={})
        assert [location["id"] for location in answer["locations"]] == [2100]
    assert await api.status("GET", "/locations/1") == 404


async def test_last_month_is_counted(serve: Serve) -> None:
    """Energy of the calendar month before, as text."""
    world = scenarios.demo(SimulatedClock(NOW))
    api = await serve(world)
    points = (await api.get("/personal/charge-points"))["data"]
    assert points[0]["last_month_energy_kwh"] == "0.000"
    total = world.meter("700124").total_wh / 1000
    running = sum(s.energy_wh / 1000 for s in world.sessions.values() if s.is_open)
    assert float(points[1]["last_month_energy_kwh"]) == pytest.approx(
        float(total - running), abs=0.001
    )


async def test_unknown_paths_answer_in_json(api: Api) -> None:
    """Unknown routes and wrong methods are JSON too."""
    assert await api.status("GET", "/nothing") == 404
    assert await api.status("DELETE", "/profile") == 405


@pytest.mark.parametrize(
    ("value", "text"),
    [("0", "0"), ("0.4", "0.4"), ("-0.00007", "-7.0E-5"), ("0.000012", "1.2E-5")],
)
def test_numbers_in_states(value: str, text: str) -> None:
    """Small numbers take the exponent form."""
    from decimal import Decimal

    assert php_float(Decimal(value)) == text


def test_fleet_has_what_was_asked_for() -> None:
    """A busy fleet lives through a day by itself."""
    clock = SimulatedClock(NOW)
    world = scenarios.fleet(clock, 10, 3, charging=4, busy=True)
    assert (len(world.charge_points), len(world.evses)) == (10, 30)
    assert len(world.sessions) == 4
    clock.advance(timedelta(days=1))
    world.sync()
    assert len(world.sessions) == 30
