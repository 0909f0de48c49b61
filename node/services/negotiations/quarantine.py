"""Quarantine: first offers that are in order and one too many, where the owner may look at them.

Rules that hold here:

- Nobody is told that an offer is here: whoever sent it may have done nothing wrong, and has its receipt. What
  they send after it is answered as if it were let in, and kept with it (`apart`).
- The owner is told with the first of an origin about an intention, and of no more while that one is here.
- Nothing is a negotiation before it is let out; whoever made an offer may take it back before that, and also
  once it has gone from here.
"""

from dataclasses import replace
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
from protocol.actors import Actor, ActorKey, ActorKind
from protocol.errors import NotFound, ProtocolError
from protocol.iris import same_origin, server, without_fragment
from protocol.keys import read_multibase
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


def hold(session: Session, acting: Acting, received: Received, move: Move) -> None:
    """Keep a first offer apart that is one too many. Call inside the write that takes it."""
    assert move.draft is not None  # noqa: S101 - it was decided on
    place = server(received.peer.address)
    intention = without_fragment(move.draft.satisfies_primary)
    if not rows.has_quarantined(session, acting.iri, origin=place, intention=intention):
        note(session, acting, HELD, {"intention": intention}, peer=received.peer)
    key = received.proof_key
    assert key is not None  # noqa: S101 - checked before anything else
    row = QuarantinedRow(
        id=acting.new_id("qu"),
        actor=acting.iri,
        activity=str(received.activity["id"]),
        peer=received.peer.id,
        origin=place,
        intention=intention,
        negotiation=move.negotiation,
        opens=True,
        currency=move.draft.currency,
        raw=received.raw,
        digest=received.digest,
        key_id=key.id,
        key=key.key.multibase,
        at=acting.now,
    )
    _keep(session, acting, row)


def hold_after(
    session: Session, acting: Acting, received: Received, opening: QuarantinedRow, *, message: str = ""
) -> None:
    """Keep with an offer what its sender sent after it: another offer, or a message at this address."""
    key = None if message else received.proof_key
    row = replace(
        opening,
        id=acting.new_id("qu"),
        activity=message or str(received.activity["id"]),
        opens=False,
        raw=received.raw,
        digest=received.digest,
        key_id="" if key is None else key.id,
        key="" if key is None else key.key.multibase,
        at=acting.now,
    )
    _keep(session, acting, row)


def _keep(session: Session, acting: Acting, row: QuarantinedRow) -> None:
    rows.add_quarantined(session, row)
    acting.weigh(len(row.raw))


def received_of(row: QuarantinedRow, peer: PeerRow) -> Received:
    """Return what is kept as its sender, and the key that proved it, were when it came."""
    arrival = incoming.read(row.raw)
    key = ActorKey(row.key_id, peer.address, read_multibase(row.key), frozenset()) if row.key else None
    return Received(
        activity=arrival.reading,
        raw=row.raw,
        sha256=arrival.sha256,
        digest=row.digest,
        sender=_sender(peer, key),
        proof_key=key,
        peer=peer,
    )


def _sender(peer: PeerRow, key: ActorKey | None) -> Actor:
    return Actor(
        iri=peer.address,
        kind=ActorKind(peer.kind),
        name=peer.name,
        handle=peer.handle or "",
        inbox=peer.address,
        shared_inbox=None,
        outbox=None,
        followers=None,
        summary="",
        keys=() if key is None else (key,),
        speaks_ed25519=False,
    )


def has_gone(session: Session, acting: Acting, received: Received, offer: str) -> bool:
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
    if row is None or not row.opens:
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
