"""`freehold tray`: rows that the owner's other systems hand in, signed or by the API."""

import json
from typing import Annotated, Final

from typer import Argument, Option

from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.failures import usage
from node.terminal.nouns import NOUNS
from node.terminal.printing import fields
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["tray"].line)

_SENDERS: Final = "/tray/senders"
_LONGEST_KEY_BYTES: Final = 200

ROWS: Final = (
    Column("kind", lambda item: str(item.get("kind") or "")),
    Column("id there", lambda item: str(item.get("external_id") or ""), long=True),
    Column("sender", lambda item: phrases.short(item.get("sender") or ""), spare=1),
    Column("changed", lambda item: phrases.date_and_time(item.get("changed_at"))),
)
OUTCOMES: Final = (*ROWS[:2], Column("outcome", lambda item: str(item.get("outcome") or "")))
SENDERS: Final = (
    Column("sender", lambda item: phrases.short(item["id"])),
    Column("name", lambda item: str(item.get("name") or ""), long=True),
    Column("posts to", lambda item: str(item.get("url") or ""), long=True, spare=1),
    Column("last received", lambda item: phrases.date_and_time(item.get("received_at"))),
)

Id = Annotated[str, Argument(metavar="SENDER", help="Its id, or the beginning of it.")]
KeyFile = Annotated[
    str, Option("--key-file", metavar="FILE", help="Where what it signs with is (whsec_, whpk_); - is stdin.")
]


@verb(app, "list", streams=True)
def list_rows(
    call: CommandCall,
    *,
    after: Annotated[int, Option("--after", metavar="PLACE", help="Only what changed behind it.")] = 0,
) -> None:
    """List the rows in the tray, in the order of their last changes, a hundred at most."""
    found = call.node.get("/tray", after=after, limit=100)["items"]
    call.listing(found, ROWS, empty="The tray is empty.")


@verb(app, "put", writes=True)
def put(
    call: CommandCall,
    file: Annotated[str, Argument(metavar="FILE", help="A JSON list of rows; - is stdin.")],
) -> None:
    """Hand rows in, and say of each whether it was created, updated or unchanged."""
    try:
        rows = json.loads(call.read(file))
    except ValueError:
        raise usage(
            f"{file} is no JSON.", 'A row: {"kind": "…", "external_id": "…", "fields": {…}}'
        ) from None
    answer = call.write("POST", "/tray", {"rows": rows})
    call.listing(answer["items"], OUTCOMES, empty="Nothing was handed in.")


@verb(app, "remove", writes=True)
def remove(
    call: CommandCall,
    kind: Annotated[str, Argument(metavar="KIND", help="Its kind.")],
    external_id: Annotated[str, Argument(metavar="ID", help="What the other system calls it.")],
    *,
    sender: Annotated[str, Option("--sender", metavar="SENDER", help="The id of who handed it in.")] = "",
) -> None:
    """Take a row out of the tray."""
    named = {"sender": sender, "kind": kind, "external_id": external_id}
    removed = call.write("POST", "/tray/remove", named)
    call.out.show(removed, [f"  Removed: {removed['kind']} {removed['external_id']}."])


@verb(app, "senders", streams=True)
def list_senders(call: CommandCall) -> None:
    """List who may hand rows in by signed webhooks."""
    call.listing(call.node.get(_SENDERS)["items"], SENDERS, empty="Nobody may hand rows in.")


@verb(app, "allow", writes=True)
def allow(
    call: CommandCall,
    name: Annotated[str, Argument(metavar="NAME", help="What you call the system.")],
    *,
    key_file: KeyFile = "",
) -> None:
    """Let a system hand rows in. Its secret, if this node makes one, is shown once, on stdout."""
    made = _made(call, _SENDERS, {"name": name, **_key(call, key_file)})
    _show(call, made)


@verb(app, "rotate", writes=True)
def rotate(
    call: CommandCall,
    id: Id,
    *,
    key_file: KeyFile = "",
    overlap: Annotated[
        int, Option("--overlap", metavar="HOURS", help="How long the one before is taken too; 168 at most.")
    ] = 24,
) -> None:
    """Replace what a sender signs with. A secret that this node makes is shown once, on stdout."""
    path = f"{_SENDERS}/{call.id(_SENDERS, id)}/rotate"
    made = _made(call, path, {"overlap_hours": overlap, **_key(call, key_file)})
    _show(call, made)


@verb(app, "refuse", writes=True)
def refuse(call: CommandCall, id: Id) -> None:
    """Let a sender hand nothing in any more, at once; its rows stay."""
    removed = call.write("DELETE", f"{_SENDERS}/{call.id(_SENDERS, id)}", shown=_lines)
    call.out.show(removed, [f"  Removed: {removed['name']}."])


def _key(call: CommandCall, file: str) -> Document:
    """Read a key, which never stands on a command line: others on the machine would see it there."""
    if not file:
        return {}
    content = call.read(file)
    if len(content) > _LONGEST_KEY_BYTES or not content.isascii():
        raise usage(f"{file} holds no key.", "It is one line: whsec_… or whpk_…")
    return {"key": content.decode().strip()}


def _made(call: CommandCall, path: str, body: Document) -> Document:
    """Send a request with a key; what is shown of it under --dry-run is shown without."""
    if call.flags.dry_run:
        told = {name: value for name, value in body.items() if name != "key"}
        answer = call.rehearse("POST", path, body)
        call.end_dry({"method": "POST", "path": path, "body": told}, answer, _lines(answer))
    return call.write("POST", path, body)


def _show(call: CommandCall, made: Document) -> None:
    call.out.show(made, [str(made.get("secret") or made["url"])])
    call.out.say(f"  It posts to: {made['url']}")


def _lines(shown: Document) -> list[str]:
    said = [("sender", str(shown["id"])), ("name", str(shown["name"])), ("posts to", str(shown["url"]))]
    return [*fields(said)]
