"""HTTP framing and transport: what is not one plain request to this node goes nowhere."""

import asyncio
import io
import json
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from node.web.edge import bodies, connections
from node.web.edge.callers import is_within
from tests.logs import logging_to
from tests.web.house import House, open_house, read_answer, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

JSON = b"Content-Type: application/activity+json\r\n"


def head(
    house: House, *lines: bytes, method: bytes = b"POST", target: bytes = b"/inbox", host: bytes | None = None
) -> bytes:
    authority = host if host is not None else house.origin.removeprefix("http://").encode()
    return b"\r\n".join([method + b" " + target + b" HTTP/1.1", b"Host: " + authority, *lines, b"", b""])


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.") else 0


def problem(answer: bytes) -> dict[str, object]:
    parsed = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert b"application/problem+json" in answer
    return dict(parsed)


async def untouched(house: House) -> bool:
    """Say whether the node still answers, and has taken nothing in."""
    journal = (await house.owner("GET", "/journal")).json["items"]
    return (await house.get("/readyz")).status == 200 and journal == []


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(b"POST /inbox HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", id="HT-01"),
        pytest.param(b"POST /inbox HTTP/1.1\r\nContent-Length: 0\r\n\r\n", id="HT-02"),
        pytest.param(
            b"POST /inbox HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            id="HT-07-equal",
        ),
        pytest.param(
            b"POST /inbox HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            id="HT-07-different",
        ),
        pytest.param(b"POST /inbox HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", id="HT-07-plus"),
        pytest.param(b"POST /inbox HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n", id="HT-07-minus"),
        pytest.param(b"POST /inbox HTTP/1.1\r\nHost: a\r\nContent-Length: 5,5\r\n\r\n", id="HT-07-list"),
        pytest.param(
            b"POST /inbox HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n", id="HT-08-unknown"
        ),
        pytest.param(
            b"POST /inbox HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
            id="HT-08-not-last",
        ),
        pytest.param(b"POST /inbox HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", id="HT-10-nul"),
        pytest.param(b"POST /inbox HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n", id="HT-10-cr"),
        pytest.param(b"POST /inbox HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", id="HT-10-fold"),
        pytest.param(b"POST /inbox HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n", id="HT-10-space"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), id="HT-17-tls"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HT-17-http2"),
        pytest.param(b"\x89\x01\x02\xff\xfe evil canary\r\n\r\n", id="HT-17-noise"),
        pytest.param(b"post /inbox HTTP/1.1\r\nHost: a\r\n\r\n", id="HT-22-lower-case"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", id="header-too-long"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n", id="too-many-headers"),
    ],
)
async def test_what_is_not_http_is_refused_and_cut_off(shared: House, request_bytes: bytes) -> None:
    answer = await shared.raw(request_bytes, to_end=True)
    assert status(answer) == 400
    assert problem(answer)["code"] == "not-http"
    assert b"canary" not in answer
    assert await untouched(shared)


@pytest.mark.parametrize(
    ("target", "host"),
    [
        pytest.param(b"/inbox", b"evil.example", id="HT-04"),
        pytest.param(b"/inbox", b"", id="HT-04-empty"),
        pytest.param(b"/inbox", b"localhost", id="HT-04-no-port"),
        pytest.param(b"http://evil.example/inbox", None, id="HT-05"),
        pytest.param(b"http://evil.example/inbox", b"evil.example", id="HT-05-both"),
        pytest.param(b"*", None, id="HT-05-asterisk"),
        pytest.param(b"/api/v1/node", b"evil.example:8420", id="AU-14"),
    ],
)
async def test_another_host_is_misdirected(shared: House, target: bytes, host: bytes | None) -> None:
    method = b"OPTIONS" if target == b"*" else b"POST"
    answer = await shared.raw(head(shared, b"Content-Length: 0", method=method, target=target, host=host))
    assert status(answer) == 421
    assert problem(answer)["code"] == "wrong-host"
    assert b"evil" not in answer
    assert await untouched(shared)


