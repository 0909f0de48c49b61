"""Peers: who they are, who follows whom, who is blocked."""

from collections.abc import Sequence
from typing import Any

from node.core import codes
from node.core.drafts import view_time
from node.services.acting import Acting
from node.services.grants.ending import end_all_from
from node.services.ledger import keys
from node.services.ledger.meeting import recognise, remember
from node.services.ledger.received import Received
from node.services.ledger.recording import note, send, take
from node.services.outbox import deliveries as delivery_service
from node.storage import faces, offers, peer_keys, peers, quarantine
from node.storage.peer_keys import KeyState, PeerKeyRow
from node.storage.peers import FollowDirection, FollowRow, FollowState, PeerRow
from node.storage.session import Session
from protocol.actors import Actor, ActorKind
from protocol.errors import Conflict, NotFound
from protocol.jsonld import kind
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITYSTREAMS_CONTEXT


def list(session: Session, acting: Acting, *, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
    """List the peers this actor has dealt with, by address."""
    page = peers.list_peers(session, acting.iri, after=cursor or "", limit=limit)
    return {"items": _view_all(session, acting.iri, page.items), "next": page.next}


def list_asking(session: Session, acting: Acting, *, limit: int) -> Sequence[dict[str, Any]]:
    """List the peers who ask to follow the actor and wait for an answer, as many as `limit`."""
    return _view_ids(session, acting, peers.asking_to_follow(session, acting.iri, limit=limit))


def list_unsure(session: Session, acting: Acting, *, limit: int) -> Sequence[dict[str, Any]]:
    """List the peers who sign with keys that wait to be looked at; as `list_asking`, but for the blocked."""
    return _view_ids(session, acting, peer_keys.peers_with_held(session, acting.iri, limit=limit))


def _view_ids(session: Session, acting: Acting, ids: Sequence[str]) -> Sequence[dict[str, Any]]:
    rows = peers.peers_by_id(session, acting.iri, ids)
    return _view_all(session, acting.iri, sorted(rows.values(), key=lambda row: row.address))


def show(session: Session, acting: Acting, iri: str) -> dict[str, Any]:
    """Show one peer, and who else has one of its keys.

    Raises:
        NotFound: `unknown-peer`.
    """
    row = _load(session, acting, iri)
    fragments = peer_keys.keys_of(session, acting.iri, row.id)
    others = peer_keys.others_with(session, acting.iri, row.id, fragments, limit=keys.TOLD)
    named = peers.peers_by_id(session, acting.iri, others)
    return {**view(session, row), "same_key_as": sorted(other.address for other in named.values())}


def _load(session: Session, acting: Acting, iri: str) -> PeerRow:
    row = peers.load_peer_at(session, acting.iri, iri)
    if row is None:
        raise NotFound(codes.UNKNOWN_PEER)
    return row


def view(session: Session, row: PeerRow) -> dict[str, Any]:
    """Show a peer as the owner's programs read it."""
    (shown,) = _view_all(session, row.actor, [row])
    return shown


def _view_all(session: Session, actor: str, rows: Sequence[PeerRow]) -> Sequence[dict[str, Any]]:
    """Show many peers with one look for what is known of all of them."""
    ids = [row.id for row in rows]
    follows = {(row.peer, row.direction): row for row in peers.load_follows(session, actor, ids)}
    open = offers.count_open_with_peers(session, actor, ids)
    signing = peer_keys.keys_among(session, actor, ids)
    return [
        _view(
            row,
            follower=follows.get((row.id, FollowDirection.FOLLOWER)),
            following=follows.get((row.id, FollowDirection.FOLLOWING)),
            open=open.get(row.id, 0),
            signing=[key for key in signing if key.peer == row.id],
        )
        for row in rows
    ]


def _view(
    row: PeerRow,
    *,
    follower: FollowRow | None,
    following: FollowRow | None,
    open: int,
    signing: Sequence[PeerKeyRow],
) -> dict[str, Any]:
    return {
        "iri": row.address,
        "name": row.name,
        "handle": row.handle,
        "kind": row.kind,
        "blocked": row.blocked,
        "first_seen": view_time(row.first_seen),
        "follower": None if follower is None else follower.state.value,
        "following": None if following is None else following.state.value,
        "open_offers": open,
        "keys": [
            {"key": key.fragment, "state": key.state.value, "since": view_time(key.since)} for key in signing
        ],
    }


def block(session: Session, acting: Acting, iri: str) -> dict[str, Any]:
    """Block a peer: nothing of it is taken, it is sent nothing but a notice, it no longer follows.

    What it let us read is over, and erased: that it takes something back would not be taken either.
    """
    peer = recognise(session, acting, iri)
    note(session, acting, "peer", {"blocked": True}, peer=peer)
    delivery_service.cancel_all(session, acting, peer.id)
    end_all_from(session, acting, peer.id)
    quarantine.delete_quarantined_of(session, acting.iri, peer.id)
    faces.forget_face(session, peer.address)
    if peers.load_follow(session, acting.iri, peer.id, FollowDirection.FOLLOWER) is not None:
        note(session, acting, "follow", {"direction": "follower", "state": "removed"}, peer=peer)
    return show(session, acting, iri)


def unblock(session: Session, acting: Acting, iri: str) -> dict[str, Any]:
    """Let a blocked peer in again."""
    peer = recognise(session, acting, iri)
    if not peer.blocked:
        raise Conflict(codes.NOT_BLOCKED)
    note(session, acting, "peer", {"blocked": False}, peer=peer)
    return show(session, acting, iri)


def judge_keys(
    session: Session, acting: Acting, iri: str, fragments: Sequence[str], *, confirmed: bool
) -> dict[str, Any]:
    """Take keys of a peer that wait for its own, or refuse them; which they are is said by who has looked.

    Raises:
        NotFound: `unknown-peer`; Conflict: `key-not-held`, one of them does not wait.
    """
    peer = _load(session, acting, iri)
    known = peer_keys.keys_of(session, acting.iri, peer.id)
    if not fragments or any(known.get(fragment) is not KeyState.HELD for fragment in fragments):
        raise Conflict(codes.KEY_NOT_HELD)
    keys.judge(session, acting, peer, fragments, confirmed=confirmed)
    if confirmed:
        delivery_service.retry_all(session, acting, peer.id)
    return show(session, acting, iri)


def follow(session: Session, acting: Acting, actor: Actor) -> dict[str, Any]:
    """Ask to follow a peer, so that what it tells its followers reaches us.

    Raises:
        Conflict: `already-following`.
    """
    peer = recognise(session, acting, actor.iri)
    if peers.load_follow(session, acting.iri, peer.id, FollowDirection.FOLLOWING) is not None:
        raise Conflict(codes.ALREADY_FOLLOWING)
    remember(session, acting, peer, actor)
    if not peer_keys.keys_of(session, acting.iri, peer.id):
        keys.meet(session, acting, peer, actor)
    activity = _activity(acting, "Follow", peer.address, peer)
    decision = {"direction": "following", "state": "requested", "activity": activity["id"]}
    send(session, acting, "follow", activity, decision, recipients=[peer])
    return show(session, acting, actor.iri)


def unfollow(session: Session, acting: Acting, iri: str) -> dict[str, Any]:
    """Stop following a peer."""
    peer = recognise(session, acting, iri)
    known = _load_follow(session, acting, peer, FollowDirection.FOLLOWING)
    undone = {"id": known.activity, "type": "Follow", "actor": acting.iri, "object": iri}
    decision = {"direction": "following", "state": "removed"}
    send(session, acting, "follow", _activity(acting, "Undo", undone, peer), decision, recipients=[peer])
    return show(session, acting, iri)


def approve(session: Session, acting: Acting, iri: str) -> dict[str, Any]:
    """Accept a peer's request to follow us."""
    peer = recognise(session, acting, iri)
    known = _load_follow(session, acting, peer, FollowDirection.FOLLOWER)
    _approve(session, acting, peer, known.activity)
    return show(session, acting, iri)


def _approve(session: Session, acting: Acting, peer: PeerRow, follow: str) -> None:
    asked = {"id": follow, "type": "Follow", "actor": peer.address, "object": acting.iri}
    decision = {"direction": "follower", "state": "accepted", "activity": follow}
    send(session, acting, "follow", _activity(acting, "Accept", asked, peer), decision, recipients=[peer])


def dismiss(session: Session, acting: Acting, iri: str) -> dict[str, Any]:
    """Say no to a peer's request to follow us, or let it follow us no longer; it may ask again.

    Raises:
        NotFound: `unknown-follow`, it has not asked.
    """
    peer = recognise(session, acting, iri)
    known = _load_follow(session, acting, peer, FollowDirection.FOLLOWER)
    asked = {"id": known.activity, "type": "Follow", "actor": peer.address, "object": acting.iri}
    decision = {"direction": "follower", "state": "removed"}
    send(session, acting, "follow", _activity(acting, "Reject", asked, peer), decision, recipients=[peer])
    return show(session, acting, iri)


def receive_follow(session: Session, acting: Acting, received: Received) -> None:
    """Take a request to follow us: a business accepts at once, a person is asked."""
    peer, activity = received.peer, str(received.activity["id"])
    known = peers.load_follow(session, acting.iri, peer.id, FollowDirection.FOLLOWER)
    # Whoever asks again is answered under the last name: the first may be forgotten over there.
    if known is None or (known.state is FollowState.REQUESTED and known.activity != activity):
        decision = {"direction": "follower", "state": "requested", "activity": activity}
        take(session, acting, "follow", received, decision)
    if acting.owner.actor.kind is not ActorKind.PERSON or (known and known.state is FollowState.ACCEPTED):
        _approve(session, acting, peer, activity)


def receive_follow_answer(session: Session, acting: Acting, received: Received, follow: FollowRow) -> None:
    """Take the answer to our own request to follow: an Accept, or a Reject that ends it."""
    if follow.peer != received.peer.id:
        raise Conflict(codes.UNKNOWN_FOLLOW, "There is no such request here.")
    accepted = kind(received.activity["type"]) == "Accept"
    decision = {
        "direction": "following",
        "state": "accepted" if accepted else "removed",
        "activity": follow.activity,
    }
    take(session, acting, "follow", received, decision)


def receive_unfollow(session: Session, acting: Acting, received: Received) -> None:
    """Take the end of a follow."""
    if peers.load_follow(session, acting.iri, received.peer.id, FollowDirection.FOLLOWER) is not None:
        take(session, acting, "follow", received, {"direction": "follower", "state": "removed"})


def _load_follow(session: Session, acting: Acting, peer: PeerRow, direction: FollowDirection) -> FollowRow:
    known = peers.load_follow(session, acting.iri, peer.id, direction)
    if known is None:
        raise NotFound(codes.UNKNOWN_FOLLOW)
    return known


def _activity(acting: Acting, type: str, object: Any, peer: PeerRow) -> Document:
    return {
        "@context": ACTIVITYSTREAMS_CONTEXT,
        "id": acting.mint("activities", "act"),
        "type": type,
        "actor": acting.iri,
        "to": [peer.address],
        "object": object,
    }
