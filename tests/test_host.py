"""The node as a process: how it starts, how it refuses to, how it stops, and what is set for the process."""

import asyncio
import errno
import gc
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node import garbage, host
from node.folder import DATABASE_NAME, SOCKET_NAME
from node.host import AddressError, run
from node.settings import Settings
from node.web.edge import bodies, connections
from tests.ports import steady_port
from tests.web.house import PATIENCE_SECONDS, open_house, settings_for

PROGRAM = """
import sys
from node.host import serve
from node.settings import load
settings = load({"dev": True, "data": sys.argv[1], "port": int(sys.argv[2]), "drain_seconds": 60}, {}, None)
serve(settings, on_ready=lambda _first: print("ready", flush=True))
"""


@contextmanager
def process(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """Run a node as a process of its own, once it is ready."""
    started = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(folder), str(port)],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    try:
        assert started.stdout.readline() == "ready\n", started.communicate()[1]
        yield started
    finally:
        started.kill()
        started.communicate()


def ask(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.slow
def test_rp_13_a_process_stops_when_told_and_lets_requests_end(tmp_path: Path) -> None:
    port = steady_port()
    with process(tmp_path / "n", port) as node, socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(
            f"POST /inbox HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2\r\n"
            "Content-Type: application/activity+json\r\n\r\n".encode()
        )
        assert ask(port, "/readyz") == 200
        node.send_signal(signal.SIGTERM)
        while ask(port, "/readyz") == 200:
            time.sleep(0.02)
        assert ask(port, "/readyz") == 503
        assert ask(port, "/actors/me") == 503
        slow.sendall(b"{}")
        assert slow.recv(4_096).startswith(b"HTTP/1.1 422")
        _, log = node.communicate(timeout=50)  # less than it would wait for what does not end
        assert node.returncode == 0
    told = [json.loads(line) for line in log.splitlines()]
    assert [line["event"] for line in told] == ["ready", "draining", "inbox refused", "stopped"]
    assert told[0]["claimed"] is False
    assert not (tmp_path / "n" / "owner.sock").exists()


@pytest.mark.slow
def test_an_upload_that_stalls_ends_before_a_container_is_killed(
    tmp_path: Path,
) -> None:
    assert bodies.START_SECONDS + connections.LINGER_SECONDS < 10  # after so long `docker stop` kills
    port = steady_port()
    with process(tmp_path / "n", port) as node, socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(
            f"POST /inbox HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 200000\r\n"
            "Content-Type: application/activity+json\r\n\r\n{".encode()
        )
        assert ask(port, "/readyz") == 200
        node.send_signal(signal.SIGTERM)
        node.communicate(timeout=50)  # less than it would wait for what does not end
        assert node.returncode == 0


@pytest.mark.slow
def test_rp_16_a_second_process_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    with process(tmp_path / "n", steady_port()) as first:
        second = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "n"), str(steady_port())],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert second.returncode != 0
        assert f"pid {first.pid}" in second.stderr


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    ready = asyncio.Event()
    task = asyncio.create_task(run(settings, on_ready=lambda _first: ready.set()))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    yield task
    if not task.done():
        os.kill(os.getpid(), signal.SIGTERM)
    async with asyncio.timeout(10):
        await asyncio.wait({task})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it(tmp_path: Path, number: signal.Signals) -> None:
    async with running(settings_for(tmp_path / "n")) as task:
        assert not task.done()
        os.kill(os.getpid(), number)
        await asyncio.wait_for(task, 5)


async def half_a_request(port: int) -> asyncio.StreamWriter:
    """Promise a body that does not come, and see that the node waits for it."""
    reader, slow = await asyncio.open_connection("127.0.0.1", port)
    slow.write(
        f"POST /inbox HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2\r\n"
        "Expect: 100-continue\r\nContent-Type: application/activity+json\r\n\r\n".encode()
    )
    assert await reader.readline() == b"HTTP/1.1 100 Continue\r\n"
    return slow


async def test_a_second_signal_does_not_wait_for_anybody(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "n", drain_seconds=60)
    async with running(settings) as task:
        slow = await half_a_request(settings.port)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.3)
        assert not task.done()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 50)
        slow.close()


async def test_one_that_does_not_come_to_an_end_is_not_waited_for(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "n", drain_seconds=1)
    async with running(settings) as task:
        slow = await half_a_request(settings.port)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, PATIENCE_SECONDS)
        slow.close()


async def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = settings_for(tmp_path / "n", port=taken.getsockname()[1])
        with pytest.raises(AddressError, match="cannot be listened on") as refused:
            await run(settings)
        assert refused.value.hint


def test_another_port_is_for_the_proxy_to_know(tmp_path: Path) -> None:
    port = steady_port()
    settings = replace(settings_for(tmp_path / "n", port=port), dev=False, origin="https://ada.example")
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(AddressError) as refused,
        host.bound(settings),
    ):
        pass
    assert "have the proxy lead to another one and name that: --port " in refused.value.hint


def test_a_port_that_is_proposed_can_be_listened_on(tmp_path: Path) -> None:
    first = steady_port()
    settings = settings_for(tmp_path / "n", port=first)
    with socket.create_server(("127.0.0.1", first)):
        with pytest.raises(AddressError) as refused, host.bound(settings):
            pass
        proposed = int(refused.value.hint.rpartition(" ")[2])
        with (
            socket.create_server(("127.0.0.1", proposed)),
            pytest.raises(AddressError) as again,
            host.bound(settings),
        ):
            pass
        assert not again.value.hint.endswith(f" {proposed}")


