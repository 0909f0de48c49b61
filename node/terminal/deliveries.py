"""How far what was just sent has come, after a moment's patience."""

import time
from typing import Final

from node.terminal import phrases
from node.terminal.call import CommandCall
from protocol.documents import Document

# A peer on the same continent answers within half a second; a person waits for two.
PATIENCE_SECONDS: Final = 2.0
# Of the newest deliveries: an acceptance is followed by a few rejections of other offers at most, and each of
# these by an event for each webhook.
_LOOKED_AT: Final = 100


def state(call: CommandCall, *, to: str, kind: str) -> str:
    """Return what became of the newest delivery of a kind to an address: `queued` while that is open."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while True:
        newest = call.node.get("/deliveries", limit=_LOOKED_AT)["items"]
        found = (str(item["state"]) for item in newest if (item["recipient"], item["kind"]) == (to, kind))
        come = next(found, "queued")
        if come != "queued" or time.monotonic() > ends:
            return come
        time.sleep(0.1)


def sentence(call: CommandCall, state: str, *, to: str) -> str:
    """Say how far something has come, and where to see the rest if it has not arrived."""
    if state == "delivered":
        return "Sent, and delivered."
    see = call.out.typed("freehold fed queue")
    if state == "queued":
        return f"Queued: {to} cannot be reached yet. It is tried again by itself; see: {see}"
    return f"Not delivered: it was {state}. See: {see}"


def tell_if_away(call: CommandCall, deal: Document, *, kind: str) -> None:
    """Tell the person if a move of an offer has not arrived at the other side."""
    come = state(call, to=str(deal["peer"]["iri"]), kind=kind)
    if come != "delivered":
        told = sentence(call, come, to=phrases.party(deal["peer"]))
        call.out.say(f"  {told}", even_if_quiet=True)
