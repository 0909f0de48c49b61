"""Promising: what a shop's rule may hold for a peer, by what there is between the two."""

from datetime import datetime

from node.core.matching import Rule
from node.core.promises import may_promise, stands_until
from node.services.acting import Acting
from node.storage import offers, peers, stock
from node.storage.assortments import ItemRow
from node.storage.session import Session
from protocol.iris import server


def has_room(session: Session, acting: Acting, item: ItemRow, rule: Rule, *, peer: str, wanted: int) -> bool:
    """Tell whether so much of an item (in millionths) can be promised to a peer (its id)."""
    if offers.has_agreed(session, acting.iri, peer):
        return True
    place = server(peers.named_peer(session, acting.iri, peer).address)
    held = stock.count_held(session, acting.iri, item.sku, origin=place)
    return may_promise(rule, shelf=item.stock, wanted=wanted, held=held)


def until(
    session: Session, acting: Acting, rule: Rule, *, peer: str, opened_at: datetime | None = None
) -> datetime | None:
    """Return until when an offer to a peer (its id) stands that is made now; None if no time is left."""
    known = offers.has_agreed(session, acting.iri, peer)
    return stands_until(rule, known=known, opened_at=opened_at or acting.now, now=acting.now)
