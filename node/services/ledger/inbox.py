"""The inbox: from a verified activity to the use case that takes it, once for every activity and recipient.

Rules that hold here:

- The same activity again gets the same receipt and changes nothing, however its JSON is spelled; the same id
  with another meaning is refused.
- An activity is of one known kind, told by its type and its object's; anything else is refused with a reason.
- An activity's id lies under its actor's origin, its actor is who signed the request, and it is addressed to
  us.
- A refusal of something authentic is kept for the owner in a bounded list; it changes nothing else.

Sources: ActivityPub §7, FEP-0837, FEP-fe34 (origin), FEP-2277 (kinds by shape).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from node.services.acting import Acting
from node.services.intentions import intentions
from node.services.ledger.received import Receipt, Received
from node.services.negotiations import agreements, messages, taking
from node.services.people import peers as peer_service
from node.storage import offers, peers, receipts, refusals
from node.storage.receipts import ReceiptRow
from node.storage.session import Session
from protocol.audience import addressees
from protocol.errors import Conflict, Forbidden, Remote, Unprocessable
from protocol.iris import same_origin
from protocol.jsonld import one, ref
from protocol.strictjson import Document

ACCEPTED = 202
AGAIN = 200

Handler = Callable[[Session, Acting, Received], int | None]
"""Takes an activity and may return a status of success other than 202."""


def receive(session: Session, acting: Acting, received: Received) -> Receipt:
    """Take one activity for one of our actors. Call inside a write.

    Raises:
        Remote: why it is refused; nothing has changed then.
    """
    activity = _id(received)
    known = receipts.load_receipt(session, activity, acting.iri)
    if known is not None:
        if known.digest != received.digest:
            raise Conflict("id-reused", "An activity with this id and other content was received before.")
        return Receipt(status=AGAIN, activity=activity)
    if peers.is_blocked(session, acting.iri, received.sender.iri):
        raise Forbidden("blocked", "This is not taken here.")
    handle = _handler(session, acting, received)
    peer_service.note(session, acting, received.sender)
    status = handle(session, acting, received) or ACCEPTED
    receipts.add_receipt(session, ReceiptRow(activity, acting.iri, received.digest, status, acting.now))
    return Receipt(status=status, activity=activity)


def refuse(session: Session, acting: Acting, received: Received, error: Remote) -> None:
    """Keep a refusal for the owner to look at. Call inside a write of its own."""
    refusals.add_refusal(
        session,
        at=acting.now,
        code=error.code,
        detail=error.detail,
        actor=acting.iri,
        peer=received.sender.iri,
        activity=str(received.activity.get("id"))[:2_048],
        body=received.raw,
    )


def _id(received: Received) -> str:
    activity = received.activity.get("id")
    if not isinstance(activity, str):
        raise Unprocessable("missing-member", "An activity needs an id.")
    # FEP-fe34: an activity belongs to the origin of its id, and so must its actor.
    if not same_origin(activity, received.sender.iri):
        raise Unprocessable("wrong-origin", "The activity's id is not under its actor's origin.")
    return activity


def is_brief(activity: Document) -> bool:
    """Tell whether taking an activity costs the same however much is kept.

    An acceptance does not, nor an offer that may meet a counter-offer: what was agreed is proved over all
    rounds, and all rivals are answered.
    """
    return activity.get("type") in BRIEF and "inReplyTo" not in activity


def kind(activity: Document) -> str:
    """Name what an activity is by its type and the type of its object, such as `Create/Proposal`.

    An object that is only named, not embedded, leaves the second part empty.

    Raises:
        Unprocessable: `wrong-shape`, if either is not a single value.
    """
    object = activity.get("object")
    inner = one(object.get("type")) if isinstance(object, dict) else ""
    outer = one(activity.get("type"))
    if not isinstance(outer, str) or not isinstance(inner, str):
        raise Unprocessable("wrong-shape", "An activity and its object have one type each.")
    return f"{outer}/{inner}"


def _handler(session: Session, acting: Acting, received: Received) -> Handler:
    name = kind(received.activity)
    handler = HANDLERS.get(name)
    if handler is None:
        raise Unprocessable("unknown-activity", "This node does not know what to do with such an activity.")
    to = addressees(received.activity)
    if acting.iri in to or (name in PUBLISHED and _reaches_us(session, acting, received, to)):
        return handler
    if not to and name in ABOUT_A_FOLLOW and _is_about_us(session, acting, received):
        return handler
    raise Unprocessable("not-addressed", "The activity is not addressed to this actor.")


def _reaches_us(session: Session, acting: Acting, received: Received, to: frozenset[str]) -> bool:
    return not to or intentions.is_addressed_to_us(session, acting, to, received)


def _is_about_us(session: Session, acting: Acting, received: Received) -> bool:
    """Tell whether a follow, or what is said of one, names us by its object, as Mastodon alone does it."""
    named = _named(received)
    return named == acting.iri or peers.load_follow_by_activity(session, acting.iri, named) is not None


def _object(received: Received) -> Any:
    return received.activity.get("object")


def _named(received: Received) -> str:
    """Return the address of the activity's object, named or embedded."""
    iri = ref(_object(received))
    if iri is None:
        raise Unprocessable("missing-member", "The activity names no object.")
    return iri


