"""What a person decides about the CRM: trying again, leaving it, and whose value of a field holds.

Rules here: who chooses a value has seen both, and what has changed since is shown first. A choice is no
write: it says what both sides had agreed on, and the field is judged anew by that. What is decided for all of
a reason is done some at a time.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from node.core import codes
from node.core.crm_conflicts import say_changed
from node.core.crm_merging import LEFT, FieldChoice, chosen, wanted_digest
from node.core.crm_quotations import TERMS
from node.core.drafts import view_time
from node.services.acting import Acting
from node.services.crm.connecting import load
from node.services.crm.naming import name_of
from node.services.crm.queueing import DECIDED, leave_apart, queue
from node.services.crm.wanting import wanted
from node.services.ledger.recording import note
from node.storage import crm
from node.storage.crm import ConflictReason, CrmConflictRow
from node.storage.ids import resolve_id
from node.storage.session import Session
from protocol.canonical import canonicalise
from protocol.errors import Conflict, NotFound, Unprocessable

AT_ONCE: Final = 100  # decided in one write: some ten milliseconds


class CrmDecision(StrEnum):
    """What a person decides about one thing."""

    RETRY = "retry"
    DISCARD = "discard"


def conflicts(
    session: Session, acting: Acting, *, reason: str | None = None, cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """List what a person has to decide, newest first, and count all of it by the reason."""
    wanted = None if reason is None else ConflictReason(reason)
    page = crm.list_conflicts(session, acting.iri, reason=wanted, cursor=cursor, limit=limit)
    counts = crm.count_conflicts(session, acting.iri)
    return {
        "items": [view_conflict(session, acting, row) for row in page.items],
        "next": page.next,
        "counts": counts,
    }


def show(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Show one thing that a person has to decide.

    Raises: as `load_conflict`.
    """
    return view_conflict(session, acting, load_conflict(session, acting, id))


def view_conflict(session: Session, acting: Acting, row: CrmConflictRow) -> dict[str, Any]:
    """Show what a person has to decide; `seen` stands for the values that are shown."""
    return {
        "id": row.id,
        "kind": row.kind.value,
        "external_id": row.external_id or None,
        "name": name_of(session, acting, row.kind, row.external_id),
        "crm_id": row.crm_id or None,
        "reason": row.reason.value,
        "detail": row.detail,
        "fields": [{"to": name, **said} for name, said in sorted(row.fields.items())],
        "seen": _seen(row),
        "at": view_time(row.at),
    }


def _seen(row: CrmConflictRow) -> str | None:
    return sha256(canonicalise(row.fields)).hexdigest() if row.fields else None


def load_conflict(session: Session, acting: Acting, id: str) -> CrmConflictRow:
    """Return what a person has to decide, by its id or a beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = crm.load_conflict(session, acting.iri, resolve_id(session, "crm_conflicts", acting.iri, id))
    if row is None:
        raise NotFound(codes.UNKNOWN_ID)
    return row


def retry(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Try again what a person has to decide; a record that was deleted there is made anew.

    Raises: as `load_conflict`.
    """
    row = load_conflict(session, acting, id)
    _retry(session, acting, row)
    _note(session, acting, row, CrmDecision.RETRY)
    return view_conflict(session, acting, row)


