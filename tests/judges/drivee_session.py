"""A charge by driveeClient, told as JSON.

Runs in an environment of its own, on a Python that the client knows (3.10 to 3.13).
"""

import asyncio
import json
import os
import sys
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from drivee_client import DriveeClient, drivee_client


async def charge(url: str) -> dict[str, Any]:
    """Sign in, look around, charge for a while and look back."""
    drivee_client.BASE_URL = f"{url}/api/v1"
    drivee_client.DEFAULT_HEADERS["Host"] = urlsplit(url).netloc
    username, password = os.environ["DRIVEE_USERNAME"], os.environ["DRIVEE_PASSWORD"]
    async with DriveeClient(username, password) as client:
        await client.init()
        before = await client.get_charge_point()
        prices = await client.get_price_periods()
        started = await client.start_charging()
        await pass_time(url, 30 * 60)
        charging = await client.get_charge_point()
        ended = await client.end_charging()
        await pass_time(url, 60)
        after = await client.get_charge_point()
        history = await client.get_charging_history("2025-03-01", "2025-04-30")
        return {
            "name": before.name,
            "evse": before.evse.id,
            "connected": before.evse.is_connected,
            "prices": [
                [str(row.start_date), str(row.price_per_kwh)] for row in prices.prices()
            ],
            "started": told(started.session),
            "is_charging": charging.evse.is_charging,
            "charging": told(charging.evse.session),
            "ended": told(ended.session),
            "status_after": after.evse.status.value,
            "history": [told(session) for session in history.sessions],
        }


def told(session: Any) -> dict[str, Any]:
    """Return what the client understands of a session."""
    return {
        "id": session.id,
        "evse_id": session.evse_id,
        "status": session.status,
        "energy_wh": session.energy,
        "power_w": session.power,
        "amount": str(session.total_amount),
        "started_at": session.started_at.isoformat(),
        "stopped_at": session.stopped_at.isoformat() if session.stopped_at else None,
    }


async def pass_time(url: str, seconds: float) -> None:
    """Let time pass in the world of the emulator."""
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{url}/_control/advance", json={"seconds": seconds}) as response,
    ):
        response.raise_for_status()


if __name__ == "__main__":
    json.dump(asyncio.run(charge(sys.argv[1])), sys.stdout)
