"""AU: the ways in to what is the owner's: tokens at the public port, the socket in the folder, first runs."""

import errno
import os
import secrets
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from node.web.api import PREFIX
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.nodes import (
    ROOT,
    ProcessNode,
    environment,
    freehold,
    place,
    socket_path,
    until,
)
from tests.attacks.programs import Program, alike, ask, paths, program, shot
from tests.attacks.wire import Answer, Shot, exchange
from tests.attacks.world import World, expect

_NOBODY: Final = 65_534  # the user that owns nothing, on every system
_ELSEWHERE: Final = "127.0.4.4"  # an address that nobody honest uses
_TRIES: Final = 60  # more than a rationed node answers one address at once


def in_use(world: World) -> Answer:
    """Use a token as it is meant."""
    return ask(world, "GET", "/node", token=program(world, "read").secret)


# --- AU-02, AU-13: what opens nothing -----------------------------------------------------------------------

COOKIES: Final = (
    "session=1",
    "__Host-session=evil; freehold=evil",
    "token={secret}",
    "Authorization=Bearer {secret}",
)


def with_cookie(cookie: str) -> Attack:
    """Show a cookie where a token is asked for, the token itself in it."""

    def attack(world: World) -> Answer:
        known = program(world, "admin")
        world.hold()
        answers = [
            ask(world, method, item, Cookie=cookie.format(secret=known.secret))
            for method, item in (("GET", "/tokens"), ("GET", "/offers"), ("POST", "/journal/rebuild"))
        ]
        for answer in answers:
            expect(not answer.header("Set-Cookie"), "nobody is given a cookie")
        return alike(answers, "a cookie opens nothing")

    return attack


def no_cookies(world: World) -> Answer:
    """Look at every kind of answer for a cookie."""
    known = program(world, "admin")
    answers = [ask(world, "GET", path, token=known.secret) for _, path in paths("GET") if path != "/events"]
    answers += [world.get(path) for path in ("/", "/actor", "/.well-known/nodeinfo", "/livez", "/metrics")]
    expect(not any(answer.header("Set-Cookie") for answer in answers), "nobody is given a cookie")
    return in_use(world)


SHOWN: Final[Mapping[str, Callable[[Program], dict[str, str]]]] = {
    "nothing": lambda _: {},
    "another secret": lambda _: {"Authorization": f"Bearer fh_{secrets.token_urlsafe(32)}"},
    "the beginning of the secret": lambda known: {"Authorization": f"Bearer {known.secret[:-1]}"},
    "more than the secret": lambda known: {"Authorization": f"Bearer {known.secret}A"},
    "the secret in other letters": lambda known: {"Authorization": f"Bearer {known.secret.swapcase()}"},
    "the secret without its prefix": lambda known: {"Authorization": f"Bearer {known.secret[3:]}"},
    "the id": lambda known: {"Authorization": f"Bearer {known.id}"},
    "another scheme": lambda known: {"Authorization": f"Basic {known.secret}"},
    "no scheme": lambda known: {"Authorization": known.secret},
    "a list": lambda known: {"Authorization": f"Bearer {known.secret}, Bearer {known.secret}"},
    "a blank in front": lambda known: {"Authorization": f"Bearer  {known.secret}"},
    "another header": lambda known: {"X-Authorization": f"Bearer {known.secret}", "X-Api-Key": known.secret},
    "something endless": lambda _: {"Authorization": f"Bearer {'A' * 4_000}"},
    "letters beyond ASCII": lambda known: {"Authorization": f"Bearer {known.secret}\xe9"},
    "NUL, escaped": lambda known: {"Authorization": f"Bearer {known.secret}%00"},
    "a pattern": lambda _: {"Authorization": "Bearer %"},
    "a query": lambda _: {"Authorization": "Bearer ' OR 1=1 --"},
}


def showing(headers: Callable[[Program], dict[str, str]]) -> Attack:
    """Show something in place of a token: it is answered like nothing at all."""

    def attack(world: World) -> Answer:
        known = program(world, "admin")
        world.hold()
        return alike(
            [
                world.throw(shot(world, "GET", "/tokens").also(*headers(known).items())),
                ask(world, "GET", "/tokens"),
            ],
            "whatever is shown is answered alike",
        )

    return attack


def twice(world: World) -> Answer:
    """Show the right token beside a wrong one."""
    known = program(world, "admin")
    world.hold()
    right, wrong = ("Authorization", f"Bearer {known.secret}"), ("Authorization", "Bearer fh_evil")
    return alike(
        [world.throw(shot(world, "GET", "/tokens").also(*pair)) for pair in ((right, wrong), (wrong, right))],
        "two tokens are none",
    )


