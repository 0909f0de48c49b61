"""What each kind of entry changes in negotiations, and in what follows from their state.

Rules that hold here:

- A projector reads its entry and projections, writes projections, and nothing else; it never sees the clock.
- Kinds are stable: an old journal must replay with a newer release.
- Documents in a decision are plain JSON; documents in a body are read like any other activity.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any, Final

from node.core import codes
from node.core.assortments import millionths
from node.core.entries import Direction, Entry
from node.core.intentions import IntentionState
from node.core.terms_templates import SENT
from node.core.threads import Link, Step, Thread, follow, open_thread, tick
from node.services.intentions.projecting_rings import reconcile_undertakings
from node.services.ledger.chapters import Reading
from node.services.negotiations.folding import applied_moves, refold
from node.services.negotiations.loading import load_thread, save_thread
from node.services.negotiations.losing import settle_loss
from node.storage import agreements, intentions, journal, messages, offers, stock
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.losses import delete_loss
from node.storage.messages import MessageRow
from node.storage.moves import MoveRow, MoveStatus, count_moves, save_move
from node.storage.offers import OfferRow
from node.storage.peers import named_peer
from node.storage.session import Session
from node.storage.stock import ReservationState
from node.storage.terms_templates import count_answers
from protocol import incoming
from protocol.agreements import read_agreement
from protocol.errors import Conflict, Local
from protocol.iris import server
from protocol.moves import Move, read_move
from protocol.negotiation import Event, Party, State
from protocol.strictjson import Document

# States that give reserved stock back; while a negotiation is open or accepted it stays held.
_RELEASING: Final = frozenset(
    {State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.REFUSED, State.RENEGED, State.LAPSED}
)
# States in which it has been sold.
_SELLING: Final = frozenset({State.CONCLUDED, State.SUPERSEDED, State.ENDING, State.ENDED})


def project_move(session: Session, number: int, entry: Entry, move: Move | None) -> None:
    """Apply a move of either side, and bring what depends on the negotiation in line with it."""
    decision = entry.decision
    move = move or read_entry(entry)
    link = Link(move.iri, decision["digest"])
    step = Step(move=move, party=Party(decision["party"]), link=link, at=entry.at)
    if "voids" in decision:
        _void(session, entry, decision["offer"], decision["voids"])
    origin, thread = _advance(session, entry, step)
    on_met = decision.get("on_met", "ask")
    save_thread(session, decision["offer"], entry.actor, thread, origin=origin, on_met=on_met)
    save_move(session, to_row(number, entry, step))
    if move.event is Event.ACCEPT and move.agreement is not None:
        agreements.save_agreement(session, _agreement_row(entry, thread, move.agreement))
    if decision.get("sku"):
        _hold(session, decision=decision, actor=entry.actor, origin=origin)
    if decision.get("template"):
        _count_sent(session, entry)
    if move.event is not Event.OFFER:  # an opening changes nothing beside its negotiation
        _reconcile(session, entry, decision["offer"], thread)
    if move.event is Event.COUNTERSIGN and thread.amends is not None:
        _supersede(session, number, entry, thread.amends)


def _hold(session: Session, *, decision: Mapping[str, Any], actor: str, origin: str) -> None:
    """Hold of the shelf what the offer behind a decision promises, in place of what it held before.

    Raises:
        Conflict: `out-of-stock`.
    """
    held = {"offer": decision["offer"], "sku": decision["sku"], "origin": origin}
    stock.reserve(session, actor, quantity=millionths(Fraction(decision["quantity"])), **held)


def _count_sent(session: Session, entry: Entry) -> None:
    """Count an offer of ours that was made with the template of terms about data."""
    if template := entry.decision.get("template"):
        count_answers(session, entry.actor, template, [SENT])


def project_revocation(session: Session, number: int, entry: Entry, _reading: Reading) -> None:
    """Keep beside its negotiation the word that an acceptance is revoked which had no effect anyway."""
    move = replace(read_body(entry), event=Event.REVOKE)
    link = Link(move.iri, entry.decision["digest"])
    step = Step(move=move, party=Party(entry.decision["party"]), link=link, at=entry.at)
    save_move(session, replace(to_row(number, entry, step), status=MoveStatus.VOID))


def read_entry(entry: Entry) -> Move:
    """Read the move in the body of an entry, as the event that the node found it to be."""
    return replace(read_body(entry), event=Event(entry.kind))


def read_body(entry: Entry) -> Move:
    """Read the move in the body of an entry of whatever kind, as the event that its own words make it."""
    return read_move(incoming.read(entry.body).reading, currency=entry.decision.get("currency"))


def _advance(session: Session, entry: Entry, step: Step) -> tuple[str, Thread]:
    """Return a negotiation after one more move, and where its other end was when it began."""
    decision = entry.decision
    if step.move.event is Event.OFFER:
        role = (
            Party.OFFEREE if decision["party"] == Party.OFFERER and entry.direction == "in" else Party.OFFERER
        )
        thread = open_thread(
            step,
            role=role,
            peer=decision["peer"],
            intention=decision["intention"],
            amends=decision.get("amends"),
        )
        return server(named_peer(session, entry.actor, thread.peer).address), thread
    row, thread = load_thread(session, entry.actor, decision["offer"])
    return row.origin, follow(thread, step)


def to_row(number: int, entry: Entry, step: Step) -> MoveRow:
    """Return the row of a move, from its entry and the number of that."""
    return MoveRow(
        iri=step.move.iri,
        actor=entry.actor,
        offer=entry.decision["offer"],
        event=step.move.event,
        by_party=step.party,
        digest=step.link.digest,
        answers=step.move.answers,
        answers_digest=step.move.answers_digest,
        entry=number,
        at=entry.at,
        status=MoveStatus.APPLIED,
    )


def _agreement_row(entry: Entry, thread: Thread, document: Document) -> AgreementRow:
    agreement = read_agreement(document)
    link = thread.agreement
    return AgreementRow(
        id=entry.decision["agreement"],
        actor=entry.actor,
        iri=agreement.iri,
        offer=entry.decision["offer"],
        peer=thread.peer,
        role=thread.role,
        intention=thread.intention,
        own=bool(entry.decision["own"]),
        document=document,
        digest=link.digest if link else "",
        state=AgreementState(thread.state),
        total=thread.draft.total,
        currency=thread.draft.currency,
        starts_at=thread.draft.starts_at,
        ends_at=thread.draft.ends_at,
        holds_until=thread.holds_until,
        leaves_at=None,
        own_confirmed_at=None,
        peer_confirmed_at=None,
        supersedes=thread.amends,
        concluded_at=entry.at,
    )


def _reconcile(session: Session, entry: Entry, offer: str, thread: Thread) -> None:
    """Bring in line with a negotiation what follows from its state: agreement, intention, stock, loss."""
    for row in agreements.agreements_of_offer(session, entry.actor, offer):
        counts = thread.agreement is not None and row.iri == thread.agreement.iri
        state = AgreementState(thread.state) if counts else AgreementState.VOID
        leaves_at = thread.leaves_at if counts else row.leaves_at
        if (row.state, row.leaves_at) != (state, leaves_at):
            agreements.save_agreement(session, replace(row, state=state, leaves_at=leaves_at))
    _reconcile_intention(session, entry, thread.intention)
    if stock.load_reservation(session, offer) is not None:
        stock.settle(session, offer, _reservation_of(thread.state))
    settle_loss(session, entry, offer, thread)


def _reconcile_intention(session: Session, entry: Entry, iri: str) -> None:
    row = intentions.load_intention_by_iri(session, entry.actor, iri)
    if row is None or row.state not in (IntentionState.OPEN, IntentionState.AWARDED):
        return
    met = agreements.is_met(session, entry.actor, iri)
    state = IntentionState.AWARDED if met else IntentionState.OPEN
    if row.state is not state:
        reconciled = replace(row, state=state, updated_at=entry.at)
        intentions.save_intention(session, reconciled)
        reconcile_undertakings(session, row.actor, row.iri, state, at=entry.at)


def _reservation_of(state: State) -> ReservationState:
    """Return what becomes of reserved stock in a state: held while it can still be sold."""
    if state in _RELEASING:
        return ReservationState.RELEASED
    return ReservationState.SOLD if state in _SELLING else ReservationState.HELD


def _supersede(session: Session, number: int, entry: Entry, amended: str) -> None:
    agreement = agreements.load_agreement_by_iri(session, entry.actor, amended)
    if agreement is not None and agreement.state in (AgreementState.CONCLUDED, AgreementState.ENDING):
        _tick(session, number, entry, agreement.offer, Event.SUPERSEDE)


def _hold_again(session: Session, row: OfferRow, moves: Sequence[MoveRow]) -> None:
    """Hold what the last offer holds that counts: one for another quantity was not taken."""
    held = stock.load_reservation(session, row.id)
    if held is None or held.state is not ReservationState.HELD:
        return
    entries = journal.load_entries(session, [move.entry for move in moves])
    decisions = [entries[move.entry].entry.decision for move in reversed(moves) if move.entry in entries]
    last = next((decision for decision in decisions if decision.get("sku")), None)
    if last is None or held.quantity == millionths(Fraction(last["quantity"])):
        return
    error = session.attempt(partial(_hold, decision=last, actor=row.actor, origin=row.origin)).error
    if error is not None and not isinstance(error, Conflict):  # others have it by now: what is held stays
        raise error


def _reinstate(session: Session, entry: Entry, amended: str) -> None:
    """Let an agreement hold again whose amendment did not come about: what took its place is left out."""
    agreement = agreements.load_agreement_by_iri(session, entry.actor, amended)
    if agreement is not None and agreement.state is AgreementState.SUPERSEDED:
        moves = applied_moves(session, agreement.offer)
        replaced = [move.iri for move in moves if move.event is Event.SUPERSEDE]
        _void(session, entry, agreement.offer, replaced)


def project_tick(session: Session, number: int, entry: Entry, _reading: Reading) -> None:
    """Apply what happened to a negotiation without a move."""
    decision = entry.decision
    after = _tick(session, number, entry, decision["offer"], Event(decision["event"]))
    if after.state is State.CONCLUDED and after.amends is not None:
        _supersede(session, number, entry, after.amends)


def _tick(session: Session, number: int, entry: Entry, offer: str, event: Event) -> Thread:
    """Move a negotiation without a move, and keep that among its moves: folding them again gives the same."""
    row, thread = load_thread(session, entry.actor, offer)
    after = tick(thread, event, at=entry.at)
    save_thread(session, row.id, entry.actor, after, origin=row.origin)
    kept = MoveRow(
        # Its place among the moves tells it from every other, and nobody how much our journal holds.
        iri=f"{row.negotiation}#{event.value}-{count_moves(session, offer)}",
        actor=entry.actor,
        offer=offer,
        event=event,
        by_party=Party.CLOCK,
        digest="",
        answers=None,
        answers_digest=None,
        entry=number,
        at=entry.at,
        status=MoveStatus.APPLIED,
    )
    save_move(session, kept)
    _reconcile(session, entry, offer, after)
    return after


def project_void(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Take back moves of ours that the peer refused."""
    _void(session, entry, entry.decision["offer"], entry.decision["moves"])


