"""The process around a node: everything of which a machine gives a process only one.

The modes of new files, limits, the collector of garbage, signals, logging and what is listened on are set
here and nowhere else, so that `node.app` can be opened any number of times in one process. Rules here: no
process leaves a core dump, which would hold private keys; a stop lets running requests end first; a second
signal does not wait for anybody.
"""

import asyncio
import os
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, cast

from aiohttp import web

from node import folder, garbage, observability
from node.app import Edge, make_app
from node.settings import Settings
from node.web.edge import connections
from node.web.edge.runtime import RUNTIME, Runtime

BACKLOG: Final = (
    512  # connections the system holds while we are busy; more than may be inside would only wait
)
# What a node keeps open besides: 320 connections of its client, the file and its readers, sockets, the log.
DESCRIPTORS_KEPT: Final = 400
_LONGEST_SOCKET_PATH: Final = 100  # bytes; sun_path holds 104 on macOS and 108 on Linux

log = observability.logger(__name__)


class AddressError(Exception):
    """The node cannot listen where it should; `detail` says why and `hint` what to do."""

    def __init__(self, detail: str, *, hint: str) -> None:
        super().__init__(f"{detail} {hint}")
        self.detail, self.hint = detail, hint


def serve(settings: Settings, *, on_ready: Callable[[], object] = lambda: None) -> None:
    """Run a node until SIGTERM or SIGINT, then let running requests end and return.

    `on_ready` is called once, when requests are answered.

    Raises:
        AddressError, FolderError: it cannot start. Locked: another process works in the data folder.
    """
    garbage.hold()
    observability.configure(settings.log_level, form=settings.log_format)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the private keys
    make_room(settings.connections)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run(settings, on_ready=on_ready))


def make_room(connections: int) -> None:
    """Raise this process's limit on open files to what so many connections need, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + DESCRIPTORS_KEPT
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def room() -> int:
    """Return how many connections may be let in without using up the files that may be open (DO-16).

    Where the limit is low, half of it is left for everything else.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if limit == resource.RLIM_INFINITY else limit - min(DESCRIPTORS_KEPT, limit // 2)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # no wheel for this platform: the standard loop does the same, slower
        return None
    return uvloop.new_event_loop


# --- one node on the current loop --------------------------------------------------------------------


async def run(settings: Settings, *, on_ready: Callable[[], object] = lambda: None) -> None:
    """Run a node on the current event loop until SIGTERM or SIGINT. Raises: as `serve`."""
    if not (settings.data / folder.DATABASE_NAME).exists():
        check_port(settings)
    with _signals() as (stop, hurry):
        app = make_app(settings, edge=Edge(connections=room()))
        runner = web.AppRunner(app, shutdown_timeout=1.0)  # requests have had their time in `_drain`
        try:
            await runner.setup()
            async with listening(app, runner, settings):
                garbage.settle()
                log.info("ready", origin=settings.origin, port=settings.port, data=str(settings.data))
                on_ready()
                await stop.wait()
                log.info("draining", running=app[RUNTIME].running)
                await _drain(app[RUNTIME], hurry, settings.drain_seconds)
        finally:
            await runner.cleanup()
    log.info("stopped")


@contextmanager
def _signals() -> Iterator[tuple[asyncio.Event, asyncio.Event]]:
    """Give two events: the first signal that asks to stop sets the first, every later one the second."""
    stop, hurry = asyncio.Event(), asyncio.Event()
    loop, numbers = asyncio.get_running_loop(), (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, lambda: hurry.set() if stop.is_set() else stop.set())
    try:
        yield stop, hurry
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _drain(runtime: Runtime, hurry: asyncio.Event, seconds: float) -> None:
    """Refuse new requests and wait for the running ones, at most for some seconds or until told to hurry."""
    runtime.drain()
    waits = [asyncio.create_task(event.wait()) for event in (runtime.idle, hurry)]
    _, left = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in left:
        wait.cancel()


def check_port(settings: Settings) -> None:
    """Try the node's port before anything is written: who a node is has its address in it.

    Raises:
        AddressError: it cannot be had.
    """
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        socket.create_server(address[:2], family=family).close()
    except OSError as error:
        raise _taken(settings, error) from error


def _taken(settings: Settings, error: OSError) -> AddressError:
    why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    return AddressError(
        f"Port {settings.port} cannot be listened on: {why}.",
        hint=f"Stop what uses it, or choose another one: freehold up --port {settings.port + 1}",
    )


@asynccontextmanager
async def listening(app: web.Application, runner: web.AppRunner, settings: Settings) -> AsyncIterator[None]:
    """Listen on the node's port and on the owner's socket.

    Raises:
        AddressError: one of them cannot be had.
    """
    server = cast("web.Server", runner.server)  # there is one since `setup`
    connect = connections.factory(server, limiter=app[RUNTIME].limiter, idle_seconds=settings.idle_seconds)
    path = settings.data / folder.SOCKET_NAME
    loop = asyncio.get_running_loop()
    if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
        raise AddressError("The path of the data folder is too long for a socket.", hint="Use a shorter one.")
    try:
        tcp = await loop.create_server(connect, settings.host, settings.port, backlog=BACKLOG)
    except OSError as error:
        raise _taken(settings, error) from error
    path.unlink(missing_ok=True)  # left over from a node that was killed; the folder's lock is ours
    unix = await loop.create_unix_server(connect, str(path), backlog=BACKLOG)
    path.chmod(folder.PRIVATE_FILE)
    try:
        yield
    finally:
        tcp.close()
        unix.close()
        path.unlink(missing_ok=True)
