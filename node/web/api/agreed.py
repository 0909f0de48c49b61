"""What the owner's API answers about what was agreed."""

from collections.abc import Mapping
from typing import Final

from node.core.alerts import AlertKind
from node.web.api.comparisons import CHANGES, TERMS_FLAGS
from node.web.api.drafts import answered_terms
from node.web.api.members import (
    ID,
    IRI,
    IRI_OR_NULL,
    MOMENT,
    MOMENT_OR_NULL,
    OBJECT,
    PROSE,
    answered,
    items,
    or_null,
    ref,
    text,
    whole,
    word,
    yes,
)
from node.web.api.schemas import Schema
from protocol.times import Period

HOLDS_UNTIL: Final = {
    **MOMENT_OR_NULL,
    "description": "By when an acceptance has to be countersigned; then it lapses, and nobody is bound.",
}
_ALERT: Final = answered(
    "One thing to know: what was to be done and nobody has confirmed, a price that rises, the last day for"
    " notice, or that it ends.",
    {
        "kind": word("What it is.", *AlertKind),
        "at": {**MOMENT, "description": "When it is, or was to be."},
        "act_by": {**MOMENT_OR_NULL, "description": "The last day on which notice avoids it."},
        "per": or_null(word("Of a price, how often it is charged.", *Period)),
        "before": text("Of a price, what is charged each time until then.", nullable=True),
        "after": text("Of a price, what is charged each time from then on.", nullable=True),
    },
)

AGREED: Final[Mapping[str, Schema]] = {
    "Agreement": answered(
        "What was agreed.",
        {
            "id": ID,
            "iri": IRI,
            "state": text("Where it stands."),
            "role": word("Your end of it.", "offerer", "offeree"),
            "pays": yes("Whether you are who pays."),
            "peer": ref("PeerName"),
            **answered_terms(),
            "holds_until": HOLDS_UNTIL,
            "leaves_at": MOMENT_OR_NULL,
            "own_confirmed_at": MOMENT_OR_NULL,
            "peer_confirmed_at": MOMENT_OR_NULL,
            "digest": text("digestMultibase of the agreement."),
            "supersedes": IRI_OR_NULL,
            "reason": text("Why the side that made the offer backed out, in its words.", limit=PROSE),
            "accepted_at": MOMENT,
            "concluded_at": {**MOMENT_OR_NULL, "description": "The same, once both have signed; else null."},
            "leaves_earliest": {**MOMENT_OR_NULL, "description": "When it ends if notice is given now."},
            "withdraws_until": {
                **MOMENT_OR_NULL,
                "description": "Until when the customer can withdraw, or could; null if never.",
            },
            "still_due": text("What falls due from now on; null if nobody can know.", nullable=True),
            "monthly": text("What a month costs of what goes on; null for what is done with.", nullable=True),
            "alerts": items("What has to be known now, the soonest first.", _ALERT),
            "flags": TERMS_FLAGS,
            "offer": ID,
            "document": OBJECT,
            "plain": text("What it means now, a sentence a line.", limit=100_000),
        },
    ),
    "Leavings": answered(
        "The notices that were given of an agreement.",
        {"items": items("Each, the oldest first, with those that do not count.", ref("Leaving"))},
    ),
    "Leaving": answered(
        "A notice. One of yours that the other side refuses counts all the same if it keeps the terms.",
        {
            "activity": IRI,
            "own": yes("Whether it is yours."),
            "at": MOMENT,
            "leaves_at": {**MOMENT_OR_NULL, "description": "The day that it names."},
            "counts": yes("Whether it counts."),
            "withdrawal": yes("Whether it is the customer's, signed within the time to withdraw."),
            "delivery": text("Where the delivery of yours stands; null once it is forgotten.", nullable=True),
            "settled_at": {**MOMENT_OR_NULL, "description": "When that was settled."},
            "undelivered_at": {
                **MOMENT_OR_NULL,
                "description": "Since when yours is known not to arrive; it is sent again.",
            },
            "unanswered_at": {
                **MOMENT_OR_NULL,
                "description": "When it was decided that yours counts although nobody answered it in time.",
            },
            "refused_at": {**MOMENT_OR_NULL, "description": "When the other side refused it, if it did."},
            "status": whole("The HTTP status with which it did.", nullable=True),
            "said": text("That in a sentence; empty if it did not."),
            "objection": text(
                "The code of the rule by which it does not count then; null if it does.", nullable=True
            ),
            "document": or_null({**OBJECT, "description": "The notice as it was signed."}),
        },
    ),
    "Succession": answered(
        "How an agreement stands now, against how it was agreed.",
        {
            "then": {**ID, "description": "The first of the line; itself, if another took its place."},
            "then_at": MOMENT,
            "now": {**ID, "description": "The last of the line."},
            "now_at": MOMENT,
            "steps": whole("How often one took the place of another between them."),
            "changes": CHANGES,
        },
    ),
}
