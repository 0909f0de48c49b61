"""The files in a data folder, for commands that work without a running node: the one place that opens them.

Rules here: reading needs no lock and changes nothing; whatever would change the database takes the lock of
the folder first, so there is never a second writer.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.core import codes
from node.folder import BE_THEM, DATABASE_NAME, LOCK_NAME, FolderError, check_owner, check_whole, set_up_to
from node.terminal.failures import ExitCode, Failure, not_found
from protocol.documents import Document
from protocol.values import dataclass

if TYPE_CHECKING:
    from node.core.identities import Identity
    from node.storage.sqlite.session import SqliteSession

OLDER_TABLES: Final = "The tables are those of an earlier release."
OTHER_TABLES: Final = (
    "The tables are not those of this release: another build made them, or something else changed them."
)
# What the system says of a disk that takes nothing more, whatever the file on it is like.
_DISK_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


def existing(folder: Path) -> Path:
    """Return the path of the node's database.

    Raises:
        Failure: there is none in `folder`, or only what is left of one.
    """
    path = folder / DATABASE_NAME
    if not path.is_file():
        raise not_found(f"There is no node in {folder}.", "Set one up with: freehold up")
    try:
        check_whole(folder)
    except FolderError as error:
        raise Failure(codes.DATABASE_DAMAGED, error.detail, hint=error.hint) from error
    return path


def sqlite_version() -> tuple[int, ...]:
    """Return the version of SQLite that opens the database."""
    from node.storage.sqlite.driver import sqlite3

    return tuple(sqlite3.sqlite_version_info)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a data folder says of the node in it: who it is, its keys, and where its journal ends.

    `known_to` is the entry up to which the journal once went, and `set_back_at` when an older database was
    last seen in place of the one before.
    """

    identity: "Identity | None"
    keys: frozenset[str]
    entries: int
    known_to: int
    set_back_at: datetime | None


def standing(folder: Path) -> Standing:
    """Return who the node in a folder is, and how it stands.

    Raises:
        Failure: the database cannot be opened, or holds nothing.
    """
    from node.services.people import actors
    from node.storage import editions, journal

    with _reading(folder) as session:
        owners = actors.load_owners(session, now=datetime.now(UTC))
        began = editions.beginnings(session)
        return Standing(
            identity=actors.identity(session),
            keys=frozenset(key.id for owner in owners.values() for key in owner.actor.keys),
            entries=journal.last_number(session),
            known_to=set_up_to(folder) or 0,
            set_back_at=began[-1] if len(began) > 1 else None,
        )


def check(folder: Path) -> list[str]:
    """Read the whole database and return what is wrong with it, nothing if it is whole.

    Raises:
        Failure: it cannot be opened.
    """
    from node.storage.sqlite.migrations import check as examine

    with _reading(folder) as session:
        health = examine(session)
    tables = [OLDER_TABLES if health.is_older else OTHER_TABLES] * (not health.schema_matches)
    return [*health.damage, *health.orphans, *tables]


def verify_journal(folder: Path, *, handle: str = "", after: tuple[int, bytes] | None = None) -> Document:
    """Recompute the journal's chains from the file, in the shape the node reports it.

    With `after`, a place and its link, go on from there in the chain of the actor called `handle`, or of the
    first one.

    Raises:
        Failure: the database cannot be opened; no actor of it has that handle.
    """
    from node.storage import chains, journal

    with _reading(folder) as session:
        if after is None:
            return chains.verify(session).view()
        return chains.verify(session, after={_actor(session, handle): journal.Head(*after)}).view()


def _actor(session: "SqliteSession", handle: str) -> str:
    """Return the address of the actor with a handle, of the first owner if it is empty."""
    from node.storage.actors import list_actors

    owners = [row for row in list_actors(session) if row.kind != "Application"]
    found = next((row.iri for row in owners if handle in ("", row.handle)), None)
    if found is None:
        raise not_found("No actor of this node has that handle.", "See: freehold node status")
    return found


def last_entry_at(folder: Path) -> datetime | None:
    """Return when the last entry of the journal was written.

    Raises:
        Failure: the database cannot be opened.
    """
    from node.storage import journal

    with _reading(folder) as session:
        last = journal.last_at(session)
    return None if last is None else datetime.fromisoformat(last)


def describe(folder: Path) -> Document:
    """Return the size of the database, how far its journal goes, and how many rows each table has.

    Raises:
        Failure: it cannot be opened.
    """
    from node.storage import journal

    path = existing(folder)
    with _reading(folder) as session:
        rows = {name: session.database[name].count for name in sorted(session.database.table_names())}
        entries = journal.last_number(session)
    version = ".".join(str(number) for number in sqlite_version())
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "sqlite": version,
        "journal": entries,
        "rows": rows,
    }


