"""The process around a node: everything of which a machine gives a process only one.

The modes of new files, limits, the collector of garbage, signals, logging and what is listened on are set
here and nowhere else, so that `node.app` can be opened any number of times in one process. Rules here: no
process leaves a core dump, which would hold private keys; a stop lets running requests end first; a second
signal does not wait for anybody.
"""

import asyncio
import errno
import os
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias, cast

from aiohttp import web

from node import folder, garbage, observability
from node.app import Edge, make_app
from node.folder import StartError
from node.settings import Settings
from node.settings.kinds import is_loopback
from node.web.edge import connections
from node.web.edge.runtime import RUNTIME, Runtime
from protocol.actors import Actor

BACKLOG: Final = (
    512  # connections the system holds while we are busy; more than may be inside would only wait
)
# What a node keeps open besides: 320 connections of its client, the file and its readers, sockets, the log.
DESCRIPTORS_KEPT: Final = 400
_LONGEST_SOCKET_PATH: Final = 100  # bytes; sun_path holds 104 on macOS and 108 on Linux

# What binding says of an address that a name has and this machine does not, as ::1 where IPv6 is off.
_NOT_HERE: Final = frozenset({errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
# The families in which `localhost` is taken beside the host that the node is given: every address of a family
# has its loopback address in it.
_LOOPBACKS: Final = (socket.AF_INET6, socket.AF_INET)
_BY_LOCALHOST: Final = MappingProxyType(
    {
        **dict.fromkeys(("localhost", "127.0.0.1", "::1"), _LOOPBACKS),
        "0.0.0.0": (socket.AF_INET6,),  # noqa: S104 - compared, and chosen by the owner
        "::": (socket.AF_INET,),
    }
)
_Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int]

log = observability.logger(__name__)


class AddressError(StartError):
    """The node cannot listen where it should."""


def serve(settings: Settings, *, on_ready: Callable[[Actor], object] = lambda _first: None) -> None:
    """Run a node until SIGTERM or SIGINT, then let running requests end and return.

    `on_ready` is called once, when requests are answered, with the actor that acts when nobody is named.

    Raises:
        StartError: it cannot start. Locked: another process works in the data folder.
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


async def run(settings: Settings, *, on_ready: Callable[[Actor], object] = lambda _first: None) -> None:
    """Run a node on the current event loop until SIGTERM or SIGINT. Raises: as `serve`."""
    check_socket_path(settings.data)
    is_known = (settings.data / folder.DATABASE_NAME).exists()  # a first start that is refused leaves nothing
    check_claim(settings, claimed=settings.claimed or is_known)
    # Who a node is has its address in it: the first start settles that only once the port is ours.
    with bound(settings) as sockets, _signals() as (stop, hurry):
        app = make_app(settings, edge=Edge(connections=room()))
        runner = web.AppRunner(app, shutdown_timeout=1.0)  # requests have had their time in `_drain`
        try:
            await runner.setup()
            check_claim(settings, claimed=app[RUNTIME].claims.claimed)
            async with listening(app, runner, settings, sockets):
                garbage.settle()
                where = {"origin": settings.origin, "port": settings.port, "data": str(settings.data)}
                log.info("ready", **where, claimed=app[RUNTIME].claims.claimed)
                on_ready(app[RUNTIME].owners[app[RUNTIME].first_handle].actor)
                await stop.wait()
                log.info("draining", running=app[RUNTIME].running)
                await _drain(app[RUNTIME], hurry)
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


async def _drain(runtime: Runtime, hurry: asyncio.Event) -> None:
    """Refuse new requests and wait for the running ones, as long as they may take or until told to hurry."""
    runtime.drain()
    waits = [asyncio.create_task(event.wait()) for event in (runtime.idle, hurry)]
    _, left = await asyncio.wait(waits, timeout=runtime.grace_seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in left:
        wait.cancel()


def check_socket_path(data: Path) -> None:
    """Check that the owner's socket has a place in the data folder.

    Raises:
        AddressError: its path would be longer than the system takes.
    """
    if len(os.fsencode(data / folder.SOCKET_NAME)) > _LONGEST_SOCKET_PATH:
        raise AddressError("The path of the data folder is too long for a socket.", hint="Use a shorter one.")


def check_claim(settings: Settings, *, claimed: bool) -> None:
    """Check that a node which is nobody's yet can be claimed from this machine alone.

    Raises:
        AddressError: it would listen beyond it.
    """
    if not claimed and not is_loopback(settings.host):
        raise AddressError(
            "This node belongs to nobody yet, so it must not listen beyond this machine.",
            hint="Claim it first: start it with --host 127.0.0.1. Or say that it is yours: --claimed",
        )


@contextmanager
def bound(settings: Settings) -> Iterator[list[socket.socket]]:
    """Take the node's port; whoever calls from now on waits until requests are answered.

    Raises:
        AddressError: it cannot be had.
    """
    with ExitStack() as stack:
        try:
            sockets = [stack.enter_context(taken) for taken in _take(settings)]
        except OSError as error:
            raise _taken(settings, error) from error
        yield sockets


def _take(settings: Settings) -> Iterator[socket.socket]:
    """Take the port at each address of the host; one that this machine does not have is left out of many.

    Raises:
        OSError: it cannot be taken at one of them, or this machine has none of them.
    """
    # A text goes through IDNA there, whose tables of names beyond ASCII stay in memory; few hosts need them.
    host = settings.host.encode() if settings.host.isascii() else settings.host
    found = socket.getaddrinfo(host, settings.port, type=socket.SOCK_STREAM)
    named = [*dict.fromkeys((family, address) for family, _, _, _, address in found)]
    missing: list[OSError] = []
    for family, address in dict.fromkeys([*named, *_by_localhost(settings)]):
        try:
            yield socket.create_server(address, family=family, backlog=BACKLOG)
        except OSError as error:
            if error.errno not in _NOT_HERE:
                raise
            missing += [error] if (family, address) in named else []
    if missing and len(missing) == len(named):
        raise missing[0]


def _by_localhost(settings: Settings) -> Iterator[tuple[socket.AddressFamily, _Address]]:
    """Give where browsers of this machine look for a node that they reach as `localhost`.

    They try `::1` before `127.0.0.1`: were one of them left free, another user of the machine could take it,
    pass for the node there, and would be brought the cookies of whoever comes (LO-15).
    """
    for family in _BY_LOCALHOST.get(settings.host, ()):
        is_old = family is socket.AF_INET
        yield family, ("127.0.0.1", settings.port) if is_old else ("::1", settings.port, 0, 0)


def _taken(settings: Settings, error: OSError) -> AddressError:
    why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    free = _free_port(settings)
    hint = f"Stop what uses it, or add another one to the command: --port {free}"
    if settings.dev and (settings.data / folder.DATABASE_NAME).exists():
        hint = "Stop what uses it: the port is part of this node's address, which never changes."
    elif not settings.dev:
        hint = f"Stop what uses it, or have the proxy lead to another one and name that: --port {free}"
    return AddressError(f"Port {settings.port} cannot be listened on: {why}.", hint=hint)


def _free_port(settings: Settings) -> int:
    """Return the next port that can be listened on now; the next at all if none of a hundred can."""
    for port in range(settings.port + 1, min(settings.port + 101, 65_536)):
        with suppress(OSError), socket.create_server((settings.host, port)):
            return port
    return settings.port + 1


@asynccontextmanager
async def listening(
    app: web.Application, runner: web.AppRunner, settings: Settings, sockets: Sequence[socket.socket]
) -> AsyncIterator[None]:
    """Answer on the sockets of the node's port, and on the owner's socket."""
    server = cast("web.Server", runner.server)  # there is one since `setup`
    connect = connections.factory(server, limiter=app[RUNTIME].limiter, idle_seconds=settings.idle_seconds)
    path = settings.data / folder.SOCKET_NAME
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(connect, sock=taken, backlog=BACKLOG) for taken in sockets]
    path.unlink(missing_ok=True)  # left over from a node that was killed; the folder's lock is ours
    servers.append(await loop.create_unix_server(connect, str(path), backlog=BACKLOG))
    path.chmod(folder.PRIVATE_FILE)
    try:
        yield
    finally:
        for one in servers:
            one.close()
        path.unlink(missing_ok=True)
