"""The network as the attacked nodes see it: names of our making, and nothing beyond loopback.

An audit hook stands where the cable would be. While a case runs, an attempt to reach another machine is noted
and fails as an unreachable network does, so that a hole in a guard shows as an attempt and harms nobody.
"""

import errno
import ipaddress
import socket
import sys
import threading
from dataclasses import dataclass, field

from aiohttp.abc import AbstractResolver, ResolveResult

# Where each event carries what is reached (docs.python.org, "Audit events table").
_TARGET = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1, "socket.getaddrinfo": 0}


@dataclass
class Cable:
    """What left, or would have left, this machine while it was watched."""

    watched: bool = False
    attempts: list[str] = field(default_factory=list)

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        """Note and refuse what goes outside."""
        if not self.watched or event not in _TARGET:
            return
        host = _host(arguments[_TARGET[event]])
        if host is not None:
            self.attempts.append(host)
            raise OSError(errno.ENETUNREACH, "there is no network here")


def _host(target: object) -> str | None:
    """Return the host that a target names, if it is another machine."""
    if isinstance(target, tuple):
        target = target[0]
    elif isinstance(target, str) and target.startswith(("/", "\0")):
        return None
    host = target.decode("latin-1") if isinstance(target, bytes) else str(target or "")
    if host in ("", "localhost"):
        return None
    try:
        return None if ipaddress.ip_address(host).is_loopback else host
    except ValueError:
        return host


CABLE = Cable()
# There is no way to take a hook off again, hence one for the process and its switch. It has to be in place
# before any other, because the first that objects decides what the caller gets to see.
sys.addaudithook(CABLE.audit)


class Names(AbstractResolver):
    """The name service of the attacked nodes: a table, whose answers come in turn; the last one stays.

    `*.some.name` stands for all names directly under that one.
    """

    def __init__(self) -> None:
        self.table: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Answer from the table."""
        self.asked.append(host)
        answers = self.table.get(host) or self.table.get(f"*.{host.partition('.')[2]}")
        if not answers:
            raise OSError("no such name")
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """There is nothing to close."""


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
