"""What came in authentic and was refused, as the owner sees it."""

from typing import Any

from node.core.entries import render_instant
from node.services.acting import Acting
from node.storage import refusals
from node.storage.refusals import RefusalRow
from node.storage.session import Session


def list(session: Session, acting: Acting, *, before: int | None = None, limit: int = 50) -> dict[str, Any]:
    """List what was refused for this actor, newest first; the cursor is the id of the last one seen."""
    page = refusals.list_refusals(session, acting.iri, before=before, limit=limit)
    return {"items": [view(row) for row in page.items], "next": page.next}


def view(row: RefusalRow) -> dict[str, Any]:
    """Show what came, and why it was refused."""
    return {
        "id": row.id,
        "at": render_instant(row.at),
        "actor": row.actor,
        "peer": row.peer,
        "code": row.code,
        "detail": row.detail,
        "activity": row.activity,
        "body": row.body.decode("utf-8", "replace"),
    }
