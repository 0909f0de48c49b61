"""How a delivery ends: the one place where what an attempt meant becomes what the node knows.

`node.core.retries` decides (delivered, again later, refused, gone, expired); here the decision is written to
the delivery's row, and what it carried feels it: a move that a peer refused is taken back, what else waits
for an inbox or a recipient that is gone goes with it, and the acceptance of a plain offer concludes. What was
not answered is put down as silence, which means something for a notice. The row
alone is touched by `close`, for what is tried again or was given up, and for when the rest fails.
"""

from collections.abc import Sequence
from datetime import datetime

from node.core.retries import GONE_STATUSES, Fate, RetryDecision
from node.services.acting import Record
from node.services.negotiations.concluding import conclude
from node.services.outbox import deliveries
from node.storage.deliveries import (
    CONCLUSION,
    DeliveryRow,
    DeliveryState,
    postpone_delivery,
    settle_delivered,
    settle_delivery,
)
from node.storage.session import Session

_STATES = {
    Fate.DELIVERED: DeliveryState.DELIVERED,
    Fate.REFUSED: DeliveryState.REFUSED,
    Fate.EXPIRED: DeliveryState.REFUSED,
    Fate.GONE: DeliveryState.GONE,
}


def settle(
    session: Session, rows: Sequence[DeliveryRow], decision: RetryDecision, *, now: datetime, record: Record
) -> None:
    """Write down how attempts ended alike, and what that means for a negotiation. Call inside a write."""
    if decision.fate is Fate.DELIVERED and decision.status is not None:
        settle_delivered(session, (row.id for row in rows), at=now, status=decision.status)
        concluding = [row for row in rows if row.envelope == CONCLUSION]
        conclude(session, concluding, now=now, record=record)
        return
    for row in rows:
        _settle(session, row, decision, now=now, record=record)


def _settle(
    session: Session, row: DeliveryRow, decision: RetryDecision, *, now: datetime, record: Record
) -> None:
    status, detail = decision.status, decision.detail
    if decision.fate in (Fate.QUEUED, Fate.EXPIRED):
        # What was given up was not refused, whatever the last answer: an earlier attempt may have arrived.
        close(session, row, decision, now=now)
        deliveries.unanswered(session, row, now=now, due_at=decision.due_at, record=record)
        return
    state = _STATES[decision.fate]
    deliveries.refused(
        session,
        row,
        now=now,
        record=record,
        status=status,
        detail=detail,
        reasons=decision.reasons,
        state=state,
    )
    if status in GONE_STATUSES:
        removed = decision.removed
        deliveries.abandon(
            session, row, now=now, record=record, status=status, detail=detail, removed=removed
        )


def close(session: Session, row: DeliveryRow, decision: RetryDecision, *, now: datetime) -> None:
    """Write down how an attempt ended for the delivery alone; what it carried stands."""
    if decision.fate is Fate.QUEUED:
        _postpone(session, row, decision, now=now)
        return
    error = None if decision.fate is Fate.DELIVERED else decision.detail
    state = _STATES[decision.fate]
    settle_delivery(session, row.id, state, at=now, status=decision.status, error=error)


def _postpone(session: Session, row: DeliveryRow, decision: RetryDecision, *, now: datetime) -> None:
    due_at = decision.due_at or now  # what stays queued always has one
    postpone_delivery(
        session,
        row.id,
        due_at=due_at,
        status=decision.status,
        error=decision.detail,
        aside=decision.aside,
    )
