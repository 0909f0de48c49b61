"""Whom the client trusts: the authorities of the system, or what it is given."""

import asyncio
import ssl
from pathlib import Path

import pytest

from node.core.addresses import Reach
from node.delivery.client import Client
from node.delivery.trust import Trust
from tests.delivery.conftest import Clock, TlsPeer


async def test_ss_19_the_authorities_of_the_system_are_trusted(
    tls_peer: TlsPeer, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer, _ = await tls_peer("localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "localhost.crt"))
    async with Client(Reach(allow_loopback_http=True), clock=clock, user_agent="test") as client:
        assert (await client.fetch(f"{peer.origin}/")).document == {"id": "x"}


async def test_they_are_read_once() -> None:
    system = Trust()
    first, second = await asyncio.gather(system.context(), system.context())
    assert first is second is await system.context()
    assert first.verify_mode is ssl.CERT_REQUIRED


async def test_what_is_given_is_trusted_instead() -> None:
    given = ssl.create_default_context()
    assert await Trust(given).context() is given
