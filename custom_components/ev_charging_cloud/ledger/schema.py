"""The tables, their version, and the way from an older version to the newest.

Energy is in mWh, money in millionths of its currency, moments in microseconds since
1970 UTC and durations in microseconds, all as integers, so that sums are exact. Every
type exists in SQLite and in PostgreSQL.
"""

from collections.abc import Callable, Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    update,
)

from .errors import BrokenFileError, LedgerTooNewError

type Migration = Callable[[Connection], None]

# The step at position n leads from version n + 1 to version n + 2.
MIGRATIONS: tuple[Migration, ...] = ()

metadata = MetaData()

# SQLite numbers rows by itself only where the type is called INTEGER.
_RowId = BigInteger().with_variant(Integer, "sqlite")


def _account(*, primary_key: bool = False) -> Column[int]:
    """Return the column that says whose row it is; the row goes with the account."""
    owner = ForeignKey("accounts.id", ondelete="CASCADE")
    return Column("account", _RowId, owner, nullable=False, primary_key=primary_key)


ledger_schema = Table(
    "ledger_schema", metadata, Column("version", Integer, nullable=False)
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", _RowId, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("salt", String(64), nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", _RowId, primary_key=True),
    _account(),
    Column("key", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("ownership", String(16), nullable=False),
    Column("stale", Boolean, nullable=False),
    Column("evse_id", Text),
    Column("evse_identifier", Text),
    Column("place", Text),
    # What the session is sorted and found by: its start, or when it was first seen.
    Column("began", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("first_start", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("reported_at", BigInteger),
    Column("duration", BigInteger),
    Column("idle", BigInteger),
    Column("energy", BigInteger),
    Column("drawn", BigInteger),
    Column("currency", Text),
    Column("cost_state", String(16)),
    Column("cost_basis", String(16)),
    Column("net", BigInteger),
    Column("vat", BigInteger),
    Column("gross", BigInteger),
    Column("battery_start", Double),
    Column("battery_end", Double),
    Column("periods", Text, nullable=False),
    Column("errors", Text, nullable=False),
    Column("stop_reason", Text),
    Column("reference", Text),
    # Whose token, vehicle or card it was, as a keyed hash and never in clear.
    Column("subject", String(64)),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("change", String(16), nullable=False),
    UniqueConstraint("account", "key"),
)

Index("sessions_by_time", sessions.c.account, sessions.c.began)
Index("sessions_by_place", sessions.c.account, sessions.c.evse_id, sessions.c.began)

tracks = Table(
    "tracks",
    metadata,
    _account(primary_key=True),
    Column("evse_id", Text, primary_key=True),
    Column("session_key", Text),
    # The track as JSON of the model, so that a restart goes on exactly where it was.
    Column("track", Text),
)

cursors = Table(
    "cursors",
    metadata,
    _account(primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _RowId, primary_key=True),
    _account(),
    Column("evse_id", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("session", Text, nullable=False),
    Column("told", Boolean, nullable=False),
)

Index("outbox_by_account", outbox.c.account, outbox.c.told, outbox.c.id)


def version(connection: Connection) -> int | None:
    """Return the version of what is there, or nothing where nothing is."""
    names = inspect(connection).get_table_names()
    if not names:
        return None
    found: int | None = None
    if ledger_schema.name in names:
        found = connection.scalar(select(ledger_schema.c.version))
    if found is None:
        raise BrokenFileError("The file holds something else than a ledger")
    return found


def check(connection: Connection, steps: Sequence[Migration]) -> None:
    """Refuse what a newer release wrote, before anything is written."""
    found, known = version(connection), len(steps) + 1
    if found is not None and found > known:
        raise LedgerTooNewError(found, known)


def bring_up(connection: Connection, steps: Sequence[Migration]) -> None:
    """Create the tables, or lead older ones to the newest version, inside one transaction."""
    found, newest = version(connection), len(steps) + 1
    if found is None:
        metadata.create_all(connection)
        connection.execute(insert(ledger_schema).values(version=newest))
    elif found < newest:
        for step in steps[found - 1 :]:
            step(connection)
        connection.execute(update(ledger_schema).values(version=newest))
