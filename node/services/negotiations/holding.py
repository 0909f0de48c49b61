"""Holding: what an offer of ours holds of the shelf when it is made anew for another quantity.

Rules here: a shop's rule holds what it offers; whoever offers more or less in its place, by whatever hand,
holds that instead. What is not there is not promised.
"""

from fractions import Fraction
from math import ceil
from typing import Any

from node.core.assortments import from_millionths
from node.core.items import render_count
from node.core.negotiations import Negotiation
from node.storage import assortments, stock
from node.storage.session import Session
from protocol.offers import Draft


def held_for(session: Session, negotiation: Negotiation, draft: Draft) -> dict[str, Any]:
    """Return what a new offer holds, as it joins the journal's record; nothing where that stays as it is."""
    before, after = negotiation.begun.draft.quantity.value, draft.quantity.value
    held = stock.load_reservation(session, negotiation.id)
    if held is None or not before or not after or before == after:
        return {}
    if assortments.load_item(session, negotiation.actor, held.sku) is None:
        return {}  # of what is off the list nothing is counted
    count = ceil(held.quantity * Fraction(after) / Fraction(before))
    return {"sku": held.sku, "quantity": render_count(from_millionths(count))}
