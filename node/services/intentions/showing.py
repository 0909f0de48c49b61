"""Showing: intentions as the owner's programs read them, ours and those cast to us."""

from collections.abc import Sequence
from typing import Any, TypedDict

from node.core.intentions import IntentionState, view_intention
from node.core.terms import view_time
from node.services.acting import Acting
from node.services.intentions.audiences import audience_of
from node.storage import intentions, offers
from node.storage.ids import resolve_id
from node.storage.intentions import IntentionRow
from node.storage.session import Session
from node.storage.tables import Page
from protocol.errors import Forbidden, NotFound
from protocol.intentions import read_intention


class Intentions(TypedDict):
    """Some of the intentions, and the cursor that continues the list."""

    items: Sequence[dict[str, Any]]
    next: str | None


def list(
    session: Session,
    acting: Acting,
    *,
    own: bool | None = None,
    state: IntentionState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Intentions:
    """List intentions, newest first: ours, those cast to us, or both."""
    page: Page[IntentionRow] = intentions.list_intentions(
        session, acting.iri, own=own, state=state, cursor=cursor, limit=limit
    )
    return {"items": views(session, acting.iri, page.items), "next": page.next}


def show(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Show one intention by its id or a unique beginning of it."""
    return view(session, load(session, acting, id))


def load(session: Session, acting: Acting, id: str) -> IntentionRow:
    """Return an intention of this actor's by its id or a unique beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = intentions.load_intention(session, acting.iri, resolve_id(session, "intentions", acting.iri, id))
    if row is None:
        raise NotFound("unknown-id", "There is no intention with this id.")
    return row


def load_own(session: Session, acting: Acting, id: str) -> IntentionRow:
    """Return an intention of ours by its id or a unique beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`; Forbidden: `not-yours`.
    """
    row = load(session, acting, id)
    if not row.own:
        raise Forbidden("not-yours", "This intention is somebody else's: only its author can change it.")
    return row


def view(session: Session, row: IntentionRow) -> dict[str, Any]:
    """Show an intention as the owner's programs read it."""
    (shown,) = views(session, row.actor, [row])
    return shown


def views(session: Session, actor: str, rows: Sequence[IntentionRow]) -> Sequence[dict[str, Any]]:
    """Show an actor's intentions, in the order of their rows; their offers are counted at once."""
    counted = offers.count_offers_of(session, actor, {row.iri for row in rows})
    return [_view(row, counted.get(row.iri, (0, 0))) for row in rows]


def _view(row: IntentionRow, counted: tuple[int, int]) -> dict[str, Any]:
    count, open = counted
    shown = {
        "id": row.id,
        "own": row.own,
        "state": row.state,
        **view_intention(read_intention(row.document)),
        "offers": {"count": count, "open": open},
        "received_at": view_time(row.received_at),
        "updated_at": view_time(row.updated_at),
    }
    if not row.own:
        return shown
    stays_home = {member: row.private.get(member) for member in ("limit_price", "notes")}
    return shown | {"audience": audience_of(row), "private": stays_home}
