"""HTTP as bytes on a socket: requests that a library would refuse to send, and answers read to their end."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

HANG_SECONDS = 60.0  # a guard: who has not answered by then never will, however busy the machine is

Header = tuple[str, str]
Place = tuple[str, int] | Path
"""Where to connect: a host with a port, or the path of a UNIX socket."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One request as it will be sent, header by header."""

    target: str
    headers: tuple[Header, ...] = ()
    body: bytes = b""
    method: str = "POST"
    version: str = "HTTP/1.1"

    def render(self) -> bytes:
        """Write the request as bytes; what is in it is written as it is."""
        lines = [f"{self.method} {self.target} {self.version}", *(f"{n}: {v}" for n, v in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body

    def header(self, name: str) -> str:
        """Return the value of a header that is there once."""
        [value] = [value for found, value in self.headers if found.lower() == name.lower()]
        return value

    def without(self, *names: str) -> "Shot":
        """Leave headers out."""
        lowered = {name.lower() for name in names}
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() not in lowered))

    def also(self, *headers: Header) -> "Shot":
        """Append headers, whether or not there are some of that name."""
        return replace(self, headers=(*self.headers, *headers))

    def having(self, **headers: str) -> "Shot":
        """Set headers, replacing those of the same name; underscores stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.without(*named).also(*named.items())

    def edit(self, name: str, change: Callable[[str], str]) -> "Shot":
        """Change the value of a header in its place."""
        edited = tuple((n, change(v) if n.lower() == name.lower() else v) for n, v in self.headers)
        if edited == self.headers:
            raise ValueError("nothing was changed")
        return replace(self, headers=edited)

    def carrying(self, body: bytes) -> "Shot":
        """Replace the body and say its length, without signing anew."""
        return replace(self, body=body).having(Content_Length=str(len(body)))


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 means that the connection ended without an answer."""

    status: int
    headers: tuple[Header, ...]
    body: bytes
    seconds: float
    """How long it took by the clock, which says as much about the machine as about who answers."""
    raw: bytes = field(repr=False, default=b"")
    ended: bool = False
    """Whether the other end was seen to hang up."""
    cpu_seconds: float = 0.0
    """How long a processor worked meanwhile in the process that answered, where `exchange` was told of it."""

    def header(self, name: str) -> str:
        """Return a header's value, "" if it is not there."""
        return next((value for found, value in self.headers if found.lower() == name.lower()), "")

    @property
    def json(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    @property
    def code(self) -> str:
        """The code of a problem document, "" if it is none."""
        found = self.json
        return str(found.get("code", "")) if isinstance(found, dict) else ""


def dial(place: Place, *, seconds: float = HANG_SECONDS, source: str = "") -> socket.socket:
    """Open a connection, from the loopback address `source` if given."""
    if isinstance(place, Path):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(seconds)
        connection.connect(str(place))
        return connection
    return socket.create_connection(place, seconds, (source, 0) if source else None)


def exchange(
    place: Place,
    raw: bytes,
    *,
    seconds: float = HANG_SECONDS,
    source: str = "",
    to_end: bool = False,
    spent: Callable[[], float] = lambda: 0.0,
) -> Answer:
    """Send bytes on a connection of their own and return the answer.

    With `to_end` that is all until the other end hangs up. `spent` tells how long a processor has worked for
    whoever answers.
    """
    began, before = time.monotonic(), spent()
    with dial(place, seconds=seconds, source=source) as connection:
        # What is refused before it was read to its end is answered all the same.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(raw)
        answer = read_answer(connection, began=began, seconds=seconds, to_end=to_end)
    return replace(answer, cpu_seconds=spent() - before)


def read_answer(
    connection: socket.socket,
    *,
    began: float | None = None,
    seconds: float = HANG_SECONDS,
    to_end: bool = False,
) -> Answer:
    """Read one answer from a connection."""
    began = time.monotonic() if began is None else began
    received, ended = bytearray(), False
    while not ended and (to_end or not _is_whole(received)):
        left = began + seconds - time.monotonic()
        connection.settimeout(max(left, 0.001))
        try:
            piece = connection.recv(65_536)
        except TimeoutError:
            break
        except ConnectionResetError:
            piece = b""
        ended = not piece
        received += piece
    return _parse(bytes(received), time.monotonic() - began, ended=ended)


def _is_whole(received: bytearray) -> bool:
    head, separator, body = bytes(received).partition(b"\r\n\r\n")
    return bool(separator) and len(body) >= _length(head)


def _length(head: bytes) -> int:
    lines = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return int(lines[0].partition(b":")[2]) if lines else 0


def _parse(received: bytes, seconds: float, *, ended: bool) -> Answer:
    if received.startswith(b"HTTP/1.1 100 "):
        received = received.partition(b"\r\n\r\n")[2]
    if not received.startswith(b"HTTP/1."):
        return Answer(0, (), b"", seconds, received, ended)
    head, _, rest = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = tuple((name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines))
    return Answer(int(first.split(" ")[1]), pairs, rest[: _length(head)], seconds, received, ended)


__all__ = ["HANG_SECONDS", "Answer", "Header", "Place", "Shot", "dial", "exchange", "read_answer", "replace"]
