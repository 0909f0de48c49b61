"""A disk that can be filled to the last byte while a node works on it, and emptied again.

`SmallDisk` is a real one: a tmpfs of some megabytes, which takes the right to mount. Where that is missing,
`SizeLimit` stands in: the kernel is told that the node's process may let no file grow beyond what the longest
of its files has now (RLIMIT_FSIZE), so that every write that needs more room fails there too, with EFBIG in
place of ENOSPC. It differs in that a node cannot be started into it, and in that the disk itself
has room, as far as anybody sees.
"""

import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from node.folder import DATABASE_NAME
from node.sandbox.nodes import Node

DISK_MEGABYTES = 64  # a long run, its log, and a journal rebuilt in one transaction
BLOCK_BYTES = 4_096


class Disk(Protocol):
    """Where a node lives that will run out of room."""

    name: str
    folder: Path
    takes_starts: bool
    is_seen: bool

    def fill(self, node: Node, *, leave_bytes: int = 0) -> None:
        """Take all room, or all but some, from the running node."""
        ...

    def empty(self, node: Node) -> None:
        """Give the room back."""
        ...


@dataclass(slots=True)
class SmallDisk:
    """A tmpfs, filled with a file. The node's data folder and its log are both on it."""

    folder: Path
    name: str = "tmpfs"
    takes_starts: bool = True
    is_seen: bool = True

    def fill(self, node: Node, *, leave_bytes: int = 0) -> None:
        """Write until nothing goes in any more."""
        del node
        with (self.folder / "filler").open("ab", buffering=0) as filler:
            room = os.statvfs(self.folder)
            wanted = room.f_bavail * room.f_frsize - leave_bytes
            try:
                while wanted > 0:
                    wanted -= filler.write(bytes(min(wanted, 256 * BLOCK_BYTES)))
            except OSError:
                return

    def empty(self, node: Node) -> None:
        """Remove the file."""
        del node
        (self.folder / "filler").unlink()


@dataclass(slots=True)
class SizeLimit:
    """A folder on the ordinary disk, and a limit on how long the files of a process may become."""

    folder: Path
    name: str = "RLIMIT_FSIZE"
    takes_starts: bool = False
    is_seen: bool = False

    def fill(self, node: Node, *, leave_bytes: int = 0) -> None:
        """Forbid the node's files to grow."""
        longest = max(path.stat().st_size for path in node.folder.glob(f"{DATABASE_NAME}*"))
        self._limit(node, longest + leave_bytes)

    def empty(self, node: Node) -> None:
        """Allow it again."""
        self._limit(node, resource.RLIM_INFINITY)

    def _limit(self, node: Node, limit_bytes: int) -> None:
        assert node.process is not None
        _, most = resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (limit_bytes, most))


@contextmanager
def small_disk(folder: Path, *, mounted: bool = True) -> Iterator[Disk]:
    """Make a small disk in a folder: a real one, unless none is wanted or this user may not mount one."""
    with tempfile.TemporaryDirectory(prefix="disk-", dir=folder) as name:
        if not mounted or not _mount(Path(name)):
            yield SizeLimit(Path(name))
            return
        try:
            yield SmallDisk(Path(name))
        finally:
            subprocess.run(["umount", name], check=True)


def _mount(folder: Path) -> bool:
    options = f"size={DISK_MEGABYTES}m,mode=0700"
    try:
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        return subprocess.run(words, capture_output=True).returncode == 0
    except OSError:  # there is no such command
        return False
