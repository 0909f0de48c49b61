"""Advice: what a peer is to do about a refusal of its inbox, where the sentence alone does not say it.

Rules here: it speaks of the wire, in the names that stand there; it is the same for everybody and says
nothing of what is known here. Owners and their programs get other hints (`node.web.edge.problems`).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from node.core import codes
from node.web.edge.problems import Refusal
from protocol import codes as wire
from protocol.codes import Code

_DIGEST: Final = (
    "`digestMultibase` is the SHA-256 multihash, in base58btc, of the canonical JSON of what is answered: an "
    "activity with its proof, an agreement as `result`, a Proposal as `object` had it."
)
_MOMENT: Final = "Write 2026-06-01T00:00:00Z; another offset will do, but not where a permission ends."
_BOUNDED: Final = "Send no more of them; what stands can be withdrawn, rejected or left to expire."

# By code, for those who write the other side. Documents that are named are of Freehold's source.
ADVICE: Final[Mapping[Code, str]] = MappingProxyType(
    {
        wire.ACCEPTANCE_LAPSED: "Nobody is bound any more; another Offer may be made.",
        wire.AGREEMENT_INCOMPLETE: "docs/protocol.md shows a whole acceptance (The agreement).",
        wire.ATTRIBUTION_MISMATCH: "`attributedTo` is who sends it; of an agreement, who accepts.",
        wire.COLLECTS_ONCE: "One permission has dpv:Collect; the others name fields of that one.",
        wire.CONDITION_IDLE: "Leave it out, or state what it is a condition of (docs/protocol.md).",
        wire.CONTEXT_REDEFINES: "Leave the term out of the inline context, or say it as docs/protocol.md.",
        wire.CONTEXT_REFUSED: "An inline context may only add terms (docs/protocol.md, Contexts).",
        wire.CURRENCY_MISMATCH: "`resourceConformsTo` is the Wikidata item of the price lines' currency.",
        wire.DIGEST_MISMATCH: _DIGEST,
        wire.FIELDS_MISSING: "`fields` has all that `withheld` of the copy names.",
        wire.HIDDEN_TEXT: 'Send plain text, with `mediaType` "text/plain".',
        wire.HOLDS_TOO_LONG: "Name an `endTime` no later than that of the Offer, or none.",
        wire.INEXACT_NUMBER: 'Write it as a string, such as "1.5".',
        wire.MALFORMED_AMOUNT: 'Write a string such as "24.90", with no more decimals than the currency has.',
        wire.MALFORMED_COUNT: "Write a number of JSON, such as 3, and not a string.",
        wire.MALFORMED_DURATION: "Write years, months, weeks and days as ISO 8601 does, such as P1M.",
        wire.MALFORMED_PARTIES: "Name one offerer and one offeree, each with the key it signs with.",
        wire.MALFORMED_RECURRENCE: "Name `per` where it recurs; beside it `count`, `until` or neither.",
        wire.MALFORMED_SALT: "Write 16 random bytes in base64url without padding: 22 characters.",
        wire.MALFORMED_TIME: _MOMENT,
        wire.NOT_THE_FIRST_PARTY: "The `firstParty` of the agreement's terms grants, and signs.",
        wire.NOT_THE_SECOND_PARTY: "`assignee` is the `secondParty` of the agreement's terms.",
        wire.OFFER_EXPIRED: "Send another Offer, with a later `endTime` or none.",
        wire.OFFER_MISMATCH: "`offer` is the id of the Offer that is accepted.",
        wire.ONE_PURPOSE: "Name one purpose, the same in each permission; grant others apart.",
        wire.PARTIES_MISMATCH: "Name each actor with the key of its proof; in `terms`, the customer first.",
        wire.PROOF_INVALID: (
            "Prove it last, over the bytes that docs/protocol.md names (Proofs), by a key of the actor's "
            "`assertionMethod`; `freehold fed verify` checks a request."
        ),
        wire.PROOF_REQUIRED: "Add one of eddsa-jcs-2022, by a key of the actor's `assertionMethod`.",
        wire.QUANTITY_MISMATCH: "Promise the `hasNumericalValue` that the intention asks for.",
        wire.ROSTER_MISMATCH: "Sign the entry that `terms.asks` of the intention names, with its digest.",
        wire.SATISFIES_PRIMARY: "It satisfies the id of the intention's `publishes`.",
        wire.SATISFIES_RECIPROCAL: "It satisfies the id of the intention's `reciprocal`.",
        wire.SUM_MISMATCH: "State what the lines come to at least (docs/protocol.md, Terms).",
        wire.TERMS_CHANGED: "Repeat the Offer's `object`, and add only what makes it final.",
        wire.TEXT_MISMATCH: "Make the text as docs/data-terms.md says, of the terms just as they are sent.",
        wire.TEXT_UNKNOWN: "State the digest of a plain text of edition 1 as well; there may be four.",
        wire.UNIT_MISMATCH: "Count in the `hasUnit` that the intention has; money in `one`.",
        wire.UNKNOWN_ACTIVITY: "FEDERATION.md lists what an inbox takes.",
        wire.UNKNOWN_CURRENCY: (
            "Name its Wikidata item, as https://www.wikidata.org/wiki/Q4916; in a price line, its code."
        ),
        wire.UNKNOWN_DELIVERY: "It is pull, once or push.",
        wire.UNKNOWN_FIELD: "schemas/vocabularies/fields.json has all there are; an intention has five.",
        wire.UNKNOWN_KIND: "It is oneOff, recurring, discount or unitRate.",
        wire.UNKNOWN_MEMBER: "Leave it out, or say it in `content`; `terms` need their own context.",
        wire.UNKNOWN_PER: "It is day, week, month or year.",
        wire.UNSUPPORTED_PURPOSE: 'Send a Proposal whose `purpose` is "request".',
        wire.WIDER_THAN_AGREEMENT: "Each cell and each bound is one of the agreement's policy, or within.",
        wire.WRONG_TYPE: "Name the type of each part, such as Agreement, Commitment or PriceLine.",
        codes.DATED_AHEAD: "Set the clock, and publish it anew.",
        codes.AGREEMENT_NOT_CONCLUDED: "Grant under an agreement that both have signed and that is not over.",
        codes.DELIVERY_UNSUPPORTED: 'Grant it with `delivery` "pull".',
        codes.DIGEST_REQUIRED: _DIGEST,
        codes.FEE_CURRENCY: "State the `cancellationFee` in the new currency, or none.",
        codes.FOREIGN_ID: "Give it an id with the scheme, host and port of its actor.",
        codes.GRANT_OVER: "Grant it anew; what is over stays over.",
        codes.INTENTION_CLOSED: "It is over: send no more offers to it.",
        codes.INTENTION_PAUSED: "Send the same Offer again after `Retry-After`.",
        codes.MISSING_CONTEXT: (
            "`context` of a move or a Note is what the first Offer named as its own, or its id; of a "
            "Document, the agreement's address."
        ),
        codes.NEGOTIATION_EXISTS: (
            "To go on in it, name by `inReplyTo` what it answers; to begin another, mint another `context`."
        ),
        codes.NO_TERMS: "Amend the agreement first, with `terms` about data.",
        codes.NOT_ADDRESSED: "Name the actor whose inbox it is in `to`.",
        codes.STALE_VERSION: "Send it again with an `updated` that is later, to the fraction of a second.",
        codes.STALE_ANSWER: "Answer the last that was taken; something later may be on its way to you.",
        codes.TERMS_REFUSED: "`flags` names what is not taken: offer again without that.",
        codes.TERMS_REQUIRED: "Offer again with `terms` about data (docs/protocol.md, Terms about data).",
        codes.TERMS_TOO_WIDE: "Offer again with a policy that permits less, or a smaller roster entry.",
        codes.TOO_MANY_GRANTS: "Take one back, or name one that this `supersedes`.",
        codes.TOO_MANY_OFFERS: _BOUNDED,
        codes.TOO_MANY_ROUNDS: _BOUNDED,
        codes.TOO_MANY_UNDERTAKINGS: "Nobody more is told of it; an Offer to what is told is taken.",
        codes.UNKNOWN_AGREEMENT: "Name an agreement by the id that it has in its acceptance's `result`.",
        codes.UNKNOWN_GRANT: "Name a grant by the id that was answered with 2xx, under the same agreement.",
        codes.UNKNOWN_INTENTION: "`satisfies` names an intent of an intention that was sent to you.",
        codes.UNKNOWN_NEGOTIATION: (
            "`context` is what the first Offer named as its own; an agreement is talked about there, too."
        ),
        codes.UNKNOWN_OFFER: "Name by its id a move, or an agreement, that was answered with 2xx.",
        codes.UNPROVABLE: "docs/protocol.md says what makes evidence (Evidence).",
        codes.WRONG_NEGOTIATION: (
            "`context` is what the first Offer named; a first Offer, and one that amends, mint their own."
        ),
    }
)


def advise(refusal: Refusal) -> Refusal:
    """Return the same refusal with what a peer is to do about it, as far as there is more to say."""
    refusal.hint = refusal.hint or ADVICE.get(refusal.code, "")
    return refusal
