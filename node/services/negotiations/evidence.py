"""Exhibits: the signed documents of an agreement, put together so that anyone can verify them offline.

Rules that hold here:

- What is handed out was verified first, with the same code that anyone else would use.
- An acceptance and a countersignature are made, and taken, only if they prove what they are for. The
  exception is a plain FEP-0837 offer, which names no price lines: its signer never signed a currency.
"""

from collections.abc import Sequence

from node.services.negotiations.loading import applied_moves, chain, load_activity
from node.storage import agreements
from node.storage.offers import MoveRow, OfferRow
from node.storage.session import Session
from protocol.agreements import read_agreement
from protocol.errors import Conflict, Remote, Unprocessable
from protocol.evidence import bundle, presentable, verify_evidence
from protocol.negotiation import Event


def exhibit(session: Session, row: OfferRow) -> bytes:
    """Return the evidence bundle of the agreement that a negotiation led to.

    It begins with the first round that can be proved; the offer that was accepted is always in it.

    Raises:
        Conflict: `no-evidence`, there is none, or it does not prove the agreement.
    """
    agreement = agreements.load_agreement_by_offer(session, row.actor, row.id)
    moves = _conclusion(row, applied_moves(session, row.id))
    if agreement is None or not moves:
        raise Conflict("no-evidence", "There is no agreement to prove.")
    keys = {
        party.verification_method: party.multibase for party in read_agreement(agreement.document).parties
    }
    documents = [load_activity(session, move.sequence) for move in moves]
    offered = max(place for place, move in enumerate(moves) if move.event in (Event.OFFER, Event.REOFFER))
    failure: Remote | None = None
    for start in (0, offered):
        try:
            body = bundle(presentable(documents[start:], keys), keys)
            verify_evidence(body)
        except Remote as error:
            failure = error
            continue
        return body
    raise Conflict("no-evidence", "The signed documents do not prove this agreement.") from failure


def check_provable(session: Session, row: OfferRow) -> None:
    """Check that what was just signed makes evidence.

    Raises:
        Unprocessable: `unprovable`; `times-reversed` if that is for the clock of one side.
    """
    standing = next(move for move in applied_moves(session, row.id) if move.iri == row.standing)
    if "price" not in load_activity(session, standing.sequence)["object"]:
        return
    try:
        exhibit(session, row)
    except Conflict as error:
        if isinstance(error.__cause__, Remote) and error.__cause__.code == "times-reversed":
            raise Unprocessable(
                "times-reversed",
                "This would be dated before what it answers: the clock of one side is wrong.",
            ) from error
        raise Unprocessable("unprovable", "The signed documents would not prove this agreement.") from error


def _conclusion(row: OfferRow, moves: Sequence[MoveRow]) -> list[MoveRow]:
    """Return the moves that led to the acceptance and the countersignature; nothing without an acceptance."""
    if not any(move.event is Event.ACCEPT for move in moves):
        return []
    return [move for move in chain(moves, row.head) if move.event not in (Event.LEAVE, Event.RENEGE)]
