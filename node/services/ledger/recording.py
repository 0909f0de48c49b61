"""Recording: an entry joins the journal and its projection changes, in the same transaction.

Rules that hold here:

- Nothing else changes a projection. Whatever a projector needs is in the entry (its decision and its body),
  never in the clock or in tables that are not projections; so replaying the journal gives the same rows
  again.
- `move` spares reading the body a second time on the way in; replay passes None and reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from node.core.entries import Direction, Entry
from node.services.acting import Acting
from node.services.ledger.projections import PROJECTORS
from node.services.ledger.received import Received
from node.storage import cache, deliveries, fanouts, journal, peers
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.fanouts import FanoutRow
from node.storage.projections import truncate_projections
from node.storage.session import Session
from protocol.canonical import canonicalise
from protocol.moves import Move
from protocol.strictjson import Document

FANOUT_STEP: Final = 100  # followers queued for in one write: some ten milliseconds


def record(session: Session, entry: Entry, *, move: Move | None = None) -> int:
    """Append an entry and apply it; return its place in the journal. Call inside a write."""
    sequence = journal.append(session, entry)
    PROJECTORS[entry.kind](session, sequence, entry, move)
    return sequence


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
    return record(session, entry)


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
    peer = recipients[0] if len(recipients) == 1 else None
    sequence = record(session, _outgoing(acting, kind, activity, decision, peer=peer), move=move)
    for recipient in recipients:
        _queue(session, acting, activity["id"], sequence, recipient)
    return sequence


def publish(
    session: Session,
    acting: Acting,
    kind: str,
    activity: Document,
    decision: Mapping[str, Any],
    *,
    spared: Sequence[str],
) -> int:
    """Record an activity of ours and send it to our followers, save for these.

    As many as one step takes are queued at once; `fan_out` goes on with the others.
    """
    first, after = peers.next_followers(session, acting.iri, limit=FANOUT_STEP)
    recipients = [peer for peer in first if peer not in spared]
    sequence = send(session, acting, kind, activity, decision, recipients=recipients)
    if after is not None:
        fanouts.save_fanout(
            session, FanoutRow(acting.iri, sequence, activity["id"], after, tuple(spared), acting.now)
        )
    return sequence


def fan_out(session: Session, acting: Acting) -> bool:
    """Queue what we published last for the next of our followers; tell whether anything was left to do.

    Call inside a write. Whoever has come to follow us meanwhile gets it too, and who has gone does not.
    """
    fanout = fanouts.next_fanout(session, acting.iri)
    if fanout is None:
        return False
    page, after = peers.next_followers(session, acting.iri, after=fanout.reached, limit=FANOUT_STEP)
    for recipient in page:
        if recipient not in fanout.spared:
            _queue(session, acting, fanout.activity, fanout.sequence, recipient)
    if after is None:
        fanouts.delete_fanout(session, fanout)
    else:
        fanouts.save_fanout(session, replace(fanout, reached=after))
    return True


def _outgoing(
    acting: Acting, kind: str, activity: Document, decision: Mapping[str, Any], *, peer: str | None
) -> Entry:
    return Entry(
        at=acting.now,
        direction=Direction.OUT,
        kind=kind,
        actor=acting.iri,
        peer=peer,
        subject=activity["id"],
        decision=decision,
        body=canonicalise(activity),
    )


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
    return record(session, entry, move=move)


def _queue(session: Session, acting: Acting, activity: str, sequence: int, recipient: str) -> None:
    inbox = cache.load_inbox(session, recipient)
    row = DeliveryRow(
        id=acting.new_id("dlv"),
        actor=acting.iri,
        activity=activity,
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
    deliveries.queue_delivery(session, row)


def rebuild(session: Session) -> int:
    """Empty every projection and replay the journal; return the number of entries. Call inside a write."""
    truncate_projections(session)
    count = 0
    for recorded in journal.entries(session):
        PROJECTORS[recorded.entry.kind](session, recorded.sequence, recorded.entry, None)
        count += 1
    return count
