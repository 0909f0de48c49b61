"""Turns: the kinds of entries at which a negotiation changes, for those who look at many of them."""

from typing import Final

from node.services.negotiations.chapter import MOVES
from node.services.negotiations.concluding import CONCLUDED
from node.services.negotiations.revoking import LAPSED
from node.services.negotiations.undoing import UNTAKEN
from protocol.negotiation import Event

TURNS: Final = (
    *(event.value for event in MOVES if event is not Event.ACKNOWLEDGE),
    *("message", "offer.expired", UNTAKEN, LAPSED, CONCLUDED, "agreement.ended"),
    *("intention.expired", "intention.received"),
)
"""Moves and messages of either side, and what time did; who reads the page adds what concerns them alone."""
