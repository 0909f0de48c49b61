"""Releasing: an offer leaves the quarantine because the owner wants to see it, and is taken like any other.

What is demanded of an offer is demanded of it now: it may have ended meanwhile, or its intention. Only the
budgets that it was held for do not count.
"""

from node.services.acting import Acting
from node.services.ledger.received import Received
from node.services.negotiations import quarantine
from node.services.negotiations.showing import OfferShown, show_offers
from node.services.negotiations.taking import receive_opening
from node.storage import offers, peers
from node.storage import quarantine as rows
from node.storage.peers import PeerRow
from node.storage.quarantine import QuarantinedRow
from node.storage.session import Session
from protocol import incoming
from protocol.actors import Actor, ActorKey, ActorKind
from protocol.keys import read_multibase
from protocol.moves import read_move


def release(session: Session, acting: Acting, id: str) -> OfferShown:
    """Take an offer out of the quarantine as if it had come now; return it as a negotiation is shown.

    Raises:
        NotFound: `unknown-id`. Conflict, Unprocessable: why it cannot be taken any more; it stays then.
    """
    row = quarantine.load(session, acting, id)
    received = _received(row, peers.named_peer(session, acting.iri, row.peer))
    move = read_move(received.activity, currency=row.currency)
    receive_opening(session, acting, received, move, budgeted=False)
    rows.delete_quarantined(session, acting.iri, row.id)
    opened = offers.load_offer_by_move(session, acting.iri, row.activity)
    assert opened is not None  # noqa: S101 - it was taken just now
    (shown,) = show_offers(session, acting.iri, [opened])
    return shown


def _received(row: QuarantinedRow, peer: PeerRow) -> Received:
    """Return an offer as its sender, and the key that proved it, were when it came."""
    arrival = incoming.read(row.raw)
    key = ActorKey(row.key_id, peer.address, read_multibase(row.key), frozenset())
    return Received(
        activity=arrival.reading,
        raw=row.raw,
        sha256=arrival.sha256,
        digest=row.digest,
        sender=_sender(peer, key),
        proof_key=key,
        peer=peer,
    )


def _sender(peer: PeerRow, key: ActorKey) -> Actor:
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
        keys=(key,),
        speaks_ed25519=False,
    )
