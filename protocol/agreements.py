"""Agreements: the terms both sides signed, who they are, and when one may leave.

Rules that hold here:

- The final agreement is the offer's draft, term for term, with what makes it final: ids, both parties with
  their keys, the offer's address and digest, and a salt, so that the digest of an agreement tells nobody its
  terms.
- A member we do not know is refused, in the agreement and in its parties. So are links (`url`), which the FEP
  lets whoever accepts add: the other side would sign what nobody has shown it.
- A plain FEP-0837 peer finalises with ids and quantities alone. Such an agreement is read, but it is not
  `complete`: it cannot be evidence on its own. What it may leave out of the offer's terms each term says
  (`Term.omissible`): name, content, properties, price lines, start, end and notice period; nothing else.
- Sentences about an agreement are made of its machine terms only, never of a text that one side wrote.

Sources: FEP-0837 (Accepting an agreement), CID 1.0 (digestMultibase), FEP-521a (Multikey).
"""

from collections.abc import Iterable, Sequence
from dataclasses import field
from datetime import datetime
from typing import Final

from protocol import codes, offers
from protocol.errors import Conflict, Unprocessable
from protocol.intentions import PRIMARY, RECIPROCAL
from protocol.iris import same_origin
from protocol.jsonld import one
from protocol.members import (
    missing,
    read_choice,
    read_iri,
    read_list,
    read_moment,
    read_object,
    read_required_iri,
    read_required_text,
    read_salt,
    read_text,
    read_within,
)
from protocol.negotiation import Party
from protocol.offers import Draft, read_draft, render_draft
from protocol.strictjson import Document, Json
from protocol.times import Duration, add_duration, read_duration, render_time
from protocol.values import dataclass

DIGEST_LIMIT: Final = 64  # characters: "z" and a SHA-256 multihash in base58 are 47 or 48
_KEY_LIMIT: Final = 64  # characters: an Ed25519 Multikey has 48

# What makes it final; every other member is a term.
_FINAL_MEMBERS = frozenset(
    {"attributedTo", "salt", "parties", "offer", "digestMultibase", "published", "supersedes"}
)
# What of that evidence needs.
_EVIDENCE: Final = frozenset(
    {"id", "attributedTo", "salt", "parties", "offer", "digestMultibase", "published"}
)
_PARTY_MEMBERS = frozenset({"type", "actor", "role", "verificationMethod", "publicKeyMultibase"})


@dataclass(frozen=True, slots=True)
class Signatory:
    """One side of an agreement: who it is, and the one key it signs this agreement with.

    The key is its multibase; where it is published says nothing of whether it is the same.
    """

    actor: str
    role: Party
    verification_method: str = field(compare=False)
    multibase: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """A final agreement. What only our kind of peer writes is None or empty for plain ones."""

    iri: str
    draft: Draft
    parties: tuple[Signatory, ...] = ()  # the offerer, then the offeree
    offer: str | None = None
    offer_digest: str | None = None
    salt: str | None = None
    attributed_to: str | None = None
    published: datetime | None = None
    supersedes: str | None = None

    @property
    def complete(self) -> bool:
        """Whether it names everything that evidence needs: both keys, the offer's digest and a salt."""
        proofs = (self.offer, self.offer_digest, self.salt, self.attributed_to, self.published)
        return bool(self.parties) and None not in proofs

    def signatory(self, role: Party) -> Signatory:
        """Return the side with this role.

        Raises:
            Unprocessable: `agreement-incomplete`, if a plain peer left the parties out.
        """
        for party in self.parties:
            if party.role is role:
                return party
        raise _incomplete()


def conclude(
    draft: Draft,
    *,
    iri: str,
    offer: str,
    offer_digest: str,
    parties: Sequence[Signatory],
    salt: str,
    attributed_to: str,
    published: datetime,
    supersedes: str | None = None,
) -> Document:
    """Write the final agreement that the offeree's Accept carries.

    Args:
        draft: the terms of the offer, unchanged.
        iri: the agreement's address.
        offer: the id of the Offer that is accepted.
        offer_digest: the digest of that Offer with its proof, as it came over the wire.
        parties: the offerer and the offeree, each with the key it signs with.
        salt: 128 random bits in base64url, 22 characters.
        attributed_to: the actor of the Accept.
        published: now.
        supersedes: the agreement that this one replaces once it is concluded.
    """
    document = render_draft(draft)
    document["stipulates"]["id"] = iri + PRIMARY
    document["stipulatesReciprocal"]["id"] = iri + RECIPROCAL
    document |= {
        "id": iri,
        "attributedTo": attributed_to,
        "parties": [_render_signatory(party) for party in parties],
        "offer": offer,
        "digestMultibase": offer_digest,
        "salt": salt,
        "published": render_time(published),
    }
    return document if supersedes is None else document | {"supersedes": supersedes}


