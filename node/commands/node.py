"""`freehold node`: the running node, its state, and what it refused."""

from collections.abc import Iterator
from typing import Final

from node.terminal import moments, phrases
from node.terminal.api_client import OPENED
from node.terminal.call import CommandCall
from node.terminal.claiming import CLAIM_IT, UNCLAIMED
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
    unclaimed = [] if state.get("claimed", True) else [f"  {UNCLAIMED} {CLAIM_IT}"]
    call.out.show(state, [*_lines(state), *map(call.out.typed, unclaimed)])


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
    """List what arrived and was refused, with the reason; the last thousand are kept.

    What nobody's signature vouches for (401) is not among it: the log says why, as 'inbox refused'. Nor
    is what came too often (429): the log sums it up, as 'turned away', and 'freehold node status' counts it.
    """
    call.listing(call.node.pages("/refusals", limit=limit), REFUSED, empty="Nothing was refused.")


@verb(app, "watch", streams=True)
def watch(call: CommandCall, *, count: Count = None, span: Span = "") -> None:
    """Print everything that happens on the node as it happens, until you press Ctrl-C."""
    seen = 0
    for event in call.node.events(seconds=moments.patience(span)):
        if event.kind == OPENED:
            continue
        document = {"kind": event.kind, **event.document}
        line = f"  {phrases.clock(document.get('at'))}  {event.kind:<18} {_about(document)}"
        call.out.show(document, [line.rstrip()])
        seen += 1
        if seen == count:
            return


def _about(event: Document) -> str:
    """Say what an event is about and how that stands: `of_5t2nnjzm  offered  1,890.00 EUR  https://…`."""
    thing = str(event.get("offer") or event.get("intention") or "")
    state = str(event.get("state") or "") if thing else ""
    total = phrases.amount(event.get("total"), event.get("currency"))
    named = phrases.short(thing) or str(event.get("subject") or "")
    return "  ".join(filter(None, [named, state, total, str(event.get("peer") or "")]))
