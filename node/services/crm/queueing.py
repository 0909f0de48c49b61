"""What waits to go into the CRM: rows, written in the transaction that caused them.

Rules here: a thing waits once, however often it changed; what is written of it is made when it is sent. What
the CRM has refused waits for a person, or for the next change of the thing. A person is told once of each
thing that they have to decide, and once of all the records that somebody deleted.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from node.core.crm_mapping import CrmMapping
from node.core.crm_quotations import terms_digest
from node.core.notices import NoticeKind
from node.core.records import CrmRecord, RecordKind, RecordState
from node.services.acting import Acting
from node.services.ledger.recording import note
from node.services.notices import noting
from node.services.notices.noting import Occasion
from node.storage import crm
from node.storage.crm import CallState, ConflictReason, CrmCallRow, CrmConflictRow, CrmRecordRow
from node.storage.session import Session
from protocol.canonical import canonicalise
from protocol.times import render_time

CONFLICT: Final = "crm.conflict"
DECIDED: Final = "crm.decided"
LEFT_APART: Final = "#unreadable"
"""The version of a record that cannot be read and is to be left so; it has another one once it can be."""

_APART: Final = "urn:freehold:unreadable:"
_ID_SIGNS: Final = 24
_TOLD_ONCE: Final = frozenset({ConflictReason.DELETED, ConflictReason.UNREADABLE})


def queue(
    session: Session,
    acting: Acting,
    things: Iterable[tuple[RecordKind, str]],
    *,
    body: Mapping[str, Any] | None = None,
) -> None:
    """Have things (kind and external id) brought to where they should be."""
    for kind, external_id in things:
        waits = crm.load_call(session, acting.iri, kind, external_id)
        row = CrmCallRow(
            actor=acting.iri,
            id=acting.new_id("cw") if waits is None else waits.id,
            kind=kind,
            external_id=external_id,
            body=dict(body or {}),
            state=CallState.QUEUED,
            made_at=acting.now,
            due_at=acting.now,
        )
        crm.save_call(session, row)
    crm.announce(session)


def remark(
    session: Session, acting: Acting, external_id: str, text: str, about: Mapping[RecordKind, str]
) -> None:
    """Write a note into a record; `about` names it by kind and the CRM's id. The same again is one note."""
    if crm.load_record(session, acting.iri, RecordKind.NOTE, external_id) is not None:
        return
    body = {
        "text": text,
        "author": "Freehold",
        "at": render_time(acting.now),
        "about": {kind.value: id for kind, id in about.items()},
    }
    queue(session, acting, [(RecordKind.NOTE, external_id)], body=body)


def remark_id(record: CrmRecord, mapping: CrmMapping, text: str) -> str:
    """Return the external id of what is said of a record as it is now.

    It goes by what the record says and not by its version: in many a CRM a note makes another one of it.
    """
    note = dict(record.fields) if record.kind is RecordKind.NOTE else {}
    about = [record.state.value, terms_digest(record, mapping), note, text]
    return f"urn:freehold:{record.kind}:{record.id}:{sha256(canonicalise(about)).hexdigest()[:_ID_SIGNS]}"


def is_remarked(session: Session, acting: Acting, external_id: str) -> bool:
    """Tell whether a remark of ours was written, or waits to be."""
    written = crm.load_record(session, acting.iri, RecordKind.NOTE, external_id) is not None
    return written or crm.load_call(session, acting.iri, RecordKind.NOTE, external_id) is not None


def leave_apart(session: Session, actor: str, kind: RecordKind, crm_id: str, now: datetime) -> None:
    """Note that a record which cannot be read is to be left so until that changes."""
    known = crm.load_record_at(session, actor, kind, crm_id)
    row = CrmRecordRow(
        actor=actor,
        kind=kind,
        external_id=f"{_APART}{kind}:{crm_id}",
        crm_id=crm_id,
        version=LEFT_APART,
        base={},
        state=RecordState.NONE,
        ignored=True,
        seen_at=now,
    )
    crm.save_record(session, row if known is None else replace(known, version=LEFT_APART))


def is_apart(row: CrmRecordRow) -> bool:
    """Tell whether a row of the map stands for nothing but a record that cannot be read."""
    return row.external_id.startswith(_APART)


def put_before_owner(
    session: Session,
    acting: Acting,
    kind: RecordKind,
    reason: ConflictReason,
    detail: str,
    *,
    external_id: str = "",
    crm_id: str = "",
    fields: Mapping[str, Any] | None = None,
) -> None:
    """Have a person decide about a record; the same again is one thing to decide, in its newest words.

    `fields` are those that both sides changed, as the row has them.
    """
    found = crm.conflicts_of(session, acting.iri, kind, external_id, crm_id)
    same = [row for row in found if row.reason is reason]
    known = same[0] if same else None
    for row in same[1:]:
        crm.delete_conflict(session, acting.iri, row.id)
    said = CrmConflictRow(
        actor=acting.iri,
        id=acting.new_id("cf") if known is None else known.id,
        kind=kind,
        external_id=external_id,
        crm_id=crm_id,
        reason=reason,
        detail=detail,
        fields=dict(fields or {}),
        at=acting.now if known is None else known.at,
    )
    if known is None:
        _tell(session, acting, said)
    if said != known:
        crm.save_conflict(session, said)


def _tell(session: Session, acting: Acting, row: CrmConflictRow) -> None:
    """Tell of something new to decide; of some reasons only if nothing else waits for the same.

    Whoever deletes a thousand rows at once has done one thing, and so has who makes them illegible.
    """
    if row.reason in _TOLD_ONCE and crm.has_conflicts(session, acting.iri, row.reason):
        return
    decision = {"conflict": row.id, "record": row.kind.value, "reason": row.reason.value}
    note(session, acting, CONFLICT, decision)
    occasion = Occasion(kind=NoticeKind.CRM, event=f"crm:{row.id}", at=acting.now, about=row.id)
    noting.note(session, acting.iri, occasion)


def settle(
    session: Session,
    acting: Acting,
    kind: RecordKind,
    reasons: Iterable[ConflictReason],
    *,
    external_id: str = "",
    crm_id: str = "",
) -> None:
    """Drop what has been decided by what happened."""
    for row in crm.conflicts_of(session, acting.iri, kind, external_id, crm_id):
        if row.reason in reasons:
            crm.delete_conflict(session, acting.iri, row.id)