def in_the_address(world: World) -> Answer:
    """Put the token where it would be logged."""
    known = program(world, "admin")
    world.hold()
    names = ("access_token", "token", "api_key")
    return alike(
        [ask(world, "GET", f"/tokens?{name}={known.secret}") for name in names], "no token in addresses"
    )


def revoked(world: World) -> Answer:
    """Use a token after it was revoked."""
    known = program(world, "admin")
    world.asked("DELETE", f"/tokens/{known.id}")
    world.hold()
    return alike(
        [ask(world, "GET", "/tokens", token=known.secret), ask(world, "GET", "/tokens", token="fh_x")],
        "a revoked token is answered like none",
    )


def what_exists(world: World) -> Answer:
    """Learn without a token which actors, ids and parameters there are."""
    wanted = world.cast()
    world.hold()
    there = (
        "/node?actor={handle}",
        f"/intentions/{wanted.id}",
        f"/intentions/{wanted.id[:8]}",
        "/offers?limit=1",
    )
    absent = ("/node?actor=nobody", "/intentions/int_0", "/offers?limit=x", "/offers?evil=1")
    asked = [ask(world, "GET", world.spell(path)) for path in (*there, *absent)]
    return alike(asked, "what exists is answered like what does not")


# --- AU-04: trying ------------------------------------------------------------------------------------------


def trying(world: World) -> Answer:
    """Try one token after the other; the owner is not locked out by that."""
    answers: list[Answer] = []
    while len(answers) < _TRIES and (not answers or answers[-1].status == 401):
        guess = shot(world, "GET", "/tokens", token=f"fh_{secrets.token_urlsafe(32)}")
        answers.append(world.throw(guess, source=_ELSEWHERE))
    expect({answer.status for answer in answers} == {401, 429}, "each guess is answered alike, until none is")
    expect(int(answers[-1].header("Retry-After")) >= 1, "and it says how long that goes on")
    expect(world.owner("GET", "/tokens").status == 200, "the owner's socket is open all the while")
    return answers[-1]


def many_tries(world: World) -> Answer:
    """Try a thousand tokens where nothing slows it down."""
    known = program(world, "read")
    world.hold()
    answers = [ask(world, "GET", "/tokens", token=f"fh_{secrets.token_urlsafe(32)}") for _ in range(1_000)]
    expect(ask(world, "GET", "/node", token=known.secret).status == 200, "nobody else is locked out")
    return alike(answers, "a thousand guesses are answered alike")


# --- AU-05: the first run -----------------------------------------------------------------------------------


def first_come(world: World) -> Answer:
    """Be the first to knock at a node that was just set up, before and after it starts again."""
    assert world.realm is not None
    node = ProcessNode(world.realm.folder("first")).start()
    try:
        answers = claims(node)
        node.stop()
        answers += claims(node.start())
    finally:
        node.stop()
    expect("fh_" not in "".join(node.log), "no token ends in a log")
    return alike(answers, "nobody becomes the owner by knocking first")


def claims(node: ProcessNode) -> list[Answer]:
    """Ask a node for a token of one's own."""
    body = b'{"name":"evil","scopes":["admin"]}'
    host = f"127.0.0.1:{node.port}"
    asked = Shot(f"{PREFIX}/tokens", (("Host", host), ("Content-Type", "application/json")), body)
    made = asked.having(Content_Length=str(len(body)))
    return [exchange(place(node), one.render()) for one in (made, made.having(Authorization="Bearer "))]


# --- AU-07: who else is on the machine ----------------------------------------------------------------------


def on_the_command_line(world: World) -> Answer:
    """Name a token on a command line, and look at the command line of one that got it otherwise."""
    known = program(world, "read")
    for words in (["--token", known.secret], [f"--token={known.secret}"], ["--password", known.secret]):
        done = subprocess.run(
            [*freehold(world.node.data), *words, "node", "status"],
            cwd=ROOT, env=environment({}), capture_output=True, timeout=60,
        )  # fmt: skip
        expect(done.returncode == 2, f"there is no such option, but it ends with {done.returncode}")
    watching = subprocess.Popen(
        [*freehold(world.node.data), "--node", world.node.origin, "offer", "watch", "--for", "1 min"],
        cwd=ROOT, env=environment({"TOKEN": known.secret}), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        until(lambda: b"freehold_event_streams 1.0" in world.get("/metrics").body, seconds=60.0)
        shown = command_line(watching.pid)
    finally:
        watching.terminate()
        said = b"".join(watching.communicate(timeout=30))
    expect(b"watch" in shown, "the command line can be seen")
    expect(known.secret.encode() not in shown + said, "the token cannot")
    return in_use(world)


def command_line(pid: int) -> bytes:
    """Return what every user of this machine sees of a process."""
    listed = Path(f"/proc/{pid}/cmdline")
    if listed.exists():
        return listed.read_bytes()
    return subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, timeout=10).stdout


