"""The client of the owner's API of a running node.

Rules here: only the standard library, because the libraries a server needs take longer to load than a
command may take to answer; redirects are not followed; an answer has a bounded size; every write carries an
`Idempotency-Key`, so that the one retry after a lost connection cannot do a thing twice.
"""

import http.client
import json
import math
import re
import secrets
import socket
import ssl
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

from node.core import codes
from node.terminal.answers import read_answer
from node.terminal.endpoint import Endpoint
from node.terminal.failures import AWAY, CLOSED, ExitCode, Failure, from_problem, from_proxy
from protocol.documents import Document
from protocol.values import dataclass

API: Final = "/api/v1"
# A lookup on the fediverse may take three requests of ten seconds; the node's own answers take milliseconds.
TIMEOUT_SECONDS: Final = 60.0
# The heartbeat comes every 15 seconds; three missed ones mean the connection is gone.
STREAM_TIMEOUT_SECONDS: Final = 50.0
# The largest honest answer is the evidence of a long negotiation, well under a megabyte.
ANSWER_LIMIT_BYTES: Final = 16 * 1024 * 1024
# A page of the API holds at most this many items.
PAGE_LIMIT: Final = 100
# A stream that broke off is taken up again after these pauses, a minute in all, and then given up.
RECONNECT_SECONDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0)

# Kinds that no journal entry has: of what stands for the stream having been opened, and of its end.
OPENED: Final = "stream.opened"
_CLOSING: Final = "closing"

_OWN_AUTHORITY: Final = "An authority of your own is believed if SSL_CERT_FILE names its file."
_LOST: Final = (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected)


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One server-sent event: `id` is the journal's sequence, `kind` its name, `document` its data."""

    id: str
    kind: str
    document: Document


@dataclass(frozen=True, slots=True)
class Probed:
    """How whatever runs at an address answered: its status, and the JSON object that it sent, if it did."""

    status: int
    document: Document


def probe(
    origin: str, path: str, *, timeout_seconds: float, media: str, authorities: str = "", posted: bytes = b""
) -> Probed:
    """Ask whatever runs at `origin` for `path`, as anybody can, or post something of that media type there.

    `authorities` is a file of certificates that are trusted beside the system's, empty for none.

    Raises:
        Failure: nothing answers, or not over a connection that can be trusted; it says why.
    """
    try:
        with closing(_dial(origin, timeout_seconds, authorities)) as connection:
            headers = {"Accept": media} | ({"Content-Type": media} if posted else {})
            connection.request("POST" if posted else "GET", path, posted or None, headers)
            response = connection.getresponse()
            return Probed(response.status, read_answer(response.read(ANSWER_LIMIT_BYTES)) or {})
    except (OSError, http.client.HTTPException) as error:
        raise Failure(
            codes.UNREACHABLE,
            f"{origin} cannot be reached: {_why(error)}.",
            exit_code=ExitCode.NETWORK,
            hint="Check the name, the certificate and the proxy in front of the node.",
        ) from error


def _why(error: Exception) -> str:
    """Say in plain words what kept us from an answer."""
    match error:
        case socket.gaierror():
            return "its name leads to no address"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted ({error.verify_message})"
        case ssl.SSLError():
            return "what listens there does not speak TLS as it should"
        case TimeoutError():
            return "it did not answer in time"
        case ConnectionRefusedError():
            return "nothing listens there"
        case OSError(strerror=str(reason)):
            return reason
    return "what listens there does not speak HTTP, or hung up"


def _dial(url: str, timeout_seconds: float, authorities: str = "") -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme != "https":
        return http.client.HTTPConnection(host, port, timeout=timeout_seconds)
    context = ssl.create_default_context()
    if authorities:
        context.load_verify_locations(cafile=authorities)
    return http.client.HTTPSConnection(host, port, timeout=timeout_seconds, context=context)


def read_events(lines: Iterable[bytes]) -> Iterator[ServerEvent]:
    """Yield the events of a `text/event-stream`; without JSON only an id alone is one, and has no kind.

    Source: HTML Living Standard §9.2.6, for LF and CRLF line ends.
    """
    fields: dict[str, str] = {}
    for raw in lines:
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields['data']}\n{value}" if name == "data" and "data" in fields else value
            continue
        document = read_answer(fields.get("data", ""))
        if document is not None:
            yield ServerEvent(fields.get("id", ""), fields.get("event", "message"), document)
        elif "id" in fields and "data" not in fields:
            yield ServerEvent(fields["id"], "", {})
        fields = {}


