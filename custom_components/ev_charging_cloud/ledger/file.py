"""All that is particular to SQLite: the one file, its settings and its safety.

The file is in WAL mode with ``synchronous=NORMAL``. What is committed is then with the
operating system and outlives the end of this process at any moment, kill -9 included,
which is what is promised. The file also outlives a power cut undamaged, but the last
updates may be missing then; FULL would keep them for one more fsync at each update.
"""

from datetime import UTC, datetime
from pathlib import Path
import sqlite3
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from . import schema
from .errors import BrokenFileError

# How long another user of the file is waited for, in seconds.
_WAIT = 10.0
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SIDES = ("", "-wal", "-shm")
# After so many pages SQLite moves the log into the main file by itself.
_AUTOMATIC = 1000


def open_file(path: Path) -> tuple[Connection, Path | None]:
    """Return a connection, and where a broken file was put, if there was one."""
    try:
        return _connect(path), None
    except BrokenFileError:
        aside = _put_aside(path)
        return _connect(path), aside


def checkpoint(connection: Connection) -> None:
    """Move all that is committed into the main file and empty the log."""
    _pragma(connection, "wal_checkpoint(TRUNCATE)")


def hold(connection: Connection) -> None:
    """Leave the main file as it is from now on, whatever is written.

    The log only grows until the release, so that copies of main file and log make a
    consistent ledger, in whatever order and however slowly they are copied.
    """
    checkpoint(connection)
    _pragma(connection, "wal_autocheckpoint=0")
    _driver(connection).setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, True)


def release(connection: Connection) -> None:
    """Let the main file be written again."""
    _pragma(connection, f"wal_autocheckpoint={_AUTOMATIC}")
    _driver(connection).setconfig(sqlite3.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, False)
    checkpoint(connection)


def close(connection: Connection) -> None:
    """Close the file; the log is gone afterwards."""
    connection.close()
    connection.engine.dispose()


def _connect(path: Path) -> Connection:
    """Open the file, check it, and bring it up to the newest version."""
    # Only the user of Home Assistant may read it; SQLite gives the log the same mode.
    path.touch(mode=0o600)
    connection = _engine(path).connect()
    try:
        _prepare(connection)
    except (DatabaseError, sqlite3.DatabaseError) as err:
        close(connection)
        if _code(err) in _BROKEN:
            raise BrokenFileError("The ledger is damaged") from err
        raise
    except BaseException:
        close(connection)
        raise
    return connection


def _engine(path: Path) -> Engine:
    """Return an engine whose transactions also hold what changes the schema."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        # Errors are logged, and must not quote what the ledger holds.
        hide_parameters=True,
        connect_args={"timeout": _WAIT, "isolation_level": None},
    )
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """Begin a transaction that can write, so that it never fails half-way."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare(connection: Connection) -> None:
    """Check the file before anything is written, then set it up."""
    if (answer := _pragma(connection, "quick_check(1)")) != "ok":
        raise BrokenFileError(f"The ledger is damaged: {answer}")
    with connection.begin():
        schema.check(connection, schema.MIGRATIONS)
    _pragma(connection, "journal_mode=WAL")
    _pragma(connection, "synchronous=NORMAL")
    _pragma(connection, "foreign_keys=ON")
    # What is forgotten is overwritten.
    _pragma(connection, "secure_delete=ON")
    with connection.begin():
        schema.bring_up(connection, schema.MIGRATIONS)


def _code(err: DatabaseError | sqlite3.DatabaseError) -> int:
    """Return SQLite's own number of an error."""
    origin = err.orig if isinstance(err, DatabaseError) else err
    code: int = getattr(origin, "sqlite_errorcode", 0)
    return code & 0xFF


def _pragma(connection: Connection, words: str) -> Any:
    """Ask or tell SQLite something, outside of any transaction."""
    row = _driver(connection).execute(f"PRAGMA {words}").fetchone()
    return row and row[0]


def _driver(connection: Connection) -> sqlite3.Connection:
    """Return Python's own connection."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _put_aside(path: Path) -> Path:
    """Rename a broken file with its log, and return its new place."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    aside = path.with_name(f"{path.name}.broken-{stamp}")
    for side in _SIDES:
        part = path.with_name(path.name + side)
        if part.exists():
            part.rename(aside.with_name(aside.name + side))
    return aside
