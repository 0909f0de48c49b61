"""Haggling: how many counters a rule answers by itself before a person has a look.

Rules here: what a rule answers tells on which side of its floor a counter is, so who asks on and on finds the
floor ([decision 88] of the docs). It answers one counter of a negotiation, and of all at one server few
in a month in which nothing was sold, whatever they are about: one discount makes the floor of every item.
"""

from datetime import timedelta
from typing import Final

from node.services.acting import Acting
from node.storage import stock
from node.storage.moves import list_moves
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.negotiation import Event

COUNTERS: Final = 3  # negotiations of one server in which a counter is answered ...
WITHIN: Final = timedelta(days=30)  # ... in so long, if nothing is sold in them


def may_answer(session: Session, acting: Acting, row: OfferRow) -> bool:
    """Tell whether a rule may answer the counter that stands in a negotiation, which is on record by now."""
    countered = [move for move in list_moves(session, row.id) if move.event == Event.COUNTER]
    held = stock.load_reservation(session, row.id)
    if len(countered) != 1 or held is None:
        return False
    since = acting.now - WITHIN
    found = stock.count_countered(session, acting.iri, origin=held.origin, since=since, most=COUNTERS + 1)
    return found <= COUNTERS
