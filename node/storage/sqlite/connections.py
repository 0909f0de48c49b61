"""One connection to the node's file: the driver, its pragmas, and files only the owner may read.

Rules: WAL with `synchronous=FULL` (an acknowledged commit survives power loss), foreign keys enforced,
nothing in the schema trusted to call functions, ATTACH denied, transactions begun and ended by hand only.
"""

from pathlib import Path
from typing import cast

from node.storage.private_files import create_private_file
from node.storage.sqlite.driver import sqlite3
from node.storage.sqlite.session import SqliteSession, translated

STATEMENT_CACHE = 1_024  # statements; all of ours are fewer, so each is compiled once per connection
BUSY_TIMEOUT_MS = 5_000  # only an outside tool can hold the write lock; give it a moment, not a minute
CHECKPOINT_PAGES = 4_000  # 16 MB of WAL between checkpoints: four times the default, a quarter of the fsyncs
CACHE_KIB = 16_000  # page cache per connection
WAL_KEPT_BYTES = 67_108_864  # a WAL swollen by one long reader shrinks back to 64 MB

# A row that another one replaces is deleted, and what triggers say of that holds: the journal keeps its rows.
_RULES = ("foreign_keys = ON", "trusted_schema = OFF", "recursive_triggers = ON")

_OK, _DENY = 0, 1
_ATTACH = 24  # SQLITE_ATTACH, https://sqlite.org/c3ref/c_alter_table.html


def connect(path: Path, *, read_only: bool = False, again: bool = False) -> SqliteSession:
    """Open the file at `path`; a writer creates it (0600) and its folder (0700) when missing.

    Where it is open in this process already, open it `again`: whoever closes a file gives up all locks that
    the process has on it (POSIX), and another program could then throw the log away while it is written to.

    Raises: OSError if the file is a symbolic link or cannot be created; StorageDamaged if it is no database;
    StorageUnavailable if it cannot be opened.
    """
    if not (read_only or again):
        create_private_file(path)
    mode = "ro" if read_only else "rw"
    with translated():
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


def in_memory() -> SqliteSession:
    """Open an empty private database in memory, with the same rules as a file."""
    connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=STATEMENT_CACHE)
    for pragma in _RULES:
        connection.execute(f"PRAGMA {pragma}")
    return _wrap(connection)


def _configure(connection: sqlite3.Connection, *, read_only: bool) -> None:
    for pragma in (
        *_RULES,
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        "cell_size_check = ON",
        "temp_store = MEMORY",
        f"cache_size = -{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
        return
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, not only unlinked
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}")


def _wrap(connection: sqlite3.Connection) -> SqliteSession:
    connection.set_authorizer(cast("type", _authorise))
    return SqliteSession(connection)


def _authorise(action: int, *_names: str | None) -> int:
    return _DENY if action == _ATTACH else _OK
