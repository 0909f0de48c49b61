"""Messages: words beside the moves of a negotiation; they bind nobody and carry no proof."""

from collections.abc import Sequence
from typing import Any, Final

from node.core import codes
from node.core.drafts import view_time
from node.services.acting import Acting
from node.services.ledger.received import Received
from node.services.ledger.recording import send, take
from node.services.negotiations import offers as offer_service
from node.storage import journal, messages, offers, payloads, peers, refusals
from node.storage.messages import MessageRow
from node.storage.peers import PeerRow
from node.storage.session import Session
from protocol.errors import Conflict, Forbidden, Unprocessable
from protocol.iris import same_origin
from protocol.jsonld import ref
from protocol.members import (
    CONTENT_LIMIT,
    missing,
    read_content,
    read_required_iri,
    read_required_text,
    render_content,
)
from protocol.strictjson import Document
from protocol.times import render_time
from protocol.vocabulary import ACTIVITY_CONTEXT

_DELETED: Final = "Its author deleted it."


def write(session: Session, acting: Acting, offer: str, content: str) -> dict[str, Any]:
    """Send a message to the other end of a negotiation.

    Raises:
        NotFound; Conflict: `peer-blocked`; Unprocessable: `missing-member`, it says nothing; `text-too-long`.
    """
    row = offer_service.load(session, acting, offer)
    peer = peers.named_peer(session, acting.iri, row.peer)
    if peer.blocked:
        raise Conflict(codes.PEER_BLOCKED)
    text = read_required_text({"content": content.strip()}, "content", limit=CONTENT_LIMIT)
    iri = acting.mint("activities", "act")
    note = {
        "id": f"{iri}#note",
        "type": "Note",
        "attributedTo": acting.iri,
        "context": row.negotiation,
        **render_content(text),
        "to": [peer.address],
        "published": render_time(acting.now),
    }
    activity: Document = {
        "@context": ACTIVITY_CONTEXT,
        "id": iri,
        "type": "Create",
        "actor": acting.iri,
        "to": [peer.address],
        "context": row.negotiation,
        "published": render_time(acting.now),
        "object": note,
    }
    decision = {"offer": row.id, "note": note["id"], "content": text}
    send(session, acting, "message", activity, decision, recipients=[peer])
    message = messages.load_message(session, acting.iri, str(note["id"]))
    assert message is not None  # noqa: S101 - recorded just now
    return view(message, acting, peer)


def list(
    session: Session, acting: Acting, offer: str, *, cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """List the messages of a negotiation, oldest first; the cursor is the IRI of the last one seen."""
    row = offer_service.load(session, acting, offer)
    last = None if cursor is None else messages.load_message(session, acting.iri, cursor)
    if cursor is not None and (last is None or last.offer != row.id):
        raise Unprocessable(codes.UNKNOWN_CURSOR)
    page = messages.list_messages(session, row.id, after=last.entry if last else 0, limit=limit)
    peer = peers.named_peer(session, acting.iri, row.peer)
    return {"items": [view(message, acting, peer) for message in page.items], "next": page.next}


def newest(session: Session, acting: Acting, offer: str, *, limit: int) -> Sequence[dict[str, Any]]:
    """Return the newest messages of a negotiation, oldest first."""
    row = offer_service.load(session, acting, offer)
    peer = peers.named_peer(session, acting.iri, row.peer)
    return [view(one, acting, peer) for one in messages.newest_messages(session, row.id, limit=limit)]


def view(message: MessageRow, acting: Acting, peer: PeerRow) -> dict[str, Any]:
    """Show a message, of ours or of the other end, as the owner's programs read it."""
    return {
        "iri": message.iri,
        "offer": message.offer,
        "sender": acting.iri if message.own else peer.address,
        "own": message.own,
        "content": message.content,
        "at": view_time(message.at),
        "deleted_at": view_time(message.deleted_at),
    }


def negotiation_of(received: Received) -> str:
    """Return the address of the negotiation that a message is in.

    Raises:
        Unprocessable: `missing-context`.
    """
    negotiation = ref(received.object.get("context")) or ref(received.activity.get("context"))
    if not negotiation:
        raise Unprocessable(codes.MISSING_CONTEXT, "A message names its negotiation.")
    return negotiation


def read_note(received: Received, note: Document, *, peer: str) -> tuple[str, str]:
    """Return the address and the words of a message from the other end, a peer (its id).

    Raises:
        Forbidden: `not-your-negotiation`. Unprocessable: it is not by its sender, or has no content.
    """
    if peer != received.peer.id:
        raise Forbidden(codes.NOT_YOUR_NEGOTIATION)
    if ref(note.get("attributedTo")) not in (None, received.sender.iri):
        raise Unprocessable(codes.WRONG_AUTHOR, "The message is not its sender's.")
    iri = read_required_iri(note, "id")
    # FEP-fe34: nobody takes an address on another server's behalf.
    if not same_origin(iri, received.sender.iri):
        raise Unprocessable(codes.WRONG_ORIGIN, "The message's address is not under its sender's origin.")
    content = read_content(note)
    if not content:
        raise missing("content")
    return iri, content


def receive_note(session: Session, acting: Acting, received: Received, note: Document) -> None:
    """Take a message in a negotiation from its other end.

    Raises:
        Forbidden: `not-your-negotiation`. Unprocessable: it is not by its sender, or has no content.
        Conflict: `unknown-negotiation`, `message-exists`, `too-many-messages`.
    """
    row = offers.load_offer_by_negotiation(session, acting.iri, negotiation_of(received))
    if row is None:
        raise Conflict(codes.UNKNOWN_NEGOTIATION)
    iri, content = read_note(received, note, peer=row.peer)
    if messages.load_message(session, acting.iri, iri) is not None:
        raise Conflict(codes.MESSAGE_EXISTS)
    if messages.count_messages(session, row.id) >= acting.limits.messages_per_offer:
        raise Conflict(codes.TOO_MANY_MESSAGES)
    take(session, acting, "message", received, {"offer": row.id, "note": iri, "content": content})


def find(session: Session, acting: Acting, iri: str) -> MessageRow | None:
    """Return a message by its address, if this actor has one there."""
    return messages.load_message(session, acting.iri, iri)


def receive_deletion(session: Session, acting: Acting, received: Received, message: MessageRow) -> None:
    """Erase the words of a message whose author took it back, once; that there was one stays.

    Raises:
        Forbidden: `not-yours`, it is ours, or another peer's.
    """
    offer = offers.load_offer(session, acting.iri, message.offer)
    if message.own or offer is None or offer.peer != received.peer.id:
        raise Forbidden(codes.NOT_YOURS, "What is to be deleted is somebody else's.")
    if message.deleted_at is not None:
        return
    for digest in journal.digests_of(session, message.entry):
        payloads.purge_payload(session, digest, why=_DELETED, at=acting.now)
    # It may have been refused before it was taken.
    came = journal.load_entry(session, message.entry)
    refusals.forget_refusals(session, acting.iri, message.iri, "" if came is None else came.entry.subject)
    take(session, acting, "message.deleted", received, {"offer": message.offer, "note": message.iri})
