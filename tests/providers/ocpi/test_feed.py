"""Where the reading of one list stands."""

from datetime import datetime, timedelta

import aiohttp
from aiohttp import web
import pytest

from custom_components.ev_charging_cloud.providers.errors import RateLimitError
from custom_components.ev_charging_cloud.providers.ocpi.client import Module, written
from custom_components.ev_charging_cloud.providers.ocpi.feed import OVERLAP, Feed

from .hostile import client_of, objects, operator
from .support import MINUTE, NOW

DAY = timedelta(days=1)
IDLE = 6 * MINUTE


async def test_what_changes_while_a_read_is_held_up_is_not_lost(
    http: aiohttp.ClientSession,
) -> None:
    """The pages that were read before are read again from where it began."""
    async with operator(rows=objects(4), size=2) as found:
        feed = Feed(client_of(http, found.url), Module.SESSIONS, blind=DAY)

        async def read(now: datetime) -> int:
            count = 0
            async for rows in feed.fresh(now):
                feed.saw(now, now)
                count += len(rows)
            return count

        found.bend = lambda one: (
            web.Response(status=429) if "offset" in one.query else None
        )
        with pytest.raises(RateLimitError):
            await read(NOW)
        assert feed.due(NOW, DAY)
        found.bend = lambda _: None
        assert await read(NOW + IDLE) == 2
        assert not feed.due(NOW + IDLE, DAY)
        assert await read(NOW + 2 * IDLE) == 4
        assert await read(NOW + 3 * IDLE) == 4
        begun = [
            one.query["date_from"]
            for one in found.asked("/sessions")
            if "offset" not in one.query
        ]
    assert begun == [
        written(one) for one in (NOW - DAY, NOW - OVERLAP, NOW + 2 * IDLE - OVERLAP)
    ]
