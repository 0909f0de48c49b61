"""Projectors: what each kind of journal entry changes in the tables of current state.

Rules that hold here:

- A projector reads its entry and projections, writes projections, and nothing else; it never sees the clock.
- Kinds are stable: an old journal must replay with a newer release.
- Documents in a decision are plain JSON; documents in a body are read like any other activity.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from sqlite_utils import Database

from node.core.entries import Entry
from node.core.threads import Link, Step, Thread, follow, lapse, open_thread
from node.services.threads import applied_moves, load_thread, refold, save_thread, to_thread
from node.storage import agreements, intentions, messages, offers, peers, profiles, stock
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.intentions import IntentionRow, IntentionState
from node.storage.messages import MessageRow
from node.storage.offers import MoveRow, MoveStatus, OfferRow
from node.storage.peers import FollowDirection, FollowRow, FollowState, PeerRow
from node.storage.profiles import ProfileRow
from protocol import jsonld, strictjson
from protocol.agreements import read_agreement
from protocol.errors import Conflict, Local
from protocol.moves import Move, read_move
from protocol.negotiation import Event, Party, State
from protocol.strictjson import Document
from protocol.times import read_time

Projector = Callable[[Database, int, Entry, Move | None], None]

# States that give reserved stock back; while a negotiation is open or accepted it stays held.
_RELEASING: Final = frozenset({State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.RENEGED})


# --- negotiation --------------------------------------------------------------------------------------------


def project_move(db: Database, sequence: int, entry: Entry, move: Move | None) -> None:
    """Apply a move of either side: the thread, the move itself, and what follows for agreement and stock."""
    decision = entry.decision
    move = move or read_entry(entry)
    link = Link(move.iri, decision["digest"])
    step = Step(move=move, party=Party(decision["party"]), link=link, at=entry.at)
    if "voids" in decision:
        _void(db, entry.actor, decision["offer"], decision["voids"])
    thread = _advance(db, entry, step)
    save_thread(db, decision["offer"], entry.actor, thread, on_met=decision.get("on_met", "ask"))
    offers.save_move(db, _move_row(sequence, entry, step))
    _settle_agreement(db, entry, thread, move)
    _settle_stock(db, entry, thread)


def read_entry(entry: Entry) -> Move:
    """Read the move in the body of an entry, as the event that the node found it to be."""
    activity = jsonld.read(strictjson.parse(entry.body))
    return replace(read_move(activity, currency=entry.decision.get("currency")), event=Event(entry.kind))


def _advance(db: Database, entry: Entry, step: Step) -> Thread:
    decision = entry.decision
    if step.move.event is Event.OFFER:
        role = (
            Party.OFFEREE if decision["party"] == Party.OFFERER and entry.direction == "in" else Party.OFFERER
        )
        return open_thread(
            step,
            role=role,
            peer=entry.peer or "",
            intention=decision["intention"],
            amends=decision.get("amends"),
        )
    _, thread = load_thread(db, entry.actor, decision["offer"])
    return follow(thread, step)


def _move_row(sequence: int, entry: Entry, step: Step) -> MoveRow:
    return MoveRow(
        iri=step.move.iri,
        actor=entry.actor,
        offer=entry.decision["offer"],
        event=step.move.event,
        by_party=step.party,
        digest=step.link.digest,
        answers=step.move.answers,
        answers_digest=step.move.answers_digest,
        sequence=sequence,
        at=entry.at,
        status=MoveStatus.APPLIED,
    )


def _settle_agreement(db: Database, entry: Entry, thread: Thread, move: Move) -> None:
    if move.event is Event.ACCEPT and move.agreement is not None:
        agreements.save_agreement(db, _agreement_row(entry, thread, move.agreement))
        return
    if thread.agreement is None:
        return
    row = agreements.load_agreement_by_iri(db, entry.actor, thread.agreement.iri)
    if row is None:
        return
    leaves_at = row.leaves_at
    if move.event is Event.LEAVE and move.ends_at is not None:
        leaves_at = min(move.ends_at, row.leaves_at or move.ends_at)
    agreements.save_agreement(db, replace(row, state=AgreementState(thread.state), leaves_at=leaves_at))
    if move.event is Event.COUNTERSIGN:
        _award(db, entry, thread)


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
        leaves_at=None,
        confirmed_at=None,
        supersedes=thread.amends,
        concluded_at=entry.at,
    )


def _award(db: Database, entry: Entry, thread: Thread) -> None:
    """Close the intention that is met now, and supersede the agreement that is amended now."""
    intention = intentions.load_intention_by_iri(db, entry.actor, thread.intention)
    if intention is not None and intention.state is IntentionState.OPEN:
        intentions.save_intention(db, replace(intention, state=IntentionState.AWARDED, updated_at=entry.at))
    if thread.amends is None:
        return
    amended = agreements.load_agreement_by_iri(db, entry.actor, thread.amends)
    if amended is not None and amended.state is AgreementState.CONCLUDED:
        _lapse(db, entry, amended.offer, Event.SUPERSEDE)


def _settle_stock(db: Database, entry: Entry, thread: Thread) -> None:
    decision = entry.decision
    if decision.get("sku"):
        stock.reserve(
            db, entry.actor, offer=decision["offer"], sku=decision["sku"], quantity=int(decision["quantity"])
        )
    elif thread.state in _RELEASING:
        stock.release(db, decision["offer"])
    elif thread.state is State.CONCLUDED:
        stock.sell(db, decision["offer"])


def project_lapse(db: Database, _sequence: int, entry: Entry, _move: Move | None) -> None:
    """Apply an event of the clock to a negotiation."""
    _lapse(db, entry, entry.decision["offer"], Event(entry.decision["event"]))


def _lapse(db: Database, entry: Entry, offer: str, event: Event) -> None:
    row, thread = load_thread(db, entry.actor, offer)
    after = lapse(thread, event, at=entry.at)
    save_thread(db, row.id, entry.actor, after)
    if after.agreement is not None:
        agreement = agreements.load_agreement_by_iri(db, entry.actor, after.agreement.iri)
        if agreement is not None:
            agreements.save_agreement(db, replace(agreement, state=AgreementState(after.state)))
    if after.state in _RELEASING:
        stock.release(db, row.id)


def project_void(db: Database, _sequence: int, entry: Entry, _move: Move | None) -> None:
    """Take back moves of ours that the peer refused."""
    _void(db, entry.actor, entry.decision["offer"], entry.decision["moves"])


def _void(db: Database, actor: str, offer: str, iris: Sequence[str]) -> None:
    """Leave some of our moves out of their negotiation, and fold the rest again.

    Raises:
        Local: `opening-move`, the first Offer cannot be left out: there is no negotiation without it.
    """
    row = offers.load_offer(db, actor, offer)
    moves = applied_moves(db, offer)
    voided = [move for move in moves if move.iri in iris]
    kept = [move for move in moves if move.iri not in iris]
    if row is None or not voided:
        return
    if not kept or kept[0].event is not Event.OFFER:
        raise Local("opening-move", "The first offer of a negotiation cannot be taken back this way.")
    before = to_thread(db, row)
    for move in voided:
        offers.save_move(db, replace(move, status=MoveStatus.VOID))
    save_thread(db, offer, actor, replace(refold(db, row, kept), updated_at=before.updated_at))
    _undo_effects(db, row, before, {move.event for move in voided})


def _undo_effects(db: Database, row: OfferRow, before: Thread, events: AbstractSet[Event]) -> None:
    """Undo what voided moves did besides moving the negotiation."""
    if Event.ACCEPT in events and before.agreement is not None:
        agreement = agreements.load_agreement_by_iri(db, row.actor, before.agreement.iri)
        if agreement is not None:
            agreements.save_agreement(db, replace(agreement, state=AgreementState.VOID))
    if Event.WITHDRAW in events:
        _hold_again(db, row)


def _hold_again(db: Database, row: OfferRow) -> None:
    """Reserve once more what a withdrawal had released; if it was promised elsewhere, it cannot be."""
    reservation = stock.load_reservation(db, row.id)
    if reservation is None:
        return
    try:
        stock.reserve(db, row.actor, offer=row.id, sku=reservation.sku, quantity=reservation.quantity)
    except Conflict:
        stock.release(db, row.id)


def project_confirmation(db: Database, _sequence: int, entry: Entry, _move: Move | None) -> None:
    """Note that a party confirmed an agreement as performed; the first confirmation counts."""
    agreement = agreements.load_agreement_by_iri(db, entry.actor, entry.decision["agreement"])
    if agreement is not None and agreement.confirmed_at is None:
        agreements.save_agreement(db, replace(agreement, confirmed_at=entry.at))


def project_message(db: Database, sequence: int, entry: Entry, _move: Move | None) -> None:
    """Add a message to its negotiation."""
    sender = entry.actor if entry.direction == "out" else entry.peer or ""
    row = MessageRow(
        iri=entry.decision["note"],
        actor=entry.actor,
        offer=entry.decision["offer"],
        sender=sender,
        content=entry.decision["content"],
        at=entry.at,
        sequence=sequence,
    )
    messages.save_message(db, row)


# --- intentions ---------------------------------------------------------------------------------------------


def project_intention(db: Database, _sequence: int, entry: Entry, _move: Move | None) -> None:
    """Add or replace an intention, ours or a peer's, from the document in the decision."""
    decision = entry.decision
    document: dict[str, Any] = decision["document"]
    known = intentions.load_intention_by_iri(db, entry.actor, document["id"])
    deadline = document.get("endTime")
    row = IntentionRow(
        id=known.id if known else decision["id"],
        actor=entry.actor,
        iri=document["id"],
        proposer=document["attributedTo"],
        document=document,
        private=decision.get("private", {}),
        state=IntentionState.OPEN,
        own=bool(decision["own"]),
        deadline=None if deadline is None else read_time(deadline),
        place=(document.get("location") or {}).get("name"),
        received_at=known.received_at if known else entry.at,
        updated_at=entry.at,
    )
    intentions.save_intention(db, row)


