"""The file itself: broken, too new, old, copied, and who may read it."""

import asyncio
from pathlib import Path
import shutil
import sqlite3
import stat

import pytest
from sqlalchemy import Connection, create_mock_engine
from sqlalchemy.dialects import postgresql

from custom_components.ev_charging_cloud.ledger import (
    AccountLedger,
    Ledger,
    LedgerError,
    LedgerTooNewError,
    schema,
)

from .support import FULL, HOUR, NOW, ended, record, rows, session, started, track

VERSION_1 = Path(__file__).with_name("version_1.sql")
OUTLINE = "SELECT type, name, sql FROM sqlite_master ORDER BY type, name"


async def filled(path: Path, count: int = 500) -> None:
    """Write a ledger with sessions in it and close it."""
    ledger = await Ledger.open(path)
    account = await ledger.account("mine")
    await record(account, *(ended(f"s{number}") for number in range(count)))
    await ledger.close()


def old_file(path: Path) -> None:
    """Write the file of the first version."""
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1.read_text())
    connection.close()


async def test_the_first_version_opens(path: Path) -> None:
    """All of what it held is there."""
    old_file(path)
    ledger = await Ledger.open(path)
    account = await ledger.account("mine")
    assert ledger.aside is None
    assert await account.sessions() == [
        FULL,
        ended("s1", started_at=NOW - 2 * HOUR),
    ]
    assert await account.tracks() == {"evse_1": track(FULL), "evse_2": None}
    assert await account.cursors() == {"list": "7"}
    assert await account.take() == [("evse_1", started(FULL))]
    assert account.subject("x") == "fdc06f8f88b5a1fe3ba1fb61d1351475"
    await ledger.close()


async def test_the_schema_is_the_recorded_one(path: Path, tmp_path: Path) -> None:
    """Whoever changes a table must add a migration and record the new version."""
    await filled(path)
    old_file(tmp_path / "old.db")
    if not schema.MIGRATIONS:
        assert rows(path, OUTLINE) == rows(tmp_path / "old.db", OUTLINE)
    assert rows(path, "SELECT version FROM ledger_schema") == [
        (len(schema.MIGRATIONS) + 1,)
    ]


def _add(name: str) -> schema.Migration:
    def step(connection: Connection) -> None:
        connection.exec_driver_sql(f"ALTER TABLE sessions ADD COLUMN {name} TEXT")

    return step


async def test_migrations_run_in_order_and_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the version of the file on, whatever that is."""
    old_file(path)
    ran = []

    def step(name: str) -> schema.Migration:
        return lambda connection: (ran.append(name), _add(name)(connection))[1]

    for names in ("b", "bcd", "bcd"):
        monkeypatch.setattr(schema, "MIGRATIONS", tuple(step(name) for name in names))
        await (await Ledger.open(path)).close()
    assert ran == ["b", "c", "d"]
    assert rows(path, "SELECT version FROM ledger_schema") == [(4,)]
    assert rows(path, "SELECT count(*), count(d) FROM sessions") == [(2, 0)]


async def test_a_migration_that_fails_changes_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its own half nor the steps before it, and the file is not put aside."""
    old_file(path)
    before = rows(path, OUTLINE)
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", (_add("b"), _add("c"), _add("c")))
        with pytest.raises(LedgerError):
            await Ledger.open(path)
    assert rows(path, OUTLINE) == before
    ledger = await Ledger.open(path)
    assert len(await (await ledger.account("mine")).sessions()) == 2
    await ledger.close()


async def test_a_newer_file_is_refused_and_left_alone(path: Path) -> None:
    """With a sentence that says what to do, and not one byte changed."""
    await filled(path)
    newer = sqlite3.connect(path)
    newer.execute("UPDATE ledger_schema SET version = 99")
    newer.commit()
    newer.close()
    before = path.read_bytes()
    with pytest.raises(LedgerTooNewError, match="99.*install the newer") as raised:
        await Ledger.open(path)
    assert (raised.value.found, raised.value.known) == (99, len(schema.MIGRATIONS) + 1)
    assert [part.name for part in path.parent.iterdir()] == [path.name]
    assert path.read_bytes() == before


def _nonsense(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1000)


def _head(path: Path) -> None:
    path.write_bytes(b"\0" * 100 + path.read_bytes()[100:])


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-8192])


def _middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[40_000:60_000] = b"\xff" * 20_000
    path.write_bytes(data)


