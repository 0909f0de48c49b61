"""`freehold up`: a node in the foreground; the first run sets it up.

Rules here: what the first run's flags said is written to the settings file, so that the next one needs none;
a token is shown on a terminal only, never where it could end in a log.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from threading import Thread
from typing import TYPE_CHECKING, Annotated, Final

from typer import Option

from node import garbage
from node.absence import no_authorities
from node.core import codes
from node.folder import DATABASE_NAME, SOCKET_NAME, StartError
from node.settings import FILE_NAME, Settings, Source, shown
from node.terminal import data_folder, settings_file
from node.terminal.api_client import ApiClient
from node.terminal.call import CommandCall
from node.terminal.claiming import claim_lines
from node.terminal.endpoint import Endpoint
from node.terminal.failures import Failure
from node.terminal.nouns import NOUNS
from node.terminal.printing import fields
from node.terminal.verbs import single, verb
from protocol.discovery import findable
from protocol.documents import Document
from protocol.values import dataclass

if TYPE_CHECKING:
    from protocol.actors import Actor

app = single(NOUNS["up"].line)

# What the owner's first token may do; administration stays with the socket in the data folder.
TOKEN_SCOPES: Final = ["read", "write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpFlags:
    """The settings that have a flag; None where nothing was said."""

    host: Annotated[str | None, Option("--host", metavar="ADDRESS", help="Listen on this address.")] = None
    port: Annotated[int | None, Option("--port", metavar="PORT", help="Listen on this port.")] = None
    origin: Annotated[
        str | None, Option("--origin", metavar="URL", help="The public address: https://node.example.")
    ] = None
    handle: Annotated[str | None, Option("--handle", metavar="NAME", help="Your name before the @.")] = None
    name: Annotated[str | None, Option("--name", metavar="NAME", help="Your name as people read it.")] = None
    kind: Annotated[
        str | None, Option("--kind", metavar="person|organization", help="What you are here.")
    ] = None
    claimed: Annotated[
        bool, Option("--claimed", help="The node is yours: it is not to be claimed in a browser.")
    ] = False
    dev: Annotated[bool, Option("--dev", help="Development: plain http, on this machine only.")] = False


@verb(app, "up")
def up(call: CommandCall, flags: UpFlags) -> None:
    """Start a node in the foreground; the first run sets it up.

    It keeps everything in the data folder (--data). Ctrl-C stops it after running requests have ended.
    """
    garbage.hold()  # before the many modules of a node are made
    with no_authorities():
        from node.host import serve

    given = {name: value or None for name, value in asdict(flags).items()}
    settings = settings_file.load(call, **given)
    first = not (settings.data / DATABASE_NAME).exists()

    def begin(actor: "Actor") -> None:
        # The greeting may ask the node over its socket, so it cannot run on the thread that answers there.
        options = {"first": first}
        Thread(target=greet, args=(call, settings, actor), kwargs=options, daemon=True).start()

    try:
        with data_folder.explained(settings.data):
            serve(settings, on_ready=begin)
    except StartError as error:
        data_folder.refuse_running(settings.data)  # what has the port is this very node
        raise Failure(codes.CANNOT_START, error.detail, hint=error.hint) from error


def greet(call: CommandCall, settings: Settings, actor: "Actor", *, first: bool) -> None:
    """Say where the node is and who acts there; after a first run also how to go on."""
    with suppress(OSError):  # where nothing can be printed the node runs all the same
        _greet(call, settings, actor, first=first)


def _greet(call: CommandCall, settings: Settings, actor: "Actor", *, first: bool) -> None:
    node = ApiClient(Endpoint(socket_path=settings.data / SOCKET_NAME))
    try:
        if first:
            remember(settings)
        token = _first_token(call, node) if first else ""
        claim = _claim(call, node)
    except Failure as failure:
        call.out.failure(failure)
        return
    greeting = {
        "origin": settings.origin,
        "actor": actor.iri,
        "acct": findable(actor.iri, actor.handle, allow_http=settings.dev),
        "data": str(settings.data),
    }
    greeting |= {"token": token} if token else {}
    lines = _lines(greeting, kind=actor.kind.value, first=first, claim=claim)
    call.out.show(greeting, map(call.out.typed, lines))


def _first_token(call: CommandCall, node: ApiClient) -> str:
    if not call.out.terminal:
        return ""
    return str(node.request("POST", "/tokens", {"name": "first", "scopes": TOKEN_SCOPES})["secret"])


def _claim(call: CommandCall, node: ApiClient) -> Document:
    """Return how the node is claimed: nothing if it is, or where a log could keep it."""
    if not call.out.terminal:
        return {}
    try:
        return node.request("POST", "/claim")
    except Failure as failure:
        if failure.code != codes.ALREADY_CLAIMED:
            raise
        return {}


# What a newcomer does first, if that is not to look for something.
_FIRST: Final = {"Organization": "shop load"}


def _lines(greeting: Document, *, kind: str, first: bool, claim: Document) -> Iterator[str]:
    if not first:
        yield f"  Running at {greeting['origin']} as {greeting['acct']}. Ctrl-C stops it."
        yield from claim_lines(claim) if claim else ()
        return
    yield "  Your node is set up and running."
    yield from fields(
        [
            ("address", greeting["origin"]),
            ("you are", "  ".join(dict.fromkeys((greeting["acct"], greeting["actor"])))),
            ("data", f"{greeting['data']} (only you can read it)"),
            ("token", greeting.get("token", "")),
        ]
    )
    if "token" in greeting:
        yield "  The token lets programs reach your node over HTTP. It is shown this once."
    yield from claim_lines(claim) if claim else ()
    yield "  Go on in another terminal, for example with:"
    yield "    freehold node status"
    yield f"    freehold {_FIRST.get(kind, 'intention cast')} --help"
    yield "  Ctrl-C stops the node."


def remember(settings: Settings) -> None:
    """Write what the flags said to the settings file, on top of what stands there."""
    path = settings.data / FILE_NAME
    text = before = settings_file.read_text(settings.data) or ""
    for key, source in settings.origins.items():
        if source is Source.FLAG and key != "data":
            text = settings_file.written(text, key, shown(getattr(settings, key)))
    if text != before:
        settings_file.write_private(path, text)
