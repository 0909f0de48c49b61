"""One connection to the node's file: the driver, its pragmas, and files only the owner may read.

Rules: WAL with `synchronous=FULL` (an acknowledged commit survives power loss), foreign keys enforced,
nothing in the schema trusted to call functions, ATTACH denied, transactions begun and ended by hand only.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from sqlite_utils import Database

if TYPE_CHECKING:
    import sqlite3
else:
    # sqlite-utils prefers pysqlite3, whose exceptions are not those of the standard library's module.
    from sqlite_utils.utils import sqlite3

__all__ = ["connect", "create_private_file", "in_memory", "sqlite3"]

STATEMENT_CACHE = 512  # statements; all of ours are fewer, so each is compiled once per connection
BUSY_TIMEOUT_MS = 5_000  # only an outside tool can hold the write lock; give it a moment, not a minute
CHECKPOINT_PAGES = 4_000  # 16 MB of WAL between checkpoints: four times the default, a quarter of the fsyncs
CACHE_KIB = 16_000  # page cache per connection
WAL_KEPT_BYTES = 67_108_864  # a WAL swollen by one long reader shrinks back to 64 MB

_OK, _DENY = 0, 1
_ATTACH = 24  # SQLITE_ATTACH, https://sqlite.org/c3ref/c_alter_table.html
_OWNER_ONLY = 0o600


def connect(path: Path, *, read_only: bool = False) -> Database:
    """Open the file at `path`; a writer creates it (0600) and its folder (0700) when missing.

    Raises: OSError if the file is a symbolic link or cannot be created; `sqlite3.DatabaseError` if it is not
    a database.
    """
    if not read_only:
        create_private_file(path)
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,  # the writer's connection is opened and closed outside its thread
        cached_statements=STATEMENT_CACHE,
    )
    try:
        _configure(connection, read_only=read_only)
        return _wrap(connection)
    except BaseException:
        connection.close()
        raise


def in_memory() -> Database:
    """Open an empty private database in memory, with the same rules as a file."""
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=STATEMENT_CACHE)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    return _wrap(connection)


def create_private_file(path: Path) -> None:
    """Make sure `path` is a regular file that only its owner can read, in a folder only its owner can enter.

    SQLite gives the `-wal` and `-shm` files the mode of the database, so this one mode decides for all three.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _OWNER_ONLY)
    try:
        os.fchmod(descriptor, _OWNER_ONLY)
    finally:
        os.close(descriptor)


def _configure(connection: sqlite3.Connection, *, read_only: bool) -> None:
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "foreign_keys = ON",
        "temp_store = MEMORY",
        f"cache_size = -{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")


def _wrap(connection: sqlite3.Connection) -> Database:
    connection.set_authorizer(cast("type", _authorise))
    # Plugins of sqlite-utils are code of others, installed for other purposes: not in this process.
    return Database(connection, execute_plugins=False)


def _authorise(action: int, *_names: str | None) -> int:
    return _DENY if action == _ATTACH else _OK