async def test_own_names_are_answered_in_any_case(shared: House) -> None:
    port = str(shared.settings.port).encode()
    for host in (b"127.0.0.1:" + port, b"LocalHost:" + port, b"[::1]:" + port):
        assert status(await shared.raw(head(shared, method=b"GET", target=b"/livez", host=host))) == 200


async def test_an_absolute_target_of_ours_is_ours(shared: House) -> None:
    target = f"{shared.origin}/livez".encode()
    assert status(await shared.raw(head(shared, method=b"GET", target=target))) == 200


@pytest.mark.parametrize(
    "path",
    [
        "/inbox/",
        "//inbox",
        "/%69nbox",
        "/a/../inbox",
        "/./inbox",
        "/inbox;x",
        "/inbox%2f",
        "/INBOX",
        "/inbox%00",
        "/actors/me/../me/inbox",
        "/actors//me/inbox",
        "/actors/me/inbox/.",
        "/..",
        "/\\inbox",
        "/a%2f..%2finbox",
        "/api/v1/intentions/..%2fnode",
    ],
)
async def test_ht_23_a_path_has_one_spelling(shared: House, path: str) -> None:
    answer = await shared.raw(head(shared, JSON.strip(), b"Content-Length: 2", target=path.encode()) + b"{}")
    assert status(answer) == 404
    assert b"location:" not in answer.lower()
    assert problem(answer)["code"] == "not-found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/inbox", "POST"),
        ("PUT", "/inbox", "POST"),
        ("DELETE", "/actors/me/inbox", "POST"),
        ("POST", "/actors/me", "GET,HEAD"),
        ("POST", "/", "GET,HEAD"),
        ("OPTIONS", "/api/v1/node", "GET"),
        ("HEAD", "/api/v1/node", "GET"),
        ("PATCH", "/api/v1/offers", "GET,POST"),
    ],
)
async def test_ht_22_a_method_has_its_place(shared: House, method: str, path: str, allowed: str) -> None:
    answer = await shared.request(method, path, headers={"X-HTTP-Method-Override": "POST"})
    assert answer.status == 405
    assert sorted(answer.headers["Allow"].split(",")) == allowed.split(",")
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/nope%0d%0aX-Injected:%20yes",
        "/.well-known/webfinger?resource=a%0d%0aX-Injected:%20yes",
        "/api/v1/node?x=%0d%0aX-Injected:1",
    ],
)
async def test_ht_11_nothing_sent_becomes_a_header(shared: House, path: str) -> None:
    answer = await shared.get(path)
    assert answer.status >= 400
    assert "X-Injected" not in answer.headers
    assert b"Injected" not in answer.body


# --- bodies ----------------------------------------------------------------------------------------


async def test_ht_13_too_large_by_its_length(shared: House) -> None:
    answer = await shared.raw(head(shared, JSON.strip(), b"Content-Length: 300000") + b"{")
    assert status(answer) == 413
    assert b"connection: close" in answer.lower()
    assert await untouched(shared)


async def test_ht_13_too_large_in_chunks(shared: House) -> None:
    chunk = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
    answer = await shared.raw(
        head(shared, JSON.strip(), b"Transfer-Encoding: chunked") + chunk * 20 + b"0\r\n\r\n"
    )
    assert status(answer) == 413
    assert await untouched(shared)


async def test_ht_13_a_length_that_promises_too_little(shared: House) -> None:
    # What follows the promised two bytes is the next request, and no HTTP.
    answer = await shared.raw(head(shared, JSON.strip(), b"Content-Length: 2") + b"{}{}\r\n\r\n", to_end=True)
    assert status(answer) in {400, 422}
    assert await untouched(shared)


async def test_ht_13_a_broken_chunk(shared: House) -> None:
    answer = await shared.raw(
        head(shared, JSON.strip(), b"Transfer-Encoding: chunked") + b"2\r\n{}\r\nzz\r\n"
    )
    assert status(answer) == 400
    assert await untouched(shared)


