"""The client of the owner's API: what it sends, what it makes of answers, and of connections that break.

The other end is a thread with a socket that says what each test wants to be said: the one place where a node
is played, because a real one does not break its answers off.
"""

import http.client
import json
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from node.terminal import api_client
from node.terminal.api_client import OPENED, ApiClient, Probed, ServerEvent, probe, read_events
from node.terminal.endpoint import Endpoint
from node.terminal.failures import ExitCode, Failure

TOKEN = "fh_secret"


class Player:
    """The other end: answers one connection after the other as it was told, and keeps what it heard."""

    def __init__(self, listener: socket.socket, answers: list[bytes]) -> None:
        self.heard: list[bytes] = []
        self._listener = listener
        self._answers = answers
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def _play(self) -> None:
        for answer in self._answers:
            peer, _ = self._listener.accept()
            with closing(peer):
                self.heard.append(self._hear(peer))
                peer.sendall(answer)

    def _hear(self, peer: socket.socket) -> bytes:
        heard = peer.recv(65_536)
        head, _, body = heard.partition(b"\r\n\r\n")
        length = int((head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]) or b"0")
        while len(body) < length:
            body += peer.recv(65_536)
        return head + b"\r\n\r\n" + body

    def close(self) -> None:
        self._thread.join(timeout=10)
        assert not self._thread.is_alive(), "the client made fewer requests than the test expects"


def ok(body: bytes, *, status: bytes = b"200 OK", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(body), more, body)


STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@contextmanager
def played(
    *answers: bytes, warn: Callable[[str], object] = lambda _: None
) -> Iterator[tuple[ApiClient, Player]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        player = Player(listener, list(answers))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield ApiClient(Endpoint(url=url, token=TOKEN), actor="ada", warn=warn), player
        player.close()


def test_a_read_names_the_actor_and_shows_the_token() -> None:
    with played(ok(b'{"a": 1}')) as (node, player):
        assert node.get("/offers", state="offered", role=None) == {"a": 1}
    head = player.heard[0].decode()
    assert head.startswith("GET /api/v1/offers?state=offered&actor=ada HTTP/1.1\r\n")
    assert f"Authorization: Bearer {TOKEN}\r\n" in head
    assert "Idempotency-Key" not in head


def test_a_write_carries_json_and_a_key_of_its_own() -> None:
    with played(ok(b"{}"), ok(b"")) as (node, player):
        assert node.request("POST", "/offers", {"price": "é"}) == {}
        assert node.request("DELETE", "/tokens/tok_1") == {}
    keys = {heard.partition(b"Idempotency-Key: ")[2].partition(b"\r\n")[0] for heard in player.heard}
    assert len(keys) == 2
    assert all(len(key) == 32 for key in keys)
    assert json.loads(player.heard[0].partition(b"\r\n\r\n")[2]) == {"price": "é"}
    assert b"Content-Type: application/json" in player.heard[0]
    assert b"Content-Type" not in player.heard[1]


def test_a_write_whose_answer_was_lost_is_repeated_once_with_the_same_key() -> None:
    with played(b"", ok(b'{"done": true}')) as (node, player):
        assert node.request("POST", "/offers", {}) == {"done": True}
    first, second = player.heard
    assert first == second
    with played(b"", b"") as (node, _), pytest.raises(Failure) as failed:
        node.request("POST", "/offers", {})
    assert failed.value.exit_code == ExitCode.NETWORK


def test_a_problem_becomes_a_failure() -> None:
    problem = b'{"code": "not-found", "detail": "There is nothing here for you.", "status": 404}'
    with played(ok(problem, status=b"404 Not Found")) as (node, _), pytest.raises(Failure) as failed:
        node.get("/offers/of_1")
    assert (failed.value.code, failed.value.exit_code) == ("not-found", ExitCode.NOT_FOUND)


@pytest.mark.parametrize(
    ("status", "body", "said", "code"),
    [
        (b"404 Not Found", b"<html>", "A proxy may close /api/", ExitCode.NOT_FOUND),
        (b"401 Unauthorized", b"", "it answers 401", ExitCode.NOT_ALLOWED),
        (b"502 Bad Gateway", b"<html>", "reaches no node: it answers 502", ExitCode.NETWORK),
    ],
)
def test_what_a_proxy_says_is_not_said_of_the_node(status: bytes, body: bytes, said: str, code: int) -> None:
    with played(ok(body, status=status)) as (node, _), pytest.raises(Failure) as failed:
        node.get("/node")
    assert said in str(failed.value)
    assert failed.value.exit_code == code


def test_a_certificate_that_is_not_believed_is_told_from_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    def distrust(*_: object) -> None:
        error = ssl.SSLCertVerificationError(1, "certificate verify failed")
        error.verify_message = "unable to get local issuer certificate"
        raise error

    monkeypatch.setattr(http.client.HTTPSConnection, "connect", distrust)
    with pytest.raises(Failure, match="its certificate is not trusted") as failed:
        ApiClient(Endpoint(url="https://node.example", token=TOKEN)).get("/node")
    assert "SSL_CERT_FILE" in failed.value.hint


def test_a_redirect_is_not_followed() -> None:
    moved = ok(b"", status=b"302 Found", more=b"Location: http://127.0.0.1:1/\r\n")
    with played(moved) as (node, _), pytest.raises(Failure, match="The node answered 302"):
        node.get("/node")


@pytest.mark.parametrize("body", [b"<html>", b"[1]", b'"text"', b"\xff"])
def test_what_is_no_json_object_is_no_node(body: bytes) -> None:
    with played(ok(body)) as (node, _), pytest.raises(Failure) as failed:
        node.get("/node")
    assert (failed.value.code, failed.value.exit_code) == ("not-a-node", ExitCode.NETWORK)


def test_a_member_that_another_release_does_not_have_is_no_fault_of_the_command() -> None:
    with played(ok(b'{"handle": "ada", "turned_away": {}, "items": [{}]}')) as (node, _):
        answer = node.get("/node")
    assert answer["handle"] == "ada"
    assert answer.get("claimed") is None
    for part, name in ((answer, "claimed"), (answer["turned_away"], "requests"), (answer["items"][0], "id")):
        with pytest.raises(Failure, match=f"nothing of '{name}'") as failed:
            part[name]
        assert (failed.value.code, failed.value.exit_code) == ("other-release", ExitCode.FAILED)


def test_an_answer_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_client, "ANSWER_LIMIT_BYTES", 10)
    with played(ok(b'{"a": 12345}')) as (node, _), pytest.raises(Failure) as failed:
        node.get("/node")
    assert failed.value.code == "not-a-node"


