"""Histories: a negotiation move by move, with the terms of each round and what they changed."""

from collections.abc import Sequence
from typing import Any, TypedDict

from node.core.changes import changes, view_change
from node.core.drafts import view_draft, view_time
from node.core.entries import Entry
from node.core.evidence import chain
from node.core.threads import Link, Step
from node.services.negotiations.folding import to_made
from node.services.negotiations.projecting import read_body, read_entry, to_row
from node.storage import agreements, journal
from node.storage.journal import Recorded
from node.storage.moves import MoveRow, MoveStatus, list_moves
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.agreements import read_agreement
from protocol.moves import Move
from protocol.negotiation import Event, Party, State
from protocol.offers import Draft


class MoveShown(TypedDict):
    """One move of a negotiation, with or without effect.

    `terms` are those it puts on the table, `changes` how they differ from the ones before: those of the
    round before, or of the agreement that is to be changed. `reason` is what was said with it.
    """

    activity: str
    event: Event
    by: Party
    at: str | None
    digest: str
    answers: str | None
    answers_digest: str | None
    status: MoveStatus
    place: int
    terms: dict[str, Any] | None
    changes: list[dict[str, Any]]
    ends_at: str | None
    reason: str


class HistoryShown(TypedDict):
    """Every move of a negotiation, and the chain of digests that both ends share."""

    offer: str
    negotiation: str
    state: State
    chain: list[str]
    moves: list[MoveShown]


def show_history(session: Session, row: OfferRow) -> HistoryShown:
    """Show the moves of a negotiation in order.

    Moves that crossed another, or that the peer refused, are listed with their status but are not part of the
    chain, and no later terms are compared with theirs.
    """
    moves = list_moves(session, row.id)
    applied = [to_made(move) for move in moves if move.status is MoveStatus.APPLIED]
    entries = journal.load_entries(session, [move.entry for move in moves])
    shown: list[MoveShown] = []
    before = _amended(session, row.actor, row.amends)
    for move in moves:
        said = _said(move, entries[move.entry])
        shown.append(_move(move, entries[move.entry].place, said, before))
        if said is not None and said.draft is not None and move.status is MoveStatus.APPLIED:
            before = said.draft
    return {
        "offer": row.id,
        "negotiation": row.negotiation,
        "state": row.state,
        "chain": [move.digest for move in chain(applied, row.head)],
        "moves": shown,
    }


def meets(session: Session, row: OfferRow) -> bool:
    """Tell whether what is offered now is exactly what was asked for."""
    return is_met(row.state, show_history(session, row)["moves"])


def is_met(state: State, moves: Sequence[MoveShown]) -> bool:
    """Tell of a negotiation in this state whether its last move meets to the letter the one before it."""
    made = [move for move in moves if move["by"] is not Party.CLOCK and move["status"] is MoveStatus.APPLIED]
    events = [move["event"] for move in made[-2:]]
    return state is State.OFFERED and events == [Event.COUNTER, Event.REOFFER] and not made[-1]["changes"]


def show_next(session: Session, entry: Entry) -> MoveShown:
    """Show the move in an entry that is not written: it would be the last of its negotiation."""
    move, decision = read_entry(entry), entry.decision
    link = Link(move.iri, decision["digest"])
    step = Step(move=move, party=Party(decision["party"]), link=link, at=entry.at)
    return _move(to_row(0, entry, step), 0, move, _last_terms(session, entry))


def _last_terms(session: Session, entry: Entry) -> Draft | None:
    """Return the terms that were last on the table before a move, or those of what is to be changed."""
    moves = list_moves(session, entry.decision["offer"], statuses=[MoveStatus.APPLIED])
    for move in reversed(moves):
        said = _said(move, journal.load_entries(session, [move.entry])[move.entry])
        if said is not None and said.draft is not None:
            return said.draft
    return _amended(session, entry.actor, entry.decision.get("amends"))


def _amended(session: Session, actor: str, amends: str | None) -> Draft | None:
    """Return the terms that a negotiation is to change, if it is about an agreement (its IRI)."""
    if amends is None:
        return None
    agreement = agreements.load_agreement_by_iri(session, actor, amends)
    return (
        None if agreement is None else read_agreement(agreement.document, currency=agreement.currency).draft
    )


def _said(move: MoveRow, recorded: Recorded) -> Move | None:
    """Return what a move says; None of the clock's, and of one whose bytes were erased."""
    signed = move.by_party is not Party.CLOCK and recorded.entry.body
    return read_body(recorded.entry) if signed else None


def _move(move: MoveRow, place: int, said: Move | None, before: Draft | None) -> MoveShown:
    draft = None if said is None else said.draft
    differing = [] if draft is None or before is None else changes(before, draft)
    return {
        "activity": move.iri,
        "event": move.event,
        "by": move.by_party,
        "at": view_time(move.at),
        "digest": move.digest,
        "answers": move.answers,
        "answers_digest": move.answers_digest,
        "status": move.status,
        "place": place,
        "terms": None if draft is None else view_draft(draft),
        "changes": [view_change(change) for change in differing],
        "ends_at": None if said is None else view_time(said.ends_at),
        "reason": "" if said is None else said.content,
    }
