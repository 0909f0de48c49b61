"""Rivals: the offers that an intention of ours leaves standing when it is met or taken back are rejected.

Rules that hold here:

- Closing an intention is one transaction; its rivals are answered after it, some at a time, so that no write
  takes longer the more of them there are.
- What is left to do follows from the tables, and the cursor moves in the last step: a crash at any point goes
  on where it stood, and nobody is answered twice.
- From the moment the intention is closed none of them can be accepted any more, answered yet or not
  (`node.core.conditions`).
- Nobody learns who was chosen. Who is blocked is told nothing: their offers stand until they expire.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from node.core.entries import Direction, Entry
from node.core.negotiations import Negotiation
from node.services.acting import Acting
from node.services.intentions.ending import WITHDRAWN, announce_end
from node.services.negotiations.loading import load_many
from node.services.negotiations.making import make, rejection
from node.storage import cursors, intentions, journal, offers
from node.storage.intentions import IntentionRow
from node.storage.journal import Recorded
from node.storage.session import Session
from node.storage.store import Store
from protocol.errors import ProtocolError
from protocol.negotiation import Event

CURSOR: Final = "rivals"
STEP: Final = 20  # rejections in one write: some 27 ms of CPU, signatures and all

_BATCH = 100  # entries looked through at once: a business signs many awards of others
_CLOSING: Final = (Event.COUNTERSIGN.value, WITHDRAWN)

Position = tuple[datetime, str]
"""The opening and the id of the last rival that was looked at."""

_log = structlog.get_logger(__name__)


class Rivals:
    """The follower that answers rivals, one bounded write for each `step`."""

    def __init__(self, store: Store, acting_for: Callable[[str], Acting | None]) -> None:
        self._store = store
        self._acting_for = acting_for
        self._after: Position | None = None

    async def step(self) -> bool:
        """Do one step of what is to be done; tell whether there was one."""
        recorded = await self._store.read(unread)
        if recorded is None:
            return False
        acting, after = self._acting_for(recorded.entry.actor), self._after
        try:
            self._after = await self._store.write(
                lambda session: answer_some(session, acting, recorded, after=after)
            )
        except ProtocolError as error:
            _log.warning("rivals.passed_over", sequence=recorded.sequence, code=error.code)
            self._after = None
            await self._store.write(lambda session: _finish(session, recorded))
        return True


def unread(session: Session) -> Recorded | None:
    """Return the next entry that may have closed an intention of ours; None if nothing is unread.

    If none of the next may have, it is the last of them, so that all are done with at once.
    """
    after = cursors.load_cursor(session, CURSOR)
    found = [*journal.entries(session, after=after, limit=_BATCH, kinds=_CLOSING)]
    closing = (recorded for recorded in found if _may_close(recorded.entry))
    return next(closing, found[-1] if found else None)


def _may_close(entry: Entry) -> bool:
    """Tell whether an entry can have closed an intention of ours: taken back by us, or its award signed."""
    if entry.kind == WITHDRAWN:
        return entry.direction is Direction.LOCAL
    return entry.direction is Direction.IN


def answer_some(
    session: Session,
    acting: Acting | None,
    recorded: Recorded,
    *,
    after: Position | None,
    limit: int = STEP,
) -> Position | None:
    """Reject some rivals, at most `limit`, of the intention that an entry closed. Call inside a write.

    Returns where to go on, or None after the last: then those who were told of the intention hear that it
    takes no more offers, and the entry is done with.
    """
    intention = None if acting is None else _closed(session, recorded)
    if acting is None or intention is None:
        _finish(session, recorded)
        return None
    rows = offers.standing_rivals(session, acting.iri, intention.iri, after=after, limit=limit)
    for negotiation in load_many(session, acting.iri, rows, wanted=[intention]).values():
        if not negotiation.peer.blocked:
            _reject(session, acting, negotiation)
    if len(rows) == limit:
        return rows[-1].opened_at, rows[-1].id
    announce_end(session, acting, intention)
    _finish(session, recorded)
    return None


def _closed(session: Session, recorded: Recorded) -> IntentionRow | None:
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
    return intention if intention is not None and intention.own else None


def _reject(session: Session, acting: Acting, negotiation: Negotiation) -> None:
    """Reject one rival; what is wrong with it undoes its own part alone."""
    work = partial(make, acting=acting, negotiation=negotiation, signed=rejection(acting, negotiation))
    error = session.attempt(work).error
    if isinstance(error, ProtocolError):
        _log.warning("rivals.not_rejected", offer=negotiation.id, code=error.code)
    elif error is not None:
        raise error


def _finish(session: Session, recorded: Recorded) -> None:
    cursors.save_cursor(session, CURSOR, recorded.sequence)
