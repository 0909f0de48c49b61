"""A real node that counts the points at which it could die, and dies at the one it is told to.

The node is started as ever, by `freehold up`, except that three seams are wrapped first: the driver's COMMIT,
the client's post, and the writing of an answer. Nothing in the product knows of this.

    commit   a transaction, just before and just after it is durable
    send     an activity on its way to an inbox, before it leaves and after the inbox has answered
    answer   what a peer or the owner is told of what they asked to be done, before and after it is written

The folder named in `FAULTS_FOLDER` has the file `passed`, a line for each point as it is reached, and, if the
node is to die, the file `die-at`: kind, before or after, and the number of the point, counted from the start
of the process. It is removed in the moment of death, so the next process lives.

    python -m tests.faults.mortal --data FOLDER up
"""

import asyncio
import itertools
import os
import re
import signal
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from node.sandbox.nodes import Node, environment

ROOT = Path(__file__).parents[2]
FOLDER_VARIABLE = "FAULTS_FOLDER"
_ID = re.compile(r"\b([a-z]{2,3})_[0-9a-hjkmnp-tv-z]{26}\b")
_WRITE = re.compile(
    r"\s*(?:INSERT|REPLACE|UPDATE|DELETE)(?:\s+OR\s+\w+)?(?:\s+INTO|\s+FROM)?\s+\W?(\w+)", re.IGNORECASE
)


class Kind(StrEnum):
    """What a node is doing when it dies."""

    COMMIT = "commit"
    SEND = "send"
    ANSWER = "answer"


class Side(StrEnum):
    """On which side of that."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Point:
    """The `number`th time that a process does something, and the side of it."""

    kind: Kind
    side: Side
    number: int

    def __str__(self) -> str:
        return f"{self.kind} {self.side} {self.number}"


# --- seen from outside -----------------------------------------------------------------------------


@dataclass(slots=True)
class Mortal(Node):
    """A node whose processes are started with the seams wrapped."""

    @property
    def control(self) -> Path:
        """The folder through which it is watched and told to die."""
        return self.folder.with_suffix(".points")

    def start(self) -> None:
        """Start a process; it goes on with the log of the one before."""
        self._write_settings()
        self.control.mkdir(exist_ok=True)
        (self.control / "passed").write_text("")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", __name__, "--data", str(self.folder), "up"],
                cwd=ROOT,
                env={**environment(), FOLDER_VARIABLE: str(self.control)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def die_at(self, point: Point) -> None:
        """Have the next process die at a point."""
        self.control.mkdir(exist_ok=True)
        (self.control / "die-at").write_text(str(point))

    def live(self) -> None:
        """Call off a death that has not come."""
        (self.control / "die-at").unlink(missing_ok=True)

    def passed(self) -> dict[Kind, list[str]]:
        """Return what the running process has done, or was about to do when it died, by kind, in order."""
        found: dict[Kind, list[str]] = {kind: [] for kind in Kind}
        for line in (self.control / "passed").read_text().splitlines():
            kind, _, what = line.partition("\t")
            found[Kind(kind)].append(what)
        return found


# --- inside the node's process ---------------------------------------------------------------------


class Fate:
    """Counts points, and ends the process at the one that was chosen."""

    def __init__(self, control: Path) -> None:
        self._sentence = control / "die-at"
        self._chosen = self._sentence.read_text() if self._sentence.exists() else ""
        self._passed = os.open(control / "passed", os.O_WRONLY | os.O_APPEND)
        self._numbers: dict[Kind, Iterator[int]] = defaultdict(lambda: itertools.count(1))

    def before(self, kind: Kind, what: str) -> int:
        """Note a point, and die there if it is the one; return its number."""
        number = next(self._numbers[kind])
        os.write(self._passed, f"{kind}\t{what}\n".encode())
        self._meet(Point(kind, Side.BEFORE, number))
        return number

    def after(self, kind: Kind, number: int) -> None:
        """Die behind a point if it is the one."""
        self._meet(Point(kind, Side.AFTER, number))

    def is_after(self, kind: Kind, number: int) -> bool:
        """Say whether the process is to die behind this point."""
        return self._chosen == str(Point(kind, Side.AFTER, number))

    def _meet(self, point: Point) -> None:
        if self._chosen == str(point) and self._sentence.exists():
            self._sentence.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


def wrap_commits(fate: Fate) -> None:
    """Watch COMMIT on every connection that the node opens from now on."""
    from node.storage.sqlite.driver import sqlite3 as driver

    class Noting(driver.Cursor):
        def execute(self, statement: str, *parameters: Any) -> Any:
            if found := _WRITE.match(statement):
                # A row of the journal by its kind, any other by its table.
                what = f"journal {parameters[0][4]}" if found[1] == "journal" else found[1]
                watched: Any = self.connection
                watched.written += (what,)
            return super().execute(statement, *parameters)

    class Watched(driver.Connection):
        written: tuple[str, ...] = ()

        def cursor(self, factory: Any = Noting) -> Any:
            return super().cursor(factory)

        def execute(self, statement: str, *parameters: Any) -> Any:
            if statement == "COMMIT":
                number = fate.before(Kind.COMMIT, ", ".join(dict.fromkeys(self.written)) or "nothing")
                done = super().execute(statement)
                fate.after(Kind.COMMIT, number)
                return done
            if statement.startswith("BEGIN"):
                self.written = ()
            return super().execute(statement, *parameters)

    vars(driver)["connect"] = partial(driver.connect, factory=Watched)  # the seam


def wrap_sends(fate: Fate) -> None:
    """Watch every post of an activity."""
    from node.delivery.client import Client

    plain = Client.post

    async def post(self: Client, address: str, *, body: bytes, **options: Any) -> Any:
        number = fate.before(Kind.SEND, str(orjson.loads(body)["type"]))
        answer = await plain(self, address, body=body, **options)
        fate.after(Kind.SEND, number)
        return answer

    Client.post = post  # type: ignore[method-assign]  # the seam


def wrap_answers(fate: Fate) -> None:
    """Watch every answer to a request that was to change something."""
    from node.web.edge.connections import ClientConnection

    plain = ClientConnection.finish_response

    async def finish_response(
        self: ClientConnection, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        if request.method == "GET":
            return await plain(self, request, resp, start_time)
        path = _ID.sub(r"\1_…", request.path)
        number = fate.before(Kind.ANSWER, f"{request.method} {path}: {resp.status}")
        done = await plain(self, request, resp, start_time)
        if fate.is_after(Kind.ANSWER, number):
            await _flush(self)
        fate.after(Kind.ANSWER, number)
        return done

    ClientConnection.finish_response = finish_response  # type: ignore[method-assign]  # the seam


async def _flush(connection: Any) -> None:
    """Wait until the answer has left the process: the loop may write it only in its next round."""
    await asyncio.sleep(0)
    while connection.transport is not None and connection.transport.get_write_buffer_size():  # noqa: ASYNC110
        await asyncio.sleep(0)  # a transport has no event for this


def main() -> int:
    """Run `freehold` with its seams wrapped."""
    fate = Fate(Path(os.environ[FOLDER_VARIABLE]))
    wrap_commits(fate)
    wrap_sends(fate)
    wrap_answers(fate)
    from cli import main as freehold

    return freehold()


if __name__ == "__main__":
    raise SystemExit(main())
