"""Evidence: an agreement's signed documents in one file that anyone can verify without a network.

    {"type": "EvidenceBundle",
     "documents": [earlier rounds ..., offer, acceptance, countersignature, receipt],
     "keys": {verification method: publicKeyMultibase}}

Rules that hold here:

- The file is its own canonical form, so it has one spelling, and changing any byte of it breaks it.
- Documents are those that went over the wire. Each answers the one before it and names its digest, and
  together they are a legal run of the negotiation's table that ends in `accepted`, or in `concluded` with the
  countersignature and perhaps its receipt. An offer may stand alone.
- How much it proves is its `Grade`. A countersignature proves that both have signed; that it was not kept
  back, or dated back, its signer cannot prove alone: that is what the receipt is for, which the other side
  signs. Dates are those the signers claim.
- Only the keys that the agreement names under its parties count, for every document. A key that stands in the
  bundle alone was vouched for by nobody; a round signed with an older key is therefore left out of the
  bundle.
- Terms about data say in plain texts what they permit, by the digests of these. The texts are made again, and
  have to be the ones that were signed; of an edition that is not known here nothing is said.
- What the bundle proves is that the holders of two keys signed. That a key is this actor's is proved by the
  actor's own document, or by having known it before; the verdict names both keys so that they can be
  compared. Before the countersignature only the accepting side has vouched for the offerer's key; for the key
  of an offer that stands alone nobody has.

Sources: FEP-0837, FEP-8b32 (proofs), RFC 8785 (canonical form), CID 1.0 (digestMultibase).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Final

from protocol import codes, proofs
from protocol.agreements import Agreement, Signatory, check_final, read_agreement, withdrawal_until
from protocol.canonical import canonicalise, digest_of
from protocol.errors import Conflict, Unprocessable
from protocol.iris import same_origin
from protocol.jsonld import kind, read
from protocol.keys import read_multibase
from protocol.moves import Event, Move, check_holds, holds_until, read_move, resolve
from protocol.negotiation import Party, State, advance
from protocol.offers import Draft
from protocol.plain_texts import check_texts
from protocol.proofs import Proof
from protocol.strictjson import Document, parse
from protocol.terms import parties_mismatch
from protocol.values import dataclass

LIMIT_BYTES: Final = 4 * 1024 * 1024  # forty documents of common length ten times over
LIMIT_DOCUMENTS: Final = 64  # twenty rounds are forty documents
SKEW: Final = timedelta(seconds=120)  # how far the clocks of the two sides may differ

_TYPE = "EvidenceBundle"
_MEMBERS = frozenset({"type", "documents", "keys"})
_OFFERS = frozenset({Event.OFFER, Event.REOFFER})


class Grade(StrEnum):
    """How much a bundle proves, each more than the one before."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    SIGNED_BY_BOTH = "signed-by-both"
    RECEIVED_IN_TIME = "received-in-time"


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One document of a bundle, verified."""

    iri: str
    event: Event
    actor: str
    digest: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a bundle proves.

    `state` is `concluded`, or `accepted` without a countersignature, or `offered`: then there are no offeree
    and no agreement yet. `until` is when the offer ends, if it does, or by when its acceptance had to be
    countersigned; `withdraws_until` is until when the customer may withdraw.
    """

    grade: Grade
    state: State
    until: datetime | None
    offerer: Signatory
    offeree: Signatory | None
    agreement: str | None
    agreement_digest: str | None
    terms: Draft
    total: Decimal | None
    currency: str
    supersedes: str | None
    documents: tuple[Exhibit, ...]
    withdraws_until: datetime | None = None

    @property
    def parties(self) -> tuple[Signatory, ...]:
        """Whose keys the bundle names."""
        return (self.offerer,) if self.offeree is None else (self.offerer, self.offeree)