def test_what_speaks_no_http_is_unreachable() -> None:
    with played(b"SSH-2.0-OpenSSH\r\n\r\n") as (node, _), pytest.raises(Failure) as failed:
        node.get("/node")
    assert failed.value.exit_code == ExitCode.NETWORK


def test_a_node_that_does_not_answer_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        node = ApiClient(Endpoint(url=f"http://127.0.0.1:{listener.getsockname()[1]}", token=TOKEN))
        with pytest.raises(Failure, match="did not answer in time") as failed:
            node.fetch("GET", "/node", timeout_seconds=0.05)
    assert failed.value.exit_code == ExitCode.NETWORK


def test_where_nothing_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    for address, sentence in [
        (
            Endpoint(url=f"http://127.0.0.1:{port}", token=TOKEN),
            r"127\.0\.0\.1:\d+ cannot be reached: nothing listens",
        ),
        (Endpoint(socket_path=tmp_path / "owner.sock"), "No node is running in "),
    ]:
        with pytest.raises(Failure, match=sentence) as failed:
            ApiClient(address).get("/node")
        assert failed.value.exit_code == ExitCode.NETWORK
    assert failed.value.hint.startswith("Start one with: freehold up - or name the folder of one that runs ")


@contextmanager
def socket_that(behaves: Callable[[socket.socket], None], path: Path) -> Iterator[ApiClient]:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        thread = threading.Thread(target=behaves, args=(listener,))
        thread.start()
        yield ApiClient(Endpoint(socket_path=path))
        thread.join(timeout=10)


def test_a_node_that_breaks_off_over_its_socket(tmp_path: Path) -> None:
    def break_off(listener: socket.socket) -> None:
        for _ in range(2):
            listener.accept()[0].close()

    with socket_that(break_off, tmp_path / "owner.sock") as node:
        with pytest.raises(Failure, match="broke off the conversation"):
            node.get("/node")
        assert node.place == str(tmp_path)


