"""The network as the attacked nodes see it: names of our making, and nothing beyond loopback.

While a case runs, an attempt to reach another machine is noted and fails as an unreachable network does (see
`tests.cable`), so that a hole in a guard shows as an attempt and harms nobody.
"""

import socket
import threading
from typing import Any

from node.delivery import names
from tests.cable import cut

cut()


class Names:
    """The name service of the attacked nodes: a table, whose answers come in turn; the last one stays.

    `*.some.name` stands for all names directly under that one; `silent` names those of which the servers say
    nothing before an event.
    """

    def __init__(self) -> None:
        self.table: dict[str, list[list[str]]] = {}
        self.silent: dict[str, threading.Event] = {}
        self.asked: list[str] = []

    def resolver(self) -> names.Names:
        """Return what a client asks, as it asks the system: with the threads that it has for that."""
        return names.Names(self._ask)

    def _ask(self, host: str, port: int, *_asked: Any, **_options: Any) -> list[tuple[Any, ...]]:
        """Answer from the table, as `socket.getaddrinfo` does."""
        self.asked.append(host)
        above = host.partition(".")[2]
        if above in self.silent:
            self.silent[above].wait()
        answers = self.table.get(host) or self.table.get(f"*.{above}")
        if not answers:
            raise OSError("no such name")
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                0,
                "",
                (address, port),
            )
            for address in addresses
        ]


class Canary:
    """A port on loopback that nobody may connect to; `hits` counts who did."""

    def __init__(self) -> None:
        self.hits = 0
        first = socket.create_server(("127.0.0.1", 0))
        self.port = int(first.getsockname()[1])
        self._sockets = [first]
        if socket.has_ipv6:
            self._sockets.append(_listen_v6(self.port) or first)
        self._threads = [
            threading.Thread(target=self._count, args=(listener,), daemon=True)
            for listener in dict.fromkeys(self._sockets)
        ]
        for thread in self._threads:
            thread.start()

    def _count(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.hits += 1
            connection.close()

    def close(self) -> None:
        """Stop listening."""
        for listener in dict.fromkeys(self._sockets):
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for thread in self._threads:
            thread.join(5)


def _listen_v6(port: int) -> socket.socket | None:
    try:
        return socket.create_server(("::1", port), family=socket.AF_INET6)
    except OSError:  # a machine without IPv6
        return None
