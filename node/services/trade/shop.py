"""The shop: a rule that answers intentions by itself from the price list, within the stock.

Rules that hold here:

- An open offer holds what it promises: nothing is offered twice, so nothing is sold twice.
- Choosing what to offer reads; making the offers writes, and looks at the stock once more before it does.
- The floor of the rule never leaves the node: it is not part of anything that is sent.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, Final

from node.core.assortments import millionths
from node.core.deadlines import is_run_out
from node.core.decisions import Decision
from node.core.drafts import ProposedTerms
from node.core.intentions import IntentionState
from node.core.items import Item, render_count
from node.core.matching import (
    AcceptTerms,
    Decline,
    Match,
    Rule,
    amount_of,
    answer_counter,
    candidates,
    lowest_total,
    read_rule,
    render_rule,
)
from node.services.acting import Acting
from node.services.intentions.signing import waits
from node.services.ledger.recording import note
from node.services.negotiations import offers as offer_service
from node.services.negotiations.asking import SecondNeeded, ask_if_room
from node.services.negotiations.loading import load, load_row, read_terms_of
from node.services.terms import templates
from node.services.trade import choosing
from node.services.trade.haggling import may_answer
from node.services.trade.promising import has_room, until
from node.storage import assortments, intentions, offers, stock, undercuts
from node.storage.intentions import IntentionRow
from node.storage.offers import OfferRow
from node.storage.session import Session
from node.storage.stock import ReservationState
from protocol.intentions import Intention, read_intention
from protocol.negotiation import Event, State
from protocol.offers import Draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.strictjson import Document

WAITING: Final = 100  # wishes that are shown to wait; more than a person answers in a day
LOOKED_THROUGH: Final = 1_000  # open wishes, the newest, among which those are looked for

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


def drop_rule(session: Session, acting: Acting) -> dict[str, Any]:
    """Answer nothing by itself any more; what was offered stands. Without a rule nothing happens."""
    if stock.load_rule(session, acting.iri) is not None:
        note(session, acting, "rule.dropped", {})
    return {}


def show_rule(session: Session, acting: Acting) -> dict[str, Any] | None:
    """Return the rule, or None: then the shop answers nothing by itself."""
    rule = load_rule(session, acting.iri)
    return None if rule is None else render_rule(rule)


def waiting(session: Session, acting: Acting) -> tuple[list[IntentionRow], bool]:
    """Return the newest open wishes that have no offer of ours, as many as a person looks at.

    Tells second whether there are older ones at which nobody looked.
    """
    newest = intentions.newest_of_others(session, acting.iri, limit=LOOKED_THROUGH + 1)
    found = [id for id, is_offered in newest[:LOOKED_THROUGH] if not is_offered]
    is_cut = len(newest) > LOOKED_THROUGH or len(found) > WAITING
    return intentions.intentions_by_id(session, acting.iri, found[:WAITING]), is_cut


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
    return sum(_offer_one(session, acting, row, match.item.sku, rule) for match in matches)


def _offer_one(session: Session, acting: Acting, row: IntentionRow, sku: str, rule: Rule) -> bool:
    """Offer an item if it still is what is wanted; tell whether it was offered."""
    listed, intention = assortments.load_item(session, acting.iri, sku), read_intention(row.document)
    base = templates.opening(session, acting, row)
    items = [] if listed is None else [choosing.to_item(listed)]
    for match in candidates(intention, items, rule, now=acting.now):
        held = amount_of(match.item, intention.quantity)
        assert held is not None  # noqa: S101 - it would be no candidate
        assert listed is not None  # noqa: S101 - it is a candidate
        if row.peer is None or not has_room(
            session, acting, listed, rule, peer=row.peer, wanted=millionths(Fraction(held))
        ):
            return False
        terms = ProposedTerms(_draft(base, intention, match), until(session, acting, rule, peer=row.peer))
        count = render_count(held)
        make = partial(offer_service.open_offer, acting=acting, row=row, terms=terms, sku=sku, quantity=count)
        return _is_made(session, acting, make)
    return False


def _draft(base: Draft, intention: Intention, match: Match) -> Draft:
    """Return the terms on which an item is offered: what is wanted, counted as it is wanted; over `base`."""
    item, wanted = match.item, intention.quantity
    line = PriceLine(kind=PriceLineKind.ONE_OFF, amount=match.total, currency=item.currency, label=item.name)
    return replace(
        base,
        name=item.name,
        quantity=Quantity(wanted.value or Decimal(1), wanted.unit),
        price=(line,),
        properties=item.offered,
    )


def _is_answerable(session: Session, acting: Acting, row: IntentionRow) -> bool:
    """Tell whether an intention takes offers, is not answered by us yet, and tells all that it will."""
    if not takes_offers(acting, row) or waits(session, acting.iri, row):
        return False
    return offers.count_offers(session, acting.iri, row.iri)[0] == 0


def takes_offers(acting: Acting, row: IntentionRow) -> bool:
    """Tell whether an intention of somebody else's takes offers now: it is open, and not paused."""
    return stands(acting, row) and not (row.pause is not None and row.pause.holds(acting.now))


def stands(acting: Acting, row: IntentionRow) -> bool:
    """Tell whether an intention of somebody else's is open, paused or not."""
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
    if thread.rounds >= acting.limits.rounds or is_run_out(thread, at=acting.now):
        return False
    if not may_answer(session, acting, row):
        return False
    ends_at = until(session, acting, rule, peer=row.peer, opened_at=thread.opened_at)
    answer = answer_counter(item, rule, offered=thread.draft, wanted=thread.countered)
    if not isinstance(answer, AcceptTerms | Decline) or ends_at is None:
        return False
    terms = ProposedTerms(answer.terms, ends_at)
    return _is_made(
        session,
        acting,
        lambda session: offer_service.put_reoffer(session, acting, negotiation, terms, by_rule=True),
    )


def _is_made(session: Session, acting: Acting, make: Callable[[Session], Decision]) -> bool:
    """Make a move; tell whether it was signed. What needs a second person waits for two of them instead."""
    error = session.attempt(make).error
    if isinstance(error, SecondNeeded):
        ask_if_room(session, acting, error)
        return False
    if error is not None:
        raise error
    return True


def load_rule(session: Session, actor: str) -> Rule | None:
    """Return the rule a shop answers by; None if it answers nothing by itself."""
    document = stock.load_rule(session, actor)
    return None if document is None else read_rule(document)


def floor_of(session: Session, acting: Acting, offer: str) -> Decimal | None:
    """Return the floor of what an offer of ours (its id) has from the list, for the owner's eyes alone.

    None where the rule goes down by nothing, and for what is not held from the list.
    """
    row, rule = load_row(session, acting.iri, offer), load_rule(session, acting.iri)
    item = load_item_of(session, row)
    if rule is None or item is None or not rule.max_discount_percent:
        return None
    return lowest_total(item, rule, read_terms_of(row))


def load_item_of(session: Session, row: OfferRow) -> Item | None:
    """Return the item that an offer of ours holds stock of."""
    from node.core.pricelists import read_item

    reservation = stock.load_reservation(session, row.id)
    if reservation is None or reservation.state is not ReservationState.HELD:
        return None
    item = assortments.load_item(session, row.actor, reservation.sku)
    return None if item is None else read_item(item.document)
