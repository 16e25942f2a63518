"""The public documents' answers, served over a socket and read by the provider."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from custom_components.ev_charging_cloud.providers.model import (
    CostState,
    Ownership,
    Session,
    SessionState,
)

from ..support import FIXTURES
from .support import Account, account, cdr_answer, document, part

DRIVER = "demo-driver-1"
LATEST = f"sessions/{DRIVER}/latest"
BY_ID = "a5db858f68a59d25df755847db013244"
CDR = "cdrs/session/20796751"


def at(clock: str, day: int = 23) -> datetime:
    """Return a moment of the documents' month."""
    return datetime.fromisoformat(f"2022-03-{day}T{clock}+00:00")


RUNS, SILENT = at("05:17:00"), at("05:50:00")
# The CDR that the fact sheet tells of: its end is 25 s after the last report.
LATER_CDR = cdr_answer(
    cdr_id="20796751",
    start_date_time="2022-03-23T05:12:22.000+00:00",
    stop_date_time="2022-03-23T05:16:25.000+00:00",
    total_cost=2.88,
    total_cost_incl_vat=3.3984,
    total_energy=160.0,
    total_time=4.0,
)


def reading(now: datetime, answers: dict[str, Any] | None = None) -> Any:
    """Return the account of the documents' driver at a moment."""
    bodies = {LATEST: document("latest_session"), **(answers or {})}
    return account(bodies, part(driver=DRIVER), now=now)


async def by_id(found: Account) -> Session:
    """Read the documents' session by its id."""
    asked = Session(key=f"realm/{BY_ID}", id=BY_ID, state=SessionState.ACTIVE)
    return await found.provider.session(asked)


@pytest.mark.parametrize(
    "name",
    [
        "evnnovator-latest-session.txt",
        "evnnovator-session-by-id.txt",
        "evnnovator_latest_session.json",
        "evnnovator_session_by_id.json",
    ],
)
def test_the_documents_are_unchanged(name: str) -> None:
    """They are what the fact sheet was written from."""
    folder = FIXTURES / "documents"
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    sums = {line.split()[1]: line.split()[0] for line in lines}
    assert sha256((folder / name).read_bytes()).hexdigest() == sums[name]


async def test_the_session_by_id() -> None:
    """Every figure of the first document."""
    async with account({f"sessions/{BY_ID}": document("session_by_id")}) as found:
        session = await by_id(found)
    assert session.key == f"realm/{BY_ID}"
    assert session.state is SessionState.COMPLETED
    assert session.energy_kwh == 0.11429
    assert session.cost is not None
    assert (session.cost.net, session.cost.currency) == (Decimal("1.71"), "INR")
    assert session.cost.vat is session.cost.gross is None
    assert session.cost.state is CostState.PROVISIONAL
    assert session.started_at == at("12:35:44", 14)
    assert session.ended_at == at("12:45:08", 14)
    assert session.duration == timedelta(minutes=9, seconds=24)
    assert session.reference == "724615825"
    assert session.evse_identifier == "IN*111*EAMP03*1"
    assert session.place == "EVnnovator Lab"
    assert session.power_kw == 0
    assert not session.stale
    assert session.can_stop is False


async def test_the_periods_of_the_session_by_id() -> None:
    """19 of energy and one of parking, which add up to the session."""
    async with account({f"sessions/{BY_ID}": document("session_by_id")}) as found:
        session = await by_id(found)
    *charging, parked = session.periods
    assert len(charging) == 19
    assert sum(one.energy_kwh or 0 for one in charging) == pytest.approx(0.109)
    assert all(one.kind == "charging" for one in charging)
    assert parked.kind == "idle"
    # Volumes belong to the time before their moment: only so the 8 s of parking fit.
    assert charging[0].started_at == session.started_at
    assert charging[0].ended_at == at("12:35:57", 14)
    assert parked.started_at == at("12:45:00", 14)
    assert parked.ended_at == session.ended_at
    for one, other in zip(session.periods, session.periods[1:], strict=False):
        assert one.ended_at == other.started_at


async def test_the_latest_session_runs_at_0517() -> None:
    """Every figure of the second document."""
    async with reading(RUNS) as found:
        session = await found.latest()
        assert found.gateway.paths() == [f"GET {LATEST}"]
    assert session.state is SessionState.ACTIVE
    assert not session.stale
    assert session.ownership is Ownership.OWN
    assert session.energy_kwh == 0.16
    assert session.cost is not None
    assert (session.cost.net, session.cost.currency) == (Decimal("2.88"), "INR")
    assert session.cost.state is CostState.RUNNING
    assert session.started_at == at("05:12:22")
    assert session.ended_at is None
    assert session.duration is None
    assert session.reported_at == at("05:15:59.647")
    assert [one.started_at for one in session.periods] == [session.reported_at]
    assert session.evse_identifier == "IN*TCZ*2"
    assert session.place == "GJ | Vadodara | Charge+Zone Office2"
    assert session.can_stop is True


async def test_the_latest_session_is_stale_at_0550() -> None:
    """It runs as far as anybody knows; power is not known, and it can be stopped."""
    async with reading(SILENT) as found:
        evse = await found.evse()
    session = evse.session
    assert session is not None
    assert session.state is SessionState.ACTIVE
    assert session.stale
    assert session.power_kw is None
    assert session.ended_at is None
    assert session.can_stop is True
    assert evse.status is None
    assert evse.plugged_in is None


async def test_the_latest_session_with_its_cdr_is_completed() -> None:
    """Times, energy and money are the CDR's."""
    async with reading(SILENT, {CDR: LATER_CDR}) as found:
        session = await found.latest()
        assert found.gateway.paths() == [f"GET {LATEST}", f"GET {CDR}"]
    assert session.state is SessionState.COMPLETED
    assert not session.stale
    assert session.started_at == at("05:12:22")
    assert session.ended_at == at("05:16:25")
    assert session.duration == timedelta(minutes=4, seconds=3)
    assert session.energy_kwh == pytest.approx(0.16)
    assert session.power_kw == 0
    assert session.cost is not None
    assert session.cost.net == Decimal("2.88")
    assert session.cost.vat == Decimal("0.5184")
    assert session.cost.gross == Decimal("3.3984")
    assert session.cost.state is CostState.FINAL


async def test_a_session_that_resumes_after_eight_hours_is_the_same() -> None:
    """Silence was no end; the power of the first new report is not known."""
    async with reading(RUNS) as found:
        first = await found.latest()
        silent = await found.latest(wait=timedelta(hours=8))
        assert silent.stale
        assert silent.running
        now = found.gateway.now
        answer = document("latest_session")
        answer["data"] |= {"end_datetime": now.isoformat(), "kwh": 0.2}
        found.gateway.answers[LATEST] = answer
        resumed = await found.latest()
        assert (resumed.key, resumed.running) == (first.key, True)
        assert not resumed.stale
        assert resumed.power_kw is None
        later = now + timedelta(minutes=1)
        answer["data"] |= {"end_datetime": later.isoformat(), "kwh": 0.3}
        flowing = await found.latest(wait=timedelta(minutes=1))
    assert flowing.power_kw == pytest.approx(6)
    assert flowing.started_at == datetime(2022, 3, 23, 5, 12, 22, tzinfo=UTC)
