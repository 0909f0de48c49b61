"""Files of this release that hold nothing yet: made once in a process, for each test a copy."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from node.storage.private_files import create_private_file
from node.storage.sqlite.database import open_database


@cache
def _blank() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "blank.db"
        open_database(path).close()
        return path.read_bytes()


def blank(path: Path) -> Path:
    """Put such a file at `path`, as a node would have made it, unless one is there; return the path."""
    if not path.exists():
        create_private_file(path)
        path.write_bytes(_blank())
    return path
