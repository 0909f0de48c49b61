"""One process per data folder: a lock the kernel gives back however the process ends."""

import fcntl
import os
from pathlib import Path
from typing import Self

from node.folder import LOCK_NAME
from node.storage.private_files import create_private_file


class Locked(Exception):
    """Another process works in the data folder; `pid` is its number, None if it could not be read."""

    def __init__(self, pid: int | None) -> None:
        super().__init__("Another process works in this data folder" + (f" (pid {pid})." if pid else "."))
        self.pid = pid


class FolderLock:
    """The lock of a data folder, held from `FolderLock(folder)` until `release()` or the process's end."""

    def __init__(self, folder: Path) -> None:
        path = folder / LOCK_NAME
        create_private_file(path)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _read_pid(self._descriptor)
            os.close(self._descriptor)
            raise Locked(holder) from None
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let the next process in. The file stays: removing it could hand the lock to two."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _read_pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, 20, 0).strip()
    return int(text) if text.isdigit() else None
