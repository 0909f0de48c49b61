"""UI: what a web page in the owner's browser could do to a node without pages: to its API and its events."""

from collections.abc import Mapping
from typing import Final

from node.web.api import PREFIX
from node.web.edge.problems import SECURITY_HEADERS
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.nodes import place
from tests.attacks.programs import ask, paths, program, shot
from tests.attacks.wire import Answer, Shot, dial, read_answer
from tests.attacks.world import World, expect

_FORM: Final = b"name=evil&scopes=admin"
_WISH: Final = b'{"name":"evil","deadline":"2099-01-01T00:00:00Z","currency":"EUR","audience":["public"]}'

PAGES: Final[Mapping[str, tuple[str, str, bytes, Mapping[str, str]]]] = {
    "a form": ("POST", "/tokens", _FORM, {"Content_Type": "application/x-www-form-urlencoded"}),
    "a form with files": ("POST", "/tokens", _FORM, {"Content_Type": "multipart/form-data; boundary=x"}),
    "JSON as text": ("POST", "/intentions", _WISH, {"Content_Type": "text/plain"}),
    "JSON as it is": ("POST", "/intentions", _WISH, {"Content_Type": "application/json"}),
    "no origin": ("POST", "/journal/rebuild", b"", {}),
    "the origin null": ("POST", "/journal/rebuild", b"", {"Origin": "null"}),
    "the node's own origin": (
        "POST",
        "/journal/rebuild",
        b"",
        {"Origin": "{origin}", "Referer": "{origin}/"},
    ),
    "a sibling's origin": ("POST", "/journal/rebuild", b"", {"Origin": "http://evil.127.0.0.1"}),
    "as if by the node's own page": (
        "POST",
        "/journal/rebuild",
        b"",
        {"HX_Request": "true", "X_Requested_With": "XMLHttpRequest", "Sec_Fetch_Site": "same-origin"},
    ),
    "another method in a header": ("GET", "/tokens", b"", {"X_HTTP_Method_Override": "POST"}),
    "a deletion": ("DELETE", "/tokens/tok_1", b"", {}),
}