def discard(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Leave a record as it stands in the CRM, until it or what it stands for changes again.

    Raises: as `load_conflict`.
    """
    row = load_conflict(session, acting, id)
    _discard(session, acting, row)
    _note(session, acting, row, CrmDecision.DISCARD)
    return view_conflict(session, acting, row)


def decide_all(session: Session, acting: Acting, *, reason: str, decision: str) -> dict[str, Any]:
    """Decide what waits for one reason in one way, so much of it at once; return how much is left.

    Raises:
        NotFound: `crm-missing`.
    """
    load(session, acting)
    wanted, do = ConflictReason(reason), _DO[CrmDecision(decision)]
    some = crm.list_conflicts(session, acting.iri, reason=wanted, cursor=None, limit=AT_ONCE).items
    for row in some:
        do(session, acting, row)
    if some:
        note(session, acting, DECIDED, {"reason": reason, "done": decision, "count": len(some)})
    return {"decided": len(some), "left": crm.count_conflicts(session, acting.iri).get(wanted, 0)}


def choose(
    session: Session, acting: Acting, id: str, *, choice: str, seen: str, field: str = ""
) -> dict[str, Any]:
    """Say whose value holds: of one field that both sides changed, or of all of them.

    `seen` is what was shown beside the values. Values that changed while somebody decided are shown first.

    Raises:
        NotFound: as `load_conflict`; Conflict: `unlike-shown`.
        Unprocessable: `crm-no-choice`, there are no two values of this field.
    """
    row = load_conflict(session, acting, id)
    names = [field] if field else [*row.fields]
    if not names or not row.fields.keys() >= {*names}:
        raise Unprocessable(codes.CRM_NO_CHOICE)
    if seen != _seen(row):
        raise Conflict(codes.UNLIKE_SHOWN)
    _agree(session, row, {name: row.fields[name] for name in names}, FieldChoice(choice))
    left = {name: said for name, said in row.fields.items() if name not in names}
    after = replace(row, fields=left, detail=say_changed(left) if left else row.detail)
    if left:
        crm.save_conflict(session, after)
    else:
        crm.delete_conflict(session, acting.iri, row.id)
    queue(session, acting, [(row.kind, row.external_id)])
    _note(session, acting, row, FieldChoice(choice))
    return view_conflict(session, acting, after)


def _agree(session: Session, row: CrmConflictRow, fields: Mapping[str, Any], choice: FieldChoice) -> None:
    """Note what both sides had, so that the value that holds is the newer one."""
    known = crm.load_record(session, row.actor, row.kind, row.external_id)
    if known is None:
        return
    base: Mapping[str, str] = known.base
    for name, said in fields.items():
        base = chosen(base, name, ours=said["ours"], theirs=said["theirs"], choice=choice)
    crm.save_record(session, replace(known, version="", base=dict(base)))


def _retry(session: Session, acting: Acting, row: CrmConflictRow) -> None:
    crm.delete_conflict(session, acting.iri, row.id)
    known = _known(session, row)
    if known is not None and known.ignored:
        crm.delete_record(session, acting.iri, known.kind, known.external_id)
    elif known is not None:
        # It is looked at as if it had just changed; what did not go out as an offer, with its terms.
        again = row.reason is ConflictReason.INCOMPLETE
        base = {name: text for name, text in known.base.items() if not again or name != TERMS}
        crm.save_record(session, replace(known, version="", base=base))
    if not row.external_id:  # nothing here yet: it is among what is read from the beginning
        crm.save_connection(session, replace(load(session, acting), cursor=""))
        crm.announce(session)
        return
    waits = crm.load_call(session, acting.iri, row.kind, row.external_id)
    body = None if waits is None else waits.body
    queue(session, acting, [(row.kind, row.external_id)], body=body)


def _discard(session: Session, acting: Acting, row: CrmConflictRow) -> None:
    crm.delete_conflict(session, acting.iri, row.id)
    waits = crm.load_call(session, acting.iri, row.kind, row.external_id)
    if waits is not None:
        crm.delete_call(session, waits)
    if row.reason is ConflictReason.REFUSED:
        _leave(session, acting, row)
    if row.reason is ConflictReason.UNREADABLE and row.crm_id:  # it would be told at the next look again
        leave_apart(session, acting.iri, row.kind, row.crm_id, acting.now)


def _leave(session: Session, acting: Acting, row: CrmConflictRow) -> None:
    """Note what was refused, so that the same is not tried again at the next whole sync."""
    known = _known(session, row)
    aim = None if known is None else wanted(session, acting, known.kind, known.external_id, {})
    if known is not None and aim is not None:
        crm.save_record(session, replace(known, base={**known.base, LEFT: wanted_digest(aim)}))


_DO: Final = {CrmDecision.RETRY: _retry, CrmDecision.DISCARD: _discard}


def _note(session: Session, acting: Acting, row: CrmConflictRow, done: CrmDecision | FieldChoice) -> None:
    decision = {"conflict": row.id, "record": row.kind.value, "reason": row.reason.value, "done": done.value}
    note(session, acting, DECIDED, decision)


def _known(session: Session, row: CrmConflictRow) -> crm.CrmRecordRow | None:
    if row.external_id:
        return crm.load_record(session, row.actor, row.kind, row.external_id)
    return crm.load_record_at(session, row.actor, row.kind, row.crm_id)
