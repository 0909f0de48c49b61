"""What people bring to the ledger: follows, changes of actors, peers, profiles, what is public, keys."""

from typing import Final

from node.core import codes
from node.services.acting import Acting
from node.services.ledger import keys
from node.services.ledger.chapters import Chapter, Claim, nothing
from node.services.ledger.keys import PEER_KEY
from node.services.ledger.quotas import SPENT
from node.services.ledger.reach import is_published_to_us, names_nobody
from node.services.ledger.received import Received
from node.services.people import peers as peer_service
from node.services.people.projecting import (
    project_follow,
    project_peer,
    project_peer_key,
    project_profile,
    project_publication,
)
from node.services.people.publishing import PUBLISHED
from node.storage import peers
from node.storage.peers import FollowDirection, FollowRow
from node.storage.session import Session
from protocol import codes as wire
from protocol.actors import Actor, ActorKind, read_actor
from protocol.errors import Conflict, Forbidden, ProtocolError, Unprocessable
from protocol.jsonld import ref


def _take_follow(session: Session, acting: Acting, received: Received, _found: object) -> None:
    if received.named != acting.iri:
        raise Unprocessable(wire.WRONG_OBJECT, "The request to follow is about somebody else.")
    peer_service.receive_follow(session, acting, received)


def _is_about_us(session: Session, acting: Acting, received: Received) -> bool:
    """Tell whether a request to follow that has no addressees names us by its object."""
    return names_nobody(session, acting, received) and received.named == acting.iri


def _our_request(session: Session, acting: Acting, received: Received) -> FollowRow | None:
    """Find our request to follow that is answered."""
    return _follow(session, acting, received, FollowDirection.FOLLOWING)


def _their_follow(session: Session, acting: Acting, received: Received) -> FollowRow | None:
    """Find the follow that is taken back."""
    return _follow(session, acting, received, FollowDirection.FOLLOWER)


def _follow(
    session: Session, acting: Acting, received: Received, direction: FollowDirection
) -> FollowRow | None:
    row = peers.load_follow_by_activity(session, acting.iri, received.named)
    return row if row is not None and row.direction is direction else None


def _take_unfollow(session: Session, acting: Acting, received: Received, follow: FollowRow) -> None:
    if follow.peer != received.peer.id:
        raise Forbidden(codes.NOT_YOURS, "This follow is somebody else's.")
    peer_service.receive_unfollow(session, acting, received)


def _take_unknown_answer(_session: Session, _acting: Acting, _received: Received, _found: object) -> None:
    """Refuse the answer to a request of ours that there is not, or not any more."""
    raise Conflict(codes.UNKNOWN_FOLLOW)


def _take_unknown_unfollow(session: Session, acting: Acting, received: Received, _found: object) -> None:
    """Take the end of a follow that is described and not found by name: the sender follows us no longer."""
    follow = received.object
    if follow.get("actor") is not None and ref(follow["actor"]) != received.sender.iri:
        raise Forbidden(codes.NOT_YOURS, "This follow is somebody else's.")
    if ref(follow.get("object")) == acting.iri:
        peer_service.receive_unfollow(session, acting, received)


def _take_actor_change(session: Session, acting: Acting, received: Received, _found: object) -> None:
    """Take the keys that an actor announces; the inbox has fetched its document anew by then.

    Who signed this is known to be the actor, or it would not have come so far. But a proof vouches for what
    it covers alone, whoever brings it and however old it is: of the document at the actor's address the keys
    count only if the request is signed by one that the actor had.
    """
    if received.named != received.sender.iri:
        raise Forbidden(codes.NOT_YOURS, "An actor announces its own changes only.")
    described = read_described(received.object, iri=received.sender.iri)
    by = received.http_key
    if described is not None:
        keys.announce(session, acting, received.peer, keys.fragments_of(described))
    elif by is not None and keys.is_trusted(session, acting.iri, received.peer, by.key.fragment):
        keys.announce(session, acting, received.peer, keys.fragments_of(received.sender))


def read_described(document: object, *, iri: str) -> Actor | None:
    """Return an actor as a change of it describes it; None if it is only named, or described too little."""
    try:
        return read_actor(document, iri=iri) if isinstance(document, dict) else None
    except ProtocolError:
        return None


def _sender_itself(_session: Session, _acting: Acting, received: Received) -> bool | None:
    """Find out whether a change of something that is only named is one of the sender."""
    return received.named == received.sender.iri or None


def _about_actor(type: str, *others: str) -> frozenset[str]:
    """Name the kinds of an activity about an actor that it holds whole, and others."""
    return frozenset(f"{type}/{inner}" for inner in (*ActorKind, *others))


CHAPTER: Final = Chapter(
    name="people",
    claims=(
        Claim(kinds=_about_actor("Follow", ""), take=_take_follow, reaches=_is_about_us, brief=True),
        Claim(
            kinds=frozenset({"Accept/", "Accept/Follow", "Reject/", "Reject/Follow"}),
            finds=_our_request,
            take=peer_service.receive_follow_answer,
            reaches=names_nobody,
        ),
        Claim(
            kinds=frozenset({"Undo/", "Undo/Follow"}),
            finds=_their_follow,
            take=_take_unfollow,
            reaches=names_nobody,
        ),
        Claim(
            kinds=frozenset({"Accept/Follow", "Reject/Follow"}),
            take=_take_unknown_answer,
            reaches=names_nobody,
        ),
        Claim(kinds=frozenset({"Undo/Follow"}), take=_take_unknown_unfollow, reaches=names_nobody),
        Claim(
            kinds=frozenset({"Update/"}),
            finds=_sender_itself,
            take=_take_actor_change,
            reaches=is_published_to_us,
            brief=True,
        ),
        Claim(kinds=_about_actor("Update"), take=_take_actor_change, reaches=is_published_to_us, brief=True),
    ),
    projectors={
        "peer": project_peer,
        PEER_KEY: project_peer_key,
        "follow": project_follow,
        "profile": project_profile,
        PUBLISHED: project_publication,
        "key.rotated": nothing,
        SPENT: nothing,
        "actor.renamed": nothing,
        "person.added": nothing,
        "person.renamed": nothing,
        "person.removed": nothing,
    },
    apart={
        "peer": frozenset({"name", "handle"}),
        "profile": frozenset({"document"}),
        PUBLISHED: frozenset({"members"}),
        "person.added": frozenset({"name"}),
        "person.renamed": frozenset({"name"}),
    },
    erased={"profile": nothing, PUBLISHED: nothing, "person.added": nothing, "person.renamed": nothing},
    tables=("peer_keys", "peers", "follows", "profiles", "publications"),
    told=frozenset({"state", "shared", "scope", "allowance", "sender"}),
)
