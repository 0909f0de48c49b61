"""Nodes to attack: the real application over a real file on a loopback port, in a thread or as a process.

In a thread a node can be given what a machine has only one of: a clock, a name service, trusted certificates,
a network that is quick to time out. As a process it can be killed.
"""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Self
from unittest import mock
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from node import randomness
from node.app import Edge, make_app
from node.delivery import clients
from node.delivery.client import Client
from node.folder import DATABASE_NAME, SOCKET_NAME
from node.host import bound, listening
from node.settings import Settings, load
from node.settings.kinds import is_loopback
from protocol.keys import Algorithm, PrivateKey
from tests.attacks.network import Names
from tests.attacks.wire import HANG_SECONDS, dial, exchange
from tests.keys import rsa_key
from tests.logs import left_as_found
from tests.ports import steady_port

ROOT = Path(__file__).parents[2]
HANDLE = "ada"
_STARTS_WITHIN_SECONDS = 120.0
# How long a node waits for a peer's server, which lives in this very process: on a busy machine it may take
# its time, and that is no attack. Cases in which silence is the attack have no time for that (`hurried`).
PATIENCE_SECONDS = 30.0
_HURRY_SECONDS = 1.0


class Clock:
    """The system's time, plus what a case adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._stopped: datetime | None = None

    def __call__(self) -> datetime:
        return (self._stopped or datetime.now(UTC)) + self.ahead

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Stand still, but for what a case adds, until the end of the block."""
        self._stopped = datetime.now(UTC)
        try:
            yield
        finally:
            self._stopped = None


class Node(Protocol):
    """A node under attack, wherever it runs."""

    data: Path
    host: str
    port: int
    origin: str
    handle: str

    def now(self) -> datetime:
        """Return the node's time."""
        ...

    def spent(self) -> float:
        """Return for how many seconds a processor has worked for it, as far as anybody counts."""
        ...


def place(node: Node) -> tuple[str, int]:
    """Return where the node listens."""
    return (node.host, node.port)


def socket_path(node: Node) -> Path:
    """Return where the owner talks to the node."""
    return node.data / SOCKET_NAME


def database_path(node: Node) -> Path:
    """Return the node's file."""
    return node.data / DATABASE_NAME


def actor_of(node: Node) -> str:
    """Return the address of the node's first actor."""
    return f"{node.origin}/actors/{node.handle}"


# --- in a thread --------------------------------------------------------------------------------------------


class Log(logging.Handler):
    """What the nodes of this process logged, theirs and their libraries', as it was given."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.events: list[dict[str, Any]] = []

    def __call__(self, _logger: object, method: str, event: Any) -> Any:
        """Take an event of ours."""
        self.events.append({**event, "level": method})
        raise structlog.DropEvent

    def emit(self, record: logging.LogRecord) -> None:
        """Take an error of a library's."""
        shown = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            shown += f" {record.exc_info[1]!r}"
        self.events.append({"event": shown, "level": "error", "logger": record.name})

    @contextlib.contextmanager
    def listening(self) -> Iterator["Log"]:
        """Listen until the end of the block."""
        with left_as_found():
            structlog.configure(processors=[self])
            logging.getLogger().addHandler(self)
            yield self


def _generate(algorithm: Algorithm) -> PrivateKey:
    return rsa_key("node") if algorithm is Algorithm.RSA else randomness.new_key(algorithm)


@dataclass
class ThreadedNode:
    """A node in a thread of this process."""

    data: Path
    flags: Mapping[str, Any]
    names: Names
    tls: ssl.SSLContext | None = None
    port: int = field(default_factory=steady_port)
    clock: Clock = field(default_factory=Clock)
    patience_seconds: float = PATIENCE_SECONDS
    clients: list[Client] = field(default_factory=list)
    """What asks others for it."""
    handle: str = HANDLE
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        chosen = {"dev": True, "handle": HANDLE, **self.flags}
        self.settings: Settings = load({"data": self.data, "port": self.port, **chosen}, {}, None)
        self.origin = self.settings.origin
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name=f"node-{self.port}", daemon=True)

    def now(self) -> datetime:
        """Return the node's time."""
        return self.clock()

    def spent(self) -> float:
        """Return for how many seconds a processor has worked for it, and for all else in this process."""
        return time.process_time()

    def start(self) -> Self:
        """Start, and return once it listens."""
        self._thread.start()
        assert self._ready.wait(_STARTS_WITHIN_SECONDS)
        if self._failure is not None:
            raise self._failure
        return self

    def client(self, *arguments: Any, **named: Any) -> Client:
        """Make what asks others for it, with our names and its patience."""
        chosen = {"resolver": self.names.resolver(), "timeout_seconds": self.patience_seconds}
        self.clients.append(Client(*arguments, **{**named, **chosen}))
        return self.clients[-1]

    @contextlib.contextmanager
    def hurried(self, seconds: float = _HURRY_SECONDS) -> Iterator[None]:
        """Give up on others after these seconds until the end of the block."""
        before = self.patience_seconds
        self._be_patient(seconds)
        try:
            yield
        finally:
            self._be_patient(before)

    def _be_patient(self, seconds: float) -> None:
        self.patience_seconds = seconds
        for client in self.clients:
            client._timeout_seconds = seconds

    def stop(self) -> None:
        """Stop, and return once it has."""
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(_STARTS_WITHIN_SECONDS)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as failure:
            self._failure = failure
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = make_app(self.settings, edge=Edge(clock=self.clock, generate=_generate))
        runner = web.AppRunner(app, shutdown_timeout=0.5)
        with bound(self.settings) as sockets:
            # The wiring makes its client from this class; here it is one with our names and certificates.
            with mock.patch.object(clients, "Client", partial(self.client, tls=self.tls)):
                await runner.setup()
            try:
                async with listening(app, runner, self.settings, sockets):
                    self._ready.set()
                    await self._stop.wait()
            finally:
                await runner.cleanup()


