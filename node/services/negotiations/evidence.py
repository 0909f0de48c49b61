"""Exhibits: the signed documents of an agreement, put together so that anyone can verify them offline.

Rules that hold here:

- What is handed out was verified first, with the same code that anyone else would use.
- An acceptance and a countersignature are made, and taken, only if they prove what they are for. The
  exception is a plain FEP-0837 offer, which names no price lines: its signer never signed a currency.
"""

from collections.abc import Sequence

from node.services.negotiations.loading import applied_moves, chain, load_activity
from node.storage import agreements, journal
from node.storage.agreements import AgreementRow
from node.storage.offers import MoveRow, OfferRow
from node.storage.session import Session
from protocol.agreements import read_agreement
from protocol.errors import Conflict, Remote, Unprocessable
from protocol.evidence import bundle, presentable, verify_evidence
from protocol.negotiation import Event
from protocol.proofs import read as read_proof


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
    keys = _keys(session, agreement, moves)
    documents = [load_activity(session, move.entry) for move in moves]
    offered = max(place for place, move in enumerate(moves) if move.event in (Event.OFFER, Event.REOFFER))
    failure: Remote | None = None
    for start in (0, offered):
        try:
            shown = presentable(documents[start:], keys)
            used = {read_proof(document).verification_method for document in shown}
            body = bundle(shown, {method: key for method, key in keys.items() if method in used})
            verify_evidence(body)
        except Remote as error:
            failure = error
            continue
        return body
    raise Conflict("no-evidence", "The signed documents do not prove this agreement.") from failure


def _keys(session: Session, agreement: AgreementRow, moves: Sequence[MoveRow]) -> dict[str, str]:
    """Return the multibase of each key that the agreement names, by where it was published at each move."""
    parties = {party.multibase for party in read_agreement(agreement.document).parties}
    recorded = [journal.load_entry(session, move.entry) for move in moves]
    keys = [each.entry.decision["key"] for each in recorded if each is not None]
    return {key["id"]: key["multibase"] for key in keys if key["multibase"] in parties}


def check_provable(session: Session, row: OfferRow) -> None:
    """Check that what was just signed makes evidence.

    Raises:
        Unprocessable: `unprovable`; `times-reversed` if that is for the clock of one side.
    """
    standing = next(move for move in applied_moves(session, row.id) if move.iri == row.standing)
    if "price" not in load_activity(session, standing.entry)["object"]:
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
