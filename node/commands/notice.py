"""`freehold notice`: what you are told away from the pages, when, and where."""

from typing import Annotated, Final

import typer
from typer import Argument, Option

from node.terminal import phrases
from node.terminal.call import CommandCall
from node.terminal.failures import ExitCode, usage
from node.terminal.nouns import NOUNS
from node.terminal.printing import fields
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["notice"].line)

_LONGEST_SECRET_BYTES: Final = 1_000
_TROUBLES: Final = {
    "unreachable": "the server cannot be reached",
    "out-of-reach": "the address leads into a network to which the node does not connect",
    "too-slow": "the server took too long",
    "not-secure": "the server does not encrypt, or does not prove who it is",
    "login": "the server does not take name and password, or the token",
    "address": "the server does not take the address",
    "busy": "the server cannot take it now",
    "refused": "the server does not take the message",
    "locked": "nothing is sent there since the node was locked: freehold notice test",
}


def _state(item: Document) -> str:
    if trouble := item.get("trouble"):
        lost = f"; {item['lost']} given up" if item.get("lost") else ""
        return _TROUBLES.get(str(trouble), str(trouble)) + lost
    return "works" if item.get("tried_at") else "not tried yet"


COLUMNS: Final = (
    Column("channel", lambda item: phrases.short(item["id"])),
    Column("through", lambda item: str(item.get("medium") or "")),
    Column("address", lambda item: str(item.get("address") or ""), long=True),
    Column("state", _state, long=True),
    Column("last tried", lambda item: phrases.date_and_time(item.get("tried_at")), spare=1),
)


@verb(app, "list", streams=True)
def list_channels(call: CommandCall) -> None:
    """List where you are told, and how it went last."""
    call.listing(call.node.get("/notices/channels")["items"], COLUMNS, empty="You are told nowhere.")


@verb(app, "mail", writes=True)
def mail(
    call: CommandCall,
    address: Annotated[str, Argument(metavar="ADDRESS", help="Your mail address.")],
    *,
    host: Annotated[str, Option("--host", metavar="HOST", help="Your outgoing mail server (SMTP).")],
    port: Annotated[int, Option("--port", metavar="PORT", help="Its port; the usual one if left out.")] = 0,
    security: Annotated[
        str, Option("--security", metavar="HOW", help="tls, starttls, or none in your own network.")
    ] = "starttls",
    user: Annotated[str, Option("--user", metavar="NAME", help="As whom to sign in there.")] = "",
    password_file: Annotated[
        str, Option("--password-file", metavar="FILE", help="Where the password is; - is stdin.")
    ] = "",
    sender: Annotated[str, Option("--from", metavar="ADDRESS", help="Who writes; you, if left out.")] = "",
) -> None:
    """Be told by mail, through your own mail server."""
    body = {
        "to": address,
        "host": host,
        "security": security,
        **({"port": port} if port else {}),
        **({"user": user} if user else {}),
        **({"password": _secret(call, password_file)} if password_file else {}),
        **({"from": sender} if sender else {}),
    }
    _added(call, "/notices/channels/mail", body)


@verb(app, "ntfy", writes=True)
def ntfy(
    call: CommandCall,
    topic: Annotated[str, Argument(metavar="TOPIC", help="The topic; who knows it reads along.")],
    *,
    server: Annotated[
        str, Option("--server", metavar="ADDRESS", help="The ntfy server.")
    ] = "https://ntfy.sh",
    token_file: Annotated[
        str, Option("--token-file", metavar="FILE", help="Where an access token is; - is stdin.")
    ] = "",
) -> None:
    """Be told on your phone, through a topic of an ntfy server."""
    token = {"token": _secret(call, token_file)} if token_file else {}
    _added(call, "/notices/channels/ntfy", {"server": server, "topic": topic, **token})


