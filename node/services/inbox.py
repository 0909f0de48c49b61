"""The inbox: from a verified activity to the use case that takes it, once for every activity and recipient.

Rules that hold here:

- The same activity again gets the same receipt and changes nothing, however its JSON is spelled; the same id
  with another meaning is refused.
- An activity is of one known kind, told by its type and its object's, and belongs to the noun that knows what
  it names; anything else is refused with a reason.
- An activity's id lies under its actor's origin, its actor is who signed the request, and it is addressed to
  us.
- What a peer signs with a key that it did not have waits until the owner has confirmed that (`ledger.keys`).
- What a peer sends is kept as long as there is room for it (`node.core.quotas`); what settles something that
  stands between us needs room in the peer's own share alone. Of what is no news nothing is kept, not even a
  receipt: the same again is no news again.
- A signature counts once: what was refused with it is not taken by repeating it.
- A refusal of something authentic is kept for the owner in a bounded list; it changes nothing else.

Sources: ActivityPub §7, FEP-0837, FEP-fe34 (origin), FEP-2277 (kinds by shape).
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from node.core import codes
from node.core.quotas import QuotaSpent
from node.services.acting import Acting
from node.services.ledger import keys
from node.services.ledger.chapters import Claim, Ledger
from node.services.ledger.meeting import recognise, remember, stranger
from node.services.ledger.quotas import Scales, tell
from node.services.ledger.received import ACCEPTED, AGAIN, Authentic, Receipt, Received
from node.storage import cache, receipts, refusals
from node.storage.receipts import ReceiptRow
from node.storage.senders import load_sender
from node.storage.session import Session
from protocol import codes as wire
from protocol import jsonld
from protocol.audience import addressees
from protocol.errors import Conflict, Remote, Unauthenticated, Unprocessable
from protocol.iris import same_origin, server
from protocol.signatures import MAX_AGE, MAX_SKEW, HttpSignature
from protocol.strictjson import Document


def receive(session: Session, acting: Acting, authentic: Authentic, ledger: Ledger) -> Receipt:
    """Take one activity for one of our actors. Call inside a write.

    Raises:
        Remote: why it is refused; nothing has changed then.
    """
    is_new = _use_up(session, acting, authentic.signature)
    receipt = _take(session, acting, authentic, ledger)
    if not is_new and receipt.status == ACCEPTED:
        # Refused before with this very signature. What was wrong then is not made right by repeating it; who
        # means it signs again.
        raise Unauthenticated(codes.REPLAY)
    return receipt


def _use_up(session: Session, acting: Acting, signature: HttpSignature | None) -> bool:
    """Remember a signature, as this actor got it, for as long as it is fresh; say whether it is new."""
    if signature is None:
        return True
    fingerprint = sha256(f"{signature.key_id}\0{acting.iri}\0".encode() + signature.signature).digest()
    return cache.remember_replay(session, fingerprint, expires_at=signature.created + MAX_AGE + MAX_SKEW)


def _take(session: Session, acting: Acting, authentic: Authentic, ledger: Ledger) -> Receipt:
    activity = _id(authentic)
    address, fragment = authentic.sender.iri, authentic.fragment or ""
    place = server(address)
    sender = load_sender(session, acting.iri, address, origin=place, activity=activity, fragment=fragment)
    peer = sender.peer or stranger(acting, address)
    if peer.blocked:
        # Like whoever cannot be verified, also with what was taken before: to be blocked is not told.
        raise Unauthenticated(codes.BLOCKED)
    if sender.taken is not None:
        if sender.taken != authentic.digest:
            raise Conflict(codes.ID_REUSED)
        return Receipt(status=AGAIN, activity=activity)
    is_added = keys.check(session, sender, authentic)
    received, scales = Received.by(peer, authentic), Scales(acting, peer, sender, origin=place)
    claim, found = _claim(session, acting, received, ledger.claims)
    scales.check_room(own_alone=claim.settles)
    weighing = scales.weighing(acting)
    remember(session, weighing, peer, received.sender)
    if not sender.has_keys:
        keys.meet(session, weighing, peer, received.sender)
    elif is_added:
        keys.announce(session, weighing, peer, [fragment])
    status = claim.take(session, weighing, received, found) or ACCEPTED
    if scales.charge(session, news=status == ACCEPTED):
        receipts.add_receipt(session, ReceiptRow(activity, acting.iri, authentic.digest, status, acting.now))
    return Receipt(status=status, activity=activity)


def refuse(session: Session, acting: Acting, authentic: Authentic, error: Remote) -> None:
    """Keep a refusal for the owner to look at, and which keys wait. Call inside a write of its own.

    Of what is refused because a quota is used up only the first is kept: the others would crowd it out.
    """
    _use_up(session, acting, authentic.signature)
    if error.code == codes.KEY_HELD:
        keys.hold(session, acting, authentic)
    if isinstance(error, QuotaSpent):
        peer = recognise(session, acting, authentic.sender.iri)
        if not tell(session, acting, error, peer=peer):
            return
    refusals.add_refusal(
        session,
        at=acting.now,
        code=error.code,
        detail=error.detail,
        actor=acting.iri,
        peer=authentic.sender.iri,
        activity=str(authentic.activity.get("id"))[:2_048],
        body=authentic.raw,
    )


def _id(authentic: Authentic) -> str:
    activity = authentic.activity.get("id")
    if not isinstance(activity, str):
        raise Unprocessable(wire.MISSING_MEMBER, "An activity needs an id.")
    # FEP-fe34: an activity belongs to the origin of its id, and so must its actor.
    if not same_origin(activity, authentic.sender.iri):
        raise Unprocessable(codes.WRONG_ORIGIN, "The activity's id is not under its actor's origin.")
    return activity


def kind(activity: Document) -> str:
    """Name what an activity is by its type and the type of its object, such as `Create/Proposal`.

    An object that is only named, by its address or with that as its one member, leaves the second part empty.

    Raises:
        Unprocessable: `wrong-shape`, if either is no text, or as `jsonld.kind`.
    """
    object = jsonld.one(activity.get("object"))
    embedded = isinstance(object, dict) and object.keys() != {"id"}
    inner = jsonld.kind(object.get("type")) if embedded else ""
    outer = jsonld.kind(activity.get("type"))
    if not isinstance(outer, str) or not isinstance(inner, str):
        raise Unprocessable(wire.WRONG_SHAPE, "An activity and its object have one type each.")
    return f"{outer}/{inner}"


def _claim(
    session: Session, acting: Acting, received: Received, claims: Mapping[str, Sequence[Claim]]
) -> tuple[Claim, Any]:
    """Return whose the activity is, and what it names there.

    Raises:
        Unprocessable: `unknown-activity`, `not-addressed`.
    """
    found = _found(session, acting, received, claims.get(kind(received.activity), ()))
    if found is None:
        raise Unprocessable(
            wire.UNKNOWN_ACTIVITY, "This node does not know what to do with such an activity."
        )
    if acting.iri not in addressees(received.activity) and not found[0].reaches(session, acting, received):
        raise Unprocessable(codes.NOT_ADDRESSED)
    return found


def _found(
    session: Session, acting: Acting, received: Received, claims: Sequence[Claim]
) -> tuple[Claim, Any] | None:
    for claim in claims:
        if claim.finds is None:
            return claim, None
        thing = claim.finds(session, acting, received)
        if thing is not None:
            return claim, thing
    return None
