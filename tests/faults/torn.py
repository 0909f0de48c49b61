"""Tear the write-ahead log of a node that was killed, and see that what is left is a prefix of its commits.

A node trades, is killed, and leaves its last commits in `freehold.db-wal` only. Then, again and again, a copy
of that log is cut off at a random place, or a bit or a byte of it is changed, as a torn or failing disk would
leave it, and the node's own storage opens it. What it then has must be exactly what was there after the last
commit that lies whole before the damage: the same rows in every table, a journal whose chain holds and which
leads to those rows. With some of the copies a whole node is started.

    python -m tests.faults.torn --cases 400

The format of the log: https://sqlite.org/fileformat2.html#the_write_ahead_log.
"""

import argparse
import random
import shutil
import struct
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from node.folder import DATABASE_NAME
from node.sandbox.nodes import MarketError, Node
from node.services.ledger import journals
from node.settings import FILE_NAME
from node.storage import chains, journal
from node.storage.sqlite import migrations
from node.storage.sqlite.database import open_database
from node.storage.sqlite.session import SqliteSession
from tests.faults.ends import check_journal
from tests.faults.story import Keeper, Story
from tests.transactions import transact
from tests.whole import LEDGER

LOG_NAME = f"{DATABASE_NAME}-wal"
HEADER_BYTES = 32
FRAME_HEADER_BYTES = 24
START_EVERY = 40  # starting a whole node takes a second, looking with its storage a tenth of one


@dataclass(frozen=True, slots=True)
class State:
    """All that a file holds: the places and hashes of its journal, and a digest of every table."""

    chain: tuple[tuple[int, str], ...]
    tables: str


@dataclass(frozen=True, slots=True)
class Remains:
    """What a killed node left: its folder, and what it had after each commit that is in the log.

    `ends` are the places in the log where a commit ends; before the first of `states` nothing of the log
    counts.
    """

    node: Node
    log: bytes
    ends: tuple[int, ...]
    states: tuple[State, ...]

    def copy(self, folder: Path, log: bytes) -> Path:
        """Lay out a data folder with another log in it; return the database's path."""
        folder.mkdir(mode=0o700)
        for name in (DATABASE_NAME, FILE_NAME):
            shutil.copy(self.node.folder / name, folder / name)
        (folder / LOG_NAME).write_bytes(log)
        (folder / LOG_NAME).chmod(0o600)
        return folder / DATABASE_NAME

    def expected(self, place: int) -> State:
        """Return what there must be if the log is good up to a place and no further."""
        return self.states[sum(end <= place for end in self.ends)]


@dataclass(frozen=True, slots=True)
class Tear:
    """A damaged log: how it was damaged, and up to which place it is good."""

    how: str
    place: int
    log: bytes


def leave_remains(folder: Path) -> Remains:
    """Let two nodes trade, kill one of them, and find out what it had after each of its commits."""
    story = Story(folder)
    with story.keeper.keeping():
        story.settle()
    # Stopped in order the nodes left no log: what follows is in the log alone.
    story.keeper = Keeper(story.nodes)
    with story.keeper.keeping():
        story.play()
        story.keeper.kill(story.customer)
    log = (story.customer.folder / LOG_NAME).read_bytes()
    bare = Remains(story.customer, log, tuple(commit_ends(log)), ())
    places = (0, *bare.ends)
    states = tuple(open_and_look(bare.copy(folder / f"state-{place}", log[:place])) for place in places)
    return Remains(story.customer, log, bare.ends, states)


def commit_ends(log: bytes) -> Iterator[int]:
    """Yield the places in a log behind the frames that end a transaction."""
    (page_bytes,) = struct.unpack_from(">I", log, 8)
    frame_bytes = FRAME_HEADER_BYTES + page_bytes
    for place in range(HEADER_BYTES, len(log) - frame_bytes + 1, frame_bytes):
        _page, pages_after_commit = struct.unpack_from(">II", log, place)
        if pages_after_commit:
            yield place + frame_bytes


