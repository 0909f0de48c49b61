"""Connections: which are let in, and what is said to those that do not speak HTTP.

Rules here: a connection counts against its address from the moment it is accepted until it is gone, idle or
not; where there is no room for more, the network that holds most gives way to whoever holds less, so that
nobody shuts others out with connections; the owner's socket is for the user this process runs as (and root,
whom no check stops); nothing sent by a client is repeated to it.
"""

import asyncio
import os
import socket
import struct
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol, cast

import structlog
from aiohttp import web

from node.core import codes
from node.settings.kinds import Network
from node.web.edge import problems
from node.web.edge.callers import caller_of, is_within, network_of

LINGER_SECONDS: Final = 2.0  # a refused body is read on for this long, so that the sender can read the answer
ROOT: Final = 0  # no check of ours stops it anyway
HEAD_SECONDS: Final = 10.0  # a head is one packet or two, also over a satellite
MAX_HEADERS: Final = 64  # a signed delivery through three proxies carries some 25
MAX_FIELD_BYTES: Final = 8_190  # an RSA signature is 350 bytes; a long Signature-Input stays under 1 KB

log = structlog.get_logger(__name__)


class Seated(Protocol):
    """What a limiter has counted in."""

    def give_way(self) -> None:
        """End at once, for somebody who holds less."""
        ...


class ConnectionLimiter:
    """How many connections are open, in all and per address, against their limits."""

    def __init__(self, *, connections: int, per_address: int, trusted: Sequence[Network] = ()) -> None:
        self._limit, self._per_address, self._trusted = connections, per_address, tuple(trusted)
        self._seats: dict[Seated, tuple[str, str]] = {}  # with their callers and networks, the oldest first
        self._by_caller: Counter[str] = Counter()
        self._by_network: Counter[str] = Counter()

    @property
    def open(self) -> int:
        """How many there are."""
        return len(self._seats)

    def enter(self, address: str | None, seat: Seated) -> bool:
        """Count a connection in if there is room for it and its address; `None` is the owner's socket."""
        if address is None:
            return True
        caller, network = caller_of(address), network_of(address)
        if is_within(address, self._trusted):
            network = f"{caller} {id(seat)}"  # it brings many callers: each connection is one of them
        elif self._by_caller[caller] >= self._per_address:
            return False
        if self.open >= self._limit and not self._make_room(network):
            return False
        self._seats[seat] = caller, network
        self._by_caller[caller] += 1
        self._by_network[network] += 1
        return True

    def _make_room(self, network: str) -> bool:
        """End the oldest connection of the network that holds most, if that is more than this one would."""
        most = max(self._by_network, key=self._by_network.__getitem__)
        if self._by_network[most] <= self._by_network[network] + 1:
            return False
        oldest = next(seat for seat, (_, theirs) in self._seats.items() if theirs == most)
        self.leave(oldest)
        oldest.give_way()
        return True

    def leave(self, seat: Seated) -> None:
        """Count a connection out; one that never entered, or gave way, is none."""
        if seat not in self._seats:
            return
        caller, network = self._seats.pop(seat)
        for counts, name in ((self._by_caller, caller), (self._by_network, network)):
            counts[name] -= 1
            if not counts[name]:
                del counts[name]


class ClientConnection(web.RequestHandler):
    """One client's connection: let in by the limiter, then served by aiohttp."""

    __slots__ = ("_address", "_head_timer", "_left", "_limiter")

    def __init__(
        self,
        manager: web.Server,
        *,
        limiter: ConnectionLimiter,
        loop: asyncio.AbstractEventLoop,
        **options: Any,
    ) -> None:
        super().__init__(manager, loop=loop, **options)
        self._limiter = limiter
        self._address: str | None = None
        self._head_timer: asyncio.TimerHandle | None = None
        self._left: list[Callable[[], object]] = []

    def on_leaving(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call `callback` when the client goes; return the function that forgets it again."""
        self._left.append(callback)
        return lambda: self._left.remove(callback)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the connection in, or drop it without a word: a word would cost what the limit saves."""
        self._address = remote_address(transport)
        welcome = may_use_socket(transport) if self._address is None else True
        if welcome and self._limiter.enter(self._address, self):
            super().connection_made(transport)
        else:
            cast("asyncio.Transport", transport).abort()

    def give_way(self) -> None:
        """Drop the connection without a word, as one that there was no room for."""
        if self.transport is not None:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what arrived; a request whose head has begun has to come to its body in time."""
        super().data_received(data)
        begun = self._waiter is not None and not self._waiter.done()  # it waits for a whole head still
        if begun and self._head_timer is None:
            self._head_timer = self._loop.call_later(HEAD_SECONDS, self.force_close)
        elif not begun and self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def connection_lost(self, exc: BaseException | None) -> None:
        """Count the connection out."""
        if self._head_timer is not None:
            self._head_timer.cancel()
        self._limiter.leave(self)
        super().connection_lost(exc)
        for callback in list(self._left):
            callback()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002  (aiohttp's text for the client; it quotes what was sent)
    ) -> web.StreamResponse:
        """Answer what is not HTTP, or failed outside every handler, with a problem; then hang up."""
        if _expects_something_else(request):
            # aiohttp would quote the expectation, and cannot if it is not UTF-8.
            refusal = problems.Refusal(417, codes.HTTP_417, close=True)
        elif status < 500:
            log.info("not http", address=self._address, reason=type(exc).__name__)
            refusal = problems.Refusal(status, codes.NOT_HTTP, close=True)
        else:
            log.error("connection failed", exc_info=exc)
            refusal = problems.internal()
            refusal.close = True
        if request.writer.output_size > 0:
            raise ConnectionResetError("an answer was already on its way")
        return problems.answer(refusal)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send an answer; what aiohttp refused before the gate (an `Expect` we do not meet) as a problem."""
        if isinstance(resp, web.HTTPException):
            resp = problems.answer(problems.from_http(resp))
        return await super().finish_response(request, resp, start_time)


def _expects_something_else(request: web.BaseRequest) -> bool:
    return request.headers.get("Expect", "").lower() not in ("", "100-continue")


def factory(
    server: web.Server, *, limiter: ConnectionLimiter, idle_seconds: float
) -> Callable[[], ClientConnection]:
    """Return what the event loop calls for every connection it accepts."""
    loop = asyncio.get_running_loop()

    def connect() -> ClientConnection:
        return ClientConnection(
            server,
            limiter=limiter,
            loop=loop,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=idle_seconds,
            lingering_time=LINGER_SECONDS,
            max_headers=MAX_HEADERS,
            max_field_size=MAX_FIELD_BYTES,
        )

    return connect


def remote_address(transport: asyncio.BaseTransport) -> str | None:
    """Return the address at the other end, None on a UNIX socket."""
    name = transport.get_extra_info("peername")
    return str(name[0]) if isinstance(name, tuple) else None


def may_use_socket(transport: asyncio.BaseTransport) -> bool:
    """Say whether the process at the other end of a UNIX socket runs as our user, or as root."""
    uid = peer_uid(transport.get_extra_info("socket"))
    return uid is None or uid in {os.getuid(), ROOT}


def peer_uid(connection: Any) -> int | None:
    """Return the user id of the other end; None where there is no such call and the file mode decides."""
    if sys.platform != "linux":
        return None
    # The loop's own socket object may be a stand-in; the descriptor is the real thing.
    with socket.socket(fileno=os.dup(connection.fileno())) as peer:
        credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _pid, uid, _gid = struct.unpack("3i", credentials)
    return int(uid)
