"""Evidence: the signed documents behind an agreement, so that anyone can verify them offline.

Rules that hold here:

- What is handed out was verified first, with the same code that anyone else would use.
- An acceptance and a countersignature are made, and taken, only if they prove what they are for. The
  exception is a plain FEP-0837 offer, which names no price lines: its signer never signed a currency.

Sources: FEP-0837 (Agreements), protocol/evidence.py.
"""

from collections.abc import Sequence

from node.core import codes
from node.core.negotiations import AGREEMENT_EVENTS, Made
from protocol import codes as wire
from protocol.agreements import read_agreement
from protocol.errors import Conflict, Remote, Unprocessable
from protocol.evidence import bundle, presentable, verify_evidence
from protocol.negotiation import Event
from protocol.proofs import read as read_proof
from protocol.strictjson import Document


def chain(moves: Sequence[Made], head: str) -> list[Made]:
    """Return of the moves that count those that are the history on both sides, oldest first.

    Up to the acceptance, or to `head` while there is none, each answers the one before it. What answers the
    agreement follows: the countersignature, then notices by their digests, because notices of both sides may
    cross and the two ends see them in different orders.
    """
    by_iri = {move.iri: move for move in moves}
    accepted = [move for move in moves if move.event is Event.ACCEPT]
    walked = [accepted[-1] if accepted else by_iri[head]]
    while walked[0].event is not Event.OFFER and walked[0].answers in by_iri:
        walked.insert(0, by_iri[walked[0].answers])
    later = [move for move in moves if move.event in AGREEMENT_EVENTS]
    return walked + sorted(later, key=lambda move: (move.event is Event.LEAVE, move.digest))


def conclusion(moves: Sequence[Made], head: str) -> list[Made]:
    """Return the moves that led to the acceptance and the countersignature; nothing without an acceptance."""
    if not any(move.event is Event.ACCEPT for move in moves):
        return []
    return [move for move in chain(moves, head) if move.event not in (Event.LEAVE, Event.RENEGE)]


def exhibit(moves: Sequence[Made], agreement: Document) -> bytes:
    """Return the evidence bundle of an agreement from the moves that concluded it.

    It begins with the first round that can be proved; the offer that was accepted is always in it.

    Raises:
        Conflict: `no-evidence`, there is none, or it does not prove the agreement.
    """
    if not moves:
        raise Conflict(codes.NO_EVIDENCE)
    keys = _keys(moves, agreement)
    documents = [move.document for move in moves]
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
    raise Conflict(codes.NO_EVIDENCE, "The signed documents do not prove this agreement.") from failure


def _keys(moves: Sequence[Made], agreement: Document) -> dict[str, str]:
    """Return the multibase of each key that the agreement names, by where it was published at each move."""
    parties = {party.multibase for party in read_agreement(agreement).parties}
    keys = [move.key for move in moves if move.key is not None]
    return {key.id: key.multibase for key in keys if key.multibase in parties}


def check_provable(moves: Sequence[Made], *, head: str, standing: str, agreement: Document) -> None:
    """Check that what was just signed makes evidence.

    Args:
        moves: those that count, with their documents, the new one last.
        head: the IRI of the last.
        standing: the IRI of the offer that was accepted.
        agreement: as the acceptance carries it.

    Raises:
        Unprocessable: `unprovable`; `times-reversed` if that is for the clock of one side.
    """
    offer = next(move.document for move in moves if move.iri == standing)
    if "price" not in offer["object"]:
        return
    try:
        exhibit(conclusion(moves, head), agreement)
    except Conflict as error:
        if isinstance(error.__cause__, Remote) and error.__cause__.code == wire.TIMES_REVERSED:
            raise Unprocessable(
                wire.TIMES_REVERSED,
                "This would be dated before what it answers: the clock of one side is wrong.",
            ) from error
        raise Unprocessable(codes.UNPROVABLE) from error
