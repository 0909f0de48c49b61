"""`freehold node`: the running node, its state, and what it refused."""

from collections.abc import Iterator
from typing import Final

from node.terminal import moments, phrases
from node.terminal.api_client import OPENED
from node.terminal.call import CommandCall
from node.terminal.nouns import NOUNS
from node.terminal.options import Count, Limit, Span
from node.terminal.printing import fields
from node.terminal.tables import Column
from node.terminal.verbs import noun, verb
from protocol.documents import Document

app = noun(NOUNS["node"].line)

REFUSED: Final = (
    Column("at", lambda item: phrases.date_and_time(item.get("at"))),
    Column("from", lambda item: str(item.get("peer") or "")),
    Column("why", lambda item: str(item.get("code") or "")),
    Column("in words", lambda item: str(item.get("detail") or ""), long=True),
)


@verb(app, "status")
def status(call: CommandCall) -> None:
    """Show that the node runs, who it is, and how it is doing."""
    state = call.node.get("/node")
    call.out.show(state, _lines(state))


def _lines(document: Document, *, under: str = "") -> Iterator[str]:
    """Yield the members of a document, those of its parts under their names."""
    plain = [
        (f"{under}{name}", phrases.plainly(value))
        for name, value in document.items()
        if not isinstance(value, dict)
    ]
    yield from fields(plain)
    for name, value in document.items():
        if isinstance(value, dict):
            yield from _lines(value, under=f"{under}{name} ")


@verb(app, "refusals", streams=True)
def refusals(call: CommandCall, *, limit: Limit = None) -> None:
    """List what arrived and was refused, with the reason; the last thousand are kept."""
    call.listing(call.node.pages("/refusals", limit=limit), REFUSED, empty="Nothing was refused.")


@verb(app, "watch", streams=True)
def watch(call: CommandCall, *, count: Count = None, span: Span = "") -> None:
    """Print everything that happens on the node as it happens, until you press Ctrl-C."""
    seen = 0
    for event in call.node.events(seconds=moments.patience(span)):
        if event.kind == OPENED:
            continue
        document = {"kind": event.kind, **event.document}
        subject, peer = document.get("subject") or "", document.get("peer") or ""
        call.out.show(
            document, [f"  {phrases.clock(document.get('at'))}  {event.kind:<18} {subject}  {peer}"]
        )
        seen += 1
        if seen == count:
            return