@pytest.mark.parametrize(
    "sent", [pytest.param(b"{}", id="HT-13-too-much-promised"), pytest.param(b"", id="HT-19-silence")]
)
async def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path, sent: bytes) -> None:
    async with open_house(tmp_path / "n", body_seconds=1) as house:
        began = time.monotonic()
        answer = await house.raw(head(house, JSON.strip(), b"Content-Length: 100") + sent)
        assert status(answer) == 408
        assert problem(answer)["code"] == "too-slow"
        assert time.monotonic() - began > 0.9
        assert await untouched(house)


async def test_ht_14_a_hundred_thousand_chunks(shared: House) -> None:
    began = time.process_time()
    answer = await shared.raw(
        head(shared, JSON.strip(), b"Transfer-Encoding: chunked") + b"1\r\n \r\n" * 100_000 + b"0\r\n\r\n"
    )
    assert status(answer) in {400, 408, 413}
    assert time.process_time() - began < 5  # one core, shared with this test, under coverage
    assert await untouched(shared)


async def test_ht_16_trailers_say_nothing(shared: House) -> None:
    body = b'{"id":"http://a.example/1","type":"Follow","actor":"http://a.example/a"}'
    chunked = (
        f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\nSignature: sig1=:AAAA:\r\nContent-Digest: x\r\n\r\n"
    )
    answer = await shared.raw(head(shared, JSON.strip(), b"Transfer-Encoding: chunked") + chunked)
    assert status(answer) == 401


async def test_compressed_bodies_are_not_opened(shared: House) -> None:
    for coding in (b"gzip", b"identity", b"br"):
        answer = await shared.raw(
            head(shared, JSON.strip(), b"Content-Encoding: " + coding, b"Content-Length: 2") + b"\x1f\x8b"
        )
        assert status(answer) == 415
        assert problem(answer)["code"] == "content-encoding"


async def test_an_expectation_is_met_and_no_other(shared: House) -> None:
    lines = (JSON.strip(), b"Content-Length: 2", b"Expect: 100-continue", b"Connection: close")
    answer = await shared.raw(head(shared, *lines) + b"{}", to_end=True)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 422")
    answer = await shared.raw(head(shared, JSON.strip(), b"Content-Length: 2", b"Expect: canary") + b"{}")
    assert status(answer) == 417
    assert b"canary" not in answer
    for path in (b"/livez", b"/nowhere"):  # what is no UTF-8 cannot be quoted, and need not be
        request = (b"GET " + path + b" HTTP/1.1", b"Host: a", b"Expect: \xff", b"", b"")
        answer = await shared.raw(b"\r\n".join(request))
        assert status(answer) == 417
        assert problem(answer)["code"] == "http-417"


