"""One process per data folder: a lock the kernel gives back however the process ends.

In the file stand who holds it and, once a node is set up, up to where its journal went when that was last
written down: a database that goes less far is an older one that was put in its place.
"""

import fcntl
import os
from pathlib import Path
from typing import Final, Self

from node.folder import LOCK_NAME, SET_UP, set_up_in
from node.storage.private_files import create_private_file

_LONGEST: Final = 100  # bytes


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
        self.entry = set_up_in(os.pread(self._descriptor, _LONGEST, 0).decode("ascii", "replace"))
        self._write()

    def note(self, entry: int) -> None:
        """Write down that a node is set up here, whose journal goes up to an entry."""
        self.entry = entry
        self._write()

    def _write(self) -> None:
        text = f"{os.getpid()}\n" + ("" if self.entry is None else SET_UP.format(self.entry))
        os.pwrite(self._descriptor, text.encode(), 0)
        os.ftruncate(self._descriptor, len(text))

    def release(self) -> None:
        """Let the next process in. The file stays: removing it could hand the lock to two."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def _read_pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, _LONGEST, 0).partition(b"\n")[0]
    return int(text) if text.isdigit() else None