# --- AU-08: what a token may do -----------------------------------------------------------------------------


def reaching_beyond(*scopes: str, wanted: tuple[str, ...]) -> Attack:
    """Do everything that a token's scopes do not cover."""

    def attack(world: World) -> Answer:
        known = program(world, *scopes)
        world.hold()
        refused = [
            (item, ask(world, item.method, path, token=known.secret))
            for item, path in paths("GET", "POST", "PUT", "PATCH", "DELETE", scopes=wanted)
        ]
        for item, answer in refused:
            expect(answer.status == 403, f"{item.method} {item.path} answers {answer.status} to {scopes}")
        return refused[-1][1]

    return attack


def more_for_oneself(world: World) -> Answer:
    """Make a token that may do more than the one it is made with."""
    known = program(world, "write")
    world.hold()
    return ask(world, "POST", "/tokens", token=known.secret, body={"name": "more", "scopes": ["admin"]})


def no_such_scope(world: World) -> Answer:
    """Ask for a scope that does not exist."""
    world.hold()
    return world.owner("POST", "/tokens", {"name": "more", "scopes": ["owner"]})


# --- AU-10: words of a proxy --------------------------------------------------------------------------------

SPOOFS: Final[Mapping[str, Mapping[str, str]]] = {
    "Remote-User": {"Remote-User": "ada", "Remote-Name": "Ada", "Remote-Groups": "admin"},
    "X-Forwarded-User": {"X-Forwarded-User": "ada", "X-Forwarded-Email": "ada@ada.example"},
    "X-Remote-User": {"X-Remote-User": "ada", "X-WebAuth-User": "ada", "X-Authenticated-User": "ada"},
    "a forwarded loopback": {
        "X-Forwarded-For": "127.0.0.1",
        "X-Real-Ip": "127.0.0.1",
        "Forwarded": "for=127.0.0.1",
    },
    "a client certificate": {"X-Ssl-Client-Verify": "SUCCESS", "X-Client-Cert": "evil"},
    "a socket": {"X-Forwarded-Host": "owner", "X-Forwarded-Proto": "unix", "X-Forwarded-For": "owner.sock"},
}


def spoofing(headers: Mapping[str, str]) -> Attack:
    """Say what a proxy would say of somebody who has signed in."""

    def attack(world: World) -> Answer:
        asked = [
            ask(world, "GET", "/tokens"),
            world.throw(shot(world, "GET", "/tokens").also(*headers.items())),
        ]
        return alike(asked, "a header makes nobody the owner")

    return attack


# --- AU-11: the socket --------------------------------------------------------------------------------------

_KNOCK: Final = """
import os, socket, sys
name, user = sys.argv[1], int(sys.argv[2])
if user:
    os.setgroups([]); os.setgid(user); os.setuid(user)
with socket.socket(socket.AF_UNIX) as knocking:
    knocking.settimeout(10)
    try:
        knocking.connect(name)
        knocking.sendall(b"GET /api/v1/tokens HTTP/1.1\\r\\nHost: owner\\r\\n\\r\\n")
        print(knocking.recv(100).decode("latin-1"), end="")
    except PermissionError:
        print("closed", end="")
    except ConnectionError:
        pass
"""


def modes_of_the_socket(world: World) -> Answer:
    """Look at who may reach the socket."""
    path = socket_path(world.node)
    expect(stat.S_IMODE(path.lstat().st_mode) == 0o600, "the socket is its owner's")
    expect(stat.S_IMODE(path.parent.lstat().st_mode) == 0o700, "the folder is its owner's")
    return world.get("/api/v1/tokens")