async def test_do_02_bodies_together_have_a_limit(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", inflight_limit_bytes=200_000) as house:
        large = head(house, JSON.strip(), b"Content-Length: 150000") + b"{" * 149_000
        reader, writer = await _begin(house, large)
        await until(lambda: house.runtime.budget.held_bytes == 149_000)
        second = await house.raw(large)
        assert status(second) == 503
        assert b"retry-after: 1" in second.lower()
        assert problem(second)["code"] == "busy"
        writer.write(b"{" * 1_000)
        assert status(await read_answer(reader)) == 400  # read to its end, and no JSON
        await until(lambda: house.runtime.budget.held_bytes == 0)
        writer.close()


async def test_do_02_who_only_announces_a_body_holds_up_nobody(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", inflight_limit_bytes=200_000) as house:
        promised = head(house, JSON.strip(), b"Content-Length: 150000") + b"{"
        promises = [await _begin(house, promised) for _ in range(5)]
        await until(lambda: house.runtime.budget.held_bytes == 5)
        assert status(await house.raw(head(house, JSON.strip(), b"Content-Length: 2") + b"{}")) == 422
        assert house.runtime.budget.held_bytes == 5  # not one of them has given way
        for _, writer in promises:
            writer.close()
        await until(lambda: house.runtime.budget.held_bytes == 0)


async def test_do_02_stalled_bodies_of_others_shut_nobody_out(tmp_path: Path) -> None:
    """Three addresses hold all there is; a fourth, and the owner, are heard as if they were alone."""
    async with open_house(tmp_path / "n", inflight_limit_bytes=200_000) as house:
        large = head(house, JSON.strip(), b"Content-Length: 60000") + b"{" * 59_000
        stalled = [await _begin(house, large, source=f"127.0.0.{2 + number % 3}") for number in range(9)]
        await until(lambda: house.runtime.budget.held_bytes > 150_000)
        honest = head(house, JSON.strip(), b"Content-Length: 100000")
        for _ in range(3):
            reader, writer = await _begin(house, honest + b"[" * 60_000, source="127.0.1.1")
            await asyncio.sleep(0.05)
            writer.write(b"[" * 40_000)
            assert status(await read_answer(reader)) == 400  # read to its end, and no JSON
            writer.close()
        assert (await house.owner("PUT", "/profile", {"name": "x" * 150})).status < 300
        for _, writer in stalled:
            writer.close()


async def test_a_body_that_drips_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "START_SECONDS", 0.3)
    async with open_house(tmp_path / "n") as house:
        reader, writer = await _begin(house, head(house, JSON.strip(), b"Content-Length: 1000"))
        answer = asyncio.create_task(read_answer(reader))
        while not answer.done():
            writer.write(b"{")
            await asyncio.sleep(0.05)
        assert status(await answer) == 408
        writer.close()


async def test_a_head_that_drips_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.1)
    async with open_house(tmp_path / "n") as house:
        whole = head(house, method=b"GET", target=b"/livez")
        reader, writer = await _begin(house, whole)
        assert status(await read_answer(reader)) == 200
        await asyncio.sleep(0.2)  # idle, which it may be
        writer.write(whole[:-2] + b"X: ")
        while not (reader.at_eof() or reader.exception()):
            writer.write(b"x")
            await asyncio.sleep(0.02)
        with suppress(ConnectionError):  # what is written to a connection that is closed can reset it
            assert await reader.read() == b""
        writer.close()
        await until(lambda: house.runtime.limiter.open == 0)


async def test_a_head_in_two_pieces_is_waited_for_and_then_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_SECONDS", 4.0)  # for what takes no time, if the machine is free
    async with open_house(tmp_path / "n") as house:
        whole = head(house, method=b"GET", target=b"/livez")
        reader, writer = await _begin(house, whole[:20])
        await asyncio.sleep(0.05)  # so that it does not arrive as one
        writer.write(whole[20:])
        assert status(await read_answer(reader)) == 200
        await asyncio.sleep(4.2)  # idle, for longer than a head may take
        writer.write(whole)
        assert status(await read_answer(reader)) == 200
        writer.close()


