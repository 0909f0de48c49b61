"""Evidence: the signed documents behind an agreement, so that anyone can verify them offline.

Rules that hold here:

- What is handed out was verified first, with the same code that anyone else would use.
- An acceptance, a countersignature and its receipt are made, and taken, only if they prove what they are
  for. The exception is a plain FEP-0837 offer, which names no price lines: its signer never signed a
  currency, and will not countersign.

Sources: FEP-0837 (Agreements), protocol/evidence.py.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from node.core import codes
from node.core.negotiations import Made
from protocol import codes as wire
from protocol.agreements import read_agreement
from protocol.errors import Conflict, Remote, Unprocessable
from protocol.evidence import bundle, presentable, verify_evidence
from protocol.jsonld import read
from protocol.negotiation import Event
from protocol.proofs import read as read_proof
from protocol.strictjson import Document

# What follows an acceptance, in the one order of the history. Notices of both sides may cross, and so may a
# notice and a receipt: the two ends see them in different orders.
_FOLLOWING: Final[Mapping[Event, int]] = MappingProxyType(
    {Event.COUNTERSIGN: 0, Event.RENEGE: 0, Event.REVOKE: 0, Event.ACKNOWLEDGE: 1, Event.LEAVE: 2}
)
# What leads to an agreement and proves it.
_CONCLUDING: Final = frozenset(Event) - {Event.LEAVE, Event.RENEGE, Event.REVOKE}


def chain(moves: Sequence[Made], head: str) -> list[Made]:
    """Return of the moves that count those that are the history on both sides, oldest first.

    Up to the acceptance, or to `head` while there is none, each answers the one before it. What became of the
    agreement follows: the countersignature, its receipt, then notices by their digests.
    """
    by_iri = {move.iri: move for move in moves}
    accepted = [move for move in moves if move.event is Event.ACCEPT]
    walked = [accepted[-1] if accepted else by_iri[head]]
    while walked[0].event is not Event.OFFER and walked[0].answers in by_iri:
        walked.insert(0, by_iri[walked[0].answers])
    later = [move for move in moves if move.event in _FOLLOWING]
    return walked + sorted(later, key=lambda move: (_FOLLOWING[move.event], move.digest))


def conclusion(moves: Sequence[Made], head: str) -> list[Made]:
    """Return the moves up to acceptance, countersignature and receipt; nothing without an acceptance."""
    if not any(move.event is Event.ACCEPT for move in moves):
        return []
    return [move for move in chain(moves, head) if move.event in _CONCLUDING]


def is_plain(offer: Document) -> bool:
    """Tell whether an offer is of plain FEP-0837: it names no price lines.

    Whoever writes such a one knows of no countersignature; its acceptance concludes.
    """
    return "price" not in read(offer)["object"]


def exhibit(moves: Sequence[Made], agreement: Document) -> bytes:
    """Return the evidence bundle of an agreement from the moves that concluded it.

    Raises:
        Conflict: `no-evidence`, there is none, or it does not prove the agreement.
    """
    try:
        return _prove(moves, agreement)
    except Remote as failure:
        raise Conflict(
            codes.NO_EVIDENCE,
            "The signed documents do not prove this agreement to others;"
            " those of an offer without price lines, as plain FEP-0837 has it, never do.",
        ) from failure


def _prove(moves: Sequence[Made], agreement: Document) -> bytes:
    """Return a bundle that was verified.

    It begins with the first round that can be proved; the offer that was accepted is always in it.

    Raises:
        Remote: what is wrong with the shortest there is.
    """
    if not moves:
        raise Conflict(codes.NO_EVIDENCE)
    offered = max(place for place, move in enumerate(moves) if move.event in (Event.OFFER, Event.REOFFER))
    try:
        return _bundled(moves, agreement)
    except Remote:
        return _bundled(moves[offered:], agreement)


def _bundled(moves: Sequence[Made], agreement: Document) -> bytes:
    keys = _keys(moves, agreement)
    shown = presentable([move.document for move in moves], keys)
    used = {read_proof(document).verification_method for document in shown}
    body = bundle(shown, {method: key for method, key in keys.items() if method in used})
    verify_evidence(body)
    return body


def _keys(moves: Sequence[Made], agreement: Document) -> dict[str, str]:
    """Return the multibase of each key that the agreement names, by where it was published at each move."""
    parties = {party.multibase for party in read_agreement(agreement).parties}
    keys = [move.key for move in moves if move.key is not None]
    return {key.id: key.multibase for key in keys if key.multibase in parties}


def check_provable(moves: Sequence[Made], *, head: str, agreement: Document) -> None:
    """Check that what was just signed makes evidence.

    Args:
        moves: those that count, with their documents, the new one last.
        head: the IRI of the last.
        agreement: as the acceptance carries it.

    Raises:
        Unprocessable: `unprovable`, for an amendment's keys in words of its own; `times-reversed` if that is
            for the clock of one side.
    """
    try:
        _prove(conclusion(moves, head), agreement)
    except Remote as failure:
        if failure.code == wire.TIMES_REVERSED:
            raise Unprocessable(
                wire.TIMES_REVERSED,
                "This would be dated before what it answers: the clock of one side is wrong.",
            ) from failure
        if failure.code == wire.SUPERSEDES_MISMATCH:
            raise Unprocessable(
                codes.UNPROVABLE,
                "What was signed since this change was proposed does not hang together,"
                " as after a change of keys. Decline it, and have the change proposed anew.",
            ) from failure
        raise Unprocessable(codes.UNPROVABLE) from failure