def check_ours(folder: Path) -> None:
    """Check that this user may write into a data folder: a file of root's the node could not read.

    Raises:
        Failure: the folder belongs to another user.
    """
    try:
        check_owner(folder)
    except FolderError as error:
        raise Failure(
            codes.NOT_YOUR_NODE, error.detail, exit_code=ExitCode.NOT_ALLOWED, hint=error.hint
        ) from error


def closed(folder: Path, error: PermissionError) -> Failure | None:
    """Return what to say where a data folder is closed to this user; None if it was another one."""
    if not error.filename or not Path(os.fsdecode(error.filename)).is_relative_to(folder):
        return None
    return Failure(
        codes.NOT_YOUR_NODE,
        f"{error.filename} is closed to this user: {error.strerror}.",
        exit_code=ExitCode.NOT_ALLOWED,
        hint=BE_THEM,
    )


def check_authorities(file: str) -> None:
    """Check that a node could read a file of authorities.

    Raises:
        Failure: it is not there, or holds no certificate.
    """
    from node.delivery import trust

    try:
        trust.check_authorities(file)
    except trust.AuthoritiesError as error:
        raise Failure(codes.USAGE, error.detail, exit_code=ExitCode.USAGE, hint=error.hint) from error


def migrate(folder: Path) -> Path | None:
    """Bring the database to this release's schema; return the copy that was made before, if one was needed.

    Raises:
        Failure: exit 8, a node is running in the folder; the schema is newer or foreign; the file is damaged.
    """
    from node.storage.locks import FolderLock
    from node.storage.sqlite.connections import connect
    from node.storage.sqlite.migrations import migrate as bring_up

    path = existing(folder)
    check_ours(folder)
    with explained(folder), FolderLock(folder):
        session = connect(path)
        try:
            return bring_up(session, path)
        finally:
            session.close()


def pid_of_node(folder: Path) -> int | None:
    """Return the process id of the node that works in the folder, 0 if it is not known, None for none."""
    from node.storage.locks import FolderLock, Locked

    if not (folder / LOCK_NAME).exists():  # looking makes no file, least of all one of another user's
        return None
    try:
        with FolderLock(folder):
            return None
    except Locked as error:
        return error.pid or 0


def refuse_running(folder: Path) -> None:
    """Refuse to start a second node in a folder.

    Raises:
        Failure: exit 8, a node is running in it.
    """
    from node.storage.locks import FolderLock

    if (folder / LOCK_NAME).exists():
        with explained(folder), FolderLock(folder):
            return


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what storage raises about a data folder into failures that say what to do.

    Raises:
        Failure: exit 8 if a node is running in it; the database is newer, foreign or damaged, or the disk is
            full or read-only.
    """
    from node.storage.errors import StorageUnavailable
    from node.storage.locks import Locked
    from node.storage.sqlite.migrations import SchemaMismatch

    try:
        yield
    except Locked as error:
        raise Failure(
            codes.NODE_LOCKED,
            f"A node is running in {folder}{f' (process {error.pid})' if error.pid else ''}.",
            exit_code=ExitCode.LOCKED,
            hint="Stop it first, or use another folder with --data.",
            problem={"pid": error.pid},
        ) from error
    except SchemaMismatch as error:
        raise Failure(codes.SCHEMA_MISMATCH, str(error)) from error
    except StorageUnavailable as error:
        raise _unusable(folder, error) from error
    except OSError as error:
        if error.errno not in _DISK_ERRORS:
            raise
        raise _unusable(folder, error) from error


def _unusable(folder: Path, error: BaseException) -> Failure:
    """Say whether database, another program or disk is at fault: only the first asks for a backup."""
    from node.storage.errors import Again, StorageDamaged

    if isinstance(error, StorageDamaged):
        return Failure(
            codes.DATABASE_DAMAGED,
            f"{folder / DATABASE_NAME} is not a database, or is damaged.",
            hint="Keep the folder as it is and restore a backup.",
        )
    if isinstance(error, Again):
        return Failure(
            codes.DATABASE_BUSY,
            f"Another program is writing to {folder / DATABASE_NAME}.",
            hint="End it, then try again. Nothing was changed.",
        )
    return Failure(
        codes.STORAGE_UNAVAILABLE,
        f"The disk does not take what belongs in {folder}.",
        hint="See that it has room and may be written to, then try again. Nothing was changed.",
    )


@contextmanager
def _reading(folder: Path) -> Iterator["SqliteSession"]:
    from node.storage.sqlite.connections import connect

    path = existing(folder)
    with explained(folder):
        session = connect(path, read_only=True)
        try:
            yield session
        finally:
            session.close()
