"""Contenders: the servers that are compared, each a process of its own with its own SQLite file.

Rules that hold here: what a contender has kept is read from its file, not asked of it. It ends by `kill -9`,
so that nothing is written down on the way out.
"""

import json
import sqlite3
import subprocess
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp

from bench.inbox import SETTINGS
from node.sandbox.nodes import Node, free_port
from tests.interop.nodejs import interpreter

FEDIFY = Path(__file__).parent / "fedify"
FULL = 2  # what `PRAGMA synchronous` answers; Freehold's own connections set the same
STORED_SECONDS = 120  # for a contender that answers first


class Contender(ABC):
    """A server with one actor; `answers_first` says that it stores an activity after its answer."""

    name: str
    port: int
    actor: str
    inbox: str
    answers_first = False
    database: Path
    kept_by: str  # a query for the id of every activity that it took

    @abstractmethod
    def start(self) -> None:
        """Start the process and wait until it takes requests."""

    @property
    @abstractmethod
    def process(self) -> subprocess.Popen[Any] | None:
        """The process, once started."""

    def kept(self) -> Counter[str]:
        """Read how often each activity is in the file."""
        with closing(sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)) as db:
            return Counter(row[0] for row in db.execute(self.kept_by))

    def count(self) -> int:
        """Read how many activities are in the file."""
        with closing(sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True)) as db:
            return int(db.execute(f"SELECT count(*) FROM ({self.kept_by})").fetchone()[0])

    def wait_for(self, total: int) -> None:
        """Wait until this many activities are in the file, or the time for that is over."""
        ends = time.monotonic() + STORED_SECONDS
        while self.count() < total and time.monotonic() < ends:
            time.sleep(0.01)

    def peak_mb(self) -> float:
        """Return the most memory that the process has had, in MB."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def kill(self) -> None:
        """End the process at once, whatever it is doing, if there is one."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


class Freehold(Contender):
    """This project's node, started as anybody starts it."""

    name = "freehold"
    kept_by = "SELECT subject FROM journal WHERE direction = 'in'"

    def __init__(self, folder: Path, *, kind: str) -> None:
        """Set up a node of a person, who gets offers, or of an organization, whom anybody can follow."""
        self.node = Node(folder / self.name, "ada", "Ada", kind, settings=SETTINGS)
        self.port = self.node.port
        self.actor = self.node.actor
        self.inbox = f"{self.actor}/inbox"
        self.database = self.node.folder / "freehold.db"

    def start(self) -> None:
        """Start the process and wait until it takes requests."""
        self.node.start()
        self.node.wait_until_ready()

    @property
    def process(self) -> subprocess.Popen[Any] | None:
        """The process, once started."""
        return self.node.process


class Fedify(Contender):
    """The server of `bench/fedify/server.mjs`; `words` are more of its options."""

    kept_by = "SELECT id FROM received"

    def __init__(self, folder: Path, name: str, *words: str) -> None:
        """Set up a server; the file is made when it starts."""
        self.name = name
        self.words = words
        self.answers_first = "--queue" in words
        self.port = free_port()
        self.database = folder / f"{name.replace(' ', '-')}.db"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the process and wait until it takes requests.

        Raises:
            RuntimeError: it ended instead, or its file is less durable than Freehold's.
        """
        self._process = subprocess.Popen(self._command(), stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with code {self._process.wait()} while starting")
        said = json.loads(line)
        self.actor, self.inbox = said["actor"], said["inbox"]
        if (said["journal_mode"], said["synchronous"]) != ("wal", FULL):
            raise RuntimeError(f"{self.name} is not durable: {line}")

    def _command(self) -> Sequence[str]:
        return [
            interpreter(),
            "--disable-warning=ExperimentalWarning",  # node:sqlite is that in Node.js 22
            "--import",
            (FEDIFY / "packages.mjs").as_uri(),
            str(FEDIFY / "server.mjs"),
            *("--port", str(self.port)),
            *("--database", str(self.database)),
            *self.words,
        ]

    @property
    def process(self) -> subprocess.Popen[Any] | None:
        """The process, once started."""
        return self._process

    async def fan_out(self, recipients: Sequence[str], *, content: str, immediate: bool = False) -> None:
        """Have it send one Create{Note} to actors whose inbox is at `<actor>/inbox`."""
        order = {
            "recipients": [{"id": iri, "inbox": f"{iri}/inbox"} for iri in recipients],
            "content": content,
            "immediate": immediate,
        }
        async with (
            aiohttp.ClientSession(raise_for_status=True) as session,
            session.post(f"http://127.0.0.1:{self.port}/fan-out", json=order) as response,
        ):
            await response.read()