def lacking(document: Document, draft: Draft | None = None) -> str:
    """Say what a final agreement lacks to be complete, with the terms of its offer if known; "" for nothing.

    It names all of it at once, so that whoever knows FEP-0837 alone need not find out one after the other.
    What is there and empty is lacking too.
    """
    whole = {} if draft is None else render_draft(draft)
    said = [_lacks("result", _EVIDENCE.union(whole), document)]
    for name in ("stipulates", "stipulatesReciprocal"):
        commitment = document.get(name)
        if isinstance(commitment, dict):
            said.append(_lacks(name, {"id", *whole.get(name, {})}, commitment))
    return "; ".join(filter(None, said))


def all_lacking(own: Sequence[str], document: Document, draft: Draft | None = None) -> str:
    """Say in one sentence what an acceptance lacks: members of its own, and what `lacking` says."""
    said = [f"it lacks {', '.join(own)}" if own else "", lacking(document, draft)]
    return f"Of the acceptance: {'; '.join(filter(None, said))}."


def _lacks(name: str, wanted: Iterable[str], document: Document) -> str:
    missing = sorted(member for member in wanted if document.get(member) in (None, "", []))
    return f"its {name} lacks {', '.join(missing)}" if missing else ""


def read_agreement(json: Json, *, currency: str | None = None) -> Agreement:
    """Read a final agreement, complete or from a plain peer.

    `currency` is the intention's, for plain ones that do not name it (see `offers.read_draft`).

    Raises:
        Unprocessable: `unknown-member`, `missing-member` (among others for a commitment without an id),
            `foreign-origin` for one of another server's, `malformed-salt`, `malformed-parties`,
            `unknown-role`, or as `offers.read_draft`.
    """
    document = read_object(json, type="Agreement")
    terms = {member: value for member, value in document.items() if member not in _FINAL_MEMBERS}
    draft = read_draft(terms, currency=currency)
    iri = read_required_iri(document, "id")
    for member in ("stipulates", "stipulatesReciprocal"):
        # "This property is REQUIRED for commitments in finalized agreements."
        if not same_origin(read_within(member, _read_id, one(document[member])), iri):
            raise Unprocessable(codes.FOREIGN_ORIGIN, "A commitment is not of its agreement's origin.")
    return Agreement(
        iri=iri,
        draft=draft,
        parties=_read_parties(document),
        offer=read_iri(document, "offer"),
        offer_digest=read_text(document, "digestMultibase", limit=DIGEST_LIMIT) or None,
        salt=read_salt(document) or None,
        attributed_to=read_iri(document, "attributedTo"),
        published=read_moment(document, "published"),
        supersedes=read_iri(document, "supersedes"),
    )


def check_final(
    final: Agreement,
    *,
    draft: Draft,
    offer: str,
    offer_digest: str,
    parties: Sequence[Signatory],
    supersedes: str | None = None,
    plain: bool = False,
) -> None:
    """Check that a final agreement is what the offer proposed, between the parties who negotiated it.

    Args:
        final: the agreement of an Accept; its author is the second of `parties`.
        draft: the terms of the accepted offer.
        offer: the id of that Offer.
        offer_digest: its digest, with its proof.
        parties: the offerer and the offeree with the keys we know them by, in this order.
        supersedes: the agreement that an amendment replaces.
        plain: take an agreement that carries no more than plain FEP-0837 asks for; what it does say must be
            right, and its quantities and currency must be the offer's.

    Raises:
        Unprocessable: `agreement-incomplete`, `terms-changed`, `offer-mismatch`, `digest-mismatch`,
            `parties-mismatch`, `attribution-mismatch` or `supersedes-mismatch`.
    """
    if not (final.complete or plain):
        raise _incomplete()
    # "The quantities specified in the finalized agreement MUST match the quantities specified in the ...
    # Offer."
    if final.draft != draft and not (plain and _repeats(final.draft, draft)):
        raise Unprocessable(codes.TERMS_CHANGED, at=_changed(final.draft, draft))
    offeree = parties[1].actor
    for code, at, stated, expected in (
        (codes.OFFER_MISMATCH, "offer", final.offer, offer),
        (codes.DIGEST_MISMATCH, "digestMultibase", final.offer_digest, offer_digest),
        (codes.PARTIES_MISMATCH, "parties", final.parties or None, tuple(parties)),
        (codes.ATTRIBUTION_MISMATCH, "attributedTo", final.attributed_to, offeree),
    ):
        if stated not in (None, expected):
            raise Unprocessable(code, "The final agreement does not fit the offer it accepts.", at=at)
    if not all(same_origin(party.verification_method, party.actor) for party in final.parties):
        raise Unprocessable(
            codes.PARTIES_MISMATCH, "The final agreement names a party's key at a foreign address."
        )
    if final.supersedes != supersedes and not (plain and final.supersedes is None):
        raise Unprocessable(
            codes.SUPERSEDES_MISMATCH, "The final agreement replaces another one than agreed."
        )


