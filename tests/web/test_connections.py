"""The limiter by itself, and what is said when something fails before or behind every handler."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest
from aiohttp import web

from node.web.edge import connections, problems
from node.web.edge.connections import ConnectionLimiter
from protocol import codes as wire
from protocol.errors import Conflict, Local
from tests.logs import logging_to
from tests.web.house import House, read_answer, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Seat:
    """A connection that notes when it had to give way."""

    def __init__(self) -> None:
        self.gave_way = False

    def give_way(self) -> None:
        self.gave_way = True


def seats(limiter: ConnectionLimiter, *addresses: str | None) -> list[Seat | None]:
    """Let connections in; None for those that are not."""
    made = [(Seat(), address) for address in addresses]
    return [seat if limiter.enter(address, seat) else None for seat, address in made]


async def test_connections_are_counted_in_and_out() -> None:
    limiter = ConnectionLimiter(connections=3, per_address=2)
    first, second, more = seats(limiter, *["192.0.2.1"] * 3)
    other, beyond = seats(limiter, "192.0.2.2", "192.0.2.3")
    assert first is not None
    assert second is not None
    assert other is not None
    assert more is beyond is None
    assert seats(limiter, None) != [None]
    assert limiter.open == 3
    limiter.leave(first)
    limiter.leave(first)
    assert limiter.open == 2
    [last] = seats(limiter, "192.0.2.3")
    for seat in (second, other, last):
        assert seat is not None
        limiter.leave(seat)
    assert (limiter.open, dict(limiter._by_caller), dict(limiter._by_network)) == (0, {}, {})


async def test_do_20_the_network_that_holds_most_gives_way() -> None:
    limiter = ConnectionLimiter(connections=4, per_address=2)
    oldest, *rest = seats(limiter, "192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.3")
    [honest] = seats(limiter, "198.51.100.1")
    assert oldest is not None
    assert honest is not None
    assert oldest.gave_way
    assert not any(seat is None or seat.gave_way for seat in rest)
    limiter.leave(oldest)  # its end is noticed later, and counted once
    assert limiter.open == 4
    assert seats(limiter, "192.0.2.1") == [None]  # and not to one of its own
    assert not honest.gave_way


async def test_a_trusted_proxy_never_gives_way() -> None:
    limiter = ConnectionLimiter(connections=4, per_address=2, trusted=[ip_network("10.0.0.0/8")])
    proxied = seats(limiter, *["10.0.0.1"] * 4)
    assert seats(limiter, "198.51.100.1") == [None]
    assert not any(seat is None or seat.gave_way for seat in proxied)


@asynccontextmanager
async def bare(handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> AsyncIterator[int]:
    """Serve one handler without a gate; give the port."""
    server = web.Server(handler)
    limiter = ConnectionLimiter(connections=10, per_address=10)
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(
        connections.factory(server, limiter=limiter, idle_seconds=60), "127.0.0.1", 0
    )
    yield listening.sockets[0].getsockname()[1]
    listening.close()
    await server.shutdown(1)


async def ask(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: canary\r\n\r\n")
    answer = await read_answer(reader)
    writer.close()
    return answer


async def test_a_defect_outside_the_gate_is_a_problem_too() -> None:
    async def broken(_request: web.BaseRequest) -> web.StreamResponse:
        raise RuntimeError("canary")

    stream = io.StringIO()
    with logging_to(stream):
        async with bare(broken) as port:
            answer = await ask(port)
    assert answer.startswith(b"HTTP/1.1 500")
    assert b"application/problem+json" in answer
    assert b"canary" not in answer
    assert "RuntimeError: canary" in stream.getvalue()


async def test_an_answer_that_has_begun_is_cut_off() -> None:
    async def begun(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"half")
        raise RuntimeError("canary")

    with logging_to(io.StringIO()):
        async with bare(begun) as port:
            answer = await ask(port)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"canary" not in answer


async def test_one_that_hangs_up_in_the_middle_is_no_defect(house: House) -> None:
    stream = io.StringIO()
    with logging_to(stream):
        _, writer = await asyncio.open_connection("127.0.0.1", house.settings.port)
        writer.write(
            f"POST /inbox HTTP/1.1\r\nHost: 127.0.0.1:{house.settings.port}\r\nContent-Length: 9\r\n"
            "Content-Type: application/activity+json\r\n\r\n{".encode()
        )
        await writer.drain()
        await until(lambda: house.runtime.running == 1)
        writer.transport.abort()
        await until(lambda: house.runtime.running == 0 and house.runtime.limiter.open == 0)
    assert "request failed" not in stream.getvalue()
    assert house.runtime.budget.held_bytes == 0


async def test_a_mistake_of_ours_is_not_the_callers() -> None:
    assert problems.from_protocol(Local(wire.WRONG_KEY, "canary")).status == 500
    assert problems.from_protocol(Conflict(wire.STALE, "It is stale.")).status == 409
