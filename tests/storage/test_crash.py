"""What is on disk after the process, the machine or the disk gives up in the middle.

The invariant each time: what was acknowledged is there, and what is there is a prefix of what was written.
"""

import random
import shutil
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from node.storage import chains, journal
from node.storage.cursors import load_cursor, save_cursor
from node.storage.session import Session
from node.storage.sqlite.connections import connect
from node.storage.sqlite.database import open_database
from node.storage.sqlite.migrations import check
from node.storage.sqlite.session import SqliteSession
from tests.storage.rows import entry
from tests.transactions import transact

ROOT = Path(__file__).parents[2]

# Each write appends an entry and counts it in a cursor; its number is printed once it is acknowledged.
WRITE_FOR_EVER = """
import asyncio, itertools, sys
from pathlib import Path
from node.storage import journal
from node.storage.cursors import load_cursor, save_cursor
from node.storage.sqlite.database import SqliteStore
from tests.storage.rows import entry

def one_more(db):
    save_cursor(db, "", "count", load_cursor(db, "", "count") + 1)
    return journal.append(db, entry(1, body=bytes(2_000)))

async def write_for_ever(store):
    while True:
        print(await store.write(one_more), flush=True)

async def main():
    store = SqliteStore.open(Path(sys.argv[1]))
    await asyncio.gather(*(write_for_ever(store) for _ in range(8)))

asyncio.run(main())
"""


def acknowledged_until_killed(path: Path, after: int) -> int:
    """Run a writing process, kill it once `after` writes are acknowledged, and return the last it printed."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITE_FOR_EVER, str(path)],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout:
        last = max(int(process.stdout.readline()) for _ in range(after))
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split("\n")[:-1]  # the last line may be torn
    assert process.returncode == -signal.SIGKILL
    return max([last, *map(int, rest)])


def assert_is_sound(db: SqliteSession) -> int:
    """Check that the file is whole and every write in it complete; return how many there are."""
    assert check(db).ok
    report = chains.verify(db)
    assert report.ok
    assert load_cursor(db, "", "count") == report.count
    return report.count


@pytest.mark.slow
def test_a_killed_process_loses_nothing_acknowledged(path: Path) -> None:
    chance = random.Random(7)
    for _ in range(10):
        acknowledged = acknowledged_until_killed(path, after=chance.randint(1, 60))
        with open_database(path) as db:
            assert assert_is_sound(db) >= acknowledged


@pytest.fixture(scope="module")
def torn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with 20 commits, the last 15 of them only in the WAL, as a power cut would leave it."""
    path = tmp_path_factory.mktemp("torn") / "node.db"
    with open_database(path) as db:
        for number in range(1, 21):
            transact(db, partial(one_more, number=number))
            if number == 5:
                db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cut = path.with_name("cut.db")
        shutil.copy(path, cut)
        shutil.copy(path.with_name("node.db-wal"), path.with_name("cut.db-wal"))
    return cut


def one_more(db: Session, number: int) -> None:
    journal.append(db, entry(number))
    save_cursor(db, "", "count", number)


def copy_with_wal(torn: Path, path: Path, wal: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    shutil.copy(torn, path)
    path.with_name("node.db-wal").write_bytes(wal)


def read_wal(torn: Path) -> bytes:
    return torn.with_name("cut.db-wal").read_bytes()


def test_an_untouched_wal_is_read_to_its_end(torn: Path, path: Path) -> None:
    copy_with_wal(torn, path, read_wal(torn))
    with connect(path) as db:
        assert assert_is_sound(db) == 20


@pytest.mark.parametrize("seed", range(24))
def test_a_wal_cut_anywhere_leaves_a_prefix(torn: Path, path: Path, seed: int) -> None:
    wal = read_wal(torn)
    length = random.Random(seed).randrange(len(wal))
    copy_with_wal(torn, path, wal[:length])
    with connect(path) as db:
        assert 5 <= assert_is_sound(db) < 20


def test_a_longer_wal_never_holds_less(torn: Path, path: Path) -> None:
    wal = read_wal(torn)
    found = []
    for length in range(0, len(wal) + 1, len(wal) // 20):
        copy_with_wal(torn, path, wal[:length])
        with connect(path) as db:
            found.append(assert_is_sound(db))
    assert found == sorted(found)
    assert len(set(found)) > 5


@pytest.mark.parametrize("seed", range(24))
def test_a_wal_with_a_flipped_bit_leaves_a_prefix(torn: Path, path: Path, seed: int) -> None:
    wal = bytearray(read_wal(torn))
    bit = random.Random(seed).randrange(8 * len(wal))
    wal[bit // 8] ^= 1 << bit % 8
    copy_with_wal(torn, path, bytes(wal))
    with connect(path) as db:
        assert 5 <= assert_is_sound(db) <= 20
        transact(db, lambda db: one_more(db, load_cursor(db, "", "count") + 1))  # and it goes on from there
        assert_is_sound(db)
