"""Showing: negotiations and agreements as the owner's programs read them, each made in one place.

Rules that hold here:

- What a list shows is read at once for all of its rows, one statement for each kind of thing.
- After a move the negotiation is shown from its decision; what was loaded for that is not read again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypedDict, cast

from node.core.alerts import alerts, view_alert
from node.core.changes import changes, view_change
from node.core.comparison import view_cost
from node.core.decisions import Decision
from node.core.drafts import view_draft, view_time
from node.core.negotiations import Counterpart, Negotiation
from node.core.obligations import Obligation, leaves_earliest, plain_obligation, still_due, withdraws_until
from node.core.standings import Judgement
from node.services.negotiations.alternatives import others_of
from node.services.negotiations.loading import load_many, load_peers, to_agreed, to_counterpart
from node.services.negotiations.words import load_bodies, reasons_of, words_in
from node.services.terms.doors import flags_of, flags_of_agreements
from node.storage import agreements, deliveries
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.deliveries import DeliveryRow
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol import incoming
from protocol.agreements import read_agreement
from protocol.drafts import Role
from protocol.negotiation import Party, State
from protocol.offers import Draft
from protocol.prices import amount_string
from protocol.strictjson import Document


class Named(TypedDict):
    """Somebody by address, by the names they give themselves, and whether the owner has blocked them."""

    iri: str
    name: str
    handle: str | None
    blocked: bool


class ProofShown(TypedDict):
    """Who signed what stands; only moves whose proof was verified are ever recorded."""

    cryptosuite: str
    verification_method: str
    verified: bool


class OfferDeliveryShown(TypedDict):
    """What became of the standing offer on its way, if it is ours."""

    state: str
    last_error: str | None


class FlagShown(TypedDict):
    """Something odd about terms: what it is, how much it weighs, and a sentence (`node.core.linter`)."""

    code: str
    severity: str
    sentence: str


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
    """A negotiation: its standing terms, and where it stands.

    `pays` says whether our owner is who pays: whose wish it is about, also where the other side's terms would
    change an agreement; for them are the `flags`. `alternative_to` is the id of another offer to choose from.
    `changes` is what they would change of the agreement that it `amends`, `reason` why it was rejected or its
    offerer backed out.
    """

    id: str
    negotiation: str
    intention: str
    role: Party
    pays: bool
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
    changes: list[dict[str, Any]]
    flags: list[FlagShown]
    alternative_to: str | None
    reason: str
    opened_at: str | None
    updated_at: str | None


class CostShown(TypedDict):
    """For how many months terms run, what a month costs, and what they were put in order by."""

    months: str | None
    monthly: str | None
    cost: str | None


class OfferCompared(OfferShown, CostShown):
    """A standing offer beside others to the same intention: `rank` 1 is the best.

    `lowest` has the lowest total among several of like terms; `held` is whose maker has a key that waits for
    the owner to confirm it. `judgement` and what follows from it stand in `node.core.standings`.
    """

    rank: int
    difference: list[dict[str, Any]]
    within_limit: bool | None
    signature: str
    lowest: bool
    held: bool
    judgement: Judgement
    above_limit: str | None
    above_lowest: str | None
    known_since: str | None


class AgreementShown(TermsShown):
    """An agreement, with sentences made from its machine terms; `pays` says whether our owner pays.

    `concluded_at` is when it was accepted that both have signed. `still_due` is what falls due from now on;
    `leaves_earliest` is when it ends if notice is given now, `withdraws_until` is until when the customer can
    end it at once, `monthly` what a month costs of what goes on.
    `alerts` are what has to be known now (`node.core.alerts`), `flags` what is odd about its terms for a
    customer.
    """

    id: str
    iri: str
    state: AgreementState
    role: Party
    pays: bool
    peer: Named
    holds_until: str | None
    leaves_at: str | None
    own_confirmed_at: str | None
    peer_confirmed_at: str | None
    digest: str
    supersedes: str | None
    accepted_at: str | None
    concluded_at: str | None
    leaves_earliest: str | None
    withdraws_until: str | None
    still_due: str | None
    monthly: str | None
    alerts: Sequence[Mapping[str, Any]]
    flags: list[FlagShown]
    offer: str
    intention: str
    reason: str
    plain: str
    document: Document


# Accepted by one side only, whatever became of it.
_UNSIGNED = (AgreementState.ACCEPTED, AgreementState.LAPSED, AgreementState.RENEGED, AgreementState.VOID)


class PageShown(TypedDict):
    """Some of a list, and the cursor that continues it."""

    items: list[Any]
    next: str | None


# --- negotiations -------------------------------------------------------------------------------------------


def show_offers(
    session: Session, actor: str, rows: Sequence[OfferRow], *, drafts: Mapping[str, Draft] | None = None
) -> list[OfferShown]:
    """Show an actor's negotiations, in the order of their rows; `drafts` are terms, by id, that are read."""
    loaded = load_many(session, actor, rows, drafts=drafts or {})
    return _show(session, actor, [loaded[row.id] for row in rows])