def over_at(draft: Draft, leaves_at: datetime | None) -> datetime | None:
    """Return when an agreement on these terms is over: at the earlier of a notice's day and its own end."""
    moments = [moment for moment in (leaves_at, draft.ends_at) if moment is not None]
    return min(moments, default=None)


def earliest_end(agreement: Agreement, now: datetime) -> datetime:
    """Return the earliest moment at which a party that leaves now is free.

    That is after the notice period, and never after the agreement's own end. Without a notice period nobody
    leaves before the end. Nobody leaves what is not agreed on yet: no period begins before the agreement was
    made, as its own words have it.

    Raises:
        Conflict: `no-leaving`, if the terms name neither a notice period nor an end.
        Unprocessable: `time-out-of-range`.
    """
    notice, ends_at = agreement.draft.notice, agreement.draft.ends_at
    since = now if agreement.published is None else max(now, agreement.published)
    moments = [] if notice is None else [add_duration(since, read_duration(notice))]
    moments += [] if ends_at is None else [ends_at]
    if not moments:
        raise Conflict(codes.NO_LEAVING)
    return min(moments)


def withdrawal_until(agreement: Agreement) -> datetime | None:
    """Return the last moment at which the customer may withdraw without a reason; None if they may not.

    The time is that of the terms about data, and begins when the agreement was made, as its own words have
    it: one that takes the place of another begins its own.

    Raises:
        Unprocessable: `time-out-of-range`.
    """
    terms = agreement.draft.terms
    days = 0 if terms is None else terms.conditions.withdrawal_days
    if not days or agreement.published is None:
        return None
    return add_duration(agreement.published, Duration(days=days))


def _changed(final: Draft, draft: Draft) -> str:
    """Name the members of the terms in which two drafts differ."""
    terms = [term for term in offers.TERMS.all if term.of(final) != term.of(draft)]
    return ", ".join(
        sorted({name for term in terms for name in term.document | term.primary | term.reciprocal})
    )


def _repeats(final: Draft, draft: Draft) -> bool:
    """Tell whether a plain agreement repeats of an offer what it must, and says nothing else."""
    return all(term.survives(final, draft) for term in offers.TERMS.all)


def _render_signatory(party: Signatory) -> Document:
    return {
        "type": "Party",
        "actor": party.actor,
        "role": party.role.value,
        "verificationMethod": party.verification_method,
        "publicKeyMultibase": party.multibase,
    }


def _read_parties(document: Document) -> tuple[Signatory, ...]:
    listed = read_list(document, "parties", limit=2)
    parties = tuple(read_within("parties", _read_signatory, party) for party in listed)
    if not parties:
        return ()
    ordered = tuple(sorted(parties, key=lambda party: party.role is not Party.OFFERER))
    if [party.role for party in ordered] != [Party.OFFERER, Party.OFFEREE]:
        raise Unprocessable(codes.MALFORMED_PARTIES)
    offerer, offeree = ordered
    if offerer.actor == offeree.actor or offerer.multibase == offeree.multibase:
        raise Unprocessable(codes.MALFORMED_PARTIES, "Someone cannot agree with themselves.")
    return ordered


def _read_id(commitment: Document) -> str:
    return read_required_iri(commitment, "id")


def _read_signatory(json: Json) -> Signatory:
    document = read_object(json, type="Party", known=_PARTY_MEMBERS)
    role = read_choice(document, "role", Party, codes.UNKNOWN_ROLE)
    if role is None:
        raise missing("role")
    return Signatory(
        actor=read_required_iri(document, "actor"),
        role=role,
        verification_method=read_required_iri(document, "verificationMethod"),
        multibase=read_required_text(document, "publicKeyMultibase", limit=_KEY_LIMIT),
    )


def _incomplete() -> Unprocessable:
    return Unprocessable(codes.AGREEMENT_INCOMPLETE)
