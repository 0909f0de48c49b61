"""The shop: a rule that answers intentions by itself from the price list, within the stock.

Rules that hold here:

- An open offer holds what it promises: nothing is offered twice, so nothing is sold twice.
- Choosing what to offer reads; making the offers writes, and looks at the stock once more before it does.
- The floor of the rule never leaves the node: it is not part of anything that is sent.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from node.core.drafts import ProposedTerms, opening_draft
from node.core.intentions import IntentionState
from node.core.matching import (
    AcceptTerms,
    Decline,
    Match,
    Rule,
    answer_counter,
    read_rule,
    render_rule,
)
from node.core.pricelists import Item, read_item
from node.services.acting import Acting
from node.services.intentions import showing as intention_showing
from node.services.ledger.recording import note
from node.services.negotiations import offers as offer_service
from node.services.negotiations.loading import load, load_row
from node.services.negotiations.showing import show_offers
from node.services.trade import choosing
from node.storage import assortments, intentions, offers, stock, undercuts
from node.storage.assortments import ItemRow
from node.storage.intentions import IntentionRow
from node.storage.offers import OfferRow
from node.storage.session import Session
from node.storage.stock import ReservationState
from protocol.intentions import read_intention
from protocol.negotiation import Event, Party, State
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.strictjson import Document

# --- the owner's side ---------------------------------------------------------------------------------------


def set_rule(session: Session, acting: Acting, document: Document) -> dict[str, Any]:
    """Set how the shop answers by itself.

    Raises:
        Unprocessable: `rule-invalid`.
    """
    rule = render_rule(read_rule(document))
    note(session, acting, "rule", {"rule": rule})
    undercuts.begin_again(session, acting.iri)
    return rule


def show_rule(session: Session, acting: Acting) -> dict[str, Any] | None:
    """Return the rule, or None: then the shop answers nothing by itself."""
    return stock.load_rule(session, acting.iri)


def pipeline(session: Session, acting: Acting) -> dict[str, Any]:
    """Show a business where everything stands: intentions waiting for an answer, and offers by state."""
    known = intentions.list_intentions(session, acting.iri, own=False, state=IntentionState.OPEN, limit=100)
    shown = intention_showing.views(session, acting.iri, known.items)
    open = [
        row
        for state in (State.COUNTERED, State.ACCEPTED, State.OFFERED)
        for row in offers.list_offers(session, acting.iri, role=Party.OFFERER, state=state, limit=100).items
    ]
    return {
        "counts": offers.count_by_state(session, acting.iri, role=Party.OFFERER),
        "unanswered": [intention for intention in shown if intention["offers"]["count"] == 0],
        "open": show_offers(session, acting.iri, open),
    }


# --- answering by itself ------------------------------------------------------------------------------------


def choose(session: Session, acting: Acting, iri: str) -> list[Match]:
    """Choose what to offer for an intention (its IRI), best first; nothing without a rule. Reads only."""
    rule = load_rule(session, acting.iri)
    row = intentions.load_intention_by_iri(session, acting.iri, iri)
    if rule is None or row is None or not _is_answerable(session, acting, row):
        return []
    return choosing.best(session, acting.iri, read_intention(row.document), rule, now=acting.now)


def offer(session: Session, acting: Acting, iri: str, matches: Sequence[Match]) -> int:
    """Make the chosen offers, as far as the stock still covers them; return how many. Call inside a write."""
    rule = load_rule(session, acting.iri)
    row = intentions.load_intention_by_iri(session, acting.iri, iri)
    if rule is None or row is None or not _is_answerable(session, acting, row):
        return 0
    quantity = read_intention(row.document).quantity
    made = 0
    for match in matches:
        made += _offer_one(session, acting, row, match.item.sku, quantity, rule)
    return made


def _offer_one(
    session: Session, acting: Acting, row: IntentionRow, sku: str, wanted: Quantity, rule: Rule
) -> bool:
    item = assortments.load_item(session, acting.iri, sku)
    pieces = 1 if wanted.value is None else int(wanted.value)
    if item is None or wanted.value not in (None, pieces) or not _covers(item, pieces):
        return False
    quantity = Quantity(value=Decimal(pieces), unit=wanted.unit)
    terms = _terms(acting, row, read_item(item.document), quantity, rule)
    offer_service.open_offer(session, acting, row, terms, sku=sku, quantity=pieces)
    return True


def _covers(item: ItemRow, pieces: int) -> bool:
    return item.available is None or item.available >= pieces


def _terms(acting: Acting, row: IntentionRow, item: Item, quantity: Quantity, rule: Rule) -> ProposedTerms:
    pieces = quantity.value or 1
    line = PriceLine(
        kind=PriceLineKind.ONE_OFF, amount=item.price * pieces, currency=item.currency, label=item.name
    )
    draft = replace(
        opening_draft(read_intention(row.document)),
        name=item.name,
        quantity=quantity,
        price=(line,),
        properties=item.properties,
    )
    return ProposedTerms(draft, acting.now + rule.offer_valid_for)


def _is_answerable(session: Session, acting: Acting, row: IntentionRow) -> bool:
    """Tell whether an intention takes offers and is not answered by us yet."""
    return takes_offers(acting, row) and offers.count_offers(session, acting.iri, row.iri)[0] == 0


def takes_offers(acting: Acting, row: IntentionRow) -> bool:
    """Tell whether an intention of somebody else's is open for offers now."""
    due = row.deadline is None or row.deadline > acting.now
    return row.state is IntentionState.OPEN and not row.own and due


def answer_counter_offer(session: Session, acting: Acting, offer: str) -> bool:
    """Answer a counter by the rule; tell whether anything was sent. Call inside a write."""
    row = load_row(session, acting.iri, offer)
    negotiation = load(session, acting, row, Event.REOFFER)
    thread = negotiation.begun
    rule, item = load_rule(session, acting.iri), load_item_of(session, row)
    if rule is None or item is None or thread.countered is None or thread.state is not State.COUNTERED:
        return False
    answer = answer_counter(item, rule, offered=thread.draft, wanted=thread.countered)
    if not isinstance(answer, AcceptTerms | Decline):
        return False
    terms = ProposedTerms(answer.terms, acting.now + rule.offer_valid_for)
    offer_service.put_reoffer(session, acting, negotiation, terms)
    return True


def load_rule(session: Session, actor: str) -> Rule | None:
    """Return the rule a shop answers by; None if it answers nothing by itself."""
    document = stock.load_rule(session, actor)
    return None if document is None else read_rule(document)


def load_item_of(session: Session, row: OfferRow) -> Item | None:
    """Return the item that an offer of ours holds stock of."""
    reservation = stock.load_reservation(session, row.id)
    if reservation is None or reservation.state is not ReservationState.HELD:
        return None
    item = assortments.load_item(session, row.actor, reservation.sku)
    return None if item is None else read_item(item.document)
