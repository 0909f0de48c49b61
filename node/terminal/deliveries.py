"""How far what was just sent has come, after a moment's patience."""

import time
from typing import Final

from node.terminal.call import CommandCall

# A peer on the same continent answers within half a second; a person waits for two.
PATIENCE_SECONDS: Final = 2.0
# Of the newest deliveries: an acceptance is followed by a few rejections of other offers at most.
_LOOKED_AT: Final = 20


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


def sentence(state: str, *, to: str) -> str:
    """Say how far a message has come."""
    if state == "delivered":
        return "Sent, and delivered."
    if state == "queued":
        return f"Queued: {to} cannot be reached yet. It is tried again by itself; see: freehold fed queue"
    return f"Not delivered: it was {state}. See: freehold fed queue"
