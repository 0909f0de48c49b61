"""Answering a wish: what was asked for, what was offered, what that leaves unsaid, and the answer itself."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from node.core import codes
from node.core.comparison import differences, view_difference
from node.core.drafts import read_terms
from node.core.gaps import gaps
from node.services.acting import Acting
from node.services.intentions import showing as intention_showing
from node.services.intentions.showing import IntentionShown
from node.services.negotiations import offers as offer_service
from node.services.negotiations.loading import load_peers, read_terms_of, to_counterpart
from node.services.negotiations.showing import Named, OfferShown, show_offers, show_peer
from node.services.terms import templates
from node.services.trade import pipeline
from node.services.trade.pipeline import PipelineItem
from node.storage import offers
from node.storage.intentions import IntentionRow
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.errors import NotFound
from protocol.intentions import Intention, read_intention
from protocol.negotiation import Party
from protocol.offers import Draft
from protocol.strictjson import Document

MOST = 20  # offers to one wish that are looked at; a rule makes ten at most


class GapShown(TypedDict):
    """What an offer misses or leaves unsaid, and of which point."""

    kind: str
    property: str


class WishToAnswer(TypedDict):
    """A wish of a customer's, and our offers to it, the newest first.

    `customer` is the id of who wishes, who is at `peer`; `item` where the wish or the chosen offer stands,
    None if nothing is under way; `offer` the chosen one. `difference` is how it meets the points of the wish,
    `gaps` what it leaves unsaid.
    """

    intention: IntentionShown
    customer: str
    peer: Named
    item: PipelineItem | None
    offer: OfferShown | None
    offers: Sequence[OfferShown]
    difference: Sequence[Mapping[str, Any]]
    gaps: Sequence[GapShown]


def show(session: Session, acting: Acting, intention: str, *, offer: str | None = None) -> WishToAnswer:
    """Show a wish of somebody else's with our offers; `offer` is the one to look at, else the newest.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = intention_showing.load(session, acting, intention)
    if row.peer is None:
        raise NotFound(codes.UNKNOWN_ID, "There is no intention of somebody else's with this id.")
    wish = read_intention(row.document)
    found = offers.list_offers(session, acting.iri, intention=row.iri, role=Party.OFFERER, limit=MOST).items
    chosen = _chosen(found, offer)
    draft = templates.opening(session, acting, row) if chosen is None else read_terms_of(chosen)
    shown = show_offers(session, acting.iri, found)
    ends = load_peers(session, acting.iri, {row.peer})
    return {
        "intention": intention_showing.view(session, row),
        "customer": row.peer,
        "peer": show_peer(to_counterpart(ends[row.peer])),
        "item": _item(session, acting, row, chosen),
        "offer": next((each for each in shown if chosen and each["id"] == chosen.id), None),
        "offers": shown,
        **_against(wish, draft),
    }


class _Against(TypedDict):
    """How terms meet the points of a wish, and what they leave unsaid."""

    difference: Sequence[Mapping[str, Any]]
    gaps: Sequence[GapShown]


def _against(wish: Intention, draft: Draft) -> _Against:
    return {
        "difference": [view_difference(difference) for difference in differences(wish, draft)],
        "gaps": [{"kind": gap.kind.value, "property": gap.property} for gap in gaps(wish, draft)],
    }


def _chosen(found: Sequence[OfferRow], id: str | None) -> OfferRow | None:
    if id is None:
        return found[0] if found else None
    for row in found:
        if row.id == id:
            return row
    raise NotFound(codes.UNKNOWN_ID, "There is no offer with this id to the intention.")


def _item(
    session: Session, acting: Acting, row: IntentionRow, chosen: OfferRow | None
) -> PipelineItem | None:
    if chosen is not None:
        return next(iter(pipeline.items_of_offers(session, acting, [chosen])), None)
    return next(iter(pipeline.items_of_wishes(session, acting, [row])), None)


def answer(
    session: Session,
    acting: Acting,
    intention: str,
    terms: Document,
    *,
    offer: str | None = None,
    digest: str | None = None,
) -> WishToAnswer:
    """Make an offer on these terms, or replace the one that stands, and show the wish with it.

    With `digest`, only if that is still the one that was looked at. Shown is what the terms say, and not what
    was written of them: where an answer is only looked at, nothing is.

    Raises:
        NotFound, Conflict, Unprocessable: as `offers.make`, `offers.reoffer`.
    """
    before = show(session, acting, intention, offer=offer)
    row = intention_showing.load(session, acting, intention)
    wish = read_intention(row.document)
    base = (
        templates.opening(session, acting, row)
        if offer is None
        else read_terms_of(offer_service.load(session, acting, offer))
    )
    made = (
        offer_service.make(session, acting, intention, terms)
        if offer is None
        else offer_service.reoffer(session, acting, offer, terms, digest=digest)
    )
    draft = read_terms(terms, base=base).draft
    return {**before, "offer": made, **_against(wish, draft)}
