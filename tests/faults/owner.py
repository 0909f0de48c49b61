"""An owner's program that does not give up: it asks again with the same key until it has an answer."""

import http.client
import json
import socket
from dataclasses import dataclass
from pathlib import Path

from node.folder import SOCKET_NAME
from node.sandbox.nodes import MarketError, Node, until
from protocol.documents import Document

ANSWER_SECONDS = 30.0
PATIENCE_SECONDS = 90.0  # a node that has died is back within a few of them


@dataclass(frozen=True, slots=True)
class Reply:
    """What a node answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Document:
        """The JSON object in the answer."""
        found: Document = json.loads(self.body)
        return found


class _Socket(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(ANSWER_SECONDS)
        self.sock.connect(str(self._path))


def request(node: Node, method: str, path: str, body: object = None, *, key: str = "") -> Reply:
    """Ask a node's owner API once.

    Raises:
        OSError, HTTPException: it did not answer.
    """
    connection = _Socket(node.folder / SOCKET_NAME)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    headers |= {"Idempotency-Key": key} if key else {}
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, f"/api/v1{path}", content, headers)
        answer = connection.getresponse()
        return Reply(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


def insist(node: Node, method: str, path: str, body: object = None, *, key: str = "") -> Reply:
    """Ask until the node takes it, also while it, or the peer it asks in turn, is down or not ready.

    Raises:
        MarketError: it refused, or there was no answer in time.
    """

    def attempt() -> Reply | None:
        try:
            reply = request(node, method, path, body, key=key)
        except (OSError, http.client.HTTPException):
            return None
        return None if reply.status in (502, 503) else reply

    reply = until(attempt, f"{node.name} to answer {method} {path}", seconds=PATIENCE_SECONDS)
    if reply.status >= http.HTTPStatus.BAD_REQUEST:
        raise MarketError(f"{node.name} refused {method} {path}: {reply.body.decode()}")
    return reply
