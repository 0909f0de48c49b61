"""What the owner's API answers about several offers side by side, and about one move by move."""

from collections.abc import Mapping
from typing import Final

from node.core.comparison import Basis
from node.core.linter import Severity
from node.core.standings import Judgement
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
from protocol.negotiation import Party

# What a standing offer has beside others, besides what every offer has.
COMPARED: Final[Mapping[str, Schema]] = {
    "rank": whole("Its place, 1 for the best."),
    "difference": items(
        "What was wanted, what is offered (`stated`, as it was written), whether that fits, by how much it is"
        " `off`, and whether it is the `best` of several.",
        OBJECT,
    ),
    "judgement": word("What is to be said of it first.", *Judgement),
    "above_limit": text("By how much its total is above your limit, below zero if under it.", nullable=True),
    "above_lowest": text("By how much it costs more than the lowest that fits.", nullable=True),
    "known_since": MOMENT,
    "within_limit": yes(
        "Whether the total is within your limit; null without a limit, or without a total to compare.",
        nullable=True,
    ),
    "signature": text("The verdict on its signature."),
    "lowest": yes("Whether it has the lowest total of several with like terms: as long, and for as much."),
    "held": yes("Whether its maker has a new key that waits for you to confirm it."),
    "months": text("How long its terms run; null for what is bought.", nullable=True),
    "monthly": text("What a month costs, beside what is charged once.", nullable=True),
    "cost": text("What it costs by `basis`; null if nobody can know that.", nullable=True),
}
COMPARISON: Final = answered(
    "The standing offers to an intention side by side, the best first.",
    {
        "intention": ref("Intention"),
        "offers": items("The best 100, or those behind `skip`.", ref("ComparedOffer")),
        "count": whole("How many are compared: of more than 1,000 the newest."),
        "more": yes("Whether more offers stand than are compared."),
        "differ": items("Terms in which they are not all alike.", text("A member of an offer.")),
        "basis": word(
            "What the order goes by where as much is missed: the total; what a month costs, where terms are"
            " not as long; what some months cost.",
            *Basis,
        ),
        "weights": or_null(
            {
                **OBJECT,
                "description": "What mattered: `cost`, `fit` and `soon`, each 0 to 3; null if not asked.",
            }
        ),
        "over": whole(
            "For how many months, if by that: as asked for, or as the longest term.", nullable=True
        ),
    },
)
_ANYTHING: Final[Schema] = {"description": "As it stands in the terms."}
CHANGE: Final = answered(
    "One term that differs.",
    {"term": text("A member of the terms."), "before": _ANYTHING, "after": _ANYTHING},
)
CHANGES: Final = items("What the terms change of those before them, or of the agreement.", ref("Change"))
TERMS_FLAGS: Final = items(
    "What is odd about the terms, for who pays.",
    answered(
        "One flag.",
        {
            "code": text("Which."),
            "severity": word("What it does, as you set it.", *Severity),
            "sentence": text("What it means."),
        },
    ),
)
MOVE: Final = answered(
    "One move of a negotiation.",
    {
        "activity": IRI,
        "event": text("What it is."),
        "by": word("Who made it; the clock's are signed by nobody.", *Party),
        "at": MOMENT,
        "digest": text("digestMultibase of the activity; empty for the clock's."),
        "answers": IRI_OR_NULL,
        "answers_digest": text("Digest of what it answers.", nullable=True),
        "status": word("Whether it counts.", "applied", "void"),
        "place": whole("Place in your journal."),
        "terms": or_null(OBJECT),
        "changes": CHANGES,
        "ends_at": MOMENT_OR_NULL,
        "reason": text("What was said with it.", limit=PROSE),
    },
)
HISTORY: Final = answered(
    "Every move of a negotiation, in order.",
    {
        "offer": ID,
        "negotiation": IRI,
        "state": text("Where it stands."),
        "chain": items("Digests both ends share, the first offer's first.", text("Digest.")),
        "moves": items("Every move, those without effect too.", ref("Move")),
    },
)
