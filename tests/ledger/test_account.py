"""What an account has: its own rows, its events once, its cursors, and no names."""

from datetime import timedelta
from pathlib import Path

import pytest

from custom_components.ev_charging_cloud.happenings import Happening, Kind
from custom_components.ev_charging_cloud.ledger import (
    AccountLedger,
    Ledger,
    LedgerClosedError,
    LedgerError,
)
from custom_components.ev_charging_cloud.ledger.schema import metadata

from .support import FULL, HOUR, NOW, ended, record, rows, session, started, track


async def test_only_changed_tracks_and_cursors_are_replaced(
    account: AccountLedger,
) -> None:
    """What is not named stays."""
    first, second = track(session("a")), track(session("b"), attempts=1)
    await record(
        account,
        tracks={"1": first, "2": first, "3": None},
        cursors={"x": "1", "y": "1"},
    )
    await record(account, tracks={"2": second, "1": None}, cursors={"y": "2"})
    assert await account.tracks() == {"1": None, "2": second, "3": None}
    assert await account.cursors() == {"x": "1", "y": "2"}


async def test_events_are_taken_once_and_in_order(account: AccountLedger) -> None:
    """With everything that is known of the session, live readings too."""
    happened = [
        ("evse_1", started(session(power_kw=11.0))),
        ("evse_2", Happening(kind=Kind.FAILED, session=FULL)),
        ("evse_1", Happening(kind=Kind.FINISHED, session=ended())),
    ]
    await record(account, happenings=happened[:2])
    await record(account, happenings=happened[2:])
    assert await account.take() == happened
    assert await account.take() == []


async def test_told_events_do_not_pile_up(account: AccountLedger, path: Path) -> None:
    """The next ones sweep them away."""
    for number in range(5):
        await record(account, happenings=[("e", started(session(str(number))))])
        assert len(await account.take()) == 1
    assert rows(path, "SELECT told FROM outbox") == [(1,)]


async def test_an_event_that_makes_no_sense_is_left_out(
    account: AccountLedger,
) -> None:
    """It costs that event only; so does a track."""
    await record(
        account,
        happenings=[("e", started(session("a"))), ("e", started(session("b")))],
        tracks={"1": track(session()), "2": None},
    )
    for words in (
        "UPDATE outbox SET session = '{}' WHERE id = 1",
        "UPDATE tracks SET track = 'x' WHERE evse_id = '1'",
    ):
        await account._ledger.run(lambda sql, words=words: sql.exec_driver_sql(words))
    assert await account.take() == [("e", started(session("b")))]
    assert await account.tracks() == {"2": None}


async def test_accounts_see_only_their_own(ledger: Ledger) -> None:
    """The same keys, EVSEs and names at two accounts are four different things."""
    mine, yours = await ledger.account("mine"), await ledger.account("yours")
    for number, one in enumerate((mine, yours)):
        key = session(energy_kwh=float(number))
        await record(
            one,
            ended("past", energy_kwh=float(number)),
            tracks={"e": track(key)},
            happenings=[("e", started(key))],
            cursors={"x": str(number)},
        )
    for number, one in enumerate((mine, yours)):
        energies = {found.energy_kwh for found in await one.sessions()}
        assert energies == {float(number)}
        assert await one.cursors() == {"x": str(number)}
        assert [told.session.energy_kwh for _, told in await one.take()] == [number]
        followed = (await one.tracks())["e"]
        assert followed is not None and followed.session.energy_kwh == number


async def test_an_account_is_found_again(
    ledger: Ledger, account: AccountLedger
) -> None:
    """By its key, with the same salt."""
    await record(account, ended())
    again = await ledger.account("mine")
    assert await again.sessions() == [ended()]
    assert again.subject("x") == account.subject("x")