@dataclass(frozen=True, slots=True)
class _Signed:
    """A document of a bundle as sent, as read, and its proof."""

    document: Document
    move: Move
    proof: Proof

    @property
    def answerable(self) -> tuple[str, str]:
        """What the next document has to name: an acceptance is answered by naming its agreement."""
        agreement = self.move.agreement
        if agreement is not None:
            return agreement["id"], digest_of(agreement)
        return self.move.iri, digest_of(self.document)

    @property
    def published(self) -> datetime:
        """When it was published, or signed if it does not say."""
        return self.move.published or self.proof.created


def bundle(documents: Sequence[Document], keys: Mapping[str, str]) -> bytes:
    """Write an evidence bundle.

    Args:
        documents: as they went over the wire, each answering the one before, up to the acceptance or the
            countersignature.
        keys: the multibase of every verification method that signed one of them, and of no other.
    """
    return canonicalise({"type": _TYPE, "documents": list(documents), "keys": dict(keys)})


def presentable(documents: Sequence[Document], methods: Collection[str]) -> list[Document]:
    """Return the longest end of a history that can be bundled: from an Offer on, all signed by `methods`.

    A party that changed its key between two rounds signed the earlier ones with a key that the agreement
    does not name, so they are left out.

    Args:
        documents: the history, in order, up to the acceptance or the countersignature.
        methods: where the keys of the agreement's parties are published: all that have their multibase.
    """
    start = len(documents)
    for place in range(len(documents) - 1, -1, -1):
        if proofs.read(documents[place]).verification_method not in methods:
            break
        if kind(read(documents[place]).get("type")) == "Offer":
            start = place
    return list(documents[start:])


def verify_evidence(body: bytes) -> Verdict:
    """Verify a bundle and say what it proves; nothing is fetched.

    Every signature is checked on the bytes before anything else is read from a document.

    Raises:
        Malformed, TooLarge: the file is not one JSON object this node reads.
        Unauthenticated: `weak-key` or `key-malformed`.
        Unprocessable: anything else that is not right; the first thing found, in the order of the checks.
    """
    documents, keys = _read_bundle(body)
    signatures = [_check_proof(document, keys) for document in documents]
    if keys.keys() != {proof.verification_method for proof in signatures}:
        raise Unprocessable(codes.FOREIGN_KEY, "The bundle has a key that signed nothing in it.")
    exhibits = [
        _Signed(document, read_move(read(document)), proof)
        for document, proof in zip(documents, signatures, strict=True)
    ]
    if len(exhibits) == 1 and exhibits[0].move.event in _OFFERS:
        return _verify_offer(exhibits[0], keys)
    offer, acceptance = _find_conclusion(exhibits)
    final = read_agreement(acceptance.move.agreement)
    _check_parties(exhibits, final, keys)
    events = _replay(exhibits, final)
    _check_chain(exhibits)
    _check_times(exhibits)
    _check_agreement(final, offer=offer, acceptance=acceptance)
    until = _read_until(offer, acceptance)
    grade = _grade(dict(zip(events, exhibits, strict=True)), until)
    state = State.ACCEPTED if grade is Grade.ACCEPTED else State.CONCLUDED
    _check_amendment(final, first=exhibits[0], offer=offer, state=state)
    return Verdict(
        grade=grade,
        state=state,
        until=until,
        offerer=final.signatory(Party.OFFERER),
        offeree=final.signatory(Party.OFFEREE),
        agreement=final.iri,
        agreement_digest=acceptance.answerable[1],
        terms=final.draft,
        total=final.draft.total,
        currency=final.draft.currency,
        supersedes=final.supersedes,
        documents=tuple(_exhibit(signed, event) for signed, event in zip(exhibits, events, strict=True)),
        withdraws_until=withdrawal_until(final),
    )


