"""Showing: negotiations and agreements as the owner's programs read them, each made in one place.

Rules that hold here:

- What a list shows is read at once for all of its rows, one statement for each kind of thing.
- After a move the negotiation is shown from its decision; what was loaded for that is not read again.
"""

from collections.abc import Sequence
from typing import Any, TypedDict, cast

from node.core.decisions import Decision
from node.core.drafts import view_draft, view_time
from node.core.evidence import chain
from node.core.negotiations import Counterpart, Negotiation
from node.services.negotiations.folding import to_made
from node.services.negotiations.loading import load_many, load_peers, to_counterpart
from node.storage import deliveries, journal, offers
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.deliveries import DeliveryRow
from node.storage.offers import MoveRow, MoveStatus, OfferRow
from node.storage.session import Session
from protocol import incoming
from protocol.agreements import read_agreement
from protocol.drafts import Role
from protocol.negotiation import Event, Party, State
from protocol.offers import plain_terms
from protocol.strictjson import Document


class Named(TypedDict):
    """Somebody by address, and by the names they give themselves."""

    iri: str
    name: str
    handle: str | None


class ProofShown(TypedDict):
    """Who signed what stands; only moves whose proof was verified are ever recorded."""

    cryptosuite: str
    verification_method: str
    verified: bool


class OfferDeliveryShown(TypedDict):
    """What became of the standing offer on its way, if it is ours."""

    state: str
    last_error: str | None


class TermsShown(TypedDict):
    """The terms on the table (`node.core.drafts.view_draft`)."""

    name: str
    quantity: dict[str, Any]
    price: list[dict[str, Any]]
    total: str
    currency: str
    properties: list[dict[str, Any]]
    starts_at: str | None
    ends_at: str | None
    notice: str | None
    content: str


class OfferShown(TermsShown):
    """A negotiation: its standing terms, and where it stands."""

    id: str
    negotiation: str
    intention: str
    role: Party
    peer: Named
    state: State
    expires_at: str | None
    holds_until: str | None
    rounds: int
    digest: str
    proof: ProofShown | None
    countered: TermsShown | None
    delivery: OfferDeliveryShown | None
    agreement: str | None
    amends: str | None
    opened_at: str | None
    updated_at: str | None


class OfferCompared(OfferShown):
    """A standing offer beside others to the same intention: `rank` 1 is the best."""

    rank: int
    difference: list[dict[str, Any]]
    within_limit: bool | None
    signature: str


class MoveShown(TypedDict):
    """One move of a negotiation, with or without effect."""

    activity: str
    event: Event
    by: Party
    at: str | None
    digest: str
    answers: str | None
    answers_digest: str | None
    status: MoveStatus
    place: int


class HistoryShown(TypedDict):
    """Every move of a negotiation, and the chain of digests that both ends share."""

    offer: str
    negotiation: str
    state: State
    chain: list[str]
    moves: list[MoveShown]


class AgreementShown(TermsShown):
    """An agreement, with a sentence made from its machine terms."""

    id: str
    iri: str
    state: AgreementState
    role: Party
    peer: Named
    holds_until: str | None
    leaves_at: str | None
    own_confirmed_at: str | None
    peer_confirmed_at: str | None
    digest: str
    supersedes: str | None
    concluded_at: str | None
    offer: str
    intention: str
    plain: str
    document: Document


class PageShown(TypedDict):
    """Some of a list, and the cursor that continues it."""

    items: list[Any]
    next: str | None


# --- negotiations -------------------------------------------------------------------------------------------


def show_offers(session: Session, actor: str, rows: Sequence[OfferRow]) -> list[OfferShown]:
    """Show an actor's negotiations, in the order of their rows."""
    loaded = load_many(session, actor, rows)
    return _show(session, actor, [loaded[row.id] for row in rows])


def show_decided(session: Session, decision: Decision) -> OfferShown:
    """Show a negotiation as it is once a decision has been carried out."""
    (shown,) = _show(session, decision.before.actor, [decision.negotiation])
    return shown


def _show(session: Session, actor: str, negotiations: Sequence[Negotiation]) -> list[OfferShown]:
    proofs = _proofs(session, actor, negotiations)
    standing = [negotiation.begun.standing.iri for negotiation in negotiations]
    sent = {(row.activity, row.recipient): row for row in deliveries.deliveries_of(session, actor, standing)}
    return [
        _offer(
            negotiation,
            proof=proofs.get(negotiation.begun.standing.iri),
            sent=sent.get((negotiation.begun.standing.iri, negotiation.peer.id)),
        )
        for negotiation in negotiations
    ]


