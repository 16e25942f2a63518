"""What can be asked of the tables."""

from datetime import datetime
import logging
import secrets

import msgspec
from sqlalchemy import Connection, delete, insert, select

from ..providers.model import Session, SessionState
from ..tracking import Track
from . import schema
from .rows import to_session, to_track
from .values import instant

_LOGGER = logging.getLogger(__name__)

_ENDED = (SessionState.COMPLETED.value, SessionState.FAILED.value)


def account(connection: Connection, key: str) -> tuple[int, str]:
    """Return number and salt of an account, which is entered where it is new."""
    table = schema.accounts
    lookup = select(table.c.id, table.c.salt).where(table.c.key == key)
    found = connection.execute(lookup).one_or_none()
    if found is None:
        salt = secrets.token_hex(32)
        connection.execute(insert(table).values(key=key, salt=salt))
        found = connection.execute(lookup).one()
    return found.id, found.salt


def forget(connection: Connection, number: int) -> None:
    """Delete an account with all its rows."""
    connection.execute(delete(schema.accounts).where(schema.accounts.c.id == number))


def tracks(connection: Connection, number: int) -> dict[str, Track | None]:
    """Return the tracks by EVSE; those that make no sense are left out."""
    table = schema.tracks
    lookup = select(table.c.evse_id, table.c.track).where(table.c.account == number)
    found: dict[str, Track | None] = {}
    for evse_id, value in connection.execute(lookup):
        try:
            found[evse_id] = to_track(value)
        except msgspec.MsgspecError:
            _LOGGER.warning("A session that was followed could not be read")
    return found


def cursors(connection: Connection, number: int) -> dict[str, str]:
    """Return how far each list was read."""
    table = schema.cursors
    lookup = select(table.c.name, table.c.value).where(table.c.account == number)
    return dict(connection.execute(lookup).tuples().all())


def sessions(
    connection: Connection,
    number: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    evse_id: str | None = None,
    ended: bool = False,
    limit: int,
) -> list[Session]:
    """Return sessions that began in a span of time, the newest first."""
    table = schema.sessions
    lookup = select(table).where(table.c.account == number)
    if since is not None:
        lookup = lookup.where(table.c.began >= instant(since))
    if until is not None:
        lookup = lookup.where(table.c.began < instant(until))
    if evse_id is not None:
        lookup = lookup.where(table.c.evse_id == evse_id)
    if ended:
        lookup = lookup.where(table.c.state.in_(_ENDED))
    newest = lookup.order_by(table.c.began.desc(), table.c.id.desc()).limit(limit)
    return [to_session(dict(row)) for row in connection.execute(newest).mappings()]
