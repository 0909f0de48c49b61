"""Whom the client trusts: nobody while aiohttp is loaded, then the authorities of the system."""

import asyncio
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from node.core.addresses import Reach
from node.delivery import trust
from node.delivery.client import Client
from node.delivery.trust import Trust
from tests.delivery.conftest import Clock, TlsPeer

LOADING = """
import ssl
from node.delivery import trust
with trust.unread():
    import aiohttp.connector as library
for context in (library._SSL_CONTEXT_VERIFIED, library._SSL_CONTEXT_UNVERIFIED):
    assert context.cert_store_stats() == {"x509": 0, "crl": 0, "x509_ca": 0}
assert library._SSL_CONTEXT_VERIFIED.verify_mode is ssl.CERT_REQUIRED
assert library._SSL_CONTEXT_VERIFIED.check_hostname
"""


def test_what_the_library_makes_when_it_is_loaded_trusts_nobody() -> None:
    ended = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_contexts_are_as_always_behind_the_block() -> None:
    method = ssl.SSLContext.set_default_verify_paths
    with pytest.raises(LookupError), trust.unread():
        raise LookupError
    assert ssl.SSLContext.set_default_verify_paths is method


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
