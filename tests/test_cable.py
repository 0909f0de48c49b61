"""The guard around the tests is itself a thing that can break."""

import asyncio
import socket
import ssl

import pytest

from tests.cable import CABLE, OutsideLoopbackError


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "0.0.0.0", "8.8.8.8"])
def test_connecting_elsewhere_is_refused(host: str) -> None:
    with socket.socket() as sock, pytest.raises(RuntimeError, match=r"socket\.connect"):
        sock.connect((host, 9))


def test_sending_elsewhere_is_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(RuntimeError, match=r"socket\.sendto"):
        sock.sendto(b"", ("192.0.2.1", 9))


def test_names_are_not_looked_up() -> None:
    with pytest.raises(RuntimeError, match=r"socket\.getaddrinfo"):
        socket.getaddrinfo("peer.example", 443)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_works(host: str) -> None:
    with socket.create_server((host, 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


def test_local_sockets_work(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = str(tmp_path_factory.mktemp("s") / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(path)
        server.listen()
        client.connect(path)
        assert client.getpeername() == path


def test_what_is_watched_is_noted_and_fails_as_a_network_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CABLE, "watched", True)
    monkeypatch.setattr(CABLE, "attempts", [])
    with socket.socket() as sock, pytest.raises(OSError, match="there is no network"):
        sock.connect(("192.0.2.1", 9))
    assert CABLE.attempts == ["192.0.2.1"]


async def test_what_asyncio_and_tls_connect_is_refused() -> None:
    with pytest.raises(OutsideLoopbackError, match=r"socket\.connect"):
        await asyncio.open_connection("192.0.2.1", 443)
    context = ssl.create_default_context()
    with (
        context.wrap_socket(socket.socket(), server_hostname="peer.example") as sock,
        pytest.raises(OutsideLoopbackError, match=r"socket\.connect"),
    ):
        sock.connect(("192.0.2.1", 443))


def test_datagrams_elsewhere_are_refused_however_they_are_sent() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        with pytest.raises(OutsideLoopbackError, match=r"socket\.sendto"):
            sock.sendto(b"", 0, ("192.0.2.1", 9))
        with pytest.raises(OutsideLoopbackError, match=r"socket\.sendmsg"):
            sock.sendmsg([b""], [], 0, ("192.0.2.1", 9))
        with pytest.raises(OutsideLoopbackError, match=r"socket\.connect_ex"):
            sock.connect_ex(("192.0.2.1", 9))
        with pytest.raises(OutsideLoopbackError, match=r"socket\.getaddrinfo"):
            socket.getaddrinfo(host="peer.example", port=443)
