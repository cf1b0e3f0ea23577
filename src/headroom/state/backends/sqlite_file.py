"""Opening the file of the SQLite store: its place, its mode, its schema, and its damages.

A file that is damaged, is not ours, or was written by a later version is set aside under
another name, never overwritten and never removed.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from headroom.errors import StoreError
from headroom.state import workspace

logger = logging.getLogger(__name__)

FILE = "state.db"
BUSY_S = 0.5
"""How long it is waited for another process's transaction while a file is opened."""

APPLICATION_ID = 0x48445244
WAL_KEPT_BYTES = 32 * 1024 * 1024

DAMAGE = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL})

PRAGMAS = MappingProxyType(
    {
        "synchronous": "NORMAL",
        # A checkpoint inside a commit made 15 ms of a p99: there is a thread for them.
        "wal_autocheckpoint": "0",
        "journal_size_limit": str(WAL_KEPT_BYTES),
        "temp_store": "MEMORY",
    }
)

ONCE_OPEN = MappingProxyType(
    {
        # In milliseconds.  SQLite looks less and less often, so whoever would wait longer begins
        # again (`lane.py`).
        "busy_timeout": "100",
    }
)

FIRST_QUESTIONS = (
    "SELECT value FROM entries WHERE namespace = '' AND name = ''",
    "SELECT id FROM entries WHERE namespace = '' AND group_id IS NULL ORDER BY seen LIMIT 1",
    "SELECT id FROM entries WHERE group_id = 0",
    "SELECT id FROM entry_groups ORDER BY seen LIMIT 1",
    "SELECT id FROM entry_groups WHERE name = ''",
)

Identity = tuple[int, int]
"""Device and inode: what a path names at this moment."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection, what file it is connected to, and what had to be done for it."""

    connection: sqlite3.Connection
    identity: Identity
    notice: str = ""
    read_only: bool = False
    """Whether it could only be opened for reading: to be opened again before long."""


def open_file(path: Path, damaged: Identity | None = None) -> Opened:
    """Open the store's file, making, migrating or setting aside what is there.

    *damaged* is a file that was found damaged in use: if it still stands there, it is set
    aside.  Where nothing can be written, what is there is opened for reading, so that
    conversations go on.  Raises StoreError.
    """
    try:
        workspace.prepare(path.parent)
        with workspace.locked(path.parent):
            if damaged is not None and identity_of(path) == damaged:
                return _anew(path, "is damaged")
            return _opened(path)
    except (sqlite3.Error, OSError) as error:
        opened = _for_reading(path)
        if opened is None:
            raise StoreError(told(error)) from error
        return opened


def look_into(path: Path, _damaged: Identity | None = None) -> Opened:
    """Open the store's file as it is, to read in it: nothing is made or changed.

    Raises StoreError.
    """
    opened = _for_reading(path)
    if opened is not None:
        return opened
    if not path.exists():
        raise StoreError(f"there is no {path.name} in {path.parent}")
    raise StoreError(f"{path.name} cannot be read, or is none of this version's")


def identity_of(path: Path) -> Identity | None:
    """What this path names, or None when there is nothing."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def bytes_of(path: Path) -> int:
    """How much this file and its companions hold on the disk; 0 where there is none."""
    found = 0
    for ending in ("", "-wal", "-shm"):
        with suppress(OSError):
            found += path.with_name(path.name + ending).stat().st_size
    return found


def is_damage(error: Exception) -> bool:
    """Whether this error says that the file's content is wrong."""
    return _code(error) in DAMAGE


def is_busy(error: Exception) -> bool:
    """Whether another process's transaction stands in the way, and nothing else."""
    return _code(error) == sqlite3.SQLITE_BUSY


def is_passing(error: Exception) -> bool:
    """Whether the connection is still good after this error."""
    return _code(error) in PASSING


def told(error: Exception) -> str:
    """The error in words for the operator."""
    return f"{FILE}: {error}"


def _code(error: Exception) -> int:
    # The low byte is the kind, the rest says more exactly which.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


class _NotOurs(sqlite3.DatabaseError):
    """A file that this version must leave alone."""


def _opened(path: Path) -> Opened:
    try:
        return _connected(path)
    except _NotOurs as error:
        return _anew(path, str(error))
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return _anew(path, "is damaged")


def _anew(path: Path, why: str) -> Opened:
    aside = _set_aside(path)
    notice = f"{path.name} {why}; it was set aside as {aside.name}, and a new one begun"
    logger.error("%s (in %s)", notice, path.parent)
    opened = _connected(path)
    return Opened(opened.connection, opened.identity, notice)


