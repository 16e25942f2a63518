"""What the tests of eMabler's dialect share: one session, as the standard writes it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

CANONICAL: dict[str, Any] = {
    "id": "S-1001",
    "start_datetime": "2026-01-05T10:00:00Z",
    "end_datetime": None,
    "kwh": 4.2,
    "auth_id": "FI-HAX-C0001",
    "auth_method": "COMMAND",
    "location": {
        "id": "L-1",
        "type": "ON_STREET",
        "name": "Example",
        "address": "Example road 1",
        "city": "Town",
        "postal_code": "00100",
        "country": "FIN",
        "coordinates": {"latitude": "60.10000", "longitude": "24.90000"},
        "evses": [
            {
                "uid": "E-1",
                "evse_id": "FI*XYZ*E1*1",
                "status": "CHARGING",
                "status_schedule": [],
                "capabilities": ["REMOTE_START_STOP_CAPABLE", "RFID_READER"],
                "connectors": [
                    {
                        "id": "1",
                        "standard": "IEC_62196_T2",
                        "format": "SOCKET",
                        "power_type": "AC_3_PHASE",
                        "voltage": 230,
                        "amperage": 32,
                        "tariff_id": "T-1",
                        "last_updated": "2025-11-01T00:00:00Z",
                    }
                ],
                "last_updated": "2026-01-05T10:00:10Z",
            }
        ],
        "facilities": [],
        "time_zone": "Europe/Helsinki",
        "last_updated": "2026-01-05T10:00:10Z",
    },
    "meter_id": None,
    "currency": "EUR",
    "charging_periods": [
        {
            "start_date_time": "2026-01-05T10:00:00Z",
            "dimensions": [{"type": "ENERGY", "volume": 4.2}],
            "tariff_id": "T-1",
        }
    ],
    "total_cost": 1.26,
    "status": "ACTIVE",
    "last_updated": "2026-01-05T10:25:00Z",
}

# The same in the documents' rendering (fact sheet emabler_ocpi, section 7).
DOCUMENTED: dict[str, Any] = {
    "id": "S-1001",
    "startDatetime": "2026-01-05T10:00:00Z",
    "endDatetime": None,
    "kwh": 4.2,
    "authId": "FI-HAX-C0001",
    "authMethod": 1,
    "location": {
        "id": "L-1",
        "type": 4,
        "name": "Example",
        "address": "Example road 1",
        "city": "Town",
        "postalCode": "00100",
        "country": "FIN",
        "coordinates": {"latitude": "60.10000", "longitude": "24.90000"},
        "evses": [
            {
                "uid": "E-1",
                "evseId": "FI*XYZ*E1*1",
                "status": 2,
                "statusSchedule": [],
                "capabilities": [7, 9],
                "connectors": [
                    {
                        "id": "1",
                        "standard": 25,
                        "format": 0,
                        "powerType": 3,
                        "voltage": 230,
                        "amperage": 32,
                        "tariffId": "T-1",
                        "lastUpdated": "2025-11-01T00:00:00Z",
                    }
                ],
                "lastUpdated": "2026-01-05T10:00:10Z",
            }
        ],
        "facilities": [],
        "timeZone": "Europe/Helsinki",
        "lastUpdated": "2026-01-05T10:00:10Z",
    },
    "meterId": None,
    "currency": "EUR",
    "chargingPeriods": [
        {
            "startDateTime": "2026-01-05T10:00:00Z",
            "dimensions": [{"type": 1, "volume": 4.2}],
            "tariffId": "T-1",
        }
    ],
    "totalCost": 1.26,
    "status": 0,
    "lastUpdated": "2026-01-05T10:25:00Z",
}


def _with_words(rewrite: Callable[[Any], Any], source: dict[str, Any]) -> Any:
    """Return a session with all its enumerations written another way."""
    session = deepcopy(source)
    place = session["location"]
    (evse,) = place["evses"]
    (connector,) = evse["connectors"]
    (period,) = session["chargingPeriods"]
    for holder, field in (
        (session, "authMethod"),
        (session, "status"),
        (place, "type"),
        (evse, "status"),
        (connector, "standard"),
        (connector, "format"),
        (connector, "powerType"),
        (period["dimensions"][0], "type"),
    ):
        holder[field] = rewrite(holder[field])
    evse["capabilities"] = [rewrite(one) for one in evse["capabilities"]]
    return session


def with_texts() -> Any:
    """Return the documented session with its numbers as text."""
    return _with_words(str, DOCUMENTED)


def with_names() -> Any:
    """Return the documented session with names in the spellings of several tools."""
    session = deepcopy(DOCUMENTED)
    session |= {"authMethod": "Command", "status": "active"}
    session["location"]["type"] = "OnStreet"
    (evse,) = session["location"]["evses"]
    evse |= {"status": "Charging", "capabilities": ["remote_start_stop_capable", 9]}
    evse["capabilities"][1] = "RfidReader"
    (connector,) = evse["connectors"]
    connector |= {"standard": "Iec62196T2", "format": "socket", "powerType": "ac3Phase"}
    session["chargingPeriods"][0]["dimensions"][0]["type"] = "energy"
    return session


def mixed() -> Any:
    """Return a session in which every object is written in another way."""
    session = deepcopy(CANONICAL)
    session["startDatetime"] = session.pop("start_datetime")
    session["totalCost"] = session.pop("total_cost")
    session |= {"status": "0", "auth_method": 1}
    place = session["location"]
    place["timeZone"] = place.pop("time_zone")
    place["type"] = "on-street"
    (evse,) = place["evses"]
    evse["evseId"] = evse.pop("evse_id")
    evse |= {"status": "2", "capabilities": [7, "Rfid_Reader"]}
    (connector,) = evse["connectors"]
    connector |= {"standard": 25, "format": "0"}
    connector["PowerType"] = connector.pop("power_type")
    session["charging_periods"] = deepcopy(DOCUMENTED["chargingPeriods"])
    return session
