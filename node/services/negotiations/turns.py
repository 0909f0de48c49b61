"""Turns: the kinds of entries at which a negotiation changes, for those who look at many of them."""

from typing import Final

TURNS: Final = (
    "offer",
    "reoffer",
    "counter",
    "recant",
    "reject",
    "accept",
    "withdraw",
    "countersign",
    "renege",
    "revoke",
    "leave",
    "message",
    "offer.expired",
    "offer.refused",
    "acceptance.lapsed",
    "agreement.concluded",
    "agreement.ended",
    "intention.expired",
    "intention.received",
)
"""Moves and messages of either side, and what time did; who reads the page adds what concerns them alone."""
