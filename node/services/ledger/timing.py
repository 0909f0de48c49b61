"""What the passing of time adds to the journal.

Missing a turn (a node that was off) only means that the next does more.
"""

from collections.abc import Iterable
from functools import partial

import structlog

from node.core.entries import Entry
from node.services.acting import Residents
from node.storage.session import Session

log = structlog.get_logger(__name__)


def record_each(session: Session, residents: Residents, entries: Iterable[Entry]) -> None:
    """Record what time has done, each entry for itself: one that cannot be must not hold up the rest."""
    for entry in entries:
        outcome = session.attempt(partial(_record, residents=residents, entry=entry))
        if outcome.error is not None:
            log.error(
                "time cannot move this", kind=entry.kind, subject=entry.subject, error=str(outcome.error)
            )


def _record(session: Session, *, residents: Residents, entry: Entry) -> int:
    return residents.record(session, entry, None)
