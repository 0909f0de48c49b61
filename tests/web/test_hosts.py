"""Where a request may be addressed: the names a node answers to, and the spelling of a path."""

import time

import pytest

from node.web.edge import hosts
from node.web.edge.hosts import allowed_hosts


@pytest.mark.parametrize(
    ("origin", "port", "hosts"),
    [
        ("https://node.example", 8420, {"node.example", "node.example:443"}),
        ("https://node.example:8443", 8420, {"node.example:8443"}),
        ("http://127.0.0.1:8420", 8420, {"127.0.0.1:8420"}),
        ("https://[2001:db8::1]", 8420, {"[2001:db8::1]", "[2001:db8::1]:443"}),
    ],
)
def test_au_14_the_names_a_node_answers_to(origin: str, port: int, hosts: set[str]) -> None:
    loopback = {f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"}
    assert allowed_hosts(origin, port) == hosts | loopback


def test_do_07_a_path_is_judged_quickly() -> None:
    began = time.thread_time()
    assert hosts._CANONICAL_PATH.fullmatch("/" + "a/" * 25_000 + "!") is None
    assert time.thread_time() - began < 0.2
