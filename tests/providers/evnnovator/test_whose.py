"""Whose a session is, and what is never told of somebody else."""

import logging
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.model import (
    Ownership,
    Session,
    SessionState,
    plain,
)

from .support import (
    CDR,
    LATEST,
    SESSION_ID,
    UID,
    account,
    cdr_answer,
    known,
    part,
    session_answer,
)

STRANGER = "stranger-4711"
HASH = "de4248351c54e55cd97c0000ed9ceb06"
SECOND = "sessions/driver-2/latest"


def told(caplog: pytest.LogCaptureFixture) -> str:
    """Return what was logged, apart from the test's own server."""
    records = [one for one in caplog.records if one.name != "aiohttp.access"]
    assert records
    return "\n".join(one.getMessage() for one in records)


@pytest.mark.parametrize(
    ("auth_id", "whose"),
    [
        ("driver-1", Ownership.OWN),
        ("DRIVER-1", Ownership.OWN),
        ("driver-2", Ownership.OWN),
        (UID, Ownership.OWN),
        (HASH, Ownership.OWN),
        (None, Ownership.OWN),
        ("", Ownership.OWN),
        (STRANGER, Ownership.FOREIGN),
        (4711, Ownership.FOREIGN),
    ],
)
async def test_whose_the_latest_session_is(auth_id: Any, whose: Ownership) -> None:
    """The gateway was asked for a driver's; only a plain other id contradicts."""
    drivers = part(), part("p2", "driver-2")
    bodies = {LATEST: session_answer(auth_id=auth_id)}
    async with account(bodies, *drivers, cursors=known()) as found:
        assert (await found.latest()).ownership is whose


@pytest.mark.parametrize("before", Ownership)
async def test_a_session_by_id_of_a_hash_stays_whose_it_was(before: Ownership) -> None:
    """Nobody was asked for."""
    mine = Session(
        key="realm/1", id=SESSION_ID, state=SessionState.ACTIVE, ownership=before
    )
    bodies = {f"sessions/{SESSION_ID}": session_answer(auth_id=HASH)}
    async with account(bodies) as found:
        assert (await found.provider.session(mine)).ownership is before


async def test_nothing_of_somebody_else_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Two drivers, one of whom is shown a stranger's session."""
    foreign = session_answer(
        id="f" * 32, auth_id=STRANGER, session_id="77", status="COMPLETED"
    )
    bodies = {
        LATEST: session_answer(),
        SECOND: foreign,
        "cdrs/session/77": cdr_answer(cdr_id="77", auth_id=STRANGER),
    }
    drivers = part(), part("p2", "driver-2")
    with caplog.at_level(logging.DEBUG):
        async with account(bodies, *drivers) as found:
            snapshot = await found.poll()
            again = await found.poll()
    assert snapshot == again
    whose = {
        key: point.evses[0].session.ownership
        for key, point in snapshot.charge_points.items()
        if point.evses[0].session
    }
    assert whose == {"driver_p1": Ownership.OWN, "driver_p2": Ownership.FOREIGN}
    for text in (str(plain(snapshot)), repr(snapshot), told(caplog)):
        assert STRANGER not in text


async def test_not_even_the_own_id_leaves_the_provider(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A log file is for others to read."""
    bodies = {LATEST: session_answer(status="COMPLETED"), CDR: cdr_answer()}
    with caplog.at_level(logging.DEBUG):
        async with account(bodies, part(label="Ida"), cursors=known()) as found:
            snapshot = await found.poll()
    lines = told(caplog)
    assert "sessions/.../latest" in lines
    assert "driver-1" not in lines
    assert UID not in lines
    assert "driver-1" not in str(plain(snapshot))
    assert snapshot.charge_points["driver_p1"].name == "Ida"
