"""The codes of everything that can be wrong with a document or a request: each once, with its meaning.

Rules here: a code is kebab-case and never changes its meaning once released; its name is the same word in
capitals; a meaning is one sentence of ours, for whoever meets the code. It is also what an error says that is
raised without a sentence of its own. What only a node and its command line say stands in `node.core.codes`;
`docs/reference/errors.md` is made from both tables.
"""

from typing import Final, NewType

Code = NewType("Code", str)

MEANINGS: Final[dict[Code, str]] = {}  # of every code that has been stated, here and beside


def state(spelling: str, meaning: str) -> Code:
    """Make a code, and keep what it means.

    Raises:
        ValueError: it has been stated before.
    """
    code = Code(spelling)
    if code in MEANINGS:
        raise ValueError(spelling)
    MEANINGS[code] = meaning
    return code


ACCEPTANCE_LAPSED: Final = state(
    "acceptance-lapsed", "The acceptance has lapsed: its time to be countersigned is over."
)
ACCEPTANCE_MISSING: Final = state("acceptance-missing", "The bundle has no acceptance of an offer.")
ACCT_INVALID: Final = state("acct-invalid", "An account name is not of the form name@host.")
ACTOR_GONE: Final = state("actor-gone", "The actor has been deleted by its server.")
ACTOR_INBOX: Final = state("actor-inbox", "The actor has no inbox under its own origin.")
ACTOR_KIND: Final = state("actor-kind", "The document is not of an actor of a known kind.")
ACTOR_MISMATCH: Final = state(
    "actor-mismatch", "The document is not the one of the actor that was asked for."
)
AGREEMENT_INCOMPLETE: Final = state(
    "agreement-incomplete", "The agreement lacks the parties' keys, the offer's digest or a salt."
)
ALGORITHM_MISMATCH: Final = state(
    "algorithm-mismatch", "The signature names another algorithm than its key has."
)
ALGORITHM_UNSUPPORTED: Final = state(
    "algorithm-unsupported", "The signature is of an algorithm not in use here."
)
ALREADY_PROVED: Final = state("already-proved", "The document has a proof already.")
ATTRIBUTION_MISMATCH: Final = state(
    "attribution-mismatch", "Something is attributed to another than whoever sent it."
)
BLANK_NODE: Final = state(
    "blank-node", "Something is named by a label that means nothing outside the document."
)
BODY_TOO_LARGE: Final = state("body-too-large", "The body is larger than this node reads.")
COLLECTS_ONCE: Final = state(
    "collects-once",
    "A grant collects in exactly one permission, and the others are about fields that this one collects.",
)
COMPONENT_MISSING: Final = state(
    "component-missing", "The signature does not cover what it has to, or covers what the request lacks."
)
COMPONENT_UNSUPPORTED: Final = state(
    "component-unsupported", "The signature covers a component not supported here."
)
CONDITION_IDLE: Final = state(
    "condition-idle", "A condition is stated that has no effect beside the others, and no text would say it."
)
CONTEXT_REDEFINES: Final = state(
    "context-redefines", "The document's context gives a known term another meaning."
)
CONTEXT_REFUSED: Final = state(
    "context-refused", "The document's context does more than to add terms, or is too large."
)
CONTEXT_UNKNOWN: Final = state(
    "context-unknown", "The document's context leaves it without a meaning we know."
)
CURRENCY_MISMATCH: Final = state(
    "currency-mismatch", "Two amounts that belong together are in different currencies."
)
DIGEST_MISMATCH: Final = state(
    "digest-mismatch", "What is there has another digest than the one that was named."
)
DISCOUNT_TOO_LARGE: Final = state(
    "discount-too-large", "The discounts are as large as what they are taken off, or larger."
)
DUPLICATE_KEY: Final = state("duplicate-key", "An object in the body has the same member name twice.")
DUPLICATE_TERM: Final = state("duplicate-term", "An object says one thing twice in different spellings.")
ENDS_BEFORE_START: Final = state("ends-before-start", "The agreement would end before it starts.")
FIELDS_MISSING: Final = state(
    "fields-missing", "The undertaking is for fewer parts of the intention than are kept back."
)
FORBIDDEN_CHARACTER: Final = state(
    "forbidden-character", "The body has a character that text must not contain."
)
FOREIGN_DOCUMENT: Final = state(
    "foreign-document", "A document has nothing to do with the negotiation or the parties at hand."
)
FOREIGN_KEY: Final = state(
    "foreign-key", "A key of the bundle and the signatures in it do not belong together."
)
FOREIGN_ORIGIN: Final = state("foreign-origin", "A document or a key is not of its actor's origin.")
HIDDEN_TEXT: Final = state(
    "hidden-text",
    "A text that is to be signed has parts, or styles, that could hide something from its reader.",
)
HOLDS_TOO_LONG: Final = state(
    "holds-too-long", "The acceptance asks for a countersignature after the end of the offer."
)
ILLEGAL_HISTORY: Final = state(
    "illegal-history", "The documents are not those of a negotiation that led to an agreement."
)
ILLEGAL_TRANSITION: Final = state(
    "illegal-transition", "The state of the negotiation does not allow this move."
)
INEXACT_NUMBER: Final = state("inexact-number", "A number is of a type that is not exact.")
IRI_INVALID: Final = state("iri-invalid", "An address is not a web address in its plain form.")
JSON_LD_REFUSED: Final = state(
    "json-ld-refused", "The document uses a JSON-LD structure that is not taken here."
)
JSON_LD_TOO_LARGE: Final = state(
    "json-ld-too-large", "The document has too many values to read in this spelling."
)
KEY_EXPIRED: Final = state("key-expired", "The key is past the end that its owner set.")
KEY_FOREIGN: Final = state("key-foreign", "The key does not belong to the origin of the actor.")
KEY_GONE: Final = state("key-gone", "The actor that the key belongs to does not exist any more.")
KEY_MALFORMED: Final = state("key-malformed", "The key cannot be read.")
KEY_UNKNOWN: Final = state(
    "key-unknown", "The actor lists no such key, or not as one of its own that can be read."
)
MALFORMED_AMOUNT: Final = state("malformed-amount", "An amount is not a decimal text such as 24.90.")
MALFORMED_CATEGORY: Final = state("malformed-category", "The category is not an absolute URI.")
MALFORMED_COUNT: Final = state(
    "malformed-count", "A number of uses is not a whole number from 1 to 1,000,000."
)
MALFORMED_DAYS: Final = state("malformed-days", "A number of days is not written as P0D to P99999D.")
MALFORMED_DURATION: Final = state("malformed-duration", "A duration is not of the form P1Y2M3W4D.")
MALFORMED_JSON: Final = state("malformed-json", "The body is not valid JSON.")
MALFORMED_NUMBER: Final = state("malformed-number", "A number is not a decimal text.")
MALFORMED_PARTIES: Final = state("malformed-parties", "The parties are not one offerer and one offeree.")
MALFORMED_RATE: Final = state(
    "malformed-rate",
    "A price for each unit needs the unit and an estimate of how many, and no other price line has them.",
)
MALFORMED_RECURRENCE: Final = state(
    "malformed-recurrence", "How often a price line recurs is incomplete or out of bounds."
)
MALFORMED_SALT: Final = state("malformed-salt", "The salt is not 128 bits in base64url.")
MALFORMED_SPECIFICATION: Final = state(
    "malformed-specification", "A specification needs either a value or bounds, the lower one first."
)
MALFORMED_TIME: Final = state(
    "malformed-time", "A time is not an RFC 3339 date and time with an offset from UTC."
)
MISSING_MEMBER: Final = state("missing-member", "A member that has to be there is missing.")
MISSING_PRICE: Final = state("missing-price", "There is no price.")
MISSING_START: Final = state("missing-start", "A price that runs until a date needs a start.")
MIXED_CURRENCIES: Final = state("mixed-currencies", "The lines of one price are in different currencies.")
MOVE_TOO_LARGE: Final = state(
    "move-too-large", "A move of a negotiation is kept whole, and this one is over 131,072 bytes."
)
NEGATIVE_QUANTITY: Final = state("negative-quantity", "A quantity is below zero.")
NO_LEAVING: Final = state("no-leaving", "The agreement has neither a notice period nor an end.")
NOT_AN_OBJECT: Final = state("not-an-object", "The body is not a JSON object.")
NOT_CANONICAL: Final = state(
    "not-canonical", "The file is not in canonical form: it was changed, if only in its spacing."
)
NOT_CANONICALISABLE: Final = state(
    "not-canonicalisable", "The document has something that JSON cannot carry."
)
NOT_EVIDENCE: Final = state("not-evidence", "The file is not an evidence bundle.")
NOT_THE_FIRST_PARTY: Final = state(
    "not-the-first-party", "Only the customer of an agreement grants something under its terms."
)
NOT_THE_SECOND_PARTY: Final = state(
    "not-the-second-party", "The grant is for another than the business of its agreement."
)
NOTHING_IN_RETURN: Final = state(
    "nothing-in-return", "The intention gives nothing in return, and an offer here has a price."
)
NOTICE_EXCEEDS_TERM: Final = state(
    "notice-exceeds-term", "The notice period is longer than the agreement it would end."
)
NOTICE_OUT_OF_RANGE: Final = state(
    "notice-out-of-range", "A notice period is at least one day and at most ten years."
)
NUMBER_OUT_OF_RANGE: Final = state(
    "number-out-of-range", "The body has a number that not every reader can hold."
)
NUMBER_TOO_LONG: Final = state("number-too-long", "A number has more than 12 integer digits or 6 decimals.")
OFFER_EXPIRED: Final = state("offer-expired", "The offer had ended by then.")
OFFER_MISMATCH: Final = state("offer-mismatch", "The final agreement does not fit the offer it accepts.")
ONE_PURPOSE: Final = state("one-purpose", "A grant is for one purpose, in all that it permits.")
PARTIES_MISMATCH: Final = state(
    "parties-mismatch", "The final agreement names other parties or keys than those who negotiated it."
)
PAYMENT_AFTER_END: Final = state(
    "payment-after-end", "A payment would fall due after the agreement has ended."
)
POLICY_EXCEEDS_ROSTER: Final = state(
    "policy-exceeds-roster", "The policy permits more than the agreement that it claims, or obliges to less."
)
POLICY_OVERLAP: Final = state(
    "policy-overlap", "Two permissions of a policy speak of the same use of the same data."
)
POLICY_PROFILE: Final = state(
    "policy-profile", "The policy is not of the profile that this node understands."
)
PRICE_MISMATCH: Final = state("price-mismatch", "The offer is for another price than the intention states.")
PRICE_TOO_LARGE: Final = state("price-too-large", "The price comes to a trillion or more.")
PROOF_FORBIDDEN: Final = state("proof-forbidden", "What tells facts has a proof, and must not have one.")
PROOF_INVALID: Final = state(
    "proof-invalid", "The proof does not hold for the document, or is not of the kind taken here."
)
PROOF_REQUIRED: Final = state("proof-required", "The document has no proof of who made it.")
PURPOSE_REQUIRED: Final = state("purpose-required", "A permission does not say for what.")
QUANTITY_MISMATCH: Final = state(
    "quantity-mismatch", "The offer is for another amount than the intention asks for."
)
RECIPIENT_MISPLACED: Final = state(
    "recipient-misplaced", "A permission names who else gets the data, and does not share it."
)
RECIPIENT_REQUIRED: Final = state(
    "recipient-required", "A permission shares data and does not say with whom."
)
REFERENCE_EXPECTED: Final = state(
    "reference-expected", "A member that names something by its address does not."
)
RENEWAL_INCOMPLETE: Final = state(
    "renewal-incomplete", "What renews by itself does not say for how long, or how late it can be left."
)
REPEATED_DUTY: Final = state("repeated-duty", "A policy obliges to the same thing twice.")
REPEATED_OPERAND: Final = state("repeated-operand", "A permission has two limits of one kind.")
REPEATED_PROPERTY: Final = state("repeated-property", "A property of the offered thing is stated twice.")
RETENTION_REQUIRED: Final = state(
    "retention-required", "A permission stores data and does not say for how long."
)
ROSTER_DIGEST: Final = state(
    "roster-digest", "The terms claim another edition of an agreement than this node has."
)
ROSTER_MISMATCH: Final = state("roster-mismatch", "Another agreement was signed than the intention asks for.")
ROSTER_UNKNOWN: Final = state("roster-unknown", "The terms claim an agreement that is not in the roster.")
SATISFIES_PRIMARY: Final = state(
    "satisfies-primary", "The first commitment does not satisfy what the intention wants."
)
SATISFIES_RECIPROCAL: Final = state(
    "satisfies-reciprocal", "The second commitment does not satisfy what the intention gives."
)
SHARE_APART: Final = state("share-apart", "A permission shares data and does something else with it as well.")
SIGNATURE_AMBIGUOUS: Final = state(
    "signature-ambiguous", "The request has more signatures, or more readings of one, than can be told apart."
)
SIGNATURE_INVALID: Final = state("signature-invalid", "The signature does not fit the request.")
SIGNATURE_MALFORMED: Final = state(
    "signature-malformed", "The signature, or a header field that belongs to it, cannot be read."
)
SIGNATURE_MISSING: Final = state("signature-missing", "The request is not signed.")
SINGLE_VALUE_EXPECTED: Final = state(
    "single-value-expected", "A member that has one value was given several."
)
STALE: Final = state("stale", "The signature was not made recently.")
SUM_MISMATCH: Final = state("sum-mismatch", "The price lines do not come to the stated total.")
SUPERSEDES_MISMATCH: Final = state(
    "supersedes-mismatch", "The agreement replaces another one than was agreed."
)
TERMS_CHANGED: Final = state("terms-changed", "The final agreement has other terms than the offer.")
TEXT_MISMATCH: Final = state(
    "text-mismatch", "A plain text whose digest the terms state is not the text of these terms."
)
TEXT_TOO_LONG: Final = state("text-too-long", "A text is longer than its member may be.")
TEXT_UNKNOWN: Final = state(
    "text-unknown", "No plain text is of an edition that is known here, so nobody can read what is signed."
)
TIME_OUT_OF_RANGE: Final = state("time-out-of-range", "A time lies outside the years 1 to 9999.")
TIMES_REVERSED: Final = state("times-reversed", "A document is older than the one it answers.")
TOO_DEEP: Final = state("too-deep", "The body is nested deeper than this node reads.")
TOO_MANY: Final = state("too-many", "A list has more elements than its member may have.")
TOO_MANY_PARTS: Final = state(
    "too-many-parts", "The body has more objects and lists in it than this node reads."
)
UNIT_MISMATCH: Final = state(
    "unit-mismatch", "Two quantities that belong together are counted in different units."
)
UNKNOWN_ACTION: Final = state(
    "unknown-action",
    "Something is to be done that is not among what can be done there.",
)
UNKNOWN_ACTIVITY: Final = state(
    "unknown-activity", "There is no such activity here, or none that this node knows what to do with."
)
UNKNOWN_CURRENCY: Final = state("unknown-currency", "The currency is not one this node knows.")
UNKNOWN_DELIVERY: Final = state("unknown-delivery", "The grant is neither pull, nor once, nor push.")
UNKNOWN_DISPUTE_VENUE: Final = state(
    "unknown-dispute-venue", "Where disputes are decided is none of: courts, choice, arbitration."
)
UNKNOWN_FIELD: Final = state("unknown-field", "A policy names a piece of data that is not in the registry.")
UNKNOWN_KIND: Final = state("unknown-kind", "The kind of a price line is not one that this node understands.")
UNKNOWN_LANGUAGE: Final = state("unknown-language", "A plain text of the terms is neither in en nor in de.")
UNKNOWN_MEMBER: Final = state(
    "unknown-member", "An object of an agreement has a member that this node does not understand."
)
UNKNOWN_NECESSITY: Final = state(
    "unknown-necessity", "The necessity of a specification is not one that this node understands."
)
UNKNOWN_OPERAND: Final = state(
    "unknown-operand", "A permission is limited by something that this node does not understand."
)
UNKNOWN_OPERATOR: Final = state("unknown-operator", "A limit compares in a way that its kind does not have.")
UNKNOWN_PER: Final = state(
    "unknown-per", "The period that something is paid for is not one that this node understands."
)
UNKNOWN_PLACE: Final = state("unknown-place", "A limit names a place other than a country, EU27 or EEA30.")
UNKNOWN_PRICE_CHANGES: Final = state(
    "unknown-price-changes", "How the price may change is none of: none, agreed, notified, free."
)
UNKNOWN_PRICE_PUBLICATION: Final = state(
    "unknown-price-publication", "Whether the price may be told is none of: free, anonymous, forbidden."
)
UNKNOWN_PURPOSE: Final = state(
    "unknown-purpose", "A policy names a purpose that is not one, or that says nothing."
)
UNKNOWN_RECIPIENT: Final = state(
    "unknown-recipient", "A permission names a recipient that is neither a party nor a class of them."
)
UNKNOWN_RENEWAL: Final = state(
    "unknown-renewal", "How the agreement is renewed is none of: none, offered, automatic."
)
UNKNOWN_RETURN_COSTS: Final = state(
    "unknown-return-costs", "Who pays for returning something is none of: seller, customer."
)
UNKNOWN_ROLE: Final = state("unknown-role", "The role of a party is not one that this node understands.")
UNKNOWN_TERM_CHANGES: Final = state(
    "unknown-term-changes", "How the terms may change is none of: agreed, notified, free."
)
UNSUPPORTED_PURPOSE: Final = state(
    "unsupported-purpose", "The proposal is of another purpose than is taken here."
)
UNTIL_BEFORE_START: Final = state("until-before-start", "A recurring price ends before it starts.")
WEAK_KEY: Final = state("weak-key", "The key is of a kind or size that this node does not trust.")
WEBFINGER_FOREIGN_ACTOR: Final = state(
    "webfinger-foreign-actor", "The host names an actor that lives on another host."
)
WEBFINGER_MISMATCH: Final = state(
    "webfinger-mismatch", "The host answered about another account than was asked for."
)
WEBFINGER_NO_ACTOR: Final = state(
    "webfinger-no-actor", "The host knows the account but names no actor for it."
)
WEBHOOK_HEADERS: Final = state(
    "webhook-headers", "The headers of a webhook are missing, or one of them cannot be read."
)
WEBHOOK_KEY: Final = state(
    "webhook-key",
    "This is no key of a webhook: whsec_ or whpk_ and base64 behind it, as its other end shows it.",
)
WEBHOOK_LATE: Final = state("webhook-late", "The webhook was not signed within five minutes of now.")
WEBHOOK_SIGNATURE: Final = state("webhook-signature", "No key that is known has signed this webhook.")
WIDER_THAN_AGREEMENT: Final = state(
    "wider-than-agreement", "The grant permits more than the agreement that it is under."
)
WINDOW_REVERSED: Final = state("window-reversed", "The window ends before it starts.")
WRONG_KEY: Final = state("wrong-key", "The key is another than the one that has to sign.")
WRONG_OBJECT: Final = state("wrong-object", "The activity answers something it cannot be an answer to.")
WRONG_SHAPE: Final = state("wrong-shape", "Where one thing is expected stands something else.")
WRONG_TYPE: Final = state("wrong-type", "An object is of another type than is expected there.")
ZERO_PRICE: Final = state("zero-price", "The price has no amount above zero.")
ZERO_QUANTITY: Final = state("zero-quantity", "Nothing is promised or wanted: the quantity is zero.")
