"""Undercutting: a first offer that nobody has answered for the rule's time gets a lower price, once.

Rules that hold here:

- A late offer is undercut once: whatever became of the lower one, there is no second.
- Each is looked at when its time comes, the oldest first, and then left behind; a new rule or price list, and
  a clock that was set back, begin it again.
- One whose time came while the wish was paused is looked at when that takes offers again.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from node.core.deadlines import is_run_out
from node.core.drafts import ProposedTerms
from node.core.matching import Rule, undercut
from node.services.acting import Acting
from node.services.negotiations import offers as offer_service
from node.services.negotiations.asking import SecondNeeded, ask_if_room
from node.services.negotiations.loading import load
from node.services.trade.promising import until as promised_until
from node.services.trade.shop import load_item_of, load_rule, takes_offers
from node.storage import intentions, offers, undercuts
from node.storage.moves import list_moves
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.errors import ProtocolError
from protocol.negotiation import Event, Party, State

STEP: Final = 10  # offers looked at in one write: each may be signed and sent anew, in a few milliseconds

_log = structlog.get_logger(__name__)


def next_late(session: Session, acting: Acting) -> datetime | None:
    """Return when the next offer is late: an instant in the past if one is by now. Reads only."""
    rule = load_rule(session, acting.iri)
    if rule is None or rule.undercut_after is None:
        return None
    place = undercuts.load_place(session, acting.iri, until=acting.now - rule.undercut_after)
    opened_at = offers.next_unanswered(session, acting.iri, after=place)
    return None if opened_at is None else opened_at + rule.undercut_after


def undercut_late(session: Session, acting: Acting) -> datetime | None:
    """Lower the price of a few late offers, the oldest first; return when the next is late.

    An offer whose price cannot be lowered is noted and passed over. Call inside a write.
    """
    rule = load_rule(session, acting.iri)
    if rule is None or rule.undercut_after is None:
        return None
    until = acting.now - rule.undercut_after
    place = undercuts.load_place(session, acting.iri, until=until)
    for row in offers.unanswered_offers(session, acting.iri, after=place, until=until, limit=STEP):
        _try_undercut(session, acting, row, rule)
        undercuts.leave_behind(session, row)
    return next_late(session, acting)


def late_for(session: Session, acting: Acting, iri: str) -> list[OfferRow]:
    """Return our late offers to one intention (its IRI), if that takes offers. Reads only."""
    rule = load_rule(session, acting.iri)
    intention = intentions.load_intention_by_iri(session, acting.iri, iri)
    if (
        rule is None
        or rule.undercut_after is None
        or intention is None
        or not takes_offers(acting, intention)
    ):
        return []
    until = acting.now - rule.undercut_after
    standing = offers.list_offers(
        session, acting.iri, intention=iri, role=Party.OFFERER, state=State.OFFERED, limit=STEP
    )
    return [row for row in standing.items if row.opened_at <= until and _is_first(session, row)]


def undercut_resumed(session: Session, acting: Acting, iri: str) -> None:
    """Lower the price of our late offers to an intention that takes offers again. Call inside a write."""
    rule = load_rule(session, acting.iri)
    for row in late_for(session, acting, iri):
        assert rule is not None  # noqa: S101 - nothing is late without one
        _try_undercut(session, acting, row, rule)


def _try_undercut(session: Session, acting: Acting, row: OfferRow, rule: Rule) -> None:
    """Undercut one offer; what is wrong with it undoes its own part alone."""
    error = session.attempt(lambda session: _undercut(session, acting, row, rule)).error
    if isinstance(error, SecondNeeded):
        ask_if_room(session, acting, error)
    elif isinstance(error, ProtocolError):
        _log.warning("shop.not_undercut", offer=row.id, code=error.code)
    elif error is not None:
        raise error


def _undercut(session: Session, acting: Acting, row: OfferRow, rule: Rule) -> None:
    item = load_item_of(session, row)
    negotiation = load(session, acting, row, Event.REOFFER)
    thread = negotiation.begun
    if is_run_out(thread, at=acting.now):
        return
    lowered = None if item is None else undercut(item, rule, thread.draft)
    if lowered is None or len(thread.draft.price) != 1 or not _may_undercut(session, acting, row):
        return
    ends_at = promised_until(session, acting, rule, peer=row.peer, opened_at=thread.opened_at)
    if ends_at is None:
        return
    price = (replace(thread.draft.price[0], amount=lowered),)
    terms = ProposedTerms(replace(thread.draft, price=price), ends_at)
    offer_service.put_reoffer(session, acting, negotiation, terms, by_rule=True)


def _may_undercut(session: Session, acting: Acting, row: OfferRow) -> bool:
    """Tell whether an offer may be lowered: once, while the intention takes offers.

    A move that the peer refused is void, and the thread looks as if it had never been made; it counts here,
    or each turn would sign and send another.
    """
    intention = intentions.load_intention_by_iri(session, acting.iri, row.intention)
    return _is_first(session, row) and intention is not None and takes_offers(acting, intention)


def _is_first(session: Session, row: OfferRow) -> bool:
    """Tell whether an offer was made once, and never again."""
    own = [move for move in list_moves(session, row.id) if move.by_party is Party.OFFERER]
    return len(own) == 1
