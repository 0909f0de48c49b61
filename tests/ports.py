"""Ports for nodes that come and go: none that the system gives to somebody else while a node is down.

A port that the system picks for a listener may be given to any outgoing connection as soon as the listener is
gone, and a connection to it may even end up connected to itself. So these are taken from below the range that
it picks from (32,768 and up on Linux, 49,152 and up elsewhere), and each process of a test run has its own
share of them: one's node may be down when another looks.
"""

import os
import random
import re
import socket

FIRST, LAST = 15_000, 32_000
SHARES = 8  # processes of one run, at most
NOT_FOR_THE_WEB = {27_017}  # a database's, which no address may name: the one such port of this range

_share = int((re.findall(r"\d+", os.environ.get("PYTEST_XDIST_WORKER", "")) or ["0"])[0]) % SHARES
_chance = random.SystemRandom()
_given: set[int] = set()


def steady_port() -> int:
    """Return a port of the loopback interface that nobody listens on, and that stays free when it is."""
    while True:
        port = _chance.randrange(FIRST + _share, LAST, SHARES)
        if port in _given or port in NOT_FOR_THE_WEB:
            continue
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
