"""Somebody with a tool and a copy of a node's file: what a node that opens it next must notice.

The tool is the driver that the node itself uses: where a second SQLite in the same process lets go of a file,
the locks of the first are gone too, and its shared memory is cut away under it
(https://sqlite.org/howtocorrupt.html, section 2.2.1).
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from node.storage.sqlite.connections import connect
from node.storage.sqlite.driver import sqlite3 as driver


def edited(path: Path, statements: str, *, without: Sequence[str] = ()) -> None:
    """Run statements on a file, as any program can; triggers named in `without` stand aside meanwhile."""
    with closing(driver.connect(path)) as db:
        query = "SELECT sql FROM sqlite_schema WHERE type = 'trigger' AND name = ?"
        kept = [db.execute(query, (name,)).fetchone()[0] for name in without]
        for name in without:
            db.execute(f"DROP TRIGGER {name}")
        db.executescript(statements)
        for trigger in kept:
            db.execute(trigger)
        db.commit()


def copied(source: Path, target: Path) -> Path:
    """Copy a file that is in use, as it is now; return the copy's path."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with connect(source, read_only=True) as db, closing(driver.connect(target)) as copy:
        db.conn.backup(copy)
    target.chmod(0o600)
    return target
