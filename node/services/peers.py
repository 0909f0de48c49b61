"""Peers: who they are, who follows whom, who is blocked."""

from typing import Any

from sqlite_utils import Database

from node.core.terms import view_time
from node.services import deliveries as delivery_service
from node.services.desk import Desk
from node.services.receiving import Received
from node.services.recording import decide, send, take
from node.storage import offers, peers
from node.storage.peers import FollowDirection, FollowRow, FollowState, PeerRow
from protocol.actors import Actor, ActorKind
from protocol.errors import Conflict, NotFound
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITYSTREAMS_CONTEXT


def list(db: Database, desk: Desk, *, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
    """List the peers this actor has dealt with, by address."""
    page = peers.list_peers(db, desk.iri, after=cursor or "", limit=limit)
    return {"items": [view(db, row) for row in page.items], "next": page.next}


def show(db: Database, desk: Desk, iri: str) -> dict[str, Any]:
    """Show one peer.

    Raises:
        NotFound: `unknown-peer`.
    """
    row = peers.load_peer(db, desk.iri, iri)
    if row is None:
        raise NotFound("unknown-peer", "You have not dealt with this peer.")
    return view(db, row)


def view(db: Database, row: PeerRow) -> dict[str, Any]:
    """Show a peer as the owner's programs read it."""
    follower = peers.load_follow(db, row.actor, row.iri, FollowDirection.FOLLOWER)
    following = peers.load_follow(db, row.actor, row.iri, FollowDirection.FOLLOWING)
    return {
        "iri": row.iri,
        "name": row.name,
        "handle": row.handle,
        "kind": row.kind,
        "blocked": row.blocked,
        "first_seen": view_time(row.first_seen),
        "follower": None if follower is None else follower.state.value,
        "following": None if following is None else following.state.value,
        "open_offers": offers.count_open_with_peer(db, row.actor, row.iri),
    }


def note(db: Database, desk: Desk, actor: Actor) -> None:
    """Remember a peer as its own document describes it, if that is news."""
    known = peers.load_peer(db, desk.iri, actor.iri)
    described = {"name": actor.name, "kind": actor.kind.value, "handle": actor.handle}
    if known is not None and described == {"name": known.name, "kind": known.kind, "handle": known.handle}:
        return
    decide(db, desk, "peer", described, peer=actor.iri)


def block(db: Database, desk: Desk, iri: str) -> dict[str, Any]:
    """Block a peer: nothing of it is taken any more, nothing waiting is sent to it, it no longer follows."""
    decide(db, desk, "peer", {"blocked": True}, peer=iri)
    delivery_service.cancel_all(db, desk, iri)
    if peers.load_follow(db, desk.iri, iri, FollowDirection.FOLLOWER) is not None:
        decide(db, desk, "follow", {"direction": "follower", "state": "removed"}, peer=iri)
    return show(db, desk, iri)


def unblock(db: Database, desk: Desk, iri: str) -> dict[str, Any]:
    """Let a blocked peer in again."""
    if not peers.is_blocked(db, desk.iri, iri):
        raise Conflict("not-blocked", "This peer is not blocked.")
    decide(db, desk, "peer", {"blocked": False}, peer=iri)
    return show(db, desk, iri)


def follow(db: Database, desk: Desk, actor: Actor) -> dict[str, Any]:
    """Ask to follow a peer, so that what it tells its followers reaches us.

    Raises:
        Conflict: `already-following`.
    """
    if peers.load_follow(db, desk.iri, actor.iri, FollowDirection.FOLLOWING) is not None:
        raise Conflict("already-following", "You follow this peer already, or have asked to.")
    note(db, desk, actor)
    activity = _activity(desk, "Follow", actor.iri, actor.iri)
    decision = {"direction": "following", "state": "requested", "activity": activity["id"]}
    send(db, desk, "follow", activity, decision, recipients=[actor.iri])
    return show(db, desk, actor.iri)


def unfollow(db: Database, desk: Desk, iri: str) -> dict[str, Any]:
    """Stop following a peer."""
    known = _load_follow(db, desk, iri, FollowDirection.FOLLOWING)
    undone = {"id": known.activity, "type": "Follow", "actor": desk.iri, "object": iri}
    decision = {"direction": "following", "state": "removed"}
    send(db, desk, "follow", _activity(desk, "Undo", undone, iri), decision, recipients=[iri])
    return show(db, desk, iri)


def approve(db: Database, desk: Desk, iri: str) -> dict[str, Any]:
    """Accept a peer's request to follow us."""
    known = _load_follow(db, desk, iri, FollowDirection.FOLLOWER)
    _approve(db, desk, iri, known.activity)
    return show(db, desk, iri)


def _approve(db: Database, desk: Desk, iri: str, follow: str) -> None:
    asked = {"id": follow, "type": "Follow", "actor": iri, "object": desk.iri}
    decision = {"direction": "follower", "state": "accepted", "activity": follow}
    send(db, desk, "follow", _activity(desk, "Accept", asked, iri), decision, recipients=[iri])


def receive_follow(db: Database, desk: Desk, received: Received) -> None:
    """Take a request to follow us: a business accepts at once, a person is asked."""
    peer, activity = received.sender.iri, str(received.activity["id"])
    known = peers.load_follow(db, desk.iri, peer, FollowDirection.FOLLOWER)
    if known is None:
        decision = {"direction": "follower", "state": "requested", "activity": activity}
        take(db, desk, "follow", received, decision)
    if desk.owner.actor.kind is not ActorKind.PERSON or (known and known.state is FollowState.ACCEPTED):
        _approve(db, desk, peer, activity)


def receive_follow_answer(db: Database, desk: Desk, received: Received, follow: FollowRow) -> None:
    """Take the answer to our own request to follow: an Accept, or a Reject that ends it."""
    if follow.peer != received.sender.iri:
        raise Conflict("unknown-follow", "There is no such request here.")
    accepted = received.activity["type"] == "Accept"
    decision = {
        "direction": "following",
        "state": "accepted" if accepted else "removed",
        "activity": follow.activity,
    }
    take(db, desk, "follow", received, decision)


def receive_unfollow(db: Database, desk: Desk, received: Received) -> None:
    """Take the end of a follow."""
    if peers.load_follow(db, desk.iri, received.sender.iri, FollowDirection.FOLLOWER) is not None:
        take(db, desk, "follow", received, {"direction": "follower", "state": "removed"})


def _load_follow(db: Database, desk: Desk, iri: str, direction: FollowDirection) -> FollowRow:
    known = peers.load_follow(db, desk.iri, iri, direction)
    if known is None:
        raise NotFound("unknown-follow", "There is no such follow.")
    return known


def _activity(desk: Desk, type: str, object: Any, peer: str) -> Document:
    return {
        "@context": ACTIVITYSTREAMS_CONTEXT,
        "id": desk.mint("activities", "act"),
        "type": type,
        "actor": desk.iri,
        "to": [peer],
        "object": object,
    }
