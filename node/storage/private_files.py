"""Files that only the node's owner can read."""

import os
from pathlib import Path

_OWNER_ONLY = 0o600


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
