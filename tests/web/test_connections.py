"""The limiter by itself, and what is said when something fails before or behind every handler."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from node.web.edge import connections, problems
from node.web.edge.connections import ConnectionLimiter
from protocol import codes as wire
from protocol.errors import Conflict, Local
from tests.logs import logging_to
from tests.web.house import House, read_answer, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_connections_are_counted_in_and_out() -> None:
    limiter = ConnectionLimiter(connections=3, per_address=2)
    assert [limiter.enter("192.0.2.1") for _ in range(3)] == [True, True, False]
    assert [limiter.enter("192.0.2.2"), limiter.enter("192.0.2.3")] == [True, False]
    assert limiter.enter(None)
    limiter.leave(None)
    limiter.leave("192.0.2.1")
    assert limiter.open == 2
    assert limiter.enter("192.0.2.3")
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        limiter.leave(address)
    assert (limiter.open, dict(limiter._by_caller)) == (0, {})


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