def _other(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE other (x)")
    connection.close()


@pytest.mark.parametrize("damage", [_nonsense, _head, _cut, _middle, _other])
async def test_a_broken_file_is_put_aside(path: Path, damage: object) -> None:
    """Nothing of it is deleted, a new one is begun, and the caller is told."""
    await filled(path)
    assert callable(damage)
    damage(path)
    before = path.read_bytes()
    ledger = await Ledger.open(path)
    assert ledger.aside is not None and ledger.aside.read_bytes() == before
    assert ledger.aside.name.startswith("ledger.db.broken-")
    account = await ledger.account("mine")
    assert await account.sessions() == []
    await record(account, ended())
    await ledger.close()
    ledger = await Ledger.open(path)
    assert ledger.aside is None
    assert len(await (await ledger.account("mine")).sessions()) == 1
    await ledger.close()


async def test_an_empty_file_is_begun(path: Path) -> None:
    """A crash before anything was written leaves one."""
    path.touch()
    ledger = await Ledger.open(path)
    assert ledger.aside is None
    await ledger.close()


async def test_a_file_that_cannot_be_used_stays(path: Path) -> None:
    """Being in use, out of reach or a folder is no damage."""
    await filled(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("custom_components.ev_charging_cloud.ledger.file._WAIT", 0.05)
        with pytest.raises(LedgerError, match="OperationalError"):
            await Ledger.open(path)
    other.close()
    path.parent.joinpath("folder").mkdir()
    for name in ("folder", "absent/ledger.db"):
        with pytest.raises(LedgerError):
            await Ledger.open(path.parent / name)
    ledger = await Ledger.open(path)
    assert len(await (await ledger.account("mine")).sessions(limit=999)) == 500
    await ledger.close()


async def test_only_the_owner_may_read_the_file(
    path: Path, account: AccountLedger
) -> None:
    """Nor may anyone else read its log."""
    await record(account, ended())
    modes = {
        part.name: stat.S_IMODE(part.stat().st_mode) for part in path.parent.iterdir()
    }
    assert set(modes) == {"ledger.db", "ledger.db-wal", "ledger.db-shm"}
    assert set(modes.values()) == {0o600}


async def test_after_closing_there_is_one_file(path: Path) -> None:
    """It can be copied or moved as it is."""
    await filled(path)
    assert [part.name for part in path.parent.iterdir()] == [path.name]


async def test_after_a_checkpoint_the_main_file_is_enough(
    ledger: Ledger, account: AccountLedger, path: Path, tmp_path: Path
) -> None:
    """All that was recorded before is in a copy of it."""
    await record(account, ended())
    await ledger.checkpoint()
    copy = shutil.copy(path, tmp_path / "copy.db")
    assert rows(copy, "SELECT key FROM sessions") == [("s1",)]
    assert rows(copy, "PRAGMA integrity_check") == [("ok",)]


async def test_a_backup_while_sessions_are_written(
    ledger: Ledger, account: AccountLedger, path: Path, tmp_path: Path
) -> None:
    """Copied in pieces during writes, main file first and log last, it is whole."""
    await record(account, ended("before"), cursors={"list": "0"})
    await ledger.hold()
    before = path.read_bytes()
    main, log = tmp_path / "copy.db", tmp_path / "copy.db-wal"
    for number in range(1, 41):
        past = [ended(f"{number}-{one}", place="x" * 400) for one in range(100)]
        await record(account, *past, cursors={"list": str(number)})
        await ledger.checkpoint()
        if number == 20:
            shutil.copy(path, main)
        if number == 30:
            # A copy that ends in the middle of an update, as one of a growing file does.
            whole = path.with_name(path.name + "-wal").read_bytes()
            log.write_bytes(whole[: len(whole) - 5000])
    assert path.read_bytes() == before
    size = path.stat().st_size
    await ledger.release()
    assert path.stat().st_size > size

    assert rows(main, "PRAGMA integrity_check") == [("ok",)]
    copy = await Ledger.open(main)
    restored = await copy.account("mine")
    assert copy.aside is None
    cursor = int((await restored.cursors())["list"])
    assert cursor == 29
    assert len(await restored.sessions(limit=9999)) == cursor * 100 + 1
    await copy.close()


async def test_closing_during_a_backup(path: Path) -> None:
    """The main file stays as it was, and what came after is in the log."""
    ledger = await Ledger.open(path)
    await ledger.hold()
    before = path.read_bytes()
    await record(await ledger.account("mine"), ended())
    await ledger.close()
    assert path.read_bytes() == before
    ledger = await Ledger.open(path)
    assert len(await (await ledger.account("mine")).sessions()) == 1
    await ledger.close()


def test_the_schema_is_also_postgresqls() -> None:
    """Its compiler takes every table; numbers are wide enough and count by themselves."""
    words: list[str] = []
    engine = create_mock_engine(
        "postgresql://",
        lambda sql, *_: words.append(str(sql.compile(dialect=postgresql.dialect()))),
    )
    schema.metadata.create_all(engine, checkfirst=False)
    found = " ".join(" ".join(words).split())
    assert found.count("CREATE TABLE") == len(schema.metadata.tables)
    assert "id BIGSERIAL NOT NULL" in found and "energy BIGINT" in found


async def test_two_may_wait_for_the_thread_while_it_closes(path: Path) -> None:
    """What was asked for before the closing is done."""
    ledger = await Ledger.open(path)
    account = await ledger.account("mine")
    await asyncio.gather(record(account, session()), ledger.close(), ledger.close())
    assert rows(path, "SELECT key FROM sessions") == [("s1",)]
