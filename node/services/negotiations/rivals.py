"""Rivals: what an intention of ours leaves open when it is met or taken back is rejected.

Rules that hold here:

- Closing an intention is one transaction; its rivals are answered after it, some at a time, so that no write
  takes longer the more of them there are.
- What is left to do follows from the tables, and the cursor moves in the last step: a crash at any point goes
  on where it stood, and nobody is answered twice.
- From the moment the intention is closed none of them can be accepted any more, answered yet or not
  (`node.core.conditions`).
- An intention ends once: an award after its withdrawal or deadline is no news to those who were told of it.
- An award is an agreement that both sides signed, or the acceptance of a plain offer that has arrived. One
  that may still lapse turns nobody away.
- A counter of ours is taken back, as nothing may answer it any more: it would wait at the other end, and
  hold what was offered there, until it expires.
- Nobody learns who was chosen. Who is blocked is told nothing: their offers stand until they expire.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from node.core.entries import Direction, Entry
from node.core.intentions import IntentionState
from node.core.negotiations import Negotiation
from node.services.acting import Acting
from node.services.intentions.ending import WITHDRAWN, announce_end
from node.services.ledger.chapters import Follower
from node.services.negotiations.concluding import CONCLUDED
from node.services.negotiations.loading import load_many
from node.services.negotiations.making import make, recantation, rejection
from node.storage import intentions, offers
from node.storage.intentions import IntentionRow
from node.storage.journal import Recorded
from node.storage.session import Session
from protocol.errors import ProtocolError
from protocol.negotiation import Event, State
from protocol.values import dataclass

STEP: Final = 20  # rejections in one write: some 27 ms of CPU, signatures and all

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Closing:
    """An intention of ours that was closed, and the opening and id of the last rival that was looked at.

    `ends` tells whether those who were told of the intention have yet to hear that it takes no more offers.
    """

    intention: IntentionRow
    ends: bool
    after: tuple[datetime, str] | None = None


def look(session: Session, _acting: Acting, recorded: Recorded) -> Closing | None:
    """Return the intention of ours that an entry closed; an amendment closes none."""
    entry = recorded.entry
    if not _may_close(entry):
        return None
    if entry.kind == WITHDRAWN:
        iri = entry.decision["intention"]
    else:
        offer = offers.load_offer(session, entry.actor, entry.decision["offer"])
        iri = None if offer is None or offer.amends is not None else offer.intention
    intention = None if iri is None else intentions.load_intention_by_iri(session, entry.actor, iri)
    if intention is None or not intention.own:
        return None
    return Closing(intention, ends=_ends(entry, intention))


def _may_close(entry: Entry) -> bool:
    """Tell whether an entry can have closed an intention of ours: taken back by us, or its award."""
    return entry.direction is (Direction.IN if entry.kind == Event.COUNTERSIGN.value else Direction.LOCAL)


def _ends(entry: Entry, intention: IntentionRow) -> bool:
    """Tell whether an entry that closed an intention is what ended it.

    Once it was taken back or its deadline had passed, a word about an award would say that there was one.
    """
    if entry.kind == WITHDRAWN:
        return True
    # The deadline counts as it stood when the award came, whether or not our clock had acted on it.
    lapsed = intention.deadline is not None and intention.deadline <= entry.at
    return intention.state is IntentionState.AWARDED and not lapsed


def answer_some(session: Session, acting: Acting, closing: Closing, *, limit: int = STEP) -> Closing | None:
    """Reject some rivals, at most `limit`, of a closed intention. Call inside a write.

    Returns where to go on, or None after the last: then those who were told of the intention hear that it
    takes no more offers, unless it had ended before.
    """
    intention = closing.intention
    rows = offers.open_rivals(session, acting.iri, intention.iri, after=closing.after, limit=limit)
    for negotiation in load_many(session, acting.iri, rows, wanted=[intention]).values():
        if not negotiation.peer.blocked:
            _reject(session, acting, negotiation)
    if len(rows) == limit:
        return replace(closing, after=(rows[-1].opened_at, rows[-1].id))
    if closing.ends:
        announce_end(session, acting, intention)
    return None


def _reject(session: Session, acting: Acting, negotiation: Negotiation) -> None:
    """Reject one rival; what is wrong with it undoes its own part alone."""
    countered = negotiation.begun.state is State.COUNTERED
    signed = recantation(acting, negotiation) if countered else rejection(acting, negotiation)
    work = partial(make, acting=acting, negotiation=negotiation, signed=signed)
    error = session.attempt(work).error
    if isinstance(error, ProtocolError):
        _log.warning("rivals.not_rejected", offer=negotiation.id, code=error.code)
    elif error is not None:
        raise error


RIVALS: Final = Follower(
    name="rivals",
    kinds=frozenset({Event.COUNTERSIGN.value, CONCLUDED, WITHDRAWN}),
    look=look,
    act=answer_some,
)