async def _begin(
    house: House, text: bytes, *, source: str = "127.0.0.1"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection from a loopback address and send something."""
    opened = await asyncio.open_connection("127.0.0.1", house.settings.port, local_addr=(source, 0))
    opened[1].write(text)
    await opened[1].drain()
    return opened


# --- connections -----------------------------------------------------------------------------------


@pytest.mark.slow
async def test_ht_20_idle_connections_of_one_address_are_capped(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", connections_per_address=20) as house:
        idle = [await asyncio.open_connection("127.0.0.1", house.settings.port) for _ in range(100)]
        await until(lambda: sum(was_hung_up(reader) for reader, _ in idle) == 80)
        assert house.runtime.limiter.open == 20
        try:
            # The honest one comes from another address.
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", house.settings.port, local_addr=("127.0.0.2", 0)
            )
            writer.write(head(house, method=b"GET", target=b"/livez"))
            assert status(await read_answer(reader)) == 200
            writer.close()
        finally:
            for _, opened in idle:
                opened.close()
        await until(lambda: house.runtime.limiter.open == 0)


def was_hung_up(reader: asyncio.StreamReader) -> bool:
    return reader.at_eof() or reader.exception() is not None


async def test_idle_connections_end(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", idle_seconds=1) as house:
        for text in (b"", b"GET /livez HTTP/1.1\r\nHo"):
            # Long before the head's own time is over.
            assert await house.raw(text, seconds=connections.HEAD_SECONDS - 2, to_end=True) == b""


async def test_a_flood_is_summed_up_and_counted(tmp_path: Path) -> None:
    with logging_to(stream := io.StringIO()):
        async with open_house(tmp_path / "n", requests_burst=5, requests_per_second=1) as house:
            answers = [await house.request("POST", "/inbox", b"{}") for _ in range(30)]
            refused = [answer.status for answer in answers].count(429)
            told = (await house.owner("GET", "/node")).json["turned_away"]
            assert (told["requests"], told["networks"]) == (refused, ["127.0.0.0/24"])
            assert told["last_at"] is not None
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    (line,) = [line for line in lines if line["event"] == "turned away"]  # one, when the node ends
    assert (line["requests"], line["most"]) == (refused, {"127.0.0.0/24": refused})
    assert line["why"] == {"too-many-requests": refused}


async def test_do_01_one_address_is_slowed_down_and_others_are_not(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", requests_burst=20, requests_per_second=1) as house:
        began = time.monotonic()
        answers = [await house.request("POST", "/inbox", b"{}") for _ in range(60)]
        flood = [answer.status for answer in answers]
        lasted = time.monotonic() - began  # seconds, each of which lets one more in
        assert set(flood[:20]) == {415}
        assert set(flood) == {415, 429}
        assert flood.count(415) <= 21 + lasted
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", house.settings.port, local_addr=("127.0.0.2", 0)
        )
        writer.write(head(house, method=b"GET", target=b"/livez"))
        assert status(await read_answer(reader)) == 200
        writer.close()
        limited = next(answer for answer in answers if answer.status == 429)
        assert int(limited.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    ("proxies", "expected"),
    [
        pytest.param("", 429, id="HT-25-untrusted"),
        pytest.param("127.0.0.1/32", 200, id="HT-25-trusted"),
    ],
)
async def test_do_11_a_forwarded_address_counts_only_from_a_trusted_proxy(
    tmp_path: Path, proxies: str, expected: int
) -> None:
    async with open_house(
        tmp_path / "n", requests_burst=3, requests_per_second=1, trusted_proxies=proxies
    ) as house:
        statuses = set[int]()
        for number in range(8):
            forwarded = {"X-Forwarded-For": f"198.51.100.{number}", "X-Forwarded-Host": "evil.example"}
            statuses.add((await house.get("/livez", **forwarded)).status)
        assert max(statuses) == expected


async def test_a_trusted_proxy_may_hold_more_connections(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", connections_per_address=2, trusted_proxies="127.0.0.0/8") as house:
        opened = [await asyncio.open_connection("127.0.0.1", house.settings.port) for _ in range(10)]
        await until(lambda: house.runtime.limiter.open == 10)
        assert is_within("127.0.0.1", house.settings.trusted_proxies)
        for _, writer in opened:
            writer.close()


async def test_the_house_is_never_fuller_than_its_limit(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", connections=10) as house:
        opened = [await asyncio.open_connection("127.0.0.1", house.settings.port) for _ in range(15)]
        await until(lambda: sum(was_hung_up(reader) for reader, _ in opened) == 5)
        assert house.runtime.limiter.open == 10
        assert (await house.owner("GET", "/node")).status == 200  # the owner always comes in
        for _, writer in opened:
            writer.close()


async def test_every_answer_is_safe_to_open(shared: House) -> None:
    for path in (
        "/livez",
        "/actors/me",
        "/nope",
        "/api/v1/node",
        "/metrics",
        "/.well-known/nodeinfo",
        "/intentions/x",
    ):
        answer = await shared.get(path)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Server"] == "freehold"
    assert os.getuid() >= 0
