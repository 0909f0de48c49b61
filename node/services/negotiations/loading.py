"""Negotiation threads, between their rows and the core's `Thread`.

Rules that hold here: a thread can always be folded again from the moves in the journal (`refold`); rows are
written by projectors only.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from node.core.negotiations import AGREEMENT_EVENTS, Lapse, Link, Pending, Step, Thread, fold, open_thread
from node.storage import agreements, deliveries, journal, offers
from node.storage.agreements import AgreementState
from node.storage.deliveries import DeliveryState
from node.storage.offers import MoveRow, MoveStatus, OfferRow
from node.storage.session import Session
from protocol import arrivals, jsonld
from protocol.errors import NotFound
from protocol.moves import Move, read_move
from protocol.negotiation import Event, Party
from protocol.offers import Draft, read_draft, render_draft
from protocol.strictjson import Document


def load_thread(session: Session, actor: str, id: str) -> tuple[OfferRow, Thread]:
    """Return an actor's negotiation by id, as row and as thread.

    Raises:
        NotFound: `unknown-offer`.
    """
    row = offers.load_offer(session, actor, id)
    if row is None:
        raise NotFound("unknown-offer", "There is no offer with this id. See: freehold offer list")
    return row, to_thread(session, row)


def to_thread(session: Session, row: OfferRow) -> Thread:
    """Read a row back into the thread it keeps."""
    agreement = agreements.load_agreement_by_offer(session, row.actor, row.id)
    return Thread(
        negotiation=row.negotiation,
        peer=row.peer,
        role=row.role,
        intention=row.intention,
        amends=row.amends,
        state=row.state,
        head=Link(row.head, row.head_digest),
        standing=Link(row.standing, row.standing_digest),
        draft=read_terms_of(row),
        countered=None if row.countered is None else read_draft(row.countered["terms"]),
        agreement=Link(agreement.iri, agreement.digest)
        if agreement and agreement.state is not AgreementState.VOID
        else None,
        rounds=row.rounds,
        expires_at=row.expires_at,
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        leaves_at=None if agreement is None else agreement.leaves_at,
    )


def read_terms_of(row: OfferRow) -> Draft:
    """Read the terms of the standing offer."""
    return read_draft(row.draft, currency=row.currency)


def save_thread(session: Session, id: str, actor: str, thread: Thread, *, on_met: str = "ask") -> OfferRow:
    """Write a thread to its row."""
    countered: dict[str, Any] | None = None
    if thread.countered is not None:
        countered = {"terms": render_draft(thread.countered), "on_met": on_met}
    row = OfferRow(
        id=id,
        actor=actor,
        negotiation=thread.negotiation,
        peer=thread.peer,
        role=thread.role,
        intention=thread.intention,
        amends=thread.amends,
        state=thread.state,
        head=thread.head.iri,
        head_digest=thread.head.digest,
        standing=thread.standing.iri,
        standing_digest=thread.standing.digest,
        draft=render_draft(thread.draft),
        countered=countered,
        total=thread.draft.total,
        currency=thread.draft.currency,
        rounds=thread.rounds,
        expires_at=thread.expires_at,
        opened_at=thread.opened_at,
        updated_at=thread.updated_at,
    )
    offers.save_offer(session, row)
    return row


def refold(session: Session, row: OfferRow, moves: Sequence[MoveRow]) -> tuple[Thread, tuple[str, ...]]:
    """Fold a negotiation from these of its moves, in their order; the first must be the opening Offer.

    Returns the thread, and the IRIs of the moves that cannot follow the others.
    """
    opening = load_step(session, row, moves[0])
    assert isinstance(opening, Step)  # noqa: S101 - the clock opens nothing
    first = open_thread(opening, role=row.role, peer=row.peer, intention=row.intention, amends=row.amends)
    return fold(first, [load_step(session, row, move) for move in moves[1:]])


def load_step(session: Session, row: OfferRow, move: MoveRow) -> Step | Lapse:
    """Read a move of a negotiation back from the journal, or what the clock did."""
    if move.by_party is Party.CLOCK:
        return Lapse(event=move.event, iri=move.iri, at=move.at)
    return Step(
        move=replace(load_move(session, row, move), event=move.event),
        party=move.by_party,
        link=Link(move.iri, move.digest),
        at=move.at,
    )


def load_move(session: Session, row: OfferRow, move: MoveRow) -> Move:
    """Read the activity of a move from the journal, as it went over the wire."""
    return read_move(jsonld.read(load_activity(session, move.entry)), currency=row.currency)


def load_activity(session: Session, entry: int) -> Document:
    """Return the activity that an entry (its number) of the journal came with.

    Raises:
        NotFound: `unknown-activity`, there is none, or it was erased.
    """
    recorded = journal.load_entry(session, entry)
    if recorded is None or not recorded.entry.body:
        raise NotFound("unknown-activity", "The journal holds no activity there.")
    return arrivals.read(recorded.entry.body)


def applied_moves(session: Session, id: str) -> list[MoveRow]:
    """Return the moves that count, in the order they entered our journal."""
    return offers.list_moves(session, id, statuses=(MoveStatus.APPLIED,))


def chain(moves: Sequence[MoveRow], head: str) -> list[MoveRow]:
    """Return the moves that are the history on both sides, oldest first.

    Up to the acceptance, or to `head` while there is none, each answers the one before it. What answers the
    agreement follows: the countersignature, then notices by their digests, because notices of both sides may
    cross and the two ends see them in different orders.
    """
    by_iri = {move.iri: move for move in moves}
    applied = [move for move in moves if move.status is MoveStatus.APPLIED]
    accepted = [move for move in applied if move.event is Event.ACCEPT]
    walked = [accepted[-1] if accepted else by_iri[head]]
    while walked[0].event is not Event.OFFER and walked[0].answers in by_iri:
        walked.insert(0, by_iri[walked[0].answers])
    later = [move for move in applied if move.event in AGREEMENT_EVENTS]
    return walked + sorted(later, key=lambda move: (move.event is Event.LEAVE, move.digest))


def load_pending(session: Session, row: OfferRow, *, answered: str | None) -> Pending | None:
    """Return our own last moves that the peer does not know of, with the thread before them.

    It knows what it has acknowledged, and what it is about to answer (`answered`): an acknowledgement may be
    lost on its way.
    """
    moves = applied_moves(session, row.id)
    known = len(moves)
    while (
        known > 1
        and moves[known - 1].iri != answered
        and not _is_known_to_peer(session, moves[known - 1], row)
    ):
        known -= 1
    if known == len(moves):
        return None
    unknown = moves[known:]
    return Pending(
        step=load_step(session, row, unknown[0]),
        before=refold(session, row, moves[:known])[0],
        moves=tuple(move.iri for move in unknown),
    )


def _is_known_to_peer(session: Session, move: MoveRow, row: OfferRow) -> bool:
    """Tell whether the peer made a move or has acknowledged it; what our clock did it cannot know."""
    if move.by_party is Party.CLOCK:
        return False
    if move.by_party is not row.role:
        return True
    delivery = deliveries.load_delivery_of(session, row.actor, move.iri, row.peer)
    return delivery is None or delivery.state is DeliveryState.DELIVERED
