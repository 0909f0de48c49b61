import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from node.storage import chains, journal
from node.storage.errors import StorageDamaged
from node.storage.schema import Migration
from node.storage.sqlite import migrations as subject
from node.storage.sqlite.connections import connect, in_memory
from node.storage.sqlite.database import open_database
from node.storage.sqlite.driver import sqlite3
from node.storage.sqlite.migrations import SchemaMismatch, back_up, build, check, migrate, schema_hash
from node.storage.sqlite.schema import INITIAL_HASH
from node.storage.sqlite.session import SqliteSession
from tests.storage.rows import entry
from tests.transactions import transact

EXTRAS = Migration("add_extras", ("CREATE TABLE extras (id TEXT PRIMARY KEY) STRICT",))


@contextmanager
def releasing(*later: Migration) -> Iterator[None]:
    """Let these be migrations of a later release, which this process then is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subject, "RELEASED", (*subject.RELEASED, *later))
        yield


def test_a_new_file_gets_the_schema_and_no_copy(path: Path) -> None:
    with connect(path) as db:
        assert migrate(db, path) is None
        assert "journal" in db.database.table_names()
        assert db.conn.execute("PRAGMA application_id").fetchone() == (0x46524844,)
    assert [file.name for file in path.parent.iterdir()] == ["node.db"]


def test_migrating_again_changes_nothing(db: SqliteSession, path: Path) -> None:
    before = schema_hash(db)
    assert migrate(db, path) is None
    assert schema_hash(db) == before


def test_a_file_is_copied_before_it_is_migrated(path: Path) -> None:
    with open_database(path) as db:
        transact(db, lambda db: journal.append(db, entry()))
        with releasing(EXTRAS):
            copy = migrate(db, path)
        assert "extras" in db.database.table_names()
    assert copy == path.with_name("node.before-add_extras.db")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with connect(copy, read_only=True) as old:
        assert "extras" not in old.database.table_names()
        assert chains.verify(old).count == 1
    assert not path.with_name(f"{copy.name}.part").exists()


def test_a_failed_migration_leaves_the_schema_and_can_be_tried_again(path: Path) -> None:
    broken = Migration("add_extras", (*EXTRAS.statements, "INSERT INTO nowhere VALUES (1)"))
    with open_database(path) as db:
        before = schema_hash(db)
        with releasing(broken), pytest.raises(sqlite3.OperationalError, match="nowhere"):
            migrate(db, path)
        assert schema_hash(db) == before
        with releasing(EXTRAS):
            assert migrate(db, path) is not None
            assert check(db).ok


def test_a_newer_schema_is_refused(path: Path) -> None:
    with releasing(EXTRAS):
        open_database(path).close()
    with pytest.raises(SchemaMismatch, match="newer release"):
        open_database(path)


def test_what_a_file_notes_of_another_set_is_not_ours_to_judge(path: Path) -> None:
    with open_database(path) as db:
        note = "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, 'add_extras', '')"
        db.conn.execute(note, ("tools",))
        assert migrate(db, path) is None
        db.conn.execute(note, ("freehold.nouns",))
        with pytest.raises(SchemaMismatch, match="newer release"):
            migrate(db, path)


def test_a_database_of_another_program_is_refused(path: Path) -> None:
    with connect(path) as db:
        db.conn.execute("CREATE TABLE diary (day TEXT)")
    with pytest.raises(SchemaMismatch, match="another program"):
        open_database(path)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TRIGGER spy AFTER INSERT ON tokens BEGIN DELETE FROM refusals; END",
        "CREATE VIEW spies AS SELECT * FROM tokens",
        "CREATE TABLE spies (x TEXT)",
        "CREATE TRIGGER spy AFTER INSERT ON _sqlite_migrations BEGIN DELETE FROM refusals; END",
        "DROP INDEX agreements_one_per_intention",
        "DROP TRIGGER journal_is_never_edited",
        "ALTER TABLE items ADD COLUMN spy TEXT",
    ],
)
def test_a_schema_that_was_tampered_with_is_refused(path: Path, change: str) -> None:
    with open_database(path) as db:
        db.conn.execute(change)
        assert not check(db).ok
    with pytest.raises(SchemaMismatch, match="not those of this release"):
        open_database(path)


def test_a_trigger_cannot_hide_behind_the_name_of_something_of_sqlites(path: Path) -> None:
    # The prefix is reserved, but whoever writes into the file by hand need not care.
    trigger = "CREATE TRIGGER sqlite_spy AFTER INSERT ON tokens BEGIN DELETE FROM refusals; END"
    with open_database(path) as db:
        db.conn.execute("PRAGMA writable_schema = ON")
        db.conn.execute(
            "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, 0, ?)",
            ("trigger", "sqlite_spy", "tokens", trigger),
        )
    with pytest.raises(SchemaMismatch, match="not those of this release"):
        open_database(path)


def test_statistics_of_sqlite_are_no_change(path: Path) -> None:
    with open_database(path) as db:
        transact(db, lambda db: journal.append(db, entry()))
        db.conn.execute("ANALYZE")
        assert "sqlite_stat1" in {name for (name,) in db.conn.execute("SELECT name FROM sqlite_schema")}
    open_database(path).close()


def test_a_backup_replaces_an_older_one_when_it_is_complete(db: SqliteSession, tmp_path: Path) -> None:
    target = tmp_path / "copies" / "node.db"
    back_up(db, target)
    transact(db, lambda db: journal.append(db, entry()))
    target.with_name("node.db.part").write_bytes(b"left over from a crash")
    assert back_up(db, target) == target
    assert [file.name for file in target.parent.iterdir()] == ["node.db"]
    with connect(target, read_only=True) as copy:
        assert chains.verify(copy).count == 1
        assert [file.name for file in target.parent.iterdir()] == ["node.db"]  # it needs no file beside it


def test_a_sound_file_is_healthy(db: SqliteSession) -> None:
    health = check(db)
    assert (health.damage, health.orphans, health.schema_matches, health.ok) == ((), (), True, True)


def test_a_row_that_refers_to_nothing_is_found(db: SqliteSession) -> None:
    db.conn.execute("PRAGMA foreign_keys = OFF")
    db.conn.execute("INSERT INTO keys VALUES ('k', 'nobody', 'rsa', '', '', NULL)")
    health = check(db)
    assert health.orphans == ("keys row 1 refers to nothing in actors",)
    assert not health.ok


def test_damage_is_found(path: Path) -> None:
    with open_database(path) as db:
        transact(db, lambda db: [journal.append(db, entry(number)) for number in range(1, 200)])
        (root,) = db.conn.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'journal_by_kind'"
        ).fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096 + 3)  # the number of cells on the index's first page
        file.write(b"\0\1")
    with connect(path) as db:
        assert check(db).damage
        assert not check(db).ok


def test_the_first_release_makes_the_schema_that_a_start_looks_for() -> None:
    # A released migration never changes; what the schema lacks is a new migration.
    with in_memory() as session:
        build(session)
        assert schema_hash(session).hex() == INITIAL_HASH.hex()


def test_every_table_is_strict(db: SqliteSession) -> None:
    lax = db.conn.execute("SELECT name FROM pragma_table_list WHERE type = 'table' AND NOT strict")
    ours = {name for (name,) in lax if not name.startswith("sqlite_")}
    assert ours == {"_sqlite_migrations"}


def test_what_is_not_ours_is_left_unopened(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"SQLite format 3\0" + bytes(84))
    with pytest.raises(StorageDamaged):
        open_database(path)