def _secret(call: CommandCall, file: str) -> str:
    """Read a secret, which never stands on a command line: others on the machine would see it there."""
    content = call.read(file)
    if len(content) > _LONGEST_SECRET_BYTES or not content.isascii():
        raise usage(f"{file} holds no password.", "It is one line of ASCII.")
    return content.decode().rstrip("\r\n")


def _added(call: CommandCall, path: str, body: Document) -> None:
    made = call.node.request("POST", path, body, query={"dry_run": "true"} if call.flags.dry_run else {})
    if call.flags.dry_run:
        call.end_dry({"method": "POST", "path": path}, made, _lines(made))
    call.out.show(made, _lines(made))
    call.out.say(call.out.typed(f"  Try it with: freehold notice test {phrases.short(made['id'])}"))


def _lines(made: Document) -> list[str]:
    return [
        *fields([("channel", str(made["id"])), ("address", str(made["address"])), ("state", _state(made))])
    ]


Id = Annotated[str, Argument(metavar="CHANNEL", help="Its id, or the beginning of it.")]


@verb(app, "test", writes=True)
def test(call: CommandCall, id: Id) -> None:
    """Send yourself a test, now, and say what came of it; exit code 6 if it was not taken."""
    path = f"/notices/channels/{call.id('/notices/channels', id)}/test"
    call.stop_if_dry({"method": "POST", "path": path})
    shown = call.node.request("POST", path)
    call.out.show(shown, _lines(shown))
    if shown["trouble"]:
        raise typer.Exit(ExitCode.NETWORK)


@verb(app, "remove", writes=True)
def remove(call: CommandCall, id: Id) -> None:
    """Be told nothing more at an address."""
    removed = call.write("DELETE", f"/notices/channels/{call.id('/notices/channels', id)}", shown=_lines)
    call.out.show(removed, [f"  Removed: {removed['address']}."])


@verb(app, "settings")
def show_settings(call: CommandCall) -> None:
    """Show what you are told, when, and how much it says."""
    shown = call.node.get("/notices/settings")
    call.out.show(shown, _settings(shown))


@verb(app, "set", writes=True)
def set_settings(
    call: CommandCall,
    changes: Annotated[
        list[str],
        Argument(
            metavar="NAME=VALUE...",
            help="zone, quiet (22:00-07:00 or none), digest, saying, language, or a kind of notice.",
        ),
    ],
) -> None:
    """Change what you are told: freehold notice set quiet=22:00-07:00 saying=who offer=digest."""
    body = dict(call.node.get("/notices/settings"))
    body["timing"] = {name: when for name, when in body["timing"].items() if name != "security"}
    for change in changes:
        name, sign, value = change.partition("=")
        if not sign:
            raise usage(f"{change!r} is no name=value.", "Write: freehold notice set quiet=22:00-07:00")
        _change(body, name.strip(), value.strip())
    shown = call.write("PUT", "/notices/settings", body, shown=_settings)
    call.out.show(shown, _settings(shown))


def _change(body: Document, name: str, value: str) -> None:
    if name in body["timing"]:
        body["timing"][name] = value
    elif name == "quiet":
        begins, _, ends = value.partition("-")
        body["quiet"] = None if value == "none" else {"from": begins, "until": ends}
    elif name == "digest":
        body["digest_at"] = value
    elif name in ("zone", "saying", "language"):
        body[name] = value
    else:
        known = ", ".join(["zone", "quiet", "digest", "saying", "language", *body["timing"]])
        raise usage(f"{name} is nothing to be set.", f"There are: {known}.")


def _settings(shown: Document) -> list[str]:
    quiet = shown["quiet"]
    hours = "none" if quiet is None else f"{quiet['from']} to {quiet['until']}"
    said = [
        ("quiet hours", hours),
        ("summary at", str(shown["digest_at"])),
        ("clock of", str(shown["zone"])),
        ("says", str(shown["saying"])),
        ("language", str(shown["language"])),
        *((kind, str(when)) for kind, when in shown["timing"].items()),
    ]
    return [*fields(said)]
