"""Pages of 1,000 sessions as an OCPI 2.2.1 server writes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

SESSIONS = 1000
BROKEN = SESSIONS // 100
PERIODS = 11
START = datetime(2026, 6, 1, 6, tzinfo=UTC)
QUARTER = timedelta(minutes=15)

type Json = dict[str, Any]


def page(broken: int = 0) -> bytes:
    """Return a page with some sessions that nothing can be made of."""
    rows: list[Json] = [session(number) for number in range(SESSIONS)]
    for position in range(broken):
        index = (2 * position + 1) * SESSIONS // (2 * broken)
        rows[index] |= {"status": ["COMPLETED"]}
    return orjson.dumps(
        {
            "data": rows,
            "status_code": 1000,
            "status_message": "Success",
            "timestamp": "2026-07-01T00:00:00Z",
        }
    )


def session(number: int) -> Json:
    """Return one session; one of ten still runs."""
    start = START + number * timedelta(minutes=7)
    end = start + PERIODS * QUARTER
    over = number % 10 != 0
    card = f"APP-{number % 5}"
    return {
        "country_code": "NL",
        "party_id": "XYZ",
        "id": f"SES-{number:08}",
        "start_date_time": _written(start),
        "end_date_time": _written(end) if over else None,
        "kwh": round(sum(_energy(number, part) for part in range(PERIODS)), 3),
        "cdr_token": {
            "country_code": "NL",
            "party_id": "HAX",
            "uid": card,
            "type": "APP_USER",
            "contract_id": f"NL-HAX-C00000{number % 5}-5",
        },
        "auth_method": "COMMAND",
        "authorization_reference": f"ha-{number:032x}",
        "location_id": f"LOC-{number % 40}",
        "evse_uid": f"EVSE-{number % 120}",
        "connector_id": "1",
        "meter_id": None,
        "currency": "EUR",
        "charging_periods": [_period(number, part) for part in range(PERIODS)],
        "total_cost": {"excl_vat": 9.81 + number / 100, "incl_vat": 11.9 + number / 80},
        "status": "COMPLETED" if over else "ACTIVE",
        "last_updated": _written(end + QUARTER),
    }


def _period(number: int, part: int) -> Json:
    """Return a quarter of an hour; every second one tells its mean power too."""
    dimensions = [
        {"type": "ENERGY", "volume": _energy(number, part)},
        {"type": "TIME", "volume": 0.25},
        {"type": "POWER", "volume": round(4 * _energy(number, part), 3)},
    ]
    at = START + number * timedelta(minutes=7) + part * QUARTER
    return {
        "start_date_time": _written(at),
        "tariff_id": "T1",
        "dimensions": dimensions[: 2 + part % 2],
    }


def _energy(number: int, part: int) -> float:
    """Return what a car draws in a quarter of an hour; it tapers."""
    return round((2.75 + number % 7 / 10) * (1 - part / 20), 3)


def _written(moment: datetime) -> str:
    """Return a moment as the standard writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
