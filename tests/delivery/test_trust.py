"""Whom the client trusts: the authorities of the system, or what it is given."""

import asyncio
import ssl
from ipaddress import ip_network
from pathlib import Path

import pytest

from node.core.addresses import Reach
from node.delivery.client import Client, Unreachable
from node.delivery.trust import AuthoritiesError, Trust, check_authorities
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


async def test_named_authorities_are_trusted_beside_the_systems(
    tls_peer: TlsPeer, clock: Clock, tmp_path: Path
) -> None:
    peer, _ = await tls_peer("localhost")
    file = str(tmp_path / "localhost.crt")
    check_authorities(file)
    reach = Reach(allowed=(ip_network("127.0.0.0/8"), ip_network("::1")))
    async with Client(reach, clock=clock, user_agent="test", authorities=file) as client:
        assert (await client.fetch(f"{peer.origin}/")).document == {"id": "x"}
    async with Client(reach, clock=clock, user_agent="test") as client:
        with pytest.raises(Unreachable) as refused:
            await client.fetch(f"{peer.origin}/")
    assert refused.value.code == "tls-refused"
    both = await Trust(also=file).context()
    system = await Trust().context()
    assert both.cert_store_stats()["x509"] == system.cert_store_stats()["x509"] + 1


def test_a_file_of_authorities_that_is_of_no_use_is_said(tmp_path: Path) -> None:
    check_authorities("")
    with pytest.raises(AuthoritiesError, match="cannot be read: No such file"):
        check_authorities(str(tmp_path / "none.pem"))
    (tmp_path / "notes.txt").write_text("no certificate")
    with pytest.raises(AuthoritiesError, match="holds no certificate") as refused:
        check_authorities(str(tmp_path / "notes.txt"))
    assert "ca_file" in refused.value.hint


async def test_what_is_given_is_trusted_instead() -> None:
    given = ssl.create_default_context()
    assert await Trust(given).context() is given
