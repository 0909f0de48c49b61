"""What waits to go into the CRM, and a person who has it tried now, or not at all.

Rule here: what is tried now keeps what it carries, and is not tried before a CRM that rests has rested.
"""

from dataclasses import replace
from typing import Any

from node.core import codes
from node.core.drafts import view_time
from node.services.acting import Acting
from node.services.crm.naming import name_of
from node.services.crm.queueing import DECIDED, settle
from node.services.ledger.recording import note
from node.storage import crm
from node.storage.crm import CallState, ConflictReason, CrmCallRow
from node.storage.ids import resolve_id
from node.storage.session import Session
from protocol.errors import NotFound

_OF_CALLS = (ConflictReason.REFUSED, ConflictReason.AMBIGUOUS)


def waiting(
    session: Session, acting: Acting, *, state: str | None = None, cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """List what waits, newest first."""
    wanted = None if state is None else CallState(state)
    page = crm.list_calls(session, acting.iri, state=wanted, cursor=cursor, limit=limit)
    counts = crm.count_calls(session, acting.iri)
    return {
        "items": [view_call(session, acting, row) for row in page.items],
        "next": page.next,
        "counts": counts,
    }


def view_call(session: Session, acting: Acting, row: CrmCallRow) -> dict[str, Any]:
    """Show what waits."""
    return {
        "id": row.id,
        "kind": row.kind.value,
        "external_id": row.external_id,
        "name": name_of(session, acting, row.kind, row.external_id),
        "state": row.state.value,
        "attempts": row.attempts,
        "due_at": view_time(row.due_at),
        "detail": row.detail or None,
    }


def try_now(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Have what waits tried now, as if it had not been tried before.

    Raises: as `_load`.
    """
    row = _load(session, acting, id)
    again = replace(row, state=CallState.QUEUED, attempts=0, made_at=acting.now, due_at=acting.now)
    crm.save_call(session, again)
    settle(session, acting, row.kind, _OF_CALLS, external_id=row.external_id)
    crm.announce(session)
    return view_call(session, acting, again)


def drop(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Have what waits not brought there, until the thing changes again.

    Raises: as `_load`.
    """
    row = _load(session, acting, id)
    crm.delete_call(session, row)
    settle(session, acting, row.kind, _OF_CALLS, external_id=row.external_id)
    note(session, acting, DECIDED, {"call": row.id, "record": row.kind.value, "done": "discard"})
    return view_call(session, acting, row)


def _load(session: Session, acting: Acting, id: str) -> CrmCallRow:
    """Return what waits, by its id or a beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = crm.load_call_by_id(session, acting.iri, resolve_id(session, "crm_calls", acting.iri, id))
    if row is None:
        raise NotFound(codes.UNKNOWN_ID)
    return row
