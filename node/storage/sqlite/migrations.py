"""The schema of the node's file and the way from any earlier one to it.

Rules: a migration never changes once released, a new one is appended; a file that holds anything is copied
before it is migrated; a file from a newer release or from elsewhere is refused. Tables are STRICT; instants
are RFC 3339 UTC text with microseconds (they sort as text); documents are canonical JSON text; money is
decimal text.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.storage.private_files import create_private_file
from node.storage.schema import Migration
from node.storage.sqlite.connections import connect, in_memory
from node.storage.sqlite.driver import sqlite3
from node.storage.sqlite.schema import INITIAL, INITIAL_HASH
from node.storage.sqlite.session import SqliteSession
from protocol.values import dataclass

if TYPE_CHECKING:
    from sqlite_utils import Database

APPLICATION_ID = 0x46524844  # "FRHD", in the header of the file, so that tools can tell what it is
RELEASED: Final = (Migration("initial", INITIAL),)
_OURS, _NOUNS = "freehold", "freehold.nouns"  # under these names the file notes what was applied
_NOTES = "_sqlite_migrations"  # the table of sqlite-utils for that

_ALTERED: Final = (
    "The tables of the database are not those of this release: a build between two releases made them, which "
    "is the one to go on with, or they were changed by something else; then restore a backup."
)

Sets = dict[str, tuple[Migration, ...]]


class SchemaMismatch(Exception):
    """The file's schema is not one this release can work with; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class Health:
    """What `check` found: empty tuples and a schema that matches are good; an older one can be mended."""

    damage: tuple[str, ...]
    orphans: tuple[str, ...]
    schema_matches: bool
    is_older: bool

    @property
    def ok(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.damage and not self.orphans and self.schema_matches


def migrate(session: SqliteSession, path: Path, *, more: Sequence[Migration] = ()) -> Path | None:
    """Bring the file up to this release's schema; return the copy made before, if there was anything to copy.

    `more` are the migrations that nouns bring, in order, behind the release's own. Each migration is one
    transaction: a failure leaves the schema as it was.
    Raises: SchemaMismatch for a newer, foreign or altered schema.
    """
    sets = {_OURS: RELEASED, _NOUNS: tuple(more)}
    applied = _applied(session)
    _refuse_foreign(session, applied, sets)
    pending = [each for name, chosen in sets.items() for each in chosen if (name, each.name) not in applied]
    copy = None
    if pending:
        if _tables(session):
            copy = back_up(session, path.with_name(f"{path.stem}.before-{pending[0].name}.db"))
        _apply(session, sets)
        session.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    if schema_hash(session) != _expected_hash((*RELEASED, *more)):
        raise SchemaMismatch(_ALTERED)
    return copy


def build(session: SqliteSession, migrations: Sequence[Migration] = RELEASED) -> None:
    """Make the tables in an empty database that is not kept, without noting which migrations made them."""
    for migration in migrations:
        _run(session.conn, migration.statements)


def back_up(session: SqliteSession, target: Path) -> Path:
    """Copy the database as it is now to `target` (0600), replacing an older copy only when complete."""
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)
    create_private_file(unfinished)
    copy = connect(unfinished)
    try:
        session.conn.backup(copy.conn)
        copy.conn.execute("PRAGMA journal_mode = DELETE")  # one file, no -wal beside it
    finally:
        copy.close()
    return unfinished.replace(target)


def check(session: SqliteSession) -> Health:
    """Read the whole file and report damage, rows that refer to nothing, and a schema that is not ours."""
    damage = tuple(row[0] for row in session.conn.execute("PRAGMA integrity_check") if row[0] != "ok")
    orphans = tuple(
        f"{table} row {rowid} refers to nothing in {parent}"
        for table, rowid, parent, _ in session.conn.execute("PRAGMA foreign_key_check")
    )
    applied = _applied(session)
    is_older = any((_OURS, each.name) not in applied for each in RELEASED)
    return Health(damage, orphans, schema_hash(session) == _expected_hash(RELEASED), is_older)


def schema_hash(session: SqliteSession) -> bytes:
    """Hash every table, index, trigger and view of the file, except the migration table of sqlite-utils.

    Left out are SQLite's own tables too, by their prefix; what else is named so was put there by hand.
    """
    rows = session.conn.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL "
        "AND NOT (type = 'table' AND substr(name, 1, 7) = 'sqlite_') "
        "AND NOT (type IN ('table', 'index') AND tbl_name = ?) ORDER BY type, name",
        (_NOTES,),
    )
    return sha256("\0".join("\0".join(row) for row in rows).encode()).digest()


def _applied(session: SqliteSession) -> set[tuple[str, str]]:
    """Return what the file says was applied to it of ours: the names of set and migration."""
    if session.one("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", _NOTES) is None:
        return set()
    rows = session.all(
        f"SELECT migration_set, name FROM {_NOTES} WHERE migration_set IN (?, ?)", _OURS, _NOUNS
    )
    return {(each, name) for each, name in rows}


def _apply(session: SqliteSession, sets: Sets) -> None:
    # A first start and one after an update need what takes long to load; all others do not.
    from sqlite_utils import Migrations

    for name, chosen in sets.items():
        migrations = Migrations(name)
        for migration in chosen:
            migrations(name=migration.name)(_runner(migration))
        migrations.apply(session.database)


def _runner(migration: Migration) -> Callable[["Database"], None]:
    def run(db: "Database") -> None:
        _run(db.conn, migration.statements)

    return run


def _run(connection: sqlite3.Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        connection.execute(statement)


def _expected_hash(migrations: tuple[Migration, ...]) -> bytes:
    """Return the hash of the schema that migrations make of an empty file."""
    if [each.statements for each in migrations] == [INITIAL]:
        return INITIAL_HASH
    return _hash_made(migrations)


@lru_cache(maxsize=4)
def _hash_made(migrations: tuple[Migration, ...]) -> bytes:
    """Hash what migrations make of an empty file: 10 ms, and one process may open many files."""
    with in_memory() as session:
        build(session, migrations)
        return schema_hash(session)


def _refuse_foreign(session: SqliteSession, applied: set[tuple[str, str]], sets: Sets) -> None:
    if applied - {(name, each.name) for name, chosen in sets.items() for each in chosen}:
        raise SchemaMismatch("The database was written by a newer release of Freehold; use that release.")
    if _tables(session) and not applied:
        raise SchemaMismatch("The file is a database of another program.")


def _tables(session: SqliteSession) -> set[str]:
    """Return the names of the tables there are, but for the one of the notes."""
    return {name for (name,) in session.all("SELECT name FROM sqlite_schema WHERE type = 'table'")} - {_NOTES}
