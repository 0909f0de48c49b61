"""What negotiations bring to the ledger: moves, messages, agreements, and when they run out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from node.core import codes
from node.core.entries import Direction, Entry
from node.services.acting import Acting, Residents
from node.services.ledger.chapters import Chapter, Claim, Clock, nothing
from node.services.ledger.reach import is_published_to_us
from node.services.ledger.received import Received
from node.services.ledger.recording import about
from node.services.ledger.timing import record_each
from node.services.negotiations import agreements as agreement_service
from node.services.negotiations import apart, messages, running_out
from node.services.negotiations.asking import ANSWERED, ASKED
from node.services.negotiations.concluding import CONCLUDED
from node.services.negotiations.projecting import (
    project_confirmation,
    project_deletion,
    project_erased_move,
    project_message,
    project_move,
    project_revocation,
    project_tick,
    project_void,
)
from node.services.negotiations.quarantine import HELD
from node.services.negotiations.refused_notices import STANDS, UNANSWERED, UNDELIVERED
from node.services.negotiations.revoking import LAPSED, REVOCATIONS, REVOKED
from node.services.negotiations.rivals import RIVALS
from node.services.negotiations.telling import describe
from node.services.negotiations.undoing import REFUSED, UNTAKEN
from node.services.negotiations.waiting_aside import RESUMPTIONS
from node.storage import agreements, cosignatures, deliveries, offers, peers
from node.storage.agreements import AgreementRow
from node.storage.deliveries import DeliveryState
from node.storage.messages import MessageRow
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.errors import Forbidden, Unprocessable
from protocol.jsonld import ref
from protocol.negotiation import Event, Party

MOVES: Final = (
    Event.OFFER,
    Event.REOFFER,
    Event.COUNTER,
    Event.RECANT,
    Event.REJECT,
    Event.ACCEPT,
    Event.WITHDRAW,
    Event.COUNTERSIGN,
    Event.RENEGE,
    Event.REVOKE,
    Event.ACKNOWLEDGE,
    Event.LEAVE,
)
MOVE_KINDS: Final = frozenset({*(event.value for event in MOVES), REVOKED})
"""Entries whose bytes are a move."""

_TICKS: Final = {Event.EXPIRE: "offer.expired", Event.LAPSE: LAPSED, Event.END: "agreement.ended"}

# A peer's offer may stand until the last second that can be written; nothing comes after it.
_END_OF_TIME: Final = datetime.max.replace(tzinfo=UTC)


def _take_move(session: Session, acting: Acting, received: Received, _found: object) -> None:
    apart.receive_move(session, acting, received)


def _take_note(session: Session, acting: Acting, received: Received, _found: object) -> None:
    apart.receive_note(session, acting, received)


def _take_confirmation(session: Session, acting: Acting, received: Received, _found: object) -> None:
    agreement = ref(received.object.get("context")) or ref(received.activity.get("context"))
    if not agreement:
        raise Unprocessable(codes.MISSING_CONTEXT, "A confirmation names its agreement.")
    agreement_service.receive_confirmation(session, acting, received, agreement)


def _deleted_message(session: Session, acting: Acting, received: Received) -> MessageRow | None:
    return messages.find(session, acting, received.named)


def _deleted(session: Session, acting: Acting, received: Received) -> OfferRow | None:
    return offers.load_offer_by_move(session, acting.iri, received.named)


def _take_deletion(_session: Session, _acting: Acting, received: Received, offer: OfferRow) -> None:
    """Acknowledge that the peer deleted a move of its own; what was signed stays on record."""
    if offer.peer != received.peer.id:
        raise Forbidden(codes.NOT_YOURS, "What is to be deleted is somebody else's.")


# --- time ---------------------------------------------------------------------------------------------------


def _skew(residents: Residents) -> timedelta:
    """Return how far two honest clocks may differ: for so long an offer is left standing after its end."""
    return timedelta(seconds=residents.limits.clock_skew_seconds)


def _next_due(session: Session, residents: Residents) -> datetime | None:
    skew = _skew(residents)
    skewed = (offers.next_expiry(session), agreements.next_lapsing(session))
    moments = [min(end, _END_OF_TIME - skew) + skew for end in skewed if end is not None]
    exact = (agreements.next_leaving(session), cosignatures.next_run_out(session))
    return min([*moments, *(end for end in exact if end is not None)], default=None)


def _turn(session: Session, residents: Residents, now: datetime) -> None:
    due = offers.due_offers(session, now - _skew(residents))
    late = _undelivered(session, due)
    expired = [
        _moved(session, row, row.id, Event.EXPIRE, now, **({"undelivered": True} if row.id in late else {}))
        for row in due
    ]
    record_each(session, residents, expired)
    lapsing = agreements.lapsing_agreements(session, now - _skew(residents))
    record_each(session, residents, [_moved(session, row, row.offer, Event.LAPSE, now) for row in lapsing])
    over = {row.id: row for row in agreements.leaving_agreements(session, now)}
    over |= {row.id: row for row in agreements.finished_agreements(session, now)}
    ended = [_moved(session, row, row.offer, Event.END, now) for row in over.values()]
    record_each(session, residents, ended)
    running_out.run_out(session, residents, now)


def _undelivered(session: Session, due: Sequence[OfferRow]) -> set[str]:
    """Return the ids of those whose standing offer is ours, and has not arrived."""
    found = set[str]()
    for actor in {row.actor for row in due}:
        made = {row.standing: row for row in due if row.actor == actor and row.role is Party.OFFERER}
        sent = deliveries.deliveries_of(session, actor, made)
        found |= {made[one.activity].id for one in sent if one.state is not DeliveryState.DELIVERED}
    return found


def _moved(
    session: Session, row: OfferRow | AgreementRow, offer: str, event: Event, now: datetime, **known: object
) -> Entry:
    """Return the entry by which time moves a negotiation (the id of its offer)."""
    peer = peers.named_peer(session, row.actor, row.peer)
    return Entry(
        at=now,
        direction=Direction.LOCAL,
        kind=_TICKS[event],
        actor=row.actor,
        peer=peer.address,
        subject=row.id,
        decision=about(peer, {"offer": offer, "event": event.value, **known}),
    )


CHAPTER: Final = Chapter(
    name="negotiations",
    claims=(
        Claim(kinds=frozenset({"Offer/Agreement"}), take=_take_move, brief=True),
        Claim(
            kinds=frozenset(
                {
                    *("Accept/", "Accept/Offer", "Accept/Agreement"),
                    *("Reject/", "Reject/Offer", "Reject/Agreement"),
                    *("Undo/", "Undo/Offer", "Undo/Reject", "Undo/Accept", "Read/", "Read/Accept"),
                    *("Leave/", "Leave/Agreement"),
                }
            ),
            take=_take_move,
            settles=True,
        ),
        Claim(kinds=frozenset({"Create/Note"}), take=_take_note, brief=True),
        Claim(kinds=frozenset({"Create/Document"}), take=_take_confirmation, brief=True),
        Claim(
            kinds=frozenset({"Delete/", "Delete/Tombstone", "Delete/Note"}),
            finds=_deleted_message,
            take=messages.receive_deletion,
            reaches=is_published_to_us,
        ),
        Claim(
            kinds=frozenset({"Delete/", "Delete/Tombstone", "Delete/Note"}),
            finds=apart.find_message,
            take=apart.drop_message,
            reaches=is_published_to_us,
        ),
        Claim(
            kinds=frozenset({"Delete/", "Delete/Tombstone"}),
            finds=_deleted,
            take=_take_deletion,
            reaches=is_published_to_us,
        ),
    ),
    projectors={
        **{event.value: project_move for event in MOVES},
        "offer.expired": project_tick,
        UNTAKEN: project_tick,
        LAPSED: project_tick,
        CONCLUDED: project_tick,
        "agreement.ended": project_tick,
        REFUSED: project_void,
        STANDS: nothing,
        UNANSWERED: nothing,
        UNDELIVERED: nothing,
        REVOKED: project_revocation,
        "agreement.confirmed": project_confirmation,
        "message": project_message,
        "message.deleted": project_deletion,
        HELD: nothing,
        ASKED: nothing,
        **dict.fromkeys(ANSWERED, nothing),
        "cosign.limit": nothing,
    },
    apart={"message": frozenset({"content"})},
    erased=dict.fromkeys(MOVE_KINDS, project_erased_move),
    tables=("moves", "messages", "agreements", "losses", "offers"),
    clock=Clock(next_due=_next_due, turn=_turn),
    followers=(RIVALS, REVOCATIONS, RESUMPTIONS),
    told=frozenset({"offer", "intention", "agreement", "event", "party", "own", "held"}),
    describes=describe,
)
