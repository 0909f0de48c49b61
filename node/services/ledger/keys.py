"""Keys of peers: a peer is who signs with the keys it had, and another key is the owner's to believe.

Rules that hold here:

- The keys in a peer's document when it is first met are its own; so are those that it announces itself, in an
  `Update` of its actor that one of these keys has signed.
- Whatever is signed by another key waits at its sender (503) until the owner has confirmed it: who has taken
  over an address can publish any key there, and is not who was dealt with. A proof says more than the request
  that brings it, so where there is one its key decides.
- A request that a known key has signed vouches for the key of the proof in it, if the actor's document lists
  that beside one that signed its proofs before: so a business adds a key without anybody being asked.
- A document is unconfirmed that lists no known key, or one that waits or was refused. Nothing is sent where
  it says, until the owner has confirmed its keys.
- What waits costs nothing here but one entry for each change of keys, and that at most `HELD` times.
- A key that several peers have is theirs all the same; the owner is told.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from node.core import codes
from node.core.entries import Direction, Entry
from node.services.acting import Acting, Record
from node.services.ledger.received import Authentic
from node.services.ledger.recording import about
from node.storage import peer_keys, peers
from node.storage.peer_keys import KeyState
from node.storage.peers import PeerRow
from node.storage.senders import SenderRow
from node.storage.session import Session
from protocol.actors import Actor, KeyPurpose
from protocol.errors import Deferred, Forbidden

PEER_KEY: Final = "peer.key"
HELD: Final = 8  # keys of one peer that wait: who has more is no business that has lost one
KEPT: Final = 64  # keys of one peer: who rotates every month has as many after five years
TOLD: Final = 5  # peers named that have the same key


def check(session: Session, sender: SenderRow, authentic: Authentic) -> bool:
    """Check that who sent something may sign with the key that did; tell whether that is one it adds.

    Without a key nobody is who has one, and of whom none is known any may be.

    Raises:
        Deferred: `key-held`. Forbidden: `key-refused`.
    """
    state = (sender.key or KeyState.HELD) if sender.has_keys else KeyState.KNOWN
    if state is KeyState.HELD and not _is_added(session, sender, authentic):
        raise Deferred(codes.KEY_HELD)
    if state is KeyState.REFUSED:
        raise Forbidden(codes.KEY_REFUSED)
    return state is KeyState.HELD


def _is_added(session: Session, sender: SenderRow, authentic: Authentic) -> bool:
    """Tell whether the key of a proof was added beside a known one, by whoever has the key of the request."""
    by, proved, peer = authentic.http_key, authentic.proof_key, sender.peer
    if by is None or proved is None or peer is None:
        return False
    known = peer_keys.keys_of(session, peer.actor, peer.id)
    if known.get(by.key.fragment) is not KeyState.KNOWN:
        return False
    proving = [key for key in authentic.sender.keys if KeyPurpose.ASSERTION in key.purposes]
    kept = any(known.get(key.key.fragment) is KeyState.KNOWN for key in proving)
    return kept and proved.key.fragment in {key.key.fragment for key in proving}


def is_unconfirmed(known: Mapping[str, KeyState], listed: Collection[str]) -> bool:
    """Tell whether a document that lists these keys may be somebody else's than whom the known ones are."""
    states = {known.get(fragment) for fragment in listed}
    return bool(known) and (KeyState.KNOWN not in states or bool(states & {KeyState.HELD, KeyState.REFUSED}))


def is_trusted(session: Session, actor: str, peer: PeerRow, fragment: str) -> bool:
    """Tell whether a peer is who signs with a key."""
    known = peer_keys.keys_of(session, actor, peer.id)
    return not known or known.get(fragment) is KeyState.KNOWN


def meet(session: Session, acting: Acting, peer: PeerRow, actor: Actor) -> None:
    """Take the keys in a peer's own document for its own. Call inside a write, when none are known."""
    fragments = fragments_of(actor)
    if fragments:
        _note(session, peer, "met", fragments, at=acting.now, record=acting.record)


def announce(session: Session, acting: Acting, peer: PeerRow, fragments: Collection[str]) -> None:
    """Take the keys that a peer announces, signed by one it had. Call inside a write."""
    known = peer_keys.keys_of(session, acting.iri, peer.id)
    news = [fragment for fragment in fragments if known.get(fragment) in (None, KeyState.HELD)]
    if news and len(known) + len(news) <= KEPT:
        _note(session, peer, "announced", news, at=acting.now, record=acting.record)


def hold(session: Session, acting: Acting, authentic: Authentic) -> None:
    """Note for the owner which keys of a peer wait, if that is news. Call inside a write."""
    peer = peers.load_peer_at(session, acting.iri, authentic.sender.iri)
    if peer is None:
        return
    # The key that signed may be newer than what was known of the sender when its request was looked at. It
    # comes first: where there is no room for all, whoever signs with it must not wait for ever.
    signed = authentic.fragment
    listed = [*([signed] if signed else []), *fragments_of(authentic.sender)]
    hold_listed(session, peer, listed, at=acting.now, record=acting.record)


def hold_listed(
    session: Session, peer: PeerRow, listed: Sequence[str], *, at: datetime, record: Record
) -> None:
    """Note for the owner that keys in a peer's document wait, in this order. Call inside a write."""
    known = peer_keys.keys_of(session, peer.actor, peer.id)
    news = [fragment for fragment in dict.fromkeys(listed) if fragment not in known]
    waiting = sum(state is KeyState.HELD for state in known.values())
    held = sorted(news[: max(0, HELD - waiting)])
    if held:
        _note(session, peer, KeyState.HELD.value, held, at=at, record=record)


def judge(
    session: Session, acting: Acting, peer: PeerRow, fragments: Collection[str], *, confirmed: bool
) -> None:
    """Write down what the owner said of keys that wait. Call inside a write."""
    state = "confirmed" if confirmed else KeyState.REFUSED.value
    _note(session, peer, state, fragments, at=acting.now, record=acting.record)


def fragments_of(actor: Actor) -> list[str]:
    """Return the keys that an actor's document lists, sorted."""
    return sorted({key.key.fragment for key in actor.keys})


def _note(
    session: Session, peer: PeerRow, state: str, fragments: Collection[str], *, at: datetime, record: Record
) -> None:
    decision: dict[str, Any] = {"state": state, "keys": [*fragments]}
    if peer_keys.others_with(session, peer.actor, peer.id, fragments, limit=1):
        decision["shared"] = True
    entry = Entry(
        at=at,
        direction=Direction.LOCAL,
        kind=PEER_KEY,
        actor=peer.actor,
        peer=peer.address,
        decision=about(peer, decision),
    )
    record(session, entry, None)
