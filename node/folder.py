"""The data folder: one node's whole memory, readable by its owner alone.

Rules here: a folder or file that someone else could have put there (a symbolic link, another owner, a second
name) is refused, because the keys in it would be theirs as well; one that others can merely read is closed,
and the owner is told, because what was readable may have been read.
"""

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

DATABASE_NAME: Final = "freehold.db"
SOCKET_NAME: Final = "owner.sock"  # where the owner talks to the running node
LOCK_NAME: Final = "node.lock"
SET_UP: Final = "set up, entry {}\n"  # a line of the lock
PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600
# By these a folder is known as a node's.
_MARK: Final = "freehold."
_MARKS: Final = frozenset({SOCKET_NAME, LOCK_NAME})
_OF_A_NEW_DISK: Final = "lost+found"
_LOG_NAME: Final = f"{DATABASE_NAME}-wal"  # SQLite's name for what was committed and is not in the file yet
_BARE_BYTES: Final = 4_096
_SQLITE: Final = b"SQLite format 3\0"
_SET_UP: Final = re.compile(r"^set up, entry ([0-9]{1,15})$", re.MULTILINE)
_RESTORE: Final = "Keep the folder as it is and restore a backup."
BE_THEM: Final = (
    "Run this as the user whose it is, with su or sudo -u; what was restored as root is first given to the "
    "node's user, with chown -R."
)
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class StartError(Exception):
    """A node cannot start as it was asked to; `detail` says why and `hint` what to do."""

    def __init__(self, detail: str, *, hint: str) -> None:
        super().__init__(f"{detail} {hint}")
        self.detail, self.hint = detail, hint


class FolderError(StartError):
    """The data folder cannot be trusted, or not be used so."""


def prepare(folder: Path) -> list[str]:
    """Make the folder, or check it and everything in it; return the names of what had to be closed to others.

    Raises:
        FolderError: it is not a folder of ours alone.
    """
    if folder.is_symlink():
        raise FolderError("The data folder is a symbolic link.", hint="Name the folder it leads to.")
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    except OSError as error:
        raise FolderError(
            f"The data folder cannot be made: {error.strerror}.", hint="Name another with --data."
        ) from error
    found = sorted(folder.iterdir())
    _check_ours(folder, found)
    closed = [folder.name] if _close(folder, PRIVATE_FOLDER) else []
    files = [path for path in found if _is_file(path)]
    check_whole(folder)
    return [*closed, *(path.name for path in files if _close(path, PRIVATE_FILE))]


def _check_ours(folder: Path, found: Sequence[Path]) -> None:
    """Check that the folder is empty or a node's: in any other we would close files that others are to read.

    Raises:
        FolderError: it is somebody's home, or the like.
    """
    names = [path.name for path in found if path.name != _OF_A_NEW_DISK]
    if names and not any(name in _MARKS or name.startswith(_MARK) for name in names):
        raise FolderError(
            f"{folder} has files in it, and none of them is a node's.",
            hint="Name an empty folder, or one that is not there yet, with --data.",
        )


def _is_file(path: Path) -> bool:
    """Say whether this is a file to look after; sockets come and go, folders inside are closed with this one.

    Raises:
        FolderError: it leads elsewhere.
    """
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        raise FolderError(
            f"{path.name} in the data folder is a symbolic link.", hint="Put the file itself there."
        )
    if not stat.S_ISREG(status.st_mode):
        return False
    if status.st_nlink > 1:
        raise FolderError(
            f"{path.name} in the data folder has a second name elsewhere.", hint="Put a copy of it there."
        )
    return True


def check_whole(folder: Path) -> None:
    """Check that what a node was is still in the folder: from nothing another one would start under its name.

    The lock is there before the database, and says once a node has been set up. So a database that holds
    nothing is one whose first start was cut short, or what is left of one that came without its log; and a
    log without its database is one that SQLite would throw away.

    Raises:
        FolderError: it is not.
    """
    database, log, lock = (_size(folder / name) for name in (DATABASE_NAME, _LOG_NAME, LOCK_NAME))
    if log and not database:
        raise FolderError(
            f"{DATABASE_NAME} is missing or empty, and what was written last waits for it in {_LOG_NAME}.",
            hint=_RESTORE,
        )
    was_set_up = set_up_to(folder) is not None
    if database is None and was_set_up:
        raise FolderError(f"{DATABASE_NAME} is missing, and a node was set up in this folder.", hint=_RESTORE)
    if _is_bare(folder / DATABASE_NAME) and not log and (was_set_up or lock is None):
        raise FolderError(
            f"{DATABASE_NAME} is there but holds nothing: its log, {_LOG_NAME}, is missing.",
            hint="Copy the whole folder of a node that is stopped, or restore a backup. Nothing was changed.",
        )


def _is_bare(path: Path) -> bool:
    """Say whether this is a database without a table: one page with SQLite's header, or not even that."""
    if not path.is_file() or path.stat().st_size > _BARE_BYTES:
        return False
    return path.read_bytes()[: len(_SQLITE)] in {b"", _SQLITE}


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def set_up_to(folder: Path) -> int | None:
    """Return up to which entry the journal was known to go; None where no node was set up yet."""
    path = folder / LOCK_NAME
    return set_up_in(path.read_text(encoding="ascii", errors="replace")) if path.is_file() else None


def set_up_in(lock: str) -> int | None:
    """Return what the text of a lock says of that."""
    found = _SET_UP.search(lock)
    return None if found is None else int(found[1])


def check_owner(folder: Path) -> None:
    """Check that what is written into the folder can be read by whose it is, also where root writes it.

    Raises:
        FolderError: it belongs to another user than this process runs as.
    """
    if folder.exists() and folder.stat().st_uid != os.getuid():
        raise FolderError(
            f"{folder} belongs to another user, who could not read what is written.", hint=BE_THEM
        )


def _close(path: Path, mode: int) -> bool:
    """Take every right from others; say whether they had any."""
    status = path.stat()
    if status.st_uid != os.getuid():
        raise FolderError(
            f"{path} belongs to another user.", hint="Run the node as that user, or change the owner."
        )
    if not status.st_mode & _OTHERS:
        return False
    path.chmod(mode)
    return True