def by_a_page(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Attack:
    """Ask as a page of somebody else does in the owner's browser, which has no token to show."""

    def attack(world: World) -> Answer:
        written = {name: value.format(origin=world.node.origin) for name, value in headers.items()}
        page = {"Origin": "http://evil.example", "Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}
        asked = shot(world, method, path).carrying(body) if method != "GET" else shot(world, method, path)
        return world.throw(asked.having(**(page | written)))

    return attack


def looking(world: World) -> Answer:
    """Get everything there is to get, with a token that may do everything: it changes nothing."""
    known = program(world, "admin")
    world.hold()
    asked = [path for _, path in paths("GET") if path != "/events"]
    answers = [ask(world, "GET", path, token=known.secret) for path in asked]
    expect({answer.status for answer in answers} <= {200, 400, 404}, "all of it is answered")
    heads = [ask(world, "HEAD", path, token=known.secret, Connection="close") for path in asked[:3]]
    expect({answer.status for answer in heads} == {405}, "a HEAD is not")
    return answers[0]


# --- UI-05, UI-08: what comes back --------------------------------------------------------------------------

REFLECTED: Final = (
    "q",
    "sort",
    "next",
    "error",
    "filter",
    "id",
    "cursor",
    "state",
    "limit",
    "actor",
    "callback",
)


def reflected(name: str) -> Attack:
    """Put markup into a parameter."""
    return lambda world: world.owner("GET", f"/offers?{name}=%22%3E%3Cscript%3Eevil()%3C/script%3E")


def every_answer(world: World) -> Answer:
    """Look at the headers of every kind of answer: nothing of it may be framed, sniffed or run."""
    known = program(world, "admin")
    world.hold()
    answers = {
        f"{item.method} {path}": ask(world, item.method, path, token=known.secret)
        for item, path in paths("GET")
        if path != "/events"
    }
    for path in (
        "/",
        "/nothing",
        "/inbox",
        "/actor",
        "/livez",
        "/readyz",
        "/metrics",
        "/.well-known/nodeinfo",
    ):
        answers[path] = world.get(path)
    answers["a path of another spelling"] = world.get("//inbox")
    answers["another host"] = world.get("/", Host="evil.example")
    answers["another method"] = world.throw(Shot("/actor", (("Host", world.host), ("Content-Length", "0"))))
    answers["no HTTP"] = world.throw(b"NOISE\r\n\r\n")
    answers["an expectation"] = world.throw(
        Shot("/actor", (("Host", world.host), ("Expect", "evil")), b"", "GET")
    )
    answers["no token"] = ask(world, "GET", "/tokens")
    answers["events"] = stream(world, known.secret)
    for what, answer in answers.items():
        for name, value in SECURITY_HEADERS.items():
            shown = f"{what} is answered {answer.status} with {name}: {answer.header(name)!r}"
            expect(answer.header(name) == value, shown)
    kinds = {answer.status for answer in answers.values()}
    expect(kinds >= {200, 400, 401, 404, 405, 417, 421}, f"there are answers of every kind, not {kinds}")
    return answers["/nothing"]


def stream(world: World, token: str) -> Answer:
    """Open an event stream, and read its head."""
    with dial(place(world.node)) as connection:
        connection.sendall(shot(world, "GET", "/events", token=token).render())
        return read_answer(connection)


# --- UI-14: event streams -----------------------------------------------------------------------------------


def too_many(world: World) -> Answer:
    """Open more streams than a token may hold, and then one less."""
    known = program(world, "read")
    limit = int(world.limit["streams_per_token"])
    opened = [dial(place(world.node)) for _ in range(limit)]
    try:
        asked = shot(world, "GET", "/events", token=known.secret).render()
        for connection in opened:
            connection.sendall(asked)
            expect(b"200 OK" in connection.recv(65_536), "a stream that may be open is opened")
        world.hold()
        answer = ask(world, "GET", "/events", token=known.secret)
        other = program(world, "read")
        expect(stream(world, other.secret).status == 200, "another program is not held up")
        world.hold()
        return answer
    finally:
        for connection in opened:
            connection.close()


POSITIONS: Final = {
    "a word": "evil",
    "a negative place": "-1",
    "a fraction": "1.5",
    "other digits": "\xb2",
    "a place too far": "9" * 17,
    "nothing": "",
}


def from_the_past(position: str) -> Attack:
    """Ask for events after something that is no place in the journal."""

    def attack(world: World) -> Answer:
        asked = Shot(f"{PREFIX}/events", (("Host", "owner"), ("Last-Event-ID", position)), method="GET")
        known = program(world, "read")
        world.hold()
        return world.throw(asked.having(Host=world.host, Authorization=f"Bearer {known.secret}"))

    return attack


CASES: Final[tuple[Case, ...]] = (
    case("UI-00", "everything there is to get", looking, 200),
    *vectors("UI-01", {name: by_a_page(*asked) for name, asked in PAGES.items()}, 401, "token"),
    *vectors("UI-05", {name: reflected(name) for name in REFLECTED}, (400, 404)),
    case("UI-08", "on every answer", every_answer, 404, "not-found"),
    case("UI-14", "without a token", lambda world: ask(world, "GET", "/events"), 401, "token"),
    case(
        "UI-14",
        "from another origin",
        lambda world: ask(world, "GET", "/events", Origin="http://evil.example", Accept="text/event-stream"),
        401,
        "token",
    ),
    case(
        "UI-14",
        "under another name",
        lambda world: ask(world, "GET", "/events", Host="evil.example"),
        421,
        "wrong-host",
    ),
    case("UI-14", "more than a token may hold", too_many, 429, "too-many-streams"),
    *vectors(
        "UI-14",
        {f"after {name}": from_the_past(position) for name, position in POSITIONS.items()},
        400,
        "invalid-parameter",
    ),
)
