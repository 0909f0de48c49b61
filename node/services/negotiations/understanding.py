"""Understanding: whether the other end knows what terms about data are, before any are sent to it.

Rules that hold here:

- Who does not know them refuses the whole for a word. That somebody knows them is in what was said between
  us, which stays; else in their actor's document, which is forgettable, may be old, and is not fetched here.
- Who finds nothing is told whose document would tell (`TermsNotUnderstood.address`), and may ask and try
  again.
"""

from node.core import codes
from node.core.negotiations import Negotiation
from node.services.acting import Acting
from node.services.terms.speakers import knows_terms
from node.storage.session import Session
from protocol.errors import Conflict
from protocol.moves import Move


class TermsNotUnderstood(Conflict):
    """As far as is known here, the actor at an address does not understand terms about data."""

    def __init__(self, address: str) -> None:
        super().__init__(codes.TERMS_NOT_UNDERSTOOD)
        self.address = address


def check_understood(session: Session, acting: Acting, negotiation: Negotiation, move: Move) -> None:
    """Check that nobody is sent terms about data who would refuse the whole for a word they do not know.

    Raises:
        TermsNotUnderstood: `terms-not-understood`.
    """
    if move.draft is None or move.draft.terms is None:
        return
    address = negotiation.peer.address
    if not _has_had_some(negotiation) and not knows_terms(session, acting.origin, address):
        raise TermsNotUnderstood(address)


def _has_had_some(negotiation: Negotiation) -> bool:
    """Tell whether terms about data stand between us already, from whichever end: it took or wrote them."""
    thread, amended = negotiation.thread, negotiation.amended
    stated = [] if thread is None else [thread.draft, thread.countered]
    if any(draft is not None and draft.terms is not None for draft in stated):
        return True
    return amended is not None and "terms" in amended.document
