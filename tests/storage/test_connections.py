import stat
from pathlib import Path

import pytest

from node.storage.errors import StorageDamaged, StorageUnavailable
from node.storage.sqlite.connections import connect, in_memory
from node.storage.sqlite.driver import sqlite3
from node.storage.sqlite.session import SqliteSession


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def pragma(db: SqliteSession, name: str) -> object:
    return db.conn.execute(f"PRAGMA {name}").fetchone()[0]


def test_sqlite_is_free_of_the_wal_reset_bug() -> None:
    (version,) = in_memory().conn.execute("SELECT sqlite_version()").fetchone()
    assert tuple(int(part) for part in version.split(".")) >= (3, 51, 3)


def test_only_the_owner_can_read_the_files(path: Path) -> None:
    with connect(path) as db:
        db.conn.execute("CREATE TABLE t (x)")
        files = sorted(path.parent.iterdir())
        assert [file.name for file in files] == ["node.db", "node.db-shm", "node.db-wal"]
        assert [mode(file) for file in files] == [0o600] * 3
    assert mode(path.parent) == 0o700


def test_a_file_others_could_read_is_closed_to_them(path: Path) -> None:
    path.parent.mkdir()
    path.touch(mode=0o644)
    connect(path).close()
    assert mode(path) == 0o600


def test_a_symbolic_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere.db")
    with pytest.raises(OSError, match="symbolic link"):
        connect(path)
    assert not (tmp_path / "elsewhere.db").exists()


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"Dear diary, " * 100)
    with pytest.raises(StorageDamaged):
        connect(path)


def test_commits_are_durable_and_the_schema_is_not_trusted(path: Path) -> None:
    with connect(path) as db:
        found = {
            name: pragma(db, name)
            for name in (
                "journal_mode",
                "synchronous",
                "foreign_keys",
                "recursive_triggers",
                "trusted_schema",
                "cell_size_check",
                "secure_delete",
            )
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "secure_delete": 1,
    }


def test_a_reader_cannot_write(path: Path) -> None:
    with connect(path) as writer:
        writer.conn.execute("CREATE TABLE t (x)")
        with connect(path, read_only=True) as reader:
            assert reader.conn.execute("SELECT count(*) FROM t").fetchone() == (0,)
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                reader.conn.execute("INSERT INTO t VALUES (1)")
            assert pragma(reader, "query_only") == 1
            reader.conn.execute("PRAGMA query_only = OFF")  # the file itself is opened read-only
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                reader.conn.execute("INSERT INTO t VALUES (1)")


def test_a_reader_does_not_create_a_file(path: Path) -> None:
    path.parent.mkdir()
    with pytest.raises(StorageUnavailable):
        connect(path, read_only=True)
    assert not path.exists()


@pytest.mark.parametrize("read_only", [False, True])
def test_no_other_file_can_be_attached(path: Path, tmp_path: Path, read_only: bool) -> None:
    connect(path).close()
    other = tmp_path / "other.db"
    refused = pytest.raises(sqlite3.DatabaseError, match="not authorized")
    with connect(path, read_only=read_only) as db, refused:
        db.conn.execute("ATTACH ? AS other", (str(other),))
    assert not other.exists()


def test_a_path_with_special_characters_is_one_path(tmp_path: Path) -> None:
    path = tmp_path / "what? 100%#1" / "node.db"
    with connect(path) as db:
        db.conn.execute("CREATE TABLE t (x)")
    assert path.stat().st_size > 0