def _proofs(session: Session, actor: str, negotiations: Sequence[Negotiation]) -> dict[str, Document]:
    """Return by standing offer (its IRI) the proof that it carries."""
    made = [negotiation.made(negotiation.begun.standing.iri) for negotiation in negotiations]
    proofs = {move.iri: move.document["proof"] for move in made if move is not None and move.document}
    missing = {negotiation.begun.standing.iri for negotiation in negotiations} - proofs.keys()
    moves = offers.moves_by_iri(session, actor, missing)
    entries = journal.load_entries(session, [move.entry for move in moves])
    return proofs | {
        move.iri: incoming.read(entries[move.entry].entry.body).document["proof"]
        for move in moves
        if move.entry in entries and entries[move.entry].entry.body  # not erased
    }


def _offer(negotiation: Negotiation, *, proof: Document | None, sent: DeliveryRow | None) -> OfferShown:
    thread = negotiation.begun
    return {
        "id": negotiation.id,
        "negotiation": thread.negotiation,
        "intention": thread.intention if negotiation.intention is None else negotiation.intention.id,
        "role": thread.role,
        "peer": _named(negotiation.peer),
        "state": thread.state,
        **cast("TermsShown", view_draft(thread.draft)),
        "expires_at": view_time(thread.expires_at),
        "holds_until": view_time(thread.holds_until),
        "rounds": thread.rounds,
        "digest": thread.standing.digest,
        "proof": None if proof is None else _proof(proof),
        "countered": None if thread.countered is None else cast("TermsShown", view_draft(thread.countered)),
        "delivery": None if sent is None else {"state": sent.state.value, "last_error": sent.last_error},
        "agreement": None if negotiation.agreement is None else negotiation.agreement.id,
        "amends": thread.amends,
        "opened_at": view_time(thread.opened_at),
        "updated_at": view_time(thread.updated_at),
    }


def _named(peer: Counterpart) -> Named:
    return {"iri": peer.address, "name": peer.name, "handle": peer.handle}


def _proof(proof: Document) -> ProofShown:
    return {
        "cryptosuite": proof["cryptosuite"],
        "verification_method": proof["verificationMethod"],
        "verified": True,
    }


def show_history(session: Session, row: OfferRow, moves: Sequence[MoveRow]) -> HistoryShown:
    """Show the moves of a negotiation in order.

    Moves that crossed another, or that the peer refused, are listed with their status but are not part of the
    chain.
    """
    applied = [to_made(move) for move in moves if move.status is MoveStatus.APPLIED]
    places = journal.places_of(session, [move.entry for move in moves])
    return {
        "offer": row.id,
        "negotiation": row.negotiation,
        "state": row.state,
        "chain": [move.digest for move in chain(applied, row.head)],
        "moves": [_move(move, places[move.entry]) for move in moves],
    }


def _move(move: MoveRow, place: int) -> MoveShown:
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
    }


# --- agreements ---------------------------------------------------------------------------------------------


def show_agreements(session: Session, actor: str, rows: Sequence[AgreementRow]) -> list[AgreementShown]:
    """Show an actor's agreements, in the order of their rows."""
    ends = load_peers(session, actor, {row.peer for row in rows})
    return [show_agreement(row, to_counterpart(ends[row.peer])) for row in rows]


def show_agreement(row: AgreementRow, peer: Counterpart) -> AgreementShown:
    """Show an agreement, with a sentence made from its machine terms."""
    draft = read_agreement(row.document, currency=row.currency).draft
    return {
        "id": row.id,
        "iri": row.iri,
        "state": row.state,
        "role": row.role,
        "peer": _named(peer),
        **cast("TermsShown", view_draft(draft)),
        "holds_until": view_time(row.holds_until),
        "leaves_at": view_time(row.leaves_at),
        "own_confirmed_at": view_time(row.own_confirmed_at),
        "peer_confirmed_at": view_time(row.peer_confirmed_at),
        "digest": row.digest,
        "supersedes": row.supersedes,
        "concluded_at": view_time(row.concluded_at),
        "offer": row.offer,
        "intention": row.intention,
        "plain": plain_terms(draft, for_role=Role.CUSTOMER if row.own else Role.BUSINESS),
        "document": row.document,
    }