def test_no_other_port_is_proposed_for_a_node_whose_address_has_this_one(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "n", port=steady_port())
    settings.data.mkdir()
    (settings.data / DATABASE_NAME).touch()
    with (
        socket.create_server(("127.0.0.1", settings.port)),
        pytest.raises(AddressError) as refused,
        host.bound(settings),
    ):
        pass
    assert "--port" not in refused.value.hint


async def test_a_host_of_which_this_machine_has_no_address_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = (socket.AF_INET, socket.SOCK_STREAM, 0, "")
    elsewhere = [(*stream, (f"192.0.2.{number}", 80)) for number in (1, 2)]  # RFC 5737: no machine has these
    here = (*stream, ("127.0.0.1", steady_port()))
    take, settings = socket.create_server, replace(settings_for(tmp_path), host="node.example")

    def create_server(address: tuple[str, int], **how: Any) -> socket.socket:
        if address[0].startswith("192.0.2."):
            raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
        return take(address, **how)

    monkeypatch.setattr(socket, "create_server", create_server)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_how: elsewhere)
    with pytest.raises(AddressError), host.bound(settings):
        pass
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_how: [*elsewhere, here])
    with host.bound(settings) as sockets:
        assert len(sockets) == 1


@pytest.mark.parametrize(
    ("listens", "elsewhere"),
    [("127.0.0.1", "::1"), ("localhost", "::1"), ("localhost", "127.0.0.1"), ("::1", "127.0.0.1")],
)
async def test_lo_15_nobody_else_answers_where_a_browser_looks_for_localhost(
    tmp_path: Path, listens: str, elsewhere: str
) -> None:
    settings = replace(settings_for(tmp_path, port=steady_port()), host=listens)
    family = socket.AF_INET6 if ":" in elsewhere else socket.AF_INET
    with host.bound(settings), pytest.raises(OSError, match="in use"):
        socket.create_server((elsewhere, settings.port), family=family)
    with (
        socket.create_server((elsewhere, settings.port), family=family),
        pytest.raises(AddressError, match="cannot be listened on"),
        host.bound(settings),
    ):
        pass


@pytest.mark.parametrize(("listens", "beside"), [("0.0.0.0", "::1"), ("::", "127.0.0.1"), ("10.0.0.5", "")])
async def test_lo_15_what_listens_everywhere_in_one_family_takes_localhost_in_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listens: str, beside: str
) -> None:
    settings, taken = replace(settings_for(tmp_path), host=listens), list[str]()
    named = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (listens, settings.port))]

    def create_server(address: tuple[str, int], **_how: Any) -> socket.socket:
        taken.append(address[0])
        return socket.socket()

    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_how: named)
    monkeypatch.setattr(socket, "create_server", create_server)
    with host.bound(settings):
        assert taken == [listens, *filter(None, [beside])]


async def test_a_path_too_long_for_a_socket_is_said(tmp_path: Path) -> None:
    with pytest.raises(AddressError, match="too long"):
        await run(settings_for(tmp_path / ("n" * 100)))


async def test_a_socket_left_over_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "n"
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(folder / SOCKET_NAME))
    async with open_house(folder) as house:
        assert (await house.owner("GET", "/node")).status == 200
    assert not (folder / SOCKET_NAME).exists()


def test_without_uvloop_the_standard_loop_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert host._loop_factory() is not None or "uvloop" not in sys.modules
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert host._loop_factory() is None


@pytest.mark.parametrize(
    ("limit", "fit"),
    [
        pytest.param(20_000, 19_600, id="plenty"),
        pytest.param(1_024, 624, id="a-usual-soft-limit"),
        pytest.param(128, 64, id="DO-16"),
        pytest.param(resource.RLIM_INFINITY, sys.maxsize, id="none"),
    ],
)
def test_do_16_connections_leave_room_for_everything_else(
    monkeypatch: pytest.MonkeyPatch, limit: int, fit: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (limit, limit))
    assert host.room() == fit


@pytest.mark.parametrize(
    ("soft", "hard", "raised"),
    [
        pytest.param(1_024, 524_288, [(1_400, 524_288)], id="as-far-as-needed"),
        pytest.param(256, resource.RLIM_INFINITY, [(1_400, resource.RLIM_INFINITY)], id="no-hard-limit"),
        pytest.param(128, 1_200, [(1_200, 1_200)], id="as-far-as-it-may"),
        pytest.param(128, 128, [], id="not-at-all"),
        pytest.param(8_192, 8_192, [], id="enough"),
        pytest.param(resource.RLIM_INFINITY, resource.RLIM_INFINITY, [], id="unlimited"),
    ],
)
def test_the_limit_on_open_files_is_raised(
    monkeypatch: pytest.MonkeyPatch, soft: int, hard: int, raised: list[tuple[int, int]]
) -> None:
    set_to: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, hard))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: set_to.append(limits))
    host.make_room(1_000)
    assert set_to == raised


def test_no_search_for_garbage_is_made_before_a_node_is_ready() -> None:
    before = gc.get_threshold()
    try:
        garbage.hold()
        assert not gc.isenabled()
        garbage.settle()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] == 10_000
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
        gc.enable()
