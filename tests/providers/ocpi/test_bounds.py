"""What grows with what an operator sends is bounded."""

from datetime import timedelta

import pytest

from custom_components.ev_charging_cloud.providers.ocpi import strangers
from custom_components.ev_charging_cloud.providers.ocpi.mapping import unknown

from .support import MINUTE, NOW
from .test_limits import busy, session

HOUR = timedelta(hours=1)
IDLE = 6 * MINUTE


async def test_sessions_of_others_are_counted_up_to_a_bound_and_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A day after they were seen last there is nothing to tell."""
    monkeypatch.setattr(strangers, "MOST", 10)
    token = {"country_code": "DE", "party_id": "OTH", "uid": "X"}
    rows = [session(one, NOW - HOUR, cdr_token=token) for one in range(14)]
    async with busy("sessions", lists={"sessions": rows}) as (account, server):
        found = await account.poll()
        assert found.troubles == {"foreign_sessions": "10"}
        server.lists["sessions"] = []
        found = await account.poll(23 * HOUR)
        assert found.troubles == {"foreign_sessions": "10"}
        found = await account.poll(8 * HOUR)
        assert found.troubles == {}


async def test_strange_words_are_told_up_to_a_bound(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Then once that there are more."""
    rows = [session(one, NOW, status=f"WORD{one}") for one in range(80)]
    async with busy("sessions", lists={"sessions": rows[:60]}, size=50) as (
        account,
        server,
    ):
        await account.poll()
        server.lists["sessions"] = rows
        await account.poll(IDLE)
        await account.poll(IDLE)
    told = [one.getMessage() for one in caplog.records if "unknown word" in one.message]
    assert len(told) == len(set(told)) == unknown.MOST_WORDS + 1
    assert told[-1] == "The operator uses more unknown words"
