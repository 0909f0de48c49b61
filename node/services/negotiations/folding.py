"""Folding: the moves of a negotiation read back from the journal, and the thread that they make.

Rules that hold here:

- What went over the wire is read from the journal, never from what was made of it.
- A move counts until it is taken back; only those that count are folded.
- Who offers to change an agreement, answers such an offer, or confirms it, has the signatures under it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from node.core.negotiations import Key, Made, Pending
from node.core.threads import Link, Step, Thread, Tick, fold, open_thread
from node.storage import agreements, deliveries, journal, offers
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.moves import MoveRow, MoveStatus, list_moves
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol import codes as wire
from protocol import incoming
from protocol.errors import NotFound
from protocol.incoming import Arrival
from protocol.moves import read_move
from protocol.negotiation import Event, Party


def applied_moves(session: Session, id: str) -> list[MoveRow]:
    """Return the moves that count, in the order they entered our journal."""
    return list_moves(session, id, statuses=(MoveStatus.APPLIED,))


def load_history(session: Session, rows: Sequence[MoveRow]) -> tuple[Made, ...]:
    """Return moves with their documents and keys; the clock's have none."""
    entries = _entries(session, rows)
    return tuple(_made(row, entries.get(row.entry)) for row in rows)


def _entries(session: Session, moves: Sequence[MoveRow]) -> dict[int, journal.Recorded]:
    signed = [move.entry for move in moves if move.by_party is not Party.CLOCK]
    return journal.load_entries(session, signed)


def _made(row: MoveRow, recorded: journal.Recorded | None) -> Made:
    made = to_made(row)
    if recorded is None:  # the clock's, of which nothing was signed
        return made
    key = Key(**recorded.entry.decision["key"])
    document = incoming.read(recorded.entry.body).document if recorded.entry.body else {}  # erased
    return replace(made, document=document, key=key)


def to_made(row: MoveRow) -> Made:
    """Read a row as its place in the history, without its document."""
    return Made(iri=row.iri, event=row.event, digest=row.digest, answers=row.answers)


def refold(session: Session, row: OfferRow, moves: Sequence[MoveRow]) -> tuple[Thread, tuple[str, ...]]:
    """Fold a negotiation from these of its moves, in their order; the first must be the opening Offer.

    Returns the thread, and the IRIs of the moves that cannot follow the others.
    """
    first, *steps = load_steps(session, row, moves)
    return fold(open_with(row, first), steps)


def open_with(row: OfferRow, opening: Step | Tick) -> Thread:
    """Return the thread as its first Offer opened it."""
    assert isinstance(opening, Step)  # noqa: S101 - the clock opens nothing
    return open_thread(opening, role=row.role, peer=row.peer, intention=row.intention, amends=row.amends)


def load_steps(session: Session, row: OfferRow, moves: Sequence[MoveRow]) -> list[Step | Tick]:
    """Read moves of a negotiation back from the journal, with what the clock did."""
    entries = _entries(session, moves)
    return [_step(row, move, entries.get(move.entry)) for move in moves]


def _step(row: OfferRow, move: MoveRow, recorded: journal.Recorded | None) -> Step | Tick:
    if move.by_party is Party.CLOCK:
        return Tick(event=move.event, iri=move.iri, at=move.at)
    activity = _arrival(recorded).reading
    return Step(
        move=replace(read_move(activity, currency=row.currency), event=move.event),
        party=move.by_party,
        link=Link(move.iri, move.digest),
        at=move.at,
    )


def _arrival(recorded: journal.Recorded | None) -> Arrival:
    if recorded is None or not recorded.entry.body:
        raise NotFound(wire.UNKNOWN_ACTIVITY, "The journal holds no activity there.")
    return incoming.read(recorded.entry.body)


def load_pending(
    session: Session, row: OfferRow, moves: Sequence[MoveRow], *, answered: str, now: datetime
) -> Pending | None:
    """Return our own last moves that the peer does not know of, with the thread before them.

    It knows what it has acknowledged, and what it is about to answer (`answered`): an acknowledgement may be
    lost on its way.
    """
    unacknowledged = _unacknowledged(session, row, moves)
    known = len(moves)
    while known > 1 and moves[known - 1].iri != answered and _is_unknown(moves[known - 1], unacknowledged):
        known -= 1
    if known == len(moves):
        return None
    steps = load_steps(session, row, moves)
    return Pending(
        step=steps[known],
        before=fold(open_with(row, steps[0]), steps[1:known])[0],
        moves=tuple(move.iri for move in moves[known:]),
        waits=_waits(unacknowledged.get(moves[known].iri), now=now),
    )


def goes_on(session: Session, row: OfferRow) -> bool:
    """Tell whether the other end has signed anything that builds on the agreement of a negotiation.

    It cannot have done so without that agreement being in force there: what concluded it has arrived.
    """
    agreed = agreements.load_agreement_by_offer(session, row.actor, row.id)
    if agreed is None:
        return False
    changed = offers.is_changed_by(session, row.actor, agreed.iri, peer=row.peer)
    return changed or agreed.peer_confirmed_at is not None


def _unacknowledged(session: Session, row: OfferRow, moves: Sequence[MoveRow]) -> Mapping[str, DeliveryRow]:
    own = [move.iri for move in moves if move.by_party is row.role]
    signature = next((move.iri for move in moves if move.event is Event.COUNTERSIGN), None)
    if signature in own and goes_on(session, row):
        own.remove(signature)
    sent = deliveries.deliveries_of(session, row.actor, own)
    return {
        delivery.activity: delivery
        for delivery in sent
        if delivery.recipient == row.peer and delivery.state is not DeliveryState.DELIVERED
    }


def _waits(delivery: DeliveryRow | None, *, now: datetime) -> bool:
    """Tell whether a move of ours is kept from leaving: it is queued, was never tried, and is not due yet."""
    if delivery is None or delivery.state is not DeliveryState.QUEUED:
        return False
    return not (delivery.tried or delivery.aside) and delivery.due_at > now


def _is_unknown(move: MoveRow, unacknowledged: Mapping[str, DeliveryRow]) -> bool:
    """Tell whether the peer cannot know of a move: what our clock did, and what it has not acknowledged."""
    return move.by_party is Party.CLOCK or move.iri in unacknowledged
