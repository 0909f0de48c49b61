"""Quarantine: first offers that are in order and one too many, where the owner may look at them.

Rules that hold here:

- Nobody is told that an offer is here: whoever sent it may have done nothing wrong, and has its receipt.
- The owner is told with the first of an origin about an intention, and of no more while that one is here.
- Nothing is a negotiation before it is let out; whoever made an offer may take it back before that, and also
  once it has gone from here.
"""

from typing import Final, TypedDict

from node.core import codes
from node.core.drafts import view_draft, view_time
from node.services.acting import Acting
from node.services.ledger.received import Received
from node.services.ledger.recording import note
from node.storage import offers, peers, receipts
from node.storage import quarantine as rows
from node.storage.ids import resolve_id
from node.storage.peers import PeerRow
from node.storage.quarantine import QuarantinedRow
from node.storage.session import Session
from protocol import incoming
from protocol.errors import Forbidden, NotFound, ProtocolError
from protocol.iris import same_origin, server
from protocol.moves import Move, read_move

HELD: Final = "offer.quarantined"


class QuarantinedShown(TypedDict):
    """An offer in quarantine, as the owner's programs read it."""

    id: str
    at: str | None
    peer: str
    name: str
    intention: str
    what: str
    total: str | None
    currency: str
    expires_at: str | None


class QuarantineShown(TypedDict):
    """Some of the offers in quarantine, and the cursor that continues the list."""

    items: list[QuarantinedShown]
    next: str | None


def hold(session: Session, acting: Acting, received: Received, *, intention: str, currency: str) -> None:
    """Keep a first offer apart that is one too many. Call inside the write that takes it."""
    key = received.proof_key
    assert key is not None  # noqa: S101 - checked before anything else
    place = server(received.peer.address)
    if not rows.has_quarantined(session, acting.iri, origin=place, intention=intention):
        note(session, acting, HELD, {"intention": intention}, peer=received.peer)
    row = QuarantinedRow(
        id=acting.new_id("qu"),
        actor=acting.iri,
        activity=str(received.activity["id"]),
        peer=received.peer.id,
        origin=place,
        intention=intention,
        currency=currency,
        raw=received.raw,
        digest=received.digest,
        key_id=key.id,
        key=key.key.multibase,
        at=acting.now,
    )
    rows.add_quarantined(session, row)
    acting.weigh(len(received.raw))


def take_back(session: Session, acting: Acting, received: Received, move: Move) -> bool:
    """Drop the offer that a withdrawal names, if it is kept apart; tell whether it is, or was until it went.

    Raises:
        Forbidden: `not-your-negotiation`.
    """
    offer = move.answers or ""
    row = rows.load_quarantined_by_activity(session, acting.iri, offer)
    if row is None:
        return _has_gone(session, acting, received, offer)
    if row.peer != received.peer.id:
        raise Forbidden(codes.NOT_YOUR_NEGOTIATION)
    return rows.delete_quarantined(session, acting.iri, row.id)


def _has_gone(session: Session, acting: Acting, received: Received, offer: str) -> bool:
    """Tell whether an offer of a sender was taken once and is nowhere now.

    To refuse its withdrawal would bind whoever made it until its end, to an offer that nobody here has.
    """
    return (
        same_origin(offer, received.sender.iri)
        and receipts.load_receipt(session, offer, acting.iri) is not None
        and offers.load_offer_by_move(session, acting.iri, offer) is None
    )


def list(session: Session, acting: Acting, *, cursor: str | None = None, limit: int = 50) -> QuarantineShown:
    """List what is kept apart, newest first."""
    page = rows.list_quarantined(session, acting.iri, cursor=cursor, limit=limit)
    known = peers.peers_by_id(session, acting.iri, {row.peer for row in page.items})
    return {"items": [view(row, known[row.peer]) for row in page.items], "next": page.next}


def load(session: Session, acting: Acting, id: str) -> QuarantinedRow:
    """Return what is kept apart under an id, or a unique beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = rows.load_quarantined(session, acting.iri, resolve_id(session, "quarantine", acting.iri, id))
    if row is None:
        raise NotFound(codes.UNKNOWN_ID, "Nothing in quarantine has this id.")
    return row


def drop(session: Session, acting: Acting, id: str) -> QuarantinedShown:
    """Drop what is kept apart under an id; nobody is told.

    Raises:
        NotFound: `unknown-id`.
    """
    row = load(session, acting, id)
    rows.delete_quarantined(session, acting.iri, row.id)
    return view(row, peers.named_peer(session, acting.iri, row.peer))


def sender(session: Session, acting: Acting, id: str) -> str:
    """Return the address of who made what is kept apart under an id.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    return peers.named_peer(session, acting.iri, load(session, acting, id).peer).address


def view(row: QuarantinedRow, peer: PeerRow) -> QuarantinedShown:
    """Show what is kept apart, in a line of a list."""
    move = read(row)
    draft = None if move is None else move.draft
    return {
        "id": row.id,
        "at": view_time(row.at),
        "peer": peer.address,
        "name": peer.name,
        "intention": row.intention,
        "what": "" if draft is None else draft.name,
        "total": None if draft is None else view_draft(draft)["total"],
        "currency": row.currency,
        "expires_at": None if move is None else view_time(move.ends_at),
    }


def read(row: QuarantinedRow) -> Move | None:
    """Return an offer as it is read now; None if an earlier release took what this one does not."""
    try:
        return read_move(incoming.read(row.raw).reading, currency=row.currency)
    except ProtocolError:
        return None
