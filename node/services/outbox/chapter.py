"""What the outbox brings to the ledger: what was published is queued for all followers, some at a time."""

from datetime import UTC, datetime
from typing import Final

from node.services.acting import Residents
from node.services.ledger.chapters import Chapter, Clock
from node.services.ledger.recording import fan_out
from node.storage import fanouts
from node.storage.session import Session

# What is to be queued is due, whatever the clock said when it was published.
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _next_fanout(session: Session, residents: Residents) -> datetime | None:
    found = [fanouts.next_fanout(session, owner.iri) for owner in residents.owners.values()]
    return LONG_AGO if any(found) else None


def _fan_out(session: Session, residents: Residents, _now: datetime) -> bool:
    went_on = [fan_out(session, residents.at(handle)) for handle in residents.owners]
    return any(went_on)


CHAPTER: Final = Chapter(name="outbox", clock=Clock(next_due=_next_fanout, turn=_fan_out))
