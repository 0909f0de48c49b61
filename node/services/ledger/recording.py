"""Recording: an entry joins the journal and its projection changes, in the same transaction.

Rules that hold here:

- Nothing else changes a projection. Whatever a projector needs is in the entry (its decision and its body),
  never in the clock or in tables that are not projections; so replaying the journal gives the same rows
  again.
- `move` spares reading the body a second time on the way in; replay passes None and reads.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from node.core.entries import Direction, Entry
from node.services.acting import Acting, Record
from node.services.ledger.chapters import Ledger, Reading
from node.services.ledger.received import Received
from node.storage import cache, deliveries, journal
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.projections import truncate
from node.storage.session import Session
from protocol.canonical import canonicalise
from protocol.moves import Move
from protocol.strictjson import Document


def recorder(ledger: Ledger) -> Record:
    """Return the function that appends an entry and applies it. It is to be called inside a write."""

    def record(session: Session, entry: Entry, reading: Reading = None) -> int:
        sequence = journal.append(session, entry)
        ledger.projectors[entry.kind](session, sequence, entry, reading)
        return sequence

    return record


def decide(
    session: Session,
    acting: Acting,
    kind: str,
    decision: Mapping[str, Any],
    *,
    peer: str | None = None,
    subject: str | None = None,
) -> int:
    """Record what the owner, or the node for the owner, decided; nothing leaves the node."""
    entry = Entry(
        at=acting.now,
        direction=Direction.LOCAL,
        kind=kind,
        actor=acting.iri,
        peer=peer,
        subject=subject,
        decision=decision,
    )
    return acting.record(session, entry, None)


def send(
    session: Session,
    acting: Acting,
    kind: str,
    activity: Document,
    decision: Mapping[str, Any],
    *,
    recipients: Sequence[str],
    move: Move | None = None,
) -> int:
    """Record an activity of ours and queue it for each recipient (actor IRIs), in the same transaction.

    Its bytes on the wire are its canonical form.
    """
    entry = Entry(
        at=acting.now,
        direction=Direction.OUT,
        kind=kind,
        actor=acting.iri,
        peer=recipients[0] if len(recipients) == 1 else None,
        subject=activity["id"],
        decision=decision,
        body=canonicalise(activity),
    )
    sequence = acting.record(session, entry, move)
    known = cache.load_addresses(session, recipients)
    for recipient in recipients:
        inbox = known[recipient].inbox if recipient in known else ""
        deliveries.queue_delivery(session, _delivery(acting, entry, sequence, recipient, inbox))
    return sequence


def take(
    session: Session,
    acting: Acting,
    kind: str,
    received: Received,
    decision: Mapping[str, Any],
    *,
    move: Move | None = None,
) -> int:
    """Record an activity of a peer, byte for byte as it came."""
    entry = Entry(
        at=acting.now,
        direction=Direction.IN,
        kind=kind,
        actor=acting.iri,
        peer=received.sender.iri,
        subject=received.activity["id"],
        decision=decision,
        body=received.raw,
    )
    return acting.record(session, entry, move)


def _delivery(acting: Acting, entry: Entry, sequence: int, recipient: str, inbox: str) -> DeliveryRow:
    return DeliveryRow(
        id=acting.new_id("dlv"),
        actor=entry.actor,
        activity=entry.subject or "",
        sequence=sequence,
        recipient=recipient,
        inbox=inbox,
        origin=deliveries.origin_of(inbox or recipient),
        state=DeliveryState.QUEUED,
        attempts=0,
        due_at=acting.now,
        last_status=None,
        last_error=None,
        created_at=acting.now,
        settled_at=None,
    )


def rebuild(session: Session, ledger: Ledger) -> int:
    """Empty every projection and replay the journal; return the number of entries. Call inside a write."""
    truncate(session, ledger.tables)
    count = 0
    for recorded in journal.entries(session):
        ledger.projectors[recorded.entry.kind](session, recorded.sequence, recorded.entry, None)
        count += 1
    return count
