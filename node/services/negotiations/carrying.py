"""Carrying out: what was decided about a negotiation is written, in one transaction, and nothing is read.

The journal's projector applies it to the tables, and there the table of the protocol has the last word.
"""

from node.core.decisions import Decision
from node.services.acting import Acting
from node.services.ledger.received import Received
from node.services.ledger.recording import send, take
from node.storage import deliveries
from node.storage.deliveries import ACTIVITY, CONCLUSION
from node.storage.session import Session

TAKEN_BACK = "The move was taken back."


def carry_out(
    session: Session, acting: Acting, decision: Decision, *, received: Received | None = None
) -> None:
    """Write a decision: send our own move, or keep the other end's as received. Call inside a write."""
    signed, record = decision.signed, decision.record
    kind, move = signed.move.event.value, signed.move
    if received is None:
        envelope = CONCLUSION if decision.concludes else ACTIVITY
        to, document = [decision.before.peer], signed.document
        send(session, acting, kind, document, record, recipients=to, move=move, envelope=envelope)
    else:
        take(session, acting, kind, received, record, move=move, evidence=True)
    deliveries.cancel_activities(
        session,
        acting.iri,
        decision.before.peer.id,
        decision.cancels,
        at=acting.now,
        error=TAKEN_BACK,
    )
