"""Changes of an order, in the words of a note: what is proposed, what became of it, which terms differ."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from node.core.changes import changes
from node.core.crm_quotations import say_price
from protocol.negotiation import Event
from protocol.offers import Draft

_HOLDS: Final = "The order holds as it is."
_TEXT_CHARACTERS: Final = 200  # of one term: a note says what to look at, the evidence has all of it
_COMPUTED: Final = frozenset({"price", "total", "least", "currency"})

_SAID: Final[Mapping[Event, str]] = MappingProxyType(
    {
        Event.OFFER: "{who} proposed to change this order: {terms}. Until both have signed, nothing changes.",
        Event.REOFFER: "{who} proposed other terms for the change of this order: {terms}.",
        Event.COUNTER: "{who} asked for other terms of the change: {terms}.",
        Event.ACCEPT: "{who} accepted the change. It holds once it is countersigned.",
        Event.REJECT: "{who} rejected the change. " + _HOLDS,
        Event.RECANT: "{who} took back what they asked for instead of the change. " + _HOLDS,
        Event.WITHDRAW: "The proposed change was taken back. " + _HOLDS,
        Event.RENEGE: "{who} could not perform the change. " + _HOLDS,
        Event.REVOKE: "{who} revoked that they accepted the change. " + _HOLDS,
        Event.EXPIRE: "The proposed change expired. " + _HOLDS,
        Event.LAPSE: "The accepted change lapsed before it was countersigned. " + _HOLDS,
        Event.REFUSE: "The proposed change never arrived. " + _HOLDS,
    }
)
_ANSWERED: Final = frozenset({Event.OFFER, Event.REOFFER, Event.COUNTER})


def say_step(event: Event, *, ours: bool, terms: str, reason: str = "") -> str:
    """Say one step on the way to a change, "" for one that is said otherwise; `ours` says whether we made it.

    `terms` are those of the step, in which it differs from what holds.
    """
    said = _SAID.get(event, "").format(who="We" if ours else "The customer", terms=terms)
    answer = "" if ours or event not in _ANSWERED else "Answer it in your node."
    return " ".join(part for part in (said, reason if said else "", answer) if part)


def say_changes(before: Draft, after: Draft) -> str:
    """Say in which terms one draft differs from another."""
    priced = f"{say_price(after.price)} (was {say_price(before.price)})"
    said = _say_others(before, after)
    return "; ".join([*([] if before.price == after.price else [priced]), *said]) or "the same terms"


def say_asked(before: Draft, after: Draft) -> str:
    """Say what is asked for instead of an offer: the price in any case, and which other terms differ."""
    return "; ".join([say_price(after.price), *_say_others(before, after)])


def _say_others(before: Draft, after: Draft) -> list[str]:
    return [
        f"{change.term}: {_say(change.after)} (was {_say(change.before)})"
        for change in changes(before, after)
        if change.term not in _COMPUTED
    ]


def _say(value: Any) -> str:
    if isinstance(value, Mapping):
        text = " ".join(str(each) for each in value.values() if each)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        text = ", ".join([_say(each) for each in value])
    else:
        text = str(value or "")
    text = text or "none"
    return text if len(text) <= _TEXT_CHARACTERS else f"{text[:_TEXT_CHARACTERS]}…"
