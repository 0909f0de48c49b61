"""Looking again at the wishes that are still open: what has changed may answer what could not be before.

Rules that hold here:

- A whole price list, a rule, and units that an offer gives back are reasons to look; a list that is still
  being loaded is none.
- Wishes are looked at the oldest first, some in one write. Whoever has an offer of ours gets no other.
- However many reasons come together, one look serves all that were there when it began.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from node.core.entries import Entry
from node.services.acting import Acting
from node.services.ledger.chapters import Follower
from node.services.negotiations.revoking import LAPSED, REVOKED
from node.services.negotiations.undoing import REFUSED, UNTAKEN
from node.services.trade import shop
from node.storage import assortments, cursors, intentions, journal, stock
from node.storage.intentions import IntentionRow
from node.storage.journal import Recorded
from node.storage.session import Session
from node.storage.stock import ReservationState
from protocol.errors import ProtocolError
from protocol.negotiation import Event
from protocol.values import dataclass

STEP: Final = 10  # wishes looked at in one write: each may be answered, in a few milliseconds
BEGAN: Final = "review.began"  # the cursor that says at which place of the journal the last look began

_LISTED: Final = frozenset({"pricelist", "pricelist.dropped"})
_RELEASING: Final = frozenset(
    {
        *(event.value for event in (Event.RECANT, Event.REJECT, Event.WITHDRAW, Event.RENEGE, Event.REVOKE)),
        *("offer.expired", UNTAKEN, LAPSED, REVOKED, REFUSED),
    }
)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Review:
    """A look through the open wishes: behind the one that was received then, with that id."""

    after: tuple[datetime, str] | None = None


def look(session: Session, acting: Acting, recorded: Recorded) -> Review | None:
    """Return a look that is to be taken because of an entry; none that an earlier one has served."""
    if recorded.place <= cursors.load_cursor(session, acting.iri, BEGAN):
        return None
    if not _gives_more(session, recorded) or shop.load_rule(session, acting.iri) is None:
        return None
    return Review()


def _gives_more(session: Session, recorded: Recorded) -> bool:
    """Tell whether there may be an answer after an entry that there was not before."""
    entry = recorded.entry
    if entry.kind in _LISTED:
        return _is_whole(session, recorded.number, entry)
    if entry.kind in _RELEASING:
        reservation = stock.load_reservation(session, entry.decision["offer"])
        return reservation is not None and reservation.state is ReservationState.RELEASED
    return True


def _is_whole(session: Session, number: int, entry: Entry) -> bool:
    """Tell whether a list is loaded with this entry: its last part is set, and what it leaves out is gone."""
    if entry.kind == "pricelist" and not entry.decision.get("last"):
        return False
    before = 0 if "adds" in entry.decision else entry.decision.get("edition", number)
    return assortments.count_older(session, entry.actor, before, limit=1) == 0


def answer_some(session: Session, acting: Acting, review: Review, *, limit: int = STEP) -> Review | None:
    """Answer those of the next open wishes for which there is something. Call inside a write.

    Returns where to go on, or None after the last.
    """
    if review.after is None:
        cursors.save_cursor(session, acting.iri, BEGAN, journal.head(session, acting.iri).place)
    rows = intentions.open_of_others(session, acting.iri, after=review.after, limit=limit)
    for row in rows:
        _answer(session, acting, row)
    return replace(review, after=(rows[-1].received_at, rows[-1].id)) if len(rows) == limit else None


def _answer(session: Session, acting: Acting, row: IntentionRow) -> None:
    """Answer one wish; what is wrong with it undoes its own part alone."""
    error = session.attempt(partial(_offer, acting=acting, iri=row.iri)).error
    if isinstance(error, ProtocolError):
        _log.warning("shop.not_offered", intention=row.id, code=error.code)
    elif error is not None:
        raise error


def _offer(session: Session, acting: Acting, iri: str) -> None:
    shop.offer(session, acting, iri, shop.choose(session, acting, iri))


REVIEWS: Final = Follower(
    name="reviews", kinds=frozenset({"rule", *_LISTED, *_RELEASING}), look=look, act=answer_some
)