async def test_forgetting_leaves_nothing(ledger: Ledger, path: Path) -> None:
    """No row, no bytes in the file or its log, and nothing of others is lost."""
    mine, yours = await ledger.account("mine-to-forget"), await ledger.account("yours")
    secret = ended("secret-session")
    for one in (mine, yours):
        kept = secret if one is mine else ended("kept")
        await record(
            one,
            kept,
            tracks={"e": track(kept)},
            happenings=[("e", started(kept))],
            cursors={"x": kept.key},
        )
    assert _holds(path, b"secret-session")
    await mine.forget()
    assert not _holds(path, b"secret-session")
    assert not _holds(path, b"mine-to-forget")
    for table in set(metadata.tables) - {"ledger_schema"}:
        assert rows(path, f"SELECT count(*) FROM {table}") == [(1,)], table  # noqa: S608
    with pytest.raises(LedgerError, match="IntegrityError"):
        await record(mine, ended())
    assert await yours.sessions() == [ended("kept")]


def _holds(path: Path, words: bytes) -> bool:
    """Tell whether a text stands anywhere in the file or its log."""
    parts = path.parent.glob(path.name + "*")
    return any(words in part.read_bytes() for part in parts)


async def test_who_charged_is_kept_as_a_hash(ledger: Ledger, path: Path) -> None:
    """Keyed, so that nobody finds it by trying; two accounts know two different ones."""
    mine, yours = await ledger.account("mine"), await ledger.account("yours")
    for one in (mine, yours):
        await record(one, ended(), subjects={"s1": "NO-TOKEN-1"})
        await record(one, ended(energy_kwh=9.0))
    found = [
        one for (one,) in rows(path, "SELECT subject FROM sessions ORDER BY account")
    ]
    assert found == [mine.subject("NO-TOKEN-1"), yours.subject("NO-TOKEN-1")]
    assert found[0] != found[1] and len(found[0]) == 32
    assert not _holds(path, b"NO-TOKEN-1")


async def test_sessions_of_a_span(account: AccountLedger) -> None:
    """From its first moment until before its last, the newest first, no more than asked."""
    past = [
        ended(f"s{number}", started_at=NOW + number * HOUR, evse_id=f"e{number % 2}")
        for number in range(6)
    ]
    await record(account, *reversed(past))
    span = await account.sessions(since=NOW + HOUR, until=NOW + 4 * HOUR)
    assert [one.key for one in span] == ["s3", "s2", "s1"]
    just = await account.sessions(until=NOW + timedelta(microseconds=1))
    assert [one.key for one in just] == ["s0"]
    some = await account.sessions(evse_id="e1", limit=2)
    assert [one.key for one in some] == ["s5", "s3"]


async def test_the_last_session_of_an_evse(account: AccountLedger) -> None:
    """The newest that ended; one that runs is not over."""
    await record(
        account,
        ended("older", started_at=NOW - 2 * HOUR),
        ended("newer"),
        session("running", started_at=NOW),
        ended("elsewhere", started_at=NOW, evse_id="evse_2"),
    )
    found = await account.last_session("evse_1")
    assert found is not None and found.key == "newer"
    assert await account.last_session("evse_3") is None


async def test_a_failed_update_leaves_nothing(ledger: Ledger, path: Path) -> None:
    """All or nothing, and the ledger goes on; the error quotes no contents."""
    account = await ledger.account("mine")
    await ledger.run(
        lambda sql: sql.exec_driver_sql(
            "CREATE TRIGGER no BEFORE INSERT ON cursors WHEN new.name = 'bad' "
            "BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    )
    with pytest.raises(LedgerError) as raised:
        await record(
            account, ended("secret"), tracks={"e": None}, cursors={"bad": "secret"}
        )
    assert "secret" not in f"{raised.value} {raised.value.__cause__}"
    assert await account.sessions() == [] and await account.tracks() == {}
    await record(account, ended())
    assert len(await account.sessions()) == 1


async def test_nothing_new_costs_nothing(
    account: AccountLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poll without news does not reach the file."""
    monkeypatch.setattr(account._ledger, "run", None)
    await record(account)


async def test_a_closed_ledger_says_so(path: Path) -> None:
    """And can be closed again."""
    ledger = await Ledger.open(path)
    account = await ledger.account("mine")
    await ledger.close()
    await ledger.close()
    with pytest.raises(LedgerClosedError):
        await account.sessions()
    with pytest.raises(LedgerClosedError):
        await ledger.checkpoint()
