"""What each kind of entry changes in a shop: its price list and its rule.

Rules that hold here:

- A projector reads its entry and projections, writes projections, and nothing else; it never sees the clock.
- Kinds are stable: an old journal must replay with a newer release.
"""

from node.core.entries import Entry
from node.services.ledger.chapters import Reading
from node.storage import stock
from node.storage.session import Session


def project_price_list(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Replace an actor's price list."""
    items = [stock.read_item(entry.actor, item) for item in entry.decision["items"]]
    stock.replace_items(session, entry.actor, items)


def project_rule(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Set how an actor's shop answers by itself."""
    stock.save_rule(session, entry.actor, dict(entry.decision["rule"]), at=entry.at)
