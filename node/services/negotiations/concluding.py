"""Concluding: the acceptance of a plain offer has arrived, and that concludes the agreement (FEP-0837).

Rules that hold here:

- Whoever writes offers without price lines knows of no countersignature, so none is waited for. But nothing
  is concluded, and no rival turned away, before the other end has taken the acceptance.
- What lapsed, or was taken back, before it arrived is not concluded by that.

Sources: FEP-0837 (Accepting an agreement).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from node.core.entries import Direction, Entry
from node.services.acting import Record
from node.services.ledger.recording import about
from node.storage import agreements, offers, peers
from node.storage.agreements import AgreementState
from node.storage.deliveries import DeliveryRow
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.negotiation import Event, State

CONCLUDED: Final = "agreement.concluded"


def conclude(session: Session, rows: Sequence[DeliveryRow], *, now: datetime, record: Record) -> None:
    """Conclude what these acceptances, delivered now, accept. Call inside a write."""
    for row in rows:
        offer = offers.load_offer_by_move(session, row.actor, row.activity)
        if offer is not None and _is_ready(session, offer, row.activity):
            record(session, _entry(session, offer, now), None)


def _is_ready(session: Session, offer: OfferRow, acceptance: str) -> bool:
    """Tell whether this acceptance still waits, and what it may replace is still in force."""
    if (offer.state, offer.head) != (State.ACCEPTED, acceptance):
        return False
    if offer.amends is None:
        return True
    amended = agreements.load_agreement_by_iri(session, offer.actor, offer.amends)
    return amended is not None and amended.state in (AgreementState.CONCLUDED, AgreementState.ENDING)


def _entry(session: Session, offer: OfferRow, now: datetime) -> Entry:
    peer = peers.named_peer(session, offer.actor, offer.peer)
    return Entry(
        at=now,
        direction=Direction.LOCAL,
        kind=CONCLUDED,
        actor=offer.actor,
        peer=peer.address,
        subject=offer.id,
        decision=about(peer, {"offer": offer.id, "event": Event.CONCLUDE.value}),
    )