def project_intention_state(db: Database, _sequence: int, entry: Entry, _move: Move | None) -> None:
    """Close an intention: withdrawn or expired."""
    row = intentions.load_intention_by_iri(db, entry.actor, entry.decision["intention"])
    if row is not None:
        intentions.save_intention(
            db, replace(row, state=IntentionState(entry.decision["state"]), updated_at=entry.at)
        )


# --- people -------------------------------------------------------------------------------------------------


def project_peer(db: Database, _sequence: int, entry: Entry, _move: Move | None) -> None:
    """Change what is known or decided about a peer: the members of the decision, the rest as it was."""
    assert entry.peer is not None  # noqa: S101 - entries of this kind are about a peer
    known = peers.load_peer(db, entry.actor, entry.peer) or PeerRow(
        actor=entry.actor, iri=entry.peer, name="", kind="", handle=None, first_seen=entry.at
    )
    peers.save_peer(db, replace(known, **entry.decision))


def project_follow(db: Database, _sequence: int, entry: Entry, _move: Move | None) -> None:
    """Open, accept or end a follow."""
    assert entry.peer is not None  # noqa: S101 - entries of this kind are about a peer
    direction = FollowDirection(entry.decision["direction"])
    if entry.decision["state"] == "removed":
        peers.delete_follow(db, entry.actor, entry.peer, direction)
        return
    row = FollowRow(
        actor=entry.actor,
        peer=entry.peer,
        direction=direction,
        state=FollowState(entry.decision["state"]),
        activity=entry.decision["activity"],
        at=entry.at,
    )
    peers.save_follow(db, row)