# --- as a process -------------------------------------------------------------------------------------------


@dataclass
class ProcessNode:
    """A node as `freehold up` starts it."""

    data: Path
    flags: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=steady_port)
    handle: str = HANDLE
    host: str = "127.0.0.1"
    descriptors: int = 0
    """How many files it may have open; 0 for as many as this process."""

    def __post_init__(self) -> None:
        self.origin = f"http://127.0.0.1:{self.port}"
        self.log_path = self.data.parent / f"{self.data.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def now(self) -> datetime:
        """Return the node's time, which is the machine's."""
        return datetime.now(UTC)

    def spent(self) -> float:
        """Return for how many seconds a processor has worked for it."""
        return 0.0 if self.process is None else _spent(self.process.pid)

    def start(self) -> Self:
        """Start, and return once it is ready."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, cwd=ROOT, env=environment(self.flags), stdout=log, stderr=log
            )
        until(self._is_ready, seconds=_STARTS_WITHIN_SECONDS)
        return self

    @property
    def command(self) -> list[str]:
        """The command line it is started with."""
        command = [*freehold(self.data), "up", "--port", str(self.port), "--handle", self.handle, "--dev"]
        if not self.descriptors:
            return command
        return ["sh", "-c", f'ulimit -n {self.descriptors}; exec "$@"', "sh", *command]

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError):
            asked = b"GET /readyz HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % self.port
            return exchange(("127.0.0.1", self.port), asked).status == 200
        return False

    def kill(self) -> None:
        """Kill it without a warning, and wait until it is gone."""
        self._signal(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        return self._signal(signal.SIGTERM)

    def _signal(self, number: signal.Signals) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(20)

    @property
    def log(self) -> list[str]:
        """What it wrote to its log, line by line."""
        return self.log_path.read_text(encoding="utf-8").splitlines()


@dataclass
class GivenNode:
    """A node that somebody else has started: a development node on this machine, known by its data folder."""

    data: Path

    def __post_init__(self) -> None:
        asked = b"GET /api/v1/node HTTP/1.1\r\nHost: owner\r\n\r\n"
        known = exchange(self.data / SOCKET_NAME, asked).json
        self.origin = str(known["origin"])
        self.handle = str(known["handle"])
        parts = urlsplit(self.origin)
        self.host = parts.hostname or ""
        if parts.scheme != "http" or not is_loopback(self.host):
            raise ValueError("Only a development node on loopback may be attacked.")
        self.port = int(parts.port or 80)
        self._pid = _process_at(self.data / SOCKET_NAME)

    def now(self) -> datetime:
        """Return the node's time, which is the machine's."""
        return datetime.now(UTC)

    def spent(self) -> float:
        """Return for how many seconds a processor has worked for it."""
        return _spent(self._pid)


def _process_at(path: Path) -> int:
    """Return which process listens at a UNIX socket; 0 where the system does not tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        return 0
    with dial(path) as connection:
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    pid, _, _ = struct.unpack("3i", credentials)
    return int(pid)


def _spent(pid: int) -> float:
    """Return for how many seconds a processor has worked for a process; 0 where nobody counts."""
    try:
        # proc_pid_stat(5): the second field is the program's name, in brackets, which may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def freehold(data: Path) -> list[str]:
    """Return the beginning of every command line for a data folder."""
    return [sys.executable, str(ROOT / "cli.py"), "--data", str(data)]


def environment(flags: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FREEHOLD_")}
    return (
        kept | {"FREEHOLD_LOG_FORMAT": "json"} | {f"FREEHOLD_{name.upper()}": v for name, v in flags.items()}
    )


def until(condition: Callable[[], bool], *, seconds: float = HANG_SECONDS) -> None:
    """Wait until something is the case; who has waited that long waits for nothing."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("it did not come to pass")
        time.sleep(0.005)
