"""Keys of peers: a peer is who signs with the keys it had, and another key is the owner's to believe.

Rules that hold here:

- The keys in a peer's document when it is first met are its own; so are those that it announces itself, in an
  `Update` of its actor that one of these keys has signed.
- Whatever is signed by another key waits at its sender (503) until the owner has confirmed it: who has taken
  over an address can publish any key there, and is not who was dealt with. A proof says more than the request
  that brings it, so where there is one its key decides.
- What waits costs nothing here but one entry for each change of keys, and that at most `HELD` times.
- A key that several peers have is theirs all the same; the owner is told.
"""

from collections.abc import Collection
from typing import Any, Final

from node.core import codes
from node.services.acting import Acting
from node.services.ledger.received import Authentic
from node.services.ledger.recording import note
from node.storage import peer_keys, peers
from node.storage.peer_keys import KeyState
from node.storage.peers import PeerRow
from node.storage.senders import SenderRow
from node.storage.session import Session
from protocol.actors import Actor
from protocol.errors import Deferred, Forbidden

PEER_KEY: Final = "peer.key"
HELD: Final = 8  # keys of one peer that wait: who has more is no business that has lost one
KEPT: Final = 64  # keys of one peer: who rotates every month has as many after five years
TOLD: Final = 5  # peers named that have the same key


def check(sender: SenderRow) -> None:
    """Check that who sent something may sign with the key that did.

    Without a key nobody is who has one, and of whom none is known any may be.

    Raises:
        Deferred: `key-held`. Forbidden: `key-refused`.
    """
    state = (sender.key or KeyState.HELD) if sender.has_keys else KeyState.KNOWN
    if state is KeyState.HELD:
        raise Deferred(codes.KEY_HELD)
    if state is KeyState.REFUSED:
        raise Forbidden(codes.KEY_REFUSED)


def is_trusted(session: Session, actor: str, peer: PeerRow, fragment: str) -> bool:
    """Tell whether a peer is who signs with a key."""
    known = peer_keys.keys_of(session, actor, peer.id)
    return not known or known.get(fragment) is KeyState.KNOWN


def meet(session: Session, acting: Acting, peer: PeerRow, actor: Actor) -> None:
    """Take the keys in a peer's own document for its own. Call inside a write, when none are known."""
    fragments = fragments_of(actor)
    if fragments:
        _note(session, acting, peer, "met", fragments)


def announce(session: Session, acting: Acting, peer: PeerRow, fragments: Collection[str]) -> None:
    """Take the keys that a peer announces, signed by one it had. Call inside a write."""
    known = peer_keys.keys_of(session, acting.iri, peer.id)
    news = [fragment for fragment in fragments if known.get(fragment) in (None, KeyState.HELD)]
    if news and len(known) + len(news) <= KEPT:
        _note(session, acting, peer, "announced", news)


def hold(session: Session, acting: Acting, authentic: Authentic) -> None:
    """Note for the owner which keys of a peer wait, if that is news. Call inside a write."""
    peer = peers.load_peer_at(session, acting.iri, authentic.sender.iri)
    if peer is None:
        return
    known = peer_keys.keys_of(session, acting.iri, peer.id)
    # The key that signed may be newer than what was known of the sender when its request was looked at. It
    # comes first: where there is no room for all, whoever signs with it must not wait for ever.
    signed = authentic.fragment
    listed = [*([signed] if signed else []), *fragments_of(authentic.sender)]
    news = [fragment for fragment in dict.fromkeys(listed) if fragment not in known]
    waiting = sum(state is KeyState.HELD for state in known.values())
    held = sorted(news[: max(0, HELD - waiting)])
    if held:
        _note(session, acting, peer, KeyState.HELD.value, held)


def judge(
    session: Session, acting: Acting, peer: PeerRow, fragments: Collection[str], *, confirmed: bool
) -> None:
    """Write down what the owner said of keys that wait. Call inside a write."""
    _note(session, acting, peer, "confirmed" if confirmed else KeyState.REFUSED.value, fragments)


def fragments_of(actor: Actor) -> list[str]:
    """Return the keys that an actor's document lists, sorted."""
    return sorted({key.key.fragment for key in actor.keys})


def _note(session: Session, acting: Acting, peer: PeerRow, state: str, fragments: Collection[str]) -> None:
    decision: dict[str, Any] = {"state": state, "keys": [*fragments]}
    if peer_keys.others_with(session, acting.iri, peer.id, fragments, limit=1):
        decision["shared"] = True
    note(session, acting, PEER_KEY, decision, peer=peer)
