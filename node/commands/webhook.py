"""`freehold webhook`: programs that are told of what happens here, signed, at an address of theirs."""

from typing import Annotated, Final

import typer
from typer import Argument, Option

from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.failures import ExitCode
from node.terminal.nouns import NOUNS
from node.terminal.printing import fields
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["webhook"].line)

_PATH: Final = "/webhooks"


def _state(item: Document) -> str:
    if item.get("state") != "active":
        return str(item.get("state"))
    if item.get("trouble"):
        return str(item["trouble"])
    return "works" if item.get("arrived_at") else "nothing sent yet"


def _told(item: Document) -> str:
    return ", ".join(str(kind) for kind in item.get("events") or []) or "everything"


COLUMNS: Final = (
    Column("webhook", lambda item: phrases.short(item["id"])),
    Column("address", lambda item: str(item.get("url") or ""), long=True),
    Column("is told", _told, long=True, spare=1),
    Column("state", _state, long=True),
    Column("waiting", lambda item: str(item.get("waiting") or 0)),
)
SENT: Final = (
    Column("event", lambda item: str(item.get("event") or "")),
    Column("kind", lambda item: str(item.get("kind") or "")),
    Column("state", lambda item: str(item.get("state") or "")),
    Column("tried", lambda item: str(item.get("attempts") or 0)),
    Column("next try", lambda item: phrases.date_and_time(item.get("due_at")), spare=1),
    Column("why", lambda item: str(item.get("last_error") or ""), long=True, spare=2),
)

Id = Annotated[str, Argument(metavar="WEBHOOK", help="Its id, or the beginning of it.")]


@verb(app, "add", writes=True)
def add(
    call: CommandCall,
    url: Annotated[str, Argument(metavar="URL", help="Where events are posted.")],
    *,
    events: Annotated[
        list[str] | None,
        Option("--events", metavar="KIND", help="Tell only these, such as offer or accept. Repeatable."),
    ] = None,
    algorithm: Annotated[
        str, Option("--algorithm", metavar="HOW", help="v1: a shared secret; v1a: a key of this node's.")
    ] = "v1",
) -> None:
    """Add a webhook. Its secret, or the key that verifies it, is shown on stdout, the secret this once."""
    kinds = [word for text in events or () for word in text.split(",") if word]
    made = call.write("POST", _PATH, {"url": url, "events": kinds, "algorithm": algorithm}, shown=_lines)
    call.out.show(made, [_handed(made)])
    call.out.say(call.out.typed(f"  Try it with: freehold webhook test {phrases.short(made['id'])}"))


def _handed(made: Document) -> str:
    return str(made.get("secret") or made.get("public_key") or "")


@verb(app, "list", streams=True)
def list_webhooks(call: CommandCall) -> None:
    """List the webhooks, without their secrets, and how each fares."""
    call.listing(call.node.get(_PATH)["items"], COLUMNS, empty="No webhooks.")


@verb(app, "show")
def show(call: CommandCall, id: Id) -> None:
    """Show a webhook, without its secret."""
    shown = call.node.get(f"{_PATH}/{call.id(_PATH, id)}")
    call.out.show(shown, _lines(shown))


@verb(app, "test", writes=True)
def test(call: CommandCall, id: Id) -> None:
    """Send a test now, and say what came of it; exit code 6 if the receiver did not take it."""
    path = f"{_PATH}/{call.id(_PATH, id)}/test"
    call.stop_if_dry({"method": "POST", "path": path})
    shown = call.node.request("POST", path)
    said = (
        f"  The receiver took it: {shown['last_status']}." if shown["taken"] else f"  {shown['last_error']}"
    )
    call.out.show(shown, [said])
    if not shown["taken"]:
        raise typer.Exit(ExitCode.NETWORK)


@verb(app, "deliveries", streams=True)
def deliveries(
    call: CommandCall,
    id: Id,
    *,
    state: Annotated[
        str, Option("--state", metavar="STATE", help="Only those queued, delivered, refused or gone.")
    ] = "",
) -> None:
    """List what is on its way to a webhook or was, the newest first, with the last error."""
    found = call.node.pages(f"{_PATH}/{call.id(_PATH, id)}/deliveries", state=state or None)
    call.listing(found, SENT, empty="Nothing was sent to it.")


@verb(app, "replay", writes=True)
def replay(
    call: CommandCall,
    id: Id,
    *,
    since: Annotated[
        str, Option("--since", metavar="TIME", help="All that happened since, such as 2026-03-14T08:00:00Z.")
    ] = "",
    event: Annotated[str, Option("--event", metavar="EVENT", help="One event, by its id.")] = "",
) -> None:
    """Send again what was given up, one event, or all since a moment; ids stay the same."""
    body = {**({"since": since} if since else {}), **({"event": event} if event else {})}
    _changed(call, "POST", f"/{call.id(_PATH, id)}/replay", body)


@verb(app, "rotate", writes=True)
def rotate(
    call: CommandCall,
    id: Id,
    *,
    overlap: Annotated[
        int, Option("--overlap", metavar="HOURS", help="How long the secret before signs too; 168 at most.")
    ] = 24,
) -> None:
    """Replace the secret. The new one is shown once, on stdout; both sign until the old one is over."""
    path = f"{_PATH}/{call.id(_PATH, id)}/rotate"
    made = call.write("POST", path, {"overlap_hours": overlap}, shown=_lines)
    call.out.show(made, [_handed(made)])


@verb(app, "pause", writes=True)
def pause(call: CommandCall, id: Id) -> None:
    """Send nothing until it is resumed; it misses nothing."""
    _changed(call, "POST", f"/{call.id(_PATH, id)}/pause")


@verb(app, "resume", writes=True)
def resume(call: CommandCall, id: Id) -> None:
    """Send to a webhook that was paused or disabled, from where it stopped."""
    _changed(call, "POST", f"/{call.id(_PATH, id)}/resume")


@verb(app, "remove", writes=True)
def remove(call: CommandCall, id: Id) -> None:
    """Remove a webhook, with its secrets and its list."""
    removed = call.write("DELETE", f"{_PATH}/{call.id(_PATH, id)}", shown=_lines)
    call.out.show(removed, [f"  Removed: {removed['url']}."])


def _changed(call: CommandCall, method: str, path: str, body: Document | None = None) -> None:
    shown = call.write(method, f"{_PATH}{path}", body, shown=_lines)
    call.out.show(shown, _lines(shown))


def _lines(shown: Document) -> list[str]:
    return [
        *fields(
            [
                ("webhook", str(shown["id"])),
                ("address", str(shown["url"])),
                ("is told", _told(shown)),
                ("signed by", str(shown.get("public_key") or "a shared secret")),
                ("state", _state(shown)),
                ("waiting", str(shown["waiting"])),
            ]
        )
    ]
