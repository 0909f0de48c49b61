"""Servers of peers, honest and not: they say what they are told to, byte for byte, and remember who asked."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_JSON

_SECONDS_FOR_A_HEAD = 5.0


@dataclass(frozen=True, slots=True)
class Hit:
    """A request as a site received it; `path` is with its query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Document:
        """The body as JSON."""
        parsed: Document = orjson.loads(self.body)
        return parsed


Page = Callable[[Hit], bytes | Iterable[bytes]]
"""Returns the whole answer, its head included, at once or in pieces."""


def reply(
    body: bytes = b"", *, status: int = 200, media: str | None = ACTIVITY_JSON, headers: Sequence[str] = ()
) -> bytes:
    """Write an answer."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
    lines += [f"Content-Type: {media}"] if media is not None else []
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def page(document: Any, *, status: int = 200, media: str | None = ACTIVITY_JSON) -> Page:
    """Return a page that answers with a document."""
    answer = reply(orjson.dumps(document), status=status, media=media)
    return lambda _: answer


def redirect(to: str, *, status: int = 302) -> Page:
    """Return a page that leads elsewhere."""
    answer = reply(status=status, media=None, headers=[f"Location: {to}"])
    return lambda _: answer


def accepted(_: Hit) -> bytes:
    """Take whatever is posted."""
    return reply(status=202, media=None)


def missing(_: Hit) -> bytes:
    """Know nothing."""
    return reply(status=404, media=None)


@dataclass
class Site:
    """A server on a loopback port of its own; `pages` are by path, and a path ending in `*` is a prefix."""

    pages: dict[str, Page] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    connections: int = 0
    sent_bytes: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.site = self
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        """The site's origin."""
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self.port}"

    def page_for(self, path: str) -> Page:
        """Return the page at a path."""
        found = self.pages.get(path) or self.pages.get(path.partition("?")[0])
        if found is not None:
            return found
        prefixes = [key for key in self.pages if key.endswith("*") and path.startswith(key[:-1])]
        return self.pages[max(prefixes, key=len)] if prefixes else missing

    def pause(self, seconds: float) -> bool:
        """Wait, but not beyond the site's end; say whether it goes on."""
        return not self.stopped.wait(seconds)

    def gets(self, path: str = "") -> list[Hit]:
        """Return the fetches of paths beginning with `path`."""
        return [hit for hit in self.hits if hit.method == "GET" and hit.path.startswith(path)]

    def posts(self, path: str = "") -> list[Hit]:
        """Return the posts to paths beginning with `path`."""
        return [hit for hit in self.hits if hit.method == "POST" and hit.path.startswith(path)]

    def close(self) -> None:
        """Stop serving."""
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    site: Site

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Peers hang up; that is what some cases are about."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Server

    def handle(self) -> None:
        site = self.server.site
        site.connections += 1
        connection: socket.socket = self.request
        connection.settimeout(_SECONDS_FOR_A_HEAD)
        try:
            if site.tls is not None:
                connection = site.tls.wrap_socket(connection, server_side=True)
            with connection:
                self._answer(site, connection)
        except OSError:
            return

    def _answer(self, site: Site, connection: socket.socket) -> None:
        hit = _read(connection)
        if hit is None:
            return
        site.hits.append(hit)
        given = site.page_for(hit.path)(hit)
        connection.settimeout(60.0)
        for piece in [given] if isinstance(given, bytes) else given:
            connection.sendall(piece)
            site.sent_bytes += len(piece)


def _read(connection: socket.socket) -> Hit | None:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65_536)
        if not piece:
            return None
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (s.partition(":") for s in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        piece = connection.recv(65_536)
        if not piece:
            return None
        body += piece
    method, path, _ = first.split(" ", 2)
    return Hit(method, path, headers, body)
