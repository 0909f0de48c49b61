"""Other programs that open a running node's file: they see what is there, and leave its log alone."""

import asyncio
import subprocess
import sys
from pathlib import Path

from node.storage.sqlite.database import SqliteStore
from tests.storage.test_database import note

# What any tool does that looks into the file: whoever closes it last throws the log away.
LOOK = """
import sqlite3, sys
file = sqlite3.connect(sys.argv[1])
print(*file.execute("SELECT count(*) FROM cursors").fetchone())
file.close()
"""


def look(path: Path) -> int:
    ran = subprocess.run([sys.executable, "-c", LOOK, path], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return int(ran.stdout)


def test_a_tool_that_looks_into_the_file_takes_no_log_away_after_a_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "node.db"

    async def run() -> None:
        store = SqliteStore.open(path)
        try:
            for number in range(1, 4):
                await store.write(note(f"c{number}"))
                await store.checkpoint()
                assert await asyncio.to_thread(look, path) == number
                assert (tmp_path / "node.db-wal").exists()
        finally:
            await store.close()

    asyncio.run(run())
