"""The ledger as the rest of the integration uses it, from the event loop."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from hashlib import blake2b
from pathlib import Path
import sqlite3

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from ..happenings import Happening
from ..providers.model import Session
from ..tracking import Track
from . import file, reading, writing
from .errors import LedgerClosedError, LedgerError
from .writing import Step, Update, nothing

_CLOSED = "The ledger is closed"


class Ledger:
    """One file for all accounts, and the one thread that reads and writes it.

    ``aside`` is where a broken file was put when this one was begun in its place.
    """

    aside: Path | None = None

    def __init__(self, step: Step) -> None:
        """Take what is called at named steps; use `open` instead."""
        self.step = step
        self._connection: Connection | None = None
        self._held = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")

    @classmethod
    async def open(cls, path: Path, *, step: Step = nothing) -> Ledger:
        """Open or begin the ledger in a file; ``step`` is for tests of crashes."""
        ledger = cls(step)
        try:
            await ledger._call(partial(ledger._open, path))
        except BaseException:
            await asyncio.shield(ledger.close())
            raise
        return ledger

    async def close(self) -> None:
        """Finish what is waiting and close the file; a second time does nothing."""
        try:
            await self._call(self._close)
        except LedgerClosedError:
            return
        await asyncio.to_thread(self._thread.shutdown)

    async def account(self, key: str) -> AccountLedger:
        """Return what is kept of one account, which is entered where it is new."""
        number, salt = await self.run(lambda sql: reading.account(sql, key))
        return AccountLedger(self, number, salt)

    async def checkpoint(self) -> None:
        """Bring all that is committed into the main file; a hold puts that off."""
        await self._maintain(self._checkpoint)

    async def hold(self) -> None:
        """Keep the main file unchanged for a backup; reading and writing go on."""
        self._held = True
        await self._maintain(file.hold)

    async def release(self) -> None:
        """End a hold."""
        self._held = False
        await self._maintain(file.release)

    async def run[T](self, work: Callable[[Connection], T]) -> T:
        """Do something in one transaction, in its turn."""
        return await self._call(partial(self._transaction, work))

    async def _maintain(self, work: Callable[[Connection], None]) -> None:
        """Do something outside of any transaction, in its turn."""
        await self._call(lambda: work(self._opened()))

    async def _call[T](self, work: Callable[[], T]) -> T:
        """Do something in the thread, with all that SQL can raise made ours."""
        loop = asyncio.get_running_loop()
        try:
            waiting = loop.run_in_executor(self._thread, work)
        except RuntimeError as err:
            raise LedgerClosedError(_CLOSED) from err
        try:
            return await waiting
        except (SQLAlchemyError, sqlite3.Error, OSError) as err:
            reason = type(getattr(err, "orig", None) or err).__name__
            raise LedgerError(f"The ledger could not be used: {reason}") from err

    def _transaction[T](self, work: Callable[[Connection], T]) -> T:
        """Do something in one transaction."""
        connection = self._opened()
        with connection.begin():
            return work(connection)

    def _opened(self) -> Connection:
        """Return the connection of an open file."""
        if self._connection is None:
            raise LedgerClosedError(_CLOSED)
        return self._connection

    def _checkpoint(self, connection: Connection) -> None:
        """Empty the log unless a backup is being made."""
        if not self._held:
            file.checkpoint(connection)

    def _open(self, path: Path) -> None:
        """Open the file."""
        self._connection, self.aside = file.open_file(path)

    def _close(self) -> None:
        """Close the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            file.close(connection)


class AccountLedger:
    """What is kept of one account."""

    def __init__(self, ledger: Ledger, number: int, salt: str) -> None:
        """Take the ledger, and the account's number and salt in it."""
        self._ledger = ledger
        self._number = number
        self._salt = bytes.fromhex(salt)

    def subject(self, identifier: str) -> str:
        """Return a keyed hash in the place of a token, contract, vehicle or driver."""
        return blake2b(identifier.encode(), digest_size=16, key=self._salt).hexdigest()

    async def tracks(self) -> dict[str, Track | None]:
        """Return the tracks by EVSE as they were recorded last."""
        return await self._ledger.run(lambda sql: reading.tracks(sql, self._number))

    async def cursors(self) -> dict[str, str]:
        """Return how far the lists of the back end were read."""
        return await self._ledger.run(lambda sql: reading.cursors(sql, self._number))

    async def record(
        self,
        tracks: Mapping[str, Track | None],
        past: Sequence[Session],
        happenings: Sequence[tuple[str, Happening]],
        cursors: Mapping[str, str],
        now: datetime,
        *,
        subjects: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what changed with one reading, all of it or, with an error, nothing.

        ``subjects`` says in clear who charged, by session key; only hashes are kept.
        When this returns, what was recorded outlives the process.
        """
        new = Update(
            tracks=dict(tracks),
            past=tuple(past),
            happenings=tuple(happenings),
            cursors=dict(cursors),
            subjects=dict(subjects or {}),
            subject=self.subject,
            now=now,
        )
        if not new:
            return
        step = self._ledger.step
        await self._ledger.run(lambda sql: writing.record(sql, self._number, new, step))
        step("committed")

    async def take(self) -> list[tuple[str, Happening]]:
        """Return what happened and was not told, which is marked as told before.

        So each is told at most once: a crash after this loses it, and never doubles it.
        """
        step = self._ledger.step
        found = await self._ledger.run(
            lambda sql: writing.take(sql, self._number, step)
        )
        if found:
            step("event taken")
        return found

    async def sessions(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        evse_id: str | None = None,
        limit: int = 100,
    ) -> list[Session]:
        """Return sessions that began from ``since`` until before ``until``, newest first."""
        return await self._ledger.run(
            lambda sql: reading.sessions(
                sql,
                self._number,
                since=since,
                until=until,
                evse_id=evse_id,
                limit=limit,
            )
        )

    async def last_session(self, evse_id: str) -> Session | None:
        """Return the newest session that ended at an EVSE; a running one is a track."""
        found = await self._ledger.run(
            lambda sql: reading.sessions(
                sql, self._number, evse_id=evse_id, ended=True, limit=1
            )
        )
        return found[0] if found else None

    async def forget(self) -> None:
        """Delete all that is kept of the account, also from the file's free space."""
        await self._ledger.run(lambda sql: reading.forget(sql, self._number))
        await self._ledger.checkpoint()
