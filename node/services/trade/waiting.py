"""Why a wish waits for a person: what the rule looked for and did not find.

Rules that hold here:

- A reason is the first that applies, from what the rule does not answer at all to what the list lacks.
- Finding it costs a few looks into the index, however long the list is.
"""

from enum import StrEnum
from typing import Final

from node.core.assortments import kinds_sought, searches, unbounded
from node.core.matching import Rule
from node.services.acting import Acting
from node.services.intentions import signing
from node.storage import assortments
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from protocol.intentions import Intention

LOOKED_AT: Final = 200  # items of the kind among which one in the right unit is looked for


class Why(StrEnum):
    """Why the rule has made no offer to a wish."""

    SECOND = "second"  # an answer is written, and waits for another person's signature
    KEPT_BACK = "kept-back"  # a wish told in rings: more of it is told for a signature
    NO_RULE = "no-rule"
    CURRENCY = "currency"
    CATEGORY = "category"
    NOTHING_ALIKE = "nothing-alike"  # nothing on the list is of that category, or called so
    UNIT = "unit"  # what is alike is sold in units that do not convert, or not without a rest
    NONE_FITS = "none-fits"  # it is called otherwise, lacks a must, is not in stock, or comes too late


def why(session: Session, acting: Acting, row: IntentionRow, intention: Intention, rule: Rule | None) -> Why:
    """Return why a wish without an offer of ours has none. Reads only."""
    if signing.waits(session, acting.iri, row):
        return Why.KEPT_BACK
    if rule is None:
        return Why.NO_RULE
    if rule.currency != intention.currency:
        return Why.CURRENCY
    if rule.category not in ("", intention.category):
        return Why.CATEGORY
    kinds = kinds_sought(intention, rule)
    if kinds and not any(assortments.count_having(session, acting.iri, kind, limit=1) for kind in kinds):
        return Why.NOTHING_ALIKE
    alike = (
        assortments.has_item_having(session, acting.iri, search.kind[-1], unbounded(search), limit=LOOKED_AT)
        for search in searches(intention, rule, now=acting.now)
    )
    return Why.NONE_FITS if any(alike) else Why.UNIT
