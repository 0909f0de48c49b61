"""Why a move cannot be made now, in a sentence that says what can.

Rules here: the node decides; only its refusal of a move that the negotiation has no place for is said in
other words, by the state and the end of the one who asked.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

from node.core import codes
from node.terminal import holding, phrases
from node.terminal.call import CommandCall
from node.terminal.failures import Failure, from_problem
from protocol import codes as wire

# What the one who got an offer is told, by its state.
_OFFEREE: Final = {
    "offered": "Only the side that made this offer can do that.",
    "countered": (
        "You have countered this offer: wait for the answer."
        " Taking that back with withdraw leaves the offer rejected."
    ),
    "rejected": "You have rejected this offer, or asked for other terms instead; its maker may make another.",
    "withdrawn": "The other side has withdrawn this offer.",
    "expired": "This offer has expired; its maker may make another.",
    "accepted": "You have accepted this offer already; it lapses unless the other side countersigns.",
}
_HELD: Final = "You have accepted this offer, and that has not left yet: undo your acceptance first."
# What its maker is told.
_OFFERER: Final = {
    "offered": "Your offer stands; it is for the other side to answer it.",
    "countered": "The other side asked for other terms: answer with reoffer, or let it expire.",
    "rejected": "The other side has rejected this offer; you may make another with reoffer.",
    "withdrawn": "You have withdrawn this offer already.",
    "expired": "This offer has expired.",
    "refused": "The other side's server refused this offer, so it never began; you may make another.",
    "accepted": "The other side has accepted this offer: countersign it, or renege, before it lapses.",
}
# What both are told, of an offer as of the agreement it became.
_BOTH: Final = {
    "concluded": "Both sides have signed; only its own terms and an amendment can change it now.",
    "lapsed": "The acceptance was not countersigned in time; nobody is bound any more.",
    "reneged": "The side that made the offer has reneged on it.",
    "superseded": "An amendment has taken its place.",
    "ending": "Notice has been given; it is about to end.",
    "ended": "It has ended.",
    "void": "This acceptance was undone, or the other side did not take it; there is no agreement.",
}

# What one can do where it was the other side's turn, by the end of the one who asked.
_ANSWERS: Final = {
    "offeree": "An offer that you got is answered with accept, counter or reject.",
    "offerer": "An offer that you made is replaced with reoffer, or taken back with withdraw.",
}


@contextmanager
def explained(call: CommandCall, path: str) -> Iterator[None]:
    """Say what is the matter with the offer or agreement at `path` if it does not allow the move within.

    Raises:
        Failure: the node refused.
    """
    try:
        yield
    except Failure as failure:
        if failure.code == codes.NOT_YOUR_MOVE:
            failure.hint = failure.hint or _ANSWERS.get(str(call.node.get(path).get("role")), "")
        if failure.code != wire.ILLEGAL_TRANSITION:
            raise
        deal = holding.marked(call, call.node.get(path))
        sentence = why(deal)
        if not sentence:
            raise
        noun, id = path.strip("/").split("/")
        see = f"See: freehold {noun.removesuffix('s')} show {phrases.short(id)}"
        if deal.get("undoable_until"):
            see = undo_with(deal)
        problem = {**failure.problem, "detail": f"{sentence} Nothing sent.", "hint": see}
        raise from_problem(problem, HTTPStatus.CONFLICT) from failure


def undo_with(deal: Mapping[str, Any]) -> str:
    """Say how an acceptance that has not left is undone."""
    return f"Undo it with: freehold offer undo {phrases.short(str(deal.get('offer') or deal['id']))}"


def why(deal: Mapping[str, Any]) -> str:
    """Return the sentence for an offer or agreement (as `holding.marked`), empty where there is none."""
    if deal.get("undoable_until"):
        return _HELD
    state = str(deal.get("state"))
    own = _OFFERER if deal.get("role") == "offerer" else _OFFEREE
    return own.get(state) or _BOTH.get(state, "")
