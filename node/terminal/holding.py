"""An acceptance of one's own that has not left yet: until when it can be undone."""

from node.terminal.call import CommandCall
from protocol.documents import Document


def marked(call: CommandCall, deal: Document) -> Document:
    """Return an offer or agreement with `undoable_until`, if our acceptance of it has not left yet."""
    if (deal.get("state"), deal.get("role")) != ("accepted", "offeree"):
        return deal
    offer = deal.get("offer") or deal["id"]
    leaves = [one["leaves_at"] for one in call.node.get("/today")["undoable"] if one["offer"] == offer]
    return {**deal, "undoable_until": leaves[0]} if leaves else deal
