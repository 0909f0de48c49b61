"""Passages: what becomes of an offer at the door of terms about data, under the settings of a moment.

Rule here: it is told of an offer that stands, without deciding anything: what would be refused now was taken.
"""

from enum import StrEnum

from node.core.linter import refused
from node.core.negotiations import Negotiation
from node.core.term_settings import Beyond, Requires
from node.core.terms_door import BEYOND_MAXIMUM, HOLDING, TermsDoor, standing_flags


class Passage(StrEnum):
    """How far an offer gets, the less far the earlier."""

    REFUSED = "refused"  # nobody sees it
    HELD = "held"  # a person decides
    FREE = "free"  # a rule may accept it


def passage(negotiation: Negotiation, door: TermsDoor) -> Passage:
    """Return how far the offer that stands would get if it came now."""
    flags = standing_flags(negotiation, door)
    codes = {flag.code for flag in flags}
    if negotiation.begun.draft.terms is None and door.requires is Requires.ALWAYS:
        return Passage.REFUSED
    if refused(flags) or (door.beyond is Beyond.REFUSE and BEYOND_MAXIMUM in codes):
        return Passage.REFUSED
    return Passage.HELD if codes & HOLDING else Passage.FREE