# Whose ids stand in an address, and the command that lists them.
_LISTED: Final = re.compile(rf"{API}/(offer|intention|agreement)s/")


class _SocketConnection(http.client.HTTPConnection):
    """HTTP over a UNIX socket."""

    def __init__(self, path: Path, timeout_seconds: float) -> None:
        super().__init__("localhost", timeout=timeout_seconds)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket's path."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _AwayError(ConnectionError):
    """The node is away for now; `failure` is what was said of it."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self.failure = failure


class ApiClient:
    """The owner's API of one node, spoken as one of its actors (`actor`, a handle; empty for the first).

    `trace` is told each request and how it was answered, `warn` that a stream has broken off.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        actor: str = "",
        trace: Callable[[str], object] = lambda _: None,
        warn: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._endpoint = endpoint
        self._actor = actor
        self._trace = trace
        self._warn = warn

    @property
    def place(self) -> str:
        """How to call the node in a sentence."""
        return self._endpoint.place

    def get(self, path: str, **query: object) -> Document:
        """Return the document at `path`; arguments that are None are left out of the query.

        Raises:
            Failure: the node cannot be reached, or refused.
        """
        return self.request("GET", path, query=query)

    def request(
        self, method: str, path: str, body: object = None, *, query: Mapping[str, object] | None = None
    ) -> Document:
        """Send `body` as JSON and return the JSON object of the answer, empty for an empty answer.

        Raises:
            Failure: the node cannot be reached, or refused.
        """
        content = None if body is None else json.dumps(body).encode()
        answer = self.fetch(method, path, content, query=query)
        document = read_answer(answer or b"{}")
        if document is None:
            raise self._strange()
        return document

    def fetch(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        query: Mapping[str, object] | None = None,
        media_type: str = "application/json",
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> bytes:
        """Send one request, once more if the connection is lost on the way, and return the answer's bytes.

        Raises:
            Failure: the node cannot be reached, or refused.
        """
        headers = {"Accept": "application/json, */*;q=0.1"}
        if method != "GET":
            headers["Idempotency-Key"] = secrets.token_hex(16)
        if content is not None:
            headers["Content-Type"] = media_type
        target = self._target(path, query or {})
        try:
            try:
                return self._exchange(method, target, content, headers, timeout_seconds)
            except _LOST:
                return self._exchange(method, target, content, headers, timeout_seconds)
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error

    def pages(
        self, path: str, *, limit: int | None = None, cursor: object = None, **query: object
    ) -> Iterator[Document]:
        """Yield the items of a list, page after page, at most `limit` of them, from `cursor` on.

        Raises:
            Failure: the node cannot be reached, or refused.
        """
        left = limit
        while left is None or left > 0:
            size = PAGE_LIMIT if left is None else min(left, PAGE_LIMIT)
            page = self.get(path, cursor=cursor, limit=size, **query)
            items = page.get("items", [])[:size]
            yield from items
            cursor = page.get("next")
            if not cursor or not items:
                return
            left = None if left is None else left - len(items)

    def events(
        self, *, seconds: float = math.inf, pauses: Sequence[float] = RECONNECT_SECONDS
    ) -> Generator[ServerEvent, None, None]:
        """Yield what happens on the node from now on, for about `seconds`.

        Each time the stream opens, an event of kind `OPENED` comes first: the moment to look at what there
        is. A stream that broke off is taken up where it ended, after the next of `pauses` (seconds).

        Raises:
            Failure: the node refused, or could not be reached after the last pause either.
        """
        self.get("/node")  # a node that is not there is said at once, not after the last pause
        ends, last, left, told = time.monotonic() + seconds, "", iter(pauses), False
        while time.monotonic() < ends:
            try:
                for event in self._stream(last, ends):
                    last = event.id or last
                    if event.kind and event.id:
                        left, told = iter(pauses), False
                    yield from [event] if event.kind else []
            except Failure as failure:
                if failure.code != codes.HISTORY_CHANGED or failure.problem.get("go_on_from", last) == last:
                    raise
                last = str(failure.problem["go_on_from"])  # the node was restored while nobody listened
            except (OSError, http.client.HTTPException) as error:
                if time.monotonic() >= ends:
                    return
                pause = next(left, None)
                if pause is None:
                    raise self._unreachable(error) from error
                if not told:
                    self._warn("  The node does not answer any more; it is tried again.")
                    told = True
                time.sleep(max(0.0, min(pause, ends - time.monotonic())))

    def _stream(self, after: str, ends: float) -> Iterator[ServerEvent]:
        headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": after} if after else {})
        connection = self._open(min(STREAM_TIMEOUT_SECONDS, max(ends - time.monotonic(), 0.1)))
        try:
            answer = self._ask(connection, "GET", self._target("/events", {}), None, headers)
            if answer.status != http.HTTPStatus.OK:
                refused = self._refused(answer.status, answer.read(ANSWER_LIMIT_BYTES))
                raise _AwayError(refused) if answer.status in AWAY else refused
            yield ServerEvent("", OPENED, {})
            lines = takewhile(lambda _: time.monotonic() < ends, answer)
            yield from takewhile(lambda event: event.kind != _CLOSING, read_events(lines))
        finally:
            connection.close()
        if time.monotonic() < ends:
            raise http.client.RemoteDisconnected("the stream ended")

    def _exchange(
        self,
        method: str,
        target: str,
        content: bytes | None,
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> bytes:
        connection = self._open(timeout_seconds)
        try:
            answer = self._ask(connection, method, target, content, headers)
            body = answer.read(ANSWER_LIMIT_BYTES + 1)
        finally:
            connection.close()
        if len(body) > ANSWER_LIMIT_BYTES:
            raise self._strange()
        if not http.HTTPStatus.OK <= answer.status < http.HTTPStatus.MULTIPLE_CHOICES:
            raise self._refused(answer.status, body, target)
        return body

    def _open(self, timeout_seconds: float) -> http.client.HTTPConnection:
        if self._endpoint.socket_path:
            return _SocketConnection(self._endpoint.socket_path, timeout_seconds)
        return _dial(self._endpoint.url, timeout_seconds)

    def _ask(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        target: str,
        content: bytes | None,
        headers: Mapping[str, str],
    ) -> http.client.HTTPResponse:
        proof = {"Authorization": f"Bearer {self._endpoint.token}"} if self._endpoint.token else {}
        connection.request(method, target, content, {**headers, **proof})
        answer = connection.getresponse()
        self._trace(f"{method} {target}: {answer.status} {answer.reason}")
        return answer

    def _target(self, path: str, query: Mapping[str, object]) -> str:
        asked = {key: value for key, value in query.items() if value is not None}
        if self._actor:
            asked["actor"] = self._actor
        return API + path + (f"?{urlencode(asked)}" if asked else "")

    def _refused(self, status: int, body: bytes, target: str = "") -> Failure:
        problem: Document = read_answer(body) or {}
        if "code" not in problem and status in AWAY | CLOSED:
            return from_proxy(status, self.place)
        if problem.get("code") == codes.UNKNOWN_ID and (found := _LISTED.match(target)):
            problem["hint"] = f"See: freehold {found[1]} list"
        return from_problem(problem, status)

    def _strange(self) -> Failure:
        return Failure(
            codes.NOT_A_NODE,
            f"What answers at {self.place} does not speak like a Freehold node.",
            exit_code=ExitCode.NETWORK,
        )

    def _unreachable(self, error: Exception) -> Failure:
        if isinstance(error, _AwayError):
            return error.failure
        if isinstance(error, PermissionError):
            return Failure(
                codes.NOT_YOUR_NODE,
                f"The node in {self.place} belongs to another user of this machine.",
                exit_code=ExitCode.NOT_ALLOWED,
            )
        if isinstance(error, TimeoutError):
            sentence, hint = f"The node at {self.place} did not answer in time.", ""
        elif self._endpoint.socket_path and isinstance(error, FileNotFoundError | ConnectionRefusedError):
            sentence = f"No node is running in {self.place}."
            hint = "Start one with: freehold up - or name the folder of one that runs with --data."
        elif self._endpoint.socket_path:
            sentence, hint = f"The node in {self.place} broke off the conversation.", ""
        else:
            is_distrust = isinstance(error, ssl.SSLCertVerificationError)
            hint = _OWN_AUTHORITY if is_distrust else "Is the address right, and the node running?"
            sentence = f"{self.place} cannot be reached: {_why(error)}."
        return Failure(codes.UNREACHABLE, sentence, exit_code=ExitCode.NETWORK, hint=hint)