def _take_proposal(session: Session, acting: Acting, received: Received) -> int:
    """Take an intention or a change of it; one that a later change has overtaken is not news (RP-08)."""
    news = intentions.receive_proposal(session, acting, received, _object(received))
    return ACCEPTED if news else AGAIN


def _take_deletion(session: Session, acting: Acting, received: Received) -> None:
    """Close what was deleted, if we knew it; a deletion of something unknown changes nothing."""
    deleted, sender = _named(received), received.sender.iri
    move = offers.load_offer_by_move(session, acting.iri, deleted)
    # FEP-fe34: only its owner deletes something, and its owner is of its origin.
    if not same_origin(deleted, sender) or (move is not None and move.peer != sender):
        raise Forbidden("not-yours", "What is to be deleted is somebody else's.")
    intentions.receive_withdrawal(session, acting, received, deleted)


def _take_note(session: Session, acting: Acting, received: Received) -> None:
    messages.receive_note(session, acting, received, _object(received))


def _take_confirmation(session: Session, acting: Acting, received: Received) -> None:
    agreement = _object(received).get("context") or received.activity.get("context")
    if not isinstance(agreement, str):
        raise Unprocessable("missing-context", "A confirmation names its agreement.")
    agreements.receive_confirmation(session, acting, received, agreement)


def _take_follow(session: Session, acting: Acting, received: Received) -> None:
    if _named(received) != acting.iri:
        raise Unprocessable("wrong-object", "The request to follow is about somebody else.")
    peer_service.receive_follow(session, acting, received)


def _take_answer(session: Session, acting: Acting, received: Received) -> None:
    """Take an Accept or a Reject: of our request to follow, or in a negotiation."""
    follow = peers.load_follow_by_activity(session, acting.iri, _named(received))
    if follow is not None and follow.direction == "following":
        peer_service.receive_follow_answer(session, acting, received, follow)
    else:
        taking.receive_move(session, acting, received)


def _take_undo(session: Session, acting: Acting, received: Received) -> None:
    """Take an Undo: of a follow, or of an offer."""
    follow = peers.load_follow_by_activity(session, acting.iri, _named(received))
    if follow is not None and follow.direction == "follower":
        if follow.peer != received.sender.iri:
            raise Forbidden("not-yours", "This follow is somebody else's.")
        peer_service.receive_unfollow(session, acting, received)
    else:
        taking.receive_move(session, acting, received)


def _take_actor_change(_db: Session, _desk: Acting, received: Received) -> None:
    """Acknowledge that an actor changed: its document is fetched anew when its next signature needs it."""
    if _named(received) != received.sender.iri:
        raise Forbidden("not-yours", "An actor announces its own changes only.")


HANDLERS: Final[Mapping[str, Handler]] = MappingProxyType(
    {
        "Create/Proposal": _take_proposal,
        "Update/Proposal": _take_proposal,
        "Delete/Tombstone": _take_deletion,
        "Delete/Proposal": _take_deletion,
        "Delete/": _take_deletion,
        "Create/Note": _take_note,
        "Create/Document": _take_confirmation,
        "Follow/": _take_follow,
        "Offer/Agreement": taking.receive_move,
        "Accept/": _take_answer,
        "Accept/Follow": _take_answer,
        "Accept/Offer": _take_answer,
        "Reject/": _take_answer,
        "Reject/Follow": _take_answer,
        "Reject/Offer": _take_answer,
        "Undo/": _take_undo,
        "Undo/Follow": _take_undo,
        "Undo/Offer": _take_undo,
        "Leave/": taking.receive_move,
        "Update/Person": _take_actor_change,
        "Update/Organization": _take_actor_change,
        "Update/Service": _take_actor_change,
        "Update/Application": _take_actor_change,
    }
)

BRIEF: Final = frozenset({"Create", "Update", "Follow", "Offer"})

# What may come without any addressee: Mastodon leaves them out, since the object says whom it is about.
ABOUT_A_FOLLOW: Final = frozenset(
    f"{outer}/{inner}" for outer in ("Accept", "Reject", "Undo") for inner in ("", "Follow")
) | {"Follow/"}

# What may reach us through a collection or in public; everything else must name us.
PUBLISHED: Final = frozenset(
    name for name in HANDLERS if name.startswith(("Update/", "Delete/")) or name == "Create/Proposal"
)