def show_decided(session: Session, decision: Decision) -> OfferShown:
    """Show a negotiation as it is once a decision has been carried out."""
    (shown,) = _show(session, decision.before.actor, [decision.negotiation])
    return shown


def _show(session: Session, actor: str, negotiations: Sequence[Negotiation]) -> list[OfferShown]:
    bodies = load_bodies(session, actor, {iri for each in negotiations for iri in _looked_at(each)})
    amended = _amended(session, actor, negotiations)
    amending = [
        replace(each, amended=to_agreed(amended.get(each.begun.amends or ""))) for each in negotiations
    ]
    flags = flags_of(session, actor, amending)
    others = others_of(session, actor, negotiations)
    standing = [negotiation.begun.standing.iri for negotiation in negotiations]
    sent = {(row.activity, row.recipient): row for row in deliveries.deliveries_of(session, actor, standing)}
    return [
        _offer(
            negotiation,
            proof=_proof_of(negotiation, bodies.get(negotiation.begun.standing.iri)),
            sent=sent.get((negotiation.begun.standing.iri, negotiation.peer.id)),
            amended=amended.get(negotiation.begun.amends or ""),
            flags=flags.get(negotiation.id, []),
            alternative_to=others.get(negotiation.id),
            reason=words_in(bodies.get(negotiation.begun.head.iri)) if _gives_reason(negotiation) else "",
        )
        for negotiation in negotiations
    ]


def _looked_at(negotiation: Negotiation) -> Iterator[str]:
    """Yield the moves whose bytes are looked at: the standing offer if it is not known, and a last word."""
    thread = negotiation.begun
    known = negotiation.made(thread.standing.iri)
    if known is None or not known.document:
        yield thread.standing.iri
    if _gives_reason(negotiation):
        yield thread.head.iri


def _gives_reason(negotiation: Negotiation) -> bool:
    return negotiation.begun.state in (State.REJECTED, State.RENEGED)


def _proof_of(negotiation: Negotiation, body: bytes | None) -> Document | None:
    """Return the proof of the standing offer; None if its bytes were erased."""
    made = negotiation.made(negotiation.begun.standing.iri)
    if made is not None and made.document:
        return cast("Document", made.document["proof"])
    return cast("Document", incoming.read(body).document["proof"]) if body else None


def _amended(session: Session, actor: str, negotiations: Sequence[Negotiation]) -> dict[str, AgreementRow]:
    """Return the agreements (by IRI) that these negotiations would change."""
    iris = {iri for negotiation in negotiations if (iri := negotiation.begun.amends) is not None}
    rows = agreements.agreements_by_iri(session, actor, iris) if iris else []
    return {row.iri: row for row in rows}


def _changes(amended: AgreementRow | None, draft: Draft) -> list[dict[str, Any]]:
    """Show what terms would change of the agreement that they amend."""
    if amended is None:
        return []
    before = read_agreement(amended.document, currency=amended.currency).draft
    return [view_change(one) for one in changes(before, draft)]


