"""What a further reading changes: corrections are kept, steps back are not."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from custom_components.ev_charging_cloud.ledger import AccountLedger
from custom_components.ev_charging_cloud.providers.model import (
    CostState,
    Session,
    SessionState,
)

from .support import FULL, HOUR, NOW, cost, ended, record, rows, session, track

CHANGES = "SELECT change, created_at, changed_at FROM sessions"
ZERO = datetime.fromtimestamp(0, NOW.tzinfo)
LATER = NOW + HOUR


def at(moment: datetime) -> int:
    """Return a moment as the file has it."""
    return (moment - ZERO) // timedelta(microseconds=1)


async def after(account: AccountLedger, *readings: Session) -> Session:
    """Return what is kept after readings that came one after the other."""
    for number, one in enumerate(readings):
        await record(account, one, now=NOW + number * HOUR)
    (found,) = await account.sessions()
    return found


async def test_the_same_again_touches_nothing(
    account: AccountLedger, path: Path
) -> None:
    """Neither its moment of change nor its reason."""
    assert await after(account, FULL, FULL, FULL) == FULL
    assert rows(path, CHANGES) == [("ended", at(NOW), at(NOW))]


async def test_an_unchanged_row_is_not_written(
    account: AccountLedger, path: Path
) -> None:
    """A trigger, which SQLite calls for each row written, would say so."""
    await record(account, FULL, ended("other"))
    await account._ledger.run(
        lambda sql: sql.exec_driver_sql(
            "CREATE TRIGGER no BEFORE UPDATE ON sessions WHEN old.key = 'host/1' "
            "BEGIN SELECT RAISE(ABORT, 'touched'); END"
        )
    )
    await record(account, FULL, ended("other", energy_kwh=9.0), now=LATER)
    assert {one.energy_kwh for one in await account.sessions()} == {0.11429, 9.0}


async def test_the_life_of_a_session(account: AccountLedger, path: Path) -> None:
    """Why it was written last is told at each step."""
    readings = [session(), session(energy_kwh=1.0), ended(), ended(energy_kwh=8.0)]
    for number, one in enumerate(readings):
        now = NOW + number * HOUR
        await record(account, one, now=now)
        reason = ("started", "updated", "ended", "corrected")[number]
        assert rows(path, CHANGES) == [(reason, at(NOW), at(now))]


async def test_a_reservation_may_begin(account: AccountLedger) -> None:
    """It is no end."""
    found = await after(account, session(state=SessionState.RESERVED), session())
    assert found.state is SessionState.ACTIVE


@pytest.mark.parametrize("end", [SessionState.COMPLETED, SessionState.FAILED])
@pytest.mark.parametrize("late", [SessionState.ACTIVE, SessionState.STOPPING])
async def test_what_ended_never_runs_again(
    account: AccountLedger, end: SessionState, late: SessionState
) -> None:
    """A late reading changes nothing."""
    over = ended(state=end)
    assert await after(account, over, session(state=late, energy_kwh=99.0)) == over


async def test_an_end_is_kept_also_against_the_track(account: AccountLedger) -> None:
    """A list says that it ended, the status of the EVSE in the same reading does not."""
    await record(account, ended(), tracks={"evse_1": track(session())})
    assert await account.sessions() == [ended()]


async def test_a_bill_replaces_an_estimate(account: AccountLedger) -> None:
    """And a credit the bill, also one down to nothing."""
    states = [CostState.PROVISIONAL, CostState.FINAL, CostState.CORRECTED]
    readings = [ended(cost=cost(one, str(10 - n))) for n, one in enumerate(states)]
    found = await after(account, *readings, ended(cost=cost(CostState.CORRECTED, "0")))
    assert found.cost == cost(CostState.CORRECTED, "0")


@pytest.mark.parametrize(
    "lesser", [CostState.FINAL, CostState.PROVISIONAL, CostState.RUNNING, None]
)
async def test_a_lesser_reading_undoes_no_bill(
    account: AccountLedger, lesser: CostState | None
) -> None:
    """The session without its bill is read again; it may say what else is known."""
    bill = ended(cost=cost(CostState.CORRECTED))
    again = ended(energy_kwh=7.0, place="Garage", cost=lesser and cost(lesser, "99"))
    found = await after(account, bill, again)
    assert found == msgspec.structs.replace(bill, place="Garage")


async def test_what_was_known_is_not_forgotten(account: AccountLedger) -> None:
    """A list says less than a report; what the list says is still taken."""
    bare = ended("host/1", energy_kwh=0.2, evse_id=None)
    assert await after(account, FULL, bare) == msgspec.structs.replace(
        FULL, energy_kwh=0.2, stale=False, id="host/1", ownership=bare.ownership
    )


async def test_amounts_are_not_mixed(account: AccountLedger) -> None:
    """A net amount of now and a gross one of before are no cost."""
    net = msgspec.structs.replace(
        cost(CostState.PROVISIONAL, None), net=Decimal(8), currency="SEK"
    )
    found = await after(
        account, ended(cost=cost(CostState.PROVISIONAL)), ended(cost=net)
    )
    assert found.cost == net


async def test_a_planned_end_is_dropped_while_it_runs(account: AccountLedger) -> None:
    """A session that runs on has no end."""
    found = await after(account, session(ended_at=NOW), session())
    assert found.ended_at is None


async def test_being_heard_after_the_end_is_no_correction(
    account: AccountLedger, path: Path
) -> None:
    """Only what the bill or the statistics could need is."""
    await after(account, ended(reported_at=NOW), ended(reported_at=LATER))
    assert rows(path, CHANGES) == [("ended", at(NOW), at(NOW))]


async def test_the_first_start_never_moves(account: AccountLedger, path: Path) -> None:
    """The start can be corrected, and the session is then found by the new one."""
    await after(account, ended(started_at=NOW - HOUR), ended(started_at=NOW))
    first = "SELECT first_start, started_at, began FROM sessions"
    assert rows(path, first) == [(at(NOW - HOUR), at(NOW), at(NOW))]


async def test_the_first_start_is_that_of_the_track(
    account: AccountLedger, path: Path
) -> None:
    """Also of the session before; without any, it is the moment of the reading."""
    followed = track(
        session("new"),
        first_start=NOW,
        predecessor=ended("old", started_at=None),
        predecessor_start=NOW - 2 * HOUR,
    )
    past = ended("past", started_at=None)
    await record(account, past, tracks={"evse_1": followed}, now=LATER)
    first = "SELECT key, first_start, change FROM sessions ORDER BY key"
    assert rows(path, first) == [
        ("new", at(NOW), "started"),
        ("old", at(NOW - 2 * HOUR), "ended"),
        ("past", at(LATER), "ended"),
    ]


async def test_a_session_twice_in_one_reading_is_one_row(
    account: AccountLedger, path: Path
) -> None:
    """Seen running at the EVSE and ended in the list, or twice in a list."""
    await record(account, session(), ended(), ended(energy_kwh=8.0))
    assert await account.sessions() == [ended(energy_kwh=8.0)]
    assert rows(path, "SELECT change FROM sessions") == [("corrected",)]
