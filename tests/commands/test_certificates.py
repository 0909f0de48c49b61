"""Until when the certificate at the node's address holds, as `freehold doctor` says it."""

import asyncio
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from node.terminal.certificates import Validity, validity
from node.terminal.verdicts import Mark
from tests.docs.private import make_authority

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lifetime", "left", "mark"),
    [
        (timedelta(days=365), timedelta(days=15), Mark.GOOD),
        (timedelta(days=365), timedelta(days=13), Mark.NOTE),
        (timedelta(days=90), timedelta(days=30), Mark.GOOD),
        (timedelta(days=6), timedelta(days=2), Mark.GOOD),
        (timedelta(days=6), timedelta(hours=23), Mark.NOTE),
        (timedelta(hours=12), timedelta(hours=4), Mark.GOOD),
        (timedelta(hours=12), timedelta(hours=1), Mark.NOTE),
    ],
)
def test_one_that_runs_out_soon_is_named(lifetime: timedelta, left: timedelta, mark: Mark) -> None:
    found = Validity(NOW + left - lifetime, NOW + left).judged(NOW)
    assert found.mark is mark
    assert f"{NOW + left:%Y-%m-%d}" in found.found
    assert bool(found.advice) is (mark is Mark.NOTE)


async def test_it_is_read_where_it_is_shown_and_only_if_it_is_valid(tmp_path: Path) -> None:
    make_authority(tmp_path, "ca.crt", "node", "localhost")
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(tmp_path / "node.crt", tmp_path / "node.key")

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0, ssl=shown) as server:
        origin = f"https://localhost:{server.sockets[0].getsockname()[1]}"

        async def read(authorities: str) -> Validity | None:
            return await asyncio.to_thread(validity, origin, timeout_seconds=5, authorities=authorities)

        found = await read(str(tmp_path / "ca.crt"))
        assert found is not None
        assert found.ends - found.begins == timedelta(days=2)
        assert await read("") is None
        assert await read(str(tmp_path / "none.crt")) is None
    assert validity(origin, timeout_seconds=5) is None
    assert validity("http://localhost:1", timeout_seconds=5) is None
