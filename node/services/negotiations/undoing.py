"""Undoing: moves of ours that a peer never took are taken back, with what builds on them.

Rules that hold here:

- A peer that refuses a move for good has not applied it. Then neither have we: the move becomes void, and
  with it what builds on it, so both ends agree again.
- Whoever has answered a move has taken it, whatever comes back for it later: a peer that countersigned could
  have us forget what it holds, and a proxy that answers a repetition could, too. So has whoever has signed
  what builds on the agreement that our signature concluded.
- A notice needs nobody's consent: a refused one counts if our own books say so (`refused_notices`). What was
  decided stands, also where it is not sent any more.
- With its first Offer refused a negotiation is over: there is nothing to go back to.
- What was taken back is not sent any more. That an acceptance was, the peer is told (`revoking`).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from node.core.crossings import fallen
from node.core.entries import Direction, Entry
from node.core.losses import known_reasons
from node.core.negotiations import OPEN_STATES, other
from node.core.terms_templates import counted
from node.services.acting import Record
from node.services.negotiations.carrying import TAKEN_BACK
from node.services.negotiations.folding import applied_moves, goes_on, load_steps, open_with
from node.services.negotiations.refused_notices import PeerRefusal, is_decided, objection, stand
from node.services.terms.templates import TURNED_AWAY
from node.storage import deliveries, journal, offers
from node.storage.deliveries import DeliveryRow
from node.storage.moves import MoveRow, MoveStatus, load_move
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.negotiation import Event

REFUSED: Final = "move.refused"
UNTAKEN: Final = "offer.refused"


def take_back(
    session: Session, row: DeliveryRow, *, now: datetime, record: Record, refusal: PeerRefusal | None = None
) -> None:
    """Take back the move that a delivery carried and the peer never took, and what builds on it.

    Without a refusal it was never sent. Call inside a write.
    """
    status = None if refusal is None else refusal.status
    move = load_move(session, row.actor, row.activity)
    offer = None if move is None else offers.load_offer(session, row.actor, move.offer)
    if move is None or offer is None or move.status is not MoveStatus.APPLIED:
        return
    if refusal is None and move.event is Event.LEAVE and is_decided(session, row.actor, move.iri):
        return
    moves = applied_moves(session, offer.id)
    is_first = move.event is Event.OFFER
    void = [made.iri for made in moves] if is_first else _falling(session, offer, moves, move.iri)
    if any(made.by_party is other(offer.role) for made in moves if made.iri in void):
        return
    signed = any(made.event is Event.COUNTERSIGN for made in moves if made.iri in void)
    if status is not None and signed and goes_on(session, offer):
        return
    if is_first:
        _count(session, moves[0], row, refusal, now=now, record=record)
        _close(session, offer, row, void, now=now, record=record, refusal=refusal)
        return
    decision: dict[str, Any] = {"offer": offer.id, "moves": [*void], "status": status}
    if move.event is Event.LEAVE and refusal is not None:
        against = objection(session, offer, moves, row, now=now)
        if against is None:
            stand(session, row, move, now=now, record=record, answer=refusal)
            return
        decision |= {**refusal.written(), "objection": against}
    record(session, _entry(row, REFUSED, row.activity, decision, now=now), None)
    _cancel(session, row, void, now=now)


def _falling(session: Session, offer: OfferRow, moves: Sequence[MoveRow], without: str) -> Sequence[str]:
    """Return what falls when one of the moves (its IRI) is left out."""
    opening, *steps = load_steps(session, offer, moves)
    return fallen(open_with(offer, opening), steps, without)


def _close(
    session: Session,
    offer: OfferRow,
    row: DeliveryRow,
    moves: Sequence[str],
    *,
    now: datetime,
    record: Record,
    refusal: PeerRefusal | None,
) -> None:
    """End a negotiation that never began at the other end: its first Offer was refused, or never sent."""
    _cancel(session, row, moves, now=now)
    if offer.state in OPEN_STATES:
        event = Event.WITHDRAW if refusal is None else Event.REFUSE
        status = None if refusal is None else refusal.status
        decision: dict[str, Any] = {"offer": offer.id, "event": event.value, "status": status}
        if refusal is not None and (codes := known_reasons(refusal.reasons)):
            decision["codes"] = [*codes]
        record(session, _entry(row, UNTAKEN, offer.id, decision, now=now), None)


def _count(
    session: Session,
    opening: MoveRow,
    row: DeliveryRow,
    refusal: PeerRefusal | None,
    *,
    now: datetime,
    record: Record,
) -> None:
    """Count that a first Offer was not taken for its terms about data, if they are those of a template."""
    codes = () if refusal is None else counted(refusal.reasons)
    recorded = journal.load_entry(session, opening.entry) if codes else None
    template = None if recorded is None else recorded.entry.decision.get("template")
    if template is not None:
        decision = {"template": template, "codes": [*codes]}
        record(session, _entry(row, TURNED_AWAY, row.activity, decision, now=now), None)


def _entry(row: DeliveryRow, kind: str, subject: str, decision: Mapping[str, Any], *, now: datetime) -> Entry:
    return Entry(
        at=now,
        direction=Direction.LOCAL,
        kind=kind,
        actor=row.actor,
        peer=row.address,
        subject=subject,
        decision={**decision, "peer": row.recipient},
    )


def _cancel(session: Session, row: DeliveryRow, moves: Sequence[str], *, now: datetime) -> None:
    deliveries.cancel_activities(session, row.actor, row.recipient, moves, at=now, error=TAKEN_BACK)
