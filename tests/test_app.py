"""The node as a process: how it starts, how it refuses to, and how it stops."""

import asyncio
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from node import app as node_app
from node.app import AddressError, run
from node.settings import Settings
from node.storage.deliveries import DeliveryState, list_deliveries
from node.storage.errors import StorageUnavailable
from node.storage.locks import Locked
from node.web.runtime import Phase
from tests.web.house import House, Peer, free_port, logging_to, open_house, open_peer, settings_for, until

PROGRAM = """
import sys
from node.app import serve
from node.settings import load
settings = load({"dev": True, "data": sys.argv[1], "port": int(sys.argv[2])}, {}, None)
serve(settings, on_ready=lambda: print("ready", flush=True))
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
    port = free_port()
    with process(tmp_path / "n", port) as node, socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(
            f"POST /inbox HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2\r\n"
            "Content-Type: application/activity+json\r\n\r\n".encode()
        )
        assert ask(port, "/readyz") == 200
        node.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert ask(port, "/readyz") == 503
        assert ask(port, "/actors/me") == 503
        slow.sendall(b"{}")
        assert slow.recv(4_096).startswith(b"HTTP/1.1 422")
        began = time.monotonic()
        _, log = node.communicate(timeout=10)
        assert time.monotonic() - began < 5
        assert node.returncode == 0
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events == ["ready", "draining", "inbox refused", "stopped"]
    assert not (tmp_path / "n" / "owner.sock").exists()


@pytest.mark.slow
def test_rp_16_a_second_process_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    with process(tmp_path / "n", free_port()) as first:
        second = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "n"), str(free_port())],
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            timeout=20,
        )
        assert second.returncode != 0
        assert f"pid {first.pid}" in second.stderr


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[asyncio.Task[None]]:
    ready = asyncio.Event()
    task = asyncio.create_task(run(settings, on_ready=ready.set))
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


async def test_a_second_signal_does_not_wait_for_anybody(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "n", drain_seconds=60)
    async with running(settings) as task:
        _, slow = await asyncio.open_connection("127.0.0.1", settings.port)
        slow.write(
            f"POST /inbox HTTP/1.1\r\nHost: 127.0.0.1:{settings.port}\r\nContent-Length: 2\r\n"
            "Content-Type: application/activity+json\r\n\r\n".encode()
        )
        await asyncio.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.3)
        assert not task.done()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 10)
        slow.close()


async def test_one_that_does_not_come_to_an_end_is_not_waited_for(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "n", drain_seconds=1)
    async with running(settings) as task:
        _, slow = await asyncio.open_connection("127.0.0.1", settings.port)
        slow.write(
            f"POST /inbox HTTP/1.1\r\nHost: 127.0.0.1:{settings.port}\r\nContent-Length: 2\r\n"
            "Content-Type: application/activity+json\r\n\r\n".encode()
        )
        await asyncio.sleep(0.2)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(task, 8)
        slow.close()


async def test_a_port_in_use_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = settings_for(tmp_path / "n", port=taken.getsockname()[1])
        with pytest.raises(AddressError, match="cannot be listened on") as refused:
            await run(settings)
        assert refused.value.hint


async def test_a_path_too_long_for_a_socket_is_said(tmp_path: Path) -> None:
    with pytest.raises(AddressError, match="too long"):
        await run(settings_for(tmp_path / ("n" * 100)))


async def test_one_folder_one_node(tmp_path: Path) -> None:
    port = free_port()
    async with open_house(tmp_path / "n", port=port):
        with pytest.raises(Locked) as refused:
            async with open_house(tmp_path / "n"):
                pass
        assert refused.value.pid == os.getpid()
    async with open_house(tmp_path / "n", port=port) as again:
        assert again.runtime.phase is Phase.READY


async def test_a_node_does_not_move_to_another_origin(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n") as house:
        home = house.origin
    with pytest.raises(AddressError, match=f"lives at {home}") as refused:
        await run(settings_for(tmp_path / "n"))
    assert "origin" in refused.value.hint


async def test_a_socket_left_over_is_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "n"
    folder.mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(folder / node_app.SOCKET_NAME))
    async with open_house(folder) as house:
        assert (await house.owner("GET", "/node")).status == 200
    assert not (folder / node_app.SOCKET_NAME).exists()


async def test_what_others_could_read_is_closed_at_the_start(tmp_path: Path) -> None:
    stream = io.StringIO()
    folder = tmp_path / "n"
    folder.mkdir()
    folder.chmod(0o755)
    with logging_to(stream):
        async with open_house(folder):
            assert folder.stat().st_mode & 0o777 == 0o700
    assert "closed to other users" in stream.getvalue()


async def test_an_actor_stays_the_same_across_restarts(tmp_path: Path) -> None:
    settings = {"port": free_port(), "kind": "organization", "name": "Velo Nord"}
    async with open_house(tmp_path / "n", **settings) as house:
        before = (await house.get("/actors/me")).json
    async with open_house(tmp_path / "n", **settings) as house:
        assert (await house.get("/actors/me")).json == before
    assert (before["type"], before["name"]) == ("Organization", "Velo Nord")


async def test_a_loop_that_fails_is_reported() -> None:
    stream = io.StringIO()

    async def fail() -> None:
        raise RuntimeError("for no good reason")

    async def last() -> None:
        await asyncio.sleep(60)

    with logging_to(stream):
        async with node_app._running(fail()), node_app._running(last()):
            await asyncio.sleep(0.05)
    assert "a loop of the node failed" in stream.getvalue()
    assert "for no good reason" in stream.getvalue()


async def test_the_tidying_goes_on_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_app, "_TIDY_EVERY_SECONDS", 0.05)
    async with open_house(tmp_path / "n") as house:
        first = house.runtime.owners["me"]

        async def full(_work: object) -> None:
            raise StorageUnavailable("disk full")

        with monkeypatch.context() as broken:
            broken.setattr(house.runtime.store, "write", full)
            await until(lambda: house.runtime.owners["me"] is not first)
        second = house.runtime.owners["me"]
        await until(lambda: house.runtime.owners["me"] is not second)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path / "n") as opened:
        yield opened


@pytest.fixture
async def shop() -> AsyncIterator[Peer]:
    async with open_peer() as opened:
        yield opened


@pytest.mark.parametrize(
    ("answer", "state"), [(202, "delivered"), (422, "refused"), (410, "gone"), (503, "queued")]
)
async def test_how_a_delivery_ends_is_written_down(house: House, shop: Peer, answer: int, state: str) -> None:
    shop.status = answer
    await house.cast(shop.iri)

    async def settled() -> bool:
        (row,) = await house.runtime.store.read(lambda db: list_deliveries(db, house.iri).items)
        return (row.state, row.last_status) == (DeliveryState(state), answer)

    await until(settled)


async def test_a_node_knows_its_own_actors_without_asking(house: House) -> None:
    found = await house.owner("POST", "/fed/lookup", {"what": house.iri})
    assert (found.status, found.json["iri"]) == (200, house.iri)


async def test_what_has_served_its_time_is_forgotten(house: House) -> None:
    await house.owner("POST", "/tokens", {"name": "x", "scopes": ["read"]}, **{"Idempotency-Key": "k"})
    count = "SELECT count(*) FROM idempotency"

    async def kept() -> int:
        return int(await house.runtime.store.read(lambda db: db.conn.execute(count).fetchone()[0]))

    await house.runtime.store.write(lambda db: node_app._tidy(db, house.clock()))
    assert await kept() == 1
    house.clock.ahead = node_app._ANSWERS_KEPT * 2
    await house.runtime.store.write(lambda db: node_app._tidy(db, house.clock()))
    assert await kept() == 0


def test_without_uvloop_the_standard_loop_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert node_app._loop_factory() is not None or "uvloop" not in sys.modules
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert node_app._loop_factory() is None