def _read_bundle(body: bytes) -> tuple[list[Document], dict[str, str]]:
    document = parse(body, limit_bytes=LIMIT_BYTES)
    if document.keys() != _MEMBERS or document["type"] != _TYPE:
        raise Unprocessable(codes.NOT_EVIDENCE)
    if canonicalise(document) != body:
        raise Unprocessable(codes.NOT_CANONICAL)
    documents, keys = document["documents"], document["keys"]
    if not isinstance(documents, list) or not all(isinstance(part, dict) for part in documents):
        raise Unprocessable(codes.NOT_EVIDENCE, "The bundle's documents are not a list of documents.")
    if not 1 <= len(documents) <= LIMIT_DOCUMENTS:
        raise Unprocessable(codes.NOT_EVIDENCE, f"The bundle does not have 1 to {LIMIT_DOCUMENTS} documents.")
    if not isinstance(keys, dict) or not all(isinstance(key, str) for key in keys.values()):
        raise Unprocessable(codes.NOT_EVIDENCE, "The bundle's keys are not a table of keys.")
    return documents, keys


def _check_proof(document: Document, keys: Mapping[str, str]) -> Proof:
    proof = proofs.read(document)
    if proof.verification_method not in keys:
        raise Unprocessable(codes.FOREIGN_KEY, "A document is signed with a key that is not in the bundle.")
    proofs.check_signature(proof, document, read_multibase(keys[proof.verification_method]))
    return proof


def _verify_offer(signed: _Signed, keys: Mapping[str, str]) -> Verdict:
    """Verify an offer that stands alone: its signer offered these terms."""
    move, method = signed.move, signed.proof.verification_method
    if not all(same_origin(address, move.actor) for address in (method, move.iri)):
        raise Unprocessable(codes.FOREIGN_ORIGIN)
    terms = _drafted(signed)
    _check_said(terms)
    return Verdict(
        grade=Grade.OFFERED,
        state=State.OFFERED,
        until=move.ends_at,
        offerer=Signatory(move.actor, Party.OFFERER, method, keys[method]),
        offeree=None,
        agreement=None,
        agreement_digest=None,
        terms=terms,
        total=terms.total,
        currency=terms.currency,
        supersedes=None,
        documents=(_exhibit(signed, Event.OFFER),),
    )


def _find_conclusion(exhibits: Sequence[_Signed]) -> tuple[_Signed, _Signed]:
    """Find the acceptance and what it accepts."""
    for before, after in pairwise(exhibits):
        if after.move.event is Event.ACCEPT:
            return before, after
    raise Unprocessable(codes.ACCEPTANCE_MISSING)


def _check_parties(exhibits: Sequence[_Signed], final: Agreement, keys: Mapping[str, str]) -> None:
    """Check that each document is by a party, signed with the key that the agreement names."""
    for signed in exhibits:
        party = _author(signed, final)
        method = signed.proof.verification_method
        if keys[method] != party.multibase:
            raise Unprocessable(
                codes.FOREIGN_KEY, "A document is signed with a key the agreement does not name."
            )
        addresses = (method, party.verification_method, signed.move.iri)
        if not all(same_origin(address, party.actor) for address in addresses):
            raise Unprocessable(codes.FOREIGN_ORIGIN)


def _author(signed: _Signed, final: Agreement) -> Signatory:
    for party in final.parties:
        if party.actor == signed.move.actor:
            return party
    raise Unprocessable(codes.FOREIGN_DOCUMENT, "A document is by someone who is no party to the agreement.")


def _replay(exhibits: Sequence[_Signed], final: Agreement) -> list[Event]:
    """Run the documents through the negotiation's table, to an agreement."""
    state, events = State.NONE, list[Event]()
    for signed in exhibits:
        event = _event(signed.move, final, after=events[-1] if events else None)
        try:
            state = advance(state, _author(signed, final).role, event)
        except Conflict as error:
            raise Unprocessable(
                codes.ILLEGAL_HISTORY, "The documents break the rules of a negotiation."
            ) from error
        events.append(event)
    if state not in (State.ACCEPTED, State.CONCLUDED):
        raise Unprocessable(codes.ILLEGAL_HISTORY, "The documents do not end in an agreement.")
    return events


def _event(move: Move, final: Agreement, *, after: Event | None) -> Event:
    # The bundle may begin with an amendment or a later round: an offer that answers what is not in the
    # bundle.
    if after is None and move.event is Event.REOFFER:
        return Event.OFFER
    return resolve(move, final.iri, answered=after).event


