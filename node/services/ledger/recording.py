"""Recording: an entry joins the journal and its projection changes, in the same transaction.

Rules that hold here:

- Nothing else changes a projection. Whatever a projector needs is in the entry (its decision and its body),
  never in the clock or in tables that are not projections; so replaying the journal gives the same rows
  again.
- A reading spares reading the body a second time on the way in; replay passes None and reads.
- An entry about a peer has the peer's address, as it was then, for the record, and in its decision the peer's
  id, which is what is read again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from node.core.entries import Direction, Entry
from node.core.quotas import weigh
from node.services.acting import Acting, Record, unweighed
from node.services.ledger.chapters import Ledger, Reading
from node.services.ledger.received import Received
from node.storage import cache, deliveries, fanouts, journal, payloads, peers
from node.storage.deliveries import ACTIVITY, DeliveryRow, DeliveryState
from node.storage.errors import Broken
from node.storage.fanouts import Audience, FanoutRow
from node.storage.journal import Recorded
from node.storage.origins import origin_of
from node.storage.peers import Peer
from node.storage.projections import truncate
from node.storage.session import Session
from protocol.canonical import canonicalise
from protocol.errors import ProtocolError
from protocol.moves import Move
from protocol.strictjson import Document
from protocol.values import dataclass

_WALKS: Final = {Audience.FOLLOWERS: peers.next_followers, Audience.PEERS: peers.next_peers}
FANOUT_STEP: Final = 100  # followers queued for in one write: some ten milliseconds


def recorder(ledger: Ledger) -> Record:
    """Return the function that appends an entry and applies it. It is to be called inside a write.

    What of the decision may have to be erased one day is kept apart from the journal, as its noun says.
    """

    def record(session: Session, entry: Entry, reading: Reading = None) -> int:
        apart = ledger.apart.get(entry.kind)
        number = journal.append(session, entry if apart is None else replace(entry, apart=apart))
        ledger.projectors[entry.kind](session, number, entry, reading)
        return number

    return record


def note(
    session: Session,
    acting: Acting,
    kind: str,
    decision: Mapping[str, Any],
    *,
    peer: Peer | None = None,
    subject: str | None = None,
) -> int:
    """Record what the owner, or the node for the owner, decided; nothing leaves the node."""
    entry = Entry(
        at=acting.now,
        direction=Direction.LOCAL,
        kind=kind,
        actor=acting.iri,
        peer=None if peer is None else peer.address,
        subject=subject,
        decision=about(peer, _by(acting, decision)),
    )
    return _record(session, acting, entry, None)


def _record(session: Session, acting: Acting, entry: Entry, reading: Reading) -> int:
    """Add an entry, which counts against whoever's activity it is for."""
    if acting.weigh is not unweighed:  # else its decision would be written out for nothing
        acting.weigh(weigh(entry))
    return acting.record(session, entry, reading)