def test_a_socket_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(api_client._SocketConnection, "connect", deny)
    with pytest.raises(Failure, match="belongs to another user") as failed:
        ApiClient(Endpoint(socket_path=tmp_path / "owner.sock")).get("/node")
    assert failed.value.exit_code == ExitCode.NOT_ALLOWED


def pages(*them: tuple[list[int], str | None]) -> list[bytes]:
    listed = ({"items": [{"id": n} for n in page], "next": after} for page, after in them)
    return [ok(json.dumps(page).encode()) for page in listed]


def test_pages_follow_their_cursor() -> None:
    pages = [
        {"items": [{"id": n} for n in page], "next": after} for page, after in (([1, 2], "x"), ([3], None))
    ]
    with played(*(ok(json.dumps(page).encode()) for page in pages)) as (node, player):
        assert [item["id"] for item in node.pages("/offers", state="offered")] == [1, 2, 3]
    asked = [heard.split(b" ")[1] for heard in player.heard]
    assert asked == [
        b"/api/v1/offers?limit=100&state=offered&actor=ada",
        b"/api/v1/offers?cursor=x&limit=100&state=offered&actor=ada",
    ]


@pytest.mark.parametrize(
    ("limit", "found"), [(0, []), (1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (9, [1, 2, 3, 4])]
)
def test_pages_stop_at_their_limit(limit: int, found: list[int]) -> None:
    pages = [
        {"items": [{"id": n} for n in page], "next": after} for page, after in (([1, 2], "x"), ([3, 4], None))
    ]
    needed = [ok(json.dumps(page).encode()) for page in pages][: (limit + 1) // 2 if limit < 5 else 2]
    with played(*needed) as (node, _):
        assert [item["id"] for item in node.pages("/offers", limit=limit)] == found


def test_events_are_read_as_they_come() -> None:
    lines = [
        b"retry: 2000\n",
        b"\n",
        b": still here\n",
        b"\n",
        b"id: 7\r\n",
        b"event: offer\r\n",
        b'data: {"offer":\r\n',
        b'data: "of_1"}\r\n',
        b"\r\n",
        b"data:{}\n",
        b"\n",
        b"data: no json\n",
        b"\n",
        b"data: [1]\n",
        b"\n",
        b'data: {"never": "ended"}\n',
    ]
    assert list(read_events(lines)) == [
        ServerEvent("7", "offer", {"offer": "of_1"}),
        ServerEvent("", "message", {}),
    ]
    begun = [b"retry: 2000\n", b"id: 6\n", b"\n", b"id: 7\n", b"data: no json\n", b"\n"]
    assert list(read_events(begun)) == [ServerEvent("6", "", {})]


def test_a_broken_stream_is_taken_up_where_it_ended() -> None:
    answers = (
        ok(b"{}"),
        STREAM + b'id: 7\nevent: offer\ndata: {"n": 1}\n\n',
        STREAM + b'id: 8\nevent: offer\ndata: {"n": 2}\n\n',
    )
    with played(*answers) as (node, player), closing(node.events(pauses=(0.0,))) as events:
        seen = [next(events) for _ in range(4)]
    assert [event.kind for event in seen] == [OPENED, "offer", OPENED, "offer"]
    assert [event.document.get("n") for event in seen] == [None, 1, None, 2]
    assert b"Last-Event-ID" not in player.heard[1]
    assert b"Last-Event-ID: 7\r\n" in player.heard[2]


def test_a_stream_that_the_node_ends_is_taken_up_from_where_it_began() -> None:
    over = STREAM + b'retry: 2000\nid: 6\n\nevent: closing\ndata: {"reason": "draining"}\n\n'
    draining = ok(b'{"code": "draining", "detail": "It is stopping."}', status=b"503 Service Unavailable")
    answers = (ok(b"{}"), over, draining, STREAM + b'id: 7\nevent: offer\ndata: {"n": 1}\n\n')
    with played(*answers) as (node, player), closing(node.events(pauses=(0.0,) * 2)) as events:
        assert [next(events).kind for _ in range(3)] == [OPENED, OPENED, "offer"]
    assert b"Last-Event-ID: 6\r\n" in player.heard[3]


def test_a_stream_is_taken_up_when_the_node_behind_a_proxy_is_back() -> None:
    away = ok(b"<html>", status=b"502 Bad Gateway")
    starting = ok(b'{"code": "starting", "detail": "It is starting."}', status=b"503 Service Unavailable")
    answers = (ok(b"{}"), STREAM, away, starting, STREAM + b'id: 8\nevent: offer\ndata: {"n": 2}\n\n')
    with played(*answers) as (node, _), closing(node.events(pauses=(0.0,) * 3)) as events:
        assert [next(events).kind for _ in range(3)] == [OPENED, OPENED, "offer"]
    with played(ok(b"{}"), away, away) as (node, _), pytest.raises(Failure, match="reaches no node"):
        next(node.events(pauses=(0.0,)))


def test_a_stream_that_keeps_breaking_is_given_up() -> None:
    told: list[str] = []
    answers = (ok(b"{}"), STREAM, STREAM, STREAM)
    with played(*answers, warn=told.append) as (node, _), pytest.raises(Failure) as failed:
        for _ in node.events(pauses=(0.0, 0.0)):
            pass
    assert failed.value.exit_code == ExitCode.NETWORK
    assert told == ["  The node does not answer any more; it is tried again."]


def test_an_id_that_nothing_has_is_to_be_found_in_its_own_list() -> None:
    unknown = b'{"code": "unknown-id", "detail": "Nothing.", "hint": "A list shows the ids that exist."}'
    for path, hint in (
        ("/offers/of_1/accept", "See: freehold offer list"),
        ("/agreements/agr_1", "See: freehold agreement list"),
        ("/offers", "A list shows the ids that exist."),
    ):
        with played(ok(unknown, status=b"404 Not Found")) as (node, _), pytest.raises(Failure) as failed:
            node.get(path)
        assert (failed.value.hint, failed.value.problem["hint"]) == (hint, hint)


def test_a_refused_stream_is_not_tried_again() -> None:
    refused = ok(b'{"code": "too-many-streams", "detail": "Too many."}', status=b"429 Too Many Requests")
    with played(ok(b"{}"), refused) as (node, _), pytest.raises(Failure, match="Too many"):
        next(node.events())


def test_a_stream_ends_when_its_time_is_over() -> None:
    with played(ok(b"{}"), STREAM + b"data: {}\n\n") as (node, _):
        assert len(list(node.events(seconds=0.2, pauses=(0.3,)))) == 2


def test_a_stream_that_is_silent_ends_when_its_time_is_over() -> None:
    def be_silent(listener: socket.socket) -> None:
        with closing(listener.accept()[0]) as first:
            first.recv(65_536)
            first.sendall(ok(b"{}"))
        with closing(listener.accept()[0]) as second:
            second.recv(65_536)
            second.sendall(STREAM)
            second.recv(65_536)

    path = Path(os.environ["XDG_DATA_HOME"]).parent / "owner.sock"
    with socket_that(be_silent, path) as node:
        assert [event.kind for event in node.events(seconds=0.2)] == [OPENED]


def test_probing_an_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        player = Player(listener, [ok(b"{}", status=b"404 Not Found")])
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert probe(origin, "/livez", timeout_seconds=5, media="*/*") == Probed(404, {})
        player.close()
    with pytest.raises(Failure, match="cannot be reached: nothing listens there") as failed:
        probe(origin, "/livez", timeout_seconds=5, media="*/*")
    assert failed.value.exit_code == ExitCode.NETWORK


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (socket.gaierror(-2, "Name or service not known"), "its name leads to no address"),
        (ssl.SSLError(1, "wrong version number"), "does not speak TLS"),
        (TimeoutError("timed out"), "did not answer in time"),
        (OSError(101, "Network is unreachable"), "Network is unreachable"),
        (http.client.BadStatusLine("x"), "does not speak HTTP"),
    ],
    ids=repr,
)
def test_why_an_address_does_not_answer_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(http.client.HTTPConnection, "connect", fail)
    with pytest.raises(Failure, match=said):
        probe("http://node.example", "/livez", timeout_seconds=5, media="*/*")


def test_https_is_spoken_where_the_address_says_so() -> None:
    dialled = api_client._dial("https://node.example:8443", 5)
    assert isinstance(dialled, http.client.HTTPSConnection)
    assert (dialled.host, dialled.port) == ("node.example", 8443)
