"""A TLS proxy in front of one of our nodes, which turns away requests signed in one of the two ways."""

import http.client
import ssl
import threading
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from tests.interop.fedify.process import PATIENCE_SECONDS

_HOP_BY_HOP = {"connection", "content-length", "date", "server", "transfer-encoding"}


@dataclass
class Gatekeeper:
    """`knocks` are the schemes and statuses of the deliveries that came by; `refused` is a scheme."""

    context: ssl.SSLContext
    node_port: int = 0
    refused: str = ""
    knocks: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        handler = type("Handler", (_Handler,), {"gatekeeper": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.socket = self.context.wrap_socket(self._server.socket, server_side=True)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"https://127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    gatekeeper: ClassVar[Gatekeeper]

    def handle_one(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        scheme = _scheme(self.headers)
        if self.command == "POST" and scheme == self.gatekeeper.refused:
            status, headers, answer = HTTPStatus.UNAUTHORIZED.value, list[tuple[str, str]](), b""
        else:
            status, headers, answer = self._forward(body)
        if self.command == "POST":
            self.gatekeeper.knocks.append((scheme, status))
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = handle_one  # noqa: N815 - the names http.server looks for

    def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.gatekeeper.node_port, timeout=PATIENCE_SECONDS
        )
        try:
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            kept = [pair for pair in answer.getheaders() if pair[0].lower() not in _HOP_BY_HOP]
            return answer.status, kept, answer.read()
        finally:
            connection.close()

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing."""


def _scheme(headers: Any) -> str:
    if "signature-input" in headers:
        return "rfc9421"
    return "draft-cavage-12" if "signature" in headers else ""
