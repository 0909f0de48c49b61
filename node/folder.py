"""The data folder: one node's whole memory, readable by its owner alone.

Rules here: a folder or file that someone else could have put there (a symbolic link, another owner, a second
name) is refused, because the keys in it would be theirs as well; one that others can merely read is closed,
and the owner is told, because what was readable may have been read.
"""

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

DATABASE_NAME: Final = "freehold.db"
SOCKET_NAME: Final = "owner.sock"  # where the owner talks to the running node
LOG_SUFFIX: Final = "-wal"  # SQLite's name for what was committed and is not in the file yet
LOCK_NAME: Final = "node.lock"
PRIVATE_FOLDER: Final = 0o700
PRIVATE_FILE: Final = 0o600
# By these a folder is known as a node's.
_MARK: Final = "freehold."
_MARKS: Final = frozenset({SOCKET_NAME, LOCK_NAME})
_OF_A_NEW_DISK: Final = "lost+found"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class FolderError(Exception):
    """The data folder cannot be trusted, or not be used so; `detail` says why and `hint` what to do."""

    def __init__(self, detail: str, *, hint: str) -> None:
        super().__init__(f"{detail} {hint}")
        self.detail, self.hint = detail, hint


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
    _check_logs(files)
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


def _check_logs(files: Sequence[Path]) -> None:
    """Check that the log is not without its database: SQLite would throw it away and begin anew.

    Raises:
        FolderError: it is.
    """
    sizes = {path.name: path.stat().st_size for path in files}
    log = f"{DATABASE_NAME}{LOG_SUFFIX}"
    if sizes.get(log) and not sizes.get(DATABASE_NAME):
        raise FolderError(
            f"{DATABASE_NAME} is missing or empty, and what was written last waits for it in {log}.",
            hint="Keep the folder as it is and restore a backup.",
        )


def _close(path: Path, mode: int) -> bool:
    """Take every right from others; say whether they had any."""
    status = path.stat()
    if status.st_uid != os.getuid():
        raise FolderError(
            f"{path.name} belongs to another user.", hint="Run the node as that user, or change the owner."
        )
    if not status.st_mode & _OTHERS:
        return False
    path.chmod(mode)
    return True
