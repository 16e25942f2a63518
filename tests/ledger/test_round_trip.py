"""What goes in comes out: every field, exactly, and what is not known stays so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from pathlib import Path

from hypothesis import HealthCheck, given, settings
import msgspec
import pytest
from sqlalchemy import Connection

from custom_components.ev_charging_cloud.ledger import AccountLedger, Ledger, file
from custom_components.ev_charging_cloud.ledger.reading import (
    account as enter,
    sessions,
    tracks,
)
from custom_components.ev_charging_cloud.ledger.rows import LIVE as LIVE_FIELDS
from custom_components.ev_charging_cloud.ledger.writing import (
    Update,
    nothing,
    record as write,
)
from custom_components.ev_charging_cloud.providers.model import (
    Cost,
    CostState,
    Session,
    SessionState,
)
from custom_components.ev_charging_cloud.tracking import Track

from .support import FULL, HOUR, LIVE, NOW, SESSIONS, TRACKS, record, rows, track

NUMBERS = count()
REPEATED = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def sql(path: Path) -> Iterator[Connection]:
    """Return a connection to a new file."""
    connection, _ = file.open_file(path)
    yield connection
    file.close(connection)


def kept(session: Session) -> Session:
    """Return a session without its live readings."""
    return msgspec.structs.replace(session, **dict.fromkeys(LIVE_FIELDS))


def test_each_field_of_a_session_is_decided_about() -> None:
    """A new field is either kept, and then in the full session, or live."""
    fields = {field.name for field in msgspec.structs.fields(Session)}
    known = {name for name in fields if getattr(FULL, name) not in (None, ())}
    assert known == fields - LIVE_FIELDS
    assert set(LIVE) == LIVE_FIELDS


async def test_a_session_of_which_all_is_known(account: AccountLedger) -> None:
    """Everything but the live readings is kept."""
    await record(account, msgspec.structs.replace(FULL, **LIVE))
    assert await account.sessions() == [FULL]


async def test_a_session_of_which_nothing_is_known(account: AccountLedger) -> None:
    """Not known stays not known and never becomes a zero."""
    bare = Session(key="k", id="i", state=SessionState.COMPLETED)
    await record(account, bare)
    assert await account.sessions() == [bare]


async def test_zero_is_not_unknown(account: AccountLedger) -> None:
    """A measured zero and a free charge stay what they are."""
    free = Cost(currency="NOK", state=CostState.FINAL, net=Decimal(0))
    zero = msgspec.structs.replace(
        FULL,
        energy_kwh=0.0,
        drawn_kwh=0.0,
        idle=timedelta(),
        cost=free,
        battery_start_percent=0.0,
    )
    await record(account, zero)
    assert await account.sessions() == [zero]


async def test_money_is_exact(account: AccountLedger, path: Path) -> None:
    """Amounts are whole numbers in the file, and a thousand tenths are a hundred."""
    tenth = Cost(currency="NOK", state=CostState.FINAL, gross=Decimal("0.1"))
    many = [
        msgspec.structs.replace(FULL, key=f"k{number}", cost=tenth)
        for number in range(1000)
    ]
    await record(account, *many)
    found = await account.sessions(limit=1000)
    assert sum(one.cost.gross for one in found if one.cost and one.cost.gross) == 100
    assert str(found[0].cost and found[0].cost.gross) == "0.10"
    total = "SELECT sum(gross), typeof(sum(gross)), sum(energy) FROM sessions"
    assert rows(path, total) == [(100_000_000, "integer", 114_290_000)]


@pytest.mark.parametrize(
    ("net", "gross", "basis"), [(1, 2, "gross"), (1, None, "net"), (None, None, None)]
)
async def test_the_amount_to_sum_up_is_named(
    account: AccountLedger,
    path: Path,
    net: int | None,
    gross: int | None,
    basis: str | None,
) -> None:
    """So that no sum mixes net with gross."""
    amounts = [None if one is None else Decimal(one) for one in (net, gross)]
    cost = Cost(currency="NOK", state=CostState.FINAL, net=amounts[0], gross=amounts[1])
    await record(account, msgspec.structs.replace(FULL, cost=cost))
    assert rows(path, "SELECT cost_basis FROM sessions") == [(basis,)]


async def test_what_cannot_be_meant_is_not_known(account: AccountLedger) -> None:
    """One impossible number costs that number and not the update."""
    impossible = msgspec.structs.replace(
        FULL,
        energy_kwh=float("nan"),
        drawn_kwh=1e300,
        cost=Cost(
            currency="NOK",
            state=CostState.FINAL,
            net=Decimal("1e999999"),
            vat=Decimal("1e-999999"),
            gross=Decimal("NaN"),
        ),
    )
    await record(account, impossible)
    found = (await account.sessions())[0]
    assert (found.energy_kwh, found.drawn_kwh) == (None, None)
    assert found.cost == Cost(currency="NOK", state=CostState.FINAL, vat=Decimal(0))


async def test_moments_come_back_in_utc(account: AccountLedger) -> None:
    """Both hours of the night in which clocks go back stay apart."""
    zone = timezone(timedelta(hours=5, minutes=30))
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    entered = [
        msgspec.structs.replace(FULL, key="a", started_at=first.astimezone(zone)),
        msgspec.structs.replace(FULL, key="b", started_at=first + HOUR),
    ]
    await record(account, *entered)
    found = await account.sessions()
    assert [one.started_at for one in found] == [first + HOUR, first]
    assert {one.started_at.tzinfo for one in found if one.started_at} == {UTC}


async def test_a_track_is_restored_exactly(path: Path) -> None:
    """With live readings, predecessor, first start and attempts, by the next process."""
    live = msgspec.structs.replace(FULL, key="live", **LIVE)
    followed: dict[str, Track | None] = {
        "evse_1": track(live, attempts=2, predecessor=FULL, predecessor_start=NOW),
        "evse_2": None,
    }
    ledger = await Ledger.open(path)
    await record(await ledger.account("mine"), tracks=followed)
    await ledger.close()
    ledger = await Ledger.open(path)
    assert await (await ledger.account("mine")).tracks() == followed
    await ledger.close()


@REPEATED
@given(session=SESSIONS)
def test_any_session_comes_back(sql: Connection, session: Session) -> None:
    """Whatever a back end reports, through the file and back."""
    number = _write(sql, {}, (session,))
    with sql.begin():
        assert sessions(sql, number, limit=9) == [kept(session)]


@REPEATED
@given(followed=TRACKS)
def test_any_track_comes_back(sql: Connection, followed: Track) -> None:
    """With all live readings."""
    number = _write(sql, {"evse": followed}, ())
    with sql.begin():
        assert tracks(sql, number) == {"evse": followed}


def _write(
    sql: Connection, followed: dict[str, Track | None], past: tuple[Session, ...]
) -> int:
    """Record in an account of its own and return its number."""
    update = Update(
        tracks=followed,
        past=past,
        happenings=(),
        cursors={},
        subjects={},
        subject=str,
        now=NOW,
    )
    with sql.begin():
        number, _ = enter(sql, f"account {next(NUMBERS)}")
        write(sql, number, update, nothing)
    return number
