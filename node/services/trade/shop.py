"""The shop: a price list and a rule that answer intentions by themselves, within the stock.

Rules that hold here:

- An open offer holds what it promises: nothing is offered twice, so nothing is sold twice.
- Choosing what to offer reads; making the offers writes, and looks at the stock once more before it does.
- The floor of the rule never leaves the node: it is not part of anything that is sent.
- A late offer is undercut once: whatever became of the lower one, there is no second.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog

from node.core.drafts import Terms, opening_draft
from node.core.matching import (
    AcceptTerms,
    Decline,
    Match,
    Rule,
    answer_counter,
    candidates,
    read_rule,
    render_rule,
    undercut,
)
from node.core.negotiations import Thread
from node.core.pricelists import Item, read_item, read_price_list, render_item
from node.services.acting import Acting
from node.services.intentions import intentions as intention_service
from node.services.ledger.recording import decide
from node.services.negotiations import offers as offer_service
from node.services.negotiations.loading import load_thread
from node.storage import intentions, offers, stock
from node.storage.intentions import IntentionRow, IntentionState
from node.storage.offers import OfferRow
from node.storage.session import Session
from node.storage.stock import ReservationState
from node.storage.tables import PAGE_LIMIT
from protocol.errors import ProtocolError
from protocol.intentions import read_intention
from protocol.negotiation import Party, State
from protocol.prices import Kind, PriceLine
from protocol.quantities import Quantity
from protocol.strictjson import Document

_log = structlog.get_logger(__name__)

# --- the owner's side ---------------------------------------------------------------------------------------


def load_price_list(session: Session, acting: Acting, text: str, media_type: str) -> dict[str, Any]:
    """Replace the price list with this one, CSV or JSON.

    Raises:
        Unprocessable, TooLarge: what is wrong with it, by line and column.
    """
    items = [render_item(item) for item in read_price_list(text, media_type)]
    decide(session, acting, "pricelist", {"items": items})
    return show(session, acting)


def show(session: Session, acting: Acting) -> dict[str, Any]:
    """Show the price list with what is left of each item, and the rule."""
    items = [
        {**row.document, "stock": row.stock, "held": row.held, "available": row.available}
        for row in stock.list_items(session, acting.iri)
    ]
    return {"items": items, "rule": stock.load_rule(session, acting.iri)}


def set_rule(session: Session, acting: Acting, document: Document) -> dict[str, Any]:
    """Set how the shop answers by itself.

    Raises:
        Unprocessable: `rule-invalid`.
    """
    rule = render_rule(read_rule(document))
    decide(session, acting, "rule", {"rule": rule})
    return rule


def show_rule(session: Session, acting: Acting) -> dict[str, Any] | None:
    """Return the rule, or None: then the shop answers nothing by itself."""
    return stock.load_rule(session, acting.iri)


def pipeline(session: Session, acting: Acting) -> dict[str, Any]:
    """Show a business where everything stands: intentions waiting for an answer, and offers by state."""
    waiting = [
        intention_service.view(session, row)
        for row in intentions.list_intentions(
            session, acting.iri, own=False, state=IntentionState.OPEN, limit=100
        ).items
        if offers.count_offers(session, acting.iri, row.iri)[0] == 0
    ]
    open = [
        offer_service.view(session, row)
        for state in (State.COUNTERED, State.ACCEPTED, State.OFFERED)
        for row in offers.list_offers(session, acting.iri, role=Party.OFFERER, state=state, limit=100).items
    ]
    return {
        "counts": offers.count_by_state(session, acting.iri, role=Party.OFFERER),
        "unanswered": waiting,
        "open": open,
    }


# --- answering by itself ------------------------------------------------------------------------------------


def choose(session: Session, acting: Acting, iri: str) -> list[Match]:
    """Choose what to offer for an intention (its IRI), best first; nothing without a rule. Reads only."""
    rule = _load_rule(session, acting.iri)
    row = intentions.load_intention_by_iri(session, acting.iri, iri)
    if rule is None or row is None or not _is_answerable(session, acting, row):
        return []
    return candidates(read_intention(row.document), _available(session, acting.iri), rule, now=acting.now)


def offer(session: Session, acting: Acting, iri: str, matches: Sequence[Match]) -> int:
    """Make the chosen offers, as far as the stock still covers them; return how many. Call inside a write."""
    rule = _load_rule(session, acting.iri)
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
    item = stock.load_item(session, acting.iri, sku)
    pieces = 1 if wanted.value is None else int(wanted.value)
    if item is None or wanted.value not in (None, pieces) or not _covers(item, pieces):
        return False
    quantity = Quantity(value=Decimal(pieces), unit=wanted.unit)
    terms = _terms(acting, row, read_item(item.document), quantity, rule)
    offer_service.open_offer(session, acting, row, terms, sku=sku, quantity=pieces)
    return True


def _covers(item: stock.ItemRow, pieces: int) -> bool:
    return item.available is None or item.available >= pieces


def _terms(acting: Acting, row: IntentionRow, item: Item, quantity: Quantity, rule: Rule) -> Terms:
    pieces = quantity.value or 1
    line = PriceLine(kind=Kind.ONE_OFF, amount=item.price * pieces, currency=item.currency, label=item.name)
    draft = replace(
        opening_draft(read_intention(row.document)),
        name=item.name,
        quantity=quantity,
        price=(line,),
        properties=item.properties,
    )
    return Terms(draft, acting.now + rule.offer_valid_for)


def _is_answerable(session: Session, acting: Acting, row: IntentionRow) -> bool:
    """Tell whether an intention takes offers and is not answered by us yet."""
    return _takes_offers(acting, row) and offers.count_offers(session, acting.iri, row.iri)[0] == 0


def _takes_offers(acting: Acting, row: IntentionRow) -> bool:
    due = row.deadline is None or row.deadline > acting.now
    return row.state is IntentionState.OPEN and not row.own and due


def _available(session: Session, actor: str) -> list[Item]:
    rows = stock.list_items(session, actor)
    return [
        replace(read_item(row.document), stock=row.available)
        if row.available is not None
        else read_item(row.document)
        for row in rows
    ]


def answer_counter_offer(session: Session, acting: Acting, offer: str) -> bool:
    """Answer a counter by the rule; tell whether anything was sent. Call inside a write."""
    row, thread = load_thread(session, acting.iri, offer)
    rule, item = _load_rule(session, acting.iri), _load_item_of(session, row)
    if rule is None or item is None or thread.countered is None or thread.state is not State.COUNTERED:
        return False
    answer = answer_counter(item, rule, offered=thread.draft, wanted=thread.countered)
    if not isinstance(answer, AcceptTerms | Decline):
        return False
    _put(session, acting, row, thread, Terms(answer.terms, acting.now + rule.offer_valid_for))
    return True


def undercut_late(session: Session, acting: Acting) -> None:
    """Lower the price of first offers left unanswered for the rule's time.

    An offer whose price cannot be lowered is noted and passed over. Call inside a write.
    """
    rule = _load_rule(session, acting.iri)
    if rule is None or rule.undercut_after is None:
        return
    for row in _standing_first_offers(session, acting):
        if row.opened_at + rule.undercut_after <= acting.now:
            _try_undercut(session, acting, row, rule)


def next_undercut(session: Session, acting: Acting) -> datetime | None:
    """Return when the price of an unanswered offer is to be lowered next. Reads only."""
    rule = _load_rule(session, acting.iri)
    if rule is None or rule.undercut_after is None:
        return None
    late = rule.undercut_after
    rows = _standing_first_offers(session, acting)
    return min(
        (
            row.opened_at + late
            for row in rows
            if row.opened_at + late > acting.now or _lowered(session, acting, row, rule) is not None
        ),
        default=None,
    )


def _standing_first_offers(session: Session, acting: Acting) -> list[OfferRow]:
    """Return the offers of ours that stand as they were first made, oldest first."""
    rows: list[OfferRow] = []
    cursor: str | None = None
    while True:
        page = offers.list_offers(
            session, acting.iri, role=Party.OFFERER, state=State.OFFERED, cursor=cursor, limit=PAGE_LIMIT
        )
        rows += [row for row in page.items if row.rounds == 1]
        cursor = page.next
        if cursor is None:
            return rows[::-1]


def _try_undercut(session: Session, acting: Acting, row: OfferRow, rule: Rule) -> None:
    """Undercut one offer; what is wrong with it undoes its own part alone."""
    error = session.attempt(lambda session: _undercut(session, acting, row, rule)).error
    if isinstance(error, ProtocolError):
        _log.warning("shop.not_undercut", offer=row.id, code=error.code)
    elif error is not None:
        raise error


def _undercut(session: Session, acting: Acting, row: OfferRow, rule: Rule) -> None:
    terms = _lowered(session, acting, row, rule)
    if terms is not None:
        _, thread = load_thread(session, acting.iri, row.id)
        _put(session, acting, row, thread, terms)


def _lowered(session: Session, acting: Acting, row: OfferRow, rule: Rule) -> Terms | None:
    """Return the terms of an offer with a lower price; None if it may not be lowered, or not any further."""
    item = _load_item_of(session, row)
    if item is None or not _may_undercut(session, acting, row):
        return None
    _, thread = load_thread(session, acting.iri, row.id)
    lowered = undercut(item, rule, thread.draft)
    if lowered is None or len(thread.draft.price) != 1:
        return None
    price = (replace(thread.draft.price[0], amount=lowered),)
    return Terms(replace(thread.draft, price=price), acting.now + rule.offer_valid_for)


def _may_undercut(session: Session, acting: Acting, row: OfferRow) -> bool:
    """Tell whether an offer may be lowered: once, while the intention takes offers.

    A move that the peer refused is void, and the thread looks as if it had never been made; it counts here,
    or each turn would sign and send another.
    """
    intention = intentions.load_intention_by_iri(session, acting.iri, row.intention)
    own = [move for move in offers.list_moves(session, row.id) if move.by_party is Party.OFFERER]
    return len(own) == 1 and intention is not None and _takes_offers(acting, intention)


def _put(session: Session, acting: Acting, row: OfferRow, thread: Thread, terms: Terms) -> None:
    offer_service.put_reoffer(session, acting, row, thread, terms)


def _load_rule(session: Session, actor: str) -> Rule | None:
    document = stock.load_rule(session, actor)
    return None if document is None else read_rule(document)


def _load_item_of(session: Session, row: OfferRow) -> Item | None:
    """Return the item that an offer of ours holds stock of."""
    reservation = stock.load_reservation(session, row.id)
    if reservation is None or reservation.state is not ReservationState.HELD:
        return None
    item = stock.load_item(session, row.actor, reservation.sku)
    return None if item is None else read_item(item.document)
