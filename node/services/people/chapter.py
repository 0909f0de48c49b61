"""What people bring to the ledger: follows, changes of actors, peers, profiles, keys."""

from typing import Final

from node.core import codes
from node.services.acting import Acting
from node.services.ledger.chapters import Chapter, Claim, nothing
from node.services.ledger.quotas import SPENT
from node.services.ledger.reach import is_published_to_us, names_nobody
from node.services.ledger.received import Received
from node.services.people import peers as peer_service
from node.services.people.projecting import project_follow, project_peer, project_profile
from node.storage import peers
from node.storage.peers import FollowDirection, FollowRow
from node.storage.session import Session
from protocol import codes as wire
from protocol.actors import ActorKind
from protocol.errors import Forbidden, Unprocessable


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


def _take_answer(session: Session, acting: Acting, received: Received, follow: FollowRow) -> None:
    peer_service.receive_follow_answer(session, acting, received, follow)


def _take_unfollow(session: Session, acting: Acting, received: Received, follow: FollowRow) -> None:
    if follow.peer != received.peer.id:
        raise Forbidden(codes.NOT_YOURS, "This follow is somebody else's.")
    peer_service.receive_unfollow(session, acting, received)


def _take_actor_change(_session: Session, _acting: Acting, received: Received, _found: object) -> None:
    """Acknowledge that an actor changed: its document is fetched anew when its next signature needs it."""
    if received.named != received.sender.iri:
        raise Forbidden(codes.NOT_YOURS, "An actor announces its own changes only.")


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
            take=_take_answer,
            reaches=names_nobody,
        ),
        Claim(
            kinds=frozenset({"Undo/", "Undo/Follow"}),
            finds=_their_follow,
            take=_take_unfollow,
            reaches=names_nobody,
        ),
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
        "follow": project_follow,
        "profile": project_profile,
        "key.rotated": nothing,
        SPENT: nothing,
    },
    apart={"peer": frozenset({"name", "handle"}), "profile": frozenset({"document"})},
    erased={"profile": nothing},
    tables=("peers", "follows", "profiles"),
    told=frozenset({"state", "scope", "allowance", "sender"}),
)
