"""Real nodes in processes of their own, and what comes of a typed command."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from node.folder import SOCKET_NAME
from node.terminal.api_client import ApiClient
from node.terminal.endpoint import Endpoint
from node.terminal.failures import Failure
from tests.ports import steady_port

ROOT = Path(__file__).parents[2]
START_SECONDS = 120.0  # so long a busy machine may take; who waits longer waits for nothing
STOP_SECONDS = 60.0
PATIENCE_SECONDS = 60.0


class Terminal(io.TextIOWrapper):
    """A stream at which somebody sits."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Ran:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def items(self) -> list[dict[str, Any]]:
        return list(self.json["items"])


Run = Callable[..., Ran]


def environment() -> dict[str, str]:
    """Return the environment without settings that the machine may have for a node of its own."""
    return without("FREEHOLD_") | {"TZ": "UTC"}


def without(*prefixes: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(prefixes)}


def loaded_by(*words: str) -> set[str]:
    """Return the modules that a command of its own process has loaded when it ends."""
    program = f"import sys, cli; cli.main({[*words]!r}); print(*sys.modules, file=sys.stderr)"
    alone = without("FREEHOLD_", "COVERAGE")  # measuring coverage loads modules of its own
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=alone, capture_output=True, text=True
    )
    return set(ended.stderr.split())


def start(*words: str, program: str = "cli") -> subprocess.Popen[str]:
    """Start the command, or another program that is called like it, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", program, *words],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command and see that it has ended in the end."""
    process = start(*words)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)


@dataclass(frozen=True)
class Node:
    """A node that runs in a process of its own."""

    folder: Path
    handle: str
    port: int
    process: subprocess.Popen[str]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def actor(self) -> str:
        return f"{self.origin}/actors/{self.handle}"

    @property
    def acct(self) -> str:
        return f"acct:{self.handle}@127.0.0.1:{self.port}"

    @property
    def api(self) -> ApiClient:
        return ApiClient(Endpoint(socket_path=self.folder / SOCKET_NAME))


@contextmanager
def running(folder: Path, handle: str, *words: str, program: str = "cli") -> Iterator[Node]:
    """Run `freehold up` on a free port of loopback; stop it as a service manager would."""
    port = steady_port()
    where = ("--data", str(folder), "--dev", "--port", str(port), "--handle", handle)
    process = start("up", *where, *words, program=program)
    node = Node(folder, handle, port, process)
    try:
        until(lambda: answers(node), "the node to answer", seconds=START_SECONDS)
        yield node
    finally:
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)


def answers(node: Node) -> bool:
    assert node.process.poll() is None, node.process.communicate()
    try:
        return bool(node.api.get("/node"))
    except Failure:
        return False


def until(look: Callable[[], Any], what: str, *, seconds: float = PATIENCE_SECONDS) -> Any:
    """Look again and again until there is something to see, and return it."""
    ends = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < ends, f"waited in vain for {what}"
        time.sleep(0.05)
    return found
