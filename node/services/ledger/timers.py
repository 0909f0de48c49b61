"""Timers: what the passing of time does to offers, intentions and agreements.

A tick does everything that is due and says when to tick next; missing one (a node that was off) only means
that the next does more. An offer is left standing for the skew that two honest clocks may have.
"""

from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from node.core.entries import Direction, Entry
from node.services.ledger.recording import record
from node.storage import agreements, intentions, offers
from node.storage.session import Session
from protocol.negotiation import Event

# A peer's offer may stand until the last second that can be written; nothing comes after it.
_END_OF_TIME = datetime.max.replace(tzinfo=UTC)

log = structlog.get_logger(__name__)


def tick(session: Session, now: datetime, *, skew: timedelta) -> datetime | None:
    """Expire offers and intentions, end agreements; return when the next is due. Call inside a write."""
    for entry in _due(session, now, skew):
        # One row that time cannot move must not stop the clock for all others.
        outcome = session.attempt(partial(record, entry=entry))
        if outcome.error is not None:
            log.error(
                "time cannot move this", kind=entry.kind, subject=entry.subject, error=str(outcome.error)
            )
    return next_due(session, skew=skew)


def _due(session: Session, now: datetime, skew: timedelta) -> list[Entry]:
    due: list[Entry] = []
    for offer in offers.due_offers(session, now - skew):
        decision = {"offer": offer.id, "event": Event.EXPIRE.value}
        due.append(_entry(now, "offer.expired", offer.actor, offer.id, decision, peer=offer.peer))
    for intention in intentions.due_intentions(session, now):
        decision = {"intention": intention.iri, "state": "expired"}
        due.append(_entry(now, "intention.expired", intention.actor, intention.id, decision))
    for agreement in agreements.leaving_agreements(session, now):
        decision = {"offer": agreement.offer, "event": Event.END.value}
        due.append(
            _entry(now, "agreement.ended", agreement.actor, agreement.id, decision, peer=agreement.peer)
        )
    return due


def next_due(session: Session, *, skew: timedelta) -> datetime | None:
    """Return when something is due next, None if nothing is."""
    expiry = offers.next_expiry(session)
    moments = [
        None if expiry is None else min(expiry, _END_OF_TIME - skew) + skew,
        intentions.next_deadline(session),
        agreements.next_leaving(session),
    ]
    return min((moment for moment in moments if moment is not None), default=None)


def _entry(
    now: datetime, kind: str, actor: str, subject: str, decision: dict[str, str], *, peer: str | None = None
) -> Entry:
    return Entry(
        at=now,
        direction=Direction.LOCAL,
        kind=kind,
        actor=actor,
        peer=peer,
        subject=subject,
        decision=decision,
    )
