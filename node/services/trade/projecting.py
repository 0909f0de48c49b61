"""What each kind of entry changes in a shop: its price list and its rule.

Rules that hold here:

- A projector reads its entry and projections, writes projections, and nothing else; it never sees the clock.
- Kinds are stable: an old journal must replay with a newer release.
"""

from node.core.entries import Entry
from node.services.ledger.chapters import Reading
from node.storage import assortments, stock
from node.storage.session import Session


def project_price_list(session: Session, number: int, entry: Entry, _reading: Reading) -> None:
    """Set items of an actor's price list; the first part of a list makes an edition of its own."""
    edition = entry.decision.get("edition", number)
    items = [assortments.read_item(entry.actor, item, edition=edition) for item in entry.decision["items"]]
    assortments.set_items(session, items)


def project_dropped_items(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Drop the next items of an actor's price list that its present edition leaves out."""
    decision = entry.decision
    assortments.drop_items(session, entry.actor, before=decision["edition"], limit=decision["count"])


def project_rule(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Set how an actor's shop answers by itself."""
    stock.save_rule(session, entry.actor, dict(entry.decision["rule"]), at=entry.at)


def project_dropped_rule(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Let an actor's shop answer nothing by itself."""
    stock.drop_rule(session, entry.actor)
