"""What the one who runs the node can ask, and who else can."""

import asyncio
import io
import re
import shutil
from collections.abc import Callable

import aiohttp
import pytest

from node.services.ledger import health
from node.storage.errors import StorageUnavailable
from node.storage.session import Session
from node.web.edge import probes
from node.web.edge.runtime import Phase
from tests.logs import logging_to
from tests.web.house import House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_it_lives_and_is_ready(shared: House) -> None:
    assert (await shared.get("/livez")).json == {"status": "alive"}
    assert (await shared.get("/readyz")).json == {"status": "ready"}


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.DRAINING])
async def test_while_it_is_not_ready_it_says_so(house: House, phase: Phase) -> None:
    house.runtime.phase = phase
    ready = await house.get("/readyz")
    assert (ready.status, ready.code) == (503, str(phase))
    assert (await house.get("/livez")).status == 200
    assert (await house.get("/metrics")).status == 200
    refused = await house.get("/actors/me")
    assert (refused.status, refused.code, refused.headers["Retry-After"]) == (503, str(phase), "5")
    assert (await house.owner("GET", "/node")).status == 503


async def test_storage_that_fails_makes_it_unready(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(_work: object) -> None:
        raise StorageUnavailable("disk full")

    monkeypatch.setattr(probes, "_PROBE_SECONDS", 0.0)
    with monkeypatch.context() as broken:
        broken.setattr(house.runtime.store, "write", full)
        answer = await house.get("/readyz")
        assert (answer.status, answer.code) == (503, "storage-unavailable")
    assert (await house.get("/readyz")).status == 200


async def test_a_disk_without_room_makes_it_unready(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "_PROBE_SECONDS", 0.0)
    with monkeypatch.context() as larger:
        larger.setattr(probes, "_ROOM_BYTES", 2**63)  # no disk has as much
        answer = await house.get("/readyz")
        assert (answer.status, answer.code) == (503, "storage-unavailable")
        assert (await house.get("/livez")).status == 200
    assert (await house.get("/readyz")).status == 200


async def test_a_disk_that_tells_no_room_leaves_it_ready(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def untold(_path: object) -> None:
        raise OSError

    monkeypatch.setattr(shutil, "disk_usage", untold)
    assert await house.runtime.store.free_bytes() is None
    assert (await house.get("/readyz")).status == 200


async def test_a_loop_that_goes_on_failing_makes_it_unready(house: House) -> None:
    async def fail() -> None:
        raise RuntimeError("for no good reason")

    kept = house.runtime.supervisor
    kept._first = 0.001
    with logging_to(io.StringIO()):
        kept.keep("bad", fail)
        await until(lambda: kept.failures["bad"] >= 3)
    answer = await house.get("/readyz")
    assert (answer.status, answer.code) == (503, "loop-failing")
    assert (await house.get("/livez")).status == 200
    text = (await house.get("/metrics")).body.decode()
    assert re.search(r'freehold_loop_failures_total\{loop="bad"\} [3-9]', text)
    assert 'freehold_loop_failures_total{loop="deliveries"} 0.0' in text


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_a_probe_is_answered_whatever_it_calls_this_node(shared: House, path: str) -> None:
    for host in ("10.1.2.3:8420", "freehold.default.svc.cluster.local", "x"):
        answer = await shared.get(path, Host=host)
        assert (answer.status, set(answer.json)) == (200, {"status"})
    assert (await shared.get("/metrics", Host="10.1.2.3:8420")).status == 421
    assert (await shared.get(f"{path}/x", Host="10.1.2.3:8420")).status == 421


async def test_two_that_ask_at_once_get_one_verdict(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "_PROBE_SECONDS", 0.0)
    answers = await asyncio.gather(*(house.get("/readyz") for _ in range(5)))
    assert [answer.status for answer in answers] == [200] * 5


async def test_a_probe_writes_seldom(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    writes = 0
    write = house.runtime.store.write

    async def counted(work: Callable[[Session], object]) -> object:
        nonlocal writes
        writes += work is health.touch
        return await write(work)

    monkeypatch.setattr(house.runtime.store, "write", counted)
    await asyncio.gather(*(house.get("/readyz") for _ in range(30)))
    assert writes <= 1  # of thirty at once, if none was asked for in the seconds before


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.1"},
        {"Forwarded": "for=203.0.113.1"},
        {"Via": "1.1 proxy"},
        {"X-Real-IP": "203.0.113.1"},
    ],
)
async def test_the_numbers_are_for_this_machine_or_an_admin(house: House, headers: dict[str, str]) -> None:
    assert (await house.get("/metrics")).status == 200
    outside = await house.get("/metrics", **headers)
    assert (outside.status, outside.code) == (401, "token")
    reader, admin = await house.token("read"), await house.token("admin")
    assert (await house.get("/metrics", **headers, Authorization=f"Bearer {reader}")).status == 403
    assert (await house.get("/metrics", **headers, Authorization=f"Bearer {admin}")).status == 200


async def test_the_owner_reads_them_over_the_socket(house: House) -> None:
    connector = aiohttp.UnixConnector(str(house.socket_path))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.get("http://owner/metrics", headers={"Via": "1.1 proxy"}) as response,
    ):
        assert response.status == 200


async def test_the_numbers_hold_no_names(house: House) -> None:
    await house.cast("public")
    text = (await house.get("/metrics")).body.decode()
    assert "freehold_journal_head 2.0" in text
    assert 'freehold_deliveries{state="queued"} 0.0' in text
    assert 'freehold_responses_total{status="201"} 1.0' in text
    assert "me" not in {label for line in text.splitlines() for label in line.split('"')[1::2]}