def _set_aside(path: Path) -> Path:
    """Rename the file and its companions."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = path.with_name(f"{path.name}.corrupt-{moment}")
    # The file itself comes last: a log without its file is ignored, but one beside a new
    # file would be played into it if we were killed in between.
    for ending in ("-wal", "-shm", ""):
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    return aside


def _connected(path: Path) -> Opened:
    workspace.create(path)
    workspace.make_private(path)
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    _set(connection, ONCE_OPEN)
    identity = identity_of(path)
    if identity is None:
        connection.close()
        raise FileNotFoundError(f"{path.name} was taken away while it was opened")
    return Opened(connection, identity)


def _for_reading(path: Path) -> Opened | None:
    """The file as it is, or None when it cannot be read as this version's either."""
    identity = identity_of(path)
    if identity is None:
        return None
    # Without its log SQLite would want to make one.  Then nobody else has it open for writing.
    has_log = path.with_name(path.name + "-wal").exists()
    how = "mode=ro" if has_log else "mode=ro&immutable=1"
    address = f"{path.absolute().as_uri()}?{how}"
    try:
        connection = sqlite3.connect(address, uri=True, timeout=BUSY_S, isolation_level=None)
    except sqlite3.Error:
        return None
    try:
        if _number(connection, "application_id") == APPLICATION_ID and _number(
            connection, "user_version"
        ) == len(MIGRATIONS):
            _look_at(connection)
            return Opened(connection, identity, read_only=True)
    except sqlite3.Error:
        pass
    connection.close()
    return None


def _prepare(connection: sqlite3.Connection) -> None:
    version = _number(connection, "user_version")
    tables = _one(connection, "SELECT count(*) FROM sqlite_schema")
    if tables and _number(connection, "application_id") != APPLICATION_ID:
        raise _NotOurs("is not a store of Headroom's")
    if version > len(MIGRATIONS):
        raise _NotOurs("was written by a later version of Headroom")
    _one(connection, "PRAGMA journal_mode = WAL")
    _set(connection, PRAGMAS)
    if version < len(MIGRATIONS):
        _migrate(connection)
    _look_at(connection)


def _set(connection: sqlite3.Connection, pragmas: Mapping[str, str]) -> None:
    for name, value in pragmas.items():
        connection.execute(f"PRAGMA {name} = {value}")


def _look_at(connection: sqlite3.Connection) -> None:
    """Read a page of each tree that conversations need, so that gross damage shows now."""
    for question in FIRST_QUESTIONS:
        connection.execute(question).fetchone()


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring the schema to this version, all steps or none."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for migration in MIGRATIONS[_number(connection, "user_version") :]:
            migration(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _entries(connection: sqlite3.Connection) -> None:
    # A plain table: values may be large, and would make the tree of names deep.
    connection.execute(
        "CREATE TABLE entries (id INTEGER PRIMARY KEY, namespace TEXT NOT NULL,"
        " name BLOB NOT NULL, value BLOB NOT NULL, seen REAL NOT NULL)"
    )
    connection.execute("CREATE UNIQUE INDEX entries_by_name ON entries (namespace, name)")
    connection.execute("CREATE INDEX entries_by_seen ON entries (seen)")


def _groups_and_sums(connection: sqlite3.Connection) -> None:
    for statement in GROUPS_AND_SUMS.split(";"):
        connection.execute(statement)


GROUPS_AND_SUMS = """
-- A group that is to leave has lost its name, and was seen at 0.
CREATE TABLE entry_groups (id INTEGER PRIMARY KEY, name BLOB UNIQUE, seen REAL NOT NULL);
CREATE INDEX groups_by_seen ON entry_groups (seen);

-- An entry's own "seen" is 0 while it lives by its groups only.
ALTER TABLE entries ADD COLUMN group_id INTEGER;
DROP INDEX entries_by_seen;
CREATE INDEX entries_by_group ON entries (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX entries_alone ON entries (namespace, seen) WHERE group_id IS NULL;

-- The groups of an entry besides the one that stands in its row.
CREATE TABLE shared (
    entry_id INTEGER, group_id INTEGER, PRIMARY KEY (entry_id, group_id)
) WITHOUT ROWID;
CREATE INDEX shared_by_group ON shared (group_id);

CREATE TABLE counters (
    namespace TEXT, name BLOB, total INTEGER NOT NULL, changed REAL NOT NULL,
    PRIMARY KEY (namespace, name)
) WITHOUT ROWID;

-- The times of buckets and reservations are those of the steady clock.
CREATE TABLE buckets (
    name TEXT PRIMARY KEY, lacks REAL NOT NULL, at REAL NOT NULL, full_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE reservations (
    namespace TEXT, name BLOB, id TEXT, amount INTEGER NOT NULL, made REAL NOT NULL,
    is_charged INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (namespace, name, id)
) WITHOUT ROWID;

CREATE TABLE records (
    id INTEGER PRIMARY KEY, log TEXT NOT NULL, number INTEGER NOT NULL, record BLOB NOT NULL
);
CREATE UNIQUE INDEX records_by_number ON records (log, number)
"""


def _counters_by_change(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE INDEX counters_by_change ON counters (namespace, changed)")


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    _entries,
    _groups_and_sums,
    _counters_by_change,
)
"""Each brings the schema one version further; they are only ever added to."""


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return _one(connection, f"PRAGMA {pragma}")


def _one(connection: sqlite3.Connection, question: str) -> int:
    with closing(connection.execute(question)) as rows:
        value = rows.fetchone()[0]
    return value if isinstance(value, int) else 0
