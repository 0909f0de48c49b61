"""What a CRM quotes above the amount that one person signs alone: it waits for two, and its record for that.

Rules here:

- What waits are the bytes that will be signed, so the negotiation that they begin has its name already: the
  map knows under it which record it is, and no second one is made when it goes out.
- What somebody writes in the record meanwhile takes the place of what waits: nobody signs an old price.
"""

from typing import Final

import orjson

from node.core import codes
from node.core.cosigning import CosignState
from node.core.records import CrmRecord, RecordKind
from node.services.acting import Acting
from node.services.crm.queueing import remark
from node.services.negotiations import asking, cosigning
from node.services.negotiations.asking import SecondNeeded
from node.storage import cosignatures, crm
from node.storage.cosignatures import CosignatureRow
from node.storage.session import Session
from protocol.errors import Conflict
from protocol.moves import Move, read_move
from protocol.negotiation import Event
from protocol.times import render_time

REPLACED: Final = "Something else was written in the CRM."
"""Why something is declined in whose place something else was quoted, or nothing any more."""

_WAITS: Final = (
    "This is above the amount that one person signs alone: it waits in your node for two signatures, "
    "until {}. What is not signed by then does not go out."
)
_DECLINED: Final = "The second signature was declined, and this did not go out."
_STALE: Final = (
    "What this was quoted upon has changed before both had signed, and it did not go out: quote again."
)
_RAN_OUT: Final = (
    "Nobody signed this a second time while it could be signed, and it did not go out: quote again."
)
_ANOTHER: Final = (
    "Another offer to the same wish waits for a second signature: sign or decline that one first."
)


def ask(session: Session, acting: Acting, needed: SecondNeeded, record: CrmRecord) -> str:
    """Ask for the two signatures that a quotation needs; return the name of its negotiation.

    Raises:
        Conflict: `cosign-full`, there is no room or another quotation of the same wish waits.
    """
    asked = asking.ask(session, acting, needed)
    move = needed.signed.move
    if move.event is not Event.COUNTERSIGN and orjson.loads(asked["body"])["id"] != move.iri:
        before = cosignatures.load_cosignature(session, acting.iri, asked["id"])
        if before is None or (move.event is Event.OFFER and not _is_of(session, before, record)):
            raise Conflict(codes.COSIGN_FULL, _ANOTHER)
        cosigning.decline(session, acting, before.id, reason=REPLACED)
        asked = asking.ask(session, acting, needed)
    note = f"urn:freehold:seconding:{asked['id']}:{record.id}"
    remark(session, acting, note, _WAITS.format(asked["until"]), {record.kind: record.id})
    return move.negotiation


def drop(session: Session, acting: Acting, negotiation: str) -> None:
    """Ask no longer for what would begin a negotiation: its record says something else now."""
    for row in cosignatures.waiting(session, acting.iri, now=acting.now):
        if row.event is Event.OFFER and _read(row).negotiation == negotiation:
            cosigning.decline(session, acting, row.id, reason=REPLACED)


def drop_all(session: Session, acting: Acting) -> None:
    """Ask no longer for anything that the records of a CRM would begin, which is let go."""
    for row in cosignatures.waiting(session, acting.iri, now=acting.now):
        if row.event is Event.OFFER and _known(session, row) is not None:
            cosigning.decline(session, acting, row.id, reason=REPLACED)


def say_unsigned(session: Session, acting: Acting, id: str) -> tuple[str, str, str, str] | None:
    """Return the note on what nobody signs any more: its name, text, time and negotiation.

    None if no record of the CRM waits for it.
    """
    row = cosignatures.load_cosignature(session, acting.iri, id)
    if row is None or row.ended_at is None or _known(session, row) is None:
        return None
    if row.reason in {REPLACED, asking.REPLACED}:
        return None
    why = {CosignState.STALE: _STALE, CosignState.EXPIRED: _RAN_OUT}
    text = why.get(row.state) or f"{_DECLINED} {row.reason}".strip()
    return f"urn:freehold:unsigned:{row.id}:", text, render_time(row.ended_at), _read(row).negotiation


def _is_of(session: Session, row: CosignatureRow, record: CrmRecord) -> bool:
    """Tell whether what waits came from this record."""
    known = _known(session, row)
    return known is not None and known.crm_id == record.id


def _known(session: Session, row: CosignatureRow) -> crm.CrmRecordRow | None:
    """Return which record of a CRM what waits is about."""
    return crm.load_record(session, row.actor, RecordKind.QUOTATION, _read(row).negotiation)


def _read(row: CosignatureRow) -> Move:
    return read_move(orjson.loads(row.body), currency=row.currency)