def _void(session: Session, entry: Entry, offer: str, iris: Sequence[str]) -> None:
    """Leave some moves out of their negotiation, and fold the rest again.

    Raises:
        Local: `opening-move`, the first Offer cannot be left out: there is no negotiation without it.
    """
    row = offers.load_offer(session, entry.actor, offer)
    moves = applied_moves(session, offer)
    kept = [move for move in moves if move.iri not in iris]
    if row is None or len(kept) == len(moves):
        return
    if not kept or kept[0].event is not Event.OFFER:
        raise Local(codes.OPENING_MOVE)
    thread, dropped = refold(session, row, kept)
    gone = [move for move in moves if move.iri in iris or move.iri in dropped]
    for move in gone:
        save_move(session, replace(move, status=MoveStatus.VOID))
    save_thread(session, offer, entry.actor, replace(thread, updated_at=entry.at), origin=row.origin)
    _reconcile(session, entry, offer, thread)
    if any(move.event is Event.REOFFER for move in gone):
        _hold_again(session, row, [move for move in moves if move not in gone])
    if thread.amends is not None and any(move.event is Event.COUNTERSIGN for move in gone):
        _reinstate(session, entry, thread.amends)


def project_confirmation(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Note that a party confirmed an agreement as performed; the first confirmation of each counts."""
    iri, own = entry.decision["agreement"], entry.direction is Direction.OUT
    agreements.confirm_agreement(session, entry.actor, iri, own=own, at=entry.at)


def project_message(session: Session, number: int, entry: Entry, _reading: Reading) -> None:
    """Add a message to its negotiation; one whose words were erased stands there without any."""
    row = MessageRow(
        iri=entry.decision["note"],
        actor=entry.actor,
        offer=entry.decision["offer"],
        own=entry.direction == "out",
        content=entry.decision.get("content", ""),
        at=entry.at,
        entry=number,
    )
    messages.save_message(session, row)


def project_deletion(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Take the words out of a message that whoever wrote it has deleted; that it was there stays."""
    row = messages.load_message(session, entry.actor, entry.decision["note"])
    if row is not None:
        messages.save_message(session, replace(row, content="", deleted_at=entry.at))


def project_erased_move(session: Session, _number: int, entry: Entry, _reading: Reading) -> None:
    """Leave out the whole negotiation of a move whose bytes were erased: the rest cannot be folded.

    That it was made with a template stays counted.
    """
    _count_sent(session, entry)
    forget_negotiation(session, entry.actor, entry.decision["offer"])


def forget_negotiation(session: Session, actor: str, offer: str) -> None:
    """Take an actor's negotiation (its id), and what hangs on it, out of the tables of current state."""
    stock.forget_reservation(session, offer)
    messages.delete_messages(session, offer)
    agreements.delete_agreements(session, actor, offer)
    delete_loss(session, actor, offer)
    offers.delete_offer(session, actor, offer)
