"""The answers of a CPO have the shapes of fact sheet ocpi, version by version.

A field is written `name`, `name?` if it is optional or `name*` for a list.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from .conftest import Serve
from .ocpi_api import EVER, VERSIONS, Party, listening, party

TEXTS = {
    "address", "auth_id", "city", "contract_id", "country", "country_code", "currency",
    "evse_uid", "id", "issuer", "latitude", "location_id", "longitude", "name",
    "party_id", "tariff_id", "uid",
}  # fmt: skip
NUMBERS = {
    "amperage", "excl_vat", "incl_vat", "kwh", "max_amperage", "max_voltage", "price",
    "step_size", "total_energy", "total_time", "voltage", "volume",
}  # fmt: skip
FIELDS: dict[str, dict[str, str]] = {
    "2.1.1": {
        "session": "id start_datetime end_datetime? kwh auth_id auth_method location"
        " meter_id? currency charging_periods* total_cost? status last_updated",
        "location": "id type name? address city postal_code country coordinates"
        " related_locations* evses* directions* operator? suboperator? owner?"
        " facilities* time_zone? opening_times? charging_when_closed? images*"
        " energy_mix? last_updated",
        "connector": "id standard format power_type voltage amperage tariff_id?"
        " terms_and_conditions? last_updated",
        "tariff": "id currency tariff_alt_text* tariff_alt_url? elements* energy_mix?"
        " last_updated",
        "component": "type price step_size",
        "cdr": "id start_date_time stop_date_time auth_id auth_method location currency"
        " charging_periods* total_cost total_energy total_time last_updated meter_id?"
        " tariffs* total_parking_time? remark?",
        "token": "uid type auth_id issuer valid whitelist last_updated visual_number?"
        " language?",
        "period": "start_date_time dimensions*",
        "credentials": "token url business_details party_id country_code",
        "endpoint": "identifier url",
        "response": "result",
    },
    "2.2.1": {
        "session": "country_code party_id id start_date_time end_date_time? kwh"
        " cdr_token auth_method authorization_reference? location_id evse_uid"
        " connector_id meter_id? currency charging_periods* total_cost? status"
        " last_updated",
        "location": "country_code party_id id publish publish_allowed_to* name? address"
        " city postal_code? state? country coordinates related_locations*"
        " parking_type? evses* directions* operator? suboperator? owner? facilities*"
        " time_zone opening_times? charging_when_closed? images* energy_mix?"
        " last_updated",
        "connector": "id standard format power_type max_voltage max_amperage"
        " max_electric_power? tariff_ids* terms_and_conditions? last_updated",
        "tariff": "country_code party_id id currency type? tariff_alt_text*"
        " tariff_alt_url? min_price? max_price? elements* start_date_time?"
        " end_date_time? energy_mix? last_updated",
        "component": "type price vat? step_size",
        "cdr": "country_code party_id id start_date_time end_date_time session_id?"
        " cdr_token auth_method authorization_reference? cdr_location meter_id?"
        " currency tariffs* charging_periods* signed_data? total_cost"
        " total_fixed_cost? total_energy total_energy_cost? total_time"
        " total_time_cost? total_parking_time? total_parking_cost?"
        " total_reservation_cost? remark? invoice_reference_id? credit?"
        " credit_reference_id? last_updated",
        "token": "country_code party_id uid type contract_id visual_number? issuer"
        " group_id? valid whitelist language? default_profile_type? energy_contract?"
        " last_updated",
        "period": "start_date_time dimensions* tariff_id?",
        "credentials": "token url roles*",
        "endpoint": "identifier role url",
        "response": "result timeout",
        "cdr_token": "country_code party_id uid type contract_id",
        "cdr_location": "id name? address city postal_code? state? country coordinates"
        " evse_uid evse_id connector_id connector_standard connector_format"
        " connector_power_type",
        "total_cost": "excl_vat incl_vat?",
        "min_price": "excl_vat incl_vat?",
    },
}
NEW = FIELDS["2.2.1"]
FIELDS["2.3.0"] = NEW | {
    "connector": f"{NEW['connector']} capabilities*",
    "tariff": f"{NEW['tariff']} tax_included",
    "total_cost": "before_taxes taxes*",
    "min_price": "before_taxes after_taxes?",
    "tax": "name account_number? percentage? amount",
}
SHARED = {
    "evse": "uid evse_id? status status_schedule* capabilities* connectors*"
    " floor_level? coordinates? physical_reference? directions* parking_restrictions*"
    " images* last_updated",
    "dimension": "type volume",
    "coordinates": "latitude longitude",
    "element": "price_components* restrictions?",
}
INSIDE = {
    "location": "location",
    "evses": "evse",
    "connectors": "connector",
    "charging_periods": "period",
    "dimensions": "dimension",
    "cdr_token": "cdr_token",
    "cdr_location": "cdr_location",
    "coordinates": "coordinates",
    "tariffs": "tariff",
    "elements": "element",
    "price_components": "component",
    "total_cost": "total_cost",
    "total_fixed_cost": "total_cost",
    "total_energy_cost": "total_cost",
    "total_time_cost": "total_cost",
    "total_parking_cost": "total_cost",
    "min_price": "min_price",
    "taxes": "tax",
}


def _problems(kind: str, value: Any, version: str, path: str = "") -> Iterator[str]:
    """Yield what is missing, too much or of another type."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _problems(kind, item, version, f"{path}/{index}")
        return
    written = (SHARED | FIELDS[version]).get(kind)
    if written is None or not isinstance(value, dict):
        return
    names = {name.rstrip("?*"): name[-1] for name in written.split()}
    required = {name for name, mark in names.items() if mark not in "?*"}
    for name in required - value.keys():
        yield f"{path}/{name} is missing"
    for name, item in value.items():
        if name not in names:
            yield f"{path}/{name} is too much"
        elif (names[name] == "*") is not isinstance(item, list):
            yield f"{path}/{name} is {type(item).__name__}"
        yield from _typed(name, item, f"{path}/{name}")
        yield from _problems(INSIDE.get(name, ""), item, version, f"{path}/{name}")


