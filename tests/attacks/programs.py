"""The owner's API as strangers and programs reach it: over the public port, with a token or without one."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from node.web.api import PREFIX
from node.web.api.operations import Operation
from tests.attacks.wire import Answer, Shot
from tests.attacks.world import World, expect
from tests.whole import OPERATIONS


@dataclass(frozen=True, slots=True)
class Program:
    """A program of the owner's, with a token that was used before."""

    id: str
    secret: str


def program(world: World, *scopes: str) -> Program:
    """Make a token for a program and let the program use it once, so that the use is on record."""
    made = world.asked("POST", "/tokens", {"name": "a program", "scopes": list(scopes)})
    used = ask(world, "GET", "/node", token=made["secret"])
    expect(used.status == 200, f"a valid token is taken, not answered {used.status}")
    return Program(made["id"], made["secret"])


def shot(
    world: World, method: str, path: str, *, token: str = "", body: object = None, **headers: str
) -> Shot:
    """Write a request to the owner's API at the public port."""
    content = b"" if body is None else orjson.dumps(body)
    written = Shot(PREFIX + path, (("Host", world.host),), content, method)
    if token:
        written = written.having(Authorization=f"Bearer {token}")
    if body is not None:
        written = written.having(Content_Type="application/json")
    if method != "GET":
        written = written.having(Content_Length=str(len(content)))
    return written.having(**headers)


def ask(
    world: World, method: str, path: str, *, token: str = "", body: object = None, **headers: str
) -> Answer:
    """Send a request to the owner's API at the public port."""
    return world.throw(shot(world, method, path, token=token, body=body, **headers))


def paths(*methods: str, scopes: Sequence[str] = ("read", "write", "admin")) -> list[tuple[Operation, str]]:
    """List the operations of these methods and scopes, each with a path that names nothing there is."""
    chosen = [item for item in OPERATIONS if item.method in methods and str(item.scope) in scopes]
    return [(item, item.path.replace("{id}", "int_00000000000000000000000000")) for item in chosen]


def alike(answers: Sequence[Answer], what: str) -> Answer:
    """Demand that answers are the same byte for byte but for the time they name; return the first."""
    shown = {
        (answer.status, tuple(pair for pair in answer.headers if pair[0].lower() != "date"), answer.body)
        for answer in answers
    }
    expect(len(shown) == 1, f"{what} {sorted({answer.status for answer in answers})}")
    return answers[0]