def knock(path: Path, user: int) -> str:
    """Ask for the tokens over the socket, as another user if `user` is not 0."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", _KNOCK, path.name, str(user)],
        cwd=path.parent, capture_output=True, timeout=60, text=True,
    )  # fmt: skip
    expect(done.returncode == 0, f"knocking failed: {done.stderr[-200:]}")
    return done.stdout


def in_its_place(world: World) -> Answer:
    """Answer for the node where a browser looks for `localhost` first, as any user of the machine may try."""
    try:
        socket.create_server(("::1", world.node.port), family=socket.AF_INET6).close()
    except OSError as error:
        expect(error.errno in {errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}, str(error))
    else:
        expect(False, "nobody else listens there")
    return world.get("/api/v1/tokens")


def another_user(world: World) -> Answer:
    """Use the socket as somebody else, first as it is and then with every mode wide open.

    Who is not root cannot become somebody else; then the modes are what is looked at.
    """
    path = socket_path(world.node)
    expect("200 OK" in knock(path, 0), "its owner is let in")
    if os.geteuid() == 0:
        expect(knock(path, _NOBODY) == "closed", "the folder is closed to another user")
        try:
            path.parent.chmod(0o711)
            path.chmod(0o777)
            expect(knock(path, _NOBODY) == "", "another user is hung up on")
        finally:
            path.chmod(0o600)
            path.parent.chmod(0o700)
    return modes_of_the_socket(world)


# --- AU-14: a page in the owner's browser -------------------------------------------------------------------

REBOUND: Final = (
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1.evil.example:{port}",
    "localhost.evil.example:{port}",
    "localhost:1",
    "127.0.0.1",
    "192.168.1.5:{port}",
    "[::ffff:127.0.0.1]:{port}",
    "0.0.0.0:{port}",
    "127.1:{port}",
    "localhost.:{port}",
    "",
)


def rebound(host: str) -> Attack:
    """Come under a name that now leads here, with a token, as a page that has stolen one would."""

    def attack(world: World) -> Answer:
        known = program(world, "admin")
        world.hold()
        named = host.format(port=world.node.port)
        return ask(world, "GET", "/tokens", token=known.secret, Host=named, Origin=f"http://{named}")

    return attack


def across_origins(method: str, **headers: str) -> Attack:
    """Ask as a page of another origin does."""

    def attack(world: World) -> Answer:
        world.hold()
        answer = ask(world, method, "/tokens", Origin="http://evil.example", **headers)
        allowed = [name for name, _ in answer.headers if name.lower().startswith("access-control-")]
        expect(not allowed, f"nothing is allowed to other origins, and not by {allowed}")
        return answer

    return attack


CASES: Final[tuple[Case, ...]] = (
    case("AU-00", "a token as it is meant", in_use, 200),
    *vectors("AU-02", {f"as {cookie}": with_cookie(cookie) for cookie in COOKIES}, 401, "token"),
    case("AU-02", "nowhere is one set", no_cookies, 200),
    case("AU-04", "faster than it is answered", trying, 429, "too-many-requests", node="rationed"),
    case("AU-04", "a thousand times", many_tries, 401, "token", quick=False),
    case("AU-05", "a stranger comes first", first_come, 401, "token", quick=False),
    case("AU-07", "a token on a command line", on_the_command_line, 200, quick=False),
    case("AU-08", "with leave to read", reaching_beyond("read", wanted=("write", "admin")), 403, "scope"),
    case("AU-08", "with leave to write", reaching_beyond("write", wanted=("admin",)), 403, "scope"),
    case("AU-08", "more for oneself", more_for_oneself, 403, "scope"),
    case("AU-08", "a scope of one's own", no_such_scope, 422, "invalid-shape"),
    *vectors("AU-10", {name: spoofing(headers) for name, headers in SPOOFS.items()}, 401, "token"),
    *vectors(
        "AU-10",
        {f"{name}, by a trusted proxy": spoofing(headers) for name, headers in SPOOFS.items()},
        401,
        "token",
        node="proxied",
    ),
    case("LO-15", "in its place at localhost", in_its_place, 401, "token"),
    case("AU-11", "its modes", modes_of_the_socket, 401, "token"),
    case("AU-11", "another user", another_user, 401, "token", node="hasty"),
    *vectors("AU-13", {name: showing(headers) for name, headers in SHOWN.items()}, 401, "token"),
    case("AU-13", "two tokens", twice, 401, "token"),
    case("AU-13", "a token in the address", in_the_address, 401, "token"),
    case("AU-13", "a revoked token", revoked, 401, "token"),
    case("AU-13", "what exists", what_exists, 401, "token"),
    *vectors("AU-14", {host or "no name": rebound(host) for host in REBOUND}, 421, "wrong-host"),
    *vectors(
        "AU-14",
        {
            "a preflight": across_origins("OPTIONS", Access_Control_Request_Method="GET"),
            "a preflight into a private network": across_origins(
                "OPTIONS",
                Access_Control_Request_Method="POST",
                Access_Control_Request_Headers="authorization",
                Access_Control_Request_Private_Network="true",
            ),
        },
        405,
        "method-not-allowed",
    ),
    case("AU-14", "a request from another origin", across_origins("GET"), 401, "token"),
)