def _typed(name: str, value: Any, path: str) -> Iterator[str]:
    if name in TEXTS and not isinstance(value, str):
        yield f"{path} is no text"
    if name in NUMBERS and (not isinstance(value, int | float) or value is True):
        yield f"{path} is no number"
    if name == "last_updated" or name.endswith(("_date_time", "_datetime")):
        if len(value) > 25 or not value.endswith("Z"):
            yield f"{path} is no moment"
        datetime.fromisoformat(value)


def _check(kind: str, value: Any, version: str) -> None:
    assert value
    assert list(_problems(kind, value, version)) == []


@pytest.fixture(params=VERSIONS)
async def caller(serve: Serve, request: pytest.FixtureRequest) -> Party:
    """Return a party that speaks each version in turn."""
    return await party(serve, request.param)


async def test_lists(caller: Party) -> None:
    """Sessions, locations, tariffs and CDRs have the sheet's fields and no other."""
    caller.pass_time(minutes=50)
    caller.world.set_car("party-car-1", wants_energy=False)
    caller.pass_time(minutes=50)
    for module in ("sessions", "locations", "tariffs", "cdrs"):
        shown = await caller.data(module, params=EVER)
        _check(module.removesuffix("s"), shown, caller.version)
    states = {one["status"] for one in await caller.sessions()}
    assert states == {"ACTIVE", "COMPLETED"}


async def test_costs(caller: Party) -> None:
    """A number in 2.1.1, a price with or without VAT later."""
    for one in await caller.sessions():
        cost = one["total_cost"]
        if caller.version == "2.1.1":
            assert isinstance(cost, float)
        else:
            _check("total_cost", cost, caller.version)
    caller.switch(cost="no_vat")
    cost = (await caller.latest())["total_cost"]
    if caller.version != "2.1.1":
        assert cost.keys() == {FIELDS[caller.version]["total_cost"].split()[0]}


async def test_small_objects(caller: Party) -> None:
    """Token, credentials, endpoints and the answer to a command."""
    path = "tokens/NL/HAX/04AABBCC"
    _check("token", await caller.data(path), caller.version)
    details = await caller.data(f"/ocpi/{caller.version}")
    _check("endpoint", details["endpoints"], caller.version)
    shown = await caller.data(f"/ocpi/{caller.version}/credentials")
    _check("credentials", shown, caller.version)
    async with listening() as ear:
        body = caller.start_body(ear.url)
        answer = await caller.command("START_SESSION", body)
        await caller.face.callbacks.settle()
    _check("response", answer["data"], caller.version)
    assert ear.bodies == [{"result": "ACCEPTED"}]
    assert set(answer) == {"data", "status_code", "status_message", "timestamp"}


async def test_absent_fields_as_null(caller: Party) -> None:
    """With a switch every optional field is there, and still no other."""
    caller.switch(null_fields=True)
    for module in ("sessions", "locations", "tariffs", "cdrs"):
        kind = module.removesuffix("s")
        (shown, *_) = await caller.data(module, params=EVER)
        wanted = {name.rstrip("?*") for name in FIELDS[caller.version][kind].split()}
        parts = {f"total_{part}" for part in ("time_cost", "parking_cost")}
        parts |= {"total_parking_time", "total_fixed_cost", "total_energy_cost"}
        assert shown.keys() - parts == wanted - parts


async def test_known_values(caller: Party) -> None:
    """What the scenario promises."""
    first, second, third = await caller.data("locations")
    assert [len(one["evses"]) for one in (first, second, third)] == [2, 1, 1]
    connectors = [one["evses"][0]["connectors"][0] for one in (first, second, third)]
    assert [(c["standard"], c["format"], c["power_type"]) for c in connectors] == [
        ("IEC_62196_T2", "SOCKET", "AC_3_PHASE"),
        ("IEC_62196_T2", "CABLE", "AC_3_PHASE"),
        ("IEC_62196_T2_COMBO", "CABLE", "DC"),
    ]
    assert third["time_zone"] == "Europe/Amsterdam"
    statuses = [
        evse["status"] for one in (first, second, third) for evse in one["evses"]
    ]
    assert statuses == ["CHARGING", "AVAILABLE", "CHARGING", "AVAILABLE"]
    prices = (await caller.data("tariffs"))[0]["elements"][0]["price_components"]
    assert [(one["type"], one["price"]) for one in prices] == [
        ("FLAT", 0.5),
        ("ENERGY", 0.3),
    ]
