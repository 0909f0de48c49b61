"""Looking again at the wishes that are still open: what has changed may answer what could not be before.

Rules that hold here:

- A whole price list, a rule, and units that an offer gives back are reasons to look; a list that is still
  being loaded is none.
- Wishes are looked at the oldest first, some at a time. Whoever has an offer of ours gets no other.
- What to offer is chosen beside all writes: how long that takes is up to whoever wishes. The write only makes
  the offers, of what still is what is wanted.
- However many reasons come together, one look serves all that were there when it began.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from node.core.entries import Entry
from node.core.matching import Match
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

STEP: Final = 10  # wishes looked at in one read, and answered in one write: each in a few milliseconds
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
    """A look through the open wishes, behind the one that was received then, with that id.

    `began` is the place of the journal at its beginning; `chosen` is what there is for some wishes (by their
    ids and IRIs), and `rest` what is left then, None if they are the last.
    """

    after: tuple[datetime, str] | None = None
    began: int | None = None
    chosen: Sequence[tuple[str, str, Sequence[Match]]] = ()
    rest: "Review | None" = None


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


def choose_some(session: Session, acting: Acting, review: Review, *, limit: int = STEP) -> Review:
    """Choose what to offer for the next open wishes. Reads only."""
    # As it is before anything is looked at: what comes into the journal from here on is another reason.
    began = journal.head(session, acting.iri).place if review.began is None else review.began
    rows = intentions.open_of_others(session, acting.iri, after=review.after, limit=limit)
    found = [(row.id, row.iri, _choose(session, acting, row)) for row in rows]
    last = (rows[-1].received_at, rows[-1].id) if len(rows) == limit else None
    rest = None if last is None else Review(after=last, began=began)
    return Review(review.after, began, [chosen for chosen in found if chosen[2]], rest)


def _choose(session: Session, acting: Acting, row: IntentionRow) -> Sequence[Match]:
    """Choose what to offer for one wish; nothing for one that cannot be read."""
    try:
        return shop.choose(session, acting, row.iri)
    except ProtocolError as error:
        _log.warning("shop.not_offered", intention=row.id, code=error.code)
        return ()


def answer_some(session: Session, acting: Acting, review: Review) -> Review | None:
    """Answer the wishes for which something was chosen. Call inside a write.

    Returns where to go on, or None after the last.
    """
    if review.after is None and review.began is not None:
        cursors.save_cursor(session, acting.iri, BEGAN, review.began)
    for id, iri, matches in review.chosen:
        _answer(session, acting, id, iri, matches)
    return review.rest


def _answer(session: Session, acting: Acting, id: str, iri: str, matches: Sequence[Match]) -> None:
    """Answer one wish; what is wrong with it undoes its own part alone."""
    error = session.attempt(lambda session: shop.offer(session, acting, iri, matches)).error
    if isinstance(error, ProtocolError):
        _log.warning("shop.not_offered", intention=id, code=error.code)
    elif error is not None:
        raise error


REVIEWS: Final = Follower(
    name="reviews",
    kinds=frozenset({"rule", *_LISTED, *_RELEASING}),
    look=look,
    act=answer_some,
    choose=choose_some,
)