def project_profile(db: Database, _sequence: int, entry: Entry, _move: Move | None) -> None:
    """Set an actor's profile."""
    profiles.save_profile(db, ProfileRow(entry.actor, dict(entry.decision["document"]), entry.at))


# --- shop ---------------------------------------------------------------------------------------------------


def project_price_list(db: Database, _sequence: int, entry: Entry, _move: Move | None) -> None:
    """Replace an actor's price list."""
    items = [stock.read_item(entry.actor, item) for item in entry.decision["items"]]
    stock.replace_items(db, entry.actor, items)


def project_rule(db: Database, _sequence: int, entry: Entry, _move: Move | None) -> None:
    """Set how an actor's shop answers by itself."""
    stock.save_rule(db, entry.actor, dict(entry.decision["rule"]), at=entry.at)


def project_nothing(_db: Database, _sequence: int, _entry: Entry, _move: Move | None) -> None:
    """Keep the entry as a record only: what went out again, or what changed nothing here."""


MOVES: Final = (
    Event.OFFER,
    Event.REOFFER,
    Event.COUNTER,
    Event.REJECT,
    Event.ACCEPT,
    Event.WITHDRAW,
    Event.COUNTERSIGN,
    Event.RENEGE,
    Event.LEAVE,
)

PROJECTORS: Final[Mapping[str, Projector]] = MappingProxyType(
    {
        **{event.value: project_move for event in MOVES},
        "offer.expired": project_lapse,
        "agreement.ended": project_lapse,
        "move.refused": project_void,
        "agreement.confirmed": project_confirmation,
        "message": project_message,
        "intention.cast": project_intention,
        "intention.amended": project_intention,
        "intention.received": project_intention,
        "intention.withdrawn": project_intention_state,
        "intention.expired": project_intention_state,
        "intention.told": project_nothing,
        "peer": project_peer,
        "follow": project_follow,
        "profile": project_profile,
        "pricelist": project_price_list,
        "rule": project_rule,
        "key.rotated": project_nothing,
    }
)
