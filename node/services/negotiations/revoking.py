"""Revoking: an acceptance of ours that was refused, or has lapsed, is taken back in signed words.

Rules that hold here:

- A peer that refused our acceptance still holds our signature under it, and one that let it lapse does too.
  The `Undo` says, provably, that we take it for void. It is sent once.
- A revoked acceptance that counted is a move like any other. One that was void before changes nothing at
  either end; the `Undo` is kept beside the negotiation.
- Who never got the acceptance, or is blocked, is told nothing.

Sources: the negotiation of docs/protocol.md; decision 38.
"""

from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog

from node.core import codes
from node.core.negotiations import Key, other
from node.core.threads import Link, check_digest
from node.services.acting import Acting
from node.services.ledger.chapters import Follower
from node.services.ledger.received import Received
from node.services.ledger.recording import send, take
from node.services.negotiations.carrying import TAKEN_BACK
from node.services.negotiations.loading import load
from node.services.negotiations.making import make, revocation
from node.services.negotiations.undoing import REFUSED
from node.storage import deliveries, offers
from node.storage.deliveries import CONCLUSION
from node.storage.journal import Recorded
from node.storage.moves import MoveRow, MoveStatus, list_moves
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.errors import Conflict, ProtocolError
from protocol.moves import Move
from protocol.negotiation import Event, Party
from protocol.values import dataclass

LAPSED: Final = "acceptance.lapsed"
REVOKED: Final = "acceptance.revoked"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Revocable:
    """An acceptance of ours that binds nobody any more, and its negotiation."""

    offer: OfferRow
    acceptance: MoveRow


def look(session: Session, _acting: Acting, recorded: Recorded) -> Revocable | None:
    """Return the acceptance of ours that an entry ended, unless it was revoked before or never sent."""
    entry = recorded.entry
    offer = offers.load_offer(session, entry.actor, entry.decision["offer"])
    if offer is None or offer.role is not Party.OFFEREE:
        return None
    moves = list_moves(session, offer.id)
    if entry.kind == LAPSED:
        acceptance = _last_acceptance(moves)
    else:
        refused = entry.subject if entry.decision["status"] is not None else None
        acceptance = _last_acceptance([move for move in moves if move.iri == refused])
    return None if acceptance is None or acceptance.iri in _revoked(moves) else Revocable(offer, acceptance)


def _revoked(moves: Sequence[MoveRow]) -> set[str | None]:
    """Return the acceptances (IRIs) that are revoked already."""
    return {move.answers for move in moves if move.event is Event.REVOKE}


def _last_acceptance(moves: Sequence[MoveRow]) -> MoveRow | None:
    return next((move for move in reversed(moves) if move.event is Event.ACCEPT), None)


def revoke(session: Session, acting: Acting, found: Revocable) -> None:
    """Send the `Undo` of an acceptance; one that may not be said now is left out. Call inside a write."""
    error = session.attempt(partial(_revoke, acting=acting, found=found)).error
    if isinstance(error, ProtocolError):
        _log.warning("acceptance.not_revoked", offer=found.offer.id, code=error.code)
    elif error is not None:
        raise error


def _revoke(session: Session, *, acting: Acting, found: Revocable) -> None:
    row, acceptance = found.offer, found.acceptance
    negotiation = load(session, acting, row, Event.REVOKE)
    signed = revocation(acting, negotiation, Link(acceptance.iri, acceptance.digest))
    _stop(session, acting, found)
    if acceptance.status is MoveStatus.APPLIED:
        make(session, acting, negotiation, signed)
    elif not negotiation.peer.blocked:
        record = _record(row, signed.step.party, signed.step.link.digest, signed.key)
        send(session, acting, REVOKED, signed.document, record, recipients=[negotiation.peer])


def _stop(session: Session, acting: Acting, found: Revocable) -> None:
    """Send an acceptance no more that would conclude when it arrives: plain software looks at no date."""
    sent = deliveries.deliveries_of(session, acting.iri, [found.acceptance.iri])
    late = [row.activity for row in sent if row.envelope == CONCLUSION]
    peer = found.offer.peer
    deliveries.cancel_activities(session, acting.iri, peer, late, at=acting.now, error=TAKEN_BACK)


def take_revocation(
    session: Session, acting: Acting, received: Received, move: Move, row: OfferRow, acceptance: MoveRow
) -> None:
    """Take the word that an acceptance is revoked which has no effect here anyway; said again it is no news.

    Raises:
        Conflict: `stale-answer`, it is none of the sender's. Or as `check_digest`.
    """
    if acceptance.by_party is not other(row.role):
        raise Conflict(codes.STALE_ANSWER)
    check_digest(move, Link(acceptance.iri, acceptance.digest))
    if acceptance.iri in _revoked(list_moves(session, row.id)):
        return
    key = received.proof_key
    assert key is not None  # noqa: S101 - checked before anything else
    signed_with = Key(id=key.id, multibase=key.key.multibase)
    record = _record(row, acceptance.by_party, received.digest, signed_with)
    take(session, acting, REVOKED, received, record, evidence=True)


def _record(row: OfferRow, party: Party, digest: str, key: Key) -> dict[str, object]:
    """Return what the journal keeps beside an `Undo` that changes nothing."""
    signed_with = {"id": key.id, "multibase": key.multibase}
    return {"offer": row.id, "party": party.value, "digest": digest, "key": signed_with}


REVOCATIONS: Final = Follower(name="revocations", kinds=frozenset({LAPSED, REFUSED}), look=look, act=revoke)
