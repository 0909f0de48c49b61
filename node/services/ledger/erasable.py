"""What of the journal can be erased, and what is left of an entry whose bytes are gone.

Rules that hold here: what is left of a decision says what happened and to which thing, never what it said; an
entry without its bytes takes out of the tables of current state what cannot be told without them.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from node.core.entries import Entry
from node.services.ledger.projections import MOVES, Projector, project_nothing
from node.storage import agreements, intentions, messages, offers, stock
from node.storage.session import Session
from protocol.moves import Move


def project_erased_move(session: Session, _number: int, entry: Entry, _move: Move | None) -> None:
    """Leave out the whole negotiation of a move whose bytes were erased: the rest cannot be folded."""
    forget_negotiation(session, entry.decision["offer"])


def forget_negotiation(session: Session, offer: str) -> None:
    """Take a negotiation (its id), and what hangs on it, out of the tables of current state."""
    stock.forget_reservation(session, offer)
    messages.delete_messages(session, offer)
    agreements.delete_agreements(session, offer)
    offers.delete_offer(session, offer)


def project_erased_intention(session: Session, _number: int, entry: Entry, _move: Move | None) -> None:
    """Leave out an intention whose wording was erased; a later wording brings it back."""
    intentions.delete_intention(session, entry.actor, entry.decision["intention"])


# Members of a decision that are kept apart from the journal, by kind: large, or of a person, so that they can
# be erased. What is left of a decision says what happened, to which thing.
APART: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "intention.cast": frozenset({"document", "private"}),
        "intention.amended": frozenset({"document", "private"}),
        "intention.received": frozenset({"document"}),
        "message": frozenset({"content"}),
        "peer": frozenset({"name", "handle", "note"}),
        "profile": frozenset({"document"}),
        "pricelist": frozenset({"items"}),
    }
)

# What is done instead for an entry whose bytes were erased. A kind that is not here needs only what is left
# of its decision.
ERASED: Final[Mapping[str, Projector]] = MappingProxyType(
    {
        **{event.value: project_erased_move for event in MOVES},
        "intention.cast": project_erased_intention,
        "intention.amended": project_erased_intention,
        "intention.received": project_erased_intention,
        "profile": project_nothing,
        "pricelist": project_nothing,
    }
)