def _offer(
    negotiation: Negotiation,
    *,
    proof: Document | None,
    sent: DeliveryRow | None,
    amended: AgreementRow | None,
    flags: list[Document],
    alternative_to: str | None,
    reason: str,
) -> OfferShown:
    thread = negotiation.begun
    return {
        "id": negotiation.id,
        "negotiation": thread.negotiation,
        "intention": thread.intention if negotiation.intention is None else negotiation.intention.id,
        "role": thread.role,
        "pays": thread.role is Party.OFFEREE if amended is None else amended.own,
        "peer": show_peer(negotiation.peer),
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
        "changes": _changes(amended, thread.draft),
        "flags": cast("list[FlagShown]", flags),
        "alternative_to": alternative_to,
        "reason": reason,
        "opened_at": view_time(thread.opened_at),
        "updated_at": view_time(thread.updated_at),
    }


def show_peer(peer: Counterpart) -> Named:
    """Show the other end of a negotiation."""
    return {"iri": peer.address, "name": peer.name, "handle": peer.handle, "blocked": peer.blocked}


def _proof(proof: Document) -> ProofShown:
    return {
        "cryptosuite": proof["cryptosuite"],
        "verification_method": proof["verificationMethod"],
        "verified": True,
    }


# --- agreements ---------------------------------------------------------------------------------------------


def show_agreements(
    session: Session, actor: str, rows: Sequence[AgreementRow], *, now: datetime
) -> list[AgreementShown]:
    """Show an actor's agreements, in the order of their rows."""
    known = load_peers(session, actor, {row.peer for row in rows})
    ends = {id: to_counterpart(row) for id, row in known.items()}
    reasons, flags = reasons_of(session, actor, rows), flags_of_agreements(session, actor, rows, ends)
    return [
        _agreement(row, ends[row.peer], flags.get(row.id, []), now=now, reason=reasons.get(row.offer, ""))
        for row in rows
    ]


def show_agreement(
    session: Session, row: AgreementRow, peer: Counterpart, *, now: datetime, reason: str = ""
) -> AgreementShown:
    """Show an agreement, with what it means now, and why its offerer backed out."""
    flags = flags_of_agreements(session, row.actor, [row], {row.peer: peer})
    return _agreement(row, peer, flags.get(row.id, []), now=now, reason=reason)


def _agreement(
    row: AgreementRow, peer: Counterpart, flags: list[Document], *, now: datetime, reason: str
) -> AgreementShown:
    obligation = obligation_of(row)
    draft, due = obligation.agreement.draft, still_due(obligation, now)
    signed = row.state not in _UNSIGNED
    is_confirmed = row.own_confirmed_at is not None or row.peer_confirmed_at is not None
    known = alerts(obligation, is_confirmed=is_confirmed, now=now)
    return {
        "id": row.id,
        "iri": row.iri,
        "state": row.state,
        "role": row.role,
        "pays": row.own,
        "peer": show_peer(peer),
        **cast("TermsShown", view_draft(draft)),
        "holds_until": view_time(row.holds_until),
        "leaves_at": view_time(row.leaves_at),
        "own_confirmed_at": view_time(row.own_confirmed_at),
        "peer_confirmed_at": view_time(row.peer_confirmed_at),
        "digest": row.digest,
        "supersedes": row.supersedes,
        "accepted_at": view_time(row.concluded_at),
        "concluded_at": view_time(row.concluded_at) if signed else None,
        "leaves_earliest": view_time(leaves_earliest(obligation, now)),
        "withdraws_until": view_time(withdraws_until(obligation, now)),
        "still_due": None if due is None else amount_string(due.amount, currency=draft.currency),
        "monthly": view_cost(draft, None)["monthly"],
        "alerts": [view_alert(alert, currency=draft.currency) for alert in known],
        "flags": cast("list[FlagShown]", flags),
        "offer": row.offer,
        "intention": row.intention,
        "reason": reason,
        "plain": "\n".join(plain_obligation(obligation, now)),
        "document": row.document,
    }


def obligation_of(row: AgreementRow) -> Obligation:
    """Return what an agreement means for our owner."""
    return Obligation(
        agreement=read_agreement(row.document, currency=row.currency),
        state=row.state,
        side=row.role,
        role=Role.CUSTOMER if row.own else Role.BUSINESS,
        since=row.concluded_at,
        holds_until=row.holds_until,
        leaves_at=row.leaves_at,
    )