def _by(acting: Acting, decision: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the decision of an entry of ours: it names the person who acted, if one did."""
    return {**decision, "by": acting.person} if acting.person else decision


def about(peer: Peer | None, decision: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the decision of an entry about a peer, or about none: it names the peer."""
    return decision if peer is None else {**decision, "peer": peer.id}


def send(
    session: Session,
    acting: Acting,
    kind: str,
    activity: Document,
    decision: Mapping[str, Any],
    *,
    recipients: Sequence[Peer],
    move: Move | None = None,
    envelope: str = ACTIVITY,
) -> int:
    """Record an activity of ours and queue it for each recipient, in the same transaction.

    Its bytes on the wire are its canonical form; `envelope` is the kind of envelope it goes in. What is sent
    to one is an entry about that one.
    """
    peer = recipients[0] if len(recipients) == 1 else None
    number = _record_said(session, acting, kind, activity, decision, peer=peer, move=move)
    _queue(session, acting, activity["id"], number, recipients, envelope=envelope)
    return number


def _record_said(
    session: Session,
    acting: Acting,
    kind: str,
    activity: Document,
    decision: Mapping[str, Any],
    *,
    peer: Peer | None,
    move: Move | None = None,
) -> int:
    entry = Entry(
        at=acting.now,
        direction=Direction.OUT,
        kind=kind,
        actor=acting.iri,
        peer=None if peer is None else peer.address,
        subject=activity["id"],
        decision=about(peer, _by(acting, decision)),
        body=canonicalise(activity),
    )
    return _record(session, acting, entry, move)


def publish(
    session: Session,
    acting: Acting,
    kind: str,
    activity: Document,
    decision: Mapping[str, Any],
    *,
    spared: Sequence[str] = (),
    audience: Audience = Audience.FOLLOWERS,
) -> int:
    """Record an activity of ours and send it to our followers, or to all peers, save for these (ids).

    It is an entry about nobody, even where only one hears of it: it was said to all, and is there for all.
    As many as one step takes are queued at once; `fan_out` goes on with the others.
    """
    first, after = _WALKS[audience](session, acting.iri, limit=FANOUT_STEP)
    recipients = [peer for peer in first if peer.id not in spared]
    number = _record_said(session, acting, kind, activity, decision, peer=None)
    _queue(session, acting, activity["id"], number, recipients)
    if after is not None:
        row = FanoutRow(acting.iri, number, activity["id"], audience, after, tuple(spared), acting.now)
        fanouts.save_fanout(session, row)
    return number


def fan_out(session: Session, acting: Acting) -> bool:
    """Queue what we published last for the next of those it is for; tell whether there may be more to do.

    Call inside a write. Whoever has come to follow us meanwhile gets it too, and who has gone does not.
    """
    fanout = fanouts.next_fanout(session, acting.iri)
    if fanout is None:
        return False
    page, after = _WALKS[fanout.audience](session, acting.iri, after=fanout.reached, limit=FANOUT_STEP)
    recipients = [peer for peer in page if peer.id not in fanout.spared]
    _queue(session, acting, fanout.activity, fanout.entry, recipients)
    if after is None:
        fanouts.delete_fanout(session, fanout)
    else:
        fanouts.save_fanout(session, replace(fanout, reached=after))
    return True


def take(
    session: Session,
    acting: Acting,
    kind: str,
    received: Received,
    decision: Mapping[str, Any],
    *,
    move: Move | None = None,
    evidence: bool = False,
) -> int:
    """Record an activity of a peer: what was read of it, and as `evidence` its bytes as they came.

    What proves nothing and is not read again is not kept: an activity may have any number of members that
    nobody knows.
    """
    entry = Entry(
        at=acting.now,
        direction=Direction.IN,
        kind=kind,
        actor=acting.iri,
        peer=received.peer.address,
        subject=received.activity["id"],
        decision=about(received.peer, decision),
        body=received.raw if evidence else b"",
        body_sha256=received.sha256 if evidence else None,
    )
    return _record(session, acting, entry, move)


def _queue(
    session: Session,
    acting: Acting,
    activity: str,
    number: int,
    recipients: Sequence[Peer],
    *,
    envelope: str = ACTIVITY,
) -> None:
    known = cache.load_addresses(session, [peer.address for peer in recipients])
    for peer in recipients:
        inbox = known[peer.address].inbox if peer.address in known else ""
        row = DeliveryRow(
            id=acting.new_id("dlv"),
            actor=acting.iri,
            activity=activity,
            entry=number,
            recipient=peer.id,
            inbox=inbox,
            origin=origin_of(inbox or peer.address),
            state=DeliveryState.QUEUED,
            attempts=0,
            due_at=acting.now,
            last_status=None,
            last_error=None,
            created_at=acting.now,
            settled_at=None,
            envelope=envelope,
        )
        deliveries.queue_delivery(session, row)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did: entries read, those that lost bytes to a purge, those that could not be applied."""

    entries: int
    purged: int
    passed_over: int


def rebuild(session: Session, ledger: Ledger) -> Replayed:
    """Empty every projection and replay the journal. Call inside a write.

    An entry whose bytes were purged is applied as far as what is left of it allows (`Chapter.erased`); one
    that can then no longer be applied, such as a later move of the same negotiation, is passed over and
    counted.
    """
    truncate(session, ledger.tables)
    tolerant = payloads.has_purges(session)
    count, purged, passed_over = 0, 0, 0
    for recorded in journal.entries(session):
        count, purged = count + 1, purged + recorded.purged
        if not tolerant:
            replay(session, ledger, recorded)
        elif not _try(session, ledger, recorded):
            passed_over += 1
    return Replayed(count, purged, passed_over)


def replay(session: Session, ledger: Ledger, recorded: Recorded) -> None:
    """Apply an entry of the journal to the projections, as it was when it was recorded."""
    kind = recorded.entry.kind
    whole = ledger.projectors[kind]
    projector = ledger.erased.get(kind, whole) if recorded.purged else whole
    projector(session, recorded.number, recorded.entry, None)


def _try(session: Session, ledger: Ledger, recorded: Recorded) -> bool:
    """Apply an entry of a journal that has lost bytes; tell whether it could be.

    Raises: whatever is no consequence of missing bytes.
    """
    error = session.attempt(partial(replay, ledger=ledger, recorded=recorded)).error
    if error is not None and not isinstance(error, ProtocolError | Broken):
        raise error
    return error is None
