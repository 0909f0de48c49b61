"""Real nodes and a real Fedify server, each in a process of its own, once for all tests of this folder."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.sandbox.nodes import Node
from tests.attacks.certificates import Authority
from tests.interop.fedify.gatekeeper import Gatekeeper
from tests.interop.fedify.process import Fedify


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def fedify(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fedify]:
    """A Fedify server with a business, `bikes`, and a customer, `carol`."""
    (certificate,) = authority.trusting.get_ca_certs(binary_form=True)
    trusted = tmp_path_factory.mktemp("trust") / "authority.pem"
    trusted.write_text(ssl.DER_cert_to_PEM_cert(certificate))
    running = Fedify.start(authority=trusted)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def customer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A customer's node of ours."""
    yield from run(Node(folder(tmp_path_factory), "ada", "Ada", "person"))


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A business's node of ours."""
    yield from run(Node(folder(tmp_path_factory), "shop", "Shop", "organization"))


@pytest.fixture(scope="session")
def gatekeeper(authority: Authority) -> Iterator[Gatekeeper]:
    """The proxy in front of `guarded`."""
    proxy = Gatekeeper(authority.serving("127.0.0.1"))
    yield proxy
    proxy.stop()


@pytest.fixture(scope="session")
def guarded(gatekeeper: Gatekeeper, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A business's node of ours whose public origin is a TLS proxy's."""
    node = Node(
        folder(tmp_path_factory), "guarded", "Guarded", "organization", settings={"ORIGIN": gatekeeper.origin}
    )
    gatekeeper.node_port = node.port
    yield from run(node)


def folder(factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a short path: a UNIX socket's has at most about a hundred characters."""
    return factory.mktemp("n") / "d"


def run(node: Node) -> Iterator[Node]:
    node.start()
    try:
        node.wait_until_ready()
        yield node
    finally:
        node.terminate()
        node.wait()
