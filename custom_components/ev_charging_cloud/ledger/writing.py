"""What an update of an account does to the tables, inside one transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Table,
    bindparam,
    delete,
    false,
    insert,
    select,
    true,
    update,
)

from ..happenings import Happening
from ..providers.model import Session
from ..tracking import Track
from . import schema
from .rows import text, to_happening, to_row
from .rules import joined
from .values import instant

# How many rows are looked up at once.
BATCH = 500

type Step = Callable[[str], None]


type Hash = Callable[[str], str]


def nothing(step: str) -> None:
    """Do nothing at a named step."""


class Update(msgspec.Struct, frozen=True, kw_only=True):
    """What one reading of an account leaves to be kept, all of it or nothing.

    ``subjects`` says in clear who charged, by the key of the session; ``subject`` makes
    of it what may be kept.
    """

    tracks: Mapping[str, Track | None]
    past: Sequence[Session]
    happenings: Sequence[tuple[str, Happening]]
    cursors: Mapping[str, str]
    subjects: Mapping[str, str]
    subject: Hash
    now: datetime

    def __bool__(self) -> bool:
        """Tell whether there is anything to keep."""
        return bool(self.tracks or self.past or self.happenings or self.cursors)


def record(connection: Connection, account: int, new: Update, step: Step) -> None:
    """Write an update; the cursors go last, so that they are never ahead of rows."""
    for readings in batched(_readings(new), BATCH, strict=False):
        _write_sessions(connection, account, readings, instant(new.now))
        step("row written")
    _replace(connection, schema.tracks, account, "evse_id", _track_rows(new.tracks))
    step("track written")
    _insert(connection, schema.outbox, account, _outbox_rows(new.happenings))
    step("event written")
    cursors = [{"name": name, "value": value} for name, value in new.cursors.items()]
    _replace(connection, schema.cursors, account, "name", cursors)
    step("cursor written")


def take(
    connection: Connection, account: int, step: Step
) -> list[tuple[str, Happening]]:
    """Return what was not told yet, marked as told.

    The mark is kept before anything is told: a crash in between loses an event, and
    none is ever told twice. What was told earlier is deleted.
    """
    box = schema.outbox
    mine = box.c.account == account
    untold = (
        select(box.c.evse_id, box.c.kind, box.c.session)
        .where(mine, box.c.told == false())
        .order_by(box.c.id)
    )
    found = connection.execute(untold).all()
    if not found:
        return []
    connection.execute(delete(box).where(mine, box.c.told == true()))
    connection.execute(update(box).where(mine).values(told=True))
    step("event marked")
    return [
        (evse_id, happening)
        for evse_id, kind, session in found
        if (happening := to_happening(kind, session)) is not None
    ]


def _readings(new: Update) -> Iterator[dict[str, Any]]:
    """Yield what was read of each session; live readings come after lists."""
    for session in new.past:
        yield _reading(session, None, new)
    for track in new.tracks.values():
        if track is None:
            continue
        if track.predecessor is not None:
            yield _reading(track.predecessor, track.predecessor_start, new)
        yield _reading(track.session, track.first_start, new)


def _reading(session: Session, first: datetime | None, new: Update) -> dict[str, Any]:
    """Return what was read of a session, with when it was seen first."""
    who = new.subjects.get(session.key)
    return {
        **to_row(session),
        "first_start": instant(first or session.started_at or new.now),
        "subject": None if who is None else new.subject(who),
    }


def _write_sessions(
    connection: Connection, account: int, readings: Sequence[dict[str, Any]], now: int
) -> None:
    """Insert or update sessions by key; a row that stays as it is is not touched."""
    table = schema.sessions
    keys = {one["key"] for one in readings}
    lookup = select(table).where(table.c.account == account, table.c.key.in_(keys))
    rows = {row["key"]: dict(row) for row in connection.execute(lookup).mappings()}
    written: dict[str, dict[str, Any]] = {}
    for one in readings:
        row = joined(rows.get(one["key"]), one, now)
        if row is not None:
            rows[one["key"]] = written[one["key"]] = row
    _insert(connection, table, account, [r for r in written.values() if "id" not in r])
    if changed := [
        {**row, "_id": row["id"]} for row in written.values() if "id" in row
    ]:
        connection.execute(update(table).where(table.c.id == bindparam("_id")), changed)


def _track_rows(tracks: Mapping[str, Track | None]) -> list[dict[str, Any]]:
    """Return the rows of tracks."""
    return [
        {
            "evse_id": evse_id,
            "session_key": None if track is None else track.session.key,
            "track": None if track is None else text(track),
        }
        for evse_id, track in tracks.items()
    ]


def _outbox_rows(happenings: Iterable[tuple[str, Happening]]) -> list[dict[str, Any]]:
    """Return the rows of happenings that wait to be told."""
    return [
        {
            "evse_id": evse_id,
            "kind": one.kind.value,
            "session": text(one.session),
            "told": False,
        }
        for evse_id, one in happenings
    ]


def _insert(
    connection: Connection, table: Table, account: int, rows: list[dict[str, Any]]
) -> None:
    """Insert rows of an account."""
    if rows:
        connection.execute(insert(table), [{**row, "account": account} for row in rows])


def _replace(
    connection: Connection,
    table: Table,
    account: int,
    name: str,
    rows: list[dict[str, Any]],
) -> None:
    """Put rows in the place of those with the same name."""
    if rows:
        same = (table.c.account == account, table.c[name] == bindparam("_name"))
        connection.execute(
            delete(table).where(*same), [{"_name": r[name]} for r in rows]
        )
        _insert(connection, table, account, rows)
