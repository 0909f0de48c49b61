"""The schema of the node's file and the way from any earlier one to it.

Rules: a migration never changes once released, a new one is appended; a file that holds anything is copied
before it is migrated; a file from a newer release or from elsewhere is refused. Tables are STRICT; instants
are RFC 3339 UTC text with microseconds (they sort as text); documents are canonical JSON text; money is
decimal text.
"""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from sqlite_utils import Database, Migrations

from node.storage.private_files import create_private_file
from node.storage.sqlite.connections import connect, in_memory
from node.storage.sqlite.schema import INITIAL
from node.storage.sqlite.session import SqliteSession

APPLICATION_ID = 0x46524844  # "FRHD", in the header of the file, so that tools can tell what it is

migrations = Migrations("freehold")


class SchemaMismatch(Exception):
    """The file's schema is not one this release can work with; the message says why and what helps."""


@dataclass(frozen=True, slots=True)
class Health:
    """What `check` found; empty tuples and True are good."""

    damage: tuple[str, ...]
    orphans: tuple[str, ...]
    schema_matches: bool

    @property
    def ok(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.damage and not self.orphans and self.schema_matches


@migrations()
def initial(db: Database) -> None:
    """Create all tables of the first release."""
    for statement in INITIAL:
        db.conn.execute(statement)


def migrate(session: SqliteSession, path: Path) -> Path | None:
    """Bring the file up to this release's schema; return the copy made before, if there was anything to copy.

    Each migration is one transaction: a failure leaves the schema as it was.
    Raises: SchemaMismatch for a newer, foreign or altered schema.
    """
    _refuse_foreign(session)
    pending = migrations.pending(session.database)
    copy = None
    if pending:
        if _tables(session):
            copy = back_up(session, path.with_name(f"{path.stem}.before-{pending[0].name}.db"))
        migrations.apply(session.database)
        session.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    if schema_hash(session) != _expected_hash():
        raise SchemaMismatch("The schema of the database was changed by something else; restore a backup.")
    return copy


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
    return Health(damage, orphans, schema_hash(session) == _expected_hash())


def schema_hash(session: SqliteSession) -> bytes:
    """Hash every table, index, trigger and view of the file, except the migration table of sqlite-utils.

    Left out are SQLite's own tables too, by their prefix; what else is named so was put there by hand.
    """
    rows = session.conn.execute(
        "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL "
        "AND NOT (type = 'table' AND substr(name, 1, 7) = 'sqlite_') "
        "AND NOT (type IN ('table', 'index') AND tbl_name = ?) ORDER BY type, name",
        (migrations.migrations_table,),
    )
    return sha256("\0".join("\0".join(row) for row in rows).encode()).digest()


def _expected_hash() -> bytes:
    with in_memory() as session:
        migrations.apply(session.database)
        return schema_hash(session)


def _refuse_foreign(session: SqliteSession) -> None:
    applied = {migration.name for migration in migrations.applied(session.database)}
    if applied - _known():
        raise SchemaMismatch("The database was written by a newer release of Freehold; use that release.")
    if _tables(session) and not applied:
        raise SchemaMismatch("The file is a database of another program.")


def _known() -> set[str]:
    with in_memory() as session:
        return {migration.name for migration in migrations.pending(session.database)}


def _tables(session: SqliteSession) -> set[str]:
    return set(session.database.table_names()) - {migrations.migrations_table}
