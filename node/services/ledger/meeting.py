"""Meeting: an address becomes a peer, and from then on the id of its row stands for whoever is there.

Rules that hold here:

- Whoever writes to us, and whomever we write to, is a peer. The id is minted once and stands in the decision
  of the entry by which we met: a rebuild gives the same one, and wherever the peer is later, it keeps it.
- Until then a stranger has an id that nothing names, and so nothing that is between us and a peer is theirs.
"""

from collections.abc import Collection

from node.services.acting import Acting
from node.services.ledger.recording import note
from node.storage import peers
from node.storage.peers import PeerRow
from node.storage.session import Session
from protocol.actors import Actor


def recognise(session: Session, acting: Acting, address: str) -> PeerRow:
    """Return who is at an address, perhaps a stranger; nothing is written."""
    return peers.load_peer_at(session, acting.iri, address) or stranger(acting, address)


def recognise_all(session: Session, acting: Acting, addresses: Collection[str]) -> dict[str, PeerRow]:
    """Return by address who is at each of these; nothing is written."""
    known = peers.peers_at(session, acting.iri, addresses)
    return {address: known.get(address) or stranger(acting, address) for address in addresses}


def meet_all(session: Session, acting: Acting, addresses: Collection[str]) -> dict[str, PeerRow]:
    """Return by address who is at each of these; strangers are peers from now on. Call inside a write."""
    known = peers.peers_at(session, acting.iri, addresses)
    met = {address: stranger(acting, address) for address in addresses if address not in known}
    for peer in met.values():
        note(session, acting, "peer", {}, peer=peer)
    return known | met


def remember(session: Session, acting: Acting, peer: PeerRow, actor: Actor) -> None:
    """Remember a peer as its own document describes it, if that is news. Call inside a write."""
    described = {"name": actor.name, "kind": actor.kind.value, "handle": actor.handle}
    if described != {"name": peer.name, "kind": peer.kind, "handle": peer.handle}:
        note(session, acting, "peer", described, peer=peer)


def stranger(acting: Acting, address: str) -> PeerRow:
    """Return whoever is at an address that nobody is known at."""
    return PeerRow(
        actor=acting.iri,
        id=acting.new_id("peer"),
        address=address,
        name="",
        kind="",
        handle=None,
        first_seen=acting.now,
    )
