"""What the peers are given to serve: one small operator in the shapes of two versions."""

from typing import Any

TOKEN_A, TOKEN_B, TOKEN_C = "token-a", "token-b", "token-c"
OWNER = {"country_code": "NL", "party_id": "XYZ"}
CONTRACT = "NL-HAX-C000001-5"
SESSIONS = 7
PAGE_SIZE = 2
LONG_AGO = "2025-12-01T00:00:00+00:00"
STOPPED_AT = "2026-01-08T10:40:00+00:00"
STOPPED = {"status": "COMPLETED", "last_updated": STOPPED_AT}

CDR_TOKEN = {
    "country_code": "NL",
    "party_id": "HAX",
    "uid": "APP-1",
    "type": "APP_USER",
    "contract_id": CONTRACT,
}


def world() -> dict[str, Any]:
    """Return seven sessions, one of them running, with all that belongs to them."""
    numbers = range(1, SESSIONS + 1)
    return {
        "tokens": {"a": TOKEN_A, "b": TOKEN_B, "c": TOKEN_C},
        "page_size": PAGE_SIZE,
        "objects": {
            "2.1.1": {
                "sessions": [session_211(number) for number in numbers],
                "locations": [location_211()],
                "tariffs": [tariff_211()],
                "cdrs": [cdr_211()],
            },
            "2.2.1": {
                "sessions": [session_221(number) for number in numbers],
                "locations": [location_221()],
                "tariffs": [tariff_221()],
                "cdrs": [cdr_221()],
            },
        },
        "started": {"2.1.1": started(session_211(8)), "2.2.1": started(session_221(8))},
        "stopped": {
            "2.1.1": {"end_datetime": STOPPED_AT, **STOPPED},
            "2.2.1": {"end_date_time": STOPPED_AT, **STOPPED},
        },
        "credentials": {"2.1.1": credentials_211(), "2.2.1": credentials_221()},
    }


def started(session: dict[str, Any]) -> dict[str, Any]:
    """Return a session as it is just after a start from afar."""
    known = {"kwh": 0, "charging_periods": [], "total_cost": None, "status": "ACTIVE"}
    return {**session, **known, "id": "SES-NEW"}


def session_221(number: int) -> dict[str, Any]:
    """Return a session of a day of January 2026; the seventh one is running."""
    is_running, day = number >= SESSIONS, f"2026-01-{number:02}"
    return {
        **OWNER,
        "id": f"SES-{number:04}",
        "start_date_time": f"{day}T10:00:00+00:00",
        "end_date_time": None if is_running else f"{day}T10:20:00+00:00",
        "kwh": 3.25,
        "cdr_token": CDR_TOKEN,
        "auth_method": "COMMAND",
        "authorization_reference": f"ha-{number:04}",
        "location_id": "LOC-1",
        "evse_uid": "EVSE-1",
        "connector_id": "1",
        "currency": "EUR",
        "charging_periods": periods(day),
        "total_cost": {"excl_vat": 1.48, "incl_vat": 1.79},
        "status": "ACTIVE" if is_running else "COMPLETED",
        "last_updated": f"{day}T10:20:00+00:00",
    }


def session_211(number: int) -> dict[str, Any]:
    """Return the same session as 2.1.1 tells it."""
    new = session_221(number)
    same = ("id", "kwh", "currency", "status", "last_updated")
    return {
        **{name: new[name] for name in same},
        "start_datetime": new["start_date_time"],
        "end_datetime": new["end_date_time"],
        "auth_id": CONTRACT,
        "auth_method": "WHITELIST",
        "location": location_211(),
        "charging_periods": [
            {"start_date_time": period["start_date_time"], "dimensions": [energy]}
            for period in new["charging_periods"]
            for energy in period["dimensions"][:1]
        ],
        "total_cost": new["total_cost"]["excl_vat"],
    }


def periods(day: str) -> list[dict[str, Any]]:
    """Return the two charging periods of a session."""
    told = (("10:00:00", 1.75, 10.5), ("10:10:00", 1.5, 9.0))
    return [
        {
            "start_date_time": f"{day}T{time}+00:00",
            "tariff_id": "T1",
            "dimensions": [
                {"type": "ENERGY", "volume": energy},
                {"type": "POWER", "volume": power},
            ],
        }
        for time, energy, power in told
    ]


def location_221() -> dict[str, Any]:
    """Return the operator's only location, with one EVSE that is charging."""
    connector = {
        "id": "1",
        "standard": "IEC_62196_T2",
        "format": "SOCKET",
        "power_type": "AC_3_PHASE",
        "max_voltage": 230,
        "max_amperage": 16,
        "max_electric_power": 11_000,
        "tariff_ids": ["T1"],
        "last_updated": LONG_AGO,
    }
    return {
        **OWNER,
        "id": "LOC-1",
        "publish": True,
        "time_zone": "Europe/Amsterdam",
        **_place(connector),
    }