def open_and_look(path: Path) -> State:
    """Open a file as a node does, and return what it holds."""
    with open_database(path) as db:
        return look(db)


def look(db: SqliteSession) -> State:
    """Return what an open file holds."""
    chain = tuple((entry.number, entry.hash.hex()) for entry in journal.entries(db))
    digest = sha256()
    for table in sorted(db.database.table_names()):
        rows = sorted(map(repr, db.conn.execute(f'SELECT * FROM "{table}"')))
        digest.update("\n".join([table, *rows]).encode())
    return State(chain, digest.hexdigest())


def tear(log: bytes, chance: random.Random) -> Tear:
    """Damage a log: cut it off, or change one bit or one byte of it."""
    place = chance.randrange(len(log))
    match chance.choice(["cut", "cut", "bit", "byte"]):
        case "cut":
            return Tear("cut", place, log[:place])
        case how:
            change = 1 << chance.randrange(8) if how == "bit" else chance.randrange(1, 256)
            return Tear(how, place, log[:place] + bytes([log[place] ^ change]) + log[place + 1 :])


def faults_of(remains: Remains, torn: Tear, folder: Path) -> list[str]:
    """Open a torn copy and say what is not as it must be."""
    expected = remains.expected(torn.place if torn.place >= HEADER_BYTES else 0)
    path = remains.copy(folder, torn.log)
    faults = []
    with open_database(path) as db:
        found, report, health = look(db), chains.verify(db), migrations.check(db)
        rebuilt = transact(db, lambda db: journals.rebuild(db, LEDGER))
    if found not in remains.states:
        faults.append("what is there was never there after any commit")
    elif found != expected:
        faults.append(f"{len(found.chain)} entries instead of {len(expected.chain)}")
    if found.chain != remains.states[-1].chain[: len(found.chain)]:
        faults.append("the journal is no beginning of the journal")
    if not report.ok or not health.ok:
        faults.append(f"the file does not hold: {report.broken} {health.damage} {health.orphans}")
    if not rebuilt["unchanged"]:
        faults.append("the journal does not lead to what is there")
    return [f"{torn.how} at {torn.place}: {fault}" for fault in faults]


def start_faults(remains: Remains, torn: Tear, folder: Path) -> list[str]:
    """Start a whole node on a torn copy and say what is wrong with it."""
    remains.copy(folder, torn.log)
    node = Node(folder, remains.node.handle, remains.node.name, remains.node.kind, remains.node.port)
    try:
        node.start()
        node.wait_until_ready()
        return check_journal(node)
    except MarketError as error:
        return [f"{torn.how} at {torn.place}: {error}"]
    finally:
        node.terminate()
        node.wait()


def run(
    folder: Path, *, cases: int, seed: int = 1, start_every: int = START_EVERY
) -> tuple[Counter[str], list[str]]:
    """Tear the log of a killed node again and again; return how often in which way, and what was wrong."""
    remains = leave_remains(folder)
    chance = random.Random(seed)
    ways = Counter({"commits in the log": len(remains.ends), "bytes of log": len(remains.log)})
    faults = [] if remains.states[-1] == remains.expected(len(remains.log)) else ["the whole log is not read"]
    for number in range(cases):
        torn = tear(remains.log, chance)
        ways[torn.how] += 1
        faults += faults_of(remains, torn, folder / f"torn-{number}")
        shutil.rmtree(folder / f"torn-{number}")
        if number % start_every == 0:
            ways["started"] += 1
            faults += start_faults(remains, torn, folder / f"started-{number}")
    return ways, faults


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the long form and print what it came to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="freehold-torn-") as folder:
        ways, faults = run(Path(folder), cases=chosen.cases, seed=chosen.seed)
    print(", ".join(f"{way}: {count}" for way, count in ways.items()))
    print(*(f"  FAULT {fault}" for fault in faults[:20]), f"{len(faults)} faults", sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
