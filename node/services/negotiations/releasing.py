"""Releasing: an offer leaves the quarantine because the owner wants to see it, and is taken like any other.

What is demanded of an offer is demanded of it now: it may have ended meanwhile, or its intention. Only the
budgets that it was held for do not count. What would come of it is shown before.
"""

from typing import TypedDict, cast

from node.core.conditions import Crowding, crowding
from node.core.drafts import view_draft, view_time
from node.services.acting import Acting
from node.services.negotiations import apart, quarantine
from node.services.negotiations.loading import load_policy
from node.services.negotiations.quarantine import QuarantinedShown
from node.services.negotiations.showing import OfferShown, TermsShown, show_offers
from node.services.negotiations.taking import consider_opening
from node.storage import intentions, offers, peers
from node.storage import quarantine as rows
from node.storage.peers import PeerRow
from node.storage.quarantine import QuarantinedRow
from node.storage.session import Session
from protocol.drafts import Role
from protocol.errors import ProtocolError
from protocol.intentions import read_intention
from protocol.moves import read_move
from protocol.offers import plain_terms


class WishShown(TypedDict):
    """The intention of ours that an offer in quarantine is about."""

    id: str
    name: str


class RefusalShown(TypedDict):
    """Why an offer could not be taken any more."""

    code: str
    detail: str


class HeldShown(QuarantinedShown):
    """An offer in quarantine as the owner looks at it before deciding.

    `why` is what there is too much of now, None if there is room by now, or if it could not be taken at all:
    then `refusal` says why. `terms`, and `plain` in a sentence, are None and "" if it cannot be read by now.
    `waiting` counts what else of its server is in quarantine.
    """

    handle: str | None
    blocked: bool
    first_seen: str | None
    waiting: int
    wish: WishShown | None
    terms: TermsShown | None
    plain: str
    why: Crowding | None
    refusal: RefusalShown | None


def show(session: Session, acting: Acting, id: str) -> HeldShown:
    """Show what is kept apart under an id: who sent what, why it is here, and what releasing would do.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = quarantine.load(session, acting, id)
    peer, move = peers.named_peer(session, acting.iri, row.peer), quarantine.read(row)
    draft = None if move is None else move.draft
    why, refusal = _foreseen(session, acting, row, peer)
    return {
        **quarantine.view(row, peer),
        "handle": peer.handle,
        "blocked": peer.blocked,
        "first_seen": view_time(peer.first_seen),
        "waiting": rows.count_quarantined(session, acting.iri, origin=row.origin) - 1,
        "wish": _wish(session, acting, row),
        "terms": None if draft is None else cast("TermsShown", view_draft(draft)),
        "plain": "" if draft is None else plain_terms(draft, for_role=Role.CUSTOMER),
        "why": why,
        "refusal": refusal,
    }


def _wish(session: Session, acting: Acting, row: QuarantinedRow) -> WishShown | None:
    wanted = intentions.load_intention_by_iri(session, acting.iri, row.intention)
    return None if wanted is None else {"id": wanted.id, "name": read_intention(wanted.document).name}


def _foreseen(
    session: Session, acting: Acting, row: QuarantinedRow, peer: PeerRow
) -> tuple[Crowding | None, RefusalShown | None]:
    """Return what there is too much of for an offer now, and why it could not be taken at all."""
    try:
        received = quarantine.received_of(row, peer)
        move = read_move(received.activity, currency=row.currency)
        crowd = consider_opening(session, acting, received, move, released=True).before.crowd
    except ProtocolError as error:
        return None, {"code": error.code, "detail": error.detail}
    return None if crowd is None else crowding(crowd, load_policy(acting)), None


def release(session: Session, acting: Acting, id: str) -> OfferShown:
    """Take an offer, and what came after it, out of the quarantine as if it had come now; return it as shown.

    Raises:
        NotFound: `unknown-id`. Conflict, Unprocessable: why it cannot be taken any more; it stays then.
    """
    row = quarantine.load(session, acting, id)
    apart.let_in(session, acting, rows.quarantined_negotiation(session, acting.iri, row.negotiation))
    opened = offers.load_offer_by_move(session, acting.iri, row.activity)
    assert opened is not None  # noqa: S101 - it was taken just now
    (shown,) = show_offers(session, acting.iri, [opened])
    return shown
