"""Terms in the owner's API: how each may be sent and how it is answered, in one row of `TERMS`."""

from collections.abc import Mapping
from typing import Final

from node.web.api.members import (
    ANY_TEXT,
    CURRENCY,
    DECIMAL,
    MOMENT,
    MOMENT_OR_NULL,
    MONEY_OR_NULL,
    OBJECT,
    items,
    or_null,
    ref,
    sent,
    text,
    word,
)
from node.web.api.schemas import Schema
from protocol.prices import FORMS, LINES_LIMIT
from protocol.times import Period
from protocol.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedTerm:
    """A term by its name in `core.drafts`: what may be sent, None for what is computed; what is answered."""

    name: str
    sent: Schema | None
    answered: Schema


LIST: Final = 64  # specifications, properties: as many as the protocol's readers take

QUANTITY: Final[Schema] = {
    "anyOf": [DECIMAL, sent("How much.", {"value": or_null(DECIMAL), "unit": text("Such as one, kg, h.")})]
}
PROPERTY: Final[Mapping[str, Schema]] = {
    "property": text("Which property."),
    "value": {"anyOf": [DECIMAL, text("What it is.")]},
    "unit": text("The unit the number is in."),
}
PRICE_LINE: Final[Mapping[str, Schema]] = {
    "kind": word("Paid once, every period, taken off, or paid for each unit.", *FORMS),
    "amount": DECIMAL,
    "currency": CURRENCY,
    "label": text("What it is for."),
    "per": word("The period.", *Period),
    "count": {"type": "integer", "minimum": 1, "maximum": 1_200, "description": "Number of periods."},
    "until": MOMENT,
    "unit": text("Of what the amount is for one, such as hour."),
    "estimate": DECIMAL,
}

# As on the wire, where a policy and conditions are read to the letter; who deals with whom is filled in.
DATA_TERMS: Final[Schema] = sent(
    "What may be done with the customer's data, and on which conditions.",
    {
        "type": word("What it is on the wire.", "Terms"),
        "policy": {"type": "object", "description": "A policy, as `freehold terms lint` reads it."},
        "conditions": {"type": "object", "description": "The conditions that are not as by default."},
        "roster": {
            "anyOf": [text("An agreement that the policy keeps to, such as SD-BASE-DP."), OBJECT],
        },
        "firstParty": text("Filled in; what is sent is passed over."),
        "secondParty": text("Filled in; what is sent is passed over."),
        "plainText": items("Filled in; what is sent is passed over.", OBJECT, limit=LIST),
    },
    required=["policy"],
)

# In the order in which they are shown.
TERMS: tuple[DescribedTerm, ...] = (
    DescribedTerm(name="name", sent=text("What is offered."), answered=ANY_TEXT),
    DescribedTerm(name="quantity", sent=QUANTITY, answered=ref("Quantity")),
    DescribedTerm(
        name="price",
        sent=items(
            "What it costs.",
            sent("One line.", PRICE_LINE, required=["kind", "amount", "currency"]),
            limit=LINES_LIMIT,
            least=1,
        ),
        answered=items("The price, line by line.", ref("PriceLine")),
    ),
    DescribedTerm(name="total", sent=None, answered=MONEY_OR_NULL),
    DescribedTerm(
        name="least",
        sent=None,
        answered=text(
            "What is owed at least, as decimal text, where nobody can know the total; else null.",
            limit=40,
            nullable=True,
        ),
    ),
    DescribedTerm(name="currency", sent=None, answered=CURRENCY),
    DescribedTerm(name="category", sent=text("The kind of thing, as an IRI."), answered=ANY_TEXT),
    DescribedTerm(
        name="properties",
        sent=items("What it is.", sent("One.", PROPERTY, required=["property", "value"]), limit=LIST),
        answered=items("What it is.", ref("Property")),
    ),
    DescribedTerm(name="starts_at", sent=MOMENT_OR_NULL, answered=MOMENT_OR_NULL),
    DescribedTerm(name="ends_at", sent=MOMENT_OR_NULL, answered=MOMENT_OR_NULL),
    DescribedTerm(
        name="notice",
        sent=text("Notice period, ISO 8601, such as P1M.", nullable=True),
        answered=text("Notice period, ISO 8601.", nullable=True),
    ),
    DescribedTerm(name="content", sent=ANY_TEXT, answered=ANY_TEXT),
    DescribedTerm(name="terms", sent=or_null(DATA_TERMS), answered=or_null(OBJECT)),
)


def sent_terms() -> dict[str, Schema]:
    """Return what the owner may say of each term."""
    return {term.name: term.sent for term in TERMS if term.sent is not None}


def answered_terms() -> dict[str, Schema]:
    """Return how each term is answered."""
    return {term.name: term.answered for term in TERMS}