def location_211() -> dict[str, Any]:
    """Return the same location as 2.1.1 tells it."""
    connector = {
        "id": "1",
        "standard": "IEC_62196_T2",
        "format": "SOCKET",
        "power_type": "AC_3_PHASE",
        "voltage": 230,
        "amperage": 16,
        "tariff_id": "T1",
        "last_updated": LONG_AGO,
    }
    # Optional in 2.1.1, but the library wants the time zone.
    known = {"type": "ON_STREET", "time_zone": "Europe/Amsterdam"}
    return {"id": "LOC-1", **known, **_place(connector)}


def _place(connector: dict[str, Any]) -> dict[str, Any]:
    updated = "2026-01-07T10:00:05+00:00"
    evse = {
        "uid": "EVSE-1",
        "evse_id": "NL*XYZ*E0001*1",
        "status": "CHARGING",
        "capabilities": ["REMOTE_START_STOP_CAPABLE", "RFID_READER"],
        "connectors": [connector],
        "last_updated": updated,
    }
    return {
        "name": "Example street",
        "address": "Example street 1",
        "city": "Town",
        "postal_code": "1000 AA",
        "country": "NLD",
        "coordinates": {"latitude": "52.10000", "longitude": "5.10000"},
        "evses": [evse],
        "last_updated": updated,
    }


def tariff_221() -> dict[str, Any]:
    """Return what the sessions cost: half a euro and 0.30 a kWh, without VAT."""
    return {**OWNER, "type": "REGULAR", **_tariff({"vat": 21.0})}


def tariff_211() -> dict[str, Any]:
    """Return the same tariff as 2.1.1 tells it."""
    return _tariff({})


def _tariff(vat: dict[str, float]) -> dict[str, Any]:
    components = [
        {"type": "FLAT", "price": 0.5, **vat, "step_size": 1},
        {"type": "ENERGY", "price": 0.3, **vat, "step_size": 1},
    ]
    elements = [{"price_components": components}]
    return {
        "id": "T1",
        "currency": "EUR",
        "elements": elements,
        "last_updated": LONG_AGO,
    }


def cdr_221() -> dict[str, Any]:
    """Return the bill of the first session."""
    session, location = session_221(1), location_221()
    (evse,) = location["evses"]
    (connector,) = evse["connectors"]
    known = ("start_date_time", "end_date_time", "cdr_token", "auth_method", "currency")
    more = ("authorization_reference", "charging_periods", "total_cost")
    place = ("id", "name", "address", "city", "postal_code", "country", "coordinates")
    kind = ("standard", "format", "power_type")
    return {
        **OWNER,
        "id": "CDR-0001",
        "session_id": session["id"],
        **{name: session[name] for name in (*known, *more)},
        "cdr_location": {
            **{name: location[name] for name in place},
            "evse_uid": evse["uid"],
            "evse_id": evse["evse_id"],
            "connector_id": connector["id"],
            **{f"connector_{name}": connector[name] for name in kind},
        },
        "tariffs": [tariff_221()],
        "total_energy": session["kwh"],
        "total_time": 1 / 3,
        "last_updated": "2026-01-01T10:30:00+00:00",
    }


def cdr_211() -> dict[str, Any]:
    """Return the same bill as 2.1.1 tells it."""
    session, bill = session_211(1), cdr_221()
    known = ("auth_id", "auth_method", "location", "currency", "charging_periods")
    same = ("id", "start_date_time", "total_energy", "total_time", "last_updated")
    return {
        **{name: bill[name] for name in same},
        **{name: session[name] for name in (*known, "total_cost")},
        "stop_date_time": bill["end_date_time"],
        # What the library calls it, against the standard.
        "end_date_time": bill["end_date_time"],
        "tariffs": [tariff_211()],
    }


def token_221() -> dict[str, Any]:
    """Return the driver's token as a START_SESSION carries it."""
    return {
        **CDR_TOKEN,
        "issuer": "Home",
        "valid": True,
        "whitelist": "NEVER",
        "last_updated": LONG_AGO,
    }


def token_211() -> dict[str, Any]:
    """Return the same token as 2.1.1 tells it, which knows no app."""
    new = token_221()
    same = ("uid", "issuer", "valid", "whitelist", "last_updated")
    return {
        **{name: new[name] for name in same},
        "type": "OTHER",
        "auth_id": CONTRACT,
    }


def credentials_211() -> dict[str, Any]:
    """Return what the operator answers to a registration."""
    details = {"business_details": {"name": "Peer"}}
    return {"token": TOKEN_C, "url": "http://example.com/versions", **OWNER, **details}


def credentials_221() -> dict[str, Any]:
    """Return the same with its role."""
    role = {**OWNER, "role": "CPO", "business_details": {"name": "Peer"}}
    return {"token": TOKEN_C, "url": "http://example.com/versions", "roles": [role]}