def _check_chain(exhibits: Sequence[_Signed]) -> None:
    """Check that each document answers the one before, between the same two, in one negotiation."""
    for before, after in pairwise(exhibits):
        if (after.move.answers, after.move.answers_digest) != before.answerable:
            raise Unprocessable(codes.DIGEST_MISMATCH, "A document does not answer the one before it.")
    actors = {signed.move.actor for signed in exhibits}
    for move in (signed.move for signed in exhibits):
        if move.negotiation != exhibits[0].move.negotiation or not actors <= {move.actor, *move.to}:
            raise Unprocessable(
                codes.FOREIGN_DOCUMENT, "A document belongs to another negotiation or addressee."
            )


def _check_times(exhibits: Sequence[_Signed]) -> None:
    for before, after in pairwise(exhibits):
        if after.proof.created < before.proof.created - SKEW or after.published < before.published - SKEW:
            raise Unprocessable(codes.TIMES_REVERSED)


def _read_until(offer: _Signed, acceptance: _Signed) -> datetime:
    """Return by when the acceptance had to be countersigned."""
    check_holds(acceptance.move, offer_ends_at=offer.move.ends_at)
    return holds_until(acceptance.move, made_at=acceptance.proof.created, offer_ends_at=offer.move.ends_at)


def _grade(signed: Mapping[Event, _Signed], until: datetime) -> Grade:
    """Return how much documents prove, by the events they are; none of these is there twice."""
    countersignature, receipt = signed.get(Event.COUNTERSIGN), signed.get(Event.ACKNOWLEDGE)
    if countersignature is None:
        return Grade.ACCEPTED
    if _is_after(countersignature.proof.created, until):
        raise Unprocessable(codes.ACCEPTANCE_LAPSED, "The acceptance was countersigned after it had lapsed.")
    if receipt is None or _is_after(receipt.proof.created, until):
        return Grade.SIGNED_BY_BOTH
    return Grade.RECEIVED_IN_TIME


def _is_after(moment: datetime, end: datetime) -> bool:
    """Tell whether a moment lies after an end, by more than two clocks may differ."""
    return moment - end > SKEW


def _check_agreement(final: Agreement, *, offer: _Signed, acceptance: _Signed) -> None:
    expires_at = offer.move.ends_at
    if expires_at is not None and _is_after(acceptance.proof.created, expires_at):
        raise Unprocessable(codes.OFFER_EXPIRED, "The offer was accepted after it had expired.")
    if not same_origin(final.iri, acceptance.move.actor):
        raise Unprocessable(codes.FOREIGN_ORIGIN, "The agreement is not of its author's origin.")
    about_data = final.draft.terms
    if about_data is not None and set(about_data.parties) != {party.actor for party in final.parties}:
        raise parties_mismatch()
    check_final(
        final,
        draft=_drafted(offer),
        offer=offer.move.iri,
        offer_digest=digest_of(offer.document),
        parties=final.parties,
        supersedes=final.supersedes,
    )
    _check_said(final.draft)


def _check_said(draft: Draft) -> None:
    """Check that the plain texts that were signed are those that the terms about data make."""
    if draft.terms is not None:
        check_texts(draft.terms)


def _drafted(signed: _Signed) -> Draft:
    draft = signed.move.draft
    assert draft is not None  # noqa: S101 - an Offer without terms is refused when it is read
    return draft


def _check_amendment(final: Agreement, *, first: _Signed, offer: _Signed, state: State) -> None:
    # With a countersignature both have signed what is replaced. Without one, only the offerer's offers show
    # that they were about that agreement: the first answers it, a later one names it.
    stated = offer.move.supersedes
    shown = (None, first.move.answers) if stated is None else (stated,)
    vouched = state is not State.ACCEPTED and stated is None
    if final.supersedes not in shown and not vouched:
        raise Unprocessable(
            codes.SUPERSEDES_MISMATCH, "The agreement replaces one that was not up for change."
        )


def _exhibit(signed: _Signed, event: Event) -> Exhibit:
    move = signed.move
    return Exhibit(move.iri, event, move.actor, digest_of(signed.document), signed.proof.created)
